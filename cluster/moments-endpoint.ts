/**
 * `/debug/moments`: the moments of this process and of its members, to whoever may `get` that path.
 *
 * - `?after=SEQ&limit=N`: a page, `{"first":…,"last":…,"moments":[…]}`; `first` and `last` say what the ring holds, so
 *   whoever was at `after < first - 1` has missed some;
 * - `?watch=true&after=SEQ`: one JSON value a line until the client goes: moments as they come (from now on when there is
 *   no `after`), and `{"missed":{"first":…,"last":…}}` in the place of those that went out of the ring before they
 *   could be sent.
 *
 * Every moment also has `causes`, the names of what caused it (`causesOf`), where it has any.
 */
import { encoded } from '../apiserver/machinery/answers.ts';
import type { ApiAnswer } from '../apiserver/machinery/api-server.ts';
import type { Exchange } from '../apiserver/machinery/exchange.ts';
import type { ExtraPath } from '../apiserver/machinery/plain-endpoints.ts';
import type { KubeObject } from '../apiserver/machinery/resource-row.ts';
import { badRequest, methodNotAllowed } from '../apiserver/machinery/status.ts';
import type { Clock } from '../base/clock.ts';
import { causesOf, type Moment } from '../base/moments.ts';
import type { RingRecorder } from '../base/ring-recorder.ts';

export const MOMENTS_PATH = '/debug/moments';

export interface MomentsEndpointDeps {
  readonly ring: RingRecorder;
  /** Fetches what other processes have. */
  readonly pull: () => Promise<void>;
  readonly clock: Clock;
}

const PAGE_DEFAULT = 1000;
const PAGE_MAX = 20_000;
/** Moments that one turn of the event loop writes to one watcher. */
const WATCH_BATCH = 500;
/** How long a watcher's moments are gathered before they are sent, and how often members are asked for theirs. */
const GATHER_MS = 50;

const JSON_OUTPUT = { format: 'application/json', transform: undefined, pretty: false } as const;
const encoder = new TextEncoder();

export function momentsEndpoint(deps: MomentsEndpointDeps): ExtraPath {
  return async (exchange) => {
    if (exchange.request.method !== 'GET') throw methodNotAllowed();
    const { query } = exchange.info;
    if (query.get('watch') === 'true' || query.get('watch') === '1') return watch(deps, exchange);
    const after = numberOf(query, 'after', 0, Number.MAX_SAFE_INTEGER) ?? 0;
    const limit = numberOf(query, 'limit', 1, PAGE_MAX) ?? PAGE_DEFAULT;
    await deps.pull();
    const { ring } = deps;
    const page = { first: ring.first, last: ring.last, moments: ring.moments(after, limit).map(shown) };
    return encoded(200, page as unknown as KubeObject, JSON_OUTPUT);
  };
}

function watch(deps: MomentsEndpointDeps, exchange: Exchange): ApiAnswer {
  const after = numberOf(exchange.info.query, 'after', 0, Number.MAX_SAFE_INTEGER) ?? deps.ring.last;
  return {
    type: 'stream',
    code: 200,
    headers: {},
    contentType: 'application/x-ndjson',
    body: lines(deps, after, exchange.signal),
  };
}

/** Each chunk is whole lines. A reader that is slow is behind in the ring, and nothing is kept for it. */
async function* lines(
  { ring, pull, clock }: MomentsEndpointDeps,
  from: number,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const unwatch = ring.watch();
  try {
    for (let after = from; !signal.aborted; ) {
      await pull();
      if (after < ring.first - 1) {
        const missed = { missed: { first: after + 1, last: ring.first - 1 } };
        after = missed.missed.last;
        yield encoder.encode(`${JSON.stringify(missed)}\n`);
      }
      const moments = ring.moments(after, WATCH_BATCH);
      after = moments.at(-1)?.seq ?? after;
      if (moments.length > 0) yield encoder.encode(moments.map((each) => `${JSON.stringify(shown(each))}\n`).join(''));
      if (moments.length < WATCH_BATCH) await clock.sleep(GATHER_MS, signal);
    }
  } finally {
    unwatch();
  }
}

function shown(moment: Moment): Moment & { readonly causes?: readonly string[] } {
  const causes = causesOf(moment);
  return causes.length === 0 ? moment : { ...moment, causes };
}

/** @throws StatusError 400 */
function numberOf(query: URLSearchParams, name: string, min: number, max: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw badRequest(`invalid ${name} ${JSON.stringify(text)}: must be a whole number from ${min} to ${max}`);
  return value;
}
