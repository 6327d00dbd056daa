/** Active alarms: replicated state, kept in the backend. While NOSPACE is on anywhere, nothing that grows is written. */
import { BinaryReader } from '../../base/binary-reader.ts';
import { BinaryWriter } from '../../base/binary-writer.ts';
import type { Backend } from '../backend/backend.ts';
import type { Alarm } from '../store.ts';

export class Alarms {
  readonly #backend: Backend;
  readonly #active = new Map<string, Alarm>();

  constructor(backend: Backend) {
    this.#backend = backend;
    this.reload();
  }

  /** Reads everything anew after the backend was replaced. */
  reload(): void {
    this.#active.clear();
    for (const { key, value } of this.#backend.range('alarms')) {
      const memberId = new BinaryReader(value).bigU64();
      this.#active.set(key, { memberId, alarm: key.startsWith('CORRUPT') ? 'CORRUPT' : 'NOSPACE' });
    }
  }

  list(): Alarm[] {
    return [...this.#active.values()];
  }

  isActive(alarm: Alarm['alarm']): boolean {
    for (const active of this.#active.values()) if (active.alarm === alarm) return true;
    return false;
  }

  activate(alarm: Alarm): void {
    const key = keyOf(alarm);
    if (this.#active.has(key)) return;
    this.#active.set(key, alarm);
    const writer = new BinaryWriter();
    writer.bigU64(alarm.memberId);
    this.#backend.put('alarms', key, writer.copy());
  }

  deactivate(alarm: Alarm): void {
    if (this.#active.delete(keyOf(alarm))) this.#backend.delete('alarms', keyOf(alarm));
  }
}

function keyOf({ alarm, memberId }: Alarm): string {
  return `${alarm}/${memberId.toString(16)}`;
}
