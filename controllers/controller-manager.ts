/**
 * Starts controllers in one process: each with a client of its own identity, all with one set of informers. A controller
 * starts when the resources that it needs are listed; one that cannot start keeps nobody else back.
 */
import type { Clock } from '../base/clock.ts';
import { Deferred } from '../base/deferred.ts';
import { messageOf, UsageError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Recorder } from '../base/moments.ts';
import type { Random } from '../base/random.ts';
import { type ControllerOptions, controllerEntries } from './controller-registry.ts';
import { SHARED } from './identities.ts';
import type { Client } from './runtime/client.ts';
import type { Controller } from './runtime/controller.ts';
import { ApiEventRecorder } from './runtime/event-recorder.ts';
import { InformerSet } from './runtime/informer-set.ts';

export interface ControllerManagerDeps {
  /** A client that acts as a component: a service account's name, or `kube-controller-manager` (see identities.ts). */
  readonly clientFor: (component: string) => Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly recorder: Recorder;
  readonly options?: ControllerOptions;
  /** Names as in `--controllers`; absent: all. */
  readonly only?: readonly string[];
}

export interface RunningControllers {
  /** Names of those that were chosen. */
  readonly names: readonly string[];
  /** Resolves when all chosen controllers have started. */
  readonly started: Promise<void>;
  /** Resolves when nothing of them runs any more. */
  stop(): Promise<void>;
}

/** Resolves once the controllers are wired and their informers run; see `started` for when they act. */
export async function startControllers(deps: ControllerManagerDeps): Promise<RunningControllers> {
  const { clientFor, logger, options = {}, only } = deps;
  const known = controllerEntries.map(({ name }) => name);
  const unknown = only?.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`there is no controller "${unknown}": choose of ${known.join(', ')}`);

  const informers = new InformerSet({ ...deps, client: clientFor(SHARED) });
  const stopped = new Deferred<void>();
  const names: string[] = [];
  const controllers: Controller[] = [];
  const recorders: ApiEventRecorder[] = [];
  const starts: Promise<void>[] = [];
  for (const { name, serviceAccount, eventSource, make } of controllerEntries) {
    if (only !== undefined && !only.includes(name)) continue;
    const client = clientFor(serviceAccount);
    const childLogger = logger.child({ controller: name });
    const eventDeps = { ...deps, client, logger: childLogger, random: deps.random.fork(`${name}/events`) };
    const events = new ApiEventRecorder(eventDeps, { component: eventSource ?? serviceAccount });
    const scope = informers.scope();
    const random = deps.random.fork(name);
    const controller = make({ ...deps, client, informers: scope, events, random, logger: childLogger }, options);
    if (controller === undefined) continue;
    names.push(name);
    controllers.push(controller);
    recorders.push(events);
    starts.push(
      scope.synced(stopped.promise).then((synced) => {
        if (!synced) return;
        controller.start();
        logger.debug({ controller: name }, 'controller started');
      }),
    );
  }
  informers.start();
  const started = Promise.all(starts).then(() => undefined);
  started.catch((thrown: unknown) => logger.error({ error: messageOf(thrown) }, 'a controller did not start'));
  return {
    names,
    started,
    async stop() {
      stopped.resolve();
      await Promise.all(controllers.map((controller) => controller.stop()));
      await Promise.all([informers.stop(), ...recorders.map((events) => events.stop())]);
    },
  };
}
