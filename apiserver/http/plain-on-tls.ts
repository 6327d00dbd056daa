/**
 * A client that speaks plain HTTP to the TLS port is told so, in the words of Go's server, instead of getting a broken
 * connection: the first byte of a connection tells (0x16 begins a TLS handshake). Who sends nothing is cut off.
 */
import type { Server, Socket } from 'node:net';
import type { Clock } from '../../base/clock.ts';

const TLS_HANDSHAKE = 0x16;
const COMPLAINT = 'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n';

export function refusePlainHttp(server: Server, clock: Clock, silenceMsMax: number): void {
  const handlers = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const ignore = (): void => {};
    socket.on('error', ignore);
    const silence = clock.after(silenceMsMax, () => socket.destroy());
    socket.once('close', () => silence.cancel());
    socket.once('readable', () => {
      silence.cancel();
      const first: unknown = socket.read(1);
      if (!(first instanceof Uint8Array)) {
        // It ended without a word.
        socket.destroy();
        return;
      }
      if (first[0] !== TLS_HANDSHAKE) {
        socket.end(COMPLAINT);
        // What else it sends is not read into memory, nor waited for.
        socket.resume();
        socket.once('finish', () => socket.destroySoon());
        return;
      }
      socket.unshift(first);
      socket.removeListener('error', ignore);
      for (const handler of handlers) handler.call(server, socket);
    });
  });
}
