/**
 * Makes the history that `linearizability.ts` judges of what clients saw: requests whose outcome is not known are looked
 * up in the keyspace's history first, so that the search need not guess about them, and the ends of leases are added.
 */
import type { Call } from './call.ts';
import type { LeaseRecord } from './clients.ts';
import type { HistoryJudge } from './history-judge.ts';
import { expiryOf } from './lease-judge.ts';
import { checkLinearizable, type HistoryOperation } from './linearizability.ts';
import { type ModelRequest, type ModelResponse, type ModelState, storeModel, textOf } from './model.ts';
import type { Violations } from './violation.ts';

type ModelOperation = HistoryOperation<ModelState, ModelRequest, ModelResponse> & { readonly words: string };

export interface LinearizabilityFigures {
  readonly operations: number;
  readonly steps: number;
  readonly undecided: boolean;
}

export function judgeLinearizability(
  calls: readonly Call[],
  leases: Iterable<LeaseRecord>,
  history: HistoryJudge,
  violations: Violations,
): LinearizabilityFigures {
  const markers = new Map<string, number>();
  for (const { type, kv } of history.events()) {
    if (type === 'put') markers.set(Buffer.from(kv.value).toString(), kv.modRevision);
  }
  const known = [...calls.flatMap((call) => operationOf(call, markers) ?? []), ...expiriesOf(leases, calls, history)];
  const mayHaveDone = effectsOf(known, history);
  const operations = known.map((each) => (each.response === undefined ? { ...each, mayHaveDone } : each));
  const verdict = checkLinearizable(storeModel, operations);
  if (verdict.linearizable !== true) {
    const placed = new Set(verdict.order);
    const left = operations.filter(({ response }, at) => response !== undefined && !placed.has(at)).slice(0, 5);
    const words = left.map((each) => `${each.words} -> ${each.response?.revision ?? ''} ${each.response?.text ?? ''}`);
    violations.add(
      verdict.linearizable === false ? 'linearizable' : 'undecided',
      `no order explains, after ${placed.size} operations: ${words.join(' | ')}`,
    );
  }
  return { operations: operations.length, steps: verdict.steps, undecided: verdict.linearizable === 'unknown' };
}

/** A change that no known request made must be the one that the history has at its revision. */
function effectsOf(
  operations: readonly ModelOperation[],
  history: HistoryJudge,
): (before: ModelState, after: ModelState) => boolean {
  const writes = operations.filter(({ request }) => request.type !== 'range' && request.type !== 'leaseKeepAlive');
  const claimed = new Set<number>();
  for (const { request, response } of writes) {
    const changed = request.type === 'put' || response?.text === undefined || response.text.includes('"put"');
    if (response?.revision !== undefined && changed) claimed.add(response.revision);
  }
  const states = history.states();
  return (before, after) => {
    if (after.revision === before.revision) return true;
    const state = states[after.revision];
    return !claimed.has(after.revision) && state !== undefined && sameKeys(state, after.keys);
  };
}

function sameKeys(a: ModelState['keys'], b: ModelState['keys']): boolean {
  if (a.size !== b.size) return false;
  for (const [key, kv] of a) {
    const other = b.get(key);
    if (other?.modRevision !== kv.modRevision || textOf(other.value) !== textOf(kv.value)) return false;
  }
  return true;
}

function operationOf(call: Call, markers: ReadonlyMap<string, number>): ModelOperation | undefined {
  const { request, outcome, startedAt, words } = call;
  if (call.serializable) return undefined;
  if (outcome !== undefined) {
    const { revision, text } = outcome;
    if (request.type === 'leaseKeepAlive') {
      // The leader renews, the member that was asked adds its revision afterwards. And a lease whose time is over is gone
      // for its holder before it is gone for everybody.
      const response = text.includes('true') ? { text } : {};
      return { request, startedAt, endedAt: call.endedAt, words, response };
    }
    const response = { ...(revision !== undefined && { revision }), text };
    return { request, startedAt, endedAt: call.endedAt, words, response };
  }
  const isRead = request.type === 'range' || request.type === 'leaseKeepAlive';
  if (isRead) return undefined;
  const unknown = { request, startedAt, endedAt: Number.POSITIVE_INFINITY, words };
  if (call.marker === undefined) return { ...unknown, response: undefined };
  const revision = markers.get(call.marker);
  if (revision !== undefined) return { ...unknown, response: { revision } };
  // Not in the history: it was never done, unless it did something that leaves no mark.
  const unmarked = request.type === 'txn' && request.request.failure.some(({ type }) => type === 'deleteRange');
  return unmarked ? { ...unknown, response: undefined } : undefined;
}

function* expiriesOf(
  leases: Iterable<LeaseRecord>,
  calls: readonly Call[],
  history: HistoryJudge,
): Iterable<ModelOperation> {
  for (const lease of leases) {
    const grant = calls.find(({ request }) => request.type === 'leaseGrant' && request.id === lease.id);
    if (grant === undefined) continue;
    const revision = expiryOf(lease, history);
    yield {
      request: { type: 'leaseExpire', id: lease.id },
      startedAt: grant.startedAt + 0.5,
      endedAt: Number.POSITIVE_INFINITY,
      words: `lease ${lease.id} ends`,
      response: revision === undefined ? undefined : { revision },
    };
  }
}
