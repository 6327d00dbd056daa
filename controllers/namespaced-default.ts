/**
 * Objects that every namespace has: the default service account, and the certificate of the API server's authority
 * (k8s.io/kubernetes/pkg/controller/serviceaccount, .../certificates/rootcacertpublisher). Each is made when a namespace
 * appears, made again when it is deleted, and put right when its content was changed.
 */
import type { V1ConfigMap, V1Namespace, V1ServiceAccount } from '../generated/kubernetes.d.ts';
import { type ApiObject, isAlreadyExists, isNotFound, type ResourceRef } from './runtime/client.ts';
import type { Controller, ControllerDeps } from './runtime/controller.ts';
import type { Informer } from './runtime/informer.ts';
import { nameOf, namespaceOf, type ObjectKey } from './runtime/metadata.ts';
import { type ReconcileContext, ReconcileLoop } from './runtime/reconcile-loop.ts';
import { configMaps, namespaces, serviceAccounts } from './runtime/resources.ts';
import { isNamespaceTerminating } from './workload/pod-writes.ts';
import { semanticEqual } from './workload/semantic-equal.ts';

interface Default<T extends ApiObject> {
  readonly controller: string;
  readonly ref: ResourceRef;
  readonly name: string;
  make(namespace: string): T;
  /** The object as it should be, when it is not. */
  repair(object: T): T | undefined;
}

export class NamespacedDefault<T extends ApiObject> implements Controller {
  readonly name: string;
  readonly #default: Default<T>;
  readonly #namespaces: Informer<V1Namespace>;
  readonly #objects: Informer<T>;
  readonly #loop: ReconcileLoop;

  constructor(deps: ControllerDeps, wanted: Default<T>) {
    this.name = wanted.controller;
    this.#default = wanted;
    this.#loop = new ReconcileLoop(this, deps, { workers: 1 });
    this.#namespaces = deps.informers.of<V1Namespace>(namespaces);
    this.#objects = deps.informers.of<T>(wanted.ref);
    this.#namespaces.subscribe({
      added: (namespace) => this.#loop.enqueueKey(nameOf(namespace)),
      updated: (namespace) => this.#loop.enqueueKey(nameOf(namespace)),
    });
    this.#objects.subscribe({
      updated: (object) => this.#wake(object),
      deleted: (object) => this.#wake(object),
    });
  }

  start(): void {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  /** The key is a namespace's. */
  async reconcile({ name: namespace }: ObjectKey, context: ReconcileContext): Promise<undefined> {
    const { client } = context;
    if (this.#namespaces.get(namespace)?.status?.phase === 'Terminating') return;
    if (this.#namespaces.get(namespace) === undefined) return;
    const { ref, name, make, repair } = this.#default;
    const found = this.#objects.get(name, namespace);
    if (found === undefined) {
      try {
        await client.create(ref, make(namespace));
        context.decided(() => `created ${ref.kind} ${name} because namespace ${namespace} has none`);
      } catch (thrown) {
        if (!isAlreadyExists(thrown) && !isNotFound(thrown) && !isNamespaceTerminating(thrown)) throw thrown;
      }
      return;
    }
    const repaired = repair(found);
    if (repaired === undefined) return;
    await client.update(ref, repaired);
    context.decided(() => `put ${ref.kind} ${name} in ${namespace} right`);
  }

  #wake(object: T): void {
    if (nameOf(object) === this.#default.name) this.#loop.enqueueKey(namespaceOf(object));
  }
}

export function defaultServiceAccounts(deps: ControllerDeps): Controller {
  return new NamespacedDefault<V1ServiceAccount>(deps, {
    controller: 'serviceaccount-controller',
    ref: serviceAccounts,
    name: 'default',
    make: (namespace) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } }),
    repair: () => undefined,
  });
}

const DESCRIPTION = 'kubernetes.io/description';
const DESCRIPTION_TEXT =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal ' +
  'service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** @param certificate PEM of the authority that signs the API server's certificate */
export function rootCaCertificates(deps: ControllerDeps, certificate: string): Controller {
  const name = 'kube-root-ca.crt';
  const data = { 'ca.crt': certificate };
  const annotations = { [DESCRIPTION]: DESCRIPTION_TEXT };
  return new NamespacedDefault<V1ConfigMap>(deps, {
    controller: 'root-ca-certificate-publisher-controller',
    ref: configMaps,
    name,
    make: (namespace) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, annotations }, data }),
    repair: (found) => {
      const described = found.metadata?.annotations?.[DESCRIPTION] !== undefined;
      if (semanticEqual(found.data, data) && described) return undefined;
      const metadata = { ...found.metadata, annotations: { ...found.metadata?.annotations, ...annotations } };
      return { ...found, metadata, data };
    },
  });
}
