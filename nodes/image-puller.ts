/** Gets the images of a pod's containers onto the node, and tells of it in events (pkg/kubelet/images/image_manager.go). */
import type { Clock } from '../base/clock.ts';
import { formatDuration } from '../base/duration.ts';
import type { EventType } from '../controllers/runtime/event-recorder.ts';
import type { V1Container, V1Pod } from '../generated/kubernetes.d.ts';
import type { ContainerRuntime } from './container-runtime.ts';
import { imageNameFault } from './image-name.ts';
import type { PodEvent } from './pod-events.ts';
import { type FindReferenced, findMissingPullSecrets } from './pod-references.ts';

type Tell = (type: EventType, reason: string, message: string, container?: string) => void;
type Failed = Extract<PodEvent, { type: 'pullFailed' | 'startFailed' }>;

export class ImagePuller {
  readonly #deps: { readonly runtime: ContainerRuntime; readonly clock: Clock };
  readonly #find: FindReferenced;
  readonly #tell: Tell;

  constructor(deps: { readonly runtime: ContainerRuntime; readonly clock: Clock }, find: FindReferenced, tell: Tell) {
    this.#deps = deps;
    this.#find = find;
    this.#tell = tell;
  }

  /** The image's id, or what is to be taken in because it cannot be had. */
  async get(pod: V1Pod, container: V1Container): Promise<{ readonly id: string } | Failed> {
    const { name, image = '', imagePullPolicy: policy = 'IfNotPresent' } = container;
    const fault = imageNameFault(image);
    if (fault !== undefined) {
      this.#tell('Warning', 'InspectFailed', fault, name);
      return this.#cannotStart(name, 'InvalidImageName', fault);
    }
    await this.#tellMissingSecrets(pod);
    const present = this.#deps.runtime.imageId(image);
    if (policy === 'Never' && present === undefined) {
      const message = `Container image "${image}" is not present with pull policy of Never`;
      this.#tell('Warning', 'ErrImageNeverPull', message, name);
      return this.#cannotStart(name, 'ErrImageNeverPull', message);
    }
    if (policy !== 'Always' && present !== undefined) {
      this.#tell('Normal', 'Pulled', `Container image "${image}" already present on machine`, name);
      return { id: present };
    }
    return this.#pull(pod, name, image);
  }

  async #pull(pod: V1Pod, container: string, image: string): Promise<{ readonly id: string } | Failed> {
    const { runtime, clock } = this.#deps;
    const startedAtMs = clock.monotonicMs();
    this.#tell('Normal', 'Pulling', `Pulling image "${image}"`, container);
    const outcome = await runtime.pull(image, pod);
    if ('reason' in outcome) {
      const { reason, message } = outcome;
      this.#tell('Warning', 'Failed', `Failed to pull image "${image}": ${message}`, container);
      this.#tell('Warning', 'Failed', `Error: ${reason}`, container);
      return { type: 'pullFailed', container, reason, message };
    }
    const took = formatDuration(Math.round(clock.monotonicMs() - startedAtMs));
    const message = `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${outcome.sizeBytes} bytes.`;
    this.#tell('Normal', 'Pulled', message, container);
    return { id: outcome.imageId };
  }

  /** Pulling is tried without them. */
  async #tellMissingSecrets(pod: V1Pod): Promise<void> {
    const missing = await findMissingPullSecrets(pod, this.#find);
    if (missing.length === 0) return;
    const which = `Unable to retrieve some image pull secrets (${missing.join(', ')})`;
    const message = `${which}; attempting to pull the image may not succeed.`;
    this.#tell('Warning', 'FailedToRetrieveImagePullSecret', message);
  }

  #cannotStart(container: string, reason: string, message: string): Failed {
    this.#tell('Warning', 'Failed', `Error: ${reason}`, container);
    return { type: 'startFailed', container, reason, message };
  }
}
