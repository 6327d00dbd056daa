/**
 * What a kubelet asks of whatever runs containers. Two runtimes: simulated (`simulated/`) and process (`process/`), where a
 * container's command is a real child process. The shape follows the CRI (RuntimeService, ImageService), reduced to what
 * is observable through the API.
 */
import type { V1Container, V1ContainerImage, V1LifecycleHandler, V1Pod } from '../generated/kubernetes.d.ts';

/** How a container ended. */
export interface ContainerExit {
  readonly exitCode: number;
  /** The signal that ended it, 0 for none. */
  readonly signal: number;
  /** `Completed`, `Error`, `OOMKilled`, `ContainerCannotRun` … */
  readonly reason: string;
  /** The termination message, as `terminationMessagePath` would hold it. */
  readonly message: string;
}

/** A container that runs. */
export interface RunningContainer {
  /** `sampan://<64 hex digits>`. */
  readonly id: string;
  /** Asks it to end: SIGTERM, or its stop signal. */
  terminate(): void;
  /** Ends it at once: SIGKILL. `exited` is called later, never during the call. */
  kill(): void;
  /** Holds it still, and lets it go on (a frozen node). */
  pause(): void;
  resume(): void;
  /** `pod` as it is now: its annotations may have changed since the start. */
  probe(kind: ProbeKind, pod: V1Pod, container: V1Container): Promise<ProbeResult>;
  /** Runs a lifecycle hook to its end; false when it failed. */
  runHook(handler: V1LifecycleHandler): Promise<boolean>;
}

export interface ProbeResult {
  readonly success: boolean;
  /** What it found, as the kubelet tells it when it failed. */
  readonly output: string;
}

export type ProbeKind = 'startup' | 'readiness' | 'liveness';

export type PullOutcome =
  | { readonly imageId: string; readonly sizeBytes: number }
  | { readonly reason: 'ErrImagePull'; readonly message: string };

export interface ContainerRuntime {
  /** `sampan-sim://1.0.0`: what `kubectl get nodes -o wide` shows as CONTAINER-RUNTIME. */
  readonly version: string;
  /** The id of an image that is already on the node. */
  imageId(image: string): string | undefined;
  pull(image: string, pod: V1Pod): Promise<PullOutcome>;
  /** What is on the node, the largest first, as its status tells it. */
  images(): readonly V1ContainerImage[];
  /**
   * Starts a container; resolves when it runs, rejects with an Error whose message becomes the waiting message
   * (reason CreateContainerError or RunContainerError). `exited` is called once, later.
   * @param restartCount how many times it ran before in this pod
   */
  start(
    pod: V1Pod,
    container: V1Container,
    restartCount: number,
    exited: (exit: ContainerExit) => void,
  ): Promise<RunningContainer>;
  /** The log of one run of a container; undefined when there is none, or no more. */
  logs(podUid: string, containerId: string): ContainerLog | undefined;
  /** Forgets what it holds of a pod. */
  remove(podUid: string): void;
  /** The machine went down: every container is gone, without a word. Images stay. */
  powerOff(): void;
}

export interface LogLine {
  readonly atMs: number;
  readonly text: string;
}

/** A container's output, bounded: the oldest lines are dropped. */
export class ContainerLog {
  readonly lines: LogLine[] = [];
  readonly #linesMax: number;
  readonly #listeners = new Set<() => void>();
  #closed = false;
  /** How many lines were dropped at the front. */
  dropped = 0;

  constructor(linesMax = 10_000) {
    this.#linesMax = linesMax;
  }

  /** True once the container has ended: nothing more will come. */
  get closed(): boolean {
    return this.#closed;
  }

  append(atMs: number, text: string): void {
    this.lines.push({ atMs, text });
    if (this.lines.length > this.#linesMax) {
      this.lines.shift();
      this.dropped++;
    }
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** Resolves when something was appended or the log was closed, or `signal` is aborted. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#listeners.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#listeners.add(done);
      signal.addEventListener('abort', done);
    });
  }

  #wake(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
