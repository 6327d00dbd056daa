/**
 * The space quota: when the backend is larger, the NOSPACE alarm is raised through the log, and nothing that grows is
 * taken in until somebody has made space and disarmed it. Deleting and compacting go on.
 */
import { StoreError } from '../errors.ts';
import type { StoreMember } from './store-member.ts';

export class Quota {
  readonly #member: StoreMember;
  readonly #bytesMax: number;
  #bytes = 0;
  #raising = false;

  constructor(member: StoreMember, bytesMax: number) {
    this.#member = member;
    this.#bytesMax = bytesMax;
    this.measure();
  }

  /** Looks how large the backend is: to be called now and then. */
  measure(): void {
    this.#bytes = this.#member.machine.backend.size().allocated;
  }

  /**
   * A rejected promise for a request that would add to a backend that is full; undefined lets it through.
   *
   * @param bytes what the request adds, about
   */
  admit(bytes: number): Promise<never> | undefined {
    if (this.#member.machine.alarms.isActive('NOSPACE')) return Promise.reject(new StoreError('noSpace'));
    // Between two measurements, what was let in is counted instead.
    this.#bytes += bytes;
    if (this.#bytes <= this.#bytesMax) return undefined;
    this.measure();
    return this.#bytes <= this.#bytesMax ? undefined : this.#refuse();
  }

  async #refuse(): Promise<never> {
    await this.#raise();
    throw new StoreError('noSpace');
  }

  async #raise(): Promise<void> {
    if (this.#raising) return;
    this.#raising = true;
    try {
      const alarm = { memberId: this.#member.id, alarm: 'NOSPACE' } as const;
      await this.#member.submit<'alarm'>({ type: 'alarm', action: 'activate', alarm });
    } finally {
      this.#raising = false;
    }
  }
}
