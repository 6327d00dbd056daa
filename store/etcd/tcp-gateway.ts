/**
 * `etcd gateway`: one address that leads to the members, for programs that can be told only one. Each connection is
 * carried as it is, bytes for bytes, to the next endpoint that can be reached (server/proxy/tcpproxy).
 */
import net from 'node:net';
import { pipeline } from 'node:stream';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface TcpGatewayDeps {
  readonly endpoints: readonly Endpoint[];
  /** After so long an endpoint that could not be reached is tried again. */
  readonly retryDelayMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Remote extends Endpoint {
  active: boolean;
}

export class TcpGateway {
  readonly #deps: TcpGatewayDeps;
  readonly #remotes: readonly Remote[];
  readonly #server = net.createServer({ noDelay: true, pauseOnConnect: true }, (socket) => void this.#carry(socket));
  readonly #sockets = new Set<net.Socket>();
  #picked = 0;
  #monitor: Timer | undefined;

  constructor(deps: TcpGatewayDeps) {
    this.#deps = deps;
    this.#remotes = deps.endpoints.map((endpoint) => ({ ...endpoint, active: true }));
  }

  /** Resolves with the port; rejects with Node's error when the address cannot be had. */
  async listen({ host, port }: Endpoint): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    this.#watch();
    const endpoints = this.#remotes.map(addressOf);
    this.#deps.logger.info({ endpoints }, 'ready to proxy client requests');
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Ends the open connections, too. */
  async close(): Promise<void> {
    this.#monitor?.cancel();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #carry(client: net.Socket): Promise<void> {
    this.#keep(client);
    for (let remote = this.#pick(); remote !== undefined && !client.destroyed; remote = this.#pick()) {
      try {
        const server = await this.#dial(remote);
        if (client.destroyed) server.destroy();
        pipeline(client, server, client, () => {
          client.destroy();
          server.destroy();
        });
        return;
      } catch (thrown) {
        remote.active = false;
        const error = (thrown as Error).message;
        this.#deps.logger.warn({ address: addressOf(remote), error }, 'deactivated endpoint');
      }
    }
    client.destroy();
  }

  /** The next in turn of those that could be reached when last tried. */
  #pick(): Remote | undefined {
    for (let tried = 0; tried < this.#remotes.length; tried++) {
      const remote = this.#remotes[this.#picked++ % this.#remotes.length];
      if (remote?.active === true) return remote;
    }
    return undefined;
  }

  #dial({ host, port }: Endpoint): Promise<net.Socket> {
    const socket = net.connect({ host, port, noDelay: true });
    this.#keep(socket);
    return new Promise((resolve, reject) => {
      socket.once('connect', () => resolve(socket));
      socket.once('error', reject);
    });
  }

  #keep(socket: net.Socket): void {
    this.#sockets.add(socket);
    // Without a listener an error would end the process; 'close' follows it.
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #watch(): void {
    const { clock, retryDelayMs, logger } = this.#deps;
    this.#monitor = clock.after(retryDelayMs, () => {
      for (const remote of this.#remotes.filter(({ active }) => !active)) {
        const address = addressOf(remote);
        this.#dial(remote).then(
          (socket) => {
            socket.destroy();
            remote.active = true;
            logger.info({ address }, 'activated');
          },
          (error: Error) => logger.warn({ address, error: error.message }, 'failed to activate endpoint'),
        );
      }
      this.#watch();
    });
  }
}

function addressOf({ host, port }: Endpoint): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
