/** Ways that are cut or slowed on purpose, and a disk that stalls. */
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import type { Message } from '../../../store/raft/types.ts';
import { HinderedTransport } from '../../../store/transport/hindered-transport.ts';
import { noTransport, type Transport, type TransportHandlers } from '../../../store/transport/transport.ts';
import { MemoryDisk } from '../../../store/wal/memory-disk.ts';
import { StallingDisk } from '../../../store/wal/stalling-disk.ts';

function message(from: bigint, to: bigint, index: number): Message {
  return {
    type: 'heartbeat',
    from,
    to,
    term: 1,
    logTerm: 0,
    index,
    commit: 0,
    entries: [],
    reject: false,
    rejectHint: 0,
  };
}

/** Member 1, whose peers are 2 and 3. */
async function setUp() {
  const clock = new VirtualClock();
  const heard: string[] = [];
  let arrive: TransportHandlers | undefined;
  const inner: Transport = {
    ...noTransport,
    start: async (handlers) => {
      arrive = handlers;
    },
    send: (messages) => heard.push(...messages.map(({ to, index }) => `sent ${index} to ${to}`)),
    call: async (to) => Buffer.from(`answer of ${to}`),
  };
  const transport = new HinderedTransport(inner, clock);
  await transport.start({
    onMessage: ({ from, index }) => heard.push(`got ${index} of ${from}`),
    onSnapshot: async () => {},
    onCall: async () => Buffer.from('answer'),
    onUnreachable: (id) => heard.push(`lost ${id}`),
    onReachable: (id) => heard.push(`reached ${id}`),
    isRemoved: () => false,
    onRemoved: () => {},
    describe: () => ({ clusterId: 1n, members: [] }),
  });
  transport.setPeer(2n, ['https://two']);
  transport.setPeer(3n, ['https://three']);
  const told = (): string[] => heard.splice(0);
  return { clock, transport, told, arrive: arrive ?? expect.fail('not started') };
}

describe('ways between members', () => {
  it('are free at first', async () => {
    const { transport, told, arrive } = await setUp();
    transport.send([message(1n, 2n, 7), message(1n, 3n, 8)]);
    arrive.onMessage(message(2n, 1n, 9));
    expect(told()).toEqual(['sent 7 to 2', 'sent 8 to 3', 'got 9 of 2']);
  });

  it('that are cut carry nothing, either way, until they are free again', async () => {
    const { transport, told, arrive } = await setUp();
    transport.hinder([{ peerUrl: 'https://two', cut: true, delayMs: 0 }]);
    expect(told()).toEqual(['lost 2']);
    transport.send([message(1n, 2n, 1), message(1n, 3n, 2)]);
    arrive.onMessage(message(2n, 1n, 3));
    arrive.onMessage(message(3n, 1n, 4));
    arrive.onReachable(2n);
    expect(told()).toEqual(['lost 2', 'sent 2 to 3', 'got 4 of 3']);
    await expect(transport.call(2n, Buffer.from('?'))).rejects.toThrow('cut');
    await expect(arrive.onCall(2n, Buffer.from('?'))).rejects.toThrow('cut');
    expect(Buffer.from(await transport.call(3n, Buffer.from('?'))).toString()).toBe('answer of 3');
    transport.hinder([]);
    expect(told()).toEqual(['reached 2']);
    transport.send([message(1n, 2n, 5)]);
    expect(told()).toEqual(['sent 5 to 2']);
  });

  it('that are slow carry everything in order, later', async () => {
    const { clock, transport, told, arrive } = await setUp();
    transport.hinder([{ peerUrl: 'https://three', cut: false, delayMs: 50 }]);
    transport.send([message(1n, 3n, 1), message(1n, 2n, 2), message(1n, 3n, 3)]);
    arrive.onMessage(message(3n, 1n, 4));
    expect(told()).toEqual(['sent 2 to 2']);
    await clock.advance(49);
    expect(told()).toEqual([]);
    await clock.advance(1);
    expect(told()).toEqual(['sent 1 to 3', 'sent 3 to 3', 'got 4 of 3']);
  });

  it('are known by address: a peer that comes later is cut off too', async () => {
    const { transport, told } = await setUp();
    transport.hinder([{ peerUrl: 'https://four', cut: true, delayMs: 0 }]);
    transport.setPeer(4n, ['https://four']);
    transport.send([message(1n, 4n, 1)]);
    expect(told()).toEqual(['lost 4']);
  });
});

describe('a disk that stalls', () => {
  it('takes writes, and makes nothing durable until it goes on', async () => {
    const disk = new StallingDisk(new MemoryDisk());
    await disk.makeDirectory('/d');
    const file = await disk.open('/d/log', 'create');
    await file.sync();
    disk.stall();
    disk.stall();
    file.write(0, Buffer.from('entry'));
    let durable = false;
    const syncing = file.sync().then(() => {
      durable = true;
    });
    expect(Buffer.from(await file.read(0, 5)).toString()).toBe('entry');
    expect(durable).toBe(false);
    disk.resume();
    await syncing;
    expect(durable).toBe(true);
  });
});
