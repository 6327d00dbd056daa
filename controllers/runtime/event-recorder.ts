/**
 * Events: what controllers and nodes tell users about an object, as API objects (client-go's tools/record).
 *
 * Recording never waits and never fails its caller: events go through a correlator that counts repeats, joins similar
 * ones and drops floods, and are then written one after the other in the background. The waiting line is bounded; what
 * comes when it is full is dropped and logged. An event that the server refuses is given up; when the server cannot be
 * reached, everything waits and is tried again, up to 12 times.
 */
import { type Clock, timestamp } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { CoreV1Event, V1ObjectReference } from '../../generated/kubernetes.d.ts';
import { ApiError, type ApiObject, type Client, isNotFound } from './client.ts';
import { EventCorrelator } from './event-correlator.ts';
import { EventNames } from './event-names.ts';
import { metadataOf } from './metadata.ts';
import { events } from './resources.ts';

export type EventType = 'Normal' | 'Warning';

export interface EventRecorder {
  /** `object` needs its apiVersion and kind, as informers give it. `reason` is one word; `message` is for people. */
  event(object: ApiObject, type: EventType, reason: string, message: string, options?: EventOptions): void;
}

export interface EventOptions {
  /** `spec.containers{web}`: the part of the object that is meant. */
  readonly fieldPath?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface EventRecorderDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Who reports: `deployment-controller`; for a kubelet also its host, the node's name. */
export interface EventSource {
  readonly component: string;
  readonly host?: string;
}

const QUEUED_MAX = 1000;
const TRIES_MAX = 12;
const RETRY_MS = 10_000;

export class ApiEventRecorder implements EventRecorder {
  readonly #deps: EventRecorderDeps;
  readonly #source: EventSource;
  readonly #correlator: EventCorrelator;
  readonly #names: EventNames;
  readonly #queue: CoreV1Event[] = [];
  readonly #stop = new AbortController();
  #writing: Promise<void> | undefined;
  #dropped = 0;

  constructor(deps: EventRecorderDeps, source: EventSource) {
    this.#deps = deps;
    this.#source = source;
    this.#names = new EventNames(deps.random);
    this.#correlator = new EventCorrelator(deps.clock);
  }

  event(object: ApiObject, type: EventType, reason: string, message: string, options: EventOptions = {}): void {
    if (this.#stop.signal.aborted) return;
    if (this.#queue.length >= QUEUED_MAX) {
      this.#dropped++;
      if (this.#dropped === 1) this.#deps.logger.warn({ reason, message }, 'too many events wait, dropping some');
      return;
    }
    this.#queue.push(this.#make(object, type, reason, message, options));
    this.#writing ??= this.#write();
  }

  /** Resolves when everything recorded so far was written or given up. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  /** Drops what waits. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#queue.length = 0;
    await this.#writing;
  }

  #make(object: ApiObject, type: EventType, reason: string, message: string, options: EventOptions): CoreV1Event {
    const involvedObject = referenceTo(object, options.fieldPath);
    const nowMs = this.#deps.clock.nowMs();
    const now = timestamp(nowMs);
    const { component, host } = this.#source;
    return {
      metadata: {
        name: this.#names.next(involvedObject.name ?? '', nowMs),
        namespace: involvedObject.namespace ?? 'default',
        ...(options.annotations === undefined ? {} : { annotations: { ...options.annotations } }),
      },
      involvedObject,
      reason,
      message,
      source: host === undefined ? { component } : { component, host },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type,
      reportingComponent: component,
      reportingInstance: host ?? '',
    };
  }

  async #write(): Promise<void> {
    // Who waits for the writing must be able to: when all that is queued is dropped, nothing below takes time.
    await undefined;
    for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift()) {
      const correlated = this.#correlator.correlate(event);
      if (correlated !== undefined) await this.#deliver(correlated);
    }
    this.#dropped = 0;
    this.#writing = undefined;
  }

  async #deliver(event: CoreV1Event): Promise<void> {
    const { signal } = this.#stop;
    for (let tries = 1; tries <= TRIES_MAX && !signal.aborted; tries++) {
      try {
        this.#correlator.written(event, await this.#send(event));
        return;
      } catch (thrown) {
        const fields = { reason: event.reason, object: event.involvedObject.name, error: messageOf(thrown) };
        if (thrown instanceof ApiError) {
          this.#deps.logger.debug(fields, 'the server refused an event');
          return;
        }
        this.#deps.logger.debug(fields, 'an event could not be written, waiting');
        await this.#deps.clock.sleep(tries === 1 ? RETRY_MS * this.#deps.random.next() : RETRY_MS, signal);
      }
    }
  }

  async #send(event: CoreV1Event): Promise<CoreV1Event> {
    const { client } = this.#deps;
    const { name, namespace } = metadataOf(event);
    if ((event.count ?? 1) > 1 && name !== undefined) {
      const { count, lastTimestamp, message } = event;
      try {
        return await client.patch<CoreV1Event>(events, name, namespace, 'strategic', { count, lastTimestamp, message });
      } catch (thrown) {
        if (!isNotFound(thrown)) throw thrown;
      }
    }
    return client.create<CoreV1Event>(events, event);
  }
}

/** What an event, or an Endpoints address, says about the object it means. */
export function referenceTo(object: ApiObject, fieldPath?: string): V1ObjectReference {
  const { namespace, name, uid, resourceVersion } = metadataOf(object);
  const { kind, apiVersion } = object;
  return dropUndefined({ kind, namespace, name, uid, apiVersion, resourceVersion, fieldPath });
}

function dropUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}
