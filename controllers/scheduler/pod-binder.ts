/**
 * Carries a decision to the API: claims that wait for the pod's node are told it and awaited, then the pod is bound.
 * Rejects when any of it fails; the caller then gives the node up.
 */
import type { Clock } from '../../base/clock.ts';
import type { V1PersistentVolumeClaim, V1Pod } from '../../generated/kubernetes.d.ts';
import type { ApiObject, Client } from '../runtime/client.ts';
import { annotationsOf, nameOf, namespaceOf, uidOf } from '../runtime/metadata.ts';
import { persistentVolumeClaims, pods } from '../runtime/resources.ts';
import type { World } from './plugin.ts';
import { podClaims } from './plugins/volume-binding.ts';

export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
const CLAIMS_TIMEOUT_MS = 10 * 60 * 1000;
const CLAIMS_POLL_MS = 200;

export class PodBinder {
  readonly #clock: Clock;
  readonly #world: World;

  constructor(clock: Clock, world: World) {
    this.#clock = clock;
    this.#world = world;
  }

  async bind(client: Client, pod: V1Pod, nodeName: string, signal: AbortSignal): Promise<void> {
    await this.#bindClaims(client, pod, nodeName, signal);
    const binding: ApiObject & { target: { kind: string; name: string } } = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: nameOf(pod), namespace: namespaceOf(pod), uid: uidOf(pod) },
      target: { kind: 'Node', name: nodeName },
    };
    await client.create(pods, binding, { subresource: 'binding' });
  }

  async #bindClaims(client: Client, pod: V1Pod, nodeName: string, signal: AbortSignal): Promise<void> {
    const namespace = namespaceOf(pod);
    const claims = podClaims(pod, namespace, this.#world);
    if (typeof claims === 'string') throw new Error(claims);
    for (const claim of claims.waiting) await this.#announce(client, claim, nodeName);
    const deadlineMs = this.#clock.monotonicMs() + CLAIMS_TIMEOUT_MS;
    while (this.#isWaiting(pod, namespace)) {
      if (signal.aborted || this.#clock.monotonicMs() > deadlineMs)
        throw new Error('timed out waiting for the condition');
      await this.#clock.sleep(CLAIMS_POLL_MS, signal);
    }
  }

  async #announce(client: Client, claim: V1PersistentVolumeClaim, nodeName: string): Promise<void> {
    if (annotationsOf(claim)[SELECTED_NODE] === nodeName) return;
    const patch = { metadata: { annotations: { [SELECTED_NODE]: nodeName } } };
    await client.patch(persistentVolumeClaims, nameOf(claim), namespaceOf(claim), 'merge', patch);
  }

  #isWaiting(pod: V1Pod, namespace: string): boolean {
    const claims = podClaims(pod, namespace, this.#world);
    if (typeof claims === 'string') throw new Error(claims);
    return claims.waiting.length > 0;
  }
}
