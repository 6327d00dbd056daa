/**
 * The clients of a run: what they ask of which member, and everything that they were told. Requests are issued whether
 * or not earlier ones were answered; every put has a value that no other has.
 */
import type { VirtualClock } from '../../base/virtual-clock.ts';
import { grpcCode, StoreError } from '../../store/errors.ts';
import type { RangeRequest, Store, TxnRequest, Watch, WatchRequest } from '../../store/index.ts';
import type { Call, Outcome } from './call.ts';
import type { Cluster } from './cluster.ts';
import type { Host, Life } from './host.ts';
import { leasedKey } from './lease-judge.ts';
import { type ModelRequest, refusal, textOf } from './model.ts';
import type { Action, RequestKind } from './plan.ts';
import type { WatchRecord } from './watch-judge.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];

export interface LeaseRecord {
  readonly id: bigint;
  readonly ttlMs: number;
  readonly askedAtMs: number;
  /** When the client began to ask for a new term, and when it had it. */
  readonly renewals: { readonly beganAtMs: number; readonly endedAtMs: number }[];
  granted: boolean;
  /** A client asked for its end, which may have come at any time since. */
  revoked: boolean;
}

interface OpenWatch {
  readonly record: WatchRecord;
  readonly watch: Watch;
  readonly life: Life;
}

export class Clients {
  readonly calls: Call[] = [];
  readonly watches: WatchRecord[] = [];
  readonly leases = new Map<bigint, LeaseRecord>();
  readonly #clock: VirtualClock;
  readonly #cluster: Cluster;
  readonly #lastRevision: () => number;
  #open: OpenWatch[] = [];
  #markers = 0;
  #order = 0;

  constructor(clock: VirtualClock, cluster: Cluster, lastRevision: () => number) {
    this.#clock = clock;
    this.#cluster = cluster;
    this.#lastRevision = lastRevision;
  }

  ask(kind: RequestKind, action: Action): void {
    const host = this.#cluster.hostAt(action.host);
    const store = host?.member?.store;
    if (host === undefined || store === undefined) return;
    const { target, dice } = action;
    const key = KEYS[target % KEYS.length] ?? 'a';
    switch (kind) {
      case 'put':
        this.#put(host, store, { key, prevKv: dice[0] < 0.2 });
        break;
      case 'get':
        this.#get(host, store, key, dice);
        break;
      case 'delete':
        this.#delete(host, store, key, dice);
        break;
      case 'txn':
        this.#txn(host, store, key, dice);
        break;
      case 'compact':
        this.#compact(host, store, dice);
        break;
      case 'grant':
        this.#grant(host, store, dice);
        break;
      case 'leasedPut':
      case 'keepAlive':
      case 'revoke':
        this.#useLease(kind, host, store, target);
        break;
      case 'watch':
        this.#watch(host, store, key, dice);
        break;
      case 'unwatch':
        this.#unwatch(target);
        break;
      case 'progress':
        this.#open[target % Math.max(1, this.#open.length)]?.watch.requestProgress();
        break;
    }
  }

  /** A put at a member of whom nothing is wrong any more. */
  putLast(host: Host): void {
    const store = host.member?.store;
    if (store !== undefined) this.#put(host, store, { key: 'z', prevKv: false });
  }

  /** The watches that are open still have seen all that there will be. */
  end(): void {
    for (const { record, life } of this.#open) {
      const ended = record.responses.some(({ type }) => type === 'canceled');
      if (!ended && !life.clock.isDead && life.member?.core.isStopped === false) record.completed = true;
    }
  }

  #put(host: Host, store: Store, { key, prevKv, lease }: { key: string; prevKv: boolean; lease?: bigint }): void {
    const marker = `v${++this.#markers}`;
    const request = { key, value: Buffer.from(marker), prevKv, ...(lease !== undefined && { lease }) };
    this.#call(host, { type: 'put', request }, { marker, words: `put ${key}=${marker}` }, () => store.put(request));
  }

  #get(host: Host, store: Store, key: string, dice: readonly number[]): void {
    const [what = 0, how = 0, when = 0] = dice;
    const past = when < 0.15 && this.#lastRevision() > 1 ? 1 + Math.floor((when / 0.15) * this.#lastRevision()) : 0;
    const request: RangeRequest = {
      key,
      ...(what < 0.4 && { rangeEnd: what < 0.2 ? '\0' : 'e' }),
      ...(how < 0.1 && { limit: 1 + Math.floor(how * 30) }),
      ...(how > 0.9 && { countOnly: true }),
      ...(how > 0.8 && how <= 0.9 && { sortOrder: 'descend' as const, sortTarget: 'mod' as const }),
      ...(past > 0 && { revision: past }),
      ...(when > 0.85 && { serializable: true }),
    };
    const serializable = request.serializable === true || past > 0;
    this.#call(host, { type: 'range', request }, { words: `get ${textOf(request)}`, serializable }, () =>
      store.range(request),
    );
  }

  #delete(host: Host, store: Store, key: string, dice: readonly number[]): void {
    const request = { key, ...((dice[0] ?? 0) < 0.3 && { rangeEnd: String.fromCharCode(key.charCodeAt(0) + 2) }) };
    this.#call(host, { type: 'deleteRange', request }, { words: `delete ${textOf(request)}` }, () =>
      store.deleteRange(request),
    );
  }

  #txn(host: Host, store: Store, key: string, dice: readonly number[]): void {
    const marker = `v${++this.#markers}`;
    const value = Buffer.from(marker);
    const [what = 0, other = 0, how = 0] = dice;
    const second = KEYS[Math.floor(other * KEYS.length)] ?? 'b';
    const guess = Math.max(0, this.#lastRevision() - Math.floor(how * 3));
    const puts: TxnRequest['success'] = [
      { type: 'put', request: { key, value } },
      ...(second === key ? [] : [{ type: 'put', request: { key: second, value } } as const]),
    ];
    const request: TxnRequest = {
      compare: [
        what < 0.5
          ? { key, target: 'mod', result: how < 0.5 ? 'less' : 'equal', modRevision: guess }
          : { key, target: 'version', result: 'greater', version: Math.floor(how * 3) },
      ],
      success: puts,
      failure: [
        { type: 'range', request: { key } },
        what < 0.25
          ? { type: 'deleteRange', request: { key: second } }
          : { type: 'put', request: { key: second, value } },
      ],
    };
    this.#call(host, { type: 'txn', request }, { marker, words: `txn ${textOf(request)}` }, () => store.txn(request));
  }

  #compact(host: Host, store: Store, dice: readonly number[]): void {
    const revision = this.#lastRevision() - Math.floor((dice[0] ?? 0) * 12);
    if (revision < 1) return;
    this.#call(host, { type: 'compact', revision }, { words: `compact ${revision}` }, () => store.compact(revision));
  }

  #grant(host: Host, store: Store, dice: readonly number[]): void {
    const ttl = 2 + Math.floor((dice[0] ?? 0) * 4);
    const id = BigInt(1000 + this.leases.size);
    const lease: LeaseRecord = {
      id,
      ttlMs: ttl * 1000,
      askedAtMs: this.#clock.monotonicMs(),
      renewals: [],
      granted: false,
      revoked: false,
    };
    this.leases.set(id, lease);
    this.#call(host, { type: 'leaseGrant', id }, { words: `grant ${id} for ${ttl} s` }, async () => {
      const answer = await store.leaseGrant({ id, ttl });
      lease.granted = true;
      return { header: answer.header, id: answer.id };
    });
  }

  #useLease(kind: 'leasedPut' | 'keepAlive' | 'revoke', host: Host, store: Store, target: number): void {
    const known = [...this.leases.values()].filter((lease) => lease.granted);
    const lease = known[known.length - 1 - (target % Math.min(3, known.length))];
    if (lease === undefined) return;
    const { id } = lease;
    if (kind === 'leasedPut') {
      this.#put(host, store, { key: leasedKey(id), prevKv: false, lease: id });
    } else if (kind === 'revoke') {
      lease.revoked = true;
      this.#call(host, { type: 'leaseRevoke', id }, { words: `revoke ${id}` }, () => store.leaseRevoke(id));
    } else {
      const beganAtMs = this.#clock.monotonicMs();
      this.#call(host, { type: 'leaseKeepAlive', id }, { words: `keep ${id} alive` }, async () => {
        const { header, ttl } = await store.leaseKeepAlive(id);
        if (ttl > 0) lease.renewals.push({ beganAtMs, endedAtMs: this.#clock.monotonicMs() });
        return { header, alive: ttl > 0 };
      });
    }
  }

  #watch(host: Host, store: Store, key: string, dice: readonly number[]): void {
    const [what = 0, when = 0, how = 0] = dice;
    const { life } = host;
    if (life === undefined) return;
    const last = this.#lastRevision();
    const request: WatchRequest = {
      key,
      ...(what < 0.7 && { rangeEnd: what < 0.5 ? '\0' : 'e' }),
      ...(when < 0.4 && { startRevision: 1 + Math.floor((when / 0.4) * last) }),
      ...(when > 0.95 && { startRevision: last + 5 }),
      ...(how < 0.4 && { prevKv: true }),
      ...(how > 0.7 && how < 0.8 && { filters: ['noPut' as const] }),
      ...(how > 0.8 && how < 0.9 && { filters: ['noDelete' as const] }),
      ...(what > 0.8 && { progressNotify: true }),
    };
    const words = `watch ${this.watches.length + 1} of ${host.name} ${textOf(request)}`;
    const record: WatchRecord = { words, request, responses: [], completed: false };
    const isSlow = how > 0.9;
    const watch = store.watch(request, (response) => {
      if (life.clock.isDead) return;
      record.responses.push(response);
      if (isSlow && response.type === 'events') {
        return new Promise((resolve) => void this.#clock.after(40 + 400 * what, resolve));
      }
    });
    this.watches.push(record);
    this.#open.push({ record, watch, life });
  }

  #unwatch(target: number): void {
    const at = target % Math.max(1, this.#open.length);
    this.#open[at]?.watch.close();
    this.#open.splice(at, 1);
  }

  #call(
    host: Host,
    request: ModelRequest,
    { words, marker, serializable = false }: { words: string; marker?: string; serializable?: boolean },
    ask: () => Promise<{ header: { revision: number } }>,
  ): void {
    const { life } = host;
    const call: Call = {
      words: `${words} at ${host.name}`,
      host: host.name,
      request,
      serializable,
      marker,
      startedAt: ++this.#order,
      startedAtMs: this.#clock.monotonicMs(),
      endedAt: Number.POSITIVE_INFINITY,
      endedAtMs: Number.POSITIVE_INFINITY,
      outcome: undefined,
      failure: undefined,
    };
    this.calls.push(call);
    const end = (outcome: Outcome | undefined, failure?: string): void => {
      // Whoever was connected to a dead member hears nothing more of it.
      if (life === undefined || life.clock.isDead) return;
      call.endedAt = ++this.#order;
      call.endedAtMs = this.#clock.monotonicMs();
      call.outcome = outcome;
      call.failure = failure;
    };
    const refused = (error: unknown): void => {
      if (!(error instanceof StoreError)) end(undefined, String(error));
      else if (saysNothing(error)) end(undefined, error.reason);
      else end({ revision: undefined, text: refusal(error.reason), refused: true, wrote: false });
    };
    life?.clock.whenAwake(() => {
      ask().then(({ header, ...result }) => end(outcomeOf(request, marker, header.revision, result)), refused);
    });
  }
}

function outcomeOf(request: ModelRequest, marker: string | undefined, revision: number, result: object): Outcome {
  const text = textOf(result);
  // A transaction's failure branch may only delete: then there is no marker to be found.
  const wrote = request.type === 'put' || (marker !== undefined && text.includes('"type":"put"'));
  return { revision, text, refused: false, wrote };
}

/** Whether the request was done is not known. */
function saysNothing({ code, reason }: StoreError): boolean {
  return (
    reason === 'notLeader' ||
    code === grpcCode.unavailable ||
    code === grpcCode.resourceExhausted ||
    code === grpcCode.unknown
  );
}
