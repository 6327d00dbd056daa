/**
 * What the page holds: the line to the server, the sequence of moments, and which moment is shown. Views are told at most
 * once an animation frame, however many moments come.
 */

import type { Trace } from '../../base/trace/trace.ts';
import type { Moment } from '../model/moment.ts';
import { type Recording, readRecording, writeRecording } from '../model/recording.ts';
import { reduceAll } from '../model/reduce.ts';
import { emptyState, type State } from '../model/state.ts';
import { isTelling } from '../model/telling.ts';
import { Timeline } from '../model/timeline.ts';
import type { Abilities, ToPage } from '../model/wire.ts';
import { readMoments } from './past-moments.ts';

export type Line = 'connecting' | 'open' | 'lost' | 'locked' | 'recording';

const RETRY_MS = 1000;
/** Time must stand still for so long before what was left out is fetched: not while somebody drags it. */
const FILL_AFTER_MS = 250;
const FILLED_MAX = 8;
const NO_ABILITIES: Abilities = { members: false, faults: [] };

export class Session {
  line: Line = 'connecting';
  /** Of the server, in words, when it does not let us in. */
  complaint = '';
  cluster = '';
  version = '';
  abilities: Abilities = NO_ABILITIES;
  timeline = new Timeline();
  /** The state that is shown: the newest, unless `place` holds it elsewhere. */
  shown: State = emptyState;
  /** Where time stands still; undefined: it goes on. */
  place: number | undefined;
  /** The recording that is shown in place of the cluster. */
  recording: { readonly name: string } | undefined;
  /** Stories that were read, by what they are about. */
  readonly traces = new Map<string, Trace>();
  readonly #listeners = new Set<() => void>();
  #socket: WebSocket | undefined;
  #starting: Moment[] | undefined = [];
  #pending: Moment[] = [];
  #scheduled = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #filling: ReturnType<typeof setTimeout> | undefined;

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get live(): boolean {
    return this.place === undefined && this.recording === undefined;
  }

  connect(): void {
    clearTimeout(this.#retry);
    const socket = new WebSocket(`ws://${location.host}/live`);
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#told(JSON.parse(String(data)) as ToPage);
    socket.onclose = () => void this.#closed(socket);
  }

  disconnect(): void {
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  pause(): void {
    if (this.place === undefined) this.seek(this.timeline.live.place);
  }

  resume(): void {
    if (this.recording !== undefined) {
      this.#leaveRecording();
      return;
    }
    this.place = undefined;
    this.#show();
  }

  /** Shows the state right after the moment at `place`. */
  seek(place: number): void {
    this.place = Math.max(place, this.timeline.base.place);
    this.#show();
    if (this.recording !== undefined) return;
    clearTimeout(this.#filling);
    this.#filling = setTimeout(() => void this.#fillGaps(), FILL_AFTER_MS);
  }

  /** To the next (or the last) moment that tells something. */
  step(direction: 1 | -1): void {
    const { timeline } = this;
    let place = this.place ?? timeline.live.place;
    for (;;) {
      const moment = direction > 0 ? timeline.after(place) : timeline.before(place);
      if (moment === undefined) break;
      place = moment.place;
      if (isTelling(moment)) break;
    }
    this.seek(place);
  }

  /** Fetches what was left out around the moment that is shown, as far as the server still has it. */
  async #fillGaps(): Promise<void> {
    const { timeline } = this;
    for (const gap of timeline.gapsNear(this.place ?? 0).slice(0, FILLED_MAX)) {
      const found = await readMoments(gap.first, gap.last).catch(() => undefined);
      if (found === undefined || this.place === undefined || this.timeline !== timeline) return;
      timeline.fill(gap, found);
      this.#show();
    }
  }

  /** The whole sequence and the moment that is shown, as the text of a file. @param view which view is open */
  save(view: string): string {
    return writeRecording({
      cluster: this.cluster,
      version: this.version,
      view,
      place: this.shown.place,
      base: this.timeline.base,
      moments: [...this.timeline.moments()].filter(({ place }) => place > this.timeline.base.place),
      earlier: this.timeline.earlier,
      traces: this.traces,
    });
  }

  /** Shows a file in place of the cluster. @throws Error in words when it is none of ours */
  open(name: string, text: string): Recording {
    const recording = readRecording(text);
    this.disconnect();
    this.recording = { name };
    this.line = 'recording';
    this.cluster = recording.cluster;
    this.version = recording.version;
    this.abilities = NO_ABILITIES;
    this.timeline = new Timeline(recording.base, recording.earlier);
    this.timeline.append(recording.moments);
    this.traces.clear();
    for (const [about, trace] of recording.traces) this.traces.set(about, trace);
    this.seek(recording.place);
    return recording;
  }

  #leaveRecording(): void {
    this.recording = undefined;
    this.place = undefined;
    this.line = 'connecting';
    this.timeline = new Timeline();
    this.#starting = [];
    this.connect();
    this.#show();
  }

  #told(message: ToPage): void {
    switch (message.type) {
      case 'hello':
        this.cluster = message.cluster;
        this.version = message.version;
        this.abilities = message.abilities;
        this.line = 'open';
        this.#starting = [];
        break;
      case 'batch':
        (this.#starting ?? this.#pending).push(...message.moments);
        break;
      case 'settled':
        this.#settle();
        break;
    }
    this.#schedule();
  }

  /** What was told at first is the state that time begins with; what happened before is kept to be read. */
  #settle(): void {
    const moments = this.#starting ?? [];
    this.#starting = undefined;
    const first = this.timeline.length === 0 && this.timeline.earlier.length === 0;
    if (first) {
      const earlier = moments.filter(({ type }) => !type.startsWith('page.'));
      this.timeline = new Timeline(reduceAll(emptyState, moments), earlier);
    } else {
      // The line was broken: the sequence goes on with what is there now.
      const lastMs = this.timeline.live.atMs;
      this.timeline.append(moments.filter(({ type, atMs }) => type.startsWith('page.') || atMs > lastMs));
    }
  }

  async #closed(socket: WebSocket): Promise<void> {
    if (socket !== this.#socket) return;
    const answer = await fetch('/session', { cache: 'no-store' }).catch(() => undefined);
    if (socket !== this.#socket) return;
    if (answer?.status === 401) {
      this.line = 'locked';
      this.complaint = String(((await answer.json()) as { message?: string }).message ?? '');
    } else {
      this.line = this.timeline.live === emptyState ? 'connecting' : 'lost';
      this.#retry = setTimeout(() => this.connect(), RETRY_MS);
    }
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // A page in the background gets no frames; it must still take in what comes.
    if (document.hidden) setTimeout(() => this.#takeIn(), 200);
    else requestAnimationFrame(() => this.#takeIn());
  }

  #takeIn(): void {
    this.#scheduled = false;
    const moments = this.#pending;
    this.#pending = [];
    this.timeline.append(moments);
    this.#show();
  }

  #show(): void {
    this.shown = this.place === undefined ? this.timeline.live : this.timeline.stateAt(this.place);
    for (const listener of this.#listeners) listener();
  }
}
