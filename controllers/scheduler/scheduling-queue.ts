/**
 * Pods that wait for a node (k8s.io/kubernetes/pkg/scheduler/backend/queue). Each is in one of three places:
 *
 * - active: to be tried as soon as possible, by priority and then by how long it waits;
 * - backing off: something happened that may help it, but it failed not long ago (1 s, doubling to 10 s); when nothing is
 *   active it is tried early, unless it failed by an error;
 * - unschedulable: waiting for an event that helps one of the plugins that rejected it; after 5 minutes it is tried anyway.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';
import type { V1Pod } from '../../generated/kubernetes.d.ts';
import { keyOf, uidOf } from '../runtime/metadata.ts';
import type { ClusterEvent, Plugin } from './plugin.ts';
import { PriorityHeap } from './priority-heap.ts';

export interface QueuedPod {
  /** Pods are told apart by uid: another pod may take the name of one that is still being bound. */
  readonly uid: string;
  /** `namespace/name`. */
  readonly key: string;
  readonly pod: V1Pod;
  readonly attempts: number;
  /** Since when it waits, on the monotonic clock: earlier goes first among equals. */
  readonly sinceMs: number;
  readonly rejectedBy: ReadonlySet<string>;
  /** It may be tried again from then on. */
  readonly backoffUntilMs: number;
  readonly failedByError: boolean;
}

const BACKOFF_INITIAL_MS = 1000;
const BACKOFF_MAX_MS = 10_000;
const UNSCHEDULABLE_MAX_MS = 5 * 60 * 1000;
const FLUSH_PERIOD_MS = 30_000;

export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #helpful: ReadonlyMap<ClusterEvent, ReadonlySet<string>>;
  readonly #active = new PriorityHeap<QueuedPod>(({ uid }) => uid, goesBefore);
  readonly #backingOff = new PriorityHeap<QueuedPod>(
    ({ uid }) => uid,
    (a, b) => a.backoffUntilMs < b.backoffUntilMs,
  );
  readonly #unschedulable = new Map<string, QueuedPod>();
  /** What was popped and has not come back: an update of it must not queue it a second time. */
  readonly #inFlight = new Set<string>();
  #wake = new Deferred<void>();
  #backoffTimer: Timer | undefined;
  readonly #flushTimer: Timer;

  constructor(clock: Clock, plugins: readonly Plugin[]) {
    this.#clock = clock;
    const helpful = new Map<ClusterEvent, Set<string>>();
    for (const plugin of plugins) {
      for (const event of plugin.helpedBy) {
        const names = helpful.get(event) ?? new Set();
        helpful.set(event, names.add(plugin.name));
      }
    }
    this.#helpful = helpful;
    this.#flushTimer = clock.every(FLUSH_PERIOD_MS, () => this.#flushOld());
  }

  /** Active, backing off, unschedulable. */
  get sizes(): readonly [number, number, number] {
    return [this.#active.size, this.#backingOff.size, this.#unschedulable.size];
  }

  /** Resolves when a pod may be there to pop. */
  get changed(): Promise<void> {
    return this.#wake.promise;
  }

  close(): void {
    this.#backoffTimer?.cancel();
    this.#flushTimer.cancel();
    this.#wake.resolve();
  }

  /** A pod without a node appeared. */
  add(pod: V1Pod): void {
    const uid = uidOf(pod);
    if (this.#inFlight.has(uid)) return;
    this.remove(pod);
    const sinceMs = this.#clock.monotonicMs();
    this.#activate({
      uid,
      key: keyOf(pod),
      pod,
      attempts: 0,
      sinceMs,
      rejectedBy: new Set(),
      backoffUntilMs: 0,
      failedByError: false,
    });
  }

  /** @param relevant the change may make it fit: its spec or labels, not merely its status */
  update(pod: V1Pod, relevant: boolean): void {
    const uid = uidOf(pod);
    for (const heap of [this.#active, this.#backingOff]) {
      const queued = heap.get(uid);
      if (queued === undefined) continue;
      heap.push({ ...queued, pod });
      return;
    }
    const waiting = this.#unschedulable.get(uid);
    if (waiting === undefined) {
      this.add(pod);
      return;
    }
    this.#unschedulable.set(uid, { ...waiting, pod });
    if (relevant) this.#retry({ ...waiting, pod });
  }

  remove(pod: V1Pod): void {
    const uid = uidOf(pod);
    this.#active.remove(uid);
    this.#backingOff.remove(uid);
    this.#unschedulable.delete(uid);
  }

  /** The next pod to try; whoever takes it answers with `done` or `failed`. */
  pop(): QueuedPod | undefined {
    let next = this.#active.pop();
    if (next === undefined && this.#backingOff.peek()?.failedByError === false) next = this.#backingOff.pop();
    if (next === undefined) {
      this.#wake = new Deferred<void>();
      return undefined;
    }
    this.#inFlight.add(next.uid);
    return { ...next, attempts: next.attempts + 1 };
  }

  /** It got a node, or is gone. */
  done({ uid }: QueuedPod): void {
    this.#inFlight.delete(uid);
  }

  /** It did not fit, or (without plugins) an error kept it from its node. */
  failed(queued: QueuedPod, pod: V1Pod, rejectedBy: ReadonlySet<string>): void {
    this.#inFlight.delete(queued.uid);
    const nowMs = this.#clock.monotonicMs();
    const delayMs = Math.min(BACKOFF_MAX_MS, BACKOFF_INITIAL_MS * 2 ** (queued.attempts - 1));
    const failedByError = rejectedBy.size === 0;
    const next = { ...queued, pod, rejectedBy, failedByError, sinceMs: nowMs, backoffUntilMs: nowMs + delayMs };
    if (failedByError) this.#retry(next);
    else this.#unschedulable.set(queued.uid, next);
  }

  /** Something happened: pods that it may help are tried again. */
  happened(event: ClusterEvent): void {
    if (this.#unschedulable.size === 0) return;
    const plugins = this.#helpful.get(event);
    if (plugins === undefined) return;
    for (const queued of [...this.#unschedulable.values()]) {
      for (const name of queued.rejectedBy) {
        if (!plugins.has(name)) continue;
        this.#retry(queued);
        break;
      }
    }
  }

  #retry(queued: QueuedPod): void {
    this.#unschedulable.delete(queued.uid);
    if (queued.backoffUntilMs <= this.#clock.monotonicMs()) {
      this.#activate(queued);
      return;
    }
    this.#backingOff.push(queued);
    this.#armBackoff();
    this.#wake.resolve();
  }

  #activate(queued: QueuedPod): void {
    this.#active.push(queued);
    this.#wake.resolve();
  }

  #armBackoff(): void {
    this.#backoffTimer?.cancel();
    const first = this.#backingOff.peek();
    if (first === undefined) return;
    const inMs = Math.max(0, first.backoffUntilMs - this.#clock.monotonicMs());
    this.#backoffTimer = this.#clock.after(inMs, () => {
      const nowMs = this.#clock.monotonicMs();
      for (let next = this.#backingOff.peek(); next !== undefined; next = this.#backingOff.peek()) {
        if (next.backoffUntilMs > nowMs) break;
        this.#backingOff.pop();
        this.#activate(next);
      }
      this.#armBackoff();
    });
  }

  #flushOld(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const queued of [...this.#unschedulable.values()]) {
      if (nowMs - queued.sinceMs > UNSCHEDULABLE_MAX_MS) this.#retry(queued);
    }
  }
}

function goesBefore(a: QueuedPod, b: QueuedPod): boolean {
  const priorityA = a.pod.spec?.priority ?? 0;
  const priorityB = b.pod.spec?.priority ?? 0;
  return priorityA > priorityB || (priorityA === priorityB && a.sinceMs < b.sinceMs);
}
