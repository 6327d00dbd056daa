/** Where pods go: each filter and score by the case that it decides. */
import { describe, expect, it } from 'vitest';
import { feasibleEnough } from '../../../controllers/scheduler/schedule-pod.ts';
import { node, pod } from '../build-objects.ts';
import { outcome, worldOf } from './build-world.ts';

const ZONE = 'topology.kubernetes.io/zone';

describe('filters', () => {
  it('says so when there are no nodes', () => {
    expect(outcome(worldOf({ nodes: [] }), pod('p'))).toBe('no nodes available to schedule pods');
  });

  it('resources: what is asked for must be left; reasons are counted and sorted', () => {
    const world = worldOf({
      nodes: [
        node('a', { cpu: '1' }),
        node('b', { cpu: '2', memory: '1Gi' }),
        node('c', { cpu: '8', unschedulable: true }),
      ],
      pods: [pod('x', { node: 'b', cpu: '1500m', memory: '512Mi' })],
    });
    expect(outcome(world, pod('p', { cpu: '900m' }))).toBe('a');
    expect(outcome(world, pod('p', { cpu: '1500m', memory: '768Mi' }))).toBe(
      '0/3 nodes are available: 1 Insufficient memory, 1 node(s) were unschedulable, 2 Insufficient cpu.',
    );
  });

  it('resources: pods count, extended resources count, sidecars and init containers count as they run', () => {
    const world = worldOf({ nodes: [node('a', { pods: '1' })], pods: [pod('x', { node: 'a' })] });
    expect(outcome(world, pod('p'))).toBe('0/1 nodes are available: 1 Too many pods.');
    const gpu = { containers: [{ name: 'm', resources: { requests: { 'example.com/gpu': '1' } } }] };
    expect(outcome(worldOf({ nodes: [node('a')] }), pod('p', { spec: gpu }))).toBe(
      '0/1 nodes are available: 1 Insufficient example.com/gpu.',
    );
    const cpu = (value: string) => ({ resources: { requests: { cpu: value } } });
    const spec = {
      initContainers: [
        { name: 'sidecar', restartPolicy: 'Always', ...cpu('1') },
        { name: 'init', ...cpu('2500m') },
      ],
      containers: [{ name: 'main', ...cpu('1') }],
    };
    expect(outcome(worldOf({ nodes: [node('a', { cpu: '3500m' })] }), pod('p', { spec }))).toBe('a');
    expect(outcome(worldOf({ nodes: [node('a', { cpu: '3400m' })] }), pod('p', { spec }))).toMatch(
      '1 Insufficient cpu.',
    );
  });

  it('taints: repel what does not tolerate them', () => {
    const taints = [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }];
    const world = worldOf({ nodes: [node('a', { taints })] });
    expect(outcome(world, pod('p'))).toBe('0/1 nodes are available: 1 node(s) had untolerated taint(s).');
    for (const toleration of [
      { key: 'dedicated', operator: 'Equal', value: 'db', effect: 'NoSchedule' },
      { key: 'dedicated', operator: 'Exists' },
      { operator: 'Exists' },
    ]) {
      expect(outcome(world, pod('p', { spec: { tolerations: [toleration] } }))).toBe('a');
    }
    const other = { key: 'dedicated', value: 'web', effect: 'NoSchedule' };
    expect(outcome(world, pod('p', { spec: { tolerations: [other] } }))).toMatch('untolerated');
  });

  it('node affinity and selectors: terms are an or, expressions an and', () => {
    const world = worldOf({
      nodes: [node('a', { labels: { disk: 'hdd' } }), node('b', { labels: { disk: 'ssd', gen: '3' } })],
    });
    expect(outcome(world, pod('p', { spec: { nodeSelector: { disk: 'ssd' } } }))).toBe('b');
    const required = (
      ...nodeSelectorTerms: { matchExpressions: { key: string; operator: string; values?: string[] }[] }[]
    ) => ({
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
    });
    const expression = (key: string, operator: string, ...values: string[]) => ({ key, operator, values });
    expect(outcome(world, pod('p', { spec: required({ matchExpressions: [expression('gen', 'Gt', '2')] }) }))).toBe(
      'b',
    );
    expect(
      outcome(
        world,
        pod('p', {
          spec: required({ matchExpressions: [expression('disk', 'In', 'hdd'), expression('gen', 'Exists')] }),
        }),
      ),
    ).toBe("0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.");
  });

  it('a pod pinned to a node looks at that node alone', () => {
    const matchFields = [{ key: 'metadata.name', operator: 'In', values: ['b'] }];
    const spec = {
      affinity: {
        nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] } },
      },
    };
    const nodes = [node('a'), node('b'), node('c')];
    expect(outcome(worldOf({ nodes }), pod('p', { spec }))).toBe('b');
    const full = worldOf({ nodes, pods: [pod('x', { node: 'b', cpu: '4' })] });
    expect(outcome(full, pod('p', { cpu: '1', spec }))).toBe(
      "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity].",
    );
  });

  it('host ports: one pod a port and address', () => {
    const ports = (hostPort: number, hostIP?: string) => ({
      containers: [
        { name: 'm', ports: [{ containerPort: 80, hostPort, ...(hostIP === undefined ? {} : { hostIP }) }] },
      ],
    });
    const world = worldOf({ nodes: [node('a')], pods: [pod('x', { node: 'a', spec: ports(80, '10.0.0.1') })] });
    expect(outcome(world, pod('p', { spec: ports(81) }))).toBe('a');
    expect(outcome(world, pod('p', { spec: ports(80, '10.0.0.2') }))).toBe('a');
    expect(outcome(world, pod('p', { spec: ports(80) }))).toBe(
      "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
    );
  });

  it('anti-affinity works both ways', () => {
    const anti = (app: string) => ({
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app } } },
          ],
        },
      },
    });
    const nodes = [node('a'), node('b')];
    const world = worldOf({ nodes, pods: [pod('x', { node: 'a', labels: { app: 'web' }, spec: anti('db') })] });
    expect(outcome(world, pod('p', { labels: { app: 'db' } }))).toBe('b');
    expect(outcome(world, pod('p', { labels: { app: 'new' }, spec: anti('web') }))).toBe('b');
    const crowded = worldOf({
      nodes,
      pods: [
        pod('x', { node: 'a', labels: { app: 'web' }, spec: anti('db') }),
        pod('y', { node: 'b', labels: { app: 'cache' } }),
      ],
    });
    expect(outcome(crowded, pod('p', { labels: { app: 'db' }, spec: anti('cache') }))).toBe(
      "0/2 nodes are available: 1 node(s) didn't match pod anti-affinity rules, " +
        "1 node(s) didn't satisfy existing pods anti-affinity rules.",
    );
    expect(outcome(world, pod('p', { namespace: 'other', labels: { app: 'db' } }))).toMatch(/^[ab]$/);
  });

  it('affinity: near the pods it asks for; the first of its own kind may begin anywhere', () => {
    const near = (app: string) => ({
      affinity: {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: ZONE, labelSelector: { matchLabels: { app } } },
          ],
        },
      },
    });
    const nodes = [node('a', { labels: { [ZONE]: '1' } }), node('b', { labels: { [ZONE]: '2' } }), node('c')];
    const world = worldOf({ nodes, pods: [pod('x', { node: 'b', labels: { app: 'db' } })] });
    expect(outcome(world, pod('p', { spec: near('db') }))).toBe('b');
    expect(outcome(world, pod('p', { labels: { app: 'self' }, spec: near('self') }))).toMatch(/^[ab]$/);
    expect(outcome(world, pod('p', { spec: near('nobody') }))).toBe(
      "0/3 nodes are available: 3 node(s) didn't match pod affinity rules.",
    );
  });

  it('affinity by namespace selector', () => {
    const spec = {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            {
              topologyKey: 'kubernetes.io/hostname',
              labelSelector: {},
              namespaceSelector: { matchLabels: { team: 'x' } },
            },
          ],
        },
      },
    };
    const world = worldOf({
      nodes: [node('a'), node('b')],
      pods: [pod('1', { node: 'a', namespace: 'one' }), pod('2', { node: 'b', namespace: 'two' })],
      namespaces: { one: { team: 'x' }, two: { team: 'y' } },
    });
    expect(outcome(world, pod('p', { spec }))).toBe('b');
  });

  it('topology spread: no domain more than maxSkew ahead of the emptiest', () => {
    const labels = { app: 'web' };
    const spec = {
      topologySpreadConstraints: [
        { topologyKey: ZONE, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: labels } },
      ],
    };
    const nodes = [
      node('a1', { labels: { [ZONE]: 'a' } }),
      node('a2', { labels: { [ZONE]: 'a' } }),
      node('b1', { labels: { [ZONE]: 'b' }, cpu: '1' }),
      node('none'),
    ];
    const placed = pod('x', { node: 'a1', labels });
    expect(outcome(worldOf({ nodes, pods: [placed] }), pod('p', { labels, spec }))).toBe('b1');
    const full = [placed, pod('y', { node: 'b1', cpu: '1' })];
    expect(outcome(worldOf({ nodes, pods: full }), pod('p', { labels, cpu: '1', spec }))).toBe(
      "0/4 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match pod topology spread constraints " +
        "(missing required label), 2 node(s) didn't match pod topology spread constraints.",
    );
    const dying = pod('x', { node: 'a1', labels, deleting: true });
    expect(outcome(worldOf({ nodes, pods: [dying, ...full.slice(1)] }), pod('p', { labels, cpu: '1', spec }))).toMatch(
      /^a[12]$/,
    );
  });

  it('claims: must be bound, or wait for their first consumer', () => {
    const spec = { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] };
    const nodes = [node('a'), node('b')];
    const claim = { metadata: { name: 'data' }, spec: { storageClassName: 'fast' }, status: { phase: 'Pending' } };
    const storageClass = (volumeBindingMode: string) => [
      { metadata: { name: 'fast' }, provisioner: 'sampan.dev/simulated', volumeBindingMode },
    ];
    expect(outcome(worldOf({ nodes }), pod('p', { spec }))).toBe(
      '0/2 nodes are available: persistentvolumeclaim "data" not found.',
    );
    expect(
      outcome(worldOf({ nodes, claims: [claim], storageClasses: storageClass('Immediate') }), pod('p', { spec })),
    ).toBe('0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.');
    const lazy = { nodes, claims: [claim], storageClasses: storageClass('WaitForFirstConsumer') };
    expect(outcome(worldOf(lazy), pod('p', { spec }))).toMatch(/^[ab]$/);
    const bound = { ...claim, spec: { ...claim.spec, volumeName: 'pv' }, status: { phase: 'Bound' } };
    const values = ['b'];
    const term = { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values }] };
    const volume = { metadata: { name: 'pv' }, spec: { nodeAffinity: { required: { nodeSelectorTerms: [term] } } } };
    expect(outcome(worldOf({ nodes, claims: [bound], volumes: [volume] }), pod('p', { spec }))).toBe('b');
  });
});

describe('scores', () => {
  it('the emptier node is better', () => {
    const world = worldOf({ nodes: [node('a'), node('b')], pods: [pod('x', { node: 'a', cpu: '2', memory: '4Gi' })] });
    expect(outcome(world, pod('p', { cpu: '100m', memory: '100Mi' }))).toBe('b');
  });

  it('undesired taints and preferred affinity count more than emptiness', () => {
    const taints = [{ key: 'x', effect: 'PreferNoSchedule' }];
    const busy = [pod('x', { node: 'b', cpu: '1' })];
    expect(outcome(worldOf({ nodes: [node('a', { taints }), node('b')], pods: busy }), pod('p'))).toBe('b');
    const preference = { matchExpressions: [{ key: 'fast', operator: 'Exists' }] };
    const spec = {
      affinity: {
        nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference }] },
      },
    };
    const nodes = [node('a'), node('b', { labels: { fast: 'yes' } })];
    expect(outcome(worldOf({ nodes, pods: busy }), pod('p', { spec }))).toBe('b');
  });

  it('pods spread from their like even when they ask for nothing', () => {
    const labels = { app: 'web' };
    const ownersSelectors = [{ matchLabels: labels }];
    const nodes = [node('a'), node('b'), node('c')];
    const pods = [
      pod('1', { node: 'a', labels }),
      pod('2', { node: 'b', labels }),
      pod('big', { node: 'c', cpu: '200m' }),
    ];
    expect(outcome(worldOf({ nodes, pods, ownersSelectors }), pod('p', { labels }))).toBe('c');
  });

  it('among equals the lot decides, and a seed repeats it', () => {
    const nodes = Array.from({ length: 10 }, (_, i) => node(`n${i}`));
    const chosen = new Set<string>();
    for (let i = 0; i < 5; i++) chosen.add(outcome(worldOf({ nodes }), pod('p')));
    expect(chosen.size).toBe(1);
  });

  it('looks at fewer nodes the more there are', () => {
    expect([3, 99, 100, 1000, 5000, 10_000].map(feasibleEnough)).toEqual([3, 99, 100, 420, 500, 500]);
  });
});
