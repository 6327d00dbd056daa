import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EncryptedStore, encryptStore } from '../../../../apiserver/auth/encryption/encrypted-keys.ts';
import { UnixKmsClient } from '../../../../apiserver/auth/encryption/kms/kms-client.ts';
import { decodeObject } from '../../../../apiserver/auth/encryption/kms/kms-messages.ts';
import { KmsProvider } from '../../../../apiserver/auth/encryption/kms/kms-provider.ts';
import { secretRow } from '../../../../apiserver/resources/core/secret.ts';
import { silentLogger } from '../../../../base/logger.ts';
import { SeededRandom } from '../../../../base/random.ts';
import { systemClock } from '../../../../base/system.ts';
import { VirtualClock } from '../../../../base/virtual-clock.ts';
import { createMemoryStore, type Store, type WatchResponse } from '../../../../store/index.ts';
import { KmsPlugin, kmsMessages } from './kms-plugin.ts';

const SECRET = '/registry/secrets/ns/s';
const PREFIX = 'k8s:enc:kms:v2:vault:';
const MINUTE_MS = 60_000;

/** Sealed by kube-apiserver 1.36 with a plugin whose key "key-1" is 32 bytes of 1. */
const reference = {
  key: '/registry/secrets/default/s3',
  sealed:
    'CssDr7ta1lZh8Q1soDoKvmYM/b3uusWVuHSWgUIkeF09/BQJgMzlop4g2TYY2/+JXyrCL30dI7PJql9hn+egAt9MHaU3OgnP16Vb' +
    'lStrSZgLyCqBViO2JUWROp7a1FScijsqIyKYp8Ptyg+m5OqL3WTsd/W08Dg3T/A2R8MgOk9TakAPiJFSGPRV1YfTbN1f9icWTY4r' +
    'vEzVMKV/FWMUphz/l9GZ8ME4j65MM2jpPZR87RJF5aRIFdO6w7NbQVZr3NMYO40QR7EtDK3d2qHEcJwI72bjDAeRn6mVuz/3igxx' +
    'Sqy2E0R0/Ycq3YK0ewhiTSCD1jPvrUcsnqTIqxKBS+h+EIUdoZN9OWoMY8NbvM3esbcXHmPlMTAVydlXvhOo5v9lpmBiB9sbB3Pu' +
    '3vQt6xn4k6L/Dclr47wjgk5iywwvy/lun6nbdpKCyLM1SZ0hL06c3sWCl1TpyqYg6hBofobRIwrqZ4IW0c1GGTi7J5kcNKO5jq4o' +
    'obslKnl/xqLou5EJhKEphOdaWBYrzEcOY5R9BnUC3Wl2dWEMKkLaX2UpWs20TfK+cSXtunV7R5pEvHMxthu7ZpTIoyHfmezeTZgm' +
    '/91WMlQzXYqgSQVYEgVrZXktMRo8FBy1KyhdIT9xbKSz0LxKi5s80kxvVEdIroxuaWWlBGsDQSIO2n32/K8MhbsL45nQ5DUhygR6' +
    'I/pRJkGkIhwKF3ZlcnNpb24ua21zLmV4YW1wbGUuY29tEgExKAE=',
};

let folder: string;
let plugin: KmsPlugin;
let clock: VirtualClock;
const stops: (() => void | Promise<void>)[] = [];

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kms-'));
  clock = new VirtualClock();
  plugin = new KmsPlugin('key-1');
  await listen();
});

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  fs.rmSync(folder, { recursive: true });
});

async function listen(): Promise<void> {
  const serving = plugin;
  await serving.listen(path.join(folder, 'kms.sock'));
  stops.push(() => serving.close());
}

/** Sockets have the machine's time, the provider's patience a virtual one. */
function provider(timeoutMs = 60_000): KmsProvider {
  const client = new UnixKmsClient(`unix://${folder}/kms.sock`, timeoutMs, systemClock);
  const made = new KmsProvider('vault', { client, clock, random: new SeededRandom(1), logger: silentLogger });
  stops.push(() => made.stop());
  return made;
}

async function opened(kms: KmsProvider, sealed: Uint8Array): Promise<string> {
  await kms.prepare(sealed);
  return Buffer.from(kms.open(sealed, SECRET)).toString('utf8');
}

function sealedWith(kms: KmsProvider, value: string): Uint8Array {
  return kms.seal(Buffer.from(value), SECRET);
}

async function encrypted(store: Store): Promise<EncryptedStore> {
  const file = path.join(folder, 'enc.yaml');
  fs.writeFileSync(
    file,
    `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - kms: {apiVersion: v2, name: vault, endpoint: "unix://${folder}/kms.sock", timeout: 24h}
  - identity: {}
`,
  );
  const deps = { clock, random: new SeededRandom(1), logger: silentLogger };
  const made = await encryptStore(store, { file, reload: false }, [secretRow], deps);
  stops.push(() => made.stop());
  return made;
}

describe('values behind a KMS plugin', () => {
  it('K7 are kept as kube-apiserver keeps them, with the sealed seed, and a key of their own each', async () => {
    const kms = provider();
    await kms.start();
    const [one, two] = [sealedWith(kms, 'value'), sealedWith(kms, 'value')];
    const type = kmsMessages.lookupType('v2.EncryptedObject');
    const read = type.toObject(type.decode(one)) as Record<string, unknown>;
    expect(read).toMatchObject({ keyID: 'key-1', encryptedDEKSourceType: 1 });
    expect(read.annotations).toEqual({ 'version.kms.example.com': Buffer.from('1') });
    // The plugin opens the seed that is kept: 32 bytes.
    const seed = decodeObject(one).seed;
    expect(seed.ciphertext.length).toBe(12 + 16 + 32);
    expect(Buffer.from(one).equals(two)).toBe(false);
    expect(decodeObject(two).seed).toEqual(seed);
    expect(plugin.calls.map(({ method }) => method)).toEqual(['Status', 'Encrypt']);
    expect(await opened(kms, one)).toBe('value');
    expect(() => kms.open(one, '/registry/secrets/ns/other')).toThrow();
  });

  it('K7 opens a value that kube-apiserver sealed', async () => {
    plugin.keys.set('key-1', Buffer.alloc(32, 1));
    const kms = provider();
    await kms.start();
    const sealed = Buffer.from(reference.sealed, 'base64');
    await kms.prepare(sealed);
    const object = JSON.parse(Buffer.from(kms.open(sealed, reference.key)).toString('utf8')) as object;
    expect(object).toMatchObject({ kind: 'Secret', metadata: { name: 's3' }, data: { a: 'Yg==' } });
  });

  it('K7 asks the plugin once for a seed, whoever reads, and the same later does without', async () => {
    const first = provider();
    await first.start();
    const sealed = [1, 2, 3].map((each) => sealedWith(first, `value ${each}`));
    const second = provider();
    await second.start();
    plugin.calls.length = 0;
    const values = await Promise.all(sealed.map((each) => opened(second, each)));
    expect(values).toEqual(['value 1', 'value 2', 'value 3']);
    expect(plugin.calls.map(({ method }) => method)).toEqual(['Decrypt']);
    expect(second.prepare(sealed[0] ?? Buffer.alloc(0))).toBeUndefined();
  });

  it('K8 another key id of the plugin makes a new seed, and what was sealed before stale but readable', async () => {
    const kms = provider();
    await kms.start();
    const before = sealedWith(kms, 'old');
    expect(kms.isStale(before)).toBe(false);
    plugin.rotate('key-2');
    await clock.advance(MINUTE_MS);
    await expect.poll(() => decodeObject(sealedWith(kms, 'new')).seed.keyId, { timeout: 20_000 }).toBe('key-2');
    expect(kms.isStale(before)).toBe(true);
    expect(kms.isStale(sealedWith(kms, 'new'))).toBe(false);
    expect(await opened(kms, before)).toBe('old');
  });

  it('K9 a plugin that fails is unhealthy; what is sealed can be read, and written for three minutes', async () => {
    const kms = provider();
    await kms.start();
    const sealed = sealedWith(kms, 'value');
    const failures = async (change: () => void): Promise<string | undefined> => {
      change();
      await clock.advance(MINUTE_MS);
      return kms.check();
    };
    expect(await failures(() => (plugin.healthz = 'sealed'))).toBe(
      'kmsv2 Provider vault is not healthy, error: got unexpected healthz status: sealed',
    );
    plugin.healthz = 'ok';
    expect(await failures(() => (plugin.version = 'v2beta1'))).toContain(
      'KMSv2 API version should not change after the initial status response version v2, got v2beta1',
    );
    expect(await failures(() => (plugin.version = 'v3'))).toContain('expected KMSv2 API version v2, got v3');
    plugin.version = 'v2';
    expect(await failures(() => (plugin.keyId = ''))).toContain('got invalid KMSv2 KeyID hash "": keyID is empty');
    plugin.keyId = 'key-1';
    expect(await failures(() => (plugin.annotations = { short: Buffer.from('') }))).toBeUndefined();
    plugin.rotate('key-2');
    expect(await failures(() => {})).toContain('failed to rotate DEK: failed to validate annotations');
    expect(await failures(() => (plugin.failure = 'no vault: 100% gone'))).toBe(
      'failed to perform status section of the healthz check for KMS Provider vault, error: rpc error: code = Internal desc = no vault: 100% gone',
    );
    await clock.advance(3 * MINUTE_MS);
    expect(() => sealedWith(kms, 'more')).toThrow('has not been healthy for 3 minutes');
    expect(await opened(kms, sealed)).toBe('value');
    const unknown = kmsMessages.lookupType('v2.EncryptedObject');
    const elsewhere = unknown
      .encode(
        unknown.create({ encryptedData: [1], keyID: 'gone', encryptedDEKSource: [1, 2], encryptedDEKSourceType: 1 }),
      )
      .finish();
    await expect(kms.prepare(elsewhere)).rejects.toThrow('failed to decrypt DEK, error: rpc error: code = Internal');
  });

  it('K9 a call waits for a plugin that is not there, as long as its timeout says', async () => {
    const kms = provider(300);
    await stops.shift()?.();
    await kms.start();
    expect(await kms.check()).toMatch(
      /^failed to perform status section .* rpc error: code = DeadlineExceeded desc = context deadline exceeded while waiting for connections: connect ENOENT/,
    );
    expect(() => sealedWith(kms, 'value')).toThrow('KMS provider vault has not given a key yet');
  });
});

describe('a store behind a KMS plugin', () => {
  it('K3 K8 shows clear values, keeps sealed ones, and tells watchers in order what must be fetched first', async () => {
    const inner = createMemoryStore({ clock, random: new SeededRandom(1) });
    const writer = await encrypted(inner);
    await writer.store.put({ key: SECRET, value: Buffer.from('one') });
    const raw = (await inner.range({ key: SECRET })).kvs[0]?.value ?? Buffer.alloc(0);
    expect(Buffer.from(raw).toString('latin1').startsWith(PREFIX)).toBe(true);
    expect(Buffer.from(raw).includes('one')).toBe(false);

    const reader = await encrypted(inner);
    const seen: string[] = [];
    const take = (response: WatchResponse): void => {
      if (response.type === 'events') seen.push(...response.events.map(({ kv }) => Buffer.from(kv.value).toString()));
    };
    reader.store.watch({ key: SECRET, startRevision: 1 }, take);
    plugin.rotate('key-2');
    await clock.advance(MINUTE_MS);
    const third = await encrypted(inner);
    expect(await third.store.isStale(SECRET)).toBe(true);
    await third.store.put({ key: SECRET, value: Buffer.from('two') });
    expect(await third.store.isStale(SECRET)).toBe(false);
    // The store goes back in its history by its own, virtual time.
    const seenLater = async (): Promise<string[]> => {
      await clock.advance(10);
      return seen;
    };
    await expect.poll(seenLater, { timeout: 15_000 }).toEqual(['one', 'two']);
    expect(reader.healthChecks.map(({ name }) => name)).toEqual(['kms-providers']);
    expect(await reader.healthChecks[0]?.check()).toBeUndefined();
  });

  it('K5 a watch that meets what cannot be opened is canceled, not silent', async () => {
    const inner = createMemoryStore({ clock, random: new SeededRandom(1) });
    const { store } = await encrypted(inner);
    const seen: string[] = [];
    store.watch({ key: SECRET, startRevision: 1 }, (response) => {
      if (response.type === 'canceled') seen.push(response.reason);
    });
    await inner.put({ key: SECRET, value: Buffer.from('k8s:enc:kms:v2:other:') });
    await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(1);
    expect(seen[0]).toContain(`${SECRET} cannot be decrypted with the keys in`);
  });

  it('K9 what is to be opened waits for a plugin that starts later than the server', async () => {
    const inner = createMemoryStore({ clock, random: new SeededRandom(1) });
    await (await encrypted(inner)).store.put({ key: SECRET, value: Buffer.from('value') });
    plugin.failure = 'starting';
    const late = await encrypted(inner);
    expect(await late.healthChecks[0]?.check()).toContain('kms-provider-0: failed to perform status section');
    let value: string | undefined;
    const reading = late.store.range({ key: SECRET }).then(({ kvs }) => {
      value = Buffer.from(kvs[0]?.value ?? []).toString();
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(value).toBeUndefined();
    plugin.failure = undefined;
    await clock.advance(10_000);
    await reading;
    expect(value).toBe('value');
  });
});
