/** What flow control counts, under kube-apiserver's metric names (apiserver/pkg/util/flowcontrol/metrics). */
import { Counts, Histograms } from '../../machinery/request-metrics.ts';
import type { FlowRecord } from './flow-record.ts';
import type { DemandStatistics } from './seat-demand.ts';
import type { SeatLimits } from './seat-pool.ts';

const PREFIX = 'apiserver_flowcontrol_';
const FLOW = ['priority_level', 'flow_schema'];
const SECONDS = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];

export type Refusal = 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled';

/** The seats of a level when somebody scrapes. */
export interface LevelSeats extends SeatLimits {
  readonly name: string;
  readonly current: number;
  readonly target: number;
  readonly demand: DemandStatistics;
}

/**
 * The series of one schema in one level, made once: to put their keys together and hash them for every request would
 * cost more than to count it.
 */
export class FlowSeries {
  readonly key: string;
  readonly executed: string;
  readonly notExecuted: string;
  readonly regular: string;
  readonly watch: string;
  readonly labels: () => readonly string[];

  constructor(level: string, schema: string) {
    this.key = `${level} ${schema}`;
    this.executed = `${this.key} true`;
    this.notExecuted = `${this.key} false`;
    this.regular = `${this.key} regular`;
    this.watch = `${this.key} watch`;
    this.labels = () => [level, schema];
  }
}

export class FlowMetrics {
  readonly #rejected = new Counts({
    name: `${PREFIX}rejected_requests_total`,
    help: 'Requests that were refused.',
    labels: [...FLOW, 'reason'],
  });
  readonly #dispatched = new Counts({
    name: `${PREFIX}dispatched_requests_total`,
    help: 'Requests that were begun.',
    labels: FLOW,
  });
  readonly #inQueue = new Counts(
    { name: `${PREFIX}current_inqueue_requests`, help: 'Requests that wait.', labels: FLOW },
    'gauge',
  );
  readonly #executing = new Counts(
    { name: `${PREFIX}current_executing_requests`, help: 'Requests under way.', labels: FLOW },
    'gauge',
  );
  readonly #seats = new Counts(
    { name: `${PREFIX}current_executing_seats`, help: 'Seats that requests under way hold.', labels: FLOW },
    'gauge',
  );
  readonly #waited = new Histograms(
    {
      name: `${PREFIX}request_wait_duration_seconds`,
      help: 'How long requests waited in their queue.',
      labels: [...FLOW, 'execute'],
    },
    SECONDS,
  );
  readonly #took = new Histograms(
    {
      name: `${PREFIX}request_execution_seconds`,
      help: 'How long requests held their seats.',
      labels: [...FLOW, 'type'],
    },
    SECONDS,
  );

  readonly #series = new Map<string, Map<string, FlowSeries>>();

  seriesOf(level: string, schema: string): FlowSeries {
    let ofLevel = this.#series.get(level);
    if (ofLevel === undefined) {
      ofLevel = new Map();
      this.#series.set(level, ofLevel);
    }
    let series = ofLevel.get(schema);
    if (series === undefined) {
      series = new FlowSeries(level, schema);
      ofLevel.set(schema, series);
    }
    return series;
  }

  waits({ series }: FlowRecord): void {
    this.#inQueue.add(series.key, series.labels);
  }

  /** @param waited it was in a queue, for so long */
  begins(record: FlowRecord, waited: boolean, seconds: number): void {
    const { key, labels } = record.series;
    if (waited) this.#inQueue.add(key, labels, -1);
    this.#dispatched.add(key, labels);
    this.#executing.add(key, labels);
    this.#seats.add(key, labels);
    this.#waited.observe(record.series.executed, () => [...labels(), 'true'], seconds);
  }

  ends(record: FlowRecord, seconds: number): void {
    const { key, labels } = record.series;
    const type = record.longRunning ? 'watch' : 'regular';
    this.#executing.add(key, labels, -1);
    this.#seats.add(key, labels, -1);
    this.#took.observe(
      record.longRunning ? record.series.watch : record.series.regular,
      () => [...labels(), type],
      seconds,
    );
  }

  refused(record: FlowRecord, reason: Refusal, waited: boolean, seconds: number): void {
    const { key, labels } = record.series;
    this.#rejected.add(`${key} ${reason}`, () => [...labels(), reason]);
    if (!waited) return;
    this.#inQueue.add(key, labels, -1);
    this.#waited.observe(record.series.notExecuted, () => [...labels(), 'false'], seconds);
  }

  /** @param fairFraction of its target, what a level got when seats were moved last */
  text(levels: Iterable<LevelSeats>, fairFraction: number): string {
    const seats = [...levels];
    const gauge = (name: string, help: string, seatsOf: (level: LevelSeats) => number): string => {
      const family = new Counts({ name: PREFIX + name, help, labels: ['priority_level'] }, 'gauge');
      for (const level of seats) family.add(level.name, () => [level.name], seatsOf(level));
      return family.text();
    };
    const fair = new Counts(
      { name: `${PREFIX}seat_fair_frac`, help: 'Of its target, what every level gets that can use it.', labels: [] },
      'gauge',
    );
    fair.add('', () => [], fairFraction);
    const families = [
      this.#rejected,
      this.#dispatched,
      this.#inQueue,
      this.#executing,
      this.#seats,
      this.#waited,
      this.#took,
    ];
    return [
      ...families.map((family) => family.text()),
      gauge('nominal_limit_seats', 'Seats of a level by its shares.', ({ nominal }) => nominal),
      gauge('lower_limit_seats', 'Seats of a level that it never lends.', ({ kept }) => kept),
      gauge('upper_limit_seats', 'Seats of a level with all that it may borrow.', ({ most }) => most),
      gauge('current_limit_seats', 'Seats that a level may use now.', ({ current }) => current),
      gauge(
        'demand_seats_high_watermark',
        'The most seats that a level could use in the last period of adjustment.',
        ({ demand }) => demand.highWatermark,
      ),
      gauge(
        'demand_seats_average',
        'Seats that a level could use in the last period of adjustment, on average over time.',
        ({ demand }) => demand.average,
      ),
      gauge(
        'demand_seats_stdev',
        'The standard deviation over time of the seats that a level could use in the last period of adjustment.',
        ({ demand }) => demand.deviation,
      ),
      gauge('demand_seats_smoothed', 'Seats that a level could use, smoothed.', ({ demand }) => demand.smoothed),
      gauge('target_seats', 'Seats that a level is to have if there are enough.', ({ target }) => target),
      fair.text(),
    ].join('');
  }
}
