/**
 * Who may do what in the etcd API. Each check returns when the caller may, and throws etcd's error when not. While
 * authentication is off, everyone may do everything.
 */
import type { ByteString } from '../../../base/bytes.ts';
import type { DeleteRangeRequest, PutRequest, RangeRequest, TxnRequest } from '../../store.ts';
import type { CallContext } from '../grpc/server-call.ts';

export interface KeyRange {
  readonly key: ByteString;
  readonly rangeEnd?: ByteString;
}

export interface AccessControl {
  /** Whether authentication is on. */
  readonly enabled: boolean;
  /** Any user. */
  checkUser(call: CallContext): void;
  /** A user with the role `root`. */
  checkAdmin(call: CallContext): void;
  checkRange(call: CallContext, request: RangeRequest): void;
  checkPut(call: CallContext, request: PutRequest): void;
  checkDeleteRange(call: CallContext, request: DeleteRangeRequest): void;
  /** Every operation of both branches, and every compare. */
  checkTxn(call: CallContext, request: TxnRequest): void;
  checkKeys(call: CallContext, keys: readonly ByteString[], access: 'read' | 'write'): void;
  /** The reason to give for refusing the watch, if it is refused. */
  whyNotWatch(call: CallContext, range: KeyRange): string | undefined;
}

/** For a store that keeps no users. */
export const openAccess: AccessControl = {
  enabled: false,
  checkUser: () => {},
  checkAdmin: () => {},
  checkRange: () => {},
  checkPut: () => {},
  checkDeleteRange: () => {},
  checkTxn: () => {},
  checkKeys: () => {},
  whyNotWatch: () => undefined,
};
