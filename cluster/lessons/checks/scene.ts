/** What a check may look at: the cluster, and what happened in it since the step began. */
import type { Moment } from '../../../base/moments.ts';
import type { LessonWorld } from '../lesson-world.ts';
import type { LessonWriter } from '../lesson-writer.ts';

export interface Scene {
  readonly world: LessonWorld;
  /** Since the step began, oldest first. */
  readonly moments: readonly Moment[];
  /** Since the lesson began: a watch of an earlier step may still be open. */
  readonly lessonMoments: readonly Moment[];
  /** The store's revision when the step began: its history shows what was then. */
  readonly startRevision: number;
  /** The same, on the monotonic and on the wall clock, in milliseconds. */
  readonly startedAtMs: number;
  readonly startedAtWallMs: number;
  /** Where the learner's files lie. */
  readonly folder: string;
  readonly writer: LessonWriter | undefined;
}
