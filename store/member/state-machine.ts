/**
 * The replicated state, whole: keyspace, leases, members, alarms, and how far the log is applied. Entries go in, in
 * order; the same entries give the same state on every member.
 *
 * Invariants:
 * - the applied index is written to the backend in the same synchronous piece that applies the entries, so that what a
 *   crash leaves always says how far it is; an entry is never applied twice and never left out;
 * - what a client did wrong is an outcome, the same on every member; anything else that is thrown stops this member.
 */
import { assert, unreachable } from '../../base/assert.ts';
import { BinaryReader } from '../../base/binary-reader.ts';
import { BinaryWriter } from '../../base/binary-writer.ts';
import type { Recorder } from '../../base/moments.ts';
import type { Backend } from '../backend/backend.ts';
import { StoreError } from '../errors.ts';
import { Keyspace } from '../mvcc/keyspace.ts';
import { LeaseTable } from '../mvcc/lease-table.ts';
import type { ConfState, Entry } from '../raft/types.ts';
import type { Operation, ResponseHeader } from '../store.ts';
import { decodeConfState, encodeConfState } from '../wal/record-codec.ts';
import { Alarms } from './alarms.ts';
import { AuthState } from './auth-state.ts';
import type { Command, CommandResults, RequestId } from './command.ts';
import { decodeCommand } from './command-codec.ts';
import { Membership } from './membership.ts';

const APPLIED = 'applied';
const CONF_STATE = 'confState';
/** Records that one step of a compaction removes: short enough not to be felt. */
export const COMPACTION_STEP_RECORDS = 1000;

/** What became of one command. */
export type Outcome =
  | { readonly requestId: RequestId; readonly result: CommandResults[keyof CommandResults]; readonly revision: number }
  | { readonly requestId: RequestId; readonly error: StoreError };

export interface StateMachineDeps {
  readonly backend: Backend;
  readonly header: () => ResponseHeader;
  /** Monotonic milliseconds: for the leases' terms on the leader only. */
  readonly monotonicMs: () => number;
  readonly recorder: Recorder;
  /** The member's name, as moments have it. */
  readonly name: string;
  readonly onListenerError: (thrown: unknown) => void;
}

export interface Applied {
  readonly index: number;
  readonly term: number;
}

export class StateMachine {
  readonly backend: Backend;
  readonly leases: LeaseTable;
  readonly keyspace: Keyspace;
  readonly membership: Membership;
  readonly alarms: Alarms;
  readonly auth: AuthState;
  readonly #monotonicMs: () => number;
  readonly #writer = new BinaryWriter(16);
  #applied: Applied;
  #confState: ConfState | undefined;

  constructor(deps: StateMachineDeps) {
    const { backend } = deps;
    this.backend = backend;
    this.leases = new LeaseTable({ backend });
    this.keyspace = new Keyspace({
      backend,
      leases: this.leases,
      header: deps.header,
      recorder: deps.recorder,
      origin: () => ({ member: deps.name, index: this.#applied.index, term: this.#applied.term }),
      onListenerError: deps.onListenerError,
    });
    this.membership = new Membership(backend);
    this.alarms = new Alarms(backend);
    this.auth = new AuthState(backend);
    this.#monotonicMs = deps.monotonicMs;
    this.#applied = readApplied(backend);
    this.#confState = readConfState(backend);
  }

  /** The last entry that was applied; index 0 when nothing ever was. */
  get applied(): Applied {
    return this.#applied;
  }

  /** The membership of raft as of the applied index. */
  get confState(): ConfState | undefined {
    return this.#confState;
  }

  /**
   * Applies one normal entry and says what became of its command; undefined for a leader's empty entry. Whoever calls
   * writes down the applied index, with `markApplied`, before it lets anything else run.
   */
  apply(entry: Entry): Outcome | undefined {
    assert(entry.index === this.#applied.index + 1, `entry ${entry.index} after ${this.#applied.index} was applied`);
    this.#applied = entry;
    if (entry.data.length === 0) return undefined;
    const { requestId, command } = decodeCommand(entry.data);
    try {
      const result = this.#run(command, entry.term);
      return { requestId, result, revision: this.keyspace.currentRevision };
    } catch (error) {
      if (error instanceof StoreError) return { requestId, error };
      throw error;
    }
  }

  /** Counts a membership entry as applied; its changes are made through `membership`. */
  applyConfState(entry: Entry, confState: ConfState): void {
    assert(entry.index === this.#applied.index + 1, `entry ${entry.index} after ${this.#applied.index} was applied`);
    this.#applied = entry;
    this.setConfState(confState);
  }

  setConfState(confState: ConfState): void {
    this.#confState = confState;
    const writer = new BinaryWriter();
    encodeConfState(writer, confState);
    this.backend.put('meta', CONF_STATE, writer.copy());
  }

  /** Writes the applied index down. */
  markApplied(applied: Applied = this.#applied): void {
    this.#applied = { index: applied.index, term: applied.term };
    this.#writer.reset();
    this.#writer.u64(applied.index);
    this.#writer.u64(applied.term);
    this.backend.put('meta', APPLIED, this.#writer.copy());
  }

  /** Replaces the whole state by another member's. */
  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    await this.backend.restore(chunks);
    this.leases.reload();
    this.keyspace.reload();
    this.membership.reload();
    this.alarms.reload();
    this.auth.reload();
    this.#applied = readApplied(this.backend);
    this.#confState = readConfState(this.backend);
  }

  #run(command: Command, term: number): CommandResults[keyof CommandResults] {
    if (grows(command) && this.alarms.isActive('NOSPACE')) throw new StoreError('noSpace');
    switch (command.type) {
      case 'put':
        return this.keyspace.applyPut(command.request);
      case 'deleteRange':
        return this.keyspace.applyDeleteRange(command.request);
      case 'txn':
        return this.keyspace.applyTxn(command.request);
      case 'compact':
        this.keyspace.compact(command.revision);
        return {};
      case 'leaseGrant':
        return this.leases.grant(command, this.#monotonicMs());
      case 'leaseRevoke':
        if (command.expiredInTerm === 0 || command.expiredInTerm === term)
          this.leases.revoke(command.id, this.keyspace);
        return {};
      case 'leaseCheckpoint':
        if (command.term === term) for (const checkpoint of command.checkpoints) this.leases.checkpoint(checkpoint);
        return {};
      case 'memberAttributes':
        this.membership.setAttributes(command.id, command);
        return {};
      case 'memberUpdate':
        this.membership.setPeerUrls(command.id, command.peerUrls);
        return {};
      case 'authReplace':
        return { changed: this.auth.maybeReplace(command.expectedVersion, command.state) };
      case 'alarm':
        if (command.action === 'activate') this.alarms.activate(command.alarm);
        else this.alarms.deactivate(command.alarm);
        return {};
      default:
        return unreachable(command);
    }
  }
}

/** What may not run while space is short: everything that adds to the data, as etcd has it. */
function grows(command: Command): boolean {
  if (command.type === 'txn') return putsSomething([...command.request.success, ...command.request.failure]);
  return command.type === 'put' || command.type === 'leaseGrant';
}

function putsSomething(operations: readonly Operation[]): boolean {
  return operations.some(
    ({ type, request }) =>
      type === 'put' || (type === 'txn' && putsSomething([...request.success, ...request.failure])),
  );
}

function readApplied(backend: Backend): Applied {
  const value = backend.get('meta', APPLIED);
  if (value === undefined) return { index: 0, term: 0 };
  const reader = new BinaryReader(value);
  return { index: reader.u64(), term: reader.u64() };
}

function readConfState(backend: Backend): ConfState | undefined {
  const value = backend.get('meta', CONF_STATE);
  return value === undefined ? undefined : decodeConfState(new BinaryReader(value));
}
