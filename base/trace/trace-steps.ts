/** What a request and a turn went through, step by step, from their moments. */
import type { MomentIndex, MomentOf, Turn } from './moment-index.ts';
import type { TracePart, TraceStep } from './trace.ts';

interface Stage {
  readonly part: TracePart;
  readonly words: string;
  /** Wall time. */
  readonly atMs: number;
}

/** Stages as steps: in the order of time, each with how long it took since the one before. */
export function stepsOf(stages: readonly Stage[], startMs: number, originMs: number): TraceStep[] {
  let beforeMs = startMs;
  return [...stages]
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ part, words, atMs }) => {
      const step = { part, words, atMs: atMs - originMs, tookMs: Math.max(0, atMs - beforeMs) };
      beforeMs = Math.max(beforeMs, atMs);
      return step;
    });
}

export function startOf(request: MomentOf<'api.request'>): number {
  return request.atMs - request.durationMs;
}

export function requestStages(index: MomentIndex, request: MomentOf<'api.request'>): Stage[] {
  const stages: Stage[] = [];
  const arrivedMs = startOf(request);
  if (request.authorizedMs !== undefined) {
    const atMs = arrivedMs + request.authorizedMs;
    stages.push({ part: 'api', words: 'authenticated and authorized', atMs });
  }
  for (const write of index.writesOf.get(request.request) ?? []) stages.push(...writeStages(index, write));
  stages.push({ part: 'api', words: `answered ${request.code}`, atMs: request.atMs });
  return stages;
}

function writeStages(index: MomentIndex, write: MomentOf<'api.write'>): Stage[] {
  const admitted: Stage = {
    part: 'api',
    words: 'admitted and validated; proposed to the store',
    atMs: write.atMs - write.durationMs,
  };
  const event = index.watchEventAt.get(write.revision);
  const told: Stage[] = [];
  if (event !== undefined) {
    const watchers = `${event.watchers} watcher${event.watchers === 1 ? '' : 's'} waiting`;
    told.push({ part: 'watch', words: `event ${event.change} at ${write.revision}, ${watchers}`, atMs: event.atMs });
  }
  const log = logStages(index, write.revision);
  if (log.length > 0) return [admitted, ...log, ...told];
  return [admitted, { part: 'store', words: `written as revision ${write.revision}`, atMs: write.atMs }, ...told];
}

/** From the log to the key, as the member that appended the entry first saw it: the leader. */
function logStages(index: MomentIndex, revision: number): Stage[] {
  const changes = index.changesAt.get(revision) ?? [];
  const { index: number = 0, term = 0 } = changes[0] ?? {};
  const entry = index.entry(number, term);
  const appends = entry.filter(({ type }) => type === 'raft.append');
  const first = earliest(appends);
  const stages: Stage[] = [];
  if (first !== undefined) {
    const leader = first.member;
    const where = `entry ${number} of term ${term}`;
    stages.push({ part: 'raft', words: `${where} appended by ${leader}`, atMs: first.atMs });
    const durable = entry.filter(({ type }) => type === 'raft.durable').sort((a, b) => a.atMs - b.atMs);
    const quorum = Math.floor(index.members.size / 2) + 1;
    const enough = durable[quorum - 1];
    if (enough !== undefined) {
      const names = durable.slice(0, quorum).map(({ member }) => member);
      const words = `durable on ${quorum} of ${index.members.size}: ${names.join(', ')}`;
      stages.push({ part: 'raft', words, atMs: enough.atMs });
    }
    for (const [type, words] of [
      ['raft.commit', 'committed'],
      ['raft.apply', 'applied'],
    ] as const) {
      const at = earliest(entry.filter((each) => each.type === type && each.member === leader));
      if (at !== undefined) stages.push({ part: 'raft', words, atMs: at.atMs });
    }
    const own = changes.filter(({ member }) => member === leader);
    stages.push(...keyStages(own.length > 0 ? own : changes.slice(0, 1)));
    return stages;
  }
  const one = changes.filter(({ member }) => member === changes[0]?.member);
  return keyStages(one);
}

function keyStages(changes: readonly MomentOf<'store.change'>[]): Stage[] {
  return changes.map(({ key, change, revision, version, atMs }) => ({
    part: 'store',
    words: `${key} ${change === 'put' ? `put at revision ${revision}, version ${version}` : `deleted at revision ${revision}`}`,
    atMs,
  }));
}

/** @param sinceMs when what set the turn off became known: its wait begins there */
export function turnStages(index: MomentIndex, turn: Turn, sinceMs: number): Stage[] {
  const { start } = turn;
  switch (start.type) {
    case 'controller.take':
    case 'controller.decision': {
      const stages: Stage[] = [];
      if (start.type === 'controller.take') {
        const why = start.revisions.length === 0 ? '; its time had come, or a retry was due' : '';
        const words = `taken from the queue, ${start.queueLength} behind it${why}`;
        stages.push({ part: 'controller', words, atMs: start.atMs });
      }
      for (const { words, atMs } of turn.decisions) stages.push({ part: 'controller', words, atMs });
      if (turn.done?.failure !== undefined) {
        stages.push({ part: 'controller', words: `failed: ${turn.done.failure}`, atMs: turn.done.atMs });
      }
      return stages;
    }
    case 'scheduler.decision':
      return [{ part: 'scheduler', words: start.words, atMs: start.atMs }];
    case 'node.pod': {
      const containers = (index.containersOf.get(start.pod) ?? []).filter(
        ({ node, atMs }) => node === start.node && atMs <= start.atMs && atMs >= sinceMs,
      );
      const stages: Stage[] = containers.map(({ container, state, reason, restarts, atMs }) => ({
        part: 'kubelet',
        words: `container ${container} ${state}${reason === '' ? '' : `: ${reason}`}${restarts === 0 ? '' : `, restart ${restarts}`}`,
        atMs,
      }));
      const words = `reports ${start.phase}${start.ready ? ', ready' : ''} (${start.words})`;
      return [...stages, { part: 'kubelet', words, atMs: start.atMs }];
    }
  }
}

function earliest<T extends { readonly atMs: number }>(moments: readonly T[]): T | undefined {
  return moments.reduce<T | undefined>(
    (best, each) => (best === undefined || each.atMs < best.atMs ? each : best),
    undefined,
  );
}
