/** What the page is told over `/live`: JSON, one message a frame. The page itself says nothing there. */
import type { Moment } from './moment.ts';

export type ToPage =
  /** First: who answers. */
  | { readonly type: 'hello'; readonly cluster: string; readonly version: string; readonly abilities: Abilities }
  /** Moments in order. The first batches after `hello` tell what is there; `settled` ends them. */
  | { readonly type: 'batch'; readonly moments: readonly Moment[] }
  | { readonly type: 'settled' };

/** What this cluster lets the page do. */
export interface Abilities {
  /** Members run as processes of their own and can be killed. */
  readonly members: boolean;
  /** Types of Fault that this server knows. */
  readonly faults: readonly string[];
}
