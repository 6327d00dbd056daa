/** Deletes Jobs a while after they have ended, when they ask for it (k8s.io/kubernetes/pkg/controller/ttlafterfinished). */
import type { V1Job } from '../generated/kubernetes.d.ts';
import { findCondition } from './job/job-verdict.ts';
import { isConflict, isNotFound } from './runtime/client.ts';
import type { Controller, ControllerDeps } from './runtime/controller.ts';
import type { Informer } from './runtime/informer.ts';
import { isBeingDeleted, nameOf, namespaceOf, type ObjectKey, timeMs, uidOf } from './runtime/metadata.ts';
import { type ReconcileContext, ReconcileLoop, type ReconcileResult } from './runtime/reconcile-loop.ts';
import { jobs } from './runtime/resources.ts';

/** Milliseconds until a Job is to be deleted, 0 or less when it is time; undefined: never. Pure. */
export function expiresInMs(job: V1Job, nowMs: number): number | undefined {
  const ttlSeconds = job.spec?.ttlSecondsAfterFinished;
  const ended = findCondition(job, 'Complete') ?? findCondition(job, 'Failed');
  const endedMs = timeMs(ended?.lastTransitionTime);
  if (ttlSeconds === undefined || endedMs === undefined || isBeingDeleted(job)) return undefined;
  return endedMs + ttlSeconds * 1000 - nowMs;
}

export class TtlAfterFinishedController implements Controller {
  readonly name = 'ttl-after-finished-controller';
  readonly #jobs: Informer<V1Job>;
  readonly #loop: ReconcileLoop;

  constructor(deps: ControllerDeps) {
    this.#loop = new ReconcileLoop(this, deps);
    this.#jobs = deps.informers.of<V1Job>(jobs);
    this.#jobs.subscribe({ added: (job) => this.#wake(job), updated: (job) => this.#wake(job) });
  }

  start(): void {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  async reconcile({ namespace, name }: ObjectKey, context: ReconcileContext): Promise<ReconcileResult | undefined> {
    const { client } = context;
    const job = this.#jobs.get(name, namespace);
    const inMs = job === undefined ? undefined : expiresInMs(job, context.nowMs);
    if (inMs === undefined) return undefined;
    if (inMs > 0) return { requeueAfterMs: inMs };
    try {
      // The time to live may have been changed in what we have not seen yet.
      const fresh = await client.get<V1Job>(jobs, name, namespace);
      const freshMs = expiresInMs(fresh, context.nowMs);
      if (freshMs === undefined || freshMs > 0) return freshMs === undefined ? undefined : { requeueAfterMs: freshMs };
      const options = { propagationPolicy: 'Foreground', preconditions: { uid: uidOf(fresh) } } as const;
      await client.delete(jobs, nameOf(fresh), namespaceOf(fresh), options);
      context.decided(() => `deleted Job ${name}: it ended ${fresh.spec?.ttlSecondsAfterFinished} s ago`);
    } catch (thrown) {
      if (!isNotFound(thrown) && !isConflict(thrown)) throw thrown;
    }
    return undefined;
  }

  #wake(job: V1Job): void {
    if (expiresInMs(job, 0) !== undefined) this.#loop.enqueue(job);
  }
}
