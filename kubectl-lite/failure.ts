/** What ends a command with exit code 1 and one message on standard error, as kubectl prints it. */

export class Failure extends Error {
  override readonly name = 'Failure';
}

/** A `Status` of kind Failure that the server answered. */
export class ServerFailure extends Failure {
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason: string, message: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }

  /** `Error from server (NotFound): pods "x" not found`, or the bare message of an invalid object. */
  get text(): string {
    if (this.reason === 'Invalid') return this.message;
    if (this.code === 401) return 'error: You must be logged in to the server (Unauthorized)';
    return this.reason === ''
      ? `Error from server: ${this.message}`
      : `Error from server (${this.reason}): ${this.message}`;
  }
}

export function isNotFound(thrown: unknown): boolean {
  return thrown instanceof ServerFailure && thrown.code === 404;
}
