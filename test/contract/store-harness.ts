/** What the contract suite of `Store` works with: a store, a way to let time pass, and recorded watches. */
import { afterAll, beforeAll, expect } from 'vitest';
import { type ByteString, byteStringToUtf8, bytesToString, prefixEnd, stringToBytes } from '../../base/bytes.ts';
import type {
  KeyValue,
  PutRequest,
  RangeRequest,
  RangeResult,
  Revision,
  Store,
  StoreErrorReason,
  StoreEvent,
  Watch,
  WatchRequest,
  WatchResponse,
  WithHeader,
} from '../../store/index.ts';
import { StoreError } from '../../store/index.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** Lets time pass on the clock that the store runs by: moves a virtual one, waits for a real one. */
  passTime(durationMs: number): Promise<void>;
  dispose(): Promise<void>;
}

/**
 * `hashRevision`: hashes do not tell their revision (etcd before 3.6).
 * `deletionsAtCompactRevision`: compacting drops deletions at the compact revision itself (etcd before 3.5.16).
 */
export type Lack = 'hashRevision' | 'deletionsAtCompactRevision';

const WAIT_STEP_MS = 10;
const WAIT_STEPS_MAX = 1500;

/** One store for a whole suite; tests keep apart by the prefix of their keys and think in relative revisions. */
export class StoreHarness {
  #subject: StoreUnderTest | undefined;
  readonly #lacks: readonly Lack[];
  #prefixes = 0;

  constructor(make: () => Promise<StoreUnderTest>, lacks: readonly Lack[]) {
    this.#lacks = lacks;
    beforeAll(async () => {
      this.#subject = await make();
    });
    afterAll(async () => {
      await this.#subject?.dispose();
    });
  }

  get store(): Store {
    return this.#there().store;
  }

  lacks(feature: Lack): boolean {
    return this.#lacks.includes(feature);
  }

  passTime(durationMs: number): Promise<void> {
    return this.#there().passTime(durationMs);
  }

  /** A prefix that no other test uses. */
  prefix(): ByteString {
    return `/contract/${String(++this.#prefixes).padStart(4, '0')}/`;
  }

  async put(key: ByteString, value = '', rest: Partial<PutRequest> = {}): Promise<Revision> {
    const { header } = await this.store.put({ key, value: stringToBytes(value), ...rest });
    return header.revision;
  }

  async delete(key: ByteString): Promise<Revision> {
    const { header } = await this.store.deleteRange({ key });
    return header.revision;
  }

  get(key: ByteString, rest: Partial<RangeRequest> = {}): Promise<KeyValue | undefined> {
    return this.store.range({ key, ...rest }).then(({ kvs }) => kvs[0]);
  }

  list(prefix: ByteString, rest: Partial<RangeRequest> = {}): Promise<WithHeader<RangeResult>> {
    return this.store.range({ key: prefix, rangeEnd: prefixEnd(prefix), ...rest });
  }

  async revision(): Promise<Revision> {
    return (await this.store.range({ key: '\0', limit: 1 })).header.revision;
  }

  /** Waits until `holds`, in steps of the store's clock. */
  async eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (let step = 0; step < WAIT_STEPS_MAX; step++) {
      if (await holds()) return;
      await this.passTime(WAIT_STEP_MS);
    }
    expect.fail(`waited in vain until ${what}`);
  }

  record(request: WatchRequest): RecordedWatch {
    return new RecordedWatch(this, request);
  }

  #there(): StoreUnderTest {
    if (this.#subject === undefined) throw new Error('the store was not made');
    return this.#subject;
  }
}

/** A watch whose answers are kept. */
export class RecordedWatch {
  readonly responses: WatchResponse[] = [];
  readonly #harness: StoreHarness;
  readonly #watch: Watch;
  #hold: Promise<void> | undefined;
  #release: () => void = () => {};

  constructor(harness: StoreHarness, request: WatchRequest) {
    this.#harness = harness;
    this.#watch = harness.store.watch(request, (response) => {
      this.responses.push(response);
      return this.#hold;
    });
  }

  get events(): StoreEvent[] {
    return this.responses.flatMap((response) => (response.type === 'events' ? response.events : []));
  }

  /** Makes the listener busy from its next answer on, until `release`. */
  hold(): void {
    this.#hold = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  release(): void {
    this.#hold = undefined;
    this.#release();
  }

  requestProgress(): void {
    this.#watch.requestProgress();
  }

  close(): void {
    this.#watch.close();
  }

  async created(): Promise<void> {
    await this.#harness.eventually(() => this.responses[0]?.type === 'created', 'the watch is created');
  }

  async waitForEvents(count: number): Promise<StoreEvent[]> {
    await this.#harness.eventually(() => this.events.length >= count, `${count} events have come`);
    return this.events;
  }

  async waitFor<T extends WatchResponse['type']>(type: T): Promise<Extract<WatchResponse, { type: T }>> {
    const find = (): WatchResponse | undefined => this.responses.find((response) => response.type === type);
    await this.#harness.eventually(() => find() !== undefined, `a response ${type} has come`);
    return find() as Extract<WatchResponse, { type: T }>;
  }

  /** Nothing more comes for a while. */
  async staysAt(events: number): Promise<void> {
    await this.#harness.passTime(100);
    expect(this.describe()).toHaveLength(events);
  }

  /** `put key=value @revision`, `delete key @revision`. */
  describe(): string[] {
    return this.events.map(describeEvent);
  }
}

export function describeEvent({ type, kv, prevKv }: StoreEvent): string {
  const value = type === 'put' ? `=${bytesToString(kv.value)}` : '';
  const before = prevKv === undefined ? '' : ` was ${bytesToString(prevKv.value)}@${prevKv.modRevision}`;
  return `${type} ${lastPart(kv.key)}${value}@${kv.modRevision}${before}`;
}

export function lastPart(key: ByteString): string {
  return byteStringToUtf8(key.slice(key.lastIndexOf('/') + 1));
}

export function keysOf(result: { readonly kvs: readonly KeyValue[] }): string[] {
  return result.kvs.map((kv) => lastPart(kv.key));
}

export function textOf(kv: KeyValue | undefined): string | undefined {
  return kv === undefined ? undefined : bytesToString(kv.value);
}

/** As it is, but with the value as text: implementations differ in what kind of byte array they answer with. */
export function shown(kv: KeyValue | undefined): object | undefined {
  return kv === undefined ? undefined : { ...kv, value: bytesToString(kv.value) };
}

/** The call is refused with this error of the catalogue. */
export async function refused(call: Promise<unknown>, reason: StoreErrorReason): Promise<void> {
  const expected = new StoreError(reason);
  await expect(call).rejects.toMatchObject({ reason, code: expected.code, message: expected.message });
}

export function bytes(text: string): Uint8Array {
  return stringToBytes(text);
}
