/**
 * Users, roles and permissions: a value, and the changes of it that the Auth service knows. Each change returns a new
 * value, or throws what etcd answers (server/auth/store.go). It is kept by the members as one replicated record.
 */
import type { ByteString } from '../../../base/bytes.ts';
import { StoreError } from '../../errors.ts';

export type Access = 'read' | 'write' | 'readwrite';

export interface Permission {
  readonly access: Access;
  readonly key: ByteString;
  /** '': the one key; `'\0'`: every key from `key` on. */
  readonly rangeEnd: ByteString;
}

export interface Role {
  readonly name: string;
  /** By key. */
  readonly permissions: readonly Permission[];
}

export interface User {
  readonly name: string;
  /** Salted and hashed; undefined for a user that is known by its certificate only. */
  readonly passwordHash: string | undefined;
  /** In order. */
  readonly roles: readonly string[];
  /** The auth revision at which its password was set: tokens of before are void. */
  readonly epoch: number;
}

export interface AuthState {
  readonly enabled: boolean;
  /** One more with every change. */
  readonly revision: number;
  /** Signs tokens; hexadecimal. Drawn anew whenever authentication is turned on. */
  readonly tokenKey: string;
  readonly users: readonly User[];
  readonly roles: readonly Role[];
}

export const ROOT = 'root';

export const initialAuthState: AuthState = { enabled: false, revision: 1, tokenKey: '', users: [], roles: [] };

export function encodeAuthState(state: AuthState): Uint8Array {
  return Buffer.from(JSON.stringify(state), 'utf8');
}

/** Of an empty record: the initial state. */
export function decodeAuthState(bytes: Uint8Array): AuthState {
  if (bytes.length === 0) return initialAuthState;
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as AuthState;
}

export function findUser(state: AuthState, name: string): User | undefined {
  return state.users.find((user) => user.name === name);
}

function presentUser(state: AuthState, name: string): User {
  const user = findUser(state, name);
  if (user === undefined) throw new StoreError('userNotFound');
  return user;
}

export function isRoot(user: User): boolean {
  return user.roles.includes(ROOT);
}

export function enable(state: AuthState, tokenKey: string): AuthState {
  if (state.enabled) return state;
  const root = findUser(state, ROOT);
  if (root === undefined) throw new StoreError('rootUserNotExist');
  if (!isRoot(root)) throw new StoreError('rootRoleNotExist');
  return { ...state, enabled: true, tokenKey };
}

export function disable(state: AuthState): AuthState {
  return state.enabled ? changed(state, { enabled: false }) : state;
}

export function addUser(state: AuthState, name: string, passwordHash: string | undefined): AuthState {
  if (name === '') throw new StoreError('userEmpty');
  if (findUser(state, name) !== undefined) throw new StoreError('userExists');
  const user: User = { name, passwordHash, roles: [], epoch: state.revision + 1 };
  return changed(state, { users: byName([...state.users, user]) });
}

export function deleteUser(state: AuthState, name: string): AuthState {
  if (state.enabled && name === ROOT) throw new StoreError('invalidAuthManagement');
  presentUser(state, name);
  return changed(state, { users: state.users.filter((user) => user.name !== name) });
}

export function changePassword(state: AuthState, name: string, passwordHash: string): AuthState {
  const { passwordHash: before } = presentUser(state, name);
  const hash = before === undefined ? undefined : passwordHash;
  return changeUser(state, name, { passwordHash: hash, epoch: state.revision + 1 });
}

/** Granting twice changes nothing. */
export function grantRole(state: AuthState, name: string, role: string): AuthState {
  const user = presentUser(state, name);
  if (role !== ROOT) getRole(state, role);
  if (user.roles.includes(role)) return state;
  return changeUser(state, name, { roles: [...user.roles, role].sort() });
}

export function revokeRole(state: AuthState, name: string, role: string): AuthState {
  if (state.enabled && name === ROOT && role === ROOT) throw new StoreError('invalidAuthManagement');
  const user = presentUser(state, name);
  if (!user.roles.includes(role)) throw new StoreError('roleNotGranted');
  return changeUser(state, name, { roles: user.roles.filter((other) => other !== role) });
}

export function rolesOf(state: AuthState, name: string): readonly string[] {
  return presentUser(state, name).roles;
}

export function addRole(state: AuthState, name: string): AuthState {
  if (name === '') throw new StoreError('roleEmpty');
  if (state.roles.some((role) => role.name === name)) throw new StoreError('roleExists');
  return changed(state, { roles: byName([...state.roles, { name, permissions: [] }]) });
}

export function deleteRole(state: AuthState, name: string): AuthState {
  if (state.enabled && name === ROOT) throw new StoreError('invalidAuthManagement');
  getRole(state, name);
  return changed(state, {
    roles: state.roles.filter((role) => role.name !== name),
    users: state.users.map((user) => ({ ...user, roles: user.roles.filter((role) => role !== name) })),
  });
}

function getRole(state: AuthState, name: string): Role {
  const role = state.roles.find((each) => each.name === name);
  if (role === undefined) throw new StoreError('roleNotFound');
  return role;
}

export function permissionsOf(state: AuthState, name: string): readonly Permission[] {
  return getRole(state, name).permissions;
}

/** A permission for the same range is replaced. */
export function grantPermission(state: AuthState, name: string, permission: Permission | undefined): AuthState {
  if (permission === undefined) throw new StoreError('permissionNotGiven');
  if (!isRange(permission)) throw new StoreError('invalidAuthManagement');
  const others = getRole(state, name).permissions.filter((other) => !sameRange(other, permission));
  const permissions = [...others, permission].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return changeRole(state, name, permissions);
}

export function revokePermission(state: AuthState, name: string, range: Omit<Permission, 'access'>): AuthState {
  const { permissions } = getRole(state, name);
  const kept = permissions.filter((permission) => !sameRange(permission, range));
  if (kept.length === permissions.length) throw new StoreError('permissionNotGranted');
  return changeRole(state, name, kept);
}

function isRange({ key, rangeEnd }: Permission): boolean {
  return key !== '' && (rangeEnd === '' || rangeEnd === '\0' || key < rangeEnd);
}

function sameRange(a: Omit<Permission, 'access'>, b: Omit<Permission, 'access'>): boolean {
  return a.key === b.key && a.rangeEnd === b.rangeEnd;
}

function changed(state: AuthState, change: Partial<AuthState>): AuthState {
  return { ...state, ...change, revision: state.revision + 1 };
}

function changeUser(state: AuthState, name: string, change: Partial<User>): AuthState {
  return changed(state, { users: state.users.map((user) => (user.name === name ? { ...user, ...change } : user)) });
}

function changeRole(state: AuthState, name: string, permissions: readonly Permission[]): AuthState {
  return changed(state, { roles: state.roles.map((role) => (role.name === name ? { name, permissions } : role)) });
}

function byName<T extends { readonly name: string }>(list: readonly T[]): T[] {
  return [...list].sort((a, b) => (a.name < b.name ? -1 : 1));
}
