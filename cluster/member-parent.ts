/** A store member's end of the channel to its parent: it gives what it is asked for. */
import type { Clock, Timer } from '../base/clock.ts';
import type { RingRecorder } from '../base/ring-recorder.ts';
import type { MemberNotice, MemberRequest } from './member-channel.ts';
import type { MemberHindrances } from './member-hindrances.ts';

/** The part of `process` that is needed. */
export interface ParentChannel {
  send?: ((notice: MemberNotice) => unknown) | undefined;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  readonly channel?: { unref(): void } | null | undefined;
}

export interface ParentDeps {
  readonly process: ParentChannel;
  readonly clock: Clock;
  readonly ring: RingRecorder | undefined;
  readonly hindrances: MemberHindrances;
}

const MOMENTS_PER_NOTICE = 2000;
/** How long a member believes that somebody looks after it was told so last. */
const WATCHED_MS = 1000;

/** Does nothing for a member that has no parent. */
export function serveParent({ process, clock, ring, hindrances }: ParentDeps): void {
  if (process.send === undefined) return;
  let unwatch: (() => void) | undefined;
  let timer: Timer | undefined;
  const keepWatched = (): void => {
    unwatch ??= ring?.watch();
    timer?.cancel();
    timer = clock.after(WATCHED_MS, () => {
      unwatch?.();
      unwatch = undefined;
    });
  };
  process.on('message', (message) => {
    const request = message as MemberRequest;
    switch (request.type) {
      case 'hindrances':
        hindrances.set(request.hindrances);
        return;
      case 'moments':
        if (ring === undefined) return;
        if (request.watched) keepWatched();
        process.send?.({ type: 'moments', moments: ring.moments(request.after, MOMENTS_PER_NOTICE), last: ring.last });
        return;
    }
  });
  // The channel alone keeps no member alive.
  process.channel?.unref();
}
