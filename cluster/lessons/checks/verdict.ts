/** What a check found, in words that tell the learner what was seen or what is still missing. */
import type { Words } from '../lesson.ts';

export interface Verdict {
  readonly passed: boolean;
  readonly words: Words;
}

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
