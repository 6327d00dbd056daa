/** A key's history, as the store still has it. */

export interface KeyState {
  readonly revision: number;
  readonly version: number;
  readonly createRevision: number;
  readonly bytes: number;
  readonly value: unknown;
}

export interface KeyHistory {
  readonly key: string;
  /** The newest first. */
  readonly states: readonly KeyState[];
  readonly ends: 'created' | 'compacted' | 'bounded' | 'absent';
}

/** @param revision as of which; 0: now. Rejects with the store's words. */
export async function readHistory(key: string, revision: number): Promise<KeyHistory> {
  const answer = await fetch(`/store/history?key=${encodeURIComponent(key)}&revision=${revision}`);
  const said = (await answer.json()) as KeyHistory & { readonly message?: string };
  if (!answer.ok) throw new Error(said.message ?? String(answer.status));
  return said;
}
