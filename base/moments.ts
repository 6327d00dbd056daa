/**
 * Moments: what each part did, as typed values. The demos, lessons, traces and pages read moments; there is no second
 * way to learn what happened. A part gets a `Recorder` by constructor and asks `recorder.active` before it builds a
 * moment, so that nobody pays while nobody looks.
 */

/** Common to all: when (wall milliseconds) and which request or change caused it (a request id, or `revision:N`). */
interface Base {
  readonly atMs: number;
  readonly cause?: string;
}

export type Moment = Base &
  (
    | {
        readonly type: 'raft.role';
        readonly member: string;
        readonly role: string;
        readonly term: number;
        readonly leader?: string;
      }
    | {
        readonly type: 'raft.vote';
        readonly member: string;
        readonly candidate: string;
        readonly term: number;
        readonly granted: boolean;
        readonly pre: boolean;
      }
    | {
        readonly type: 'raft.append' | 'raft.durable' | 'raft.commit' | 'raft.apply';
        readonly member: string;
        readonly index: number;
        readonly term: number;
      }
    | {
        readonly type: 'store.change';
        readonly change: 'put' | 'delete';
        readonly key: string;
        readonly revision: number;
        readonly version: number;
      }
    | {
        readonly type: 'api.request';
        readonly verb: string;
        readonly resource: string;
        readonly namespace?: string;
        readonly name?: string;
        readonly user: string;
        readonly code: number;
        readonly durationMs: number;
      }
    | {
        readonly type: 'api.watch-event';
        readonly change: 'ADDED' | 'MODIFIED' | 'DELETED';
        readonly resource: string;
        readonly namespace?: string;
        readonly name: string;
        readonly resourceVersion: string;
        readonly watchers: number;
      }
    | {
        readonly type: 'controller.take';
        readonly controller: string;
        readonly key: string;
        readonly queueLength: number;
      }
    | {
        readonly type: 'controller.decision';
        readonly controller: string;
        readonly key: string;
        readonly words: string;
      }
    | { readonly type: 'scheduler.decision'; readonly pod: string; readonly node?: string; readonly words: string }
    | {
        readonly type: 'node.pod';
        readonly node: string;
        readonly pod: string;
        readonly phase: string;
        readonly words: string;
      }
    | { readonly type: 'fault'; readonly fault: string; readonly phase: 'injected' | 'healed'; readonly words: string }
  );

export type MomentType = Moment['type'];

export interface Recorder {
  /** False while nobody looks: then do not even build the moment. */
  readonly active: boolean;
  record(moment: Moment): void;
}

export const silentRecorder: Recorder = { active: false, record: () => {} };

/** The last `capacity` moments, oldest first, with listeners for new ones. Bounded: the oldest are dropped. */
export class RingRecorder implements Recorder {
  readonly active = true;
  readonly #capacity: number;
  readonly #moments: Moment[] = [];
  #start = 0;
  readonly #listeners = new Set<(moment: Moment) => void>();

  constructor(capacity = 10_000) {
    this.#capacity = capacity;
  }

  record(moment: Moment): void {
    if (this.#moments.length < this.#capacity) {
      this.#moments.push(moment);
    } else {
      this.#moments[this.#start] = moment;
      this.#start = (this.#start + 1) % this.#capacity;
    }
    for (const listener of this.#listeners) listener(moment);
  }

  /** Every moment still held, oldest first. */
  moments(): Moment[] {
    return [...this.#moments.slice(this.#start), ...this.#moments.slice(0, this.#start)];
  }

  /** Calls `listener` for every moment from now on, until the returned function is called. */
  listen(listener: (moment: Moment) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
