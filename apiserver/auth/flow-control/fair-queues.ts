/**
 * The queues of one priority level, served fairly: start-time fair queueing. Every queue has a tag, the virtual time at
 * which its next request may start; a request that starts moves its queue's tag by what it is guessed to cost, and
 * corrects that by what it did cost (the time for which it held its seat) when it ends. The waiting request with the
 * least tag is next, so queues get equal time however many requests they hold and however dear these are.
 *
 * Virtual time is the latest tag of what was started. It never goes back, and a queue that was idle starts from it, or
 * with the first of those who wait: nobody saves up, nobody is punished for having been alone.
 */
import type { Refusal } from './flow-metrics.ts';
import { dealHand } from './shuffle-sharding.ts';

/** What a request is charged until it is known what it cost, in milliseconds (upstream's initial guess). */
const GUESSED_COST_MS = 3;
/** Flows whose hands are remembered. */
const HANDS_MAX = 2000;

export interface QueueLimits {
  readonly queues: number;
  readonly handSize: number;
  /** Requests that may wait in one queue. */
  readonly queueLengthLimit: number;
}

export interface Waiting {
  /** What tells flows apart: schema and distinguisher. */
  readonly flow: string;
  /** Changes something, and so waits for the store. */
  readonly mutating: boolean;
  /** Nobody waits for it any more. It keeps its place until that is needed. */
  readonly gone: boolean;
  refuse(reason: Refusal): void;
}

export interface FairQueue<W> {
  /**
   * In the order of arrival. No `Set`: V8 keeps what left a Set alive from its outgrown tables, and each table from the
   * one before it, until the next full collection.
   */
  readonly waiting: W[];
  executing: number;
  tag: number;
}

export interface Next<W> {
  readonly waiter: W;
  readonly queue: FairQueue<W>;
}

export class FairQueues<W extends Waiting> {
  readonly #limits: QueueLimits;
  readonly #queues: readonly FairQueue<W>[];
  /** Those with requests waiting. */
  readonly #active = new Set<FairQueue<W>>();
  /** Of each flow, the requests under way that change something. */
  readonly #mutating = new Map<string, number>();
  readonly #hands = new Map<string, readonly FairQueue<W>[]>();
  #virtualTime = 0;
  #latestTag = 0;
  #executing = 0;
  #waiting = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
    this.#queues = Array.from({ length: limits.queues }, () => ({ waiting: [] as W[], executing: 0, tag: 0 }));
  }

  get waiting(): number {
    return this.#waiting;
  }

  get all(): readonly FairQueue<W>[] {
    return this.#queues;
  }

  /** Where a request of this flow belongs: the emptiest queue of its hand, and of these the one whose turn is first. */
  queueFor(flow: string): FairQueue<W> {
    let best: FairQueue<W> | undefined;
    for (const queue of this.#handOf(flow)) {
      if (best === undefined || load(queue) < load(best) || (load(queue) === load(best) && queue.tag < best.tag)) {
        best = queue;
      }
    }
    if (best === undefined) throw new Error('a hand has at least one queue');
    return best;
  }

  /** The queue that it waits in from now on; undefined when all of its hand that is free is full. */
  add(waiter: W): FairQueue<W> | undefined {
    const queue = this.queueFor(waiter.flow);
    if (queue.waiting.length >= this.#limits.queueLengthLimit) this.#dropAbandoned(queue);
    if (queue.waiting.length >= this.#limits.queueLengthLimit) return undefined;
    this.#catchUp(queue);
    queue.waiting.push(waiter);
    this.#active.add(queue);
    this.#waiting++;
    return queue;
  }

  remove(queue: FairQueue<W>, waiter: W): void {
    const at = queue.waiting.indexOf(waiter);
    if (at < 0) return;
    if (at === 0) queue.waiting.shift();
    else queue.waiting.splice(at, 1);
    this.#waiting--;
    if (queue.waiting.length === 0) this.#active.delete(queue);
  }

  /**
   * Who is next.
   * @param mutatingMax so many requests that change something may one flow have under way; who has them is passed over
   */
  next(mutatingMax = Number.POSITIVE_INFINITY): Next<W> | undefined {
    let best: Next<W> | undefined;
    for (const queue of this.#active) {
      // Of equals the one that began to wait last: a newcomer before those who came back.
      if (best !== undefined && queue.tag > best.queue.tag) continue;
      const waiter = queue.waiting[0];
      if (waiter === undefined) throw new Error('an active queue has somebody waiting');
      if (this.hasRoom(waiter, mutatingMax)) best = { waiter, queue };
    }
    return best;
  }

  /** Whether its flow may have one more under way. */
  hasRoom({ mutating, flow }: Pick<Waiting, 'mutating' | 'flow'>, mutatingMax: number): boolean {
    return !mutating || (this.#mutating.get(flow) ?? 0) < mutatingMax;
  }

  /** Whether a request that came just now to this queue would be next. */
  isFirst(queue: FairQueue<W>, mutatingMax: number): boolean {
    if (queue.waiting.length > 0) return false;
    this.#catchUp(queue);
    const first = this.next(mutatingMax);
    return first === undefined || first.queue.tag >= queue.tag;
  }

  /** A request of this queue begins. */
  started(queue: FairQueue<W>, { mutating, flow }: Pick<Waiting, 'mutating' | 'flow'>): void {
    if (mutating) this.#mutating.set(flow, (this.#mutating.get(flow) ?? 0) + 1);
    this.#catchUp(queue);
    this.#virtualTime = Math.max(this.#virtualTime, queue.tag);
    this.#charge(queue, GUESSED_COST_MS);
    queue.executing++;
    this.#executing++;
  }

  /** It held its seat for so long. */
  ended(queue: FairQueue<W>, { mutating, flow }: Pick<Waiting, 'mutating' | 'flow'>, costMs: number): void {
    if (mutating) {
      const left = (this.#mutating.get(flow) ?? 0) - 1;
      if (left > 0) this.#mutating.set(flow, left);
      else this.#mutating.delete(flow);
    }
    this.#charge(queue, costMs - GUESSED_COST_MS);
    queue.executing--;
    this.#executing--;
    if (this.#executing === 0 && this.#waiting === 0) this.#virtualTime = this.#latestTag;
  }

  /** Takes everybody out; those of one queue stay in their order. */
  drain(): W[] {
    const drained = [...this.#active].flatMap((queue) => [...queue.waiting]);
    for (const queue of this.#active) queue.waiting.length = 0;
    this.#active.clear();
    this.#waiting = 0;
    return drained;
  }

  #dropAbandoned(queue: FairQueue<W>): void {
    for (const waiter of [...queue.waiting]) {
      if (!waiter.gone) continue;
      this.remove(queue, waiter);
      waiter.refuse('cancelled');
    }
  }

  /**
   * A queue that nobody waited in has no claim to the time that passed without it. But it does not
   * come after those who wait either: virtual time may be ahead of all who wait, when what was started cost less than was guessed.
   */
  #catchUp(queue: FairQueue<W>): void {
    if (queue.waiting.length > 0) return;
    let since = this.#virtualTime;
    for (const { tag } of this.#active) if (tag < since) since = tag;
    queue.tag = Math.max(queue.tag, since);
  }

  #charge(queue: FairQueue<W>, cost: number): void {
    queue.tag += cost;
    this.#latestTag = Math.max(this.#latestTag, queue.tag);
  }

  #handOf(flow: string): readonly FairQueue<W>[] {
    let hand = this.#hands.get(flow);
    if (hand === undefined) {
      const { queues, handSize } = this.#limits;
      hand = dealHand(flow, queues, Math.min(handSize, queues)).flatMap((index) => this.#queues[index] ?? []);
      if (this.#hands.size >= HANDS_MAX) this.#hands.clear();
      this.#hands.set(flow, hand);
    }
    return hand;
  }
}

function load(queue: FairQueue<unknown>): number {
  return queue.waiting.length + queue.executing;
}
