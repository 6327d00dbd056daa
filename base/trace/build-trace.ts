/** Finds an object's story in the moments: from its writes back to who asked, and forward to what came of it. */
import type { Moment } from '../moments.ts';
import { MomentIndex, type MomentOf, type Turn } from './moment-index.ts';
import type { Trace, TraceNode, TraceOptions, TraceTarget } from './trace.ts';
import { requestStages, startOf, stepsOf, turnStages } from './trace-steps.ts';

type RequestMoment = MomentOf<'api.request'>;

/** More than this nobody reads; the rest is counted. */
const NODES_MAX = 400;
/** Kept for others to look at; a story is easier to follow without them. */
const BOOKKEEPING = new Set([
  'events',
  'events.events.k8s.io',
  'endpoints',
  'endpointslices.discovery.k8s.io',
  'leases.coordination.k8s.io',
]);

/** Undefined: nothing of the object is among the moments. */
export function buildTrace(
  moments: readonly Moment[],
  target: TraceTarget,
  options: TraceOptions = { everything: false },
): Trace | undefined {
  const index = new MomentIndex(moments);
  const all = index.writes.filter((write) => isOf(write, target));
  // Several objects may have had the name: the last one counts.
  const begin = all.findLastIndex(({ change }) => change === 'create');
  const writes = all.slice(Math.max(0, begin));
  if (writes.length === 0) return undefined;
  return new TraceBuilder(index, target, options).build(writes, begin >= 0);
}

function isOf(write: MomentOf<'api.write'>, { resource, namespace, name }: TraceTarget): boolean {
  return write.resource === resource && write.name === name && (write.namespace ?? '') === (namespace ?? '');
}

class TraceBuilder {
  readonly #index: MomentIndex;
  readonly #target: TraceTarget;
  readonly #options: TraceOptions;
  readonly #shown = new Set<RequestMoment>();
  readonly #placed = new Set<RequestMoment>();
  readonly #missing = new Set<string>();
  #originMs = 0;
  #endMs = 0;
  #leftOut = 0;

  constructor(index: MomentIndex, target: TraceTarget, options: TraceOptions) {
    this.#index = index;
    this.#target = target;
    this.#options = options;
  }

  build(writes: readonly MomentOf<'api.write'>[], created: boolean): Trace {
    if (!created) this.#missing.add('its creation is no longer remembered');
    const roots = new Set<RequestMoment>();
    for (const { request: id, revision } of writes) {
      const request = id === undefined ? undefined : this.#index.requests.get(id);
      if (request === undefined) this.#missing.add(`who wrote revision ${revision} is not known`);
      else roots.add(this.#climb(request));
    }
    if (this.#options.everything || this.#target.resource !== 'pods') {
      for (const request of [...this.#shown]) this.#descend(request);
    }
    const ordered = [...roots].sort((a, b) => startOf(a) - startOf(b));
    const first = ordered[0];
    this.#originMs = first === undefined ? (writes[0]?.atMs ?? 0) : this.#beginOf(first);
    this.#endMs = this.#originMs;
    const nodes = ordered.flatMap((root) => (this.#placed.has(root) ? [] : this.#rootNodes(root)));
    return {
      target: this.#target,
      startedAtMs: this.#originMs,
      totalMs: this.#endMs - this.#originMs,
      ...(created ? this.#podTimes() : {}),
      roots: nodes,
      missing: [...this.#missing],
      leftOut: this.#leftOut,
    };
  }

  /** Marks the request and all that led to it as shown; answers the one that began it. */
  #climb(request: RequestMoment): RequestMoment {
    this.#shown.add(request);
    const { cause } = request;
    if (cause === undefined) return request;
    const turn = this.#index.turns.get(cause);
    if (turn === undefined) {
      this.#missing.add(`turn ${cause} is no longer remembered, or belongs to another process`);
      return request;
    }
    const parent = this.#parentOf(turn);
    if (parent === undefined) {
      if (turn.start.type !== 'controller.decision' && this.#index.causesOf(turn).length > 0)
        this.#missing.add(`what set off turn ${cause} is no longer remembered`);
      return request;
    }
    // A turn that acts on what was written later than its own request would lead in circles.
    if (this.#shown.has(parent)) return this.#rootOf(parent, new Set([request]));
    return this.#climb(parent);
  }

  #rootOf(request: RequestMoment, seen: Set<RequestMoment>): RequestMoment {
    if (seen.has(request)) return request;
    seen.add(request);
    const turn = request.cause === undefined ? undefined : this.#index.turns.get(request.cause);
    const parent = turn === undefined ? undefined : this.#parentOf(turn);
    return parent === undefined ? request : this.#rootOf(parent, seen);
  }

  #parentOf(turn: Turn): RequestMoment | undefined {
    for (const revision of this.#index.causesOf(turn)) {
      const id = this.#index.writeAt.get(revision)?.request;
      const request = id === undefined ? undefined : this.#index.requests.get(id);
      if (request !== undefined && startOf(request) <= turn.start.atMs) return request;
    }
    return undefined;
  }

  /** Marks what the request led to, as far as it belongs to the story. */
  #descend(request: RequestMoment): void {
    for (const turn of this.#turnsOf(request)) {
      for (const next of this.#index.requestsOf.get(turn.id) ?? []) {
        if (this.#shown.has(next) || !this.#belongs(next)) continue;
        this.#shown.add(next);
        this.#descend(next);
      }
    }
  }

  #belongs({ resource, code, request }: RequestMoment): boolean {
    if (this.#options.everything) return true;
    const [plural = ''] = resource.split('/');
    if (BOOKKEEPING.has(plural)) return false;
    const keepsBooks = resource.endsWith('/status') && plural !== 'pods';
    return !keepsBooks && code < 400 && this.#index.writesOf.has(request);
  }

  /** The turns whose story goes on from this request. */
  #turnsOf(request: RequestMoment): Turn[] {
    const turns = new Set<Turn>();
    for (const { revision } of this.#index.writesOf.get(request.request) ?? []) {
      for (const turn of this.#index.turnsAfter.get(revision) ?? []) {
        if (this.#parentOf(turn) === request) turns.add(turn);
      }
    }
    return [...turns].sort((a, b) => a.start.atMs - b.start.atMs);
  }

  /** When the story of a root began: with the turn that made it, where that had no cause itself. */
  #beginOf(root: RequestMoment): number {
    const turn = root.cause === undefined ? undefined : this.#index.turns.get(root.cause);
    return Math.min(startOf(root), turn?.start.atMs ?? Number.POSITIVE_INFINITY);
  }

  #rootNodes(root: RequestMoment): TraceNode[] {
    const turn = root.cause === undefined ? undefined : this.#index.turns.get(root.cause);
    return turn === undefined ? [this.#requestNode(root)] : this.#maybeTurnNode(turn, turn.start.atMs);
  }

  #requestNode(request: RequestMoment): TraceNode {
    this.#placed.add(request);
    const startMs = startOf(request);
    const writes = this.#index.writesOf.get(request.request) ?? [];
    const revision = writes.at(-1)?.revision;
    const steps = stepsOf(requestStages(this.#index, request), startMs, this.#originMs);
    const knownMs = this.#index.watchEventAt.get(revision ?? -1)?.atMs ?? request.atMs;
    this.#endMs = Math.max(this.#endMs, request.atMs);
    const children = this.#turnsOf(request).flatMap((turn) => this.#maybeTurnNode(turn, knownMs));
    return {
      type: 'request',
      id: request.request,
      title: titleOf(request, writes[0]?.name),
      by: `${request.user} (${request.userAgent.split(' ')[0] ?? ''})`,
      startMs: startMs - this.#originMs,
      endMs: request.atMs - this.#originMs,
      ...(revision === undefined ? {} : { revision }),
      code: request.code,
      steps,
      children,
    };
  }

  /** Only a turn that made something that is shown. @param knownMs when its cause was told to those who watch */
  #maybeTurnNode(turn: Turn, knownMs: number): TraceNode[] {
    const made = (this.#index.requestsOf.get(turn.id) ?? [])
      .filter((request) => this.#shown.has(request) && !this.#placed.has(request))
      .sort((a, b) => startOf(a) - startOf(b));
    if (made.length === 0) return [];
    if (this.#placed.size >= NODES_MAX) {
      this.#leftOut += made.length;
      return [];
    }
    const stages = turnStages(this.#index, turn, knownMs);
    const firstMs = Math.min(...stages.map(({ atMs }) => atMs), turn.start.atMs);
    const children = made.map((request) => this.#requestNode(request));
    const [by, about] = partOf(turn);
    return [
      {
        type: 'turn',
        id: turn.id,
        title: `${by} ${about}`,
        by,
        startMs: firstMs - this.#originMs,
        endMs: (turn.done?.atMs ?? turn.start.atMs) - this.#originMs,
        steps: stepsOf(stages, Math.min(knownMs, firstMs), this.#originMs),
        children,
      },
    ];
  }

  #podTimes(): { runningMs?: number; readyMs?: number } {
    const { resource, namespace, name } = this.#target;
    if (resource !== 'pods') return {};
    const reports = [...this.#shown].flatMap(({ cause }) => {
      const start = cause === undefined ? undefined : this.#index.turns.get(cause)?.start;
      return start?.type === 'node.pod' && start.pod === `${namespace}/${name}` ? [start] : [];
    });
    const at = (which: (report: MomentOf<'node.pod'>) => boolean): number | undefined => {
      const times = reports.filter(which).map(({ atMs }) => atMs - this.#originMs);
      return times.length === 0 ? undefined : Math.min(...times);
    };
    const runningMs = at(({ phase }) => phase === 'Running');
    const readyMs = at(({ ready }) => ready);
    return { ...(runningMs === undefined ? {} : { runningMs }), ...(readyMs === undefined ? {} : { readyMs }) };
  }
}

function titleOf({ verb, resource, namespace, name }: RequestMoment, written: string | undefined): string {
  const which = name ?? written ?? '';
  return `${verb} ${resource} ${namespace === undefined ? which : `${namespace}/${which}`}`;
}

function partOf({ start }: Turn): [by: string, about: string] {
  switch (start.type) {
    case 'controller.take':
    case 'controller.decision':
      return [start.controller, start.key];
    case 'scheduler.decision':
      return ['scheduler', start.pod];
    case 'node.pod':
      return [`kubelet of ${start.node}`, start.pod];
  }
}
