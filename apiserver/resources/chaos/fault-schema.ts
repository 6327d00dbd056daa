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
] as const;

export const FAULT_PHASES = ['Pending', 'Active', 'Healed', 'Failed'] as const;

const text = (description: string) => ({ type: 'string', description });
const time = (description: string) => ({ type: 'string', format: 'date-time', description });

const selector = {
  $ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector',
  description: 'Hits everything of the kind that the labels match. Either this or a name.',
};

const target = {
  type: 'object',
  description: 'What the fault hits.',
  properties: {
    kind: text('Node, Pod or StoreMember; follows from the type when it is left out.'),
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
        'NodeCrash: the machine is off; its pods are gone. NodeFreeze: the machine stands still; its pods are as they were once it goes on. KubeletStop: the pods run on, nobody reports. ContainerExit: a container dies. StoreMemberCrash: a member of the store is killed. StoreMemberPause: it stands still.',
    },
    target,
    startDelay: text('How long after its creation the fault strikes: a Go duration (`30s`). At once when left out.'),
    duration: text('How long the fault lasts: a Go duration. Until the object is deleted when left out.'),
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
      description: 'Pending: before its start. Active: it strikes. Healed: its time is over. Failed: see the message.',
    },
    targets: {
      type: 'array',
      items: { type: 'string' },
      description: 'What was hit: nodes, `namespace/pod/container`, members.',
      'x-kubernetes-list-type': 'atomic',
    },
    injectedAt: time('When the fault struck.'),
    healedAt: time('When what it broke was healed.'),
    message: text('Why it failed, in words.'),
    conditions: {
      type: 'array',
      items: condition,
      description: 'The state in detail.',
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
