/** Rows made for tests: each has one thing that is special. Their models are borrowed from built-in kinds. */
import type { KubeObject, ResourceRow, SubresourceRow, Verb } from '../../../apiserver/machinery/resource-row.ts';
import { badRequest, successStatus } from '../../../apiserver/machinery/status.ts';
import { toWireForm } from '../../../apiserver/resources/wire-form.ts';

const verbs: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const partVerbs: readonly Verb[] = ['get', 'patch', 'update'];

interface Spec {
  replicas?: number;
}

const spec = (object: KubeObject): Spec => (object.spec ?? {}) as Spec;

function row(fields: Partial<ResourceRow> & Pick<ResourceRow, 'kind' | 'resource' | 'model'>): ResourceRow {
  return {
    group: 'test.dev',
    version: 'v1',
    singular: fields.kind.toLowerCase(),
    namespaced: true,
    shortNames: [],
    categories: [],
    verbs,
    storagePrefix: `/registry/test.dev/${fields.resource}`,
    strategy: {},
    nameRule: 'subdomain',
    generation: 'none',
    table: {
      columns: [
        { name: 'Name', type: 'string', format: 'name', description: 'The name.' },
        { name: 'Replicas', type: 'integer', description: 'How many.', priority: 1 },
      ],
      cells: (object) => [object.metadata.name ?? '', spec(object).replicas ?? 0],
    },
    subresources: {},
    ...fields,
  };
}

const scale: SubresourceRow = {
  type: 'view',
  table: { columns: [], cells: () => [] },
  verbs: partVerbs,
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  model: 'V1Scale',
  show: (object) => {
    const { name = '', namespace = '', uid = '', resourceVersion = '' } = object.metadata;
    return {
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name, namespace, uid, resourceVersion },
      spec: { replicas: spec(object).replicas ?? 0 },
      status: { replicas: 0 },
    };
  },
  apply(view, object, errors) {
    const replicas = spec(view).replicas ?? 0;
    if (replicas < 0) errors.invalid('spec.replicas', replicas, 'must be greater than or equal to 0');
    object.spec = { ...spec(object), replicas };
  },
};

/** Says what it was asked. */
const echo: SubresourceRow = {
  type: 'special',
  verbs: ['create', 'get'],
  group: '',
  version: 'v1',
  kind: 'Binding',
  model: 'V1Binding',
  async handle(request) {
    if (request.verb === 'get') return { code: 200, contentType: 'text/plain', body: `log of ${request.name}` };
    if (request.body?.metadata.name !== request.name) throw badRequest('another name');
    return { code: 201, object: successStatus(201) };
  },
};

/** Has a spec with a default, a status, a scale. */
export const widgets = row({
  kind: 'Widget',
  resource: 'widgets',
  model: 'V1ReplicaSet',
  shortNames: ['wd'],
  categories: ['all'],
  generation: 'spec',
  strategy: {
    setDefaults(object) {
      toWireForm('V1ReplicaSet', object);
      object.spec = { replicas: 1, ...spec(object) };
    },
    prepareForCreate(object) {
      delete object.status;
    },
    prepareForUpdate(object, old) {
      object.status = old.status;
    },
    validate(object, errors) {
      if ((spec(object).replicas ?? 0) < 0) {
        errors.invalid('spec.replicas', spec(object).replicas, 'must be greater than or equal to 0');
      }
    },
    warnings: (object) => (spec(object).replicas === 13 ? ['spec.replicas: unlucky'] : []),
  },
  fieldLabels: { 'spec.replicas': (object) => String(spec(object).replicas ?? '') },
  subresources: {
    status: {
      type: 'part',
      verbs: partVerbs,
      strategy: {
        prepareForUpdate(object, old) {
          object.spec = old.spec;
        },
      },
    },
    scale,
    echo,
  },
});

/** Plain data, in the core group. */
export const configMaps = row({
  group: '',
  kind: 'ConfigMap',
  resource: 'configmaps',
  model: 'V1ConfigMap',
  storagePrefix: '/registry/configmaps',
  shortNames: ['cm'],
});

/** Cluster-scoped, with finalizers of its own. */
export const zones = row({
  kind: 'Zone',
  resource: 'zones',
  model: 'V1Namespace',
  namespaced: false,
  nameRule: 'label',
  returnsDeletedObject: true,
  ownFinalizers: {
    pending: (object) => ((object.spec as { finalizers?: string[] } | undefined)?.finalizers ?? []).length > 0,
    begin(object) {
      object.status = { phase: 'Terminating' };
    },
  },
});

/** Granted half a minute to end. */
export const crafts = row({
  kind: 'Craft',
  resource: 'crafts',
  model: 'V1Pod',
  generation: 'spec',
  returnsDeletedObject: true,
  gracefulDeletion: (_object, requested) => requested ?? 30,
});

/** Forgotten by the store after a while, orphaning its dependents by default. */
export const notes = row({
  kind: 'Note',
  resource: 'notes',
  model: 'V1ConfigMap',
  ttlSeconds: 100,
  defaultPropagation: 'Orphan',
});

/** Stored as v2, also served as v1, where `data` is called `binaryData`. */
export const wideV2 = row({
  kind: 'Wide',
  resource: 'wides',
  version: 'v2',
  model: 'V1ConfigMap',
});
export const wideV1 = row({
  kind: 'Wide',
  resource: 'wides',
  version: 'v1',
  model: 'V1Secret',
  conversion: {
    fromStored(object) {
      const { data, ...rest } = object;
      return { ...rest, apiVersion: 'test.dev/v1', ...(data === undefined ? {} : { stringData: data }) };
    },
    toStored(object) {
      const { stringData, ...rest } = object;
      return { ...rest, apiVersion: 'test.dev/v2', ...(stringData === undefined ? {} : { data: stringData }) };
    },
  },
});

/** Created by who updates it; an update must say of which version. */
export const leasesLike = row({
  kind: 'Berth',
  resource: 'berths',
  model: 'V1ConfigMap',
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
});

/** Never stored. */
export const reviews = row({
  kind: 'Review',
  resource: 'reviews',
  model: 'V1TokenReview',
  namespaced: false,
  verbs: ['create'],
  virtual: {
    async create(object, request) {
      return { ...object, status: { authenticated: true, user: { username: request.user.name } } };
    },
  },
});

export const testRows: readonly ResourceRow[] = [
  configMaps,
  widgets,
  zones,
  crafts,
  notes,
  wideV2,
  wideV1,
  leasesLike,
  reviews,
];
