/** Makes verdicts. */
import type { Verdict } from '../../../dashboard/model/lesson.ts';

export function passed(en: string, vi: string): Verdict {
  return { passed: true, words: { en, vi } };
}

export function missing(en: string, vi: string): Verdict {
  return { passed: false, words: { en, vi } };
}

/** `2 pods`, `1 pod`: Vietnamese has no plural. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
