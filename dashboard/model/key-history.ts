/** A key's history, as the store still has it: what `GET /store/history` answers. */

export interface KeyState {
  readonly revision: number;
  readonly version: number;
  readonly createRevision: number;
  readonly bytes: number;
  /** The value as JSON where it is JSON; otherwise what can be said of it. */
  readonly value: unknown;
}

export interface KeyHistory {
  readonly key: string;
  /** The newest first. */
  readonly states: readonly KeyState[];
  /** Why it ends where it ends: it began there, older is compacted away, or there is more. */
  readonly ends: 'created' | 'compacted' | 'bounded' | 'absent';
}
