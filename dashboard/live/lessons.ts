/** The lessons, as the server offers them. Each call rejects with the server's own words. */
import type { Language } from '../words/dictionary.ts';

export type Said = Readonly<Record<Language, string>>;

export interface ListedLesson {
  readonly name: string;
  readonly title: Said;
  readonly minutes: number;
  readonly about: Said;
  readonly unavailable?: Said;
}

export interface Verdict {
  readonly passed: boolean;
  readonly words: Said;
}

export interface LessonStep {
  readonly name: string;
  readonly text: Said;
  readonly predict?: { readonly question: Said; readonly options: readonly Said[] };
  readonly ask?: Said;
  readonly type: readonly string[];
  readonly hint?: Said;
}

export interface LessonState {
  readonly lesson: string;
  readonly title: Said;
  readonly stepIndex: number;
  readonly stepCount: number;
  readonly step?: LessonStep;
  readonly verdicts: readonly Verdict[];
  readonly predicted?: { readonly option: number; readonly right: boolean; readonly because: Said };
}

export interface Checked {
  readonly outcome: { readonly done: boolean; readonly verdicts: readonly Verdict[]; readonly afterwards?: Said };
  readonly session: LessonState;
}

async function call<Answer>(method: string, path: string, body?: unknown): Promise<Answer | undefined> {
  const answer = await fetch(path, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (answer.status === 204) return undefined;
  const said = (await answer.json().catch(() => ({}))) as Answer & {
    readonly error?: string;
    readonly message?: string;
  };
  if (!answer.ok) throw new Error(said.error ?? said.message ?? String(answer.status));
  return said;
}

export const lessons = {
  list: () => call<readonly ListedLesson[]>('GET', '/lessons'),
  state: () => call<LessonState>('GET', '/lesson'),
  start: (name: string) => call<LessonState>('POST', `/lessons/${name}/start`),
  predict: (option: number) => call<LessonState>('POST', '/lesson/predict', { option }),
  answer: (text: string) => call<undefined>('POST', '/lesson/answer', { text }),
  run: (line: string) => call<{ readonly code: number }>('POST', '/lesson/run', { line }),
  interrupt: () => call<undefined>('POST', '/lesson/interrupt'),
  output: (from: number) =>
    call<{ readonly text: string; readonly next: number }>('GET', `/lesson/output?from=${from}`),
  check: () => call<Checked>('POST', '/lesson/check'),
  reset: () => call<LessonState>('POST', '/lesson/reset'),
  end: () => call<undefined>('DELETE', '/lesson'),
} as const;
