/** Our own parts work with exactly what their identities give them, and each of these rights is needed. */
import { afterEach, describe, expect, it } from 'vitest';
import { type DefaultPolicy, defaultPolicy, joinPolicies } from '../../apiserver/auth/rbac/defaults/default-policy.ts';
import { silentLogger } from '../../base/logger.ts';
import { SeededRandom } from '../../base/random.ts';
import { createAddons } from '../../cluster/addons.ts';
import { ControlPlanePods } from '../../cluster/control-plane-pods.ts';
import {
  addonsIdentity,
  controlPlanePodsIdentity,
  faultRunnerIdentity,
  makeIdentity,
  type OwnIdentity,
  ownPolicy,
} from '../../cluster/own-identities.ts';
import { deployments, faults, pods } from '../../controllers/runtime/resources.ts';
import type { V1Pod } from '../../generated/kubernetes.d.ts';
import type { Fault } from '../../nodes/faults/fault.ts';
import { FaultRunner } from '../../nodes/faults/fault-runner.ts';
import { NodeFaults } from '../../nodes/faults/node-faults.ts';
import { type LiveCluster, startLiveCluster } from '../controllers/live-cluster.ts';
import { root } from '../source-tree.ts';

let cluster: LiveCluster | undefined;
afterEach(async () => {
  cluster?.takeDenied();
  await cluster?.stop();
  cluster = undefined;
});

async function start(policy: DefaultPolicy): Promise<LiveCluster> {
  cluster = await startLiveCluster({
    nodes: 2,
    rights: { policy: joinPolicies(defaultPolicy(), policy), chain: ['Node', 'RBAC'] },
  });
  return cluster;
}

async function runFaults(live: LiveCluster): Promise<string> {
  const client = live.as(faultRunnerIdentity.user);
  if (live.fleet === undefined) throw new Error('no nodes');
  const { clock, recorder } = live;
  const runner = new FaultRunner({
    client,
    clock,
    recorder,
    random: new SeededRandom('faults'),
    logger: silentLogger,
    injectors: [new NodeFaults(live.fleet, client)],
  });
  runner.start();
  await live.create<Fault>(faults, fault('crash', { type: 'NodeCrash', target: { selector: {} }, duration: '5s' }));
  await live.create<V1Pod>(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'victim', namespace: 'default' },
    spec: { nodeName: 'node-1', containers: [{ name: 'c', image: 'i' }] },
  });
  // Only a container that runs can be made to exit, and the nodes must be up again for that.
  await live.advance(20_000);
  await live.create<Fault>(
    faults,
    fault('exit', { type: 'ContainerExit', target: { namespace: 'default', name: 'victim' } }),
  );
  await live.advance(10_000);
  const found = await live.list<Fault>(faults);
  const stopping = runner.stop();
  await live.advance(1000);
  await stopping;
  return found.map(({ metadata, status }) => `${metadata?.name} ${status?.phase}`).join(', ');
}

function fault(name: string, spec: Fault['spec']): Fault {
  return { apiVersion: 'chaos.sampan.dev/v1alpha1', kind: 'Fault', metadata: { name }, spec } as Fault;
}

async function showControlPlane(live: LiveCluster): Promise<string> {
  const { clock } = live;
  const shown = new ControlPlanePods({ client: live.as(controlPlanePodsIdentity.user), clock, logger: silentLogger }, [
    {
      component: 'etcd',
      podName: 'etcd-1',
      image: 'i',
      command: ['x'],
      state: () => ({ running: true, restarts: 0, startedAtMs: clock.nowMs() }),
    },
  ]);
  void shown.start();
  await live.advance(3000);
  const found = await live.list<V1Pod>(pods, 'kube-system');
  const stopping = shown.stop();
  await live.advance(1000);
  await stopping;
  return found.map((pod) => `${pod.metadata?.name} ${pod.status?.phase}`).join();
}

async function addAddons(live: LiveCluster): Promise<string> {
  const adding = createAddons(live.as(addonsIdentity.user), `${root}/manifests/addons`);
  adding.catch(() => undefined);
  await live.advance(3000);
  const found = await live.list(deployments, 'kube-system');
  return found.map(({ metadata }) => metadata?.name).join();
}

/** The policy without one verb of one of the identity's rules, once for every verb. */
function* weaker(identity: OwnIdentity): Generator<{ right: string; policy: DefaultPolicy }> {
  for (const kind of ['clusterRoles', 'roles'] as const) {
    for (const role of identity.policy[kind]) {
      for (const rule of role.rules ?? []) {
        for (const verb of rule.verbs) {
          for (const resource of rule.resources ?? []) {
            const rest = [
              { ...rule, verbs: rule.verbs.filter((each) => each !== verb) },
              { ...rule, resources: (rule.resources ?? []).filter((each) => each !== resource) },
            ].filter(({ verbs, resources = [] }) => verbs.length > 0 && resources.length > 0);
            const rules = (role.rules ?? []).flatMap((each) => (each === rule ? rest : [each]));
            const changed = identity.policy[kind].map((each) => (each === role ? { ...role, rules } : each));
            yield { right: `${verb} ${resource}`, policy: { ...identity.policy, [kind]: changed } };
          }
        }
      }
    }
  }
}

const parts = [
  ['the fault runner', faultRunnerIdentity, runFaults, 'crash Healed, exit Healed'],
  ['the pods of the control plane', controlPlanePodsIdentity, showControlPlane, 'etcd-1 Running'],
  ['the add-ons', addonsIdentity, addAddons, 'coredns'],
] as const;

describe.each(parts)('%s', (_name, identity, work, outcome) => {
  it('works with exactly its rights', async () => {
    const live = await start(ownPolicy());
    expect(await work(live)).toBe(outcome);
    expect(live.takeDenied()).toEqual([]);
  });

  const rights = [...weaker(identity)];
  it.each(rights.map(({ right, policy }) => [right, policy] as const))(
    'is refused without: %s',
    async (right, policy) => {
      const live = await start(policy);
      await work(live);
      const [verb, resource] = right.split(' ');
      expect(live.takeDenied().join('\n')).toMatch(
        new RegExp(`^${identity.user.name} ${verb} ${resource}(\\.|$)`, 'm'),
      );
    },
  );
});

describe('an identity', () => {
  it('is a user with roles of the same name, here and there', () => {
    const { user, policy } = makeIdentity('x', {
      cluster: [],
      namespaces: { ns: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] },
    });
    expect(user).toMatchObject({ name: 'system:sampan:x', groups: ['system:authenticated'] });
    expect(policy.clusterRoles).toEqual([]);
    expect(policy.roles[0]?.metadata).toMatchObject({ name: 'system:sampan:x', namespace: 'ns' });
    expect(policy.roleBindings[0]?.subjects).toMatchObject([{ kind: 'User', name: 'system:sampan:x' }]);
  });
});
