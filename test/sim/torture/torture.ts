/**
 * Real members, real disks, real signals: kills and stops them at random under load, and judges what clients saw with
 * the simulation's judges: nothing acknowledged is lost, all of it is linearizable, all members hold the same.
 */
import type { Clock } from '../../../base/clock.ts';
import { SeededRandom } from '../../../base/random.ts';
import { type Store, StoreError, type StoreEvent, type TxnRequest } from '../../../store/index.ts';
import type { Call } from '../call.ts';
import { HistoryJudge } from '../history-judge.ts';
import { judgeLinearizability } from '../judge-history.ts';
import { type ModelRequest, textOf } from '../model.ts';
import { type Violation, Violations } from '../violation.ts';
import { MemberClients, type TortureOptions } from './clients.ts';

const CALLERS = 6;
const KEYS = 8;
const CALL_TIMEOUT_MS = 4000;
const PAUSE_BETWEEN_CALLS_MS = 20;

export interface TortureReport {
  readonly violations: readonly Violation[];
  readonly kills: number;
  readonly stops: number;
  readonly requests: number;
  readonly acknowledgedWrites: number;
  readonly lostWrites: number;
  readonly judged: number;
  readonly unanswered: number;
  readonly revisions: number;
  readonly hashes: readonly number[];
  readonly longestGapMs: number;
  readonly elapsedMs: number;
}

export function torture(options: TortureOptions): Promise<TortureReport> {
  return new Torture(options).run();
}

class Torture {
  readonly #options: TortureOptions;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #clients: MemberClients;
  readonly #calls: Call[] = [];
  readonly #violations = new Violations();
  #order = 0;
  #markers = 0;
  #stopped = false;
  #kills = 0;
  #stops = 0;
  #answeredAtMs = 0;
  #longestGapMs = 0;

  constructor(options: TortureOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#random = new SeededRandom(`torture/${options.seed}`);
    this.#clients = new MemberClients(options);
  }

  async run(): Promise<TortureReport> {
    const beganAtMs = this.#clock.monotonicMs();
    return this.#clients.during(async () => {
      this.#answeredAtMs = this.#clock.monotonicMs();
      const callers = Array.from({ length: CALLERS }, (_, at) => this.#caller(this.#random.fork(`client/${at}`)));
      try {
        for (let cycle = 0; cycle < this.#options.cycles; cycle++) await this.#cycle();
      } finally {
        this.#stopped = true;
      }
      await Promise.all(callers);
      await this.#clients.untilAllServe();
      return this.#judge(this.#clock.monotonicMs() - beganAtMs);
    });
  }

  async #cycle(): Promise<void> {
    const { members } = this.#clients;
    const host = members.hosts[this.#random.below(members.hosts.length)];
    if (host === undefined) return;
    if (this.#random.below(2) === 0) {
      this.#kills++;
      await members.kill(host);
      await this.#clock.sleep(this.#random.below(400));
      members.start(host);
    } else {
      this.#stops++;
      await members.pause(host, this.#clock, 100 + this.#random.below(2500));
    }
    // Mostly the cluster is whole again before the next blow, so that it answers at all; now and then it is not.
    if (this.#random.below(5) > 0) await this.#clients.untilServes(members.hosts.indexOf(host));
    await this.#clock.sleep(300 + this.#random.below(700));
  }

  async #caller(random: SeededRandom | ReturnType<SeededRandom['fork']>): Promise<void> {
    while (!this.#stopped) {
      const at = random.below(this.#clients.stores.length);
      const store = this.#clients.stores[at];
      if (store === undefined) return;
      const key = `torture/${random.below(KEYS)}`;
      const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
      const what = random.below(10);
      if (what < 4) {
        await this.#call(
          at,
          { type: 'range', request: { key } },
          undefined,
          (options) => store.range({ key }, options),
          signal,
        );
      } else if (what < 8) {
        const marker = `v${++this.#markers}`;
        const request = { key, value: Buffer.from(marker) };
        await this.#call(at, { type: 'put', request }, marker, (options) => store.put(request, options), signal);
      } else {
        const marker = `v${++this.#markers}`;
        const put = { type: 'put', request: { key, value: Buffer.from(marker) } } as const;
        const request: TxnRequest = {
          compare: [{ key, target: 'version', result: 'greater', version: random.below(40) }],
          success: [put],
          failure: [{ type: 'range', request: { key } }, put],
        };
        await this.#call(at, { type: 'txn', request }, marker, (options) => store.txn(request, options), signal);
      }
      await this.#clock.sleep(PAUSE_BETWEEN_CALLS_MS);
    }
  }

  async #call(
    at: number,
    request: ModelRequest,
    marker: string | undefined,
    ask: (options: { signal: AbortSignal }) => Promise<{ header: { revision: number } }>,
    signal: AbortSignal,
  ): Promise<void> {
    const call: Call = {
      words: `${request.type} ${marker ?? ''} at ${this.#clients.members.hosts[at]?.name}`,
      host: String(at),
      request,
      serializable: false,
      marker,
      startedAt: ++this.#order,
      startedAtMs: this.#clock.monotonicMs(),
      endedAt: Number.POSITIVE_INFINITY,
      endedAtMs: Number.POSITIVE_INFINITY,
      outcome: undefined,
      failure: undefined,
    };
    this.#calls.push(call);
    try {
      const { header, ...result } = await ask({ signal });
      call.endedAt = ++this.#order;
      call.endedAtMs = this.#clock.monotonicMs();
      call.outcome = { revision: header.revision, text: textOf(result), refused: false, wrote: marker !== undefined };
      this.#longestGapMs = Math.max(this.#longestGapMs, call.endedAtMs - this.#answeredAtMs);
      this.#answeredAtMs = call.endedAtMs;
    } catch (error) {
      call.failure = error instanceof StoreError ? error.reason : String(error);
    }
  }

  async #judge(elapsedMs: number): Promise<TortureReport> {
    const violations = this.#violations;
    const history = new HistoryJudge(violations);
    const hashes: number[] = [];
    const first = this.#clients.stores[0];
    const last = (await first?.range({ key: 'x' }))?.header.revision ?? 1;
    for (const [at, store] of this.#clients.stores.entries()) {
      hashes.push((await store.hashKv(last)).hash);
      await this.#readHistory(store, last, `m${at + 1}`, history);
    }
    if (new Set(hashes).size > 1) violations.add('hash', `the members' hashes differ: ${hashes.join(', ')}`);
    violations.guard('history', () => history.judge(this.#calls));
    const figures = judgeLinearizability(this.#calls, [], history, violations);
    const writes = this.#calls.filter(({ outcome }) => outcome?.wrote);
    return {
      violations: violations.all,
      kills: this.#kills,
      stops: this.#stops,
      requests: this.#calls.length,
      acknowledgedWrites: writes.length,
      lostWrites: violations.all.filter(({ judge }) => judge === 'durable').length,
      judged: figures.operations,
      unanswered: this.#calls.filter(({ outcome }) => outcome === undefined).length,
      revisions: last,
      hashes,
      longestGapMs: this.#longestGapMs,
      elapsedMs,
    };
  }

  /** Everything that ever happened, as one member tells it. */
  async #readHistory(store: Store, last: number, teller: string, history: HistoryJudge): Promise<void> {
    const byRevision = new Map<number, StoreEvent[]>();
    await new Promise<void>((resolve, reject) => {
      const watch = store.watch({ key: '\0', rangeEnd: '\0', startRevision: 1 }, (response) => {
        if (response.type === 'canceled') reject(new Error(response.reason));
        if (response.type !== 'events') return;
        for (const { type, kv } of response.events) {
          byRevision.set(kv.modRevision, [...(byRevision.get(kv.modRevision) ?? []), { type, kv }]);
        }
        if (byRevision.has(last)) {
          watch.close();
          resolve();
        }
      });
    });
    for (const [revision, events] of byRevision) history.saw(revision, events, teller, 0);
  }
}
