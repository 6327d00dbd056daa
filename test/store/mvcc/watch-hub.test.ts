/** What the hub promises beyond the `Store` contract: bounds, listeners that fail, ticks. */
import { describe, expect, test } from 'vitest';
import { stringToBytes } from '../../../base/bytes.ts';
import { limits } from '../../../base/limits.ts';
import { MemoryBackend } from '../../../store/backend/memory-backend.ts';
import type { Operation, ResponseHeader, WatchListener, WatchRequest, WatchResponse } from '../../../store/index.ts';
import { Keyspace } from '../../../store/mvcc/keyspace.ts';
import { LeaseTable } from '../../../store/mvcc/lease-table.ts';

const header: ResponseHeader = { clusterId: 7n, memberId: 8n, revision: -1, raftTerm: 9 };
const everything: WatchRequest = { key: '\0', rangeEnd: '\0' };

class Subject {
  readonly failures: unknown[] = [];
  readonly backend = new MemoryBackend();
  readonly keyspace = new Keyspace({
    backend: this.backend,
    leases: new LeaseTable({ backend: this.backend }),
    header: () => header,
    onListenerError: (thrown) => this.failures.push(thrown),
  });
  readonly hub = this.keyspace.hub;

  put(key: string, times = 1): void {
    for (let i = 0; i < times; i++) this.keyspace.applyPut({ key, value: stringToBytes(String(i)) });
  }

  watch(request: WatchRequest, listener: WatchListener = () => {}): { seen: WatchResponse[]; close: () => void } {
    const seen: WatchResponse[] = [];
    const watch = this.hub.watch(request, (response) => {
      seen.push(response);
      return listener(response);
    });
    return { seen, close: () => watch.close() };
  }
}

/** Lets microtasks and immediates run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

const types = (seen: readonly WatchResponse[]): string => seen.map((response) => response.type).join(' ');
const revisions = (seen: readonly WatchResponse[]): number[] =>
  seen.flatMap((response) => (response.type === 'events' ? response.events.map((event) => event.kv.modRevision) : []));

describe('answers', () => {
  test('W1 never come before `watch` has returned, and carry the header with their own revision', async () => {
    const subject = new Subject();
    subject.put('a');
    const { seen } = subject.watch(everything);
    subject.put('a', 2);
    expect(seen).toEqual([]);
    await settle();
    expect(types(seen)).toBe('created events');
    expect(seen[0]?.header).toEqual({ ...header, revision: 2 });
    expect(seen[1]?.header).toEqual({ ...header, revision: 4 });
  });

  test('W4 several revisions of one turn make one answer', async () => {
    const subject = new Subject();
    const { seen } = subject.watch(everything);
    await settle();
    subject.put('a', 10);
    await settle();
    expect(types(seen)).toBe('created events');
    expect(revisions(seen)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test('W5 a listener is never called while it is busy', async () => {
    const subject = new Subject();
    let running = 0;
    const { seen } = subject.watch(everything, async () => {
      expect(++running).toBe(1);
      await settle();
      running--;
    });
    for (let i = 0; i < 10; i++) {
      subject.put('a', 3);
      await settle();
    }
    for (let i = 0; i < 5; i++) await settle();
    expect(revisions(seen)).toEqual(Array.from({ length: 30 }, (_, i) => i + 2));
  });
});

describe('a slow listener', () => {
  test('W5 holds a bounded buffer, falls behind, and is caught up from history in whole revisions', async () => {
    const subject = new Subject();
    let release = (): void => {};
    const { seen } = subject.watch({ ...everything, prevKv: true }, (response) =>
      response.type === 'created' ? new Promise<void>((resolve) => (release = resolve)) : undefined,
    );
    await settle();
    const txn = {
      compare: [],
      success: ['a', 'b', 'c'].map((key) => ({
        type: 'put' as const,
        request: { key, value: stringToBytes('v') },
      })),
      failure: [],
    };
    const rounds = limits.watchBufferEventsMax;
    for (let i = 0; i < rounds; i++) subject.keyspace.applyTxn(txn);
    expect(subject.hub.behind).toBe(1);
    release();
    await settle();
    expect(subject.hub.behind).toBe(0);
    expect(revisions(seen)).toEqual(Array.from({ length: 3 * rounds }, (_, i) => 2 + Math.floor(i / 3)));
    for (const response of seen) {
      if (response.type !== 'events') continue;
      expect(response.events.length % 3).toBe(0);
      expect(response.header.revision).toBe(response.events.at(-1)?.kv.modRevision);
    }
    subject.put('a');
    await settle();
    expect(revisions(seen).at(-1)).toBe(rounds + 2);
  });

  test('W4 a revision larger than the buffer still comes in one piece', async () => {
    const subject = new Subject();
    const count = limits.watchBufferEventsMax * 2;
    for (let i = 0; i < count; i++) subject.put(`k${i}`);
    const start = subject.keyspace.currentRevision;
    const now = subject.watch(everything);
    subject.keyspace.applyDeleteRange({ key: 'k', rangeEnd: 'l' });
    await settle();
    const late = subject.watch({ ...everything, startRevision: start + 1 });
    await settle();
    for (const { seen } of [now, late]) {
      expect(types(seen)).toBe('created events');
      expect(revisions(seen)).toEqual(Array.from({ length: count }, () => start + 1));
    }
  });

  test('W11 is canceled when what it has not seen is compacted', async () => {
    const subject = new Subject();
    let release = (): void => {};
    const { seen } = subject.watch(everything, (response) =>
      response.type === 'created' ? new Promise<void>((resolve) => (release = resolve)) : undefined,
    );
    await settle();
    subject.put('a', limits.watchBufferEventsMax + 10);
    subject.keyspace.compact(subject.keyspace.currentRevision);
    release();
    await settle();
    // What it had buffered is delivered; what it has lost is not passed over in silence.
    expect(types(seen)).toBe('created events canceled');
    expect(seen.at(-1)).toMatchObject({ compactRevision: limits.watchBufferEventsMax + 11 });
    expect(subject.hub.size).toBe(0);
  });

  test('W11 one that is in step is not troubled by a compaction', async () => {
    const subject = new Subject();
    const { seen } = subject.watch({ key: 'quiet' });
    await settle();
    subject.put('a', 100);
    subject.keyspace.compact(101);
    while (!subject.keyspace.compactStep(100));
    subject.put('quiet');
    await settle();
    expect(revisions(seen)).toEqual([102]);
  });
});

describe('a listener that fails', () => {
  test('W18 ends its own watch, is reported, and harms no other', async () => {
    const subject = new Subject();
    const fails = subject.watch(everything, (response) => {
      if (response.type === 'events') throw new Error('at once');
    });
    const rejects = subject.watch(everything, (response) =>
      response.type === 'events' ? Promise.reject(new Error('later')) : undefined,
    );
    const fine = subject.watch(everything);
    await settle();
    subject.put('a');
    await settle();
    subject.put('a');
    await settle();
    expect(subject.failures.map(String)).toEqual(['Error: at once', 'Error: later']);
    expect([fails, rejects, fine].map(({ seen }) => revisions(seen))).toEqual([[2], [2], [2, 3]]);
    expect(subject.hub.size).toBe(1);
  });

  test('W13 a watch may be closed, and others made, by a listener', async () => {
    const subject = new Subject();
    const inner: WatchResponse[] = [];
    const outer = subject.hub.watch(everything, (response) => {
      if (response.type !== 'events') return;
      outer.close();
      subject.hub.watch({ ...everything, startRevision: 2 }, (answer) => void inner.push(answer));
    });
    await settle();
    subject.put('a');
    subject.put('b');
    await settle();
    subject.put('c');
    await settle();
    expect(revisions(inner)).toEqual([2, 3, 4]);
    expect(subject.hub.size).toBe(1);
  });
});

describe('progress', () => {
  test('W7 a request waits until everything so far was delivered', async () => {
    const subject = new Subject();
    subject.put('a', 3000);
    const seen: WatchResponse[] = [];
    const watch = subject.hub.watch({ ...everything, startRevision: 2 }, (response) => void seen.push(response));
    watch.requestProgress();
    await settle();
    expect(types(seen)).toMatch(/^created( events)+ progress$/);
    expect(revisions(seen)).toHaveLength(3000);
    expect(seen.at(-1)?.header.revision).toBe(3001);
  });

  test('W7 is not told before the revision that the watch begins at', async () => {
    const subject = new Subject();
    const seen: WatchResponse[] = [];
    const watch = subject.hub.watch({ ...everything, startRevision: 5 }, (response) => void seen.push(response));
    watch.requestProgress();
    await settle();
    expect(types(seen)).toBe('created');
    subject.put('a', 4);
    await settle();
    watch.requestProgress();
    await settle();
    expect(types(seen)).toBe('created events progress');
  });

  test('W19 a tick tells those that asked for it and saw nothing since the last', async () => {
    const subject = new Subject();
    const notified = subject.watch({ key: 'a', progressNotify: true });
    const not = subject.watch({ key: 'a' });
    await settle();
    subject.hub.tick();
    await settle();
    expect(types(notified.seen)).toBe('created progress');
    subject.put('a');
    await settle();
    subject.hub.tick();
    await settle();
    expect(types(notified.seen)).toBe('created progress events');
    subject.put('elsewhere');
    subject.hub.tick();
    await settle();
    expect(types(notified.seen)).toBe('created progress events progress');
    expect(notified.seen.at(-1)?.header.revision).toBe(3);
    expect(types(not.seen)).toBe('created events');
  });
});

describe('what was there before', () => {
  test('W8 is that of the revision before, also for a key that one transaction changes twice', async () => {
    const subject = new Subject();
    subject.put('a');
    const live = subject.watch({ key: 'a', prevKv: true });
    const nested = (operation: Operation): Operation => ({
      type: 'txn',
      request: { compare: [], success: [operation], failure: [] },
    });
    subject.keyspace.applyTxn({
      compare: [],
      success: [
        nested({ type: 'put', request: { key: 'a', value: stringToBytes('new') } }),
        nested({ type: 'deleteRange', request: { key: 'a' } }),
      ],
      failure: [],
    });
    const late = subject.watch({ key: 'a', prevKv: true, startRevision: 3 });
    await settle();
    for (const { seen } of [live, late]) {
      const events = seen.flatMap((response) => (response.type === 'events' ? response.events : []));
      expect(events.map(({ type, prevKv }) => `${type} ${prevKv?.modRevision}`)).toEqual(['put 2', 'delete 2']);
    }
  });
});

describe('ending', () => {
  test('W20 all watches are canceled with the reason', async () => {
    const subject = new Subject();
    const { seen } = subject.watch(everything);
    subject.put('a');
    subject.hub.cancelAll('the end');
    await settle();
    expect(types(seen)).toBe('created events canceled');
    expect(seen.at(-1)).toMatchObject({ reason: 'the end' });
    expect(subject.hub.size).toBe(0);
  });

  test('W14 a watch that cannot be gets one answer', async () => {
    const subject = new Subject();
    const empty = subject.watch({ key: 'b', rangeEnd: 'a' });
    const negative = subject.watch({ key: 'b', startRevision: -1 });
    await settle();
    expect(empty.seen).toMatchObject([{ type: 'canceled', reason: 'mvcc: watcher range is empty' }]);
    expect(negative.seen).toMatchObject([{ type: 'canceled' }]);
    expect(negative.seen[0]).not.toHaveProperty('compactRevision');
    expect(subject.hub.size).toBe(0);
  });
});

describe('large values', () => {
  test('W5 bound the buffer by bytes too, and nothing is lost', async () => {
    const subject = new Subject();
    let release = (): void => {};
    const { seen } = subject.watch(everything, (response) =>
      response.type === 'created' ? new Promise<void>((resolve) => (release = resolve)) : undefined,
    );
    await settle();
    const value = new Uint8Array(1024 * 1024);
    for (let i = 0; i < 40; i++) subject.keyspace.applyPut({ key: 'large', value });
    expect(subject.hub.behind).toBe(1);
    release();
    await settle();
    await settle();
    expect(revisions(seen)).toEqual(Array.from({ length: 40 }, (_, i) => i + 2));
    const lengths = seen.flatMap((response) => (response.type === 'events' ? [response.events.length] : []));
    expect(Math.max(...lengths)).toBeLessThanOrEqual(16);
  });
});
