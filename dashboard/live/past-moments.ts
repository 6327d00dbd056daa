/** Asks the server for what it remembers: moments that the page was not told, and what was created lately. */
import type { SystemMoment } from '../model/moment.ts';
import type { Written } from '../model/recent-writes.ts';

export type NumberedMoment = SystemMoment & { readonly seq: number };

async function ask<Answer>(path: string, query: Readonly<Record<string, string>>): Promise<Answer> {
  const answer = await fetch(`${path}?${new URLSearchParams(query)}`);
  const said = (await answer.json()) as Answer & { readonly message?: string };
  if (!answer.ok) throw new Error(said.message ?? String(answer.status));
  return said;
}

/** Those of the numbers `first` to `last` that the server still has. */
export async function readMoments(first: number, last: number): Promise<readonly NumberedMoment[]> {
  return (await ask<{ moments: readonly NumberedMoment[] }>('/moments', { first: `${first}`, last: `${last}` }))
    .moments;
}

/** The newest first. @param wanted part of the name */
export async function readRecentWrites(wanted: string): Promise<readonly Written[]> {
  return (await ask<{ written: readonly Written[] }>('/moments/recent', { wanted })).written;
}
