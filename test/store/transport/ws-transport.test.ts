import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Clock } from '../../../base/clock.ts';
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { systemClock } from '../../../base/system.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import type { PeerTlsMaterial } from '../../../store/index.ts';
import type { Message } from '../../../store/raft/types.ts';
import type { TransportHandlers } from '../../../store/transport/transport.ts';
import { describeCluster, WsTransport } from '../../../store/transport/ws-transport.ts';
import { eventually } from '../member/cluster-fixture.ts';
import { freePorts } from './free-ports.ts';
import { makePeerCertificates } from './peer-certificates.ts';

interface Peer {
  readonly transport: WsTransport;
  readonly url: string;
  readonly received: Message[];
  readonly snapshots: { message: Message; bytes: number }[];
  readonly reachable: Set<bigint>;
  readonly removed: Set<bigint>;
  wasRemoved: boolean;
}

let peers: Peer[] = [];

afterEach(async () => {
  await Promise.all(peers.map(({ transport }) => transport.close()));
  peers = [];
});

async function newPeer(
  id: bigint,
  options: { clusterId?: bigint; tls?: PeerTlsMaterial; port?: number; clock?: Clock } = {},
): Promise<Peer> {
  const port = options.port ?? (await freePorts(1))[0] ?? 0;
  const transport = new WsTransport({
    id,
    clusterId: options.clusterId ?? 0xc1n,
    listen: [`127.0.0.1:${port}`],
    ...(options.tls && { tls: options.tls }),
    clock: options.clock ?? systemClock,
    random: new SeededRandom(Number(id)),
    logger: silentLogger,
  });
  const peer: Peer = {
    transport,
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    received: [],
    snapshots: [],
    reachable: new Set(),
    removed: new Set(),
    wasRemoved: false,
  };
  const handlers: TransportHandlers = {
    onMessage: (message) => peer.received.push(message),
    onSnapshot: async (message, chunks) => {
      let bytes = 0;
      for await (const chunk of chunks) {
        bytes += chunk.length;
        if (bytes % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      peer.snapshots.push({ message, bytes });
    },
    onCall: async (from, request) => Buffer.from(`${from}: ${Buffer.from(request).toString()}`),
    onUnreachable: (other) => peer.reachable.delete(other),
    onReachable: (other) => peer.reachable.add(other),
    isRemoved: (other) => peer.removed.has(other),
    onRemoved: () => {
      peer.wasRemoved = true;
    },
    describe: () => ({
      clusterId: 0xc1n,
      members: [{ id, name: 'me', peerUrls: [peer.url], clientUrls: [], isLearner: false }],
    }),
  };
  await transport.start(handlers);
  peers.push(peer);
  return peer;
}

function message(from: bigint, to: bigint, index: number, rest: Partial<Message> = {}): Message {
  const empty = { term: 1, logTerm: 0, commit: 0, entries: [], reject: false, rejectHint: 0 };
  return { type: 'append', from, to, index, ...empty, ...rest };
}

async function pair(tls?: PeerTlsMaterial): Promise<[Peer, Peer]> {
  const options = tls === undefined ? {} : { tls };
  const a = await newPeer(1n, options);
  const b = await newPeer(2n, options);
  a.transport.setPeer(2n, [b.url]);
  b.transport.setPeer(1n, [a.url]);
  await eventually('both ways', () => a.reachable.has(2n) && b.reachable.has(1n));
  return [a, b];
}

describe('peers over WebSockets', () => {
  it('C11: messages arrive whole and in order', async () => {
    const [a, b] = await pair();
    const data = Buffer.alloc(300_000, 7);
    const entries = [{ term: 1, index: 5, type: 'normal' as const, data }];
    for (let index = 0; index < 100; index++) a.transport.send([message(1n, 2n, index), message(1n, 2n, 1000 + index)]);
    a.transport.send([message(1n, 2n, 7, { entries })]);
    await eventually('all arrived', () => b.received.length === 201);
    expect(b.received.filter(({ index }) => index < 1000).map(({ index }) => index)).toEqual([
      ...Array.from({ length: 100 }, (_, at) => at),
      7,
    ]);
    expect(b.received.at(-1)?.entries[0]?.data.length).toBe(300_000);
  });

  it('C11: more than a frame holds goes in several, and what there is no room for is reported', async () => {
    const [a, b] = await pair();
    const data = Buffer.alloc(1 << 20);
    const large = (index: number): Message =>
      message(1n, 2n, index, { entries: [{ term: 1, index, type: 'normal', data }] });
    a.transport.send(Array.from({ length: 12 }, (_, index) => large(index)));
    await eventually('all arrived', () => b.received.length === 12);
    a.transport.send(Array.from({ length: 200 }, (_, index) => large(index)));
    expect(a.reachable.has(2n)).toBe(false);
    await eventually('some arrived', () => b.received.length > 20);
    a.transport.send([message(1n, 2n, 999)]);
    await eventually('it goes on', () => b.received.at(-1)?.index === 999 || b.received.length > 200);
  });

  it('C11: calls are answered', async () => {
    const [a] = await pair();
    expect(Buffer.from(await a.transport.call(2n, Buffer.from('hello'))).toString()).toBe('1: hello');
    await expect(a.transport.call(3n, Buffer.from('hello'))).rejects.toThrow('the peer is not known');
  });

  it('C12: a state goes over in chunks, and one that breaks off is refused', async () => {
    const [a, b] = await pair();
    const chunks = async function* (count: number, breaks: boolean): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < count; at++) yield Buffer.alloc(64 * 1024, at);
      if (breaks) throw new Error('the sender broke off');
    };
    await a.transport.sendSnapshot(message(1n, 2n, 9, { type: 'snapshot' }), chunks(100, false));
    expect(b.snapshots).toMatchObject([{ bytes: 100 * 64 * 1024, message: { index: 9 } }]);
    await expect(a.transport.sendSnapshot(message(1n, 2n, 9, { type: 'snapshot' }), chunks(3, true))).rejects.toThrow(
      'the sender broke off',
    );
    expect(b.snapshots).toHaveLength(1);
  });

  it('C12: a state is not waited for when its receiver lets the connection stand and says nothing', async () => {
    const clock = new VirtualClock();
    const a = await newPeer(1n, { clock });
    const silent = new WebSocketServer({ host: '127.0.0.1', port: 0, autoPong: false });
    await new Promise((resolve) => silent.once('listening', resolve));
    let connected = false;
    silent.on('connection', () => {
      connected = true;
    });
    a.transport.setPeer(2n, [`http://127.0.0.1:${(silent.address() as AddressInfo).port}`]);
    let outcome = 'waiting';
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(1000);
    };
    a.transport.sendSnapshot(message(1n, 2n, 9, { type: 'snapshot' }), chunks()).then(
      () => {
        outcome = 'sent';
      },
      (error: unknown) => {
        outcome = String(error);
      },
    );
    await eventually('it is on its way', () => connected);
    await eventually('it is given up', () => {
      void clock.advance(1000);
      return outcome !== 'waiting';
    });
    expect(outcome).toContain('the connection broke');
    silent.close();
    for (const client of silent.clients) client.terminate();
  });

  it('C12: a state goes to the first of a peer’s addresses that answers', async () => {
    const [a, b] = [await newPeer(1n), await newPeer(2n)];
    const gone = await newPeer(3n);
    await gone.transport.close();
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(1000, 1);
    };
    a.transport.setPeer(2n, [gone.url, b.url]);
    await a.transport.sendSnapshot(message(1n, 2n, 9, { type: 'snapshot' }), chunks());
    a.transport.setPeer(2n, [gone.url]);
    await expect(a.transport.sendSnapshot(message(1n, 2n, 9, { type: 'snapshot' }), chunks())).rejects.toThrow(
      'ECONNREFUSED',
    );
  });

  it('C13: a peer that comes back is found again; until then messages are reported as lost', async () => {
    const [a, b] = await pair();
    const port = Number(new URL(b.url).port);
    await b.transport.close();
    await eventually('the loss is noticed', () => !a.reachable.has(2n));
    a.transport.send([message(1n, 2n, 1)]);
    const again = await newPeer(2n, { port });
    await eventually('it is found again', () => a.reachable.has(2n));
    a.transport.send([message(1n, 2n, 2)]);
    await eventually('messages flow again', () => again.received.length === 1);
    expect(again.received[0]?.index).toBe(2);
  });

  it('C14: another cluster, another member and a removed one are not let in', async () => {
    const b = await newPeer(2n);
    const stranger = await newPeer(5n, { clusterId: 0xffn });
    stranger.transport.setPeer(2n, [b.url]);
    const mistaken = await newPeer(6n);
    mistaken.transport.setPeer(3n, [b.url]);
    const removed = await newPeer(7n);
    b.removed.add(7n);
    removed.transport.setPeer(2n, [b.url]);
    await eventually('the removed one is told', () => removed.wasRemoved);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(stranger.reachable.size + mistaken.reachable.size + removed.reachable.size).toBe(0);
    expect(b.received).toEqual([]);
  });

  it('C14: nobody speaks for anybody else, and a member removed while connected is cut off', async () => {
    const [a, b] = await pair();
    a.transport.send([message(9n, 2n, 1), message(1n, 2n, 2)]);
    await eventually('its own arrives', () => b.received.length === 1);
    expect(b.received[0]?.from).toBe(1n);
    b.removed.add(1n);
    a.transport.send([message(1n, 2n, 3)]);
    await eventually('it is told', () => a.wasRemoved);
    expect(b.received).toHaveLength(1);
  });

  it('C14: a member removed while connected is told, though it says nothing', async () => {
    const [one, two] = await pair();
    one.removed.add(2n);
    one.transport.removePeer(2n);
    await eventually('it is told', () => two.wasRemoved);
    expect(one.wasRemoved).toBe(false);
  });

  it('C15: with certificates, both sides must have one of the authority', async () => {
    const tls = await makePeerCertificates('peers');
    const [a, b] = await pair(tls);
    a.transport.send([message(1n, 2n, 4)]);
    await eventually('it arrives', () => b.received.length === 1);
    const other = await makePeerCertificates('others');
    const stranger = await newPeer(3n, { tls: other });
    stranger.transport.setPeer(2n, [b.url]);
    const mixed = await newPeer(4n, { tls: { ...other, ca: tls.ca } });
    mixed.transport.setPeer(2n, [b.url]);
    const bare = await newPeer(5n);
    bare.transport.setPeer(2n, [b.url.replace('https', 'http')]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(stranger.reachable.size + mixed.reachable.size + bare.reachable.size).toBe(0);
    expect((await describeCluster(b.url, tls)).members[0]?.id).toBe(2n);
  });

  it('C13: an address in use is a clear error', async () => {
    const b = await newPeer(2n);
    const port = Number(new URL(b.url).port);
    await expect(newPeer(3n, { port })).rejects.toThrow(
      `cannot listen for peers on 127.0.0.1:${port}: the address is in use`,
    );
  });
});
