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
  readonly state: State;
}

/** @param stepsMax gives up with 'unknown' after so many steps of the model */
export function checkLinearizable<State, Request, Response>(
  model: Model<State, Request, Response>,
  history: readonly HistoryOperation<State, Request, Response>[],
  stepsMax = 300_000,
): Verdict {
  const head = linked(history);
  const linearized = new Bits(history.length);
  const tried = new Set<string>();
  const choices: Choice<State>[] = [];
  let longest: readonly number[] = [];
  let state = model.initial;
  let steps = 0;
  let entry = head.next;
  // What nobody knows the outcome of need not have happened.
  let left = history.filter(({ response }) => response !== undefined).length;
  while (left > 0) {
    if (steps > stepsMax) return { linearizable: 'unknown', order: longest, steps };
    if (entry?.end !== undefined) {
      const operation = history[entry.operation];
      if (operation === undefined) throw new Error('an entry without its operation');
      const [next, predicted] = model.step(state, operation.request);
      steps++;
      const { response, mayHaveDone } = operation;
      const fits =
        response === undefined
          ? // Without an effect it may as well not have happened.
            model.fingerprint(next) !== model.fingerprint(state) && (mayHaveDone?.(state, next) ?? true)
          : model.agrees(predicted, response);
      if (fits) {
        linearized.set(entry.operation);
        const key = `${linearized.key()} ${model.fingerprint(next)}`;
        if (!tried.has(key)) {
          tried.add(key);
          choices.push({ entry, state });
          state = next;
          if (response !== undefined) left--;
          lift(entry);
          entry = head.next;
          continue;
        }
        linearized.clear(entry.operation);
      }
      entry = entry.next;
      continue;
    }
    // The end of what nobody heard of never comes; where it is reached, nothing more fits either.
    // Something has ended, and could not be put anywhere before: an earlier choice was wrong.
    if (choices.length > longest.length) longest = choices.map((choice) => choice.entry.operation);
    const last = choices.pop();
    if (last === undefined) return { linearizable: false, order: longest, steps };
    state = last.state;
    if (history[last.entry.operation]?.response !== undefined) left++;
    linearized.clear(last.entry.operation);
    unlift(last.entry);
    entry = last.entry.next;
  }
  return { linearizable: true, order: choices.map((choice) => choice.entry.operation), steps };
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
