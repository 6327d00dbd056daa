/**
 * Tells what a cluster does while it does it: commands as they are typed, and under them the moments that follow, one line
 * each, in the order in which they happened. What beats like a heart (leases, node status, events) is left out.
 */
import type { Moment } from '../../base/moments.ts';
import type { RingRecorder } from '../../base/ring-recorder.ts';

const QUIET_KEYS = [
  /^\/registry\/leases\//,
  /^\/registry\/events\//,
  /^\/registry\/masterleases\//,
  /^\/registry\/ranges\//,
];
const QUIET_RESOURCES = new Set([
  'leases',
  'events',
  'endpoints',
  'endpointslices.discovery.k8s.io',
  'leases.coordination.k8s.io',
  'events.events.k8s.io',
]);

export interface NarratorOptions {
  /** Where to print. */
  readonly out: (text: string) => void;
  /** Only what is about these words is told: the names of what the demo made, and its nodes. */
  readonly about: RegExp;
}

export class Narrator {
  readonly #out: (text: string) => void;
  readonly #about: RegExp;
  readonly #stopListening: () => void;
  #listening = false;
  #startMs = 0;

  constructor(recorder: RingRecorder, options: NarratorOptions) {
    this.#out = options.out;
    this.#about = options.about;
    this.#stopListening = recorder.listen((moment) => this.#hear(moment));
  }

  /** A heading and what it means. */
  chapter(title: string, ...words: readonly string[]): void {
    this.#out(`\n== ${title} ==\n`);
    for (const line of words) this.#out(`   ${line}\n`);
  }

  say(text: string): void {
    this.#out(`   ${text}\n`);
  }

  /** A command line as it is typed, and what it printed; moments are told from here on, with the time since. */
  command(line: string): void {
    this.#out(`\n$ ${line}\n`);
    this.#startMs = 0;
    this.#listening = true;
  }

  printed(text: string): void {
    if (text !== '') this.#out(`${text.trimEnd()}\n`);
  }

  quiet(): void {
    this.#listening = false;
  }

  close(): void {
    this.#stopListening();
  }

  #hear(moment: Moment): void {
    if (!this.#listening) return;
    const line = lineOf(moment);
    if (line === undefined || !this.#about.test(line)) return;
    if (this.#startMs === 0) this.#startMs = moment.atMs;
    const sinceMs = Math.max(0, moment.atMs - this.#startMs);
    this.#out(`  ${`+${(sinceMs / 1000).toFixed(2)}s`.padStart(8)}  ${line}\n`);
  }
}

/** One moment in one line: who, then what; undefined for what is not worth telling. */
export function lineOf(moment: Moment): string | undefined {
  switch (moment.type) {
    case 'store.change':
      if (QUIET_KEYS.some((pattern) => pattern.test(moment.key))) return undefined;
      return `${'store'.padEnd(24)}${moment.change === 'put' ? 'put   ' : 'delete'} ${moment.key}  (revision ${moment.revision}${moment.change === 'put' ? `, version ${moment.version}` : ''})`;
    case 'api.watch-event':
      if (QUIET_RESOURCES.has(moment.resource)) return undefined;
      return `${'watch'.padEnd(24)}${moment.change.padEnd(8)} ${moment.resource} ${moment.name} -> ${moment.watchers} watcher${moment.watchers === 1 ? '' : 's'}`;
    case 'controller.decision':
      if (moment.words.startsWith('nothing to')) return undefined;
      return `${moment.controller.replace(/-controller$/, '').padEnd(24)}${moment.key}: ${moment.words}`;
    case 'scheduler.decision':
      return `${'scheduler'.padEnd(24)}${moment.pod}: ${moment.words}`;
    case 'node.pod':
      return `${`kubelet ${moment.node}`.padEnd(24)}${moment.pod} ${moment.phase} (${moment.words})`;
    case 'fault':
      return `${'fault'.padEnd(24)}${moment.fault} ${moment.phase}: ${moment.words}`;
    case 'raft.role':
      return `${'raft'.padEnd(24)}${moment.member} is ${moment.role} in term ${moment.term}`;
    default:
      return undefined;
  }
}
