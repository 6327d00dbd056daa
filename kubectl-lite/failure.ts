/**
 * What ends a command: a message on standard error, worded as kubectl words it, and an exit code. `describeFailure` is
 * the one place that turns whatever was thrown into that text.
 */

export class Failure extends Error {
  override readonly name: string = 'Failure';
  readonly exitCode: number = 1;

  /** The text among others: without `error: `. */
  get amongOthers(): string {
    return this.message;
  }

  /** The text alone. */
  get alone(): string {
    return this.message === '' || this.message.startsWith('error: ') ? this.message : `error: ${this.message}`;
  }
}

/** Ends with an exit code and says nothing. */
export class Exit extends Failure {
  override readonly exitCode: number;

  constructor(exitCode: number) {
    super('');
    this.exitCode = exitCode;
  }
}

/** Told as it is, without `error: `: the server could not be reached, or the kubeconfig does not fit. */
export class ConnectionFailure extends Failure {
  override get alone(): string {
    return this.message;
  }
}

export interface StatusDetails {
  readonly kind?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly causes?: readonly { readonly reason?: string; readonly field?: string; readonly message?: string }[];
}

/** A `Status` of kind Failure that the server answered. */
export class ServerFailure extends Failure {
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  /** The same failure, told with what was being done: `error when creating "a.yaml": …`. */
  during(doing: string): ServerFailure {
    return new ServerFailure(this.code, this.reason, `${doing}: ${this.message}`, this.details);
  }

  override get amongOthers(): string {
    if (this.reason === 'Unauthorized') return `error: You must be logged in to the server (${this.message})`;
    return this.reason === ''
      ? `Error from server: ${this.message}`
      : `Error from server (${this.reason}): ${this.message}`;
  }

  override get alone(): string {
    return this.reason === 'Invalid' ? this.#invalid() : this.amongOthers;
  }

  get text(): string {
    return this.alone;
  }

  #invalid(): string {
    const { details, message } = this;
    if (details === undefined) return message === '' ? 'The request is invalid' : `The request is invalid: ${message}`;
    const { kind = '', name = '', causes = [] } = details;
    let head = 'The request is invalid';
    if (kind !== '' || name !== '') head = `The ${kind} ${JSON.stringify(name)} is invalid`;
    else if (message !== '' && causes.length === 0) head += `: ${message}`;
    const lines = [...new Set(causes.map((cause) => `${cause.field ?? ''}: ${cause.message ?? ''}`))];
    if (lines.length === 0) return head;
    return lines.length === 1 ? `${head}: ${lines[0]}` : [`${head}: `, ...lines.map((line) => `* ${line}`)].join('\n');
  }
}

/** Several failures of one command. */
export class Failures extends Failure {
  readonly all: readonly Failure[];

  constructor(all: readonly Failure[]) {
    super(all.map(({ message }) => message).join('\n'));
    this.all = all;
  }

  override get alone(): string {
    return this.all.map(({ amongOthers }) => amongOthers).join('\n');
  }
}

/** Throws what was gathered: nothing, the one failure, or all of them. */
export function throwGathered(failures: readonly Failure[]): void {
  const flat = failures.flatMap((each) => (each instanceof Failures ? each.all : [each]));
  const [first] = flat;
  if (first !== undefined) throw flat.length === 1 ? first : new Failures(flat);
}

/** The same failure with what was being done in front of it; `doing` is `error when applying patch:` and the like. */
export function failureDuring(thrown: unknown, doing: string): unknown {
  if (thrown instanceof ServerFailure) return thrown.during(doing);
  if (thrown instanceof ConnectionFailure) return thrown;
  return thrown instanceof Failure ? new Failure(`${doing}: ${thrown.message}`) : thrown;
}

export function isNotFound(thrown: unknown): boolean {
  return thrown instanceof ServerFailure && thrown.code === 404;
}

export function isConflict(thrown: unknown): boolean {
  return thrown instanceof ServerFailure && thrown.reason === 'Conflict';
}

/** A failure to be gathered; anything else is thrown on. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  throw thrown;
}
