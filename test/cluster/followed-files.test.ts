/** Files that count without a restart: certificates, authorities, who may do what, how values are encrypted. */
import { generateKeyPairSync } from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CertificatePair, makeAuthority, makeCertificate } from '../../apiserver/auth/certificates.ts';
import { ensurePki, type Pki } from '../../apiserver/auth/pki.ts';
import { silentLogger } from '../../base/logger.ts';
import { silentRecorder } from '../../base/moments.ts';
import { systemClock, systemRandom } from '../../base/system.ts';
import { type ApiServerHost, hostApiServer } from '../../cluster/api-server-host.ts';
import { openStore, type StoreBacking } from '../../cluster/store-backing.ts';
import { type HttpsPeer, startPeer } from '../apiserver/auth/https-peer.ts';
import { call } from '../apiserver/http/http-client.ts';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'sampan-followed-'));
const place = (name: string): string => path.join(directory, name);
const write = (name: string, text: string): void => fs.writeFileSync(place(name), text);
const deps = { clock: systemClock, random: systemRandom, logger: silentLogger, recorder: silentRecorder };
const context = { nowMs: systemClock.nowMs(), random: systemRandom };
const keyOf = (byte: number): string => Buffer.alloc(32, byte).toString('base64');

const providerKeys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

let pki: Pki;
let provider: HttpsPeer;
let backing: StoreBacking;
let host: ApiServerHost;
let ownCa: CertificatePair;
let firstCa: CertificatePair;
let secondCa: CertificatePair;
let servingCa: CertificatePair;

async function serving(name: string, ...names: string[]): Promise<CertificatePair> {
  const all = ['127.0.0.1', 'localhost', ...names];
  return makeCertificate({ commonName: name, usages: ['server'], names: all }, servingCa, context);
}

const client = (ca: CertificatePair, organizations = ['system:masters']): Promise<CertificatePair> =>
  makeCertificate({ commonName: 'jane', organizations, usages: ['client'] }, ca, context);

function encryption(...bytes: number[]): void {
  const keys = bytes.map((byte) => `{name: key${byte}, secret: "${keyOf(byte)}"}`).join(', ');
  write(
    'encryption.yaml',
    `apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n- resources: [secrets]\n  providers:\n  - aescbc: {keys: [${keys}]}\n`,
  );
}

function authorizers(...types: string[]): void {
  const list = types.map((type) => `- {type: ${type}, name: a-${type.toLowerCase()}}`).join('\n');
  write(
    'authorization.yaml',
    `apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\nauthorizers:\n${list}\n`,
  );
}

function authentication(more = ''): void {
  write(
    'authentication.yaml',
    `apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\nanonymous: {enabled: true, conditions: [{path: /livez}]}\n${more}`,
  );
}

/** The provider's users by `prefix` and subject. */
function trustingProvider(prefix: string): string {
  const authority = provider.authority.trim().replaceAll('\n', '\n      ');
  return `jwt:
- issuer:
    url: ${provider.url}
    audiences: [boats]
    certificateAuthority: |
      ${authority}
  claimMappings:
    username: {claim: sub, prefix: "${prefix}"}
`;
}

function auditing(level: string): void {
  write('audit.yaml', `apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: ${level}}]\n`);
}

/** Polls until it is so: files are looked at once a second. */
async function becomes(expected: unknown, ask: () => Promise<unknown>): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + 30_000;
  let last = await ask();
  while (last !== expected && systemClock.monotonicMs() < deadlineMs) {
    await systemClock.sleep(100);
    last = await ask();
  }
  expect(last).toBe(expected);
}

beforeAll(async () => {
  pki = await ensurePki({
    ...deps,
    directory: place('pki'),
    hostname: 'boat',
    serviceIp: '10.96.0.1',
    extraNames: [],
    store: false,
    otherDataExists: false,
  });
  [firstCa, secondCa, servingCa] = await Promise.all([
    makeAuthority('first', context),
    makeAuthority('second', context),
    makeAuthority('serving', context),
  ]);
  ownCa = pki.authority('ca');
  const [first, named] = await Promise.all([serving('first'), serving('named', 'other.example.org')]);
  write('serving.crt', first.certificatePem);
  write('serving.key', first.keyPem);
  write('named.crt', named.certificatePem);
  write('named.key', named.keyPem);
  write('clients.crt', firstCa.certificatePem);
  encryption(1);
  authorizers('Node', 'RBAC');
  authentication();
  write('tokens.csv', 'known-at-the-start,early,1,system:masters\n');
  fs.chmodSync(place('tokens.csv'), 0o600);
  auditing('Metadata');
  provider = await startPeer(({ path: where }) => {
    if (where === '/.well-known/openid-configuration') {
      return { json: { issuer: provider.url, jwks_uri: `${provider.url}/keys` } };
    }
    return { json: { keys: [{ ...providerKeys.publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig' }] } };
  });
  backing = await openStore({ type: 'embedded', dataDir: undefined, name: 'sampan' }, deps);
  host = await hostApiServer(
    {
      bindAddress: '127.0.0.1',
      port: 0,
      serviceClusterIpRange: '10.96.0.0/12',
      names: { hostname: 'boat', serviceIp: '10.96.0.1', extraNames: [] },
      serving: {
        bindAddress: '127.0.0.1',
        securePort: 0,
        tlsCertFile: place('serving.crt'),
        tlsPrivateKeyFile: place('serving.key'),
        tlsSniCertKey: [
          { certificateFile: place('named.crt'), keyFile: place('named.key'), names: ['other.example.org', '*.boats'] },
        ],
      },
      identity: {
        clientCaFile: place('clients.crt'),
        tokenAuthFile: place('tokens.csv'),
        authenticationConfigFile: place('authentication.yaml'),
      },
      audit: {
        policyFile: place('audit.yaml'),
        log: { file: place('audit.log'), limits: { maxSizeMegabytes: 0, maxAgeDays: 0, maxBackups: 0 } },
      },
      authorization: { authorizationConfig: place('authorization.yaml') },
      encryption: { file: place('encryption.yaml'), reload: true },
      enableAdmissionPlugins: [],
      disableAdmissionPlugins: [],
      notReadyTolerationSeconds: 300,
      unreachableTolerationSeconds: 300,
      pki,
      store: backing.store,
    },
    deps,
  );
}, 60_000);

afterAll(async () => {
  await host?.close();
  await backing?.stop();
  await provider?.close();
  fs.rmSync(directory, { recursive: true, force: true });
});

function shownTo(servername?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: host.port, rejectUnauthorized: false };
    const socket = tls.connect({ ...options, ...(servername === undefined ? {} : { servername }) }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

function as(
  pair: CertificatePair | undefined,
  agent?: https.Agent,
): (path: string, body?: object, method?: string) => Promise<number> {
  return async (where, body, method = body === undefined ? 'GET' : 'POST') =>
    (
      await call(`${host.url}${where}`, {
        ca: servingCa.certificatePem,
        method,
        ...(pair === undefined ? {} : { cert: pair.certificatePem, key: pair.keyPem }),
        ...(agent === undefined ? {} : { agent }),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    ).status;
}

const configMap = async (name: string): Promise<Record<string, string>> => {
  const found = await host.server.services.get({ group: '', resource: 'configmaps' }, 'kube-system', name);
  return (found?.data as Record<string, string> | undefined) ?? {};
};

describe('files that are followed', () => {
  it('I8 --tls-sni-cert-key is shown to who asks for its names, and to nobody else', async () => {
    expect(
      await Promise.all(['other.example.org', 'small.boats', 'a.b.boats', 'localhost', undefined].map(shownTo)),
    ).toEqual(['named', 'named', 'first', 'first', 'first']);
  });

  it('I7 another serving certificate is shown as soon as its key is there, too', async () => {
    const second = await serving('second');
    write('serving.crt', second.certificatePem);
    await systemClock.sleep(1500);
    expect(await shownTo()).toBe('first');
    write('serving.key', second.keyPem);
    await becomes('second', () => shownTo());
    const renamed = await serving('renamed');
    write('named.crt', renamed.certificatePem);
    write('named.key', renamed.keyPem);
    await becomes('renamed', () => shownTo('other.example.org'));
  });

  it('I7 authorities of clients come and go, also for connections that are open', async () => {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    const [first, second, own] = await Promise.all([client(firstCa), client(secondCa), client(ownCa)]);
    const kept = as(first, agent);
    const nodes = '/api/v1/nodes';
    expect([await kept(nodes), await as(second)(nodes), await as(own)(nodes)]).toEqual([200, 401, 401]);
    write('clients.crt', firstCa.certificatePem + secondCa.certificatePem);
    await becomes(200, () => as(second)(nodes));
    expect(await kept(nodes)).toBe(200);
    write('clients.crt', 'no certificate');
    await systemClock.sleep(1500);
    expect(await as(second)(nodes)).toBe(200);
    write('clients.crt', secondCa.certificatePem);
    await becomes(401, () => kept(nodes));
    expect(await as(second)(nodes)).toBe(200);
    agent.destroy();
    // What extension servers are told is told all: what was there, and what came.
    const { 'client-ca-file': told = '' } = await configMap('extension-apiserver-authentication');
    expect(
      [firstCa, secondCa].map(({ certificatePem }) => told.includes(certificatePem.trim().split('\n')[2] ?? '?')),
    ).toEqual([true, true]);
  });

  it('I7 --authorization-config is taken over when it is right', async () => {
    const nobody = as(await client(secondCa, ['devs']));
    const pods = '/api/v1/namespaces/default/pods';
    expect(await nobody(pods)).toBe(403);
    authorizers('Node', 'RBAC', 'AlwaysAllow');
    await becomes(200, () => nobody(pods));
    authorizers('Nonsense');
    await systemClock.sleep(1500);
    expect(await nobody(pods)).toBe(200);
    authorizers('RBAC');
    await becomes(403, () => nobody(pods));
  });

  it('I7 K4 keys of encryption are rotated: new ones write, old ones read, and lost ones are said', async () => {
    const admin = as(await client(secondCa));
    const secrets = '/api/v1/namespaces/default/secrets';
    const stored = async (name: string): Promise<string> => {
      const { kvs } = await backing.store.range({ key: `/registry/secrets/default/${name}` });
      return Buffer.from(kvs[0]?.value ?? []).toString('latin1');
    };
    const secret = { metadata: { name: 'one' }, stringData: { password: 'open sesame' } };
    expect(await admin(secrets, secret)).toBe(201);
    expect(await stored('one')).toMatch(/^k8s:enc:aescbc:v1:key1:/);
    encryption(2, 1);
    await becomes(true, async () => {
      const name = `try-${systemClock.monotonicMs()}`;
      await admin(secrets, { metadata: { name } });
      return (await stored(name)).startsWith('k8s:enc:aescbc:v1:key2:');
    });
    expect(await admin(`${secrets}/one`)).toBe(200);
    // Written again as it is, which changes the key and nothing else.
    expect(await admin(`${secrets}/one`, secret, 'PUT')).toBe(200);
    expect(await stored('one')).toMatch(/^k8s:enc:aescbc:v1:key2:/);
    encryption(2);
    await systemClock.sleep(1500);
    expect(await admin(`${secrets}/one`)).toBe(200);
  });
});

/** The name of whoever has the token; or the code. */
async function nameOf(token: string | undefined): Promise<string | number> {
  const { status, body } = await call(`${host.url}/apis/authentication.k8s.io/v1/selfsubjectreviews`, {
    ca: servingCa.certificatePem,
    method: 'POST',
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    body: '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}',
  });
  if (status !== 201) return status;
  return (JSON.parse(String(body)) as { status: { userInfo: { username: string } } }).status.userInfo.username;
}

describe('authentication', () => {
  it('I7 --authentication-config brings providers, and drops them; what is wrong with it, or needs a restart, changes nothing', async () => {
    const now = Math.floor(systemClock.nowMs() / 1000);
    const token = await new SignJWT({ iss: provider.url, aud: 'boats', sub: 'jane', exp: now + 3600, iat: now })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .sign(providerKeys.privateKey);
    expect(await nameOf(token)).toBe(401);
    authentication(trustingProvider('a:'));
    await becomes('a:jane', () => nameOf(token));
    authentication('jwt: nonsense\n');
    await systemClock.sleep(1500);
    expect(await nameOf(token)).toBe('a:jane');
    write('authentication.yaml', fs.readFileSync(place('authentication.yaml'), 'utf8').replace('/livez', '/version'));
    await systemClock.sleep(1500);
    expect(await as(undefined)('/version')).toBe(401);
    authentication(trustingProvider('b:'));
    // What is remembered of a token counts a few seconds more.
    await becomes('b:jane', () => nameOf(token));
    authentication();
    await becomes(401, () => nameOf(token));
  });

  it('I9 static tokens and the audit policy are read at the start alone', async () => {
    write('tokens.csv', 'known-at-the-start,late,1,system:masters\nnew-token,late,2,system:masters\n');
    auditing('None');
    await systemClock.sleep(2500);
    expect([await nameOf('known-at-the-start'), await nameOf('new-token')]).toEqual(['early', 401]);
    const lines = fs.readFileSync(place('audit.log'), 'utf8').trim().split('\n').length;
    await nameOf('known-at-the-start');
    expect(fs.readFileSync(place('audit.log'), 'utf8').trim().split('\n').length).toBeGreaterThan(lines);
  });
});

describe('what kube-system tells of authentication', () => {
  const ROLE = '/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/rolebindings';

  it('holds the authorities and headers of the front proxy, as kube-apiserver writes them', async () => {
    const data = await configMap('extension-apiserver-authentication');
    expect(data).toMatchObject({
      'requestheader-allowed-names': '["front-proxy-client"]',
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-username-headers': '["X-Remote-User"]',
      'requestheader-client-ca-file': pki.authority('front-proxy-ca').certificatePem,
    });
    expect((await configMap('kube-apiserver-legacy-service-account-token-tracking')).since).toMatch(
      /^\d{4}-\d\d-\d\d$/,
    );
  });

  it('comes back when somebody deletes it, and can be read by who is bound to its role', async () => {
    const admin = as(await client(secondCa));
    const map = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';
    expect(await admin(map, undefined, 'DELETE')).toBe(200);
    await becomes(200, () => admin(map));
    const reader = as(await client(secondCa, ['readers']));
    expect(await reader(map)).toBe(403);
    const binding = {
      metadata: { name: 'readers' },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'Role',
        name: 'extension-apiserver-authentication-reader',
      },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'readers' }],
    };
    expect(await admin(ROLE, binding)).toBe(201);
    await becomes(200, () => reader(map));
    expect(
      await reader('/api/v1/namespaces/kube-system/configmaps/kube-apiserver-legacy-service-account-token-tracking'),
    ).toBe(403);
  });
});
