/**
 * What to do about a Job (k8s.io/kubernetes/pkg/controller/job/job_controller.go). Pure.
 *
 * How pods are counted, so that none is counted twice or not at all whatever is deleted meanwhile: every pod carries a
 * finalizer. A pod that ended is first written into `status.uncountedTerminatedPods`, then loses its finalizer, and when that
 * is seen it moves from there into the counters. Indexed jobs count successes in `completedIndexes` instead.
 */
import { timestamp } from '../../base/clock.ts';
import type { V1Job, V1JobStatus, V1Pod } from '../../generated/kubernetes.d.ts';
import { isBeingDeleted, timeMs, uidOf } from '../runtime/metadata.ts';
import { rankForDeletion } from '../workload/pod-ranking.ts';
import { isPodActive, isPodReady, isPodTerminating } from '../workload/pod-state.ts';
import { IndexSet } from './index-set.ts';
import { type JobBackoff, nextBackoff, remainingMs } from './job-backoff.ts';
import {
  failuresBefore,
  finishedMs,
  hasFailed,
  hasLimitPerIndex,
  type IndexedPod,
  indexOf,
  isIndexed,
  isSuspended,
  isTracked,
  replacesOnlyFailed,
} from './job-pods.ts';
import {
  COMPLETIONS_REACHED,
  condition,
  earlierVerdict,
  failureVerdict,
  successPolicyVerdict,
  type Verdict,
} from './job-verdict.ts';
import { judgeFailure } from './pod-failure-policy.ts';

export interface JobEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface JobPlan {
  /** One entry a pod; undefined: without an index. */
  readonly create: readonly (IndexedPod | undefined)[];
  readonly delete: readonly V1Pod[];
  /** Take the finalizer off what is deleted first: it is not wanted any more, and is no failure. */
  readonly deleteUncounted: boolean;
  readonly status: V1JobStatus;
  /** To be taken off their finalizer once the status is written. */
  readonly release: readonly V1Pod[];
  readonly events: readonly JobEvent[];
  /** To be remembered once the status is written. */
  readonly backoff: JobBackoff;
  readonly requeueAfterMs?: number;
  readonly words: string;
}

const PODS_AT_ONCE = 500;
const UNCOUNTED_MAX = 500;

/** @param mayAct false while what was created or deleted before has not been seen yet */
export function planJob(
  job: V1Job,
  pods: readonly V1Pod[],
  backoff: JobBackoff,
  mayAct: boolean,
  nowMs: number,
): JobPlan {
  return new JobTurn(job, pods, backoff, mayAct, nowMs).plan();
}

/** The facts of one turn, each computed once. Lives inside one call of `planJob`. */
class JobTurn {
  readonly #job: V1Job;
  readonly #pods: readonly V1Pod[];
  readonly #mayAct: boolean;
  readonly #nowMs: number;
  readonly #active: readonly V1Pod[];
  readonly #terminating: readonly V1Pod[];
  readonly #uncounted: { succeeded: string[]; failed: string[] };
  readonly #backoff: JobBackoff;
  /** Counters of the status, after what was uncounted moved into them. */
  #succeeded: number;
  #failed: number;
  readonly #indexes: { readonly succeeded: IndexSet; readonly failed: IndexSet } | undefined;
  /** With a limit for each index: the failed pod that keeps the index's count until it is replaced. */
  readonly #lastFailed = new Map<number, V1Pod>();
  readonly #events: JobEvent[] = [];
  #requeueAfterMs: number | undefined;
  #words = '';

  constructor(job: V1Job, pods: readonly V1Pod[], backoff: JobBackoff, mayAct: boolean, nowMs: number) {
    this.#job = job;
    this.#pods = pods;
    this.#mayAct = mayAct;
    this.#nowMs = nowMs;
    this.#active = pods.filter(isPodActive);
    this.#terminating = pods.filter(isPodTerminating);
    const tracked = new Set(pods.filter(isTracked).map(uidOf));
    const { succeeded = [], failed = [] } = job.status?.uncountedTerminatedPods ?? {};
    this.#uncounted = {
      succeeded: succeeded.filter((uid) => tracked.has(uid)),
      failed: failed.filter((uid) => tracked.has(uid)),
    };
    this.#succeeded = (job.status?.succeeded ?? 0) + succeeded.length - this.#uncounted.succeeded.length;
    this.#failed = (job.status?.failed ?? 0) + failed.length - this.#uncounted.failed.length;
    const ended = pods.filter((pod) => isTracked(pod) && !this.#isUncounted(pod));
    const newSucceeded = ended.filter(({ status }) => status?.phase === 'Succeeded');
    const newFailed = ended.filter((pod) => hasFailed(pod, job));
    this.#indexes = isIndexed(job) ? this.#countIndexes() : undefined;
    this.#backoff = nextBackoff(backoff, newSucceeded, newFailed);
    this.#findLastFailed();
  }

  plan(): JobPlan {
    const verdict = earlierVerdict(this.#job) ?? this.#verdict();
    const { create, delete: going } = verdict === undefined ? this.#manage() : { create: [], delete: this.#active };
    // While pods may exist that were not seen yet, it is too early to say that all is over.
    const certain = this.#mayAct ? verdict : earlierVerdict(this.#job);
    const completed = certain ?? (verdict === undefined ? this.#completion(create.length - going.length) : undefined);
    if (completed !== undefined && this.#words === '') this.#words = `${completed.reason}: ${completed.message}`;
    const release = this.#count(completed);
    return {
      create,
      delete: going,
      deleteUncounted: verdict === undefined,
      status: this.#status(completed, create.length, going),
      release,
      events: this.#events,
      backoff: this.#backoff,
      words: this.#words,
      ...(this.#requeueAfterMs === undefined ? {} : { requeueAfterMs: this.#requeueAfterMs }),
    };
  }

  #isUncounted(pod: V1Pod): boolean {
    return this.#uncounted.succeeded.includes(uidOf(pod)) || this.#uncounted.failed.includes(uidOf(pod));
  }

  #countIndexes(): { readonly succeeded: IndexSet; readonly failed: IndexSet } {
    const job = this.#job;
    const completions = job.spec?.completions ?? 0;
    const tracked = this.#pods.filter(isTracked);
    const indexes = (pods: readonly V1Pod[]): IndexSet =>
      IndexSet.of(pods.map((pod) => indexOf(pod, job)).filter((index) => index !== undefined));
    const succeeded = IndexSet.parse(job.status?.completedIndexes, completions).union(
      indexes(tracked.filter(({ status }) => status?.phase === 'Succeeded')),
    );
    if (!hasLimitPerIndex(job)) return { succeeded, failed: IndexSet.empty };
    const failed = IndexSet.parse(job.status?.failedIndexes, completions).union(
      indexes(tracked.filter((pod) => this.#failsIndex(pod))),
    );
    return { succeeded, failed };
  }

  #failsIndex(pod: V1Pod): boolean {
    const job = this.#job;
    if (!hasFailed(pod, job)) return false;
    const { action, counts } = judgeFailure(job, pod);
    return action === 'FailIndex' || (counts && failuresBefore(pod).counted >= (job.spec?.backoffLimitPerIndex ?? 0));
  }

  #findLastFailed(): void {
    const job = this.#job;
    if (!hasLimitPerIndex(job) || this.#indexes === undefined) return;
    const active = new Set(this.#active.map((pod) => indexOf(pod, job)));
    for (const pod of this.#pods) {
      const index = indexOf(pod, job);
      if (index === undefined || !isTracked(pod) || !hasFailed(pod, job) || active.has(index)) continue;
      if (this.#indexes.succeeded.has(index) || this.#indexes.failed.has(index)) continue;
      const other = this.#lastFailed.get(index);
      if (other === undefined || finishedMs(other) <= finishedMs(pod)) this.#lastFailed.set(index, pod);
    }
  }

  #verdict(): Verdict | undefined {
    const job = this.#job;
    const newFailed = this.#pods.filter(
      (pod) => isTracked(pod) && !this.#isUncounted(pod) && hasFailed(pod, job) && judgeFailure(job, pod).counts,
    );
    const failed = this.#failed + this.#uncounted.failed.length + newFailed.length;
    const verdict = failureVerdict(job, this.#pods, failed, this.#indexes, this.#nowMs);
    if (verdict !== undefined) return verdict;
    const deadlineMs = job.spec?.activeDeadlineSeconds;
    if (deadlineMs !== undefined && !isSuspended(job)) {
      const startedMs = timeMs(job.status?.startTime) ?? this.#nowMs;
      this.#wakeIn(startedMs + deadlineMs * 1000 - this.#nowMs);
    }
    return this.#indexes === undefined ? undefined : successPolicyVerdict(job, this.#indexes.succeeded);
  }

  /** Pods that have succeeded, those of this turn included. */
  #succeededSoFar(): number {
    if (this.#indexes !== undefined) return this.#indexes.succeeded.size;
    const fresh = this.#pods.filter(
      (pod) => isTracked(pod) && pod.status?.phase === 'Succeeded' && !this.#isUncounted(pod),
    );
    return this.#succeeded + this.#uncounted.succeeded.length + fresh.length;
  }

  #manage(): { create: readonly (IndexedPod | undefined)[]; delete: readonly V1Pod[] } {
    const nothing = { create: [], delete: [] };
    const job = this.#job;
    if (!this.#mayAct || isBeingDeleted(job)) return nothing;
    const active = this.#active.length;
    const wanted = isSuspended(job) ? 0 : this.#wantedActive();
    if (active > wanted) {
      const going = this.#podsToRemove(active - wanted).slice(0, PODS_AT_ONCE);
      const why = isSuspended(job) ? 'it is suspended' : `${wanted} should be active`;
      this.#words = `deleting ${going.length} of ${active} active pods because ${why}`;
      return { create: [], delete: going };
    }
    const terminating = replacesOnlyFailed(job) ? this.#terminating.length : 0;
    const missing = Math.min(PODS_AT_ONCE, wanted - terminating - active);
    if (missing <= 0) return nothing;
    if (!hasLimitPerIndex(job)) {
      const waitMs = remainingMs(this.#backoff, this.#nowMs);
      if (waitMs > 0) {
        this.#wakeIn(waitMs);
        return nothing;
      }
    }
    const create =
      this.#indexes === undefined ? new Array<undefined>(missing).fill(undefined) : this.#nextIndexes(missing);
    if (create.length > 0) {
      this.#words = `creating ${create.length} pods because ${active} of ${wanted} wanted are active`;
    }
    return { create, delete: [] };
  }

  #wantedActive(): number {
    const { parallelism = 1, completions } = this.#job.spec ?? {};
    const succeeded = this.#succeededSoFar();
    if (completions === undefined) return succeeded > 0 ? Math.min(this.#active.length, parallelism) : parallelism;
    return Math.max(0, Math.min(parallelism, completions - succeeded));
  }

  /** Of an indexed job those first that stand double for an index. */
  #podsToRemove(count: number): readonly V1Pod[] {
    const ordered = rankForDeletion(this.#active, [], this.#nowMs);
    if (this.#indexes === undefined) return ordered.slice(0, count);
    const seen = new Set<number>();
    const needless: V1Pod[] = [];
    for (const pod of [...ordered].reverse()) {
      const index = indexOf(pod, this.#job);
      if (index === undefined || seen.has(index)) needless.push(pod);
      else seen.add(index);
    }
    return [...needless, ...ordered.filter((pod) => !needless.includes(pod))].slice(
      0,
      Math.max(count, needless.length),
    );
  }

  #nextIndexes(count: number): readonly IndexedPod[] {
    const job = this.#job;
    if (this.#indexes === undefined) return [];
    const taken = [...this.#active, ...(replacesOnlyFailed(job) ? this.#terminating : [])];
    const busy = IndexSet.of(taken.map((pod) => indexOf(pod, job)).filter((index) => index !== undefined));
    const notPending = this.#indexes.succeeded.union(this.#indexes.failed).union(busy);
    const pending = notPending.missing(count, job.spec?.completions ?? 0);
    if (!hasLimitPerIndex(job)) return pending.map((index) => ({ index }));
    const ready: IndexedPod[] = [];
    for (const index of pending) {
      const last = this.#lastFailed.get(index);
      if (last === undefined) {
        ready.push({ index, failures: { counted: 0, ignored: 0 } });
        continue;
      }
      const { counted, ignored } = failuresBefore(last);
      const waitMs = remainingMs({ failures: counted + ignored + 1, lastFailureMs: finishedMs(last) }, this.#nowMs);
      if (waitMs > 0) this.#wakeIn(waitMs);
      else if (judgeFailure(job, last).counts) ready.push({ index, failures: { counted: counted + 1, ignored } });
      else ready.push({ index, failures: { counted, ignored: ignored + 1 } });
    }
    return ready;
  }

  #completion(difference: number): Verdict | undefined {
    if (this.#active.length + difference > 0) return undefined;
    const { completions } = this.#job.spec ?? {};
    const succeeded = this.#succeededSoFar();
    const complete = completions === undefined ? succeeded > 0 : succeeded >= completions;
    return complete ? COMPLETIONS_REACHED : undefined;
  }

  /** Writes ended pods into the uncounted lists; returns those whose finalizer may go when that is written. */
  #count(verdict: Verdict | undefined): readonly V1Pod[] {
    const job = this.#job;
    const release: V1Pod[] = [];
    for (const pod of this.#pods.filter(isTracked)) {
      if (this.#uncounted.succeeded.length + this.#uncounted.failed.length >= UNCOUNTED_MAX) break;
      const failed = hasFailed(pod, job);
      const succeeded = pod.status?.phase === 'Succeeded';
      if (!isBeingDeleted(job) && verdict === undefined && !succeeded && !failed) continue;
      if (failed && verdict === undefined && [...this.#lastFailed.values()].includes(pod)) continue;
      release.push(pod);
      if (this.#isUncounted(pod)) continue;
      if (succeeded) {
        if (this.#indexes === undefined) this.#uncounted.succeeded.push(uidOf(pod));
      } else if (failed || verdict?.type === 'FailureTarget') {
        const known = this.#indexes === undefined || indexOf(pod, job) !== undefined;
        if (known && judgeFailure(job, pod).counts) this.#uncounted.failed.push(uidOf(pod));
      }
    }
    return release;
  }

  #status(verdict: Verdict | undefined, created: number, going: readonly V1Pod[]): V1JobStatus {
    const job = this.#job;
    const nowMs = this.#nowMs;
    const active = this.#active.length + created - going.length;
    const terminating = this.#terminating.length + going.length;
    const ready = this.#active.filter((pod) => isPodReady(pod) && !going.includes(pod)).length;
    const uncounted = this.#uncounted.succeeded.length + this.#uncounted.failed.length;
    const indexed = this.#indexes;
    const ended = verdict !== undefined && uncounted === 0 && terminating === 0 && active === 0;
    let startTime = job.status?.startTime ?? (isSuspended(job) ? undefined : timestamp(nowMs));
    const { conditions, resumed } = this.#conditions(verdict, ended);
    if (resumed) startTime = timestamp(nowMs);
    const succeeded = indexed === undefined ? this.#succeeded : indexed.succeeded.size;
    const completionTime =
      ended && verdict.type === 'SuccessCriteriaMet' ? timestamp(nowMs) : job.status?.completionTime;
    return {
      ...(conditions.length === 0 ? {} : { conditions }),
      ...(startTime === undefined ? {} : { startTime }),
      ...(completionTime === undefined ? {} : { completionTime }),
      ...(active === 0 ? {} : { active }),
      ...(succeeded === 0 ? {} : { succeeded }),
      ...(this.#failed === 0 ? {} : { failed: this.#failed }),
      ...(indexed === undefined || indexed.succeeded.size === 0
        ? {}
        : { completedIndexes: indexed.succeeded.toString() }),
      ...(indexed === undefined || !hasLimitPerIndex(job) ? {} : { failedIndexes: indexed.failed.toString() }),
      terminating,
      ready,
      uncountedTerminatedPods: {
        ...(this.#uncounted.succeeded.length === 0 ? {} : { succeeded: this.#uncounted.succeeded }),
        ...(this.#uncounted.failed.length === 0 ? {} : { failed: this.#uncounted.failed }),
      },
    };
  }

  #conditions(
    verdict: Verdict | undefined,
    ended: boolean,
  ): { readonly conditions: NonNullable<V1JobStatus['conditions']>; readonly resumed: boolean } {
    const job = this.#job;
    const nowMs = this.#nowMs;
    const conditions = [...(job.status?.conditions ?? [])];
    let resumed = false;
    if (verdict !== undefined) {
      const { type, reason, message } = verdict;
      if (earlierVerdict(job) === undefined) conditions.push(condition(type, 'True', reason, message, nowMs));
      if (ended) {
        const terminal = type === 'FailureTarget' ? 'Failed' : 'Complete';
        conditions.push(condition(terminal, 'True', reason, message, nowMs));
        this.#tellEnd(verdict);
      }
      return { conditions, resumed };
    }
    if (!this.#mayAct) return { conditions, resumed };
    const at = conditions.findIndex(({ type }) => type === 'Suspended');
    const suspended = conditions[at]?.status === 'True';
    if (isSuspended(job) && !suspended) {
      const added = condition('Suspended', 'True', 'JobSuspended', 'Job suspended', nowMs);
      if (at < 0) conditions.push(added);
      else conditions[at] = added;
      this.#events.push({ type: 'Normal', reason: 'Suspended', message: 'Job suspended' });
    } else if (!isSuspended(job) && suspended) {
      conditions[at] = condition('Suspended', 'False', 'JobResumed', 'Job resumed', nowMs);
      this.#events.push({ type: 'Normal', reason: 'Resumed', message: 'Job resumed' });
      resumed = true;
    }
    return { conditions, resumed };
  }

  #tellEnd({ type, reason, message }: Verdict): void {
    if (type === 'FailureTarget') {
      this.#events.push({ type: 'Warning', reason, message });
      return;
    }
    const { completions } = this.#job.spec ?? {};
    const succeeded = this.#indexes?.succeeded.size ?? this.#succeeded;
    if (completions !== undefined && succeeded > completions) {
      const tooMany = 'Too many succeeded pods running after completion count reached';
      this.#events.push({ type: 'Warning', reason: 'TooManySucceededPods', message: tooMany });
    }
    this.#events.push({ type: 'Normal', reason: 'Completed', message: 'Job completed' });
  }

  #wakeIn(delayMs: number): void {
    if (delayMs > 0) this.#requeueAfterMs = Math.min(this.#requeueAfterMs ?? delayMs, delayMs);
  }
}
