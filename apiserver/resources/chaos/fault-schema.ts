/**
 * The schema of `Fault` (chaos.sampan.dev/v1alpha1): Sampan's own kind, so nobody else's typings know it. What each type
 * breaks is said in the description of `spec.type`.
 */

export const FAULT_TYPES = [
  'NodeCrash',
  'NodeFreeze',
  'KubeletStop',
  'ContainerExit',
  'StoreMemberCrash',
  'StoreMemberPause',
  'StoreMemberDiskStall',
  'StoreMemberPartition',
  'StoreMemberDelay',
] as const;

export const FAULT_PHASES = ['Pending', 'Active', 'Waiting', 'Healed', 'Failed'] as const;

const text = (description: string) => ({ type: 'string', description });
const time = (description: string) => ({ type: 'string', format: 'date-time', description });

const selector = {
  $ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector',
  description:
    'Hits everything of the kind that the labels match when the fault strikes; what matches later is not hit. Either this or a name. Members of the store have the labels `sampan.dev/name` and `sampan.dev/role` (leader or follower).',
};

const target = {
  type: 'object',
  description: 'What the fault hits.',
  properties: {
    kind: text('Node, Pod or StoreMember: follows from the type, and must agree with it.'),
    name: text('Hits the one object of this name. Either this or a selector.'),
    namespace: text('Of the pods, for ContainerExit. All namespaces when it is left out and a selector is given.'),
    selector,
    container: text("For ContainerExit: the container's name. All of the pod's when it is left out."),
  },
};

const spec = {
  type: 'object',
  description: 'What is to break, where, when and for how long.',
  required: ['type', 'target'],
  properties: {
    type: {
      type: 'string',
      enum: FAULT_TYPES,
      description:
        'NodeCrash: the machine is off; its pods are gone. NodeFreeze: the machine stands still; its pods are as they were once it goes on. KubeletStop: the pods run on, nobody reports. ContainerExit: running containers are killed; it is over at once. StoreMemberCrash: a member of the store is killed and not started again. StoreMemberPause: its process stands still. StoreMemberDiskStall: what it writes does not become durable. StoreMemberPartition: its messages to and from other members are lost. StoreMemberDelay: they come late.',
    },
    target,
    startDelay: text('How long after its creation the fault strikes: a Go duration (`30s`). At once when left out.'),
    duration: text(
      'How long a strike lasts: a Go duration. Until the object is deleted when left out. Not for ContainerExit.',
    ),
    repeat: {
      type: 'object',
      description: 'Strikes again and again. A strike that nobody could carry out in time is left out.',
      required: ['interval'],
      properties: {
        interval: text('From the beginning of a strike to that of the next: a Go duration, longer than `duration`.'),
        count: {
          type: 'integer',
          format: 'int32',
          description: 'How often it strikes in all. Until the object is deleted when left out.',
        },
      },
    },
    network: {
      type: 'object',
      description: 'For StoreMemberPartition and StoreMemberDelay: which ways, and how late.',
      properties: {
        peers: {
          type: 'array',
          items: { type: 'string' },
          description: 'Names of the members towards which it acts, both ways. All others when left out.',
          'x-kubernetes-list-type': 'set',
        },
        delay: text('For StoreMemberDelay, required: how late each message comes, each way: a Go duration.'),
      },
    },
  },
};

const condition = {
  $ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.Condition',
};

const status = {
  type: 'object',
  description: 'How far the fault has come. Written by whoever carries it out.',
  properties: {
    phase: {
      type: 'string',
      enum: FAULT_PHASES,
      description:
        'Pending: before its first strike. Active: it strikes. Waiting: healed, until the next strike. Healed: it is over. Failed: see the message.',
    },
    targets: {
      type: 'array',
      items: { type: 'string' },
      description: 'What the last strike hit: nodes, `namespace/pod/container`, members.',
      'x-kubernetes-list-type': 'atomic',
    },
    strikes: { type: 'integer', format: 'int32', description: 'How often it has struck.' },
    injectedAt: time('When it struck last.'),
    healedAt: time('When what it broke was healed last.'),
    nextStrikeAt: time('When it strikes next.'),
    message: text('Why it failed, or what is to be known beside: other faults on a target, a restart.'),
    observedGeneration: { type: 'integer', format: 'int64', description: 'The generation that this is about.' },
    conditions: {
      type: 'array',
      items: condition,
      description:
        'Injected: true while it strikes. Healed: true when all that the last strike broke is whole again. Both say in words why not.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    },
  },
};

export const faultSchema = {
  type: 'object',
  description:
    'A Fault breaks something on purpose, for a time: a node, a kubelet, a container, a member of the store.',
  required: ['spec'],
  properties: {
    apiVersion: text('The version of the schema of this object.'),
    kind: text('The kind of this object.'),
    metadata: { $ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', default: {} },
    spec,
    status,
  },
  'x-kubernetes-group-version-kind': [{ group: 'chaos.sampan.dev', kind: 'Fault', version: 'v1alpha1' }],
} as const;
