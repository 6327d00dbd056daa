import type { ObjectCache, ObjectListener } from '../../../apiserver/auth/object-cache.ts';
import { makeUser } from '../../../apiserver/auth/users.ts';
import { copyValue, deepFreeze } from '../../../apiserver/machinery/copy-value.ts';
import type {
  GroupResource,
  KubeObject,
  RegistryServices,
  ResourceRow,
} from '../../../apiserver/machinery/resource-row.ts';
import { StatusError } from '../../../apiserver/machinery/status.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../../../apiserver/machinery/steps.ts';
import { SeededRandom } from '../../../base/random.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';

/** Objects that a step finds: in the cache, or only in the store. */
export class Objects implements ObjectCache {
  readonly cached = new Map<string, KubeObject>();
  readonly stored = new Map<string, KubeObject>();
  readonly #listeners = new Map<string, Set<ObjectListener>>();
  readonly records = new Map<string, { readonly value: Uint8Array; readonly modRevision: number }>();
  readonly clock = new VirtualClock(Date.UTC(2026, 0, 1));

  /** Puts `pods: {…}` and the like into the store, and into the cache unless `lagging`. */
  put(resource: string, object: object, lagging = false): this {
    const { metadata } = object as KubeObject;
    const frozen = deepFreeze(copyValue(object)) as KubeObject;
    const key = `${resource}/${metadata.namespace ?? ''}/${metadata.name}`;
    this.stored.set(key, frozen);
    if (lagging) return this;
    this.cached.set(key, frozen);
    for (const listener of this.#listeners.get(resource) ?? []) listener.put(frozen);
    return this;
  }

  remove(resource: string, namespace: string, name: string): void {
    const key = `${resource}/${namespace}/${name}`;
    const object = this.cached.get(key);
    this.cached.delete(key);
    this.stored.delete(key);
    if (object !== undefined) for (const listener of this.#listeners.get(resource) ?? []) listener.remove(object);
  }

  get({ resource }: GroupResource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.cached.get(`${resource}/${namespace ?? ''}/${name}`);
  }

  list({ resource }: GroupResource, namespace?: string): KubeObject[] {
    const prefix = namespace === undefined ? `${resource}/` : `${resource}/${namespace}/`;
    return [...this.cached].filter(([key]) => key.startsWith(prefix)).map(([, object]) => object);
  }

  follow({ resource }: GroupResource, listener: ObjectListener): () => void {
    for (const object of this.list({ group: '', resource })) listener.put(object);
    const listeners = this.#listeners.get(resource) ?? new Set();
    this.#listeners.set(resource, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  get services(): RegistryServices {
    const keyOf = ({ resource }: GroupResource, namespace: string | undefined, name: string): string =>
      `${resource}/${namespace ?? ''}/${name}`;
    const records = this.records;
    return {
      get: async (resource, namespace, name) => this.stored.get(keyOf(resource, namespace, name)),
      list: async ({ resource }, namespace) =>
        [...this.stored]
          .filter(([key]) => key.startsWith(namespace === undefined ? `${resource}/` : `${resource}/${namespace}/`))
          .map(([, object]) => object),
      update: async (resource, namespace, name, mutate) => {
        const found = this.stored.get(keyOf(resource, namespace, name));
        if (found === undefined) throw new Error(`no ${name}`);
        const changed = mutate(copyValue(found));
        if (changed !== undefined) this.put(resource.resource, changed);
        return changed ?? found;
      },
      create: async ({ resource }, object) => {
        this.put(resource, object);
        return object;
      },
      delete: async (resource, namespace, name) => {
        const found = this.stored.get(keyOf(resource, namespace, name));
        if (found === undefined) throw new Error(`no ${name}`);
        this.remove(resource.resource, namespace ?? '', name);
        return found;
      },
      getRecord: async (key) => records.get(key),
      swapRecord: async (key, modRevision, value) => {
        if ((records.get(key)?.modRevision ?? 0) !== modRevision) return false;
        records.set(key, { value, modRevision: modRevision + 1 });
        return true;
      },
      nowMs: () => this.clock.nowMs(),
      random: new SeededRandom(1),
    };
  }
}

const KINDS: Readonly<Record<string, string>> = { namespaces: 'Namespace', pods: 'Pod' };

/** `pods`, `nodes`, `deployments.apps`. */
export function rowOf(name: string, namespaced = true): ResourceRow {
  const [resource = '', ...group] = name.split('.');
  return {
    group: group.join('.'),
    version: 'v1',
    kind: KINDS[resource] ?? '',
    resource,
    namespaced,
  } as unknown as ResourceRow;
}

export interface Request {
  readonly operation?: AdmissionOperation;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly object?: object;
  readonly old?: object;
  readonly user?: AdmissionAttributes['user'];
  readonly dryRun?: boolean;
  readonly warnings?: string[];
  readonly annotations?: Record<string, string>;
}

export function attributesOf(request: Request): AdmissionAttributes & { object: KubeObject | undefined } {
  const object = request.object === undefined ? undefined : (copyValue(request.object) as KubeObject);
  const namespace = request.namespace ?? 'ns';
  return {
    operation: request.operation ?? 'CREATE',
    row: rowOf(request.resource, namespace !== ''),
    subresource: request.subresource ?? '',
    namespace,
    name: request.name ?? object?.metadata?.name ?? '',
    object,
    old: request.old === undefined ? undefined : (deepFreeze(copyValue(request.old)) as KubeObject),
    options: {},
    user: request.user ?? makeUser('alice'),
    dryRun: request.dryRun ?? false,
    nowMs: Date.UTC(2026, 0, 1),
    warn: (text) => request.warnings?.push(text),
    annotate: (key, value) => {
      if (request.annotations !== undefined) request.annotations[key] = value;
    },
  };
}

/** The object as the step leaves it; the refusal's code and message; or `unhandled`. */
export async function admit(
  step: AdmissionStep,
  request: Request,
  objects: Objects = new Objects(),
): Promise<KubeObject | string | undefined> {
  const attributes = attributesOf(request);
  if (!step.handles(attributes.operation, attributes.row, attributes.subresource)) return 'unhandled';
  try {
    await step.mutate?.(attributes, objects.services);
    await step.validate?.(attributes, objects.services);
    return attributes.object;
  } catch (thrown) {
    if (thrown instanceof StatusError) return `${thrown.code} ${thrown.message}`;
    throw thrown;
  }
}

export function pod(name: string, spec: object = {}, metadata: object = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'ns', ...metadata },
    spec: { containers: [{ name: 'web', image: 'nginx' }], ...spec },
  };
}
