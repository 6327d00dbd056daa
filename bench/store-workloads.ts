/** What `bench -- store` asks of a store, in slices short enough to go by turns. */
import type { Store } from '../store/index.ts';

const SLICE_MS = 600;
export const VALUE = Buffer.alloc(256, 'v');
const RANGE_KEYS = 1000;
const WATCH_PUTS = 200;

export interface CallWorkload {
  readonly label: string;
  readonly callers: number;
  readonly prepare?: (store: Store) => Promise<unknown>;
  readonly call: (store: Store, n: number) => Promise<unknown>;
}

export interface Slice {
  readonly perSecond: number;
  /** In milliseconds, of every call. */
  readonly latencies: readonly number[];
}

const put = (store: Store, n: number): Promise<unknown> => store.put({ key: `put/${n % 10_000}`, value: VALUE });

function compareAndPut(store: Store, n: number): Promise<unknown> {
  const key = `txn/${n % 1000}`;
  return store.txn({
    compare: [{ key, target: 'version', result: 'greater', version: 0 }],
    success: [{ type: 'put', request: { key, value: VALUE } }],
    failure: [{ type: 'put', request: { key, value: VALUE } }],
  });
}

function putRangeKeys(store: Store): Promise<unknown> {
  const keys = Array.from({ length: RANGE_KEYS }, (_, at) => `range/${String(at).padStart(5, '0')}`);
  return Promise.all(keys.map((key) => store.put({ key, value: VALUE })));
}

export const callWorkloads: readonly CallWorkload[] = [
  ...[1, 64, 256].map((callers) => ({ label: `put, ${callers} callers, a second`, callers, call: put })),
  {
    label: 'linearizable get, 64 callers, a second',
    callers: 64,
    call: (store, n) => store.range({ key: `put/${n % 1000}` }),
  },
  { label: 'txn (compare, put), 64 callers, a second', callers: 64, call: compareAndPut },
  {
    label: `range of ${RANGE_KEYS} keys, 4 callers, a second`,
    callers: 4,
    prepare: putRangeKeys,
    call: (store) => store.range({ key: 'range/', rangeEnd: 'range0' }),
  },
];

/** So many callers, each of whom calls again as soon as it was answered. */
export async function measureRate(store: Store, callers: number, call: CallWorkload['call']): Promise<Slice> {
  let next = 0;
  const latencies: number[] = [];
  const startedAtMs = performance.now();
  const untilMs = startedAtMs + SLICE_MS;
  const run = async (): Promise<void> => {
    while (performance.now() < untilMs) {
      const beganAtMs = performance.now();
      await call(store, next++);
      latencies.push(performance.now() - beganAtMs);
    }
  };
  await Promise.all(Array.from({ length: callers }, run));
  return { perSecond: latencies.length / ((performance.now() - startedAtMs) / 1000), latencies };
}

/** From the call of a put until a watcher has its event, in milliseconds, for each watcher and put. */
export async function measureWatch(store: Store, watchers: number): Promise<readonly number[]> {
  const latencies: number[] = [];
  let beganAtMs = 0;
  let seen = 0;
  let created = 0;
  let all = (): void => {};
  const watches = Array.from({ length: watchers }, () =>
    store.watch({ key: 'watched' }, (response) => {
      if (response.type === 'created' && ++created === watchers) all();
      if (response.type !== 'events') return;
      latencies.push(performance.now() - beganAtMs);
      if (++seen % watchers === 0) all();
    }),
  );
  await new Promise<void>((resolve) => {
    all = resolve;
  });
  for (let at = 0; at < WATCH_PUTS; at++) {
    const told = new Promise<void>((resolve) => {
      all = resolve;
    });
    beganAtMs = performance.now();
    await Promise.all([store.put({ key: 'watched', value: VALUE }), told]);
  }
  for (const watch of watches) watch.close();
  return latencies;
}
