/**
 * Is a history of concurrent operations one that a single copy could have given? The algorithm is Wing and Gong's search
 * with Lowe's memory of what was tried, as porcupine has it (Athalye, "Testing distributed systems for linearizability",
 * 2017): linearize any operation that has begun, as long as no other has ended before; when one ends that could not be
 * linearized, take the last choice back.
 *
 * The model is pure: `step(state, request)` answers a new state and what the copy would have said.
 */

export interface Model<State, Request, Response> {
  readonly initial: State;
  step(state: State, request: Request): readonly [State, Response];
  /** Whether what was seen may be what the model says. */
  agrees(predicted: Response, seen: Response): boolean;
  /** Equal for equal states. */
  fingerprint(state: State): string;
  /**
   * Where answers carry a number that only grows, as a revision does, that of a state and that of an answer: an order is
   * given up as soon as it leaves an answer behind.
   */
  readonly progress?: {
    ofState(state: State): number;
    ofResponse(response: Response): number | undefined;
  };
}

export interface HistoryOperation<State, Request, Response> {
  readonly request: Request;
  /** When it began and ended, on a scale on which no two moments are equal; `endedAt` is infinite when nobody knows. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** undefined: the answer is not known, anything may have happened, or nothing. */
  readonly response: Response | undefined;
  /** Where the answer is not known: whether it may have had this effect, as far as other witnesses tell. */
  readonly mayHaveDone?: (before: State, after: State) => boolean;
}

export interface Verdict {
  readonly linearizable: boolean | 'unknown';
  /** The longest order that could be found, as indexes into the history. */
  readonly order: readonly number[];
  readonly steps: number;
}

/** An entry of the doubly linked list of begins and ends, in the order of time. */
interface Entry {
  readonly at: number;
  readonly operation: number;
  /** The end that belongs to a begin; undefined for an end. */
  readonly end: Entry | undefined;
  previous: Entry | undefined;
  next: Entry | undefined;
}

interface Choice<State> {
  readonly entry: Entry;
  /** Before it. */
  readonly state: State;
  readonly pass: Pass;
  /** It changed nothing, so it can only have been right: whatever order there is, it may as well stand here. */
  readonly free: boolean;
}

/** At each point, first what is known to have happened is tried, then what may have. */
type Pass = 'known' | 'optional';

/** @param stepsMax gives up with 'unknown' after so many steps of the model */
export function checkLinearizable<State, Request, Response>(
  model: Model<State, Request, Response>,
  history: readonly HistoryOperation<State, Request, Response>[],
  stepsMax = 300_000,
): Verdict {
  return new Search(model, history, stepsMax).run();
}

class Search<State, Request, Response> {
  readonly #model: Model<State, Request, Response>;
  readonly #history: readonly HistoryOperation<State, Request, Response>[];
  readonly #stepsMax: number;
  readonly #head: Entry;
  readonly #linearized: Bits;
  readonly #tried = new Set<string>();
  readonly #choices: Choice<State>[] = [];
  /** How many answers with each number of progress are placed nowhere yet. */
  readonly #ahead = new Map<number, number>();
  #state: State;
  #pass: Pass = 'known';
  #entry: Entry | undefined;
  /** Operations that are known to have happened, and stand nowhere yet. */
  #left: number;
  #longest: readonly number[] = [];
  #steps = 0;

  constructor(
    model: Model<State, Request, Response>,
    history: readonly HistoryOperation<State, Request, Response>[],
    stepsMax: number,
  ) {
    this.#model = model;
    this.#history = history;
    this.#stepsMax = stepsMax;
    this.#head = linked(history);
    this.#entry = this.#head.next;
    this.#linearized = new Bits(history.length);
    this.#state = model.initial;
    this.#left = history.filter(({ response }) => response !== undefined).length;
    for (const { response } of history) this.#count(response, 1);
  }

  run(): Verdict {
    while (this.#left > 0) {
      if (this.#steps > this.#stepsMax) return this.#verdict('unknown');
      const entry = this.#entry;
      if (entry?.end !== undefined) {
        if (!this.#maybeChoose(entry)) this.#entry = entry.next;
      } else if (this.#pass === 'known') {
        this.#pass = 'optional';
        this.#entry = this.#head.next;
      } else if (!this.#maybeTakeBack()) {
        return this.#verdict(false);
      }
    }
    this.#remember();
    return this.#verdict(true);
  }

  #maybeChoose(entry: Entry): boolean {
    const operation = this.#history[entry.operation];
    if (operation === undefined) throw new Error('an entry without its operation');
    const { response, mayHaveDone, request } = operation;
    if ((response === undefined) !== (this.#pass === 'optional')) return false;
    const [next, predicted] = this.#model.step(this.#state, request);
    this.#steps++;
    const free = this.#model.fingerprint(next) === this.#model.fingerprint(this.#state);
    // What may have happened and had no effect may as well not have happened.
    const fits =
      response === undefined
        ? !free && (mayHaveDone?.(this.#state, next) ?? true)
        : this.#model.agrees(predicted, response);
    if (!fits) return false;
    this.#count(response, -1);
    if (this.#leavesBehind(next) || this.#wasTried(entry, next)) {
      this.#count(response, 1);
      return false;
    }
    this.#choices.push({ entry, state: this.#state, pass: this.#pass, free });
    this.#state = next;
    if (response !== undefined) this.#left--;
    lift(entry);
    this.#pass = 'known';
    this.#entry = this.#head.next;
    return true;
  }

  /** Whether going on to `next` would leave an answer without a place. */
  #leavesBehind(next: State): boolean {
    const { progress } = this.#model;
    if (progress === undefined) return false;
    const here = progress.ofState(this.#state);
    return progress.ofState(next) > here && (this.#ahead.get(here) ?? 0) > 0;
  }

  #count(response: Response | undefined, change: 1 | -1): void {
    const at = response === undefined ? undefined : this.#model.progress?.ofResponse(response);
    if (at !== undefined) this.#ahead.set(at, (this.#ahead.get(at) ?? 0) + change);
  }

  #wasTried(entry: Entry, next: State): boolean {
    this.#linearized.set(entry.operation);
    const key = `${this.#linearized.key()} ${this.#model.fingerprint(next)}`;
    if (this.#tried.has(key)) {
      this.#linearized.clear(entry.operation);
      return true;
    }
    this.#tried.add(key);
    return false;
  }

  /** Something has ended, and could not be put anywhere before: an earlier choice was wrong. */
  #maybeTakeBack(): boolean {
    this.#remember();
    for (let last = this.#choices.pop(); last !== undefined; last = this.#choices.pop()) {
      this.#state = last.state;
      const response = this.#history[last.entry.operation]?.response;
      if (response !== undefined) this.#left++;
      this.#count(response, 1);
      this.#linearized.clear(last.entry.operation);
      unlift(last.entry);
      if (last.free) continue;
      this.#pass = last.pass;
      this.#entry = last.entry.next;
      return true;
    }
    return false;
  }

  #remember(): void {
    if (this.#choices.length > this.#longest.length) this.#longest = this.#choices.map(({ entry }) => entry.operation);
  }

  #verdict(linearizable: Verdict['linearizable']): Verdict {
    return { linearizable, order: this.#longest, steps: this.#steps };
  }
}

function linked(history: readonly Pick<HistoryOperation<unknown, unknown, unknown>, 'startedAt' | 'endedAt'>[]): Entry {
  const entries: Entry[] = [];
  for (const [operation, { startedAt, endedAt }] of history.entries()) {
    const end: Entry = { at: endedAt, operation, end: undefined, previous: undefined, next: undefined };
    entries.push({ at: startedAt, operation, end, previous: undefined, next: undefined }, end);
  }
  entries.sort((a, b) => (a.at === b.at ? a.operation - b.operation : a.at < b.at ? -1 : 1));
  const head: Entry = { at: -1, operation: -1, end: undefined, previous: undefined, next: undefined };
  let last = head;
  for (const entry of entries) {
    entry.previous = last;
    last.next = entry;
    last = entry;
  }
  return head;
}

/** Takes a begin and its end out of the list. */
function lift(entry: Entry): void {
  for (const each of [entry, entry.end]) {
    if (each?.previous !== undefined) each.previous.next = each.next;
    if (each?.next !== undefined) each.next.previous = each.previous;
  }
}

/** Puts them back where they were: they still know their neighbours. */
function unlift(entry: Entry): void {
  for (const each of [entry.end, entry]) {
    if (each?.previous !== undefined) each.previous.next = each;
    if (each?.next !== undefined) each.next.previous = each;
  }
}

/** A set of small numbers with a short key. */
class Bits {
  readonly #words: Uint16Array;

  constructor(size: number) {
    this.#words = new Uint16Array(Math.ceil(size / 16));
  }

  set(at: number): void {
    this.#words[at >> 4] = (this.#words[at >> 4] ?? 0) | (1 << (at & 15));
  }

  clear(at: number): void {
    this.#words[at >> 4] = (this.#words[at >> 4] ?? 0) & ~(1 << (at & 15));
  }

  key(): string {
    return String.fromCharCode(...this.#words);
  }
}
