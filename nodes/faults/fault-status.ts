/**
 * What a fault's status says, and how it changes. Pure.
 *
 * Conditions: `Injected` is true while it strikes; `Healed` is true once everything that the last strike broke is whole
 * again. Both say in words why not.
 */
import { timestamp } from '../../base/clock.ts';
import type { V1Condition } from '../../generated/kubernetes.d.ts';
import type { Fault, FaultStatus } from './fault.ts';

export type FaultEvent =
  /** It will strike for the first time, or the next time, at `atMs`. */
  | { readonly type: 'scheduled'; readonly atMs: number; readonly why?: string }
  | { readonly type: 'struck'; readonly targets: readonly string[]; readonly notes: readonly string[] }
  /** It strikes again what it struck before the server was restarted: the same strike goes on. */
  | { readonly type: 'resumed'; readonly targets: readonly string[]; readonly notes: readonly string[] }
  /** `again`: when it strikes next; absent: never. */
  | { readonly type: 'healed'; readonly again: number | undefined; readonly notes: readonly string[] }
  | { readonly type: 'failed'; readonly reason: string; readonly message: string; readonly again: number | undefined };

export function statusAfter(fault: Fault, event: FaultEvent, nowMs: number): FaultStatus {
  const before = fault.status ?? { phase: 'Pending' };
  const { targets, strikes, injectedAt, healedAt } = before;
  const now = timestamp(nowMs);
  const next = (atMs: number | undefined) => (atMs === undefined ? {} : { nextStrikeAt: timestamp(atMs) });
  const kept = {
    ...(targets === undefined ? {} : { targets }),
    ...(strikes === undefined ? {} : { strikes }),
    ...(injectedAt === undefined ? {} : { injectedAt }),
    ...(healedAt === undefined ? {} : { healedAt }),
  };
  const common = { observedGeneration: fault.metadata?.generation ?? 1 };
  const conditions = conditionsAfter(fault, event, now);
  switch (event.type) {
    case 'scheduled':
      return {
        ...kept,
        ...common,
        phase: (strikes ?? 0) > 0 ? 'Waiting' : 'Pending',
        ...next(event.atMs),
        ...(event.why === undefined ? {} : { message: event.why }),
        conditions,
      };
    case 'struck':
    case 'resumed': {
      const isNew = event.type === 'struck';
      return {
        ...common,
        phase: 'Active',
        targets: event.targets,
        strikes: (strikes ?? 0) + (isNew ? 1 : 0),
        injectedAt: isNew ? now : (injectedAt ?? now),
        ...message(event.notes),
        conditions,
      };
    }
    case 'healed':
      return {
        ...kept,
        ...common,
        phase: event.again === undefined ? 'Healed' : 'Waiting',
        healedAt: now,
        ...next(event.again),
        ...message(event.notes),
        conditions,
      };
    case 'failed':
      return {
        ...kept,
        ...common,
        phase: event.again === undefined ? 'Failed' : 'Waiting',
        ...next(event.again),
        message: event.message,
        conditions,
      };
  }
}

function message(notes: readonly string[]): { message?: string } {
  return notes.length === 0 ? {} : { message: notes.join('; ') };
}

function conditionsAfter({ status, metadata }: Fault, event: FaultEvent, now: string): V1Condition[] {
  const known = status?.conditions ?? [];
  const changes: Record<string, Pick<V1Condition, 'status' | 'reason' | 'message'>> = {};
  switch (event.type) {
    case 'scheduled':
      changes.Injected = {
        status: 'False',
        reason: 'NotYet',
        message: `it strikes at ${new Date(event.atMs).toISOString()}`,
      };
      break;
    case 'struck':
    case 'resumed':
      changes.Injected = {
        status: 'True',
        reason: event.type === 'struck' ? 'Struck' : 'StruckAgainAfterRestart',
        message: [`struck ${event.targets.join(', ')}`, ...event.notes].join('; '),
      };
      changes.Healed = { status: 'False', reason: 'Active', message: 'it strikes' };
      break;
    case 'healed':
      changes.Injected = { status: 'False', reason: 'Over', message: 'the strike is over' };
      changes.Healed = {
        status: 'True',
        reason: 'Healed',
        message: event.notes.length === 0 ? 'everything that it broke is whole again' : event.notes.join('; '),
      };
      break;
    case 'failed':
      changes.Injected = { status: 'False', reason: event.reason, message: event.message };
      break;
  }
  const observedGeneration = metadata?.generation ?? 1;
  const kept = known.filter(({ type }) => changes[type] === undefined);
  const changed = Object.entries(changes).map(([type, change]) => {
    const before = known.find((each) => each.type === type);
    const lastTransitionTime = before?.status === change.status ? before.lastTransitionTime : now;
    return { type, ...change, observedGeneration, lastTransitionTime };
  });
  return [...kept, ...changed].sort((a, b) => (a.type < b.type ? -1 : 1));
}
