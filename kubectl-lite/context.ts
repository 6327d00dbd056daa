/** What a command is given: the server, what it serves, where to print, and the time. */
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { Resources } from './discovery.ts';
import { asFailure, Failure } from './failure.ts';
import { type Connection, type ConnectionFlags, connect } from './kubeconfig.ts';
import { Rest } from './rest.ts';

export interface Output {
  out(text: string): void;
  err(text: string): void;
}

export interface Host extends Output {
  readonly stdin: NodeJS.ReadableStream;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Whether standard output is a terminal that takes colours. */
  readonly colours: boolean;
}

export class Context {
  readonly host: Host;
  /** `kubectl-lite get`, for messages. */
  readonly commandPath: string;
  readonly flags: ConnectionFlags;
  readonly #connection: Connection | Failure;
  #rest: Rest | undefined;
  #resources: Promise<Resources> | undefined;
  #warned = 0;

  private constructor(host: Host, flags: ConnectionFlags, commandPath: string, connection: Connection | Failure) {
    this.host = host;
    this.flags = flags;
    this.commandPath = commandPath;
    this.#connection = connection;
  }

  /** A kubeconfig that cannot be used matters only to a command that asks for the connection. */
  static async open(host: Host, flags: ConnectionFlags, commandPath: string): Promise<Context> {
    const connection = await connect(flags, host.env).catch(asFailure);
    return new Context(host, flags, commandPath, connection);
  }

  get connection(): Connection {
    if (this.#connection instanceof Failure) throw this.#connection;
    return this.#connection;
  }

  get rest(): Rest {
    this.#rest ??= new Rest(this.connection, this.host.clock, (text) => {
      this.#warned++;
      this.host.err(this.host.colours ? `\u001b[33;1mWarning:\u001b[0m ${text}\n` : `Warning: ${text}\n`);
    });
    return this.#rest;
  }

  /** How many warnings the server gave. */
  get warned(): number {
    return this.#warned;
  }

  /** The namespace of flags or kubeconfig. */
  get namespace(): string {
    return this.connection.namespace;
  }

  /** What the server serves; asked once, and remembered on disk. */
  resources(): Promise<Resources> {
    this.#resources ??= Resources.of(this.rest, this.flags['cache-dir'], this.host);
    return this.#resources;
  }

  print(text: string): void {
    this.host.out(text);
  }

  close(): void {
    this.#rest?.close();
  }
}
