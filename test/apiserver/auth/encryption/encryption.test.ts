import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../../apiserver/auth/config-file.ts';
import { transformerOfKeys } from '../../../../apiserver/auth/encryption/encrypted-keys.ts';
import { EncryptingStore } from '../../../../apiserver/auth/encryption/encrypting-store.ts';
import {
  type EncryptionConfig,
  type MakeKmsProvider,
  readEncryptionConfig,
} from '../../../../apiserver/auth/encryption/encryption-config.ts';
import { UnixKmsClient } from '../../../../apiserver/auth/encryption/kms/kms-client.ts';
import { KmsProvider } from '../../../../apiserver/auth/encryption/kms/kms-provider.ts';
import { aesCbc, aesGcm, secretbox, type ValueCipher } from '../../../../apiserver/auth/encryption/value-ciphers.ts';
import { configMapRow } from '../../../../apiserver/resources/core/config-map.ts';
import { namespaceRow } from '../../../../apiserver/resources/core/namespace.ts';
import { secretRow } from '../../../../apiserver/resources/core/secret.ts';
import { UsageError } from '../../../../base/errors.ts';
import { silentLogger } from '../../../../base/logger.ts';
import { SeededRandom } from '../../../../base/random.ts';
import { VirtualClock } from '../../../../base/virtual-clock.ts';
import { createMemoryStore, type Store, type StoreEvent } from '../../../../store/index.ts';
import { startServer } from '../../machinery/server-fixture.ts';

const base64 = (byte: number, length = 32): string => Buffer.alloc(length, byte).toString('base64');
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('latin1');

const makeKms: MakeKmsProvider = ({ name, endpoint, timeoutMs }) => {
  const clock = new VirtualClock();
  const client = new UnixKmsClient(endpoint, timeoutMs, clock);
  return new KmsProvider(name, { client, clock, random: new SeededRandom(1), logger: silentLogger });
};

async function config(resources: string): Promise<EncryptionConfig> {
  const yaml = `apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n${resources}`;
  return readEncryptionConfig(
    await parseConfig(yaml, 'enc.yaml', 'EncryptionConfiguration', ['apiserver.config.k8s.io/v1']),
    makeKms,
  );
}

const keys = (provider: string, ...pairs: [string, number][]): string =>
  `  - ${provider}: {keys: [${pairs.map(([name, byte]) => `{name: ${name}, secret: "${base64(byte)}"}`).join(', ')}]}\n`;
const kms = (fields: string): string => `- resources: [secrets]\n  providers: [{kms: {${fields}}}]`;
const secrets = (...providers: string[]): string => `- resources: [secrets]\n  providers:\n${providers.join('')}`;

describe('ciphers', () => {
  it.each<[string, () => ValueCipher | Promise<ValueCipher>]>([
    ['aesgcm', () => aesGcm(Buffer.alloc(32, 1))],
    ['aesgcm with 128 bits', () => aesGcm(Buffer.alloc(16, 1))],
    ['aescbc', () => aesCbc(Buffer.alloc(32, 1))],
    ['secretbox', () => secretbox(Buffer.alloc(32, 1))],
  ])('K6 %s seals differently every time, and opens', async (_title, make) => {
    const cipher = await make();
    for (const length of [0, 1, 15, 16, 1000]) {
      const plain = Buffer.alloc(length, 'v');
      const [first, second] = [cipher.seal(plain, '/k'), cipher.seal(plain, '/k')];
      expect(Buffer.from(first).equals(second)).toBe(false);
      expect(Buffer.from(cipher.open(first, '/k')).equals(plain)).toBe(true);
    }
    expect(() => cipher.open(Buffer.from('short'), '/k')).toThrow();
  });

  it('K6 what was changed, or put in another place, does not open', async () => {
    const gcm = aesGcm(Buffer.alloc(32, 1));
    const box = await secretbox(Buffer.alloc(32, 1));
    const sealed = Buffer.from(gcm.seal(Buffer.from('value'), '/a'));
    expect(() => gcm.open(sealed, '/b')).toThrow();
    for (const [cipher, bytes] of [
      [gcm, sealed],
      [box, Buffer.from(box.seal(Buffer.from('value'), '/a'))],
    ] as const) {
      bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
      expect(() => cipher.open(bytes, '/a')).toThrow();
    }
  });

  it('K6 lay values out as kube-apiserver does', async () => {
    // NaCl's own test vector (tests/secretbox.c).
    const box = await secretbox(hex('1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389'));
    const opened = box.open(
      hex(
        '69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37' +
          'f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5',
      ),
      '/any',
    );
    expect(Buffer.from(opened).toString('hex').slice(0, 32)).toBe('be075fc53c81f2d5cf141316ebeb0c7b');
    // NIST SP 800-38A F.2.5, one block and its padding, made with openssl enc -aes-256-cbc.
    const cbc = aesCbc(hex('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4'));
    const sealed = hex(
      '000102030405060708090a0b0c0d0e0ff58c4c04d6e5f1ba779eabfb5f7bfbd6485a5c81519cf378fa36d42b8547edc0',
    );
    expect(Buffer.from(cbc.open(sealed, '/any')).toString('hex')).toBe('6bc1bee22e409f96e93d7e117393172a');
  });
});

describe('the configuration', () => {
  it.each([
    ['', 'enc.yaml: resources: at least one resources is required'],
    [
      '- resources: []\n  providers: [{identity: {}}]',
      'enc.yaml: resources[0].resources: at least one resource is required',
    ],
    ['- resources: [secrets]\n  providers: []', 'enc.yaml: resources[0].providers: at least one provider is required'],
    ['- resources: [Secrets]\n  providers: [{identity: {}}]', 'resource name should not contain capital letters'],
    ['- resources: ["*"]\n  providers: [{identity: {}}]', "use '*.' to encrypt"],
    [
      '- resources: [secrets, secrets]\n  providers: [{identity: {}}]',
      'the same resource cannot be specified multiple times',
    ],
    ['- resources: [secrets, "*."]\n  providers: [{identity: {}}]', 'using overlapping resources'],
    [
      '- resources: [secrets]\n  providers: [{identity: {}, aesgcm: {}}]',
      'more than one provider specified in a single element',
    ],
    ['- resources: [secrets]\n  providers: [{}]', 'provider does not contain any of the expected providers'],
    ['- resources: [events.events.k8s.io]\n  providers: [{identity: {}}]', "Use 'events' instead in the config file"],
    ['- resources: [ingresses.extensions]\n  providers: [{identity: {}}]', "'extensions' group has been removed"],
    ['- resources: [apiserveripinfo]\n  providers: [{identity: {}}]', 'resources which do not have REST API/s'],
    ['- resources: ["secrets.*"]\n  providers: [{identity: {}}]', 'encrypting the same resource across groups'],
    [
      '- resources: ["*.*"]\n  providers: [{identity: {}}]\n- resources: [secrets]\n  providers: [{identity: {}}]',
      'enc.yaml: resources[1].resources[0]: resource "secrets" is masked by earlier rule "*.*"',
    ],
    [kms('name: a, endpoint: "unix:///s"'), 'kms.apiVersion: KMS provider a is of version v1: KMSv1 is deprecated'],
    [kms('apiVersion: v3, name: a, endpoint: "unix:///s"'), 'unsupported apiVersion v3 for KMS provider'],
    [kms('apiVersion: v2, endpoint: "unix:///s"'), 'kms.name: is required'],
    [kms('apiVersion: v2, name: "a:b", endpoint: "unix:///s"'), "invalid KMS provider name a:b, must not contain ':'"],
    [kms('apiVersion: v2, name: a'), 'kms.endpoint: endpoint is a mandatory field for a kms'],
    [kms('apiVersion: v2, name: a, endpoint: "tcp://h"'), 'unsupported scheme "tcp" for KMS provider'],
    [kms('apiVersion: v2, name: a, endpoint: "unix:///s", timeout: 0s'), 'timeout should be a positive value'],
    [kms('apiVersion: v2, name: a, endpoint: "unix:///s", timeout: soon'), 'kms.timeout: must be a duration'],
    [kms('apiVersion: v2, name: a, endpoint: "unix:///s", cachesize: 3'), 'cachesize is not supported in v2'],
    [
      `${kms('apiVersion: v2, name: a, endpoint: "unix:///s"')}\n${kms('apiVersion: v2, name: a, endpoint: "unix:///t"')}`,
      'enc.yaml: resources[1].providers[0].kms.name: duplicate KMS provider name a, names must be unique',
    ],
    ['- resources: [secrets]\n  providers: [{rot13: {}}]', 'enc.yaml: resources[0].providers[0].rot13: is no provider'],
    ['- resources: [secrets]\n  providers: [{aesgcm: {keys: []}}]', 'at least one key is required'],
    ['- resources: [secrets]\n  providers: [{aesgcm: {keys: [{secret: x}]}}]', 'keys[0].name: is required'],
    [
      '- resources: [secrets]\n  providers: [{aesgcm: {keys: [{name: a, secret: "###"}]}}]',
      'keys[0].secret: secrets must be base64 encoded',
    ],
    [
      `- resources: [secrets]\n  providers: [{aesgcm: {keys: [{name: a, secret: "${base64(7, 17)}"}]}}]`,
      'keys[0].secret: secret is not of the expected length, got 17, expected one of [16 24 32]',
    ],
  ])('K1 %j is refused', async (resources, message) => {
    const failure = await config(resources).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(UsageError);
    expect(String(failure)).toContain(message);
    expect(String(failure)).not.toContain(base64(7, 17));
  });

  it.each([
    ['- resources: [secrets]', 'secrets', '', true],
    ['- resources: [secrets]', 'configmaps', '', false],
    ['- resources: ["*."]', 'configmaps', '', true],
    ['- resources: ["*."]', 'deployments', 'apps', false],
    ['- resources: ["*.apps"]', 'deployments', 'apps', true],
    ['- resources: [deployments.apps]', 'daemonsets', 'apps', false],
    ['- resources: ["*.*"]', 'zones', 'example.com', true],
  ])('K2 %s covers %s.%s: %s', async (resources, resource, group, covered) => {
    const read = await config(`${resources}\n  providers:\n${keys('aesgcm', ['a', 1])}`);
    const sealed = text(read.transformerFor({ group, resource }).toStorage('/k', Buffer.from('v')));
    expect(sealed.startsWith('k8s:enc:aesgcm:v1:a:')).toBe(covered);
  });

  it('K2 a name counts before a group, a group before all, and what several entries say of one counts in turn', async () => {
    const identity = '- resources: [configmaps]\n  providers: [{identity: {}}]\n';
    const read = await config(`${identity}- resources: ["*.*"]\n  providers:\n${keys('aesgcm', ['a', 1])}`);
    const sealed = (resource: string): string =>
      text(read.transformerFor({ group: '', resource }).toStorage('/k', Buffer.from('v')));
    expect(sealed('configmaps')).toBe('v');
    expect(sealed('secrets')).toMatch(/^k8s:enc:aesgcm:v1:a:/);
    const one = await config(`- resources: [secrets]\n  providers:\n${keys('aesgcm', ['old', 1])}`);
    const old = one.transformerFor({ group: '', resource: 'secrets' }).toStorage('/k', Buffer.from('v'));
    const both = await config(
      `- resources: [secrets]\n  providers:\n${keys('aesgcm', ['new', 2])}- resources: [secrets]\n  providers:\n${keys('aesgcm', ['old', 1])}`,
    );
    const opened = both.transformerFor({ group: '', resource: 'secrets' }).fromStorage('/k', old);
    expect([text(opened.bytes), opened.stale]).toEqual(['v', true]);
  });
});

const rows = [secretRow, configMapRow, namespaceRow];

async function encrypted(inner: Store, resources: string): Promise<EncryptingStore> {
  return new EncryptingStore(inner, transformerOfKeys(await config(resources), rows, 'enc.yaml'));
}

function memory(): Store {
  return createMemoryStore({ clock: new VirtualClock(), random: new SeededRandom(1) });
}

const SECRET = '/registry/secrets/ns/s';

describe('the store', () => {
  it('K3 shows clear values to its user and sealed ones to everybody else', async () => {
    const inner = memory();
    const store = await encrypted(inner, secrets(keys('aesgcm', ['a', 1])));
    const events: StoreEvent[] = [];
    store.watch({ key: '/registry/', rangeEnd: '/registry0', prevKv: true }, (response) => {
      if (response.type === 'events') events.push(...response.events);
    });
    await store.put({ key: SECRET, value: Buffer.from('one') });
    await store.put({ key: '/registry/configmaps/ns/c', value: Buffer.from('clear') });
    const swapped = await store.txn({
      compare: [{ key: SECRET, target: 'version', result: 'equal', version: 1 }],
      success: [
        { type: 'put', request: { key: SECRET, value: Buffer.from('two'), prevKv: true } },
        { type: 'range', request: { key: SECRET } },
      ],
      failure: [],
    });
    expect(
      swapped.responses.map((each) =>
        each.type === 'put'
          ? text(each.result.prevKv?.value)
          : each.type === 'range'
            ? text(each.result.kvs[0]?.value)
            : '',
      ),
    ).toEqual(['one', 'two']);
    expect(text((await store.range({ key: SECRET })).kvs[0]?.value)).toBe('two');
    const raw = await inner.range({ key: '/registry/', rangeEnd: '/registry0' });
    expect(raw.kvs.map(({ key, value }) => `${key} ${text(value).slice(0, 21)}`)).toEqual([
      '/registry/configmaps/ns/c clear',
      `${SECRET} k8s:enc:aesgcm:v1:a:${text(raw.kvs[1]?.value).slice(20, 21)}`,
    ]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(events.map(({ kv, prevKv }) => `${text(kv.value)}<${text(prevKv?.value)}`)).toEqual([
      'one<',
      'clear<',
      'two<one',
    ]);
    const gone = await store.deleteRange({ key: SECRET, prevKv: true });
    expect(text(gone.prevKvs[0]?.value)).toBe('two');
  });

  it('K4 reads what older keys sealed, and seals anew on demand', async () => {
    const inner = memory();
    const plain = await encrypted(inner, '- resources: [pods]\n  providers: [{identity: {}}]');
    await plain.put({ key: SECRET, value: Buffer.from('zero') });
    const first = await encrypted(inner, secrets(keys('aescbc', ['old', 1]), '  - identity: {}\n'));
    expect(text((await first.range({ key: SECRET })).kvs[0]?.value)).toBe('zero');
    await first.put({ key: `${SECRET}2`, value: Buffer.from('one') });
    const second = await encrypted(
      inner,
      secrets(keys('aesgcm', ['new', 2]), keys('aescbc', ['old', 1]), '  - identity: {}\n'),
    );
    expect((await second.range({ key: SECRET, rangeEnd: `${SECRET}9` })).kvs.map(({ value }) => text(value))).toEqual([
      'zero',
      'one',
    ]);
    expect(await second.sealStale('/registry/')).toBe(2);
    expect(await second.sealStale('/registry/')).toBe(0);
    const last = await encrypted(inner, secrets(keys('aesgcm', ['new', 2])));
    expect((await last.range({ key: SECRET, rangeEnd: `${SECRET}9` })).kvs.map(({ value }) => text(value))).toEqual([
      'zero',
      'one',
    ]);
  });

  it('K5 fails rather than passing on what it cannot open', async () => {
    const inner = memory();
    await (await encrypted(inner, secrets(keys('aesgcm', ['a', 1])))).put({ key: SECRET, value: Buffer.from('v') });
    for (const providers of [keys('aesgcm', ['a', 2]), keys('aesgcm', ['b', 1]), '  - identity: {}\n']) {
      const store = await encrypted(inner, secrets(providers));
      await expect(store.range({ key: SECRET })).rejects.toThrow(
        `${SECRET} cannot be decrypted with the keys in enc.yaml`,
      );
    }
    // What is not named is kept in the clear, but what is encrypted is never taken for clear.
    const unnamed = await encrypted(inner, '- resources: [pods]\n  providers: [{identity: {}}]');
    await expect(unnamed.range({ key: SECRET })).rejects.toThrow('cannot be decrypted');
  });

  it('K4 two keys of one name are tried one after the other', async () => {
    const inner = memory();
    await (await encrypted(inner, secrets(keys('aescbc', ['k', 1])))).put({ key: SECRET, value: Buffer.from('value') });
    const store = await encrypted(inner, secrets(keys('aesgcm', ['k', 9]), keys('aescbc', ['other', 3], ['k', 1])));
    expect(text((await store.range({ key: SECRET })).kvs[0]?.value)).toBe('value');
  });
});

it('K3 a server on it keeps no clear text of secrets in the store', async () => {
  const inner = memory();
  const store = await encrypted(inner, secrets(keys('aesgcm', ['a', 1])));
  const fixture = await startServer(rows, { store });
  const path = '/api/v1/namespaces/ns/secrets';
  const value = 'very-secret-value';
  const created = await fixture.call('POST', path, { metadata: { name: 's' }, stringData: { password: value } });
  expect(created.code).toBe(201);
  await fixture.call(
    'PATCH',
    `${path}/s`,
    { metadata: { labels: { a: 'b' } } },
    { 'content-type': 'application/merge-patch+json' },
  );
  const { body } = await fixture.call('GET', `${path}/s`);
  expect((body.data as Record<string, string>).password).toBe(Buffer.from(value).toString('base64'));
  const raw = await inner.range({ key: '\0', rangeEnd: '\0' });
  const all = raw.kvs.map((kv) => text(kv.value)).join('\n');
  expect(all).toContain('k8s:enc:aesgcm:v1:a:');
  for (const clear of [value, Buffer.from(value).toString('base64')]) expect(all).not.toContain(clear);
  await fixture.close();
});
