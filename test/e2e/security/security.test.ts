/**
 * What nobody may be able to do to a running server, tried from outside: who is not who they say, who asks for more than
 * they may, and who wants to bring it down. And whatever it says meanwhile, it never says a token or a secret.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority, makeCertificate } from '../../../apiserver/auth/certificates.ts';
import { SeededRandom } from '../../../base/random.ts';
import { systemClock } from '../../../base/system.ts';
import { eventually, hasProgram, run, SampanProcess, temporaryDirectory } from '../sampan-process.ts';
import { type Answered, type Credentials, dawdle, rawClient, type Sent } from './raw-client.ts';

const TIMEOUT_MS = 120_000;
const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const STATIC_TOKEN = 'static-token-0123456789abcdef';
const NOBODY_TOKEN = 'nobody-token-0123456789abcdef';
const SECRET_VALUE = 'the-value-of-the-secret-4711';
const JSON_BODY = ['content-type: application/json'];
const YAML_BODY = ['content-type: application/yaml'];

const root: Credentials = { token: STATIC_TOKEN };
const nobody: Credentials = { token: NOBODY_TOKEN };

let server: SampanProcess;
let auditLog: string;
let folder: string;
let signingKey: KeyObject;
let call: (credentials: Credentials, sent: Sent) => Promise<Answered>;
/** Everything that any answer said, with what may have leaked into it. */
let said = '';
/** What must never be said. */
const hidden: string[] = [STATIC_TOKEN, NOBODY_TOKEN, SECRET_VALUE, Buffer.from(SECRET_VALUE).toString('base64')];

beforeAll(async () => {
  folder = temporaryDirectory();
  auditLog = path.join(folder, 'audit.log');
  const policy = path.join(folder, 'policy.yaml');
  fs.writeFileSync(
    policy,
    `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- {level: Metadata, resources: [{resources: [secrets, configmaps]}]}
- {level: RequestResponse}
`,
  );
  const tokens = path.join(folder, 'tokens.csv');
  fs.writeFileSync(tokens, `${STATIC_TOKEN},root,1,"system:masters"\n${NOBODY_TOKEN},nobody,2\n`);
  server = await SampanProcess.start('up', [
    '--nodes=1',
    '--store-port=0',
    '--no-addons',
    '--log-level=debug',
    `--token-auth-file=${tokens}`,
    `--audit-policy-file=${policy}`,
    `--audit-log-path=${auditLog}`,
  ]);
  signingKey = createPrivateKey(fs.readFileSync(path.join(server.dataDir, 'pki', 'sa.key'), 'utf8'));
  call = rawClient(server.port, (text) => {
    said += text;
  });
}, TIMEOUT_MS);

afterAll(async () => {
  await server.stop();
  for (const place of [server.dataDir, folder]) fs.rmSync(place, { recursive: true, force: true });
}, TIMEOUT_MS);

async function post(resource: string, body: object, credentials = root): Promise<Answered> {
  return call(credentials, { method: 'POST', path: resource, headers: JSON_BODY, body: JSON.stringify(body) });
}

/** Still there, quick, and not much bigger than before. */
async function expectAlive(): Promise<void> {
  expect((await call(root, { path: '/readyz' })).text.trim()).toContain('ok');
  const metrics = await call(root, { path: '/metrics' });
  const bytes = Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics.text)?.[1]);
  expect(bytes).toBeLessThan(700 * 1024 * 1024);
}

describe('tokens of service accounts', () => {
  const now = (): number => Math.floor(systemClock.nowMs() / 1000);
  const account = '/api/v1/namespaces/default/serviceaccounts/default';

  async function claims(change: object = {}): Promise<Record<string, unknown>> {
    await eventually('the account', async () => (await call(root, { path: account })).code === 200);
    const { metadata } = JSON.parse((await call(root, { path: account })).text) as { metadata: { uid: string } };
    return {
      iss: ISSUER,
      aud: [ISSUER],
      sub: 'system:serviceaccount:default:default',
      iat: now(),
      nbf: now(),
      exp: now() + 600,
      'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'default', uid: metadata.uid } },
      ...change,
    };
  }
  const sign = async (body: Record<string, unknown>, key: KeyObject = signingKey): Promise<string> =>
    new SignJWT(body).setProtectedHeader({ alg: 'ES256' }).sign(key);
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

  it('made rightly open the door', async () => {
    const token = await sign(await claims());
    hidden.push(token);
    expect((await call({ token }, { path: '/api' })).code).toBe(200);
  });

  it.each<[string, () => Promise<string>]>([
    ['that have expired', async () => sign(await claims({ exp: now() - 3600, nbf: now() - 7200, iat: now() - 7200 }))],
    ['that are not yet valid', async () => sign(await claims({ nbf: now() + 3600 }))],
    ['without an end', async () => sign(await claims({ exp: undefined }))],
    ['for another audience', async () => sign(await claims({ aud: ['somebody-else'] }))],
    ['of another issuer', async () => sign(await claims({ iss: 'https://elsewhere.example' }))],
    ['signed with another key', async () => sign(await claims(), stranger)],
    ['that are not signed (alg: none)', async () => new UnsecuredJWT(await claims()).encode()],
    [
      'signed with the public key as a shared secret (HS256)',
      async () => {
        const secret = fs.readFileSync(path.join(server.dataDir, 'pki', 'sa.pub'));
        return new SignJWT(await claims()).setProtectedHeader({ alg: 'HS256' }).sign(secret);
      },
    ],
    [
      'whose claims were changed',
      async () => {
        const [head, , signature] = (await sign(await claims())).split('.');
        const changed = Buffer.from(JSON.stringify(await claims({ sub: 'system:serviceaccount:kube-system:x' })));
        return [head, changed.toString('base64url'), signature].join('.');
      },
    ],
    [
      'whose signature was changed',
      async () => {
        const token = await sign(await claims());
        const [head, body, signature = ''] = token.split('.');
        return [head, body, `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`].join('.');
      },
    ],
    [
      'of an account that is another by now',
      async () =>
        sign(
          await claims({
            'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'default', uid: 'another' } },
          }),
        ),
    ],
    ['that are none', async () => 'not-a-token-at-all'],
  ])('%s are refused with 401', async (_what, make) => {
    const token = await make();
    hidden.push(token);
    expect((await call({ token }, { path: '/api/v1/namespaces' })).code).toBe(401);
  });

  it(
    'mounted into a pod open the door, and stop within ten seconds of its deletion',
    async () => {
      const pods = '/api/v1/namespaces/default/pods';
      const created = await post(pods, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'holder' },
        spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: 'nginx' }] },
      });
      expect(created.code).toBe(201);
      const pod = JSON.parse(created.text) as {
        metadata: { uid: string };
        spec: { volumes: { name: string; projected?: { sources: object[]; defaultMode: number } }[] };
      };
      const volume = pod.spec.volumes.find(({ name }) => name.startsWith('kube-api-access-'));
      expect(volume?.projected).toEqual({
        defaultMode: 420,
        sources: [
          { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
          { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          {
            downwardAPI: {
              items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
            },
          },
        ],
      });
      await eventually('the pod runs', async () => {
        const { text } = await call(root, { path: `${pods}/holder` });
        return (JSON.parse(text) as { status: { phase: string } }).status.phase === 'Running';
      });
      // What the kubelet asks for, for that volume: as the node, bound to the pod.
      const kubelet = fs.readFileSync(path.join(server.dataDir, 'kubelets', 'node-1.kubeconfig'), 'utf8');
      const pem = (name: string): string =>
        Buffer.from(new RegExp(`${name}: (\\S+)`).exec(kubelet)?.[1] ?? '', 'base64').toString('utf8');
      const node: Credentials = { cert: pem('client-certificate-data'), key: pem('client-key-data') };
      const asked = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          expirationSeconds: 3607,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'holder', uid: pod.metadata.uid },
        },
      };
      const issued = await call(node, {
        method: 'POST',
        path: `${account}/token`,
        headers: JSON_BODY,
        body: JSON.stringify(asked),
      });
      expect(issued.code).toBe(201);
      const { token } = (JSON.parse(issued.text) as { status: { token: string } }).status;
      // It was asked for, so this once it is said.
      said = said.replaceAll(token, '');
      hidden.push(token);
      const whoami = await post(
        '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
        { token },
      );
      expect(JSON.parse(whoami.text)).toMatchObject({
        status: {
          userInfo: {
            username: 'system:serviceaccount:default:default',
            groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
            extra: {
              'authentication.kubernetes.io/pod-name': ['holder'],
              'authentication.kubernetes.io/pod-uid': [pod.metadata.uid],
              'authentication.kubernetes.io/node-name': ['node-1'],
            },
          },
        },
      });
      expect((await call(root, { method: 'DELETE', path: `${pods}/holder?gracePeriodSeconds=0` })).code).toBe(200);
      await eventually(
        'the token is refused',
        async () => (await call({ token }, { path: '/api' })).code === 401,
        11_000,
      );
    },
    TIMEOUT_MS,
  );
});

describe('certificates', () => {
  it('of another authority, expired, and for servers are refused', async () => {
    const context = { nowMs: systemClock.nowMs(), random: new SeededRandom('other') };
    const subject = { commonName: 'kubernetes-admin', organizations: ['system:masters'] };
    const other = await makeAuthority('kubernetes', context);
    const forged = await makeCertificate({ ...subject, usages: ['client'] }, other, context);
    const read = (name: string): string => fs.readFileSync(path.join(server.dataDir, 'pki', name), 'utf8');
    const ours = { certificatePem: read('ca.crt'), keyPem: read('ca.key') };
    const yearMs = 366 * 24 * 3600 * 1000;
    const expired = await makeCertificate({ ...subject, usages: ['client'] }, ours, {
      ...context,
      nowMs: context.nowMs - yearMs,
    });
    const serving = await makeCertificate({ ...subject, usages: ['server'] }, ours, context);
    const good = await makeCertificate({ ...subject, usages: ['client'] }, ours, context);
    const codeOf = async ({ certificatePem: cert, keyPem: key }: typeof good): Promise<number> =>
      (await call({ cert, key }, { path: '/api/v1/secrets' })).code;
    expect(await codeOf(good)).toBe(200);
    for (const each of [forged, expired, serving]) expect(await codeOf(each)).toBe(401);
  });
});

describe('headers', () => {
  const impostor = ['x-remote-user: root', 'x-remote-group: system:masters'];

  it('of a front proxy count for nobody else', async () => {
    expect((await call({}, { path: '/api/v1/secrets', headers: impostor })).code).toBe(403);
    expect((await call(nobody, { path: '/api/v1/secrets', headers: impostor })).code).toBe(403);
    const read = (name: string): string => fs.readFileSync(path.join(server.dataDir, 'pki', name), 'utf8');
    const kubelet: Credentials = {
      cert: read('apiserver-kubelet-client.crt'),
      key: read('apiserver-kubelet-client.key'),
    };
    const whoami = await call(kubelet, {
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      headers: [...JSON_BODY, 'x-remote-user: root'],
      body: '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}',
    });
    expect(whoami.text).toContain('kube-apiserver-kubelet-client');
    const proxy: Credentials = { cert: read('front-proxy-client.crt'), key: read('front-proxy-client.key') };
    expect((await call(proxy, { path: '/api/v1/secrets', headers: impostor })).code).toBe(200);
  });

  it.each([
    [['impersonate-user: root']],
    [['impersonate-user: nobody', 'impersonate-group: system:masters']],
    [['impersonate-user: nobody', 'impersonate-uid: 1']],
    [['impersonate-user: nobody', 'impersonate-extra-scopes: all']],
    [['impersonate-user: system:serviceaccount:kube-system:x']],
    [['Impersonate-User: root', 'impersonate-user: nobody']],
  ])('%s of who may not is 403', async (headers) => {
    expect((await call(nobody, { path: '/api/v1/namespaces/default', headers })).code).toBe(403);
  });

  it('groups alone are no impersonation', async () => {
    const { code } = await call(nobody, { path: '/api', headers: ['impersonate-group: system:masters'] });
    expect([400, 403, 500]).toContain(code);
  });

  it('that are split or folded are no way in', async () => {
    for (const line of [
      'x: y\r\n x-remote-user: root',
      'authorization : Bearer x',
      'content-length: 5\r\ncontent-length: 6',
    ])
      expect([400, 401, 403]).toContain((await call({}, { path: '/api/v1/secrets', headers: [line] })).code);
  });
});

describe('paths', () => {
  const paths = [
    '/api/v1/namespaces/default/../kube-system/secrets',
    '/api/v1/namespaces/default/..%2fkube-system/secrets',
    '/api/v1/namespaces/default/pods/..%2f..%2fsecrets',
    '/api/v1/namespaces/default%2f..%2fkube-system/secrets',
    '//api/v1/secrets',
    '/api//v1/secrets',
    '/api/v1//secrets',
    '/api/v1/secrets/',
    '/healthz/../api/v1/secrets',
    '/livez/%2e%2e/api/v1/secrets',
    '/version/../../etc/passwd',
    '/./api/v1/secrets',
    '/api/v1/secrets%00',
    '/api/v1/secrets;a=b',
    '/api/v1/%73ecrets',
    '/API/V1/SECRETS',
    '/api/v1/namespaces/%/secrets',
    '/api/v1/namespaces/%zz/secrets',
    'https://elsewhere/api/v1/secrets',
    '*',
  ];
  it.each(paths)('%s gives nobody what they may not have', async (each) => {
    for (const who of [nobody, {}]) {
      const { code, text } = await call(who, { path: each });
      expect([301, 400, 403, 404, 405]).toContain(code);
      expect(text).not.toContain('"kind":"SecretList"');
    }
  });
});

describe('bodies', () => {
  const maps = '/api/v1/namespaces/default/configmaps';
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map(
      (name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`,
    ),
  ].join('\n');

  it.each<[string, readonly string[], () => string | Uint8Array, readonly number[]]>([
    ['too much JSON', JSON_BODY, () => `{"data":{"a":"${'x'.repeat(4 << 20)}"}}`, [413]],
    ['JSON nested deep', JSON_BODY, () => `{"data":${'['.repeat(300_000)}`, [400]],
    ['JSON nested deep and whole', JSON_BODY, () => `{"data":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, [400]],
    ['objects nested deep', JSON_BODY, () => `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, [400]],
    ['YAML nested deep', YAML_BODY, () => `data: ${'['.repeat(100_000)}`, [400]],
    ['YAML in deep flow maps', YAML_BODY, () => `data: ${'{a: '.repeat(50_000)}`, [400]],
    [
      'a bomb of YAML aliases',
      YAML_BODY,
      () => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n${bomb}\n`,
      [400],
    ],
    [
      'a YAML alias of itself',
      YAML_BODY,
      () => 'apiVersion: v1\nkind: ConfigMap\nmetadata: &m {name: b, labels: *m}\n',
      [400],
    ],
    ['no UTF-8', JSON_BODY, () => Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d), [400, 422]],
    ['half of it', JSON_BODY, () => '{"apiVersion":"v1","kind":"ConfigM', [400]],
    [
      'protobuf that is none',
      ['content-type: application/vnd.kubernetes.protobuf'],
      () => 'k8s\0\xff\xff\xff\xff',
      [400],
    ],
  ])('with %s are refused', async (_what, headers, body, codes) => {
    const began = performance.now();
    const answer = await call(root, { method: 'POST', path: maps, headers, body: body() });
    expect(codes).toContain(answer.code);
    expect(performance.now() - began).toBeLessThan(20_000);
    await expectAlive();
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'keys named %s stay where they are and pollute nothing',
    async (key) => {
      const name = `pollution-${key.toLowerCase().replaceAll('_', '')}`;
      const text = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}","${key}":{"polluted":"yes"},"annotations":{"a/${key === '__proto__' ? 'p' : key}":"v"}},"data":{"k":"v"},"${key}":{"polluted":"yes"}}`;
      const created = await call(root, { method: 'POST', path: maps, headers: JSON_BODY, body: text });
      expect([201, 400]).toContain(created.code);
      const patch = `{"data":{"k":"w"},"${key}":{"polluted":"yes"},"metadata":{"${key}":{"polluted":"yes"}}}`;
      for (const type of ['merge-patch+json', 'strategic-merge-patch+json']) {
        const path = `${maps}/${name}`;
        const headers = [`content-type: application/${type}`];
        expect([200, 400, 404, 422]).toContain(
          (await call(root, { method: 'PATCH', path, headers, body: patch })).code,
        );
      }
      const operations = `[{"op":"add","path":"/${key}/polluted","value":"yes"}]`;
      const headers = ['content-type: application/json-patch+json'];
      await call(root, { method: 'PATCH', path: `${maps}/${name}`, headers, body: operations });
      const other = await post(maps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'clean-' } });
      expect(other.code).toBe(201);
      expect(other.text).not.toContain('polluted');
      expect((await call(nobody, { path: '/api/v1/secrets' })).code).toBe(403);
    },
  );
});

describe('patterns', () => {
  const LONG = 'a'.repeat(100_000);
  it.each([
    ['a label selector of many terms', `/api/v1/pods?labelSelector=${Array(20_000).fill('a').join(',')}`],
    ['a label selector of one long word', `/api/v1/pods?labelSelector=${LONG}!`],
    ['a label selector of open parentheses', `/api/v1/pods?labelSelector=a+in+${'('.repeat(50_000)}`],
    ['a label selector of spaces', `/api/v1/pods?labelSelector=a+in+(b${'+'.repeat(100_000)}`],
    ['a field selector of many terms', `/api/v1/pods?fieldSelector=${Array(20_000).fill('metadata.name=a').join(',')}`],
    ['a field selector of backslashes', `/api/v1/pods?fieldSelector=metadata.name=${'%5C'.repeat(30_000)}`],
    ['a long timeout', `/api/v1/pods?timeout=${'1'.repeat(100_000)}x`],
    ['a long continue token', `/api/v1/pods?continue=${LONG}`],
  ])('%s is answered soon', async (_what, each) => {
    const began = performance.now();
    const { code } = await call(root, { path: each });
    expect([200, 400, 431]).toContain(code);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it.each([
    ['metadata.name', { metadata: { name: `${LONG}!` } }],
    ['metadata.generateName', { metadata: { generateName: `${'a-'.repeat(50_000)}!` } }],
    ['metadata.labels', { metadata: { name: 'x', labels: { [`${'a.'.repeat(40_000)}/b`]: `${LONG}-` } } }],
    ['metadata.annotations', { metadata: { name: 'x', annotations: { [`${'a/'.repeat(40_000)}`]: 'v' } } }],
    ['data keys', { metadata: { name: 'x' }, data: { [`${'a.'.repeat(50_000)}!`]: 'v' } }],
  ])('a %s that is long and wrong is answered soon', async (_what, change) => {
    const began = performance.now();
    const body = { apiVersion: 'v1', kind: 'ConfigMap', ...change };
    expect((await post('/api/v1/namespaces/default/configmaps', body)).code).toBe(422);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('fields of pods with patterns of their own are answered soon', async () => {
    const began = performance.now();
    const container = {
      name: `${LONG}!`,
      image: LONG,
      env: [{ name: `${'a'.repeat(50_000)}=` }],
      resources: { limits: { cpu: `${'1'.repeat(50_000)}.`, memory: `${'9'.repeat(50_000)}Q` } },
    };
    const spec = { hostname: `${LONG}-`, schedulerName: `${LONG}!`, containers: [container] };
    const { code } = await post('/api/v1/namespaces/default/pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec,
    });
    expect([400, 422]).toContain(code);
    const schedule = `${'*/'.repeat(20_000)}1 * * * *`;
    const template = {
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } },
    };
    const cron = await post('/apis/batch/v1/namespaces/default/cronjobs', {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'c' },
      spec: { schedule, jobTemplate: template },
    });
    expect([400, 422]).toContain(cron.code);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

describe('slow clients', () => {
  it('hold nobody up, however many they are', async () => {
    const slow = [
      ...Array.from({ length: 100 }, () => dawdle(server.port, 'GET /api HTTP/1.1\r\nhost: x\r\nx-slow: ')),
      ...Array.from({ length: 100 }, () =>
        dawdle(
          server.port,
          `POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${STATIC_TOKEN}\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{"a":`,
        ),
      ),
      ...Array.from({ length: 50 }, () =>
        dawdle(
          server.port,
          `GET /api/v1/pods?watch=true HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${STATIC_TOKEN}\r\n\r\n`,
        ),
      ),
    ];
    for (let i = 0; i < 5; i++) await expectAlive();
    for (const each of slow) each.end();
    await Promise.all(slow.map(({ closed }) => closed));
    await expectAlive();
  });
});

describe('kubectl (needs kubectl)', () => {
  it.skipIf(!hasProgram('kubectl'))(
    'knows who everybody is, and what they may do',
    async () => {
      const kubectl = async (kubeconfig: string, ...args: string[]): Promise<string> => {
        const { stdout, stderr } = await run('kubectl', args, { env: { KUBECONFIG: kubeconfig } });
        said += stdout + stderr;
        return stdout.trim();
      };
      const file = (name: string): string => path.join(server.dataDir, `${name}.kubeconfig`);
      const expected: readonly (readonly [string, string, string, readonly (readonly [string, string])[]])[] = [
        [
          file('admin'),
          'kubernetes-admin',
          'kubeadm:cluster-admins system:authenticated',
          [
            ['delete nodes', 'yes'],
            ['get secrets -A', 'yes'],
            ['impersonate users', 'yes'],
          ],
        ],
        [
          file('super-admin'),
          'kubernetes-super-admin',
          'system:masters system:authenticated',
          [['escalate clusterroles', 'yes']],
        ],
        [
          file('kubelets/node-1'),
          'system:node:node-1',
          'system:nodes system:authenticated',
          [
            ['create nodes', 'yes'],
            ['get secrets', 'no'],
            ['list pods -A', 'no'],
            ['create pods', 'yes'],
          ],
        ],
        [
          file('scheduler'),
          'system:kube-scheduler',
          'system:authenticated',
          [
            ['create pods --subresource=binding', 'yes'],
            ['list secrets -A', 'no'],
          ],
        ],
        [
          file('controller-manager'),
          'system:kube-controller-manager',
          'system:authenticated',
          [
            ['list secrets -A', 'yes'],
            ['delete pods', 'no'],
          ],
        ],
      ];
      for (const [kubeconfig, user, groups, cells] of expected) {
        const whoami = await kubectl(kubeconfig, 'auth', 'whoami');
        expect(whoami).toMatch(new RegExp(`Username +${user}\n`));
        expect(whoami).toContain(`[${groups}]`);
        for (const [what, answer] of cells) {
          const said = await kubectl(kubeconfig, 'auth', 'can-i', ...what.split(' '));
          expect([user, what, said.split(' ')[0]]).toEqual([user, what, answer]);
        }
      }
    },
    TIMEOUT_MS,
  );
});

describe('everything that was said', () => {
  it('holds no token and no value of a secret', async () => {
    const secrets = '/api/v1/namespaces/default/secrets';
    const body = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      stringData: { password: SECRET_VALUE },
      type: 'Opaque',
    };
    const created = await post(secrets, body);
    expect(created.code).toBe(201);
    // Who made it may see it: that answer is none of what is looked through.
    said = said.replaceAll(Buffer.from(SECRET_VALUE).toString('base64'), '');
    await post(secrets, body);
    await post(secrets, { ...body, metadata: { name: 'BAD NAME' } });
    await post(secrets, { ...body, metadata: { name: 't' }, data: { 'bad key!': 'eA==' } });
    await post(secrets, body, nobody);
    for (const [type, patch] of [
      ['merge-patch+json', { stringData: { 'bad key!': SECRET_VALUE } }],
      ['json-patch+json', [{ op: 'test', path: '/data/password', value: SECRET_VALUE }]],
    ] as const) {
      const headers = [`content-type: application/${type}`];
      await call(root, { method: 'PATCH', path: `${secrets}/s`, headers, body: JSON.stringify(patch) });
    }
    await call({}, { path: `/api/v1/secrets?access_token=${STATIC_TOKEN}&token=${STATIC_TOKEN}` });
    await post('/apis/authentication.k8s.io/v1/tokenreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token: 'reviewed-token-0815' },
    });
    said = said.replaceAll('reviewed-token-0815', '');
    hidden.push('reviewed-token-0815');
    const table = ['accept: application/json;as=Table;v=v1;g=meta.k8s.io'];
    await call(root, { path: `${secrets}?includeObject=Metadata`, headers: table });
    for (const each of [
      '/metrics',
      '/healthz?verbose',
      '/readyz?verbose',
      '/debug/moments',
      '/debug/moments/trace',
      '/debug/api_priority_and_fairness/dump_priority_levels',
      '/debug/api_priority_and_fairness/dump_queues',
      '/debug/api_priority_and_fairness/dump_requests?includeRequestDetails=1',
      '/openid/v1/jwks',
      '/.well-known/openid-configuration',
      '/api/v1/events',
      '/version',
      '/',
    ]) {
      await call(root, { path: each });
    }
    const { text: description } = await call(root, { path: '/api/v1/namespaces/default/events' });
    said += description;
    const sources: Readonly<Record<string, string>> = {
      answers: said,
      'standard output': server.stdout,
      'standard error': server.stderr,
      'the audit log': fs.readFileSync(auditLog, 'utf8'),
    };
    expect(server.stderr.length).toBeGreaterThan(10_000);
    expect(sources['the audit log']).toContain('"resource":"secrets"');
    const privateKeys = fs
      .readdirSync(path.join(server.dataDir, 'pki'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.key'))
      .map((name) => fs.readFileSync(path.join(server.dataDir, 'pki', name), 'utf8').split('\n')[1] ?? '');
    const found = Object.entries(sources).flatMap(([source, text]) =>
      [...hidden, ...privateKeys, 'PRIVATE KEY']
        .filter((each) => text.includes(each))
        .map((each) => `${source}: ${each.slice(0, 30)}`),
    );
    expect(found).toEqual([]);
    await expectAlive();
  });
});
