/** What a controller is given and what it gives: explicit wiring, gathered in `controller-manager.ts`. */
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Recorder } from '../../base/moments.ts';
import type { Random } from '../../base/random.ts';
import type { Client } from './client.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { InformerScope } from './informer-set.ts';

export interface ControllerDeps {
  /** Acts as the controller's own service account. */
  readonly client: Client;
  /** Shared by all controllers. Ask for informers, indexes and handlers in the constructor only. */
  readonly informers: InformerScope;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly recorder: Recorder;
}

/** Made before the informers start, started once they are synced. */
export interface Controller {
  start(): void;
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}
