/**
 * How members reach each other. A transport may lose, delay, repeat and reorder messages, as the network does: raft copes.
 * It must not alter them, nor deliver them to another member or another cluster, nor repeat a `propose` message: what it
 * carries would be done twice. (A stream does not, and what a broken one did not deliver is not sent again.)
 */
import type { MemberId, Message } from '../raft/types.ts';

/** A member, as the cluster knows it. */
export interface DescribedMember {
  readonly id: MemberId;
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}

/** What a member tells whoever wants to join its cluster. */
export interface ClusterDescription {
  readonly clusterId: bigint;
  readonly members: readonly DescribedMember[];
}

export interface TransportHandlers {
  onMessage(message: Message): void;
  /** A state sent by the leader, with the message that announces it. Resolves when it is durable here, else rejects. */
  onSnapshot(message: Message, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** A question from a peer, answered in bytes. */
  onCall(from: MemberId, request: Uint8Array): Promise<Uint8Array>;
  /** Messages to this peer could not be delivered. */
  onUnreachable(id: MemberId): void;
  /** This peer can be reached from now on. */
  onReachable(id: MemberId): void;
  /** True for a member that was removed from the cluster: nothing it sends is taken in. */
  isRemoved(id: MemberId): boolean;
  /** A peer says that this member was removed from the cluster. */
  onRemoved(): void;
  describe(): ClusterDescription;
}

export interface Transport {
  /** Begins to listen, and to deliver to the handlers. */
  start(handlers: TransportHandlers): Promise<void>;
  /** Sends without waiting; what cannot be sent is dropped, and reported by `onUnreachable`. */
  send(messages: readonly Message[]): void;
  /** Sends a snapshot message with its state. Resolves when the peer has it durably; rejects when it has not. */
  sendSnapshot(message: Message, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Asks a peer. Rejects when it cannot be reached or fails. */
  call(to: MemberId, request: Uint8Array): Promise<Uint8Array>;
  /** Makes a peer known, or changes where it is. */
  setPeer(id: MemberId, urls: readonly string[]): void;
  removePeer(id: MemberId): void;
  /** Ends all connections and the listening. Idempotent. */
  close(): Promise<void>;
}

/** Of a member that has no peers: nothing ever arrives. */
export const noTransport: Transport = {
  start: async () => {},
  send: () => {},
  sendSnapshot: async () => {
    throw new Error('there is no transport to peers');
  },
  call: async () => {
    throw new Error('there is no transport to peers');
  },
  setPeer: () => {},
  removePeer: () => {},
  close: async () => {},
};
