/** The demo of reconciliation: create, delete by hand, scale, change; each time actual state comes to equal desired state. */
import { DemoCluster } from './demo-cluster.ts';
import { deploymentState, hasConverged, manifestOf } from './deployment-state.ts';

const STEP_MS = 12_000;

/** True when the cluster converged after every step. */
export async function reconcileDemo(root: string, out: (text: string) => void): Promise<boolean> {
  const demo = await DemoCluster.start({
    root,
    out,
    about: /\bweb\b|\bdefault\/web|web-/,
    nodes: 3,
    nodeMonitorGraceMs: 40_000,
    tolerationSeconds: 300,
  });
  const { narrator, cluster } = demo;
  const client = cluster.client();
  let converged = true;
  const settle = async (): Promise<void> => {
    const ok = await demo.until(async () => hasConverged(await deploymentState(client, 'web')), STEP_MS);
    narrator.quiet();
    const { desired, ready, others } = await deploymentState(client, 'web');
    narrator.say(
      `desired ${desired}, ready ${ready.length}, other pods ${others.length}: ${ok ? 'actual state equals desired state' : 'NOT converged'}`,
    );
    converged &&= ok;
  };
  try {
    narrator.chapter(
      'Create',
      'A Deployment is only a wish, written to the store. Watch who sees it, and what each does:',
    );
    const three = demo.file('web.yaml', manifestOf('web', 3, 'nginx:1.27'));
    await demo.kubectlLite(['create', '-f', three], ['create', '-f', 'web.yaml']);
    await settle();

    narrator.chapter(
      'Delete a pod',
      'Nobody told anybody to make a new one. The ReplicaSet controller sees two where three are wished:',
    );
    const victim = (await deploymentState(client, 'web')).ready[0]?.metadata?.name ?? '';
    await demo.kubectlLite(['delete', 'pod', victim]);
    await settle();
    if ((await deploymentState(client, 'web')).ready.some((pod) => pod.metadata?.name === victim)) converged = false;

    narrator.chapter('Scale', 'The wish changes, the difference is made up:');
    await demo.kubectlLite(['scale', 'deployment/web', '--replicas', '5']);
    await settle();

    narrator.chapter('A new image', 'A rolling update: new pods come up before old ones go:');
    const next = demo.file('web-2.yaml', manifestOf('web', 5, 'nginx:1.28'));
    await demo.kubectlLite(['apply', '-f', next], ['apply', '-f', 'web-2.yaml']);
    await settle();
    await demo.kubectlLite(['get', 'deployments,replicasets,pods']);
    narrator.quiet();
  } finally {
    await demo.stop();
  }
  out(converged ? '\nThe cluster converged after every step.\n' : '\nThe cluster did NOT converge.\n');
  return converged;
}
