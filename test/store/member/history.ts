/**
 * What clients saw, and whether one store could have done it. Every answer carries a revision, and revisions are a total
 * order, so linearizability can be judged directly: operations that follow each other in time must not go back in
 * revisions, and what was read must be what the history holds at that revision.
 */
import type { StoreEvent } from '../../../store/index.ts';

export interface Operation {
  readonly kind: 'put' | 'get';
  readonly key: string;
  /** The text that was put, or read; undefined: no such key. */
  readonly text: string | undefined;
  readonly startedAt: number;
  readonly endedAt: number;
  /** put: its own; get: that of the header. undefined: the outcome is not known. */
  readonly revision: number | undefined;
}

/** Why this cannot be, or undefined. `events`: the whole history of one member, from the first revision on. */
export function contradiction(operations: readonly Operation[], events: readonly StoreEvent[]): string | undefined {
  const byRevision = new Map(events.map(({ kv }) => [kv.modRevision, { key: kv.key, text: textOf(kv.value) }]));
  const applied = new Set<string>();
  for (const { text } of byRevision.values()) {
    if (applied.has(text)) return `"${text}" was put twice`;
    applied.add(text);
  }
  for (const operation of operations) {
    const { kind, key, text, revision } = operation;
    if (revision === undefined) continue;
    if (kind === 'put') {
      const event = byRevision.get(revision);
      if (event?.key !== key || event.text !== text) return `the acknowledged put of "${text}" at ${revision} is lost`;
    } else if (textAt(events, key, revision) !== text) {
      return `a read of ${key} at ${revision} saw "${text}", it was "${textAt(events, key, revision)}"`;
    }
  }
  return goesBack(operations);
}

/** An operation that began after another had ended, and saw less. */
function goesBack(operations: readonly Operation[]): string | undefined {
  const known = operations.filter((operation) => operation.revision !== undefined);
  const byEnd = [...known].sort((a, b) => a.endedAt - b.endedAt);
  const byStart = [...known].sort((a, b) => a.startedAt - b.startedAt);
  let at = 0;
  let seen = 0;
  for (const operation of byStart) {
    for (let ended = byEnd[at]; ended !== undefined && ended.endedAt < operation.startedAt; ended = byEnd[++at]) {
      seen = Math.max(seen, ended.revision ?? 0);
    }
    const { kind, key, revision = 0 } = operation;
    if (revision < seen || (kind === 'put' && revision === seen)) {
      return `a ${kind} of ${key} has revision ${revision}, though ${seen} had been seen before it began`;
    }
  }
  return undefined;
}

function textAt(events: readonly StoreEvent[], key: string, revision: number): string | undefined {
  let text: string | undefined;
  for (const { kv } of events) {
    if (kv.modRevision > revision) break;
    if (kv.key === key) text = textOf(kv.value);
  }
  return text;
}

function textOf(value: Uint8Array): string {
  return Buffer.from(value).toString();
}
