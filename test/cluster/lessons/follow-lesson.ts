/** Follows a lesson as a learner does, on a cluster that several lessons share: does nothing, does the wrong thing, does it. */
import { expect } from 'vitest';
import type { Lesson, Step } from '../../../cluster/lessons/lesson.ts';
import { LessonSession } from '../../../cluster/lessons/lesson-session.ts';
import type { LessonWorld } from '../../../cluster/lessons/lesson-world.ts';
import { findValue } from '../../../cluster/lessons/variables.ts';

const STEP_MS = 60_000;
/** A wrong deed has so long to pass for the right one. */
const WRONG_MS = 1_500;

/** @param wrong by step, command lines that do not do what it asks for */
export async function followLesson(
  lesson: Lesson,
  world: LessonWorld,
  wrong: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  const session = await LessonSession.start(lesson, world);
  try {
    for (const step of lesson.steps) {
      const about = `${lesson.name}, ${step.name}`;
      expect(session.view().step?.name, about).toBe(step.name);
      expect((await session.check()).done, `${about}: nothing was done`).toBe(false);
      if (wrong[step.name] !== undefined) {
        if (step.ask !== undefined) session.answer('nonsense');
        for (const line of wrong[step.name] ?? []) await session.run(line, () => {});
        expect((await session.checkWithin(WRONG_MS)).done, `${about}: the wrong thing was done`).toBe(false);
      }
      await doAsAsked(session, step, world, about);
    }
    expect(session.finished).toBe(true);
  } finally {
    await session.end();
  }
}

async function doAsAsked(session: LessonSession, step: Step, world: LessonWorld, about: string): Promise<void> {
  if (step.predict !== undefined) {
    session.predict(step.predict.answer);
    expect(session.view().predicted).toMatchObject({ right: true });
  }
  let printed = '';
  for (const line of session.view().step?.type ?? []) {
    await session.run(line, (text) => {
      printed += text;
    });
    if ((await session.check()).done) return;
  }
  if (step.ask !== undefined) session.answer((await findValue(world, step.ask.answer)) ?? '');
  const outcome = await session.checkWithin(STEP_MS);
  const open = outcome.verdicts.filter(({ passed }) => !passed).map(({ words }) => words.en);
  expect(open, `${about}\n${printed}`).toEqual([]);
  expect(outcome.done, about).toBe(true);
}
