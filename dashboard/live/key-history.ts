/** Asks the server for the history of a key. */
import type { KeyHistory } from '../model/key-history.ts';

/** @param revision as of which; 0: now. Rejects with the store's words. */
export async function readHistory(key: string, revision: number): Promise<KeyHistory> {
  const answer = await fetch(`/store/history?key=${encodeURIComponent(key)}&revision=${revision}`);
  const said = (await answer.json()) as KeyHistory & { readonly message?: string };
  if (!answer.ok) throw new Error(said.message ?? String(answer.status));
  return said;
}
