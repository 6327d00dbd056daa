/** The Auth service: turns authentication on and off, gives out tokens, and keeps users and roles. */

import type { Random } from '../../../base/random.ts';
import type { StoreAdmin } from '../../admin.ts';
import { grpcCode, StoreError } from '../../errors.ts';
import type { ResponseHeader, Store } from '../../store.ts';
import * as auth from '../auth/auth-state.ts';
import type { MemberAccess } from '../auth/member-access.ts';
import { hashPassword, passwordMatches } from '../auth/passwords.ts';
import type { TokenIssuer } from '../auth/tokens.ts';
import type { GrpcRouter } from '../grpc/router.ts';
import type { CallContext } from '../grpc/server-call.ts';
import { GrpcError } from '../grpc/status.ts';
import type { Permission } from '../proto/gen/authpb.ts';
import { authService } from '../proto/gen/etcdserverpb.ts';

export interface AuthServiceDeps {
  readonly store: Store;
  readonly admin: StoreAdmin;
  readonly access: MemberAccess;
  readonly tokens: TokenIssuer;
  readonly random: Random;
}

/** Changes that come between reading the record and replacing it, before the caller is told to try again. */
const ATTEMPTS_MAX = 20;
const TOKEN_KEY_BYTES = 32;

export function addAuthService(router: GrpcRouter, deps: AuthServiceDeps): void {
  const { access } = deps;
  const answer = async (): Promise<{ header: ResponseHeader }> => ({ header: await barrier(deps.store) });
  const change = async (
    call: CallContext,
    next: (state: auth.AuthState) => auth.AuthState,
  ): Promise<{ header: ResponseHeader }> => {
    const answered = await answer();
    access.checkAdmin(call);
    await changeState(deps.admin, next);
    return answered;
  };

  router.unary(authService.authEnable, (_request, call) => {
    const tokenKey = Buffer.from(deps.random.bytes(TOKEN_KEY_BYTES)).toString('hex');
    return change(call, (state) => auth.enable(state, tokenKey));
  });
  router.unary(authService.authDisable, (_request, call) => change(call, auth.disable));
  router.unary(authService.authStatus, async (_request, call) => {
    const answered = await answer();
    access.checkAdmin(call);
    const { enabled, revision } = access.state;
    return { ...answered, enabled, authRevision: revision };
  });
  router.unary(authService.authenticate, async ({ name, password }) => {
    const answered = await answer();
    return { ...answered, token: await authenticate(deps, name, password) };
  });
  addUserMethods(router, deps, change, answer);
  addRoleMethods(router, deps, change, answer);
}

type Change = (
  call: CallContext,
  next: (state: auth.AuthState) => auth.AuthState,
) => Promise<{ readonly header: ResponseHeader }>;
type Answer = () => Promise<{ readonly header: ResponseHeader }>;

function addUserMethods(router: GrpcRouter, { access, random }: AuthServiceDeps, change: Change, answer: Answer): void {
  router.unary(authService.userAdd, async ({ name, password, options, hashedPassword }, call) => {
    access.checkAdmin(call);
    refuseForeignHash(hashedPassword);
    const hash = options?.noPassword ? undefined : await hashPassword(password, random);
    return change(call, (state) => auth.addUser(state, name, hash));
  });
  router.unary(authService.userDelete, ({ name }, call) => change(call, (state) => auth.deleteUser(state, name)));
  router.unary(authService.userChangePassword, async ({ name, password, hashedPassword }, call) => {
    access.checkAdmin(call);
    refuseForeignHash(hashedPassword);
    const hash = await hashPassword(password, random);
    return change(call, (state) => auth.changePassword(state, name, hash));
  });
  router.unary(authService.userGrantRole, ({ user, role }, call) =>
    change(call, (state) => auth.grantRole(state, user, role)),
  );
  router.unary(authService.userRevokeRole, ({ name, role }, call) =>
    change(call, (state) => auth.revokeRole(state, name, role)),
  );
  router.unary(authService.userGet, async ({ name }, call) => {
    const answered = await answer();
    access.checkSelfOrAdmin(call, (user) => user.name === name);
    return { ...answered, roles: auth.rolesOf(access.state, name) };
  });
  router.unary(authService.userList, async (_request, call) => {
    const answered = await answer();
    access.checkAdmin(call);
    return { ...answered, users: access.state.users.map(({ name }) => name) };
  });
}

function addRoleMethods(router: GrpcRouter, { access }: AuthServiceDeps, change: Change, answer: Answer): void {
  router.unary(authService.roleAdd, ({ name }, call) => change(call, (state) => auth.addRole(state, name)));
  router.unary(authService.roleDelete, ({ role }, call) => change(call, (state) => auth.deleteRole(state, role)));
  router.unary(authService.roleGet, async ({ role }, call) => {
    const answered = await answer();
    access.checkSelfOrAdmin(call, (user) => user.roles.includes(role));
    const perm = auth
      .permissionsOf(access.state, role)
      .map(({ access, key, rangeEnd }): Permission => ({ permType: access, key, rangeEnd }));
    return { ...answered, perm };
  });
  router.unary(authService.roleList, async (_request, call) => {
    const answered = await answer();
    access.checkAdmin(call);
    return { ...answered, roles: access.state.roles.map(({ name }) => name) };
  });
  router.unary(authService.roleGrantPermission, ({ name, perm }, call) =>
    change(call, (state) => auth.grantPermission(state, name, permissionOf(perm))),
  );
  router.unary(authService.roleRevokePermission, ({ role, key, rangeEnd }, call) =>
    change(call, (state) => auth.revokePermission(state, role, { key, rangeEnd })),
  );
}

/** Waits until this member knows every change that was acknowledged anywhere: callers go from member to member. */
async function barrier(store: Store): Promise<ResponseHeader> {
  const { header } = await store.range({ key: '\0', limit: 1, keysOnly: true });
  return header;
}

/** Reads, changes and replaces the replicated record; anew when another change came between. */
async function changeState(admin: StoreAdmin, next: (state: auth.AuthState) => auth.AuthState): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const { version, state: bytes } = admin.authState();
    const before = auth.decodeAuthState(bytes);
    const after = next(before);
    if (after === before) return;
    const { changed } = await admin.setAuthState(version, auth.encodeAuthState(after));
    if (changed) return;
  }
  throw new StoreError('tooManyRequests');
}

async function authenticate({ access, tokens }: AuthServiceDeps, name: string, password: string): Promise<string> {
  const { state } = access;
  if (!state.enabled) throw new StoreError('authNotEnabled');
  const user = auth.findUser(state, name);
  if (user === undefined) throw new StoreError('authFailed');
  if (user.passwordHash === undefined) {
    throw new GrpcError(grpcCode.unknown, 'auth: authentication failed, password was given for no password user');
  }
  if (!(await passwordMatches(password, user.passwordHash))) throw new StoreError('authFailed');
  return tokens.issue(user, state);
}

/** etcd takes a bcrypt hash in place of a password; this store has hashes of another kind. */
function refuseForeignHash(hashedPassword: string): void {
  if (hashedPassword === '') return;
  throw new GrpcError(grpcCode.invalidArgument, 'a hashed password cannot be taken over: give the password itself');
}

function permissionOf(perm: Permission | undefined): auth.Permission | undefined {
  if (perm === undefined) return undefined;
  if (typeof perm.permType === 'number') throw new StoreError('invalidAuthManagement');
  return { access: perm.permType, key: perm.key, rangeEnd: perm.rangeEnd };
}
