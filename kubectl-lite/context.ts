/** What a command is given: the server, what it serves, where to print, and the time. */
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { Resources } from './discovery.ts';
import { type ConnectionFlags, connect } from './kubeconfig.ts';
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
}

export class Context {
  readonly host: Host;
  readonly rest: Rest;
  #resources: Promise<Resources> | undefined;

  constructor(host: Host, flags: ConnectionFlags) {
    this.host = host;
    this.rest = new Rest(connect(flags, host.env), (text) => host.err(`Warning: ${text}\n`));
  }

  /** The namespace of flags or kubeconfig. */
  get namespace(): string {
    return this.rest.connection.namespace;
  }

  /** What the server serves; asked once. */
  resources(): Promise<Resources> {
    this.#resources ??= Resources.of(this.rest);
    return this.#resources;
  }

  print(text: string): void {
    this.host.out(text);
  }
}
