/** TLS with client certificates, and authentication by password, token and certificate, from the remote store's side. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prefixEnd, stringToBytes } from '../../../base/bytes.ts';
import { UsageError } from '../../../base/errors.ts';
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { systemClock } from '../../../base/system.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { type AuthState, addUser, enable, grantRole, initialAuthState } from '../../../store/etcd/auth/auth-state.ts';
import { jsonWebTokens, simpleTokens } from '../../../store/etcd/auth/tokens.ts';
import { authService } from '../../../store/etcd/proto/gen/etcdserverpb.ts';
import type { RemoteStoreOptions } from '../../../store/etcd/remote-store.ts';
import {
  createEmbeddedStore,
  createRemoteStore,
  type EtcdServer,
  type RunningMember,
  type Store,
  serveEtcd,
} from '../../../store/index.ts';
import { type Credentials, TestAuthority } from './certificates.ts';
import { RawClient } from './raw-client.ts';

const random = new SeededRandom('security');
const logger = silentLogger;
const listen = { host: '127.0.0.1', port: 0 };
const deps = { clock: systemClock, random, logger };
const value = stringToBytes('x');

/** Uses a remote store and closes it. */
async function using<T>(
  options: Omit<RemoteStoreOptions, 'clock' | 'random' | 'logger'>,
  run: (store: Store) => Promise<T>,
) {
  const store = createRemoteStore({ ...options, ...deps, unavailableMs: 700 });
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

describe('TLS', () => {
  let member: RunningMember;
  let server: EtcdServer;
  let authority: TestAuthority;
  let client: Credentials;

  beforeAll(async () => {
    authority = await TestAuthority.make();
    client = await authority.issue('client');
    member = await createEmbeddedStore({ clock: systemClock, random });
    const tls = { ...(await authority.issue('server')), clientCa: authority.pem };
    server = await serveEtcd({ ...deps, store: member.store, admin: member.admin, listen, tls });
  });
  afterAll(async () => {
    await server.close();
    await member.close();
  });

  it('serves a client with a certificate of the authority', async () => {
    expect(server.url).toMatch(/^https:/);
    await using({ endpoints: [server.url], tls: { ca: authority.pem, ...client } }, async (store) => {
      await store.put({ key: 'tls', value });
      expect((await store.range({ key: 'tls' })).count).toBe(1);
    });
  });

  it('refuses a client without one, or with a stranger’s', async () => {
    const stranger = await (await TestAuthority.make()).issue('client');
    for (const tls of [{ ca: authority.pem }, { ca: authority.pem, ...stranger }]) {
      await using({ endpoints: [server.url], tls }, async (store) => {
        await expect(store.range({ key: 'tls' })).rejects.toMatchObject({ reason: 'unhealthy' });
      });
    }
  });

  it('is not believed by a client that knows another authority', async () => {
    const tls = { ca: (await TestAuthority.make()).pem, ...client };
    await using({ endpoints: [server.url], tls }, async (store) => {
      await expect(store.range({ key: 'tls' })).rejects.toMatchObject({
        reason: 'unhealthy',
        cause: { message: expect.stringMatching(/certificate|self-signed/) },
      });
    });
  });
});

describe('authentication', () => {
  let member: RunningMember;
  let server: EtcdServer;
  let secure: EtcdServer;
  let authority: TestAuthority;
  const folder = mkdtempSync(join(tmpdir(), 'sampan-security-'));

  beforeAll(async () => {
    authority = await TestAuthority.make();
    member = await createEmbeddedStore({ clock: systemClock, random });
    const { store, admin } = member;
    server = await serveEtcd({ ...deps, store, admin, listen });
    const tls = { ...(await authority.issue('server')), clientCa: authority.pem };
    secure = await serveEtcd({ ...deps, store, admin, listen, tls });
    const raw = new RawClient(server.url);
    const options = { noPassword: false };
    const add = (name: string) =>
      raw.unary(authService.userAdd, { name, password: `${name} secret`, options, hashedPassword: '' });
    await add('root');
    await add('carol');
    await raw.unary(authService.userGrantRole, { user: 'root', role: 'root' });
    await raw.unary(authService.roleAdd, { name: 'own' });
    const perm = { permType: 'readwrite', key: 'carol/', rangeEnd: prefixEnd('carol/') } as const;
    await raw.unary(authService.roleGrantPermission, { name: 'own', perm });
    await raw.unary(authService.userGrantRole, { user: 'carol', role: 'own' });
    expect(await raw.unary(authService.authEnable, {})).toMatchObject({ response: {} });
    raw.close();
  });
  afterAll(async () => {
    await server.close();
    await secure.close();
    await member.close();
    rmSync(folder, { recursive: true });
  });

  it('a remote store logs in by itself, and may what its user may', async () => {
    const user = { name: 'carol', password: 'carol secret' };
    await using({ endpoints: [server.url], user }, async (store) => {
      const seen: string[] = [];
      const watch = store.watch({ key: 'carol/', rangeEnd: 'carol0' }, (response) => void seen.push(response.type));
      await store.put({ key: 'carol/1', value });
      expect((await store.range({ key: 'carol/', rangeEnd: 'carol0' })).count).toBe(1);
      await expect(store.put({ key: 'other', value })).rejects.toMatchObject({ reason: 'permissionDenied' });
      await expect(store.range({ key: 'a', rangeEnd: 'z' })).rejects.toMatchObject({ reason: 'permissionDenied' });
      const txn = { compare: [], success: [{ type: 'put', request: { key: 'other', value } } as const], failure: [] };
      await expect(store.txn(txn)).rejects.toMatchObject({ reason: 'permissionDenied' });
      for (let waited = 0; waited < 3000 && seen.length < 2; waited += 10) await systemClock.sleep(10);
      expect(seen).toEqual(['created', 'events']);
      watch.close();
      const reason = await new Promise((resolve) => {
        store.watch({ key: 'other' }, (response) => {
          if (response.type === 'canceled') resolve(response.reason);
        });
      });
      expect(reason).toContain('permission denied');
    });
  });

  it('nobody, and somebody with a wrong password, may nothing', async () => {
    await using({ endpoints: [server.url] }, async (store) => {
      await expect(store.range({ key: 'carol/1' })).rejects.toMatchObject({ reason: 'userEmpty' });
    });
    await using({ endpoints: [server.url], user: { name: 'carol', password: 'wrong' } }, async (store) => {
      await expect(store.range({ key: 'carol/1' })).rejects.toMatchObject({ reason: 'authFailed' });
    });
  });

  it('a certificate’s name is a user too', async () => {
    const tls = { ca: authority.pem, ...(await authority.issue('carol')) };
    await using({ endpoints: [secure.url], tls }, async (store) => {
      expect((await store.range({ key: 'carol/1' })).count).toBe(1);
      await expect(store.range({ key: 'other' })).rejects.toMatchObject({ reason: 'permissionDenied' });
    });
  });

  it('logs in anew when its token has expired', async () => {
    const short = await serveEtcd({
      ...deps,
      store: member.store,
      admin: member.admin,
      listen,
      authTokenTtlSeconds: 1,
    });
    const user = { name: 'carol', password: 'carol secret' };
    await using({ endpoints: [short.url], user }, async (store) => {
      await store.put({ key: 'carol/2', value });
      await systemClock.sleep(2100);
      // A watch, too: its stream is opened with the old token.
      const created = new Promise((resolve) => {
        store.watch({ key: 'carol/2' }, (response) => resolve(response.type));
      });
      expect(await created).toBe('created');
      await store.put({ key: 'carol/2', value });
    });
    await short.close();
  });

  describe('tokens', () => {
    const clock = new VirtualClock();
    const state: AuthState = enable(
      grantRole(addUser(initialAuthState, 'root', 'hash'), 'root', 'root'),
      Buffer.alloc(32, 7).toString('hex'),
    );
    const root = state.users[0] ?? { name: '', passwordHash: undefined, roles: [], epoch: 0 };

    it('simple ones say who and expire; forged ones say nothing', async () => {
      const tokens = simpleTokens(clock, 300);
      const token = tokens.issue(root, state);
      expect(tokens.read(token, state)).toEqual({ user: 'root', revision: undefined, epoch: root.epoch });
      expect(tokens.read(`${token.slice(0, -2)}xx`, state)).toBeUndefined();
      expect(tokens.read('nonsense', state)).toBeUndefined();
      expect(tokens.read(token, { ...state, tokenKey: '00' })).toBeUndefined();
      await clock.advance(301_000);
      expect(tokens.read(token, state)).toBeUndefined();
    });

    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const write = (name: string, text: string): string => {
      const file = join(folder, name);
      writeFileSync(file, text);
      return file;
    };
    const pem = (keys: typeof rsa, name: string): string =>
      `pub-key=${write(`${name}.pub`, keys.publicKey.export({ type: 'spki', format: 'pem' }).toString())},` +
      `priv-key=${write(`${name}.key`, keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())}`;

    it.each([
      ['RS256', () => pem(rsa, 'rsa')],
      ['PS512', () => pem(rsa, 'rsa')],
      ['ES256', () => pem(ec, 'ec')],
      ['HS384', () => `priv-key=${write('secret', 'a shared secret')}`],
    ])('JSON Web Tokens signed by %s are read, expire, and can be checked by others', async (method, keys) => {
      const tokens = jsonWebTokens(`jwt,${keys()},sign-method=${method},ttl=10m`, clock);
      const token = tokens.issue(root, state);
      expect(tokens.read(token, state)).toEqual({ user: 'root', revision: state.revision, epoch: undefined });
      const [header = '', payload = ''] = token.split('.');
      expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: method, typ: 'JWT' });
      expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ username: 'root' });
      const forged = `${header}.${Buffer.from('{"username":"root","revision":99}').toString('base64url')}.${token.split('.')[2]}`;
      expect(tokens.read(forged, state)).toBeUndefined();
      const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
      expect(tokens.read(unsigned, state)).toBeUndefined();
      await clock.advance(601_000);
      expect(tokens.read(token, state)).toBeUndefined();
    });

    it.each([
      ['jwt', 'unknown sign-method'],
      ['jwt,sign-method=RS256', 'give pub-key'],
      ['jwt,sign-method=HS256', 'need priv-key'],
      ['jwt,sign-method=RS256,pub-key=/nowhere', 'cannot read pub-key'],
      ['jwt,sign-method=HS256,ttl=x', 'ttl is not a duration'],
    ])('refuses the option %s', (option, message) => {
      expect(() => jsonWebTokens(option, clock)).toThrow(UsageError);
      expect(() => jsonWebTokens(option, clock)).toThrow(message);
    });
  });
});
