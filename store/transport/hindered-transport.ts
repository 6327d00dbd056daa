/**
 * A transport whose ways to some peers can be cut or slowed, both directions, while it runs: for faults on purpose. Ways
 * are named by the peer's address, since that is what is known of a member before it says its id. Without hindrances it
 * hands everything through.
 *
 * A slowed way keeps its order as long as its delay stays the same. What is under way when a way is cut still arrives.
 */
import type { Clock } from '../../base/clock.ts';
import type { MemberId, Message } from '../raft/types.ts';
import type { Transport, TransportHandlers } from './transport.ts';

export interface HinderedWay {
  /** `https://127.0.0.1:2380` */
  readonly peerUrl: string;
  readonly cut: boolean;
  /** How late messages come, each way. */
  readonly delayMs: number;
}

const FREE: Omit<HinderedWay, 'peerUrl'> = { cut: false, delayMs: 0 };

export class HinderedTransport implements Transport {
  readonly #inner: Transport;
  readonly #clock: Clock;
  readonly #urls = new Map<MemberId, readonly string[]>();
  #ways: readonly HinderedWay[];
  #handlers: TransportHandlers | undefined;

  constructor(inner: Transport, clock: Clock, ways: readonly HinderedWay[] = []) {
    this.#inner = inner;
    this.#clock = clock;
    this.#ways = ways;
  }

  /** From now on these ways are hindered, and no others. */
  hinder(ways: readonly HinderedWay[]): void {
    const before = new Map([...this.#urls.keys()].map((id) => [id, this.#way(id).cut]));
    this.#ways = ways;
    for (const [id, wasCut] of before) {
      const { cut } = this.#way(id);
      if (cut && !wasCut) this.#handlers?.onUnreachable(id);
      else if (!cut && wasCut) this.#handlers?.onReachable(id);
    }
  }

  start(handlers: TransportHandlers): Promise<void> {
    this.#handlers = handlers;
    return this.#inner.start({
      onMessage: (message) => this.#pass(message.from, () => handlers.onMessage(message)),
      onSnapshot: async (message, chunks) => {
        await this.#passage(message.from);
        await handlers.onSnapshot(message, chunks);
      },
      onCall: async (from, request) => {
        await this.#passage(from);
        return handlers.onCall(from, request);
      },
      onUnreachable: (id) => handlers.onUnreachable(id),
      onReachable: (id) => {
        if (!this.#way(id).cut) handlers.onReachable(id);
      },
      isRemoved: (id) => handlers.isRemoved(id),
      onRemoved: () => handlers.onRemoved(),
      describe: () => handlers.describe(),
    });
  }

  send(messages: readonly Message[]): void {
    if (this.#ways.length === 0) {
      this.#inner.send(messages);
      return;
    }
    for (const message of messages) {
      if (this.#way(message.to).cut) this.#handlers?.onUnreachable(message.to);
      else this.#pass(message.to, () => this.#inner.send([message]));
    }
  }

  async sendSnapshot(message: Message, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#passage(message.to);
    await this.#inner.sendSnapshot(message, chunks);
  }

  async call(to: MemberId, request: Uint8Array): Promise<Uint8Array> {
    await this.#passage(to);
    return this.#inner.call(to, request);
  }

  setPeer(id: MemberId, urls: readonly string[]): void {
    this.#urls.set(id, urls);
    this.#inner.setPeer(id, urls);
  }

  removePeer(id: MemberId): void {
    this.#urls.delete(id);
    this.#inner.removePeer(id);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** Lets a message through: at once, late, or never. */
  #pass(peer: MemberId, deliver: () => void): void {
    const { cut, delayMs } = this.#way(peer);
    if (cut) return;
    if (delayMs === 0) deliver();
    else this.#clock.after(delayMs, deliver);
  }

  /** Resolves when something may pass; rejects when the way is cut. */
  async #passage(peer: MemberId): Promise<void> {
    const { cut, delayMs } = this.#way(peer);
    if (delayMs > 0) await this.#clock.sleep(delayMs);
    if (cut) throw new Error('the way to the peer is cut');
  }

  #way(id: MemberId): Omit<HinderedWay, 'peerUrl'> {
    if (this.#ways.length === 0) return FREE;
    const urls = this.#urls.get(id) ?? [];
    return this.#ways.find(({ peerUrl }) => urls.includes(peerUrl)) ?? FREE;
  }
}
