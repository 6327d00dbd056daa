/**
 * Access control by the users and roles that the members keep. A caller is known by a token, or by the common name of a
 * verified client certificate; one who is not known is refused whatever needs a permission.
 */
import type { ByteString } from '../../../base/bytes.ts';
import type { AuthRecord, StoreAdmin } from '../../admin.ts';
import { StoreError } from '../../errors.ts';
import type { Compare, DeleteRangeRequest, Operation, PutRequest, RangeRequest, TxnRequest } from '../../store.ts';
import type { CallContext } from '../grpc/server-call.ts';
import { codeName } from '../grpc/status.ts';
import type { AccessControl, KeyRange } from './access-control.ts';
import { type AuthState, decodeAuthState, findUser, isRoot, type User } from './auth-state.ts';
import { permits } from './permissions.ts';
import type { TokenIssuer } from './tokens.ts';

export class MemberAccess implements AccessControl {
  readonly #tokens: TokenIssuer;
  readonly #forget: () => void;
  #state: AuthState;

  constructor(admin: StoreAdmin, tokens: TokenIssuer) {
    this.#tokens = tokens;
    this.#state = decodeAuthState(admin.authState().state);
    this.#forget = admin.onAuthState((record: AuthRecord) => {
      this.#state = decodeAuthState(record.state);
    });
  }

  get enabled(): boolean {
    return this.#state.enabled;
  }

  /** As this member knows it now. */
  get state(): AuthState {
    return this.#state;
  }

  close(): void {
    this.#forget();
  }

  checkUser(call: CallContext): void {
    if (this.enabled) this.#callerName(call);
  }

  checkAdmin(call: CallContext): void {
    if (!this.enabled) return;
    const name = this.#callerName(call);
    if (name === undefined) throw new StoreError('userEmpty');
    const user = findUser(this.#state, name);
    if (user === undefined) throw new StoreError('userNotFound');
    if (!isRoot(user)) throw new StoreError('permissionDenied');
  }

  /** For asking about oneself: an administrator, or the user of that name. */
  checkSelfOrAdmin(call: CallContext, isSelf: (user: User) => boolean): void {
    if (!this.enabled) return;
    const user = this.#caller(call);
    if (!isRoot(user) && !isSelf(user)) throw new StoreError('permissionDenied');
  }

  checkRange(call: CallContext, { key, rangeEnd }: RangeRequest): void {
    this.#check(call, 'read', key, rangeEnd);
  }

  checkPut(call: CallContext, { key, prevKv }: PutRequest): void {
    this.#check(call, 'write', key, undefined);
    if (prevKv) this.#check(call, 'read', key, undefined);
  }

  checkDeleteRange(call: CallContext, { key, rangeEnd, prevKv }: DeleteRangeRequest): void {
    this.#check(call, 'write', key, rangeEnd);
    if (prevKv) this.#check(call, 'read', key, rangeEnd);
  }

  checkTxn(call: CallContext, { compare, success, failure }: TxnRequest): void {
    if (!this.enabled) return;
    for (const { key, rangeEnd } of compare as readonly Compare[]) this.#check(call, 'read', key, rangeEnd);
    for (const operation of [...success, ...failure]) this.#checkOperation(call, operation);
  }

  checkKeys(call: CallContext, keys: readonly ByteString[], access: 'read' | 'write'): void {
    for (const key of keys) this.#check(call, access, key, undefined);
  }

  whyNotWatch(call: CallContext, { key, rangeEnd }: KeyRange): string | undefined {
    try {
      this.#check(call, 'read', key === '' ? '\0' : key, rangeEnd);
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof StoreError)) throw thrown;
      return `rpc error: code = ${codeName(thrown.code)} desc = ${thrown.message}`;
    }
  }

  #checkOperation(call: CallContext, { type, request }: Operation): void {
    if (type === 'range') this.checkRange(call, request);
    else if (type === 'put') this.checkPut(call, request);
    else if (type === 'deleteRange') this.checkDeleteRange(call, request);
    else this.checkTxn(call, request);
  }

  #check(call: CallContext, access: 'read' | 'write', key: ByteString, rangeEnd: ByteString | undefined): void {
    if (!this.enabled) return;
    const user = this.#caller(call);
    if (!isRoot(user) && !permits(this.#state, user, access, key, rangeEnd)) throw new StoreError('permissionDenied');
  }

  #caller(call: CallContext): User {
    const name = this.#callerName(call);
    if (name === undefined) throw new StoreError('userEmpty');
    const user = findUser(this.#state, name);
    if (user === undefined) throw new StoreError('permissionDenied');
    return user;
  }

  /** Undefined for a caller without token or certificate. */
  #callerName(call: CallContext): string | undefined {
    const token = call.metadata('token') ?? call.metadata('authorization');
    if (token === undefined) return call.peer.certificateName;
    const claims = this.#tokens.read(token, this.#state);
    const epoch = claims && findUser(this.#state, claims.user)?.epoch;
    if (claims === undefined || (claims.epoch !== undefined && claims.epoch !== epoch)) {
      throw new StoreError('invalidAuthToken');
    }
    if (claims.revision !== undefined && claims.revision < this.#state.revision) {
      throw new StoreError('authOldRevision');
    }
    return claims.user;
  }
}
