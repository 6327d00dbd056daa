/**
 * Where a page's learner sits: at most one lesson at a time, all that its commands have printed, and whoever looks may
 * leave and come back. Starting another lesson puts back what the one before has done.
 */
import { UsageError } from '../../base/errors.ts';
import type { ListedLesson, Printed, SessionView, StepOutcome } from '../../dashboard/model/lesson.ts';
import type { Lesson } from './lesson.ts';
import { LessonSession } from './lesson-session.ts';
import type { LessonWorld } from './lesson-world.ts';

/** Printed text is kept up to so many characters; the oldest are forgotten. */
const OUTPUT_MAX = 200_000;

export class LessonDesk {
  readonly #lessons: readonly Lesson[];
  readonly #world: LessonWorld;
  #session: LessonSession | undefined;
  #starting = false;
  #interrupt = new AbortController();
  #output = '';
  /** Characters forgotten from the front of the output. */
  #forgotten = 0;

  constructor(lessons: readonly Lesson[], world: LessonWorld) {
    this.#lessons = lessons;
    this.#world = world;
  }

  list(): readonly ListedLesson[] {
    return this.#lessons.map(({ name, title, minutes, about, members }) => ({
      name,
      title,
      minutes,
      about,
      ...(members <= this.#world.members
        ? {}
        : {
            unavailable: {
              en: `needs ${members} store members: start with --members ${members}`,
              vi: `cần ${members} thành viên kho: khởi động với --members ${members}`,
            },
          }),
    }));
  }

  /** @throws UsageError when there is no such lesson, or one is being started */
  async start(name: string): Promise<SessionView> {
    const lesson = this.#lessons.find((each) => each.name === name);
    if (lesson === undefined) throw new UsageError(`there is no lesson ${name}`);
    if (this.#starting) throw new UsageError('a lesson is being started; wait until it has begun');
    this.#starting = true;
    try {
      await this.end();
      this.#session = await LessonSession.start(lesson, this.#world);
      return this.#session.view();
    } finally {
      this.#starting = false;
    }
  }

  view(): SessionView | undefined {
    return this.#session?.view();
  }

  predict(option: number): SessionView {
    const session = this.#current();
    session.predict(option);
    return session.view();
  }

  answer(text: string): void {
    this.#current().answer(text);
  }

  check(): Promise<StepOutcome> {
    return this.#current().check();
  }

  /** Resolves with the exit code; what it prints is read with `printed`. */
  async run(line: string): Promise<number> {
    const session = this.#current();
    this.#interrupt = new AbortController();
    this.#print(`$ ${line}\n`);
    return session.run(line, (text) => this.#print(text), this.#interrupt.signal);
  }

  /** Ctrl-C for what runs just now. */
  interrupt(): void {
    this.#interrupt.abort();
  }

  /** @param from a place given before as `next`; 0 for all that is kept */
  printed(from: number): Printed {
    return {
      text: this.#output.slice(Math.max(0, from - this.#forgotten)),
      next: this.#forgotten + this.#output.length,
    };
  }

  /** Begins the lesson again, on a cluster that is as it was. */
  async reset(): Promise<SessionView> {
    return this.start(this.#current().lesson.name);
  }

  /** Puts the cluster back as it was before the lesson. */
  async end(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#interrupt.abort();
    this.#forgotten += this.#output.length;
    this.#output = '';
    await session?.end();
  }

  #current(): LessonSession {
    if (this.#session === undefined) throw new UsageError('no lesson has begun; start one');
    return this.#session;
  }

  #print(text: string): void {
    this.#output += text;
    const over = this.#output.length - OUTPUT_MAX;
    if (over <= 0) return;
    this.#output = this.#output.slice(over);
    this.#forgotten += over;
  }
}
