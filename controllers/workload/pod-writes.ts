/** Creating and deleting pods for an owner, with the events that tell of it (k8s.io/kubernetes/pkg/controller: RealPodControl). */
import { messageOf } from '../../base/errors.ts';
import type { V1Pod } from '../../generated/kubernetes.d.ts';
import { ApiError, type ApiObject, type Client, isNotFound } from '../runtime/client.ts';
import type { EventRecorder } from '../runtime/event-recorder.ts';
import { nameOf, namespaceOf } from '../runtime/metadata.ts';
import { pods } from '../runtime/resources.ts';

export interface PodWriterDeps {
  readonly events: EventRecorder;
}

export class PodWriter {
  readonly #deps: PodWriterDeps;

  constructor(deps: PodWriterDeps) {
    this.#deps = deps;
  }

  /** Rejects when the server refuses; an event at the owner says why. */
  async create(client: Client, owner: ApiObject, pod: V1Pod): Promise<V1Pod> {
    const { events } = this.#deps;
    try {
      const created = await client.create<V1Pod>(pods, pod);
      events.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${nameOf(created)}`);
      return created;
    } catch (thrown) {
      if (!isNamespaceTerminating(thrown)) {
        events.event(owner, 'Warning', 'FailedCreate', `Error creating: ${messageOf(thrown)}`);
      }
      throw thrown;
    }
  }

  /** A pod that is already gone is no failure. Says whether it was still there. */
  async delete(client: Client, owner: ApiObject, pod: V1Pod): Promise<boolean> {
    const { events } = this.#deps;
    try {
      await client.delete(pods, nameOf(pod), namespaceOf(pod));
    } catch (thrown) {
      if (isNotFound(thrown)) return false;
      events.event(owner, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(thrown)}`);
      throw thrown;
    }
    events.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${nameOf(pod)}`);
    return true;
  }
}

/** The namespace is being deleted: nothing can be created in it, and nobody needs to hear of each attempt. */
export function isNamespaceTerminating(thrown: unknown): boolean {
  if (!(thrown instanceof ApiError)) return false;
  const details = thrown.details as { causes?: readonly { reason?: string }[] } | undefined;
  return details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating') ?? false;
}
