/** The Job controller: watches Jobs and their pods, and carries out `planJob`. */
import type { V1Job, V1Pod } from '../../generated/kubernetes.d.ts';
import { type Client, isConflict, isNotFound } from '../runtime/client.ts';
import type { Controller, ControllerDeps } from '../runtime/controller.ts';
import { Expectations } from '../runtime/expectations.ts';
import { byController, orphansIn } from '../runtime/indexes.ts';
import type { Informer } from '../runtime/informer.ts';
import { keyOf, nameOf, namespaceOf, type ObjectKey, uidOf } from '../runtime/metadata.ts';
import { controllerOf } from '../runtime/owner-references.ts';
import { type ReconcileContext, ReconcileLoop, type ReconcileResult } from '../runtime/reconcile-loop.ts';
import { jobs, pods } from '../runtime/resources.ts';
import { claim } from '../workload/claims.ts';
import { watchOwnedPods } from '../workload/owned-pods.ts';
import { isNamespaceTerminating, PodWriter } from '../workload/pod-writes.ts';
import { semanticEqual } from '../workload/semantic-equal.ts';
import { slowStart } from '../workload/slow-start.ts';
import { type JobBackoff, NO_FAILURES } from './job-backoff.ts';
import { type JobPlan, planJob } from './job-plan.ts';
import { isTracked, newJobPod, TRACKING_FINALIZER } from './job-pods.ts';
import { isFinished } from './job-verdict.ts';

export class JobController implements Controller {
  readonly name = 'job-controller';
  readonly #deps: ControllerDeps;
  readonly #jobs: Informer<V1Job>;
  readonly #pods: Informer<V1Pod>;
  readonly #loop: ReconcileLoop;
  /** Takes the finalizer off pods whose job no longer counts them. */
  readonly #orphans: ReconcileLoop;
  readonly #expectations: Expectations;
  readonly #podWriter: PodWriter;
  /** By job key. */
  readonly #backoffs = new Map<string, JobBackoff>();

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#expectations = new Expectations(deps.clock);
    this.#podWriter = new PodWriter(deps);
    this.#loop = new ReconcileLoop(this, deps);
    this.#orphans = new ReconcileLoop(
      { name: this.name, reconcile: (key, context) => this.#releaseOrphan(key, context) },
      deps,
    );
    this.#jobs = deps.informers.of<V1Job>(jobs);
    this.#pods = deps.informers.of<V1Pod>(pods);
    this.#pods.addIndex(byController);
    this.#jobs.subscribe({
      added: (job) => this.#loop.enqueue(job),
      updated: (job) => {
        this.#loop.enqueue(job);
        if (isFinished(job)) for (const pod of this.#pods.by(byController, uidOf(job))) this.#maybeOrphan(pod);
      },
      deleted: (job) => {
        this.#expectations.forget(keyOf(job));
        this.#backoffs.delete(keyOf(job));
        for (const pod of this.#pods.by(byController, uidOf(job))) this.#maybeOrphan(pod);
      },
    });
    watchOwnedPods<V1Job>({
      kind: jobs.kind,
      pods: this.#pods,
      owners: this.#jobs,
      loop: this.#loop,
      expectations: this.#expectations,
      selectorOf: (job) => job.spec?.selector,
    });
    this.#pods.subscribe({
      added: (pod) => this.#maybeOrphan(pod),
      updated: (pod) => this.#maybeOrphan(pod),
    });
  }

  start(): void {
    this.#loop.start();
    this.#orphans.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#loop.stop(), this.#orphans.stop()]);
  }

  async reconcile({ namespace, name }: ObjectKey, context: ReconcileContext): Promise<ReconcileResult | undefined> {
    const { client } = context;
    const job = this.#jobs.get(name, namespace);
    if (job === undefined || isFinished(job)) return undefined;
    const key = keyOf(job);
    const candidates = [
      ...this.#pods.by(byController, uidOf(job)),
      ...this.#pods.by(byController, orphansIn(namespace)),
    ];
    const owned = await claim(client, jobs, job, job.spec?.selector, pods, candidates);
    const mayAct = this.#expectations.satisfied(key);
    const plan = planJob(job, owned, this.#backoffs.get(key) ?? NO_FAILURES, mayAct, context.nowMs);
    if (plan.words !== '') context.decided(() => plan.words);
    const { failure, status } = await this.#manage(client, job, plan);
    await this.#writeStatus(client, job, status);
    this.#backoffs.set(key, plan.backoff);
    for (const { type, reason, message } of plan.events) this.#deps.events.event(job, type, reason, message);
    await Promise.all(plan.release.map((pod) => this.#release(client, pod)));
    if (failure !== undefined) throw failure;
    return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
  }

  /** Creates and deletes pods; the status says how many really came. */
  async #manage(
    client: Client,
    job: V1Job,
    plan: JobPlan,
  ): Promise<{ failure: unknown; status: NonNullable<V1Job['status']> }> {
    const key = keyOf(job);
    if (plan.create.length === 0 && plan.delete.length === 0) return { failure: undefined, status: plan.status };
    // What is expected already stays expected: pods on their way to us are not to be forgotten.
    if (this.#expectations.satisfied(key)) {
      this.#expectations.expect(key, plan.create.length, plan.delete.map(keyOf));
    }
    const { succeeded, failure } = await slowStart(plan.create.length, (at) =>
      this.#podWriter.create(client, job, newJobPod(job, plan.create[at])),
    );
    const failedCreations = plan.create.length - succeeded;
    this.#expectations.creationObserved(key, failedCreations);
    const deletions = await Promise.allSettled(
      plan.delete.map((pod) => this.#delete(client, job, pod, plan.deleteUncounted)),
    );
    const refused = deletions.find((deletion) => deletion.status === 'rejected')?.reason;
    const active = (plan.status.active ?? 0) - failedCreations;
    const { active: _planned, ...rest } = plan.status;
    const status = active > 0 ? { ...rest, active } : rest;
    return { failure: (isNamespaceTerminating(failure) ? undefined : failure) ?? refused, status };
  }

  async #delete(client: Client, job: V1Job, pod: V1Pod, uncounted: boolean): Promise<void> {
    let deleted = false;
    try {
      if (uncounted) await this.#release(client, pod);
      deleted = await this.#podWriter.delete(client, job, pod);
    } finally {
      if (!deleted) this.#expectations.deletionObserved(keyOf(job), keyOf(pod));
    }
  }

  async #writeStatus(client: Client, job: V1Job, status: NonNullable<V1Job['status']>): Promise<void> {
    if (semanticEqual(job.status, status)) return;
    await client.update(jobs, { ...job, status }, { subresource: 'status' });
  }

  async #release(client: Client, pod: V1Pod): Promise<void> {
    const patch = { metadata: { uid: uidOf(pod), '$deleteFromPrimitiveList/finalizers': [TRACKING_FINALIZER] } };
    try {
      await client.patch(pods, nameOf(pod), namespaceOf(pod), 'strategic', patch);
    } catch (thrown) {
      if (!isNotFound(thrown) && !isConflict(thrown)) throw thrown;
    }
  }

  #maybeOrphan(pod: V1Pod): void {
    if (isTracked(pod) && this.#isOrphan(pod)) this.#orphans.enqueue(pod);
  }

  /** Its job is gone, or has ended. */
  #isOrphan(pod: V1Pod): boolean {
    const controller = controllerOf(pod);
    if (controller === undefined) return true;
    if (controller.kind !== jobs.kind) return false;
    const job = this.#jobs.get(controller.name, namespaceOf(pod));
    return job === undefined || uidOf(job) !== controller.uid || isFinished(job);
  }

  async #releaseOrphan({ namespace, name }: ObjectKey, { client }: ReconcileContext): Promise<undefined> {
    const pod = this.#pods.get(name, namespace);
    if (pod !== undefined && isTracked(pod) && this.#isOrphan(pod)) await this.#release(client, pod);
  }
}
