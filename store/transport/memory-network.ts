/**
 * A network in memory: transports for members in one process, in real or in virtual time. With a seeded `Random` and a
 * `VirtualClock` every run of one seed delivers the same messages at the same times.
 *
 * It does what networks do: delay, loss, duplication, reordering (whatever is delayed less overtakes), and cuts, each
 * direction by itself.
 */
import type { Clock } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';
import { messageOf } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import type { MemberId, Message } from '../raft/types.ts';
import type { Transport, TransportHandlers } from './transport.ts';

export interface NetworkWeather {
  /** One way. */
  readonly delayMinMs: number;
  readonly delayMaxMs: number;
  /** From 0 to 1, per message. */
  readonly loss: number;
  readonly duplication: number;
  /** From 0 to 1, per message: it goes astray, and arrives up to so much later, when the others have long moved on. */
  readonly straying: number;
  readonly strayMaxMs: number;
}

/** From the end of a connection until its member has tried again, and was refused. */
const REDIAL_MS = 100;

const FAIR: NetworkWeather = { delayMinMs: 0, delayMaxMs: 0, loss: 0, duplication: 0, straying: 0, strayMaxMs: 0 };

export class MemoryNetwork {
  readonly #clock: Clock;
  readonly #random: Random;
  #weather: NetworkWeather;
  readonly #members = new Map<MemberId, TransportHandlers>();
  /** What rejects when a member's connections break, because it is gone. */
  readonly #ends = new Map<TransportHandlers, Deferred<never>>();
  /** Directions that are cut: whom a member does not reach. */
  readonly #cuts = new Map<MemberId, Set<MemberId>>();
  /** Messages that arrived, and that did not: what a simulation's report says. */
  delivered = 0;
  lost = 0;

  constructor(deps: { clock: Clock; random: Random; weather?: Partial<NetworkWeather> }) {
    this.#clock = deps.clock;
    this.#random = deps.random;
    this.#weather = { ...FAIR, ...deps.weather };
  }

  setWeather(weather: Partial<NetworkWeather>): void {
    this.#weather = { ...FAIR, ...weather };
  }

  /** Nothing gets from one to the other any more; the other direction is not touched. */
  cut(from: MemberId, to: MemberId): void {
    const unreached = this.#cuts.get(from) ?? new Set();
    this.#cuts.set(from, unreached.add(to));
  }

  /** Nobody reaches `id`, and it reaches nobody. */
  isolate(id: MemberId): void {
    for (const other of this.#members.keys()) {
      if (other === id) continue;
      this.cut(id, other);
      this.cut(other, id);
    }
  }

  /** Undoes every cut. */
  heal(): void {
    this.#cuts.clear();
    for (const [id, handlers] of this.#members) this.#announce(id, handlers);
  }

  /** The member dies: from this moment on nothing of it reaches anybody, not even what is on its way. */
  kill(id: MemberId): void {
    const handlers = this.#members.get(id);
    this.#members.delete(id);
    if (handlers === undefined) return;
    this.#ends.get(handlers)?.reject(new Error('the connection broke'));
    this.#ends.delete(handlers);
  }

  transport(id: MemberId): Transport {
    let handlers: TransportHandlers | undefined;
    const isAttached = (): boolean => handlers !== undefined && this.#members.get(id) === handlers;
    return {
      start: async (given) => {
        handlers = given;
        this.#members.set(id, given);
        const end = new Deferred<never>();
        end.promise.catch(() => {});
        this.#ends.set(given, end);
        this.#announce(id, given);
      },
      send: (messages) => {
        if (isAttached()) for (const message of messages) this.#send(id, message);
      },
      sendSnapshot: (message, chunks) => this.#sendSnapshot(handlers, id, message, chunks),
      call: (to, request) => this.#call(handlers, id, to, request),
      setPeer: () => {},
      removePeer: (removed) => {
        if (isAttached()) this.#clock.after(REDIAL_MS, () => this.#knock(removed, id));
      },
      close: async () => {
        if (isAttached()) this.kill(id);
        handlers = undefined;
      },
    };
  }

  #announce(id: MemberId, handlers: TransportHandlers): void {
    for (const [other, otherHandlers] of this.#members) {
      if (other === id) continue;
      this.#later(() => {
        if (this.#target(id, other) === otherHandlers && this.#knock(id, other)) handlers.onReachable(other);
        if (this.#target(other, id) === handlers && this.#knock(other, id)) otherHandlers.onReachable(id);
      });
    }
  }

  /** Whether the handshake lets it in; a member that was removed is told. */
  #knock(from: MemberId, to: MemberId): boolean {
    const removed = this.#target(from, to)?.isRemoved(from) === true;
    if (removed) this.#members.get(from)?.onRemoved();
    return !removed;
  }

  #send(from: MemberId, message: Message): void {
    if (this.#target(from, message.to) === undefined) {
      this.lost++;
      this.#later(() => this.#members.get(from)?.onUnreachable(message.to));
      return;
    }
    if (this.#random.next() < this.#weather.loss) {
      this.lost++;
      return;
    }
    const twice = this.#random.next() < this.#weather.duplication && message.type !== 'propose';
    const copies = twice ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) this.#later(() => this.#deliver(from, message), this.#detourMs());
  }

  #deliver(from: MemberId, message: Message): void {
    const target = this.#target(from, message.to);
    if (target === undefined || target.isRemoved(from)) {
      this.lost++;
      if (target !== undefined) this.#members.get(from)?.onRemoved();
      return;
    }
    this.delivered++;
    target.onMessage(message);
  }

  async #sendSnapshot(
    sender: TransportHandlers | undefined,
    from: MemberId,
    message: Message,
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const all: Uint8Array[] = [];
    for await (const chunk of chunks) all.push(Uint8Array.prototype.slice.call(chunk));
    await this.#roundTrip(sender, from, message.to, (target) => target.onSnapshot(message, asyncIterable(all)));
  }

  #call(sender: TransportHandlers | undefined, from: MemberId, to: MemberId, request: Uint8Array): Promise<Uint8Array> {
    return this.#roundTrip(sender, from, to, (target) => target.onCall(from, request));
  }

  /** There, and the answer back; a cut on either way, or the end of either side, is a failure. */
  async #roundTrip<T>(
    sender: TransportHandlers | undefined,
    from: MemberId,
    to: MemberId,
    work: (target: TransportHandlers) => Promise<T>,
  ): Promise<T> {
    await this.#pause();
    const target = this.#target(from, to);
    if (target === undefined || sender === undefined || this.#members.get(from) !== sender) {
      throw new Error(`${to.toString(16)} cannot be reached`);
    }
    if (target.isRemoved(from)) throw new Error(`${from.toString(16)} was removed`);
    let answer: T;
    try {
      const end = this.#ends.get(target)?.promise;
      answer = await (end === undefined ? work(target) : Promise.race([work(target), end]));
    } catch (error) {
      throw new Error(messageOf(error));
    }
    await this.#pause();
    if (this.#target(to, from) !== sender) throw new Error(`the answer of ${to.toString(16)} was lost`);
    return answer;
  }

  #target(from: MemberId, to: MemberId): TransportHandlers | undefined {
    return this.#cuts.get(from)?.has(to) ? undefined : this.#members.get(to);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#later(resolve));
  }

  #later(callback: () => void, moreMs = 0): void {
    const { delayMinMs, delayMaxMs } = this.#weather;
    this.#clock.after(delayMinMs + this.#random.next() * (delayMaxMs - delayMinMs) + moreMs, callback);
  }

  #detourMs(): number {
    const { straying, strayMaxMs } = this.#weather;
    return straying > 0 && this.#random.next() < straying ? this.#random.next() * strayMaxMs : 0;
  }
}

async function* asyncIterable(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
