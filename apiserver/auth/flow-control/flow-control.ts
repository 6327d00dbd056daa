/**
 * API Priority and Fairness: how many requests are worked on at once, and whose is next. A request falls under the first
 * flow schema that matches; that names its priority level, and with it its seats and queues; schema and user (or
 * namespace) make it part of one flow, and the flows of a level take turns by the time they have used.
 *
 * A request for which a seat is free passes at once, without a promise. Nothing here blocks for ever: a seat is given
 * back by whoever holds it, and who waits too long is refused.
 */
import type { Clock, Timer } from '../../../base/clock.ts';
import type { V1FlowSchema, V1PriorityLevelConfiguration } from '../../../generated/kubernetes.d.ts';
import type { UserInfo } from '../../machinery/resource-row.ts';
import {
  type AuthorizationAttributes,
  type Awaitable,
  type FlowClassification,
  type FlowControl,
  mutatingVerbs,
} from '../../machinery/steps.ts';
import { defaultFlowSchemas, defaultPriorityLevels, mandatoryNames } from './default-flows.ts';
import type { FairQueue, FairQueues, Next } from './fair-queues.ts';
import type { LevelDump } from './flow-dump.ts';
import { FlowMetrics, type Refusal } from './flow-metrics.ts';
import type { FlowRecord } from './flow-record.ts';
import { PriorityLevel } from './priority-level.ts';
import { SchemaMatcher } from './schema-matching.ts';
import { moveSeats } from './seat-allocation.ts';
import { divideSeats } from './seat-pool.ts';
import { Turns } from './turns.ts';
import { Waiter } from './waiter.ts';

/** A quarter of the time that a request may take (upstream's share of it). */
const WAIT_MAX_MS = 15_000;
/** How often seats are moved between levels (upstream's borrowingAdjustmentPeriod). */
const MOVE_PERIOD_MS = 10_000;
/** How long a flow counts as present after its last request. */
const PRESENT_MS = 5000;

interface Pace {
  /** In which requests are begun; long enough that going round costs little beside it, short enough not to be noticed. */
  readonly sliceMs: number;
  /** Waiting requests begun at the start of a turn: what they cost is only known when they are under way. */
  readonly begunAtOnce: number;
  /**
   * Of one flow, the requests under way that change something. What the store writes together is answered together, and
   * whoever comes meanwhile waits for all of these answers.
   */
  readonly mutatingMax: number;
}

/** The one flow that there is may have everything. */
const ALONE: Pace = { sliceMs: 0.5, begunAtOnce: 4, mutatingMax: Number.POSITIVE_INFINITY };
const BESIDE_OTHERS: Pace = { sliceMs: 0.25, begunAtOnce: 2, mutatingMax: 8 };

export type Release = () => void;

export interface FlowRequest {
  readonly user: UserInfo;
  readonly attributes: AuthorizationAttributes;
  readonly longRunning: boolean;
  /** Nobody waits for it any more. */
  readonly gone: boolean;
  /** Told at once where the request belongs. */
  readonly classified?: (where: FlowClassification) => void;
}

/** A level as it is now, in seats and requests. */
export interface LevelState {
  readonly name: string;
  readonly nominal: number;
  readonly inUse: number;
  readonly waiting: number;
}

export interface FairFlowControlOptions {
  readonly clock: Clock;
  /** Requests worked on at once that are not exempt, of all levels. */
  readonly seats: number;
  /** Calls back when the event loop has come round; default: `setImmediate`. */
  readonly defer?: (callback: () => void) => void;
}

/** What of a flow is counted. */
type FlowShare = Pick<Waiter, 'flow' | 'mutating'>;

/** Where a request is counted while it is under way. */
interface Place {
  readonly queues: FairQueues<Waiter>;
  readonly queue: FairQueue<Waiter>;
  readonly of: FlowShare;
}

interface Neediest {
  readonly level: PriorityLevel;
  readonly queues: FairQueues<Waiter>;
  readonly next: Next<Waiter>;
}

const nothing: Release = () => {};

export class FairFlowControl implements FlowControl {
  readonly #clock: Clock;
  readonly #seats: number;
  readonly #moving: Timer;
  readonly #turns: Turns;
  readonly #levels = new Map<string, PriorityLevel>();
  /** No longer wanted, but with requests under way or waiting. */
  readonly #leaving = new Set<PriorityLevel>();
  readonly #levelUids = new Map<string, string>();
  readonly #metrics = new FlowMetrics();
  /** Of what it asked for, what a level got when seats were moved. */
  #fairFraction = 0;
  /** Of whom the latest request was, and until when somebody else counts as present. */
  #latestFlow = '';
  #othersUntilMs = Number.NEGATIVE_INFINITY;
  #matcher = new SchemaMatcher([]);

  /** With the default levels and schemas, until `configure`. */
  constructor({ clock, seats, defer = (callback) => setImmediate(callback) }: FairFlowControlOptions) {
    this.#clock = clock;
    this.#seats = seats;
    this.#turns = new Turns(clock, defer, () => this.#serve());
    this.configure(defaultPriorityLevels, defaultFlowSchemas);
    this.#moving = clock.every(MOVE_PERIOD_MS, () => {
      this.#moveSeats();
      this.#serve();
    });
  }

  /** Seats are no longer moved. */
  close(): void {
    this.#moving.cancel();
  }

  /**
   * Takes other levels and schemas from now on. The mandatory ones hold even when they are not among them. A level that
   * is gone finishes what it has begun or let wait; a schema whose level is not there counts for nothing.
   */
  configure(levels: Iterable<V1PriorityLevelConfiguration>, schemas: Iterable<V1FlowSchema>): void {
    const wanted = new Map(defaultPriorityLevels.filter(isMandatory).map((level) => [nameOf(level), level.spec]));
    this.#levelUids.clear();
    for (const level of levels) {
      if (level.spec !== undefined) wanted.set(nameOf(level), level.spec);
      this.#levelUids.set(nameOf(level), level.metadata?.uid ?? '');
    }
    for (const [name, spec] of wanted) {
      if (spec === undefined) continue;
      const present = this.#levels.get(name);
      if (present === undefined) this.#levels.set(name, new PriorityLevel(name, spec, this.#clock));
      else present.configure(spec);
    }
    for (const [name, level] of this.#levels) {
      if (wanted.has(name)) this.#leaving.delete(level);
      else if (level.idle) this.#levels.delete(name);
      else this.#leaving.add(level);
    }
    const usable = new Map(defaultFlowSchemas.filter(isMandatory).map((schema) => [nameOf(schema), schema]));
    for (const schema of schemas) {
      if (wanted.has(schema.spec?.priorityLevelConfiguration.name ?? '')) usable.set(nameOf(schema), schema);
    }
    this.#matcher = new SchemaMatcher(usable.values());
    this.#divideSeats();
    this.#serve();
  }

  acquire(request: FlowRequest): Awaitable<Release | undefined> {
    const { user, attributes, longRunning } = request;
    // Logs and terminals last as long as somebody looks; a watch needs its seat only until it has begun.
    if (longRunning && attributes.verb !== 'watch') return nothing;
    const schema = this.#matcher.match(user, attributes);
    const level = this.#levels.get(schema?.spec?.priorityLevelConfiguration.name ?? 'catch-all');
    if (level === undefined) return nothing;
    request.classified?.({
      level: level.name,
      levelUid: this.#levelUids.get(level.name) ?? '',
      schemaUid: schema?.metadata?.uid ?? '',
    });
    const record = this.#recordOf(level, schema, request);
    if (level.exempt) return this.#begin(level, record);
    const { queues } = level;
    if (queues === undefined) {
      if (level.hasSeat) return this.#seat(level, record);
      this.#refused(level, record, 'concurrency-limit', false);
      return undefined;
    }
    const flow = `${record.schema}\n${record.distinguisher}`;
    this.#cameFrom(flow, record.arrivedMonotonicMs);
    const mutating = mutatingVerbs.has(attributes.verb);
    if (level.hasSeat) {
      const place = this.#placeAtOnce(queues, { flow, mutating });
      if (place !== undefined) return this.#seat(level, record, place);
    }
    return this.#wait(level, queues, { flow, mutating }, record, request);
  }

  retryAfterSeconds(name: string): number {
    return this.#levels.get(name)?.retryAfter.seconds ?? 1;
  }

  metricsText(): string {
    const levels = [...this.#levels.values()].map(({ name, limits, currentLimit, targetSeats, demand }) => ({
      name,
      ...limits,
      current: currentLimit,
      target: targetSeats,
      demand: demand.statistics,
    }));
    return this.#metrics.text(levels, this.#fairFraction);
  }

  dump(): LevelDump[] {
    return [...this.#levels.values()].map((level) => ({
      name: level.name,
      leaving: this.#leaving.has(level),
      executing: [...level.executing],
      waiting: level.waiting,
      outcomes: level.outcomes,
      queues: (level.queues?.all ?? []).map(({ waiting, executing, tag }) => ({
        waiting: [...waiting].map(({ record }) => record),
        executing,
        tag,
      })),
    }));
  }

  *levels(): Iterable<LevelState> {
    for (const level of this.#levels.values()) {
      const { name, inUse, waiting, limits } = level;
      yield { name, nominal: limits.nominal, inUse, waiting };
    }
  }

  #recordOf(level: PriorityLevel, schema: V1FlowSchema | undefined, request: FlowRequest): FlowRecord {
    const { attributes, longRunning } = request;
    const name = schema === undefined ? '' : nameOf(schema);
    return {
      series: this.#metrics.seriesOf(level.name, name),
      level: level.name,
      schema: name,
      distinguisher: distinguisherOf(schema, request),
      attributes,
      longRunning,
      arrivedMs: this.#clock.nowMs(),
      arrivedMonotonicMs: this.#clock.monotonicMs(),
      startedMs: undefined,
    };
  }

  #cameFrom(flow: string, nowMs: number): void {
    if (flow === this.#latestFlow) return;
    if (this.#latestFlow !== '') this.#othersUntilMs = nowMs + PRESENT_MS;
    this.#latestFlow = flow;
  }

  get #pace(): Pace {
    return this.#clock.monotonicMs() < this.#othersUntilMs ? BESIDE_OTHERS : ALONE;
  }

  /**
   * Where a request is begun that need not wait: nobody waits, or it would be the first of those who do. A queue with
   * nothing under way may begin when the slice of the others is over: it asks for little, and would wait a turn for it.
   */
  #placeAtOnce(queues: FairQueues<Waiter>, of: FlowShare): Place | undefined {
    const { sliceMs, mutatingMax } = this.#pace;
    if (!queues.hasRoom(of, mutatingMax)) return undefined;
    const queue = queues.queueFor(of.flow);
    if (queues.waiting > 0 && !queues.isFirst(queue, mutatingMax)) return undefined;
    const newcomer = queue.executing === 0 && queues.waiting > 0;
    return this.#turns.mayBegin(newcomer ? 2 * sliceMs : sliceMs) ? { queues, queue, of } : undefined;
  }

  #seat(level: PriorityLevel, record: FlowRecord, place?: Place, waited = false): Release {
    level.inUse++;
    place?.queues.started(place.queue, place.of);
    return this.#begin(level, record, waited, (tookMs) => {
      level.inUse--;
      place?.queues.ended(place.queue, place.of, tookMs);
      this.#settle(level);
      this.#serve(1);
    });
  }

  /** @param ended called once, when the request is over */
  #begin(
    level: PriorityLevel,
    record: FlowRecord,
    waited = false,
    ended: (tookMs: number) => void = () => {},
  ): Release {
    const sinceMs = this.#clock.monotonicMs();
    record.startedMs = this.#clock.nowMs();
    level.executing.push(record);
    level.noteDemand();
    level.outcomes.dispatched++;
    this.#metrics.begins(record, waited, (sinceMs - record.arrivedMonotonicMs) / 1000);
    return () => {
      const at = level.executing.indexOf(record);
      if (at < 0) return;
      level.executing.splice(at, 1);
      level.noteDemand();
      const tookMs = this.#clock.monotonicMs() - sinceMs;
      this.#metrics.ends(record, tookMs / 1000);
      ended(tookMs);
    };
  }

  #refused(level: PriorityLevel, record: FlowRecord, reason: Refusal, waited: boolean): void {
    if (reason === 'time-out') level.outcomes.timedOut++;
    else if (reason === 'cancelled') level.outcomes.cancelled++;
    else level.outcomes.rejected++;
    if (reason !== 'cancelled') level.retryAfter.refused();
    this.#metrics.refused(record, reason, waited, (this.#clock.monotonicMs() - record.arrivedMonotonicMs) / 1000);
  }

  #wait(
    level: PriorityLevel,
    queues: FairQueues<Waiter>,
    of: FlowShare,
    record: FlowRecord,
    request: FlowRequest,
  ): Promise<Release | undefined> | undefined {
    const waiter = new Waiter(of, record, request);
    waiter.queue = queues.add(waiter);
    if (waiter.queue === undefined) {
      this.#refused(level, record, 'queue-full', false);
      return undefined;
    }
    this.#metrics.waits(record);
    level.noteDemand();
    return new Promise((resolve) => {
      waiter.wait({
        timer: this.#clock.after(WAIT_MAX_MS, () => this.#giveUp(level, waiter)),
        begun: (among, queue) => resolve(this.#seat(level, record, { queues: among, queue, of }, true)),
        refused: (reason) => {
          this.#refused(level, record, reason, true);
          resolve(undefined);
        },
      });
    });
  }

  #giveUp(level: PriorityLevel, waiter: Waiter): void {
    if (waiter.queue !== undefined) level.queues?.remove(waiter.queue, waiter);
    level.noteDemand();
    waiter.refuse(waiter.gone ? 'cancelled' : 'time-out');
    this.#settle(level);
  }

  #divideSeats(): void {
    const limits = divideSeats(new Map([...this.#levels].map(([name, { spec }]) => [name, spec])), this.#seats);
    for (const [name, limit] of limits) {
      const level = this.#levels.get(name);
      if (level === undefined) continue;
      // Until anything is known of what it asks for, half of what it would lend.
      if (level.limits.nominal === 0) level.currentLimit = limit.nominal - Math.trunc((limit.nominal - limit.kept) / 2);
      level.limits = limit;
    }
    this.#moveSeats();
  }

  #moveSeats(): void {
    const moved = moveSeats(
      new Map(
        [...this.#levels.values()].map((level) => {
          const { highWatermark, smoothed } = level.demand.endPeriod();
          return [level, { exempt: level.exempt, ...level.limits, highWatermark, smoothed }] as const;
        }),
      ),
    );
    if (moved === undefined) return;
    this.#fairFraction = moved.fraction;
    for (const [level, seats] of moved.current) {
      level.currentLimit = seats;
      level.targetSeats = moved.targets.get(level) ?? 0;
    }
  }

  /** A level that was taken away is gone when nobody needs it any more. */
  #settle(level: PriorityLevel): void {
    if (!level.idle || !this.#leaving.delete(level)) return;
    this.#levels.delete(level.name);
    this.#divideSeats();
    this.#serve();
  }

  /** Gives out up to so many seats while there are any and somebody waits. What is left is for the next turn. */
  #serve(most = this.#pace.begunAtOnce): void {
    const { sliceMs, mutatingMax } = this.#pace;
    for (let begun = 0; begun < most; begun++) {
      const found = this.#neediest(mutatingMax);
      if (found === undefined || !this.#turns.mayBegin(sliceMs)) return;
      const { level, queues, next } = found;
      queues.remove(next.queue, next.waiter);
      if (next.waiter.gone) {
        level.noteDemand();
        next.waiter.refuse('cancelled');
        this.#settle(level);
      } else next.waiter.begin(queues, next.queue);
    }
  }

  /** Of the levels where somebody waits who may have a seat, that which has the least of what is its own. */
  #neediest(mutatingMax: number): Neediest | undefined {
    let neediest: Neediest | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const level of this.#levels.values()) {
      if (level.waiting === 0 || !level.hasSeat) continue;
      const share = level.inUse / Math.max(1, level.limits.nominal);
      if (share >= least) continue;
      const { queues } = level;
      const next = queues?.next(mutatingMax);
      if (queues === undefined || next === undefined) continue;
      least = share;
      neediest = { level, queues, next };
    }
    return neediest;
  }
}

function nameOf({ metadata }: { readonly metadata?: { readonly name?: string | undefined } | undefined }): string {
  return metadata?.name ?? '';
}

function isMandatory(object: V1PriorityLevelConfiguration | V1FlowSchema): boolean {
  return mandatoryNames.has(nameOf(object));
}

/** With the schema, what tells flows apart. */
function distinguisherOf(schema: V1FlowSchema | undefined, { user, attributes }: FlowRequest): string {
  const method = schema?.spec?.distinguisherMethod?.type;
  return method === 'ByUser' ? user.name : method === 'ByNamespace' ? attributes.namespace : '';
}
