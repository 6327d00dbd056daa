/** The rules of `Fault` objects, and who may make them. */
import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../../apiserver/auth/rbac/defaults/default-policy.ts';
import { faultRow as row } from '../../../../apiserver/resources/chaos/fault.ts';
import { cellsOf, created, defaulted, refused, updateRefused } from '../row-fixture.ts';

const node = { type: 'NodeCrash', target: { name: 'node-1' } };
const member = { type: 'StoreMemberPartition', target: { name: 'm-1' } };
const pod = { type: 'ContainerExit', target: { name: 'web', namespace: 'default' } };

describe('faults', () => {
  it('know what kind they hit from their type, and begin pending', () => {
    expect(defaulted(row, { spec: node }).spec).toEqual({ ...node, target: { kind: 'Node', name: 'node-1' } });
    expect(created(row, { spec: node, status: { phase: 'Healed' } })).toMatchObject({ status: { phase: 'Pending' } });
  });

  it.each<[string, object, string[]]>([
    ['a node by name', node, []],
    ['nodes by labels', { type: 'NodeFreeze', target: { selector: { matchLabels: { a: 'b' } } } }, []],
    ['members by labels', { ...member, target: { selector: { matchLabels: { 'sampan.dev/role': 'leader' } } } }, []],
    ['a delay', { ...member, type: 'StoreMemberDelay', network: { delay: '200ms', peers: ['m-2'] } }, []],
    ['a repetition', { ...node, duration: '5s', repeat: { interval: '1m', count: 3 } }, []],
    ['a container again and again', { ...pod, repeat: { interval: '10s' } }, []],
    ['no type', { target: { name: 'a' } }, ['spec.type: Required value']],
    [
      'an unknown type',
      { type: 'Flood', target: { name: 'a' } },
      [
        'spec.type: Unsupported value: "Flood": supported values: "NodeCrash", "NodeFreeze", "KubeletStop", "ContainerExit", "StoreMemberCrash", "StoreMemberPause", "StoreMemberDiskStall", "StoreMemberPartition", "StoreMemberDelay"',
      ],
    ],
    [
      'no target',
      { type: 'NodeCrash', target: {} },
      ['spec.target: Required value: must specify `name` or `selector`'],
    ],
    [
      'two targets',
      { type: 'NodeCrash', target: { name: 'a', selector: {} } },
      ['spec.target.selector: Forbidden: may not be specified together with `name`'],
    ],
    [
      'the kind of another type',
      { type: 'NodeCrash', target: { kind: 'Pod', name: 'a' } },
      ['spec.target.kind: Unsupported value: "Pod": supported values: "Node"'],
    ],
    [
      'a duration that is none',
      { ...node, duration: 'soon', startDelay: '5' },
      [
        'spec.startDelay: Invalid value: "5": must be a duration, as in "90s" or "1h30m"',
        'spec.duration: Invalid value: "soon": must be a duration, as in "90s" or "1h30m"',
      ],
    ],
    [
      'durations of nothing',
      { ...node, duration: '0s', startDelay: '-1s' },
      [
        'spec.startDelay: Invalid value: "-1s": must not be negative',
        'spec.duration: Invalid value: "0s": must be greater than 0',
      ],
    ],
    [
      'a container that stays dead',
      { ...pod, duration: '5s' },
      ["spec.duration: Forbidden: may not be specified when `type` is 'ContainerExit': it is over at once"],
    ],
    [
      'a pod without its namespace',
      { type: 'ContainerExit', target: { name: 'web' } },
      ['spec.target.namespace: Required value: must be specified when a pod is named'],
    ],
    [
      'a repetition that never rests',
      { ...node, duration: '1m', repeat: { interval: '60s' } },
      ['spec.repeat.interval: Invalid value: "60s": must be longer than `duration`'],
    ],
    [
      'a repetition without an end of its strikes',
      { ...node, repeat: { interval: '60s', count: 0 } },
      [
        'spec.repeat.count: Invalid value: 0: must be greater than 0',
        'spec.duration: Required value: must be specified for what repeats: a strike must end before the next',
      ],
    ],
    [
      'a network where there is none',
      { ...node, network: { peers: ['a'] } },
      ["spec.network: Forbidden: may only be specified when `type` is 'StoreMemberPartition' or 'StoreMemberDelay'"],
    ],
    [
      'a member cut off from itself, and delayed',
      { ...member, network: { peers: ['m-1'], delay: '1s' } },
      [
        'spec.network.peers[0]: Invalid value: "m-1": must be another member than the target',
        "spec.network.delay: Forbidden: may only be specified when `type` is 'StoreMemberDelay'",
      ],
    ],
    [
      'a delay of no length',
      { ...member, type: 'StoreMemberDelay' },
      ["spec.network.delay: Required value: must be specified when `type` is 'StoreMemberDelay'"],
    ],
  ])('%s', (_name, spec, complaints) => {
    expect(refused(row, { spec })).toEqual(complaints);
  });

  it('are made once: another fault is another object', () => {
    expect(updateRefused(row, { spec: node }, { spec: { ...node, duration: '5s' } })).toEqual([
      expect.stringContaining('spec: Invalid value'),
    ]);
    expect(updateRefused(row, { spec: node }, { spec: node, metadata: { labels: { a: 'b' } } })).toEqual([]);
  });

  it('show what they hit, how far they are, and how often', () => {
    expect(cellsOf(row, { spec: { ...node, duration: '5s' } }).slice(0, 6)).toEqual([
      'name',
      'NodeCrash',
      'node-1',
      'Pending',
      0,
      '5s',
    ]);
    const status = { phase: 'Active', strikes: 2, targets: ['node-1', 'node-2'] };
    const selected = { type: 'NodeCrash', target: { selector: {} } };
    expect(cellsOf(row, { spec: selected, status }).slice(2, 6)).toEqual([
      'node-1,node-2',
      'Active',
      2,
      '<until deleted>',
    ]);
  });

  it('are for cluster administrators alone: no role that others get has them', () => {
    const having = defaultPolicy().clusterRoles.filter(({ rules = [] }) =>
      rules?.some(({ apiGroups = [] }) => apiGroups.includes('chaos.sampan.dev') || apiGroups.includes('*')),
    );
    // kube-controller-manager's own controllers look at and collect everything.
    expect(having.map(({ metadata }) => metadata.name).filter((name) => !name?.startsWith('system:'))).toEqual([
      'cluster-admin',
    ]);
  });
});
