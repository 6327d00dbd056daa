/**
 * A client that speaks plain HTTP to the TLS port is told so, in the words of Go's server, instead of getting a broken
 * connection: the first byte of a connection tells (0x16 begins a TLS handshake).
 */
import type { Server, Socket } from 'node:net';

const TLS_HANDSHAKE = 0x16;
const COMPLAINT = 'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n';

export function refusePlainHttp(server: Server): void {
  const handlers = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const ignore = (): void => {};
    socket.on('error', ignore);
    socket.once('readable', () => {
      const first: unknown = socket.read(1);
      if (!(first instanceof Uint8Array)) return;
      if (first[0] !== TLS_HANDSHAKE) {
        socket.end(COMPLAINT);
        return;
      }
      socket.unshift(first);
      socket.removeListener('error', ignore);
      for (const handler of handlers) handler.call(server, socket);
    });
  });
}
