/** Prometheus' text form (prometheus.io/docs/instrumenting/exposition_formats), and a histogram that fits into it. */

export interface Sample {
  /** `a="b",c="d"`, or empty. */
  readonly labels?: string;
  readonly value: number;
  /** What is added to the family's name: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly samples: readonly Sample[];
}

export function gauge(name: string, help: string, value: number): Family {
  return { name, help, type: 'gauge', samples: [{ value }] };
}

export function counter(name: string, help: string, value: number): Family {
  return { name, help, type: 'counter', samples: [{ value }] };
}

export function histogram(name: string, help: string, of: Histogram): Family {
  return { name, help, type: 'histogram', samples: of.samples('') };
}

/** The page; families without a sample are left out. */
export function exposition(families: readonly Family[]): string {
  const lines: string[] = [];
  for (const { name, help, type, samples } of families) {
    if (samples.length === 0) continue;
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const { labels, value, suffix } of samples) {
      lines.push(`${name}${suffix ?? ''}${labels ? `{${labels}}` : ''} ${numberText(value)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

export class Histogram {
  readonly #bounds: readonly number[];
  /** How many fell between a bound and the one before; the last: beyond all. */
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  /** @param bounds upper bounds, ascending */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.#bounds.length && value > (this.#bounds[at] as number)) at++;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#sum += value;
    this.#count++;
  }

  /** @param labels those that every sample has */
  samples(labels: string): Sample[] {
    const prefix = labels === '' ? '' : `${labels},`;
    let below = 0;
    const buckets = this.#bounds.map((bound, at): Sample => {
      below += this.#counts[at] as number;
      return { suffix: '_bucket', labels: `${prefix}le="${numberText(bound)}"`, value: below };
    });
    return [
      ...buckets,
      { suffix: '_bucket', labels: `${prefix}le="+Inf"`, value: this.#count },
      { suffix: '_sum', labels, value: this.#sum },
      { suffix: '_count', labels, value: this.#count },
    ];
  }
}

/** `start`, and each next bound `factor` times the one before. */
export function exponentialBounds(start: number, factor: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => start * factor ** at);
}

/** Go writes large numbers with an exponent; any reader takes both. */
function numberText(value: number): string {
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}
