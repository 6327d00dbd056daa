/** What hooks, special subresources and admission plugins may do with stored objects, beside their request. */
import { timestamp } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { copyValue, equalValues } from './copy-value.ts';
import type { Deleter } from './deletion.ts';
import { manageUpdate } from './managed-fields.ts';
import type { ObjectStorage } from './object-storage.ts';
import type { GroupResource, KubeObject, RegistryServices } from './resource-row.ts';
import type { ServedRow, ServedRows } from './served-rows.ts';
import { alreadyExists, internalError, modifiedMeanwhile, notFound } from './status.ts';

const ATTEMPTS_MAX = 100;
/** Who owns the fields of what the server creates of itself. */
const OWN_MANAGER = 'kube-apiserver';

export interface ServicesDeps {
  readonly rows: ServedRows;
  readonly storage: ObjectStorage;
  readonly deleter: Deleter;
  readonly random: Random;
  readonly nowMs: () => number;
  /** The request whose writes they are; absent: the API server's own. */
  readonly request?: string;
}

export function registryServices({ rows, storage, deleter, random, nowMs, request }: ServicesDeps): RegistryServices {
  const servedOf = (resource: GroupResource): ServedRow => {
    const served = rows.stored(resource);
    if (served === undefined) throw internalError(`there is no resource ${resource.resource}.${resource.group}`);
    return served;
  };
  return {
    async get(resource, namespace, name) {
      const served = servedOf(resource);
      const found = await storage.get(served.storage, storage.keyOf(served.storage, namespace, name));
      return found?.object;
    },
    async list(resource, namespace) {
      const served = servedOf(resource);
      const prefix = storage.prefixOf(served.storage, namespace);
      const page = await storage.page(served.storage, prefix, prefix, 0, 0);
      return page.objects.map((stored) => stored.object);
    },
    async update(resource, namespace, name, mutate, { owned = false } = {}) {
      const served = servedOf(resource);
      const key = storage.keyOf(served.storage, namespace, name);
      let present = await storage.get(served.storage, key);
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        if (present === undefined) throw notFound(served.groupResource, name);
        const next: KubeObject | undefined = mutate(copyValue(present.object));
        if (next === undefined || equalValues(next, present.object)) return present.object;
        const scope = served.scopeOf(owned === 'status' ? 'status' : '');
        if (owned !== false) manageUpdate(present.object, next, OWN_MANAGER, scope, nowMs());
        served.toStorageForm(next);
        const outcome = await storage.replace(served.storage, key, next, present.revision, request);
        if (outcome.written) return outcome.object.object;
        present = outcome.present;
      }
      throw modifiedMeanwhile(served.groupResource, name);
    },
    async create(resource, object) {
      const served = servedOf(resource);
      const { metadata } = object;
      const created: KubeObject = {
        ...object,
        kind: served.row.kind,
        apiVersion: served.apiVersion,
        metadata: { ...metadata, uid: metadata.uid ?? random.uuid(), creationTimestamp: timestamp(nowMs()) },
      };
      const scope = served.scopeOf('');
      manageUpdate(scope.zero, created, OWN_MANAGER, scope, nowMs());
      served.toStorageForm(created);
      const name = metadata.name ?? '';
      const outcome = await storage.create(
        served.storage,
        storage.keyOf(served.storage, metadata.namespace, name),
        created,
        request,
      );
      if (!outcome.written) throw alreadyExists(served.groupResource, name);
      return outcome.object.object;
    },
    async delete(resource, namespace, name, options) {
      const served = servedOf(resource);
      const outcome = await deleter.delete({
        served,
        namespace,
        name,
        options: {
          dryRun: options.dryRun ?? false,
          gracePeriodSeconds: options.gracePeriodSeconds,
          propagationPolicy: undefined,
          orphanDependents: undefined,
          preconditions: options.preconditions ?? {},
          raw: {},
        },
        nowMs: nowMs(),
        request,
        admit: async () => {},
      });
      return outcome.object.object;
    },
    getRecord: (key) => storage.getRecord(key),
    swapRecord: (key, modRevision, value) => storage.swapRecord(key, modRevision, value),
    nowMs,
    random,
  };
}
