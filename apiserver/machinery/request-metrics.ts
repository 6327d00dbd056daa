/**
 * The metrics that every request touches: counters and histograms that cost one map look-up each. (prom-client hashes all
 * labels of every observation, which is a noticeable part of a request.) They are printed in the same exposition format
 * and appended to prom-client's.
 */

/** Label values in the order of the family's names. */
export type LabelValues = readonly string[];

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

function printLabels(names: readonly string[], values: LabelValues, more = ''): string {
  const pairs = names.map((name, at) => `${name}="${escapeValue(values[at] ?? '')}"`);
  if (more !== '') pairs.push(more);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** Counts; `kind` gauge may also go down. */
export class Counts {
  readonly #family: Family;
  readonly #kind: 'counter' | 'gauge';
  readonly #values = new Map<string, { readonly labels: LabelValues; count: number }>();

  constructor(family: Family, kind: 'counter' | 'gauge' = 'counter') {
    this.#family = family;
    this.#kind = kind;
  }

  /** @param key the label values, joined: whatever tells them apart */
  add(key: string, labels: () => LabelValues, amount = 1): void {
    const known = this.#values.get(key);
    if (known !== undefined) known.count += amount;
    else this.#values.set(key, { labels: labels(), count: amount });
  }

  get isEmpty(): boolean {
    return this.#values.size === 0;
  }

  text(): string {
    const { name, help, labels } = this.#family;
    const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} ${this.#kind}`];
    for (const each of this.#values.values()) lines.push(`${name}${printLabels(labels, each.labels)} ${each.count}`);
    return `${lines.join('\n')}\n`;
  }
}

interface Series {
  readonly labels: LabelValues;
  readonly buckets: number[];
  sum: number;
  count: number;
}

export class Histograms {
  readonly #family: Family;
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Series>();

  /** @param bounds upper bounds, ascending; the last bucket, without bound, is added */
  constructor(family: Family, bounds: readonly number[]) {
    this.#family = family;
    this.#bounds = bounds;
  }

  observe(key: string, labels: () => LabelValues, value: number): void {
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { labels: labels(), buckets: new Array(this.#bounds.length).fill(0), sum: 0, count: 0 };
      this.#series.set(key, series);
    }
    series.sum += value;
    series.count++;
    for (let at = 0; at < this.#bounds.length; at++) {
      if (value <= (this.#bounds[at] ?? 0)) {
        series.buckets[at] = (series.buckets[at] ?? 0) + 1;
        return;
      }
    }
  }

  text(): string {
    const { name, help, labels } = this.#family;
    const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
    for (const series of this.#series.values()) {
      let below = 0;
      for (const [at, bound] of this.#bounds.entries()) {
        below += series.buckets[at] ?? 0;
        lines.push(`${name}_bucket${printLabels(labels, series.labels, `le="${bound}"`)} ${below}`);
      }
      lines.push(`${name}_bucket${printLabels(labels, series.labels, 'le="+Inf"')} ${series.count}`);
      lines.push(`${name}_sum${printLabels(labels, series.labels)} ${series.sum}`);
      lines.push(`${name}_count${printLabels(labels, series.labels)} ${series.count}`);
    }
    return `${lines.join('\n')}\n`;
  }
}
