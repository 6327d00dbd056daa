/** From a gRPC error to the `StoreError` that the store on the far side threw, and whether to try again. */
import { grpcCode, reasonOfMessage, StoreError } from '../../errors.ts';
import type { GrpcError } from '../grpc/status.ts';

/**
 * What a call may be tried again after: a `read` and a `repeatable` write after whatever passes, a `write` only after
 * what proves that it was not applied.
 */
export type CallKind = 'read' | 'repeatable' | 'write';

/** The member refused before it did anything: it knows no leader, and the call had said that it wants one. */
const NO_LEADER = new StoreError('noLeader').message;

export function mayRetry(kind: CallKind, error: GrpcError): boolean {
  if (error.unprocessed || error.message === NO_LEADER) return true;
  return kind !== 'write' && error.code === grpcCode.unavailable;
}

const LOGIN_PROBLEMS = (['invalidAuthToken', 'authOldRevision', 'userEmpty'] as const).map(
  (reason) => new StoreError(reason).message,
);

/** The token is not, or no longer, good: a new login may help, and nothing was done yet. */
export function isLoginProblem(message: string): boolean {
  return LOGIN_PROBLEMS.some((problem) => message.includes(problem));
}

/** Whether the endpoint, rather than the request, is to blame. */
export function blamesEndpoint(error: GrpcError): boolean {
  return error.code === grpcCode.unavailable || error.unprocessed;
}

/** What the caller is told. Of a write that may have been applied: that the connection was lost. */
export function storeErrorOf(error: GrpcError): Error {
  const reason = reasonOfMessage(error.message);
  if (reason !== undefined) return new StoreError(reason, { cause: error });
  if (error.code === grpcCode.unavailable || error.code === grpcCode.cancelled) {
    return new StoreError(error.unprocessed ? 'unhealthy' : 'timeoutConnectionLost', { cause: error });
  }
  if (error.code === grpcCode.deadlineExceeded) return new StoreError('timeout', { cause: error });
  return error;
}
