/** One request of a client: what it asked, when, and what it was told. */
import type { ModelRequest } from './model.ts';

export interface Outcome {
  /** The header's; undefined where there is none. */
  readonly revision: number | undefined;
  /** As the model writes it. */
  readonly text: string;
  readonly refused: boolean;
  /** It says that it changed the keyspace, with its marker. */
  readonly wrote: boolean;
}

export interface Call {
  readonly words: string;
  readonly host: string;
  readonly request: ModelRequest;
  /** Answered from one member's state: not part of the linearizable history. */
  readonly serializable: boolean;
  /** A value that nobody else puts. */
  readonly marker: string | undefined;
  readonly startedAt: number;
  readonly startedAtMs: number;
  endedAt: number;
  endedAtMs: number;
  /** undefined: it failed in a way that says nothing about what happened. */
  outcome: Outcome | undefined;
  failure: string | undefined;
}
