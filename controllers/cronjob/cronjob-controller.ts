/** The CronJob controller: starts Jobs when their time has come, as `planCronJob` says. */
import { messageOf } from '../../base/errors.ts';
import type { V1CronJob, V1CronJobStatus, V1Job } from '../../generated/kubernetes.d.ts';
import { isFinished } from '../job/job-verdict.ts';
import { type Client, isAlreadyExists, isNotFound } from '../runtime/client.ts';
import type { Controller, ControllerDeps } from '../runtime/controller.ts';
import { referenceTo } from '../runtime/event-recorder.ts';
import { byController } from '../runtime/indexes.ts';
import type { Informer } from '../runtime/informer.ts';
import { nameOf, namespaceOf, type ObjectKey, uidOf } from '../runtime/metadata.ts';
import { controllerOf, isControlledBy } from '../runtime/owner-references.ts';
import { type ReconcileContext, ReconcileLoop, type ReconcileResult } from '../runtime/reconcile-loop.ts';
import { cronJobs, jobs } from '../runtime/resources.ts';
import { isNamespaceTerminating } from '../workload/pod-writes.ts';
import { semanticEqual } from '../workload/semantic-equal.ts';
import { planCronJob } from './cronjob-plan.ts';

export class CronJobController implements Controller {
  readonly name = 'cronjob-controller';
  readonly #deps: ControllerDeps;
  readonly #cronJobs: Informer<V1CronJob>;
  readonly #jobs: Informer<V1Job>;
  readonly #loop: ReconcileLoop;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#loop = new ReconcileLoop(this, deps);
    this.#cronJobs = deps.informers.of<V1CronJob>(cronJobs);
    this.#jobs = deps.informers.of<V1Job>(jobs);
    this.#jobs.addIndex(byController);
    this.#cronJobs.subscribe({
      added: (cronJob) => this.#loop.enqueue(cronJob),
      updated: (cronJob) => this.#loop.enqueue(cronJob),
      deleted: (cronJob) => this.#loop.enqueue(cronJob),
    });
    this.#jobs.subscribe({
      added: (job) => this.#wake(job),
      updated: (job) => this.#wake(job),
      deleted: (job) => this.#wake(job),
    });
  }

  start(): void {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  async reconcile({ namespace, name }: ObjectKey, context: ReconcileContext): Promise<ReconcileResult | undefined> {
    const { client } = context;
    const known = this.#cronJobs.get(name, namespace);
    if (known === undefined) return undefined;
    const { events } = this.#deps;
    const children = this.#jobs.by(byController, uidOf(known));
    const cronJob = await this.#freshIfBehind(client, known, children);
    if (cronJob === undefined) return undefined;
    const gone = await this.#missing(client, cronJob, children);
    const plan = planCronJob(cronJob, children, gone, context.nowMs);
    for (const { type, reason, message } of plan.events) events.event(cronJob, type, reason, message);
    for (const job of plan.delete) await this.#delete(client, cronJob, job);
    let status = plan.status;
    if (plan.create !== undefined) {
      const wanted = plan.create;
      context.decided(() => `starting Job ${nameOf(wanted)}: its time has come`);
      const started = await this.#create(client, cronJob, wanted);
      if (started === undefined) return undefined;
      status = withActive(status, started);
    }
    if (!semanticEqual(cronJob.status, status)) {
      await client.update(cronJobs, { ...cronJob, status }, { subresource: 'status' });
    }
    return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
  }

  /** A job that is not in the active list may be one whose start we have not seen written yet. */
  async #freshIfBehind(client: Client, cronJob: V1CronJob, children: readonly V1Job[]): Promise<V1CronJob | undefined> {
    const listed = new Set(cronJob.status?.active?.map(({ uid }) => uid));
    if (children.every((job) => isFinished(job) || listed.has(uidOf(job)))) return cronJob;
    try {
      return await client.get<V1CronJob>(cronJobs, nameOf(cronJob), namespaceOf(cronJob));
    } catch (thrown) {
      if (isNotFound(thrown)) return undefined;
      throw thrown;
    }
  }

  /** Jobs in the active list that our copy does not have, and the server neither. */
  async #missing(client: Client, cronJob: V1CronJob, children: readonly V1Job[]): Promise<ReadonlySet<string>> {
    const known = new Set(children.map(uidOf));
    const gone = new Set<string>();
    for (const { uid = '', name = '' } of cronJob.status?.active ?? []) {
      if (known.has(uid)) continue;
      try {
        await client.get<V1Job>(jobs, name, namespaceOf(cronJob));
      } catch (thrown) {
        if (!isNotFound(thrown)) throw thrown;
        gone.add(uid);
      }
    }
    return gone;
  }

  async #delete(client: Client, cronJob: V1CronJob, job: V1Job): Promise<void> {
    const { events } = this.#deps;
    try {
      const options = { propagationPolicy: 'Background', preconditions: { uid: uidOf(job) } } as const;
      await client.delete(jobs, nameOf(job), namespaceOf(job), options);
    } catch (thrown) {
      if (isNotFound(thrown)) return;
      events.event(cronJob, 'Warning', 'FailedDelete', `Deleted job: ${messageOf(thrown)}`);
      throw thrown;
    }
    events.event(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${nameOf(job)}`);
  }

  /** Undefined: another's job has the name, or it is counted already. */
  async #create(client: Client, cronJob: V1CronJob, wanted: V1Job): Promise<V1Job | undefined> {
    const { events } = this.#deps;
    try {
      const created = await client.create<V1Job>(jobs, wanted);
      events.event(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${nameOf(created)}`);
      return created;
    } catch (thrown) {
      if (isAlreadyExists(thrown)) {
        const found = await client.get<V1Job>(jobs, nameOf(wanted), namespaceOf(wanted));
        const counted = cronJob.status?.active?.some(({ uid }) => uid === uidOf(found)) ?? false;
        return isControlledBy(found, cronJob) && !counted ? found : undefined;
      }
      if (!isNamespaceTerminating(thrown)) {
        events.event(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${messageOf(thrown)}`);
      }
      throw thrown;
    }
  }

  #wake(job: V1Job): void {
    const controller = controllerOf(job);
    if (controller?.kind !== cronJobs.kind) return;
    const cronJob = this.#cronJobs.get(controller.name, namespaceOf(job));
    if (cronJob !== undefined && uidOf(cronJob) === controller.uid) this.#loop.enqueue(cronJob);
  }
}

function withActive(status: V1CronJobStatus, job: V1Job): V1CronJobStatus {
  const reference = referenceTo({ apiVersion: 'batch/v1', kind: 'Job', ...job });
  return { ...status, active: [...(status.active ?? []), reference] };
}
