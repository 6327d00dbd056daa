/** What a lesson happens in: a running cluster, and how its learner reaches it. */
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { RingRecorder } from '../../base/ring-recorder.ts';
import type { Client } from '../../controllers/runtime/client.ts';
import type { Store } from '../../store/index.ts';

export interface LessonWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  /** The API with the rights to put everything back as it was. */
  readonly client: Client;
  readonly moments: RingRecorder;
  /** Brings in what members in other processes have stated. */
  readonly pullMoments: () => Promise<void>;
  /** Store members in processes that can be crashed; 1 for a member that cannot. */
  readonly members: number;
  readonly dataDir: string;
  readonly kubeconfig: string;
  /** Where the package lies: its `dist/` holds the command lines. */
  readonly root: string;
}
