/**
 * Makes the history that `linearizability.ts` judges of what clients saw: requests whose outcome is not known are looked
 * up in the keyspace's history first, so that the search need not guess about them, and the ends of leases are added.
 */
import type { Call } from './call.ts';
import type { LeaseRecord } from './clients.ts';
import type { HistoryJudge } from './history-judge.ts';
import { expiryOf, leasedKey } from './lease-judge.ts';
import { checkLinearizable, type HistoryOperation } from './linearizability.ts';
import { type ModelRequest, type ModelResponse, type ModelState, refusal, storeModel } from './model.ts';
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
  const witnessed = calls.filter((call) => call.outcome !== undefined || mayShow(call, calls, history));
  const known = [
    ...witnessed.flatMap((call) => operationOf(call, markers) ?? []),
    ...expiriesOf(leases, calls, history),
  ];
  const mayHaveDone = effectsOf(known, history);
  const operations = known.map((each) => (each.response === undefined ? { ...each, mayHaveDone } : each));
  const stale = staleOf(operations);
  if (stale !== undefined) violations.add('linearizable', stale);
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

/** An answer of an earlier revision than one that had been given before it was asked for: that needs no search. */
function staleOf(operations: readonly ModelOperation[]): string | undefined {
  const known = operations.filter(({ response, endedAt }) => response?.revision !== undefined && endedAt < Infinity);
  const byEnd = known.toSorted((a, b) => a.endedAt - b.endedAt);
  let newest = 0;
  let at = 0;
  for (const { startedAt, response, words } of known.toSorted((a, b) => a.startedAt - b.startedAt)) {
    for (let ended = byEnd[at]; ended !== undefined && ended.endedAt < startedAt; ended = byEnd[++at]) {
      newest = Math.max(newest, ended.response?.revision ?? 0);
    }
    const revision = response?.revision ?? 0;
    if (revision < newest) return `${words} -> ${revision} ${response?.text ?? ''}, and ${newest} had been seen before`;
  }
  return undefined;
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
    if (other?.modRevision !== kv.modRevision || Buffer.compare(other.value, kv.value) !== 0) return false;
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
    // An end that took no key away matters only to who was told of it: all others would be so many guesses in vain.
    const isSilent = revision === undefined && !lease.revoked;
    if (isSilent && !calls.some((call) => wasToldOfItsEnd(call, lease.id))) continue;
    yield {
      request: { type: 'leaseExpire', id: lease.id },
      startedAt: grant.startedAt + 0.5,
      endedAt: Number.POSITIVE_INFINITY,
      words: `lease ${lease.id} ends`,
      response: revision === undefined ? undefined : { revision },
    };
  }
}

/**
 * Whether anybody could have noticed that this request was done, of which nobody knows whether it was. Where not, it may as
 * well have never been: each one left out halves the orders to be searched.
 */
function mayShow({ request }: Call, calls: readonly Call[], history: HistoryJudge): boolean {
  switch (request.type) {
    case 'compact':
      return calls.some(
        ({ request: later, outcome }) =>
          later.type === 'compact' && later.revision <= request.revision && outcome?.text === refusal('compacted'),
      );
    case 'leaseGrant':
      return calls.some(({ request: later, outcome }) => outcome !== undefined && leaseOf(later) === request.id);
    case 'leaseRevoke': {
      const key = leasedKey(request.id);
      for (const { type, kv } of history.events()) if (type === 'delete' && kv.key === key) return true;
      return calls.some((call) => wasToldOfItsEnd(call, request.id));
    }
    default:
      return true;
  }
}

function leaseOf(request: ModelRequest): bigint | undefined {
  if (request.type === 'put') return request.request.lease;
  return 'id' in request ? request.id : undefined;
}

function wasToldOfItsEnd({ request, outcome }: Call, lease: bigint): boolean {
  return outcome?.text === refusal('leaseNotFound') && leaseOf(request) === lease;
}
