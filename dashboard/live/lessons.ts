/** The lessons, as the server offers them. Each call rejects with the server's own words. */
import type { Checked, ListedLesson, Printed, SessionView } from '../model/lesson.ts';

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
  state: () => call<SessionView>('GET', '/lesson'),
  start: (name: string) => call<SessionView>('POST', `/lessons/${name}/start`),
  predict: (option: number) => call<SessionView>('POST', '/lesson/predict', { option }),
  answer: (text: string) => call<undefined>('POST', '/lesson/answer', { text }),
  run: (line: string) => call<{ readonly code: number }>('POST', '/lesson/run', { line }),
  interrupt: () => call<undefined>('POST', '/lesson/interrupt'),
  output: (from: number) => call<Printed>('GET', `/lesson/output?from=${from}`),
  check: () => call<Checked>('POST', '/lesson/check'),
  reset: () => call<SessionView>('POST', '/lesson/reset'),
  end: () => call<undefined>('DELETE', '/lesson'),
} as const;
