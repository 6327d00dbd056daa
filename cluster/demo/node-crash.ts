/** The demo of a node's crash: silence, NotReady, eviction, replacement elsewhere; then the node is healed. */
import { nodes } from '../../controllers/runtime/resources.ts';
import type { V1Node } from '../../generated/kubernetes.d.ts';
import { DemoCluster } from './demo-cluster.ts';
import { deploymentState, hasConverged, manifestOf } from './deployment-state.ts';

const GRACE_MS = 3_000;
const TOLERATION_SECONDS = 2;
const STEP_MS = 20_000;

/** True when every replica was replaced on another node, and the healed node was Ready again. */
export async function nodeCrashDemo(root: string, out: (text: string) => void): Promise<boolean> {
  const demo = await DemoCluster.start({
    root,
    out,
    about: /web|node-|crash/,
    nodes: 3,
    nodeMonitorGraceMs: GRACE_MS,
    tolerationSeconds: TOLERATION_SECONDS,
  });
  const { narrator, cluster } = demo;
  const client = cluster.client();
  const ready = async (name: string): Promise<boolean> => {
    const node = await client.get<V1Node>(nodes, name);
    return node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  };
  const checks: boolean[] = [];
  const check = (what: string, ok: boolean): void => {
    checks.push(ok);
    narrator.say(`${ok ? 'yes' : 'NO'}: ${what}`);
  };
  try {
    narrator.chapter(
      'Before',
      `Six pods on three nodes. A node may be silent for ${GRACE_MS / 1000} s, and pods stay on a lost node for ${TOLERATION_SECONDS} s (a real cluster: 40 s and 300 s).`,
    );
    const file = demo.file('web.yaml', manifestOf('web', 6, 'nginx:1.27'));
    await demo.kubectlLite(['create', '-f', file], ['create', '-f', 'web.yaml']);
    narrator.quiet();
    check('six pods run', await demo.until(async () => hasConverged(await deploymentState(client, 'web')), STEP_MS));
    await demo.kubectlLite(['get', 'pods', '-o', 'wide']);
    narrator.quiet();
    const doomed = (await deploymentState(client, 'web')).ready[0]?.spec?.nodeName ?? 'node-1';

    narrator.chapter('Crash', `${doomed} loses power. It says nothing; that is how the others will know.`);
    await demo.kubectlLite(['crash', 'node', doomed]);
    check(`${doomed} is NotReady`, await demo.until(async () => !(await ready(doomed)), STEP_MS));
    const moved = async (): Promise<boolean> => {
      const state = await deploymentState(client, 'web');
      return state.ready.length === state.desired && state.ready.every((pod) => pod.spec?.nodeName !== doomed);
    };
    check('six pods run on the other nodes', await demo.until(moved, STEP_MS));
    narrator.quiet();
    await demo.kubectlLite(['get', 'nodes']);
    narrator.quiet();
    await demo.kubectlLite(['get', 'pods', '-o', 'wide']);
    narrator.quiet();

    narrator.chapter(
      'Heal',
      `${doomed} boots. It finds that its pods were given up, ends them, and is Ready for new ones.`,
    );
    await demo.kubectlLite(['heal', 'node', doomed]);
    check(`${doomed} is Ready`, await demo.until(() => ready(doomed), STEP_MS));
    check(
      'actual state equals desired state',
      await demo.until(async () => hasConverged(await deploymentState(client, 'web')), STEP_MS),
    );
    narrator.quiet();
    await demo.kubectlLite(['get', 'nodes']);
    narrator.quiet();
  } finally {
    await demo.stop();
  }
  const converged = checks.every(Boolean);
  out(converged ? '\nThe cluster repaired itself.\n' : '\nThe cluster did NOT repair itself.\n');
  return converged;
}
