/**
 * One learner's way through one lesson. A step begins (its variables are found out, its place in history is marked), the
 * learner acts, and the step is done when all its checks hold and its question is answered; then the next begins.
 *
 * Invariant: checks look only at what happened since their step began, and at what is true now. Nothing that the learner
 * typed counts, only what it did to the cluster.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { messageOf } from '../../base/errors.ts';
import type { SessionView, ShownStep, StepOutcome, Verdict } from '../../dashboard/model/lesson.ts';
import { judge } from './checks/judges.ts';
import type { Scene } from './checks/scene.ts';
import { missing, passed } from './checks/verdict.ts';
import type { Lesson, Step } from './lesson.ts';
import { LessonConsole, type Output } from './lesson-console.ts';
import type { LessonWorld } from './lesson-world.ts';
import { LessonWriter } from './lesson-writer.ts';
import { StartingState } from './starting-state.ts';
import { findValue, substitutedDeep } from './variables.ts';
import { Witness } from './witness.ts';

const VARIABLE_WAIT_MS = 20_000;
const POLL_MS = 200;

interface RunningStep {
  readonly step: Step;
  readonly place: number;
  readonly startRevision: number;
  readonly startedAtMs: number;
  readonly startedAtWallMs: number;
  verdicts: readonly Verdict[];
  predicted: number | undefined;
  answer: string | undefined;
}

export class LessonSession {
  readonly lesson: Lesson;
  readonly console: LessonConsole;
  readonly folder: string;
  readonly #world: LessonWorld;
  readonly #before: StartingState;
  readonly #witness: Witness;
  readonly #values = new Map<string, string>();
  readonly #writer: LessonWriter | undefined;
  #index = 0;
  #running: RunningStep | undefined;
  #lastRevision = 0;

  private constructor(lesson: Lesson, world: LessonWorld, folder: string, before: StartingState) {
    this.lesson = lesson;
    this.folder = folder;
    this.#world = world;
    this.#before = before;
    this.console = new LessonConsole(world, folder);
    this.#witness = new Witness(world.moments);
    this.#writer = lesson.writer ? new LessonWriter(world.client, world.clock) : undefined;
  }

  /** Makes the folder, runs the setup and begins the first step. Rejects when the cluster cannot serve the lesson. */
  static async start(lesson: Lesson, world: LessonWorld): Promise<LessonSession> {
    if (world.members < lesson.members) {
      throw new Error(
        `lesson ${lesson.name} needs ${lesson.members} store members, and this cluster has ${world.members}; start it with --members ${lesson.members}`,
      );
    }
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sampan-lesson-'));
    fs.symlinkSync(path.resolve(world.dataDir), path.join(folder, '.sampan'));
    for (const [name, text] of Object.entries(lesson.files)) fs.writeFileSync(path.join(folder, name), text);
    const session = new LessonSession(lesson, world, folder, await StartingState.of(world.client));
    try {
      await session.#setUp();
      await session.#begin();
    } catch (thrown) {
      await session.end();
      throw thrown;
    }
    return session;
  }

  get finished(): boolean {
    return this.#index >= this.lesson.steps.length;
  }

  view(): SessionView {
    const { name, title, steps } = this.lesson;
    const base = { lesson: name, title, stepIndex: this.#index, stepCount: steps.length, folder: this.folder };
    const running = this.#running;
    if (running === undefined) return { ...base, verdicts: [] };
    const { step, verdicts, predicted } = running;
    return {
      ...base,
      step: shown(step),
      verdicts,
      ...(predicted === undefined || step.predict === undefined
        ? {}
        : {
            predicted: {
              option: predicted,
              right: predicted === step.predict.answer,
              because: step.predict.because,
            },
          }),
    };
  }

  /** The first prediction counts. */
  predict(option: number): void {
    if (this.#running !== undefined) this.#running.predicted ??= option;
  }

  answer(text: string): void {
    if (this.#running !== undefined) this.#running.answer = text.trim();
  }

  run(line: string, out: Output, signal?: AbortSignal): Promise<number> {
    return this.console.run(line, out, signal);
  }

  /** Judges the step; when all holds, the next one begins. */
  async check(): Promise<StepOutcome> {
    const running = this.#running;
    if (running === undefined) return { done: true, verdicts: [] };
    const verdicts = await this.#verdicts(running);
    running.verdicts = verdicts;
    // Somebody else's check may have ended the step meanwhile.
    if (running !== this.#running || verdicts.some((verdict) => !verdict.passed)) return { done: false, verdicts };
    this.#index++;
    this.#running = undefined;
    if (!this.finished) await this.#begin();
    const { afterwards } = running.step;
    return { done: true, verdicts, ...(afterwards === undefined ? {} : { afterwards }) };
  }

  /** Checks again and again, until the step is done, `waitMs` are over, or `stop` says so. */
  async checkWithin(waitMs: number, stop: () => boolean = () => false): Promise<StepOutcome> {
    const { clock } = this.#world;
    const endMs = clock.monotonicMs() + waitMs;
    for (;;) {
      const outcome = await this.check();
      if (outcome.done || clock.monotonicMs() >= endMs || stop()) return outcome;
      await clock.sleep(POLL_MS);
    }
  }

  /** Ends what runs, puts the cluster back as it was before the lesson, and removes the folder. */
  async end(): Promise<void> {
    this.#running = undefined;
    await this.console.stopJobs();
    // Faults go first: without a quorum nothing else could be put back, nor the writer hear its last answer.
    await this.#before.restore();
    await this.#writer?.stop();
    await this.#before.restore();
    this.#witness.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  async #setUp(): Promise<void> {
    for (const line of this.lesson.setup) {
      let printed = '';
      const code = await this.console.run(line, (text) => {
        printed += text;
      });
      if (code !== 0) throw new Error(`lesson ${this.lesson.name}: ${line}: ${printed.trim()}`);
    }
  }

  async #begin(): Promise<void> {
    const step = this.lesson.steps[this.#index];
    if (step === undefined) return;
    const { clock } = this.#world;
    for (const [name, variable] of Object.entries(step.variables)) {
      const endMs = clock.monotonicMs() + VARIABLE_WAIT_MS;
      let value = await findValue(this.#world, variable);
      while (value === undefined && clock.monotonicMs() < endMs) {
        await clock.sleep(POLL_MS);
        value = await findValue(this.#world, variable);
      }
      if (value === undefined)
        throw new Error(`lesson ${this.lesson.name}, step ${step.name}: nothing is found for $${name}`);
      this.#values.set(name, value);
    }
    // What was stated before the step began must not arrive in it.
    await this.#world.pullMoments();
    this.#running = {
      step: substitutedDeep(step, this.#values),
      place: this.#witness.now(),
      startRevision: await this.#revision(),
      startedAtMs: clock.monotonicMs(),
      startedAtWallMs: clock.nowMs(),
      verdicts: [],
      predicted: undefined,
      answer: undefined,
    };
  }

  /** The store's revision now; without a quorum, the last one known. */
  async #revision(): Promise<number> {
    try {
      this.#lastRevision = (await this.#world.store.status()).header.revision;
    } catch {
      // Nobody answers: then nothing changes either.
    }
    return this.#lastRevision;
  }

  async #verdicts(running: RunningStep): Promise<readonly Verdict[]> {
    await this.#world.pullMoments();
    const scene: Scene = {
      world: this.#world,
      moments: this.#witness.since(running.place),
      lessonMoments: this.#witness.since(0),
      startRevision: running.startRevision,
      startedAtMs: running.startedAtMs,
      startedAtWallMs: running.startedAtWallMs,
      folder: this.folder,
      writer: this.#writer,
    };
    const verdicts = await Promise.all(
      running.step.check.map((check) =>
        judge(scene, check).catch((thrown: unknown) =>
          missing(`the store does not answer: ${messageOf(thrown)}`, `kho không trả lời: ${messageOf(thrown)}`),
        ),
      ),
    );
    return running.step.ask === undefined ? verdicts : [...verdicts, await this.#verdictOnAnswer(running)];
  }

  async #verdictOnAnswer({ step: { ask }, answer }: RunningStep): Promise<Verdict> {
    if (ask === undefined || answer === undefined) {
      return missing('the question is not answered yet', 'câu hỏi chưa được trả lời');
    }
    const right = await findValue(this.#world, ask.answer).catch(() => undefined);
    return right === answer
      ? passed(`${answer} is right`, `${answer} là đúng`)
      : missing(`${answer} is not what the cluster says`, `${answer} không khớp với cụm`);
  }
}

function shown({ name, text, predict, ask, type, hint }: Step): ShownStep {
  return {
    name,
    text,
    type,
    ...(predict === undefined ? {} : { predict: { question: predict.question, options: predict.options } }),
    ...(ask === undefined ? {} : { ask: ask.question }),
    ...(hint === undefined ? {} : { hint }),
  };
}
