/** What belongs to an object and is kept elsewhere: its events, pods, replica sets, endpoints. */
import { deepEqual } from '../../base/deep-equal.ts';
import type {
  CoreV1Event,
  V1Deployment,
  V1EndpointSlice,
  V1IngressBackend,
  V1LabelSelector,
  V1Lease,
  V1Pod,
  V1PodTemplateSpec,
  V1ReplicaSet,
  V1Service,
} from '../../generated/kubernetes.d.ts';
import type { Context } from '../context.ts';
import { pathOf } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { asFailure, ServerFailure } from '../failure.ts';
import type { Info } from '../selection.ts';
import { endpointsText } from './network.ts';
import { selectorText } from './parts.ts';
import type { PodCounts } from './workloads.ts';

export class Surroundings {
  readonly #context: Context;
  readonly #info: Info;

  constructor(context: Context, info: Info) {
    this.#context = context;
    this.#info = info;
  }

  get nowMs(): number {
    return this.#context.host.clock.nowMs();
  }

  /** Objects of another type. What may not be seen, or is not served, is left out. */
  async list<T>(
    type: string,
    query: Readonly<Record<string, string>> = {},
    namespace = this.#info.namespace,
  ): Promise<readonly T[]> {
    try {
      return await this.#all<T>(type, query, namespace);
    } catch (thrown) {
      asFailure(thrown);
      return [];
    }
  }

  async #all<T>(type: string, query: Readonly<Record<string, string>>, namespace: string): Promise<readonly T[]> {
    const resource = await (await this.#context.resources()).resolve(type);
    const list = await this.#context.rest.json<{ items?: readonly T[] | null }>({
      path: pathOf(resource, namespace),
      query,
    });
    return list.items ?? [];
  }

  /** Events about the object. Those about nodes carry the node's name for a uid, too. */
  async events(): Promise<readonly CoreV1Event[]> {
    const { resource, namespace, name, object } = this.#info;
    const { annotations, uid } = object.metadata;
    const mirrored = annotations?.['kubernetes.io/config.mirror'];
    const about = (id: unknown): string =>
      [
        `involvedObject.name=${name}`,
        `involvedObject.namespace=${namespace}`,
        ...(resource.kind === 'Pod' ? [] : [`involvedObject.kind=${resource.kind}`]),
        ...(id === undefined ? [] : [`involvedObject.uid=${String(id)}`]),
      ].join(',');
    const found = await this.list<CoreV1Event>('events.v1.', { fieldSelector: about(mirrored ?? uid) });
    if (resource.kind !== 'Node') return found;
    return [...found, ...(await this.list<CoreV1Event>('events.v1.', { fieldSelector: about(name) }))];
  }

  /** Pods that the object controls, by phase. */
  async podCounts(selector: V1LabelSelector | undefined): Promise<PodCounts> {
    const pods = await this.list<V1Pod>('pods', { labelSelector: selectorText(selector) });
    const { uid } = this.#info.object.metadata;
    const own = pods.filter(({ metadata }) =>
      metadata?.ownerReferences?.some((owner) => owner.controller === true && owner.uid === uid),
    );
    const count = (phase: string): number => own.filter(({ status }) => status?.phase === phase).length;
    return {
      running: count('Running'),
      waiting: count('Pending'),
      succeeded: count('Succeeded'),
      failed: count('Failed'),
    };
  }

  /** The replica set of the present template, and the others that still have pods or once had. */
  async replicaSets({
    metadata,
    spec,
  }: V1Deployment): Promise<{ old: readonly V1ReplicaSet[]; fresh: readonly V1ReplicaSet[] }> {
    const all = await this.list<V1ReplicaSet>('replicasets.apps', { labelSelector: selectorText(spec?.selector) });
    const own = all
      .filter(({ metadata: { ownerReferences } = {} }) =>
        ownerReferences?.some(({ uid, controller }) => controller === true && uid === metadata?.uid),
      )
      .sort(
        (a, b) => Date.parse(a.metadata?.creationTimestamp ?? '') - Date.parse(b.metadata?.creationTimestamp ?? ''),
      );
    const fresh = own.find((set) => deepEqual(plain(set.spec?.template), plain(spec?.template)));
    return { old: own.filter((set) => set !== fresh), fresh: fresh === undefined ? [] : [fresh] };
  }

  endpointSlices(service: string): Promise<readonly V1EndpointSlice[]> {
    return this.list<V1EndpointSlice>('endpointslices.discovery.k8s.io', {
      labelSelector: `kubernetes.io/service-name=${service}`,
    });
  }

  /** `web:80 (10.0.0.1:80)`. */
  async backendText({ service, resource }: V1IngressBackend): Promise<string> {
    if (service === undefined) {
      if (resource === undefined) return '';
      return `APIGroup: ${resource.apiGroup ?? '<none>'}, Kind: ${resource.kind}, Name: ${resource.name}`;
    }
    const { number = 0, name = '' } = service.port ?? {};
    const text = `${service.name}:${number === 0 ? name : number}`;
    const services = await (await this.#context.resources()).resolve('services');
    try {
      const object = await this.#context.rest.json<V1Service>({
        path: pathOf(services, this.#info.namespace, service.name),
      });
      const ports = object.spec?.ports ?? [];
      const port = ports.findLast((each) => (number !== 0 ? each.port === number : name !== '' && each.name === name));
      return `${text} (${endpointsText(await this.endpointSlices(service.name), port?.name ?? '')})`;
    } catch (thrown) {
      return `${text} (<error: ${asFailure(thrown).message}>)`;
    }
  }

  /** The lease of a node, or why there is none. */
  async lease(): Promise<V1Lease | string> {
    const leases = await (await this.#context.resources()).resolve('leases.coordination.k8s.io');
    return this.#context.rest
      .json<V1Lease>({ path: pathOf(leases, 'kube-node-lease', this.#info.name) })
      .catch((thrown) => asFailure(thrown).message);
  }

  /** Pods on a node that have not ended; undefined when they may not be seen. */
  async podsOnNode(): Promise<readonly V1Pod[] | undefined> {
    const fieldSelector = `spec.nodeName=${this.#info.name},status.phase!=Failed,status.phase!=Succeeded`;
    try {
      return await this.#all<V1Pod>('pods', { fieldSelector }, '');
    } catch (thrown) {
      if (thrown instanceof ServerFailure && thrown.code === 403) return undefined;
      throw thrown;
    }
  }

  get object(): KubeObject {
    return this.#info.object;
  }
}

/** A template without the label that the deployment's controller adds. */
function plain(template: V1PodTemplateSpec | undefined): unknown {
  const { 'pod-template-hash': _hash, ...labels } = template?.metadata?.labels ?? {};
  return { spec: template?.spec, labels, annotations: template?.metadata?.annotations ?? {} };
}
