/**
 * A container runtime that only pretends: pulls take time by the image's name, containers follow their command
 * (`command-script.ts`) or their pod's annotations (`annotations.ts`). With a virtual clock and a seeded random, a run
 * repeats exactly.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import { type Random, SeededRandom } from '../../base/random.ts';
import type {
  V1Container,
  V1ContainerImage,
  V1LifecycleHandler,
  V1Pod,
  V1Probe,
} from '../../generated/kubernetes.d.ts';
import {
  type ContainerExit,
  ContainerLog,
  type ContainerRuntime,
  type ProbeKind,
  type ProbeResult,
  type PullOutcome,
  type RunningContainer,
} from '../container-runtime.ts';
import { annotationOf, durationAnnotation, integerAnnotation } from './annotations.ts';
import { runCommand, takeStep } from './command-run.ts';
import { type Script, scriptOf } from './command-script.ts';
import { ContainerFiles } from './container-files.ts';

/** Latencies when nothing says otherwise, in milliseconds: at least, and how much more at random. */
export interface Latencies {
  readonly pull: readonly [number, number];
  readonly start: readonly [number, number];
  readonly stop: readonly [number, number];
}

export const DEFAULT_LATENCIES: Latencies = { pull: [150, 450], start: [30, 90], stop: [50, 200] };

const LOOK_UP_MS = 20;

interface Deps {
  readonly clock: Clock;
  readonly random: Random;
  readonly latencies?: Latencies;
}

/** The logs of a container's last runs, by the run's id, oldest first. */
type Logs = Map<string, ContainerLog>;

/** How much of a termination message is kept (pkg/kubelet/container/runtime.go). */
const MESSAGE_BYTES_MAX = 4096;
const MESSAGE_LOG_BYTES_MAX = 2048;
const MESSAGE_LINES_MAX = 80;

/** The present run and one that has ended, as kubelets keep them. */
const RUNS_KEPT = 2;

export class SimulatedRuntime implements ContainerRuntime {
  readonly version = 'sampan-sim://1.0.0';
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #latencies: Latencies;
  readonly #images = new Map<string, string>();
  readonly #running = new Set<SimulatedContainer>();
  readonly #logs = new Map<string, Map<string, Logs>>();
  /** Goes up when the machine goes down: what was under way before then comes to nothing. */
  #boot = 0;

  constructor({ clock, random, latencies = DEFAULT_LATENCIES }: Deps) {
    this.#clock = clock;
    this.#random = random;
    this.#latencies = latencies;
  }

  imageId(image: string): string | undefined {
    return this.#images.get(image);
  }

  async pull(image: string, pod: V1Pod): Promise<PullOutcome> {
    const container = pod.spec?.containers.find((each) => each.image === image)?.name ?? '';
    // What is already here is only looked up in the registry again.
    const usualMs = this.#images.has(image) ? LOOK_UP_MS : this.#between(this.#latencies.pull, image);
    await this.#clock.sleep(durationAnnotation(pod, 'pull-latency', container) ?? usualMs);
    const error = annotationOf(pod, 'pull-error', container);
    if (error !== undefined) return { reason: 'ErrImagePull', message: error };
    const host = image.split('/')[0] ?? '';
    if (host.split(':')[0]?.endsWith('.invalid')) {
      return {
        reason: 'ErrImagePull',
        message: `failed to pull and unpack image "${image}": failed to resolve reference "${image}": dial tcp: lookup ${host}: no such host`,
      };
    }
    const imageId = `${repository(image)}@sha256:${digest(image)}`;
    this.#images.set(image, imageId);
    return { imageId, sizeBytes: sizeOf(image) };
  }

  images(): readonly V1ContainerImage[] {
    return [...this.#images]
      .map(([image, id]) => ({ names: image.includes('@') ? [id] : [id, withTag(image)], sizeBytes: sizeOf(image) }))
      .sort((one, other) => other.sizeBytes - one.sizeBytes);
  }

  async start(
    pod: V1Pod,
    container: V1Container,
    restartCount: number,
    exited: (exit: ContainerExit) => void,
  ): Promise<RunningContainer> {
    const boot = this.#boot;
    const uid = pod.metadata?.uid ?? '';
    const source = new SeededRandom(`${uid}/${container.name}/${restartCount}`);
    await this.#clock.sleep(
      durationAnnotation(pod, 'start-latency', container.name) ?? spread(this.#latencies.start, source),
    );
    if (boot !== this.#boot) throw new Error('the machine went down while the container was being started');
    const id = `sampan-sim://${digest(`${uid}/${container.name}/${restartCount}`)}`;
    const log = this.#openLog(uid, container.name, id);
    const running = new SimulatedContainer({
      clock: this.#clock,
      pod,
      container,
      id,
      log,
      stopMs: durationAnnotation(pod, 'stop-latency', container.name) ?? spread(this.#latencies.stop, source),
      exited: (exit) => {
        this.#running.delete(running);
        log.close();
        exited(exit);
      },
    });
    this.#running.add(running);
    return running;
  }

  logs(podUid: string, containerId: string): ContainerLog | undefined {
    for (const runs of this.#logs.get(podUid)?.values() ?? []) {
      const log = runs.get(containerId);
      if (log !== undefined) return log;
    }
    return undefined;
  }

  remove(podUid: string): void {
    this.#logs.delete(podUid);
  }

  powerOff(): void {
    this.#boot++;
    for (const container of this.#running) container.vanish();
    this.#running.clear();
  }

  #openLog(uid: string, container: string, id: string): ContainerLog {
    const ofPod = this.#logs.get(uid) ?? new Map<string, Logs>();
    this.#logs.set(uid, ofPod);
    const log = new ContainerLog();
    const runs: Logs = ofPod.get(container) ?? new Map();
    runs.delete(id);
    runs.set(id, log);
    for (const old of [...runs.keys()].slice(0, -RUNS_KEPT)) runs.delete(old);
    ofPod.set(container, runs);
    return log;
  }

  #between(range: readonly [number, number], label: string): number {
    return spread(range, this.#random.fork(label));
  }
}

interface ContainerDeps {
  readonly clock: Clock;
  readonly pod: V1Pod;
  readonly container: V1Container;
  readonly id: string;
  readonly log: ContainerLog;
  readonly stopMs: number;
  readonly exited: (exit: ContainerExit) => void;
}

class SimulatedContainer implements RunningContainer {
  readonly id: string;
  readonly #deps: ContainerDeps;
  readonly #script: Script;
  readonly #startedAtMs: number;
  readonly #files: ContainerFiles;
  #step = 0;
  /** How the last command ended. */
  #code = 0;
  #timer: Timer | undefined;
  /** Set while paused: what was to happen next and how much of the wait is left. */
  #resumeWith: { callback: () => void; leftMs: number } | undefined;
  #due: { atMs: number; callback: () => void } | undefined;
  #paused = false;
  #ended = false;

  constructor(deps: ContainerDeps) {
    this.id = deps.id;
    this.#deps = deps;
    this.#startedAtMs = deps.clock.monotonicMs();
    const { pod, container } = deps;
    this.#files = new ContainerFiles((container.volumeMounts ?? []).map(({ mountPath }) => mountPath));
    const runForMs = durationAnnotation(pod, 'run-for', container.name);
    const code = integerAnnotation(pod, 'exit-code', container.name);
    if (runForMs !== undefined || code !== undefined) {
      this.#script = {
        steps: [
          { do: 'wait', ms: runForMs ?? 0 },
          { do: 'exit', code: code ?? 0 },
        ],
        after: 'exit',
      };
    } else {
      this.#script = scriptOf(container, restartPolicyFor(pod, container));
    }
    if (this.#script.steps.length === 0) this.#print(`${container.image ?? container.name}: started (simulated)`);
    this.#wait(0, () => this.#run());
  }

  terminate(): void {
    this.#wait(this.#deps.stopMs, () => {
      this.#print('received SIGTERM, ending');
      // A server that handles SIGTERM ends with 0; a plain command dies of it.
      const graceful = this.#script.after === 'run';
      this.#end(
        graceful
          ? { exitCode: 0, signal: 0, reason: 'Completed', message: '' }
          : { exitCode: 143, signal: 0, reason: 'Error', message: '' },
      );
    });
  }

  kill(): void {
    this.#paused = false;
    this.#wait(0, () => this.#end({ exitCode: 137, signal: 0, reason: 'Error', message: '' }));
  }

  pause(): void {
    if (this.#paused || this.#ended) return;
    this.#paused = true;
    if (this.#due !== undefined) {
      this.#resumeWith = {
        callback: this.#due.callback,
        leftMs: Math.max(0, this.#due.atMs - this.#deps.clock.monotonicMs()),
      };
      this.#timer?.cancel();
    }
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    const next = this.#resumeWith;
    this.#resumeWith = undefined;
    if (next !== undefined) this.#wait(next.leftMs, next.callback);
  }

  /** Gone without a word. */
  vanish(): void {
    this.#ended = true;
    this.#timer?.cancel();
    this.#deps.log.close();
  }

  async probe(kind: ProbeKind, pod: V1Pod, container: V1Container): Promise<ProbeResult> {
    const { clock } = this.#deps;
    const probe = container[`${kind}Probe`] ?? {};
    const told = annotationOf(pod, kind, container.name);
    const readyAfterMs = kind === 'liveness' ? undefined : durationAnnotation(pod, 'ready-after', container.name);
    const early = readyAfterMs !== undefined && clock.monotonicMs() - this.#startedAtMs < readyAfterMs;
    if (this.#ended || this.#paused || told === 'fail' || early)
      return { success: false, output: failureOf(probe, pod.status?.podIP ?? '') };
    const command = probe.exec?.command ?? [];
    if (told === 'ok' || command.length === 0) return { success: true, output: '' };
    const { code, output, tookMs } = runCommand(command, this.#files, clock.nowMs());
    const timeoutSeconds = probe.timeoutSeconds ?? 1;
    const late = tookMs > timeoutSeconds * 1000;
    if (tookMs > 0) await clock.sleep(late ? timeoutSeconds * 1000 : tookMs);
    return late
      ? { success: false, output: `command timed out: "${command.join(' ')}" timed out after ${timeoutSeconds}s` }
      : { success: code === 0, output };
  }

  async runHook({ exec, sleep }: V1LifecycleHandler): Promise<boolean> {
    const { clock } = this.#deps;
    if (sleep) await clock.sleep(sleep.seconds * 1000);
    if (!exec) return true;
    const { code, tookMs } = runCommand(exec.command ?? [], this.#files, clock.nowMs());
    if (tookMs > 0) await clock.sleep(tookMs);
    return code === 0;
  }

  /** Takes steps until one waits or the container ends. */
  #run(): void {
    while (!this.#ended) {
      const step = this.#script.steps[this.#step];
      if (step === undefined) {
        if (this.#script.after === 'run') return;
        if (this.#script.after === 'exit') this.#exit(this.#code);
        this.#step = this.#script.repeatFrom ?? 0;
        continue;
      }
      this.#step++;
      if (step.do === 'wait') {
        this.#wait(step.ms, () => this.#run());
        return;
      }
      if (step.do === 'exit') {
        this.#exit(step.code);
        return;
      }
      const { code, printed } = takeStep(step, this.#files, this.#deps.clock.nowMs());
      this.#code = code;
      if (printed !== undefined) this.#print(printed);
    }
  }

  #wait(ms: number, callback: () => void): void {
    if (this.#ended) return;
    if (this.#paused) {
      this.#resumeWith = { callback, leftMs: ms };
      return;
    }
    this.#timer?.cancel();
    this.#due = { atMs: this.#deps.clock.monotonicMs() + ms, callback };
    this.#timer = this.#deps.clock.after(ms, callback);
  }

  #print(text: string): void {
    for (const line of text.split('\n')) this.#deps.log.append(this.#deps.clock.nowMs(), line);
  }

  #exit(code: number): void {
    this.#end({ exitCode: code, signal: 0, reason: code === 0 ? 'Completed' : 'Error', message: '' });
  }

  #end(exit: ContainerExit): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer?.cancel();
    this.#deps.exited({ ...exit, message: this.#lastWords(exit.exitCode) });
  }

  /** The termination message: what it wrote to its file, or where its spec says so the end of its log. */
  #lastWords(exitCode: number): string {
    const { container, log } = this.#deps;
    const written = this.#files
      .read(container.terminationMessagePath ?? '/dev/termination-log')
      .slice(0, MESSAGE_BYTES_MAX);
    if (written !== '' || exitCode === 0 || container.terminationMessagePolicy !== 'FallbackToLogsOnError')
      return written;
    return log.lines
      .slice(-MESSAGE_LINES_MAX)
      .map(({ text }) => `${text}\n`)
      .join('')
      .slice(-MESSAGE_LOG_BYTES_MAX);
  }
}

/** What a kubelet finds when a probe fails. */
function failureOf({ httpGet, tcpSocket, grpc }: V1Probe, podIp: string): string {
  if (httpGet) return 'HTTP probe failed with statuscode: 503';
  if (tcpSocket) return `dial tcp ${tcpSocket.host ?? podIp}:${tcpSocket.port}: connect: connection refused`;
  return grpc ? 'service unhealthy (responded with "NOT_SERVING")' : '';
}

function restartPolicyFor(pod: V1Pod, container: V1Container): string {
  if ((pod.spec?.ephemeralContainers ?? []).some((each) => each.name === container.name)) return 'Never';
  const isInit = (pod.spec?.initContainers ?? []).some((each) => each.name === container.name);
  if (isInit) return container.restartPolicy === 'Always' ? 'Always' : 'OnFailure';
  return container.restartPolicy ?? pod.spec?.restartPolicy ?? 'Always';
}

function spread([least, more]: readonly [number, number], random: Random): number {
  return least + more * random.next();
}

/** `docker.io/library/nginx:1.27` without its tag or digest. */
function repository(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
}

function withTag(image: string): string {
  return image === repository(image) ? `${image}:latest` : image;
}

/** Between 2 and 200 MB, many small and few large, by the name alone. */
function sizeOf(image: string): number {
  return Math.round(2e6 * 100 ** new SeededRandom(`size/${image}`).next());
}

/** 64 hex digits that depend on the text alone: ids and digests of things that do not exist. */
function digest(text: string): string {
  const random = new SeededRandom(`digest/${text}`);
  return Buffer.from(random.bytes(32)).toString('hex');
}
