import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BinaryWriter } from '../../../base/binary-writer.ts';
import { silentRecorder } from '../../../base/moments.ts';
import { MemoryBackend } from '../../../store/backend/memory-backend.ts';
import type { Operation } from '../../../store/index.ts';
import type { Command } from '../../../store/member/command.ts';
import { decodeCommand, encodeCommand } from '../../../store/member/command-codec.ts';
import { Membership } from '../../../store/member/membership.ts';
import { StateMachine } from '../../../store/member/state-machine.ts';

const requestId = { member: 5n, incarnation: 4_000_000_000, number: 17 };

function encode(command: Command): Uint8Array {
  const writer = new BinaryWriter();
  encodeCommand(writer, requestId, command);
  return writer.copy();
}

function newMachine(backend = new MemoryBackend()): StateMachine {
  return new StateMachine({
    backend,
    header: () => ({ clusterId: 1n, memberId: 1n, revision: 0, raftTerm: 0 }),
    monotonicMs: () => 0,
    recorder: silentRecorder,
    name: 'test',
    onListenerError: () => {},
  });
}

const key = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  minLength: 1,
});
const value = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
const lease = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n });
const revision = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const flag = fc.constant(true);
const put = fc.record(
  { key, value, lease, prevKv: flag, ignoreValue: flag, ignoreLease: flag },
  { requiredKeys: ['key', 'value'] },
);
const deleteRange = fc.record({ key, rangeEnd: key, prevKv: flag }, { requiredKeys: ['key'] });
const range = fc.record(
  { key, rangeEnd: key, limit: revision, revision, keysOnly: flag, countOnly: flag, serializable: flag },
  { requiredKeys: ['key'] },
);
const result = fc.constantFrom('equal', 'greater', 'less', 'notEqual');
const compare = fc.oneof(
  fc.record({ key, result, target: fc.constant('version'), version: fc.integer() }),
  fc.record({ key, result, target: fc.constant('create'), createRevision: revision }),
  fc.record({ key, rangeEnd: key, result, target: fc.constant('mod'), modRevision: revision }),
  fc.record({ key, result, target: fc.constant('value'), value }),
  fc.record({ key, result, target: fc.constant('lease'), lease }),
);
const { operation } = fc.letrec<{ operation: Operation; txn: unknown }>((tie) => ({
  operation: fc.oneof(
    { maxDepth: 3 },
    fc.record({ type: fc.constant('put'), request: put }),
    fc.record({ type: fc.constant('deleteRange'), request: deleteRange }),
    fc.record({ type: fc.constant('range'), request: range }),
    fc.record({ type: fc.constant('txn'), request: tie('txn') }),
  ) as fc.Arbitrary<Operation>,
  txn: fc.record({
    compare: fc.array(compare, { maxLength: 3 }),
    success: fc.array(tie('operation'), { maxLength: 3 }),
    failure: fc.array(tie('operation'), { maxLength: 3 }),
  }),
}));
const command = fc.oneof(
  fc.record({ type: fc.constant('put'), request: put }),
  fc.record({ type: fc.constant('deleteRange'), request: deleteRange }),
  fc.record({
    type: fc.constant('txn'),
    request: fc.record({
      compare: fc.array(compare, { maxLength: 3 }),
      success: fc.array(operation, { maxLength: 4 }),
      failure: fc.array(operation, { maxLength: 4 }),
    }),
  }),
  fc.record({ type: fc.constant('compact'), revision }),
  fc.record({ type: fc.constant('leaseGrant'), id: lease, ttl: revision }),
  fc.record({ type: fc.constant('leaseRevoke'), id: lease, expiredInTerm: fc.nat() }),
  fc.record({
    type: fc.constant('leaseCheckpoint'),
    term: revision,
    checkpoints: fc.array(fc.record({ id: lease, remainingTtl: fc.nat() })),
  }),
  fc.record({ type: fc.constant('memberAttributes'), id: lease, name: fc.string(), clientUrls: fc.array(fc.string()) }),
  fc.record({ type: fc.constant('memberUpdate'), id: lease, peerUrls: fc.array(fc.string()) }),
  fc.record({ type: fc.constant('authReplace'), expectedVersion: fc.nat(), state: value }),
  fc.record({
    type: fc.constant('alarm'),
    action: fc.constantFrom('activate', 'deactivate'),
    alarm: fc.record({ memberId: lease, alarm: fc.constantFrom('NOSPACE', 'CORRUPT') }),
  }),
) as fc.Arbitrary<Command>;

describe('commands as bytes', () => {
  it('C19: every command comes back as it was', () => {
    const same = fc.property(command, (given) => {
      expect(decodeCommand(encode(given))).toEqual({ requestId, command: given });
    });
    fc.assert(same, { seed: 1, numRuns: 2000 });
  });

  it('C19: what is cut short, too long or unknown is refused, not misread', () => {
    const refused = fc.property(command, fc.nat(), (given, cut) => {
      const bytes = encode(given);
      expect(() => decodeCommand(bytes.subarray(0, cut % bytes.length))).toThrow();
      expect(() => decodeCommand(Buffer.concat([bytes, Buffer.of(0)]))).toThrow();
    });
    fc.assert(refused, { seed: 2, numRuns: 500 });
    const unknown = encode({ type: 'compact', revision: 1 });
    unknown[16] = 250;
    expect(() => decodeCommand(unknown)).toThrow('command 250 is not known to this version');
  });

  it('C19: damaged bytes never hang or take much memory', () => {
    const damaged = fc.property(command, fc.nat(), fc.nat({ max: 255 }), (given, at, byte) => {
      const bytes = encode(given);
      bytes[at % bytes.length] = byte;
      try {
        decodeCommand(bytes);
      } catch (error) {
        expect((error as Error).name).toBe('BinaryFormatError');
      }
    });
    fc.assert(damaged, { seed: 3, numRuns: 2000 });
  });
});

describe('the state machine', () => {
  const entry = (index: number, term: number, given: Command) => ({
    index,
    term,
    type: 'normal' as const,
    data: encode(given),
  });

  it('C5: a lease ends only by an entry of the term of the leader that saw it end', () => {
    const machine = newMachine();
    machine.apply(entry(1, 2, { type: 'leaseGrant', id: 7n, ttl: 10 }));
    machine.apply(entry(2, 3, { type: 'leaseRevoke', id: 7n, expiredInTerm: 2 }));
    expect(machine.leases.has(7n)).toBe(true);
    machine.apply(entry(3, 3, { type: 'leaseRevoke', id: 7n, expiredInTerm: 3 }));
    expect(machine.leases.has(7n)).toBe(false);
  });

  it('C5: what is left of a lease is taken from the leader of that term only', () => {
    const machine = newMachine();
    machine.apply(entry(1, 2, { type: 'leaseGrant', id: 7n, ttl: 1000 }));
    machine.apply(entry(2, 3, { type: 'leaseCheckpoint', term: 2, checkpoints: [{ id: 7n, remainingTtl: 5 }] }));
    machine.leases.promote(0, 0);
    expect(machine.leases.timeToLive(7n, 0)?.ttl).toBe(1000);
  });

  it('C8: a removed id is remembered, also by the backend, and not taken in again', () => {
    const backend = new MemoryBackend();
    const membership = new Membership(backend);
    const member = { id: 9n, name: 'm', peerUrls: ['http://m:1'], clientUrls: [], isLearner: false };
    membership.add(member);
    membership.remove(9n);
    for (const each of [membership, new Membership(backend)]) {
      expect(each.isRemoved(9n)).toBe(true);
      expect(each.list()).toEqual([]);
      expect(() => each.checkAdd(member)).toThrow('etcdserver: member not found');
    }
  });

  it('C20: users and roles are replaced only from the version that was seen, and survive', async () => {
    const backend = new MemoryBackend();
    const machine = newMachine(backend);
    const seen: number[] = [];
    machine.auth.listen(({ version }) => seen.push(version));
    const replace = (index: number, expectedVersion: number, text: string) =>
      machine.apply(entry(index, 1, { type: 'authReplace', expectedVersion, state: Buffer.from(text) }));
    expect(replace(1, 0, 'a')).toMatchObject({ result: { changed: true }, revision: 1 });
    expect(replace(2, 0, 'b')).toMatchObject({ result: { changed: false } });
    expect(replace(3, 1, 'c')).toMatchObject({ result: { changed: true } });
    await Promise.resolve();
    expect(seen).toEqual([1, 2]);
    const { version, state } = newMachine(backend).auth.record;
    expect([version, Buffer.from(state).toString()]).toEqual([2, 'c']);
  });
});
