/** Package authpb, generated from ../authpb.proto by build/protobuf.mjs. Do not edit. */
import type { ByteString } from '../../../../base/bytes.ts';
import type { Codec, Reader, Writer } from '../wire.ts';

const noBytes = new Uint8Array(0);

/** A number where the sender knows a value that this program does not. */
export type PermissionType = 'read' | 'write' | 'readwrite' | number;
const namesPermissionType = ['read', 'write', 'readwrite'] as const;
function readPermissionType(r: Reader): PermissionType {
  const value = r.int32();
  return namesPermissionType[value] ?? value;
}
function writePermissionType(w: Writer, value: PermissionType): void {
  w.int32(typeof value === 'number' ? value : namesPermissionType.indexOf(value));
}

export interface UserAddOptions {
  readonly noPassword: boolean;
}
/** Every field at its default. */
export const emptyUserAddOptions: UserAddOptions = { noPassword: false };
function writeUserAddOptions(w: Writer, m: UserAddOptions): void {
  if (m.noPassword) {
    w.bool(m.noPassword);
    w.tag(8);
  }
}
function readUserAddOptions(r: Reader, end: number, into?: UserAddOptions): UserAddOptions {
  let noPassword: boolean = into === undefined ? false : into.noPassword;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        noPassword = r.bool();
        break;
      default:
        r.skip(tag);
    }
  }
  return { noPassword };
}
export const userAddOptionsCodec: Codec<UserAddOptions> = {
  write: writeUserAddOptions,
  read: readUserAddOptions,
  fields: [{ name: 'no_password', property: 'noPassword', kind: 'bool' }],
};

export interface User {
  readonly name: ByteString;
  readonly password: Uint8Array;
  readonly roles: readonly string[];
  readonly options?: UserAddOptions;
}
/** Every field at its default. */
export const emptyUser: User = { name: '', password: noBytes, roles: [] };
function writeUser(w: Writer, m: User): void {
  if (m.options !== undefined) {
    w.message(userAddOptionsCodec, m.options);
    w.tag(34);
  }
  for (let i = m.roles.length - 1; i >= 0; i--) {
    w.string(m.roles[i] as string);
    w.tag(26);
  }
  if (m.password.length > 0) {
    w.byteArray(m.password);
    w.tag(18);
  }
  if (m.name !== '') {
    w.byteString(m.name);
    w.tag(10);
  }
}
function readUser(r: Reader, end: number, into?: User): User {
  let name: ByteString = into === undefined ? '' : into.name;
  let password: Uint8Array = into === undefined ? noBytes : into.password;
  const roles: string[] = into === undefined ? [] : [...into.roles];
  let options: UserAddOptions | undefined = into === undefined ? undefined : into.options;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        name = r.byteString();
        break;
      case 18:
        password = r.byteArray();
        break;
      case 26:
        roles.push(r.string());
        break;
      case 34:
        options = r.message(userAddOptionsCodec, options);
        break;
      default:
        r.skip(tag);
    }
  }
  const message: { -readonly [K in keyof User]: User[K] } = { name, password, roles };
  if (options !== undefined) message.options = options;
  return message;
}
export const userCodec: Codec<User> = {
  write: writeUser,
  read: readUser,
  fields: [
    { name: 'name', property: 'name', kind: 'byteString' },
    { name: 'password', property: 'password', kind: 'bytes' },
    { name: 'roles', property: 'roles', kind: 'string', repeated: true },
    { name: 'options', property: 'options', kind: 'message', fields: () => userAddOptionsCodec.fields },
  ],
};

export interface Permission {
  readonly permType: PermissionType;
  readonly key: ByteString;
  readonly rangeEnd: ByteString;
}
/** Every field at its default. */
export const emptyPermission: Permission = { permType: 'read', key: '', rangeEnd: '' };
function writePermission(w: Writer, m: Permission): void {
  if (m.rangeEnd !== '') {
    w.byteString(m.rangeEnd);
    w.tag(26);
  }
  if (m.key !== '') {
    w.byteString(m.key);
    w.tag(18);
  }
  if (m.permType !== 'read') {
    writePermissionType(w, m.permType);
    w.tag(8);
  }
}
function readPermission(r: Reader, end: number, into?: Permission): Permission {
  let permType: PermissionType = into === undefined ? 'read' : into.permType;
  let key: ByteString = into === undefined ? '' : into.key;
  let rangeEnd: ByteString = into === undefined ? '' : into.rangeEnd;
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        permType = readPermissionType(r);
        break;
      case 18:
        key = r.byteString();
        break;
      case 26:
        rangeEnd = r.byteString();
        break;
      default:
        r.skip(tag);
    }
  }
  return { permType, key, rangeEnd };
}
export const permissionCodec: Codec<Permission> = {
  write: writePermission,
  read: readPermission,
  fields: [
    {
      name: 'permType',
      property: 'permType',
      kind: 'enum',
      values: [
        ['READ', 'read'],
        ['WRITE', 'write'],
        ['READWRITE', 'readwrite'],
      ],
    },
    { name: 'key', property: 'key', kind: 'byteString' },
    { name: 'range_end', property: 'rangeEnd', kind: 'byteString' },
  ],
};

export interface Role {
  readonly name: ByteString;
  readonly keyPermission: readonly Permission[];
}
/** Every field at its default. */
export const emptyRole: Role = { name: '', keyPermission: [] };
function writeRole(w: Writer, m: Role): void {
  for (let i = m.keyPermission.length - 1; i >= 0; i--) {
    w.message(permissionCodec, m.keyPermission[i] as Permission);
    w.tag(18);
  }
  if (m.name !== '') {
    w.byteString(m.name);
    w.tag(10);
  }
}
function readRole(r: Reader, end: number, into?: Role): Role {
  let name: ByteString = into === undefined ? '' : into.name;
  const keyPermission: Permission[] = into === undefined ? [] : [...into.keyPermission];
  while (r.at < end) {
    const tag = r.tag();
    switch (tag) {
      case 10:
        name = r.byteString();
        break;
      case 18:
        keyPermission.push(r.message(permissionCodec));
        break;
      default:
        r.skip(tag);
    }
  }
  return { name, keyPermission };
}
export const roleCodec: Codec<Role> = {
  write: writeRole,
  read: readRole,
  fields: [
    { name: 'name', property: 'name', kind: 'byteString' },
    {
      name: 'keyPermission',
      property: 'keyPermission',
      kind: 'message',
      fields: () => permissionCodec.fields,
      repeated: true,
    },
  ],
};
