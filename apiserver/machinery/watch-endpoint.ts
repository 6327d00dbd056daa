/**
 * Watches. A watcher is a place in a resource's history (`watch-cache.ts`): it takes the next event when its client has
 * taken the last, so a slow client costs no memory; when history has moved past its place, it is cut off with a 410, and
 * its client starts again from a list.
 *
 * Order of what it delivers: initial objects (when asked for, by no resourceVersion or 0, or by `sendInitialEvents`), the
 * bookmark that ends them, then every change exactly once in the order of revisions, with bookmarks in between.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { WatchFrame } from './api-server.ts';
import type { ObjectSelector } from './object-selector.ts';
import { resourceVersionComplaint } from './read-endpoints.ts';
import type { ListOptions } from './request-options.ts';
import { listTree, type ResourceCache } from './resource-cache.ts';
import { expired, plainError, tooLargeResourceVersion } from './status.ts';
import type { StoredObject } from './stored-object.ts';
import type { WatchCache } from './watch-cache.ts';
import type { WatchView } from './watch-frames.ts';

const FRESH_WAIT_MS = 3000;
const BOOKMARK_PERIOD_MS = 60_000;
/** The last bookmark is sent so long before the watch ends: its client resumes from there. */
const LAST_BOOKMARK_MS = 2000;
/** Events that one turn of the event loop delivers to one watcher at most. */
const TURN_EVENTS_MAX = 256;

export interface WatchPlan {
  readonly cache: WatchCache;
  readonly resource: ResourceCache;
  /** What all keys begin with. */
  readonly prefix: string;
  readonly selector: ObjectSelector;
  readonly options: ListOptions;
  readonly view: WatchView;
  readonly clock: Clock;
  /** How long the watch may last. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called when delivering begins; the result when it ends. */
  readonly begun: () => () => void;
}

/** What a watch begins with. */
interface Start {
  /** The first event after the initial objects. */
  readonly place: number;
  /** Events up to this revision are known already. */
  readonly after: number;
  readonly initial: readonly StoredObject[];
  /** Whether a bookmark ends the initial objects, and for which revision. */
  readonly initialEnd: number | undefined;
}

/** Rejects when the watch cannot begin; then yields frames until its time is up or the client has gone. */
export async function startWatch(plan: WatchPlan): Promise<AsyncIterable<WatchFrame>> {
  const { options } = plan;
  const complaint = options.resourceVersion === '' ? undefined : resourceVersionComplaint(options.resourceVersion);
  if (complaint !== undefined) throw plainError(complaint);
  const start = await beginning(plan);
  if (start === undefined) {
    const oldest = plan.resource.since;
    const status = expired(`too old resource version: ${options.resourceVersion} (${oldest})`).toStatus();
    return only(plan.view.error(status));
  }
  return frames(plan, start);
}

async function* only(frame: WatchFrame): AsyncIterable<WatchFrame> {
  yield frame;
}

/** undefined: history does not reach back that far. */
async function beginning(plan: WatchPlan): Promise<Start | undefined> {
  const { options, cache, resource } = plan;
  const version = options.resourceVersion;
  const legacyInitial = (version === '' || version === '0') && options.sendInitialEvents === undefined;
  if (legacyInitial || options.sendInitialEvents === true) {
    if (version === '') await cache.fresh();
    else if (version !== '0' && !(await cache.waitFor(Number(version), FRESH_WAIT_MS))) {
      throw tooLargeResourceVersion(Number(version), cache.revision);
    }
    return {
      place: resource.end,
      after: cache.revision,
      initial: listTree(resource.snapshot(), plan.prefix),
      initialEnd: options.sendInitialEvents === true && options.allowWatchBookmarks ? cache.revision : undefined,
    };
  }
  if (version === '' || version === '0') {
    if (version === '') await cache.fresh();
    return { place: resource.end, after: cache.revision, initial: [], initialEnd: undefined };
  }
  const after = Number(version);
  const place = await cache.placeAfter(resource, after);
  return place === undefined ? undefined : { place, after, initial: [], initialEnd: undefined };
}

/** When to send the next bookmark; never, when too little time is left. */
function nextBookmark(nowMs: number, deadlineMs: number): number {
  const nextMs = Math.min(nowMs + BOOKMARK_PERIOD_MS, deadlineMs - LAST_BOOKMARK_MS);
  return nextMs < nowMs ? Number.POSITIVE_INFINITY : nextMs;
}

function* initialFrames({ selector, view }: WatchPlan, { initial, initialEnd }: Start): Iterable<WatchFrame> {
  for (const stored of initial) {
    if (selector.everything || selector.matches(stored.object)) yield view.of('ADDED', stored);
  }
  if (initialEnd !== undefined) yield view.bookmark(initialEnd, true);
}

async function* frames(plan: WatchPlan, start: Start): AsyncIterable<WatchFrame> {
  const { view, selector, resource, cache, clock, signal } = plan;
  const ended = plan.begun();
  const alarm = new Alarm(plan);
  try {
    const deadlineMs = clock.monotonicMs() + plan.timeoutMs;
    for (const frame of initialFrames(plan, start)) {
      if (signal.aborted) return;
      yield frame;
    }
    let place = start.place;
    let told = start.after;
    let bookmarkMs = plan.options.allowWatchBookmarks
      ? nextBookmark(clock.monotonicMs(), deadlineMs)
      : Number.POSITIVE_INFINITY;
    let inTurn = 0;
    while (!signal.aborted) {
      const event = resource.event(place);
      if (event === 'gone') {
        yield view.error(expired(`too old resource version: ${told} (${resource.since})`).toStatus());
        return;
      }
      if (event !== undefined) {
        place++;
        if (event.revision <= start.after) continue;
        told = event.revision;
        const key = event.object?.key ?? event.previous?.key ?? '';
        const frame = key.startsWith(plan.prefix) ? view.frame(event, selector) : undefined;
        if (frame !== undefined) yield frame;
        if (++inTurn >= TURN_EVENTS_MAX) {
          inTurn = 0;
          await new Promise<void>((resolve) => setImmediate(resolve));
        }
        continue;
      }
      const nowMs = clock.monotonicMs();
      if (nowMs >= deadlineMs) return;
      if (nowMs >= bookmarkMs) {
        bookmarkMs = nextBookmark(nowMs + 1, deadlineMs);
        if (cache.revision > told) {
          told = cache.revision;
          yield view.bookmark(told, false);
          continue;
        }
      }
      await alarm.next(Math.min(deadlineMs, bookmarkMs) - nowMs);
    }
  } finally {
    alarm.close();
    ended();
  }
}

/**
 * Wakes one watcher: at its resource's next event, when its time has come, or when its client has gone. One lasts for
 * the whole watch: to listen anew for each event would cost more than the event.
 */
class Alarm {
  readonly #resource: ResourceCache;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #timer: Timer | undefined;
  #waiting: (() => void) | undefined;
  #forget: (() => void) | undefined;

  constructor({ resource, clock, signal }: WatchPlan) {
    this.#resource = resource;
    this.#clock = clock;
    this.#signal = signal;
    signal.addEventListener('abort', this.#ring);
  }

  /** Resolves at the latest after `waitMs`, which must not end before that of an earlier call; maybe long before. */
  next(waitMs: number): Promise<void> {
    this.#timer ??= this.#clock.after(waitMs, () => {
      this.#timer = undefined;
      this.#ring();
    });
    return new Promise((resolve) => {
      this.#waiting = resolve;
      if (this.#signal.aborted) this.#ring();
      else this.#forget = this.#resource.onNext(this.#ring);
    });
  }

  close(): void {
    this.#timer?.cancel();
    this.#forget?.();
    this.#signal.removeEventListener('abort', this.#ring);
  }

  readonly #ring = (): void => {
    this.#forget?.();
    this.#forget = undefined;
    this.#waiting?.();
    this.#waiting = undefined;
  };
}
