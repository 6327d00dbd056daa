/** The users, roles and permissions of the etcd API, as one opaque record: replicated, kept in the backend. */
import { BinaryReader } from '../../base/binary-reader.ts';
import { BinaryWriter } from '../../base/binary-writer.ts';
import type { AuthRecord } from '../admin.ts';
import type { Backend } from '../backend/backend.ts';

const KEY = 'record';
const NOTHING: AuthRecord = { version: 0, state: new Uint8Array(0) };

export class AuthState {
  readonly #backend: Backend;
  readonly #listeners = new Set<(record: AuthRecord) => void>();
  #record: AuthRecord;

  constructor(backend: Backend) {
    this.#backend = backend;
    this.#record = readRecord(backend);
  }

  get record(): AuthRecord {
    return this.#record;
  }

  /** Replaces the record if it has this version; says whether it did. */
  maybeReplace(expectedVersion: number, state: Uint8Array): boolean {
    if (this.#record.version !== expectedVersion) return false;
    this.#record = { version: expectedVersion + 1, state };
    const writer = new BinaryWriter();
    writer.u64(this.#record.version);
    writer.bytes(state);
    this.#backend.put('auth', KEY, writer.copy());
    this.#tell();
    return true;
  }

  /** Reads everything anew after the backend was replaced. */
  reload(): void {
    this.#record = readRecord(this.#backend);
    this.#tell();
  }

  listen(listener: (record: AuthRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Not inside of what is being applied: a listener may do anything. */
  #tell(): void {
    const record = this.#record;
    queueMicrotask(() => {
      for (const listener of [...this.#listeners]) listener(record);
    });
  }
}

function readRecord(backend: Backend): AuthRecord {
  const value = backend.get('auth', KEY);
  if (value === undefined) return NOTHING;
  const reader = new BinaryReader(value);
  return { version: reader.u64(), state: reader.bytes() };
}
