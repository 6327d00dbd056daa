/** Finds out that the other side of a connection is gone though nothing broke: it lost power, or stands still. */
import type { WebSocket } from 'ws';
import type { Clock, Timer } from '../../base/clock.ts';

/** A connection that is silent for two of these is given up. */
const PING_MS = 5000;

/** Pings an open connection, and terminates it when nothing comes back. To be cancelled when the connection is not needed. */
export function watchLiveness(socket: WebSocket, clock: Clock): Timer {
  let heard = true;
  const hear = (): void => {
    heard = true;
  };
  socket.on('pong', hear);
  socket.on('message', hear);
  const timer = clock.every(PING_MS, () => {
    if (!heard) {
      timer.cancel();
      socket.terminate();
      return;
    }
    heard = false;
    socket.ping();
  });
  socket.on('close', () => timer.cancel());
  return timer;
}
