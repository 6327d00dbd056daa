/**
 * Brings the moments of members in processes of their own into the ring of this one: when somebody asks, and never else.
 * They keep their own rings; a member that does not answer is not waited for, and what it says late is taken in late.
 */
import type { Clock } from '../base/clock.ts';
import type { RingRecorder } from '../base/ring-recorder.ts';
import type { MemberNotice } from './member-channel.ts';
import type { MemberProcess } from './member-processes.ts';

/** How long an answer may take before what is there must do. */
const ANSWER_MS = 200;

export class MemberMoments {
  readonly #ring: RingRecorder;
  readonly #clock: Clock;
  readonly #readers: readonly MemberReader[];
  #pulling: Promise<void> | undefined;

  constructor(members: readonly MemberProcess[], ring: RingRecorder, clock: Clock) {
    this.#ring = ring;
    this.#clock = clock;
    this.#readers = members.map((member) => new MemberReader(member, ring));
  }

  /** Resolves when every member that answers has given all it had. */
  pull(): Promise<void> {
    this.#pulling ??= this.#pull().finally(() => {
      this.#pulling = undefined;
    });
    return this.#pulling;
  }

  async #pull(): Promise<void> {
    const late = new AbortController();
    const all = Promise.all(this.#readers.map((reader) => reader.read(this.#ring.watched)));
    await Promise.race([all, this.#clock.sleep(ANSWER_MS, late.signal)]);
    late.abort();
  }
}

/** Where this process is in one member's ring. */
class MemberReader {
  readonly #member: MemberProcess;
  readonly #ring: RingRecorder;
  #after = 0;
  #pid: number | undefined;
  #watched = false;
  #waiting: (() => void)[] = [];

  constructor(member: MemberProcess, ring: RingRecorder) {
    this.#member = member;
    this.#ring = ring;
    member.onNotice((notice) => this.#hear(notice));
  }

  read(watched: boolean): Promise<void> {
    this.#watched = watched;
    // Another process has another ring.
    if (this.#pid !== this.#member.pid) {
      this.#pid = this.#member.pid;
      this.#after = 0;
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) this.#ask();
    });
  }

  #ask(): void {
    if (!this.#member.send({ type: 'moments', after: this.#after, watched: this.#watched })) this.#done();
  }

  #hear(notice: MemberNotice): void {
    if (notice.type === 'ready') this.#done();
    if (notice.type !== 'moments') return;
    this.#ring.take(notice.moments);
    this.#after = notice.moments.at(-1)?.seq ?? this.#after;
    if (this.#after < notice.last) this.#ask();
    else this.#done();
  }

  #done(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
