/** The keyspace against the model, on histories that fast-check makes up; the seed is fixed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesToString, stringToBytes } from '../../../base/bytes.ts';
import { MemoryBackend } from '../../../store/backend/memory-backend.ts';
import type {
  Compare,
  DeleteRangeRequest,
  KeyValue,
  Operation,
  PutRequest,
  RangeRequest,
  ResponseHeader,
  StoreEvent,
  TxnRequest,
} from '../../../store/index.ts';
import { StoreError } from '../../../store/index.ts';
import { Keyspace } from '../../../store/mvcc/keyspace.ts';
import { LeaseTable } from '../../../store/mvcc/lease-table.ts';
import { checkTxn } from '../../../store/mvcc/request-check.ts';
import { KeyspaceModel, ModelError } from './keyspace-model.ts';

const SEED = 20260101;

const key = fc.constantFrom('a', 'b', 'bb', 'c', 'd', '\xff');
const bound = fc.constantFrom('b', 'bb', 'c', 'e', '\0', 'a');
const value = fc.constantFrom('', 'x', 'y', 'long value').map(stringToBytes);
const flag = fc.boolean();
/** Small numbers are revisions that are likely to exist. */
const revision = fc.nat(25);

const putRequest: fc.Arbitrary<PutRequest> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ key, value, prevKv: flag }) },
  { weight: 1, arbitrary: fc.record({ key, value: fc.constant(new Uint8Array(0)), ignoreValue: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.record({ key, value, ignoreLease: fc.constant(true), prevKv: flag }) },
);
const deleteRequest: fc.Arbitrary<DeleteRangeRequest> = fc.record(
  { key, rangeEnd: bound, prevKv: flag },
  { requiredKeys: ['key'] },
);
const rangeRequest: fc.Arbitrary<RangeRequest> = fc.record(
  {
    key,
    rangeEnd: bound,
    limit: fc.nat(4),
    revision,
    sortOrder: fc.constantFrom('ascend', 'descend'),
    sortTarget: fc.constantFrom('key', 'version', 'create', 'mod', 'value'),
    keysOnly: flag,
    countOnly: fc.constant(false),
    minModRevision: revision,
    maxModRevision: revision,
    minCreateRevision: revision,
    maxCreateRevision: revision,
  },
  { requiredKeys: ['key', 'sortOrder'] },
);
const result = fc.constantFrom('equal', 'greater', 'less', 'notEqual');
const compared = { key, result };
const compare: fc.Arbitrary<Compare> = fc.oneof(
  fc.record({ ...compared, target: fc.constant('version'), version: fc.nat(3) }),
  fc.record({ ...compared, target: fc.constant('mod'), modRevision: revision }),
  fc.record({ ...compared, rangeEnd: bound, target: fc.constant('create'), createRevision: revision }),
  fc.record({ ...compared, rangeEnd: bound, target: fc.constant('value'), value }),
  fc.record({ ...compared, target: fc.constant('lease'), lease: fc.constantFrom(0n, 1n) }),
) as fc.Arbitrary<Compare>;
const { txn } = fc.letrec<{ txn: TxnRequest; operation: Operation }>((tie) => ({
  txn: fc.record({
    compare: fc.array(compare, { maxLength: 2 }),
    success: fc.array(tie('operation'), { maxLength: 4 }),
    failure: fc.array(tie('operation'), { maxLength: 3 }),
  }),
  operation: fc.oneof(
    { maxDepth: 3 },
    fc.record({ type: fc.constant('put' as const), request: putRequest }),
    fc.record({ type: fc.constant('range' as const), request: rangeRequest }),
    fc.record({ type: fc.constant('deleteRange' as const), request: deleteRequest }),
    fc.record({ type: fc.constant('txn' as const), request: tie('txn') }),
  ),
}));

type Step =
  | { do: 'put'; request: PutRequest }
  | { do: 'deleteRange'; request: DeleteRangeRequest }
  | { do: 'txn'; request: TxnRequest }
  | { do: 'range'; request: RangeRequest }
  | { do: 'compact'; revision: number }
  | { do: 'compactStep'; records: number }
  | { do: 'restart' }
  | { do: 'watch'; from: number; prevKv: boolean };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('put' as const), request: putRequest }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('deleteRange' as const), request: deleteRequest }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('txn' as const), request: txn }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('range' as const), request: rangeRequest }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compact' as const), revision }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compactStep' as const), records: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('watch' as const), from: revision, prevKv: flag }) },
);

const header: ResponseHeader = { clusterId: 1n, memberId: 1n, revision: 0, raftTerm: 1 };

function open(backend: MemoryBackend): Keyspace {
  return new Keyspace({ backend, leases: new LeaseTable({ backend }), header: () => header });
}

describe('against the model', () => {
  test('M19 every answer, error and event is the model’s, through compactions and restarts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const backend = new MemoryBackend();
        const model = new KeyspaceModel();
        let keyspace = open(backend);
        // Another member: it never restarts, and removes compacted records at other times.
        const other = open(new MemoryBackend());
        const following: StoreEvent[] = [];
        other.hub.watch({ key: '\0', rangeEnd: '\0', prevKv: true }, (response) => {
          if (response.type === 'events') following.push(...response.events);
        });
        for (const step of steps) {
          if (step.do === 'compactStep') keyspace.compactStep(step.records);
          else if (step.do === 'restart') keyspace = open(backend);
          else if (step.do === 'watch') await compareWatch(keyspace, model, step.from, step.prevKv);
          else {
            if (step.do === 'txn' && !isAllowed(step.request)) continue;
            const expected = outcome(() => run(model, step));
            expect(outcome(() => run(keyspace, step))).toEqual(expected);
            expect(outcome(() => run(other, step))).toEqual(expected);
          }
          expect(keyspace.currentRevision).toBe(model.currentRevision);
          expect(keyspace.compactRevision).toBe(model.compactRevision);
        }
        expect(keyspace.hashKv()).toEqual(other.hashKv());
        while (!other.compactStep(1000));
        expect(keyspace.hashKv()).toEqual(other.hashKv());
        await Promise.resolve();
        expect(following.map(plainEvent)).toEqual(model.events.map(plainEvent));
        for (const { kv, prevKv } of following) {
          expect(textual(prevKv)).toEqual(textual(model.valueAt(kv.key, kv.modRevision - 1)));
        }
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });
});

/** Transactions that would be refused before they are proposed are no input to the keyspace. */
function isAllowed(request: TxnRequest): boolean {
  try {
    checkTxn(request);
    return true;
  } catch {
    return false;
  }
}

type Mutation = Extract<Step, { do: 'put' | 'deleteRange' | 'txn' | 'range' | 'compact' }>;

function run(subject: Keyspace | KeyspaceModel, step: Mutation): unknown {
  const real = subject instanceof Keyspace;
  switch (step.do) {
    case 'put':
      return real ? subject.applyPut(step.request) : subject.put(step.request);
    case 'deleteRange':
      return real ? subject.applyDeleteRange(step.request) : subject.deleteRange(step.request);
    case 'txn':
      return real ? subject.applyTxn(step.request) : subject.txn(step.request);
    case 'range':
      return subject.range(step.request);
    case 'compact':
      return subject.compact(step.revision);
  }
}

/** The result with values as text, or the reason of the refusal. */
function outcome(call: () => unknown): unknown {
  try {
    return textual(call());
  } catch (thrown) {
    if (thrown instanceof StoreError || thrown instanceof ModelError) return { refused: thrown.reason };
    throw thrown;
  }
}

function textual(value: unknown): unknown {
  if (value instanceof Uint8Array) return bytesToString(value);
  if (Array.isArray(value)) return value.map(textual);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, textual(inner)]));
}

function plainEvent({ type, kv }: StoreEvent): unknown {
  return textual({ type, kv });
}

/** A watch from `from` sees what the model recorded since, whole revisions at a time, with what was there before. */
async function compareWatch(keyspace: Keyspace, model: KeyspaceModel, from: number, prevKv: boolean): Promise<void> {
  const batches: (readonly StoreEvent[])[] = [];
  let canceledAt: number | undefined;
  const watch = keyspace.hub.watch({ key: '\0', rangeEnd: '\0', startRevision: from, prevKv }, (response) => {
    if (response.type === 'events') batches.push(response.events);
    if (response.type === 'canceled') canceledAt = response.compactRevision;
  });
  await new Promise<void>((resolve) => setImmediate(resolve));
  watch.close();
  const current = keyspace.currentRevision;
  if (from > 0 && from <= current && from < model.compactRevision) {
    expect(canceledAt).toBe(model.compactRevision);
    return;
  }
  const expected = from === 0 ? [] : model.eventsFrom(from);
  const events = batches.flat();
  expect(events.map(plainEvent)).toEqual(expected.map(plainEvent));
  for (const event of events) {
    const before = event.kv.modRevision - 1;
    const known: KeyValue | undefined =
      before >= Math.max(1, model.compactRevision)
        ? model.range({ key: event.kv.key, revision: before }).kvs[0]
        : undefined;
    expect(textual(event.prevKv)).toEqual(prevKv ? textual(known) : undefined);
  }
}
