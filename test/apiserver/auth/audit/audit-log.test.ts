import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { legacyLine } from '../../../../apiserver/auth/audit/audit-event.ts';
import { AuditMetrics } from '../../../../apiserver/auth/audit/audit-metrics.ts';
import { type Audit, type AuditMode, openAudit } from '../../../../apiserver/auth/audit/audit-sink.ts';
import { batchDefaults } from '../../../../apiserver/auth/audit/audit-webhook.ts';
import { RotatingFile } from '../../../../apiserver/auth/audit/rotating-file.ts';
import { makeUser } from '../../../../apiserver/auth/users.ts';
import { configMapRow } from '../../../../apiserver/resources/core/config-map.ts';
import { endpointsRow } from '../../../../apiserver/resources/core/endpoints.ts';
import { namespaceRow } from '../../../../apiserver/resources/core/namespace.ts';
import { secretRow } from '../../../../apiserver/resources/core/secret.ts';
import { silentLogger } from '../../../../base/logger.ts';
import { systemClock } from '../../../../base/system.ts';
import { VirtualClock } from '../../../../base/virtual-clock.ts';
import { admin, type Fixture, startServer } from '../../machinery/server-fixture.ts';

let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'sampan-audit-'));
});
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

describe('the audit log of a server', () => {
  let audit: Audit;
  let fixture: Fixture;
  let metrics = new AuditMetrics();
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));

  async function audited(
    rules: string,
    calls: (fixture: Fixture) => Promise<void>,
  ): Promise<Record<string, unknown>[]> {
    const policyFile = path.join(directory, 'policy.yaml');
    fs.writeFileSync(policyFile, `apiVersion: audit.k8s.io/v1\nkind: Policy\n${rules}`);
    const file = path.join(directory, 'logs', 'audit.log');
    const limits = { maxSizeMegabytes: 0, maxAgeDays: 0, maxBackups: 0 };
    audit = await openAudit({ policyFile, log: { file, limits }, clock, logger: silentLogger, metrics });
    fixture = await startServer([configMapRow, endpointsRow, namespaceRow, secretRow], {
      audit,
      clock,
      authorizer: { authorize: ({ user }) => ({ decision: user.name === 'eve' ? 'noOpinion' : 'allow', reason: '' }) },
    });
    await calls(fixture);
    await fixture.close();
    await audit.close();
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    const lines = fs.readFileSync(file, 'utf8').trim().split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  it('O7 shortens big events, and leaves out what is too big even then', async () => {
    const policyFile = path.join(directory, 'policy.yaml');
    fs.writeFileSync(policyFile, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: RequestResponse}]');
    const limits = { maxSizeMegabytes: 0, maxAgeDays: 0, maxBackups: 0 };
    const told = async (eventBytesMax: number): Promise<Record<string, unknown>[]> => {
      const file = path.join(directory, `audit-${eventBytesMax}.log`);
      const log = { file, limits, eventBytesMax };
      const sink = await openAudit({ policyFile, log, clock, logger: silentLogger });
      const { call, close } = await startServer([configMapRow], { audit: sink, clock });
      const data = { a: 'x'.repeat(4000) };
      await call('POST', '/api/v1/namespaces/ns/configmaps', { metadata: { name: 'c' }, data });
      await close();
      await sink.close();
      const lines = fs.readFileSync(file, 'utf8').trim().split('\n').filter(Boolean);
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    };
    const [, whole] = await told(20_000);
    expect(whole).toMatchObject({ requestObject: { data: {} }, responseObject: { data: {} } });
    const [, short] = await told(3000);
    expect(short).toMatchObject({ verb: 'create', annotations: { 'audit.k8s.io/truncated': 'true' } });
    expect(Object.keys(short ?? {})).not.toContain('requestObject');
    expect(await told(100)).toEqual([]);
  });

  it('O8 lets requests wait for a webhook where that is asked, and fail for it where that is asked, too', async () => {
    let code = 200;
    const told: string[] = [];
    const hook = http.createServer((request, response) => {
      let body = '';
      request.on('data', (piece) => {
        body += piece;
      });
      request.on('end', () => {
        const { items } = JSON.parse(body) as { items: { stage: string }[] };
        told.push(...items.map(({ stage }) => `${stage} ${code}`));
        setTimeout(() => response.writeHead(code).end(), 30);
      });
    });
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    const policyFile = path.join(directory, 'policy.yaml');
    fs.writeFileSync(policyFile, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]');
    const configFile = path.join(directory, 'webhook.yaml');
    const server = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
    fs.writeFileSync(
      configFile,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'w', cluster: { server } }],
        users: [{ name: 'u', user: {} }],
        contexts: [{ name: 'c', context: { cluster: 'w', user: 'u' } }],
        'current-context': 'c',
      }),
    );
    const answerIn = async (mode: AuditMode, answer: number): Promise<string[]> => {
      code = answer;
      told.length = 0;
      const webhook = { ...batchDefaults, configFile, mode, firstRetryMs: 1 };
      const sink = await openAudit({ policyFile, webhook, clock: systemClock, logger: silentLogger, metrics });
      const { call, close } = await startServer([configMapRow], { audit: sink });
      const got = await call('GET', '/api/v1/namespaces/ns/configmaps');
      const before = [...told];
      await close();
      await sink.close();
      return [String(got.code), ...before];
    };
    expect(await answerIn('batch', 200)).toEqual(['200']);
    expect(await answerIn('blocking', 200)).toEqual(['200', 'RequestReceived 200', 'ResponseComplete 200']);
    const tries = (stage: string, count: number): string[] => Array.from({ length: count }, () => `${stage} 503`);
    expect(await answerIn('blocking', 503)).toEqual([
      '200',
      ...tries('RequestReceived', 5),
      ...tries('ResponseComplete', 5),
    ]);
    expect(await answerIn('blocking-strict', 200)).toEqual(['200', 'RequestReceived 200', 'ResponseComplete 200']);
    expect(await answerIn('blocking-strict', 503)).toEqual(['500', ...tries('RequestReceived', 5)]);
    hook.close();
  });

  it.each<[Record<string, string>, string[]]>([
    [{ 'x-forwarded-for': '10.0.0.1, 10.0.0.2' }, ['10.0.0.1', '10.0.0.2', '127.0.0.1']],
    [{ 'x-forwarded-for': 'unknown, deadbeef,10.0.0.1:80, 2001:DB8::1' }, ['2001:db8::1', '127.0.0.1']],
    [{ 'x-forwarded-for': '10.0.0.1,127.0.0.1' }, ['10.0.0.1', '127.0.0.1']],
    [{ 'x-forwarded-for': '127.0.0.1,10.0.0.1' }, ['127.0.0.1', '10.0.0.1', '127.0.0.1']],
    [{ 'x-real-ip': '10.0.0.9' }, ['10.0.0.9', '127.0.0.1']],
    [{ 'x-forwarded-for': '10.0.0.9', 'x-real-ip': '10.0.0.9' }, ['10.0.0.9', '127.0.0.1']],
    [{}, ['127.0.0.1']],
  ])('says through whom it came: %j', async (headers, sourceIPs) => {
    const [event] = await audited('omitStages: [RequestReceived]\nrules: [{level: Metadata}]', async ({ call }) => {
      await call('GET', '/api/v1/namespaces/ns/configmaps/c', undefined, headers);
    });
    expect(event?.sourceIPs).toEqual(sourceIPs);
  });

  it('G7 says that an API is deprecated, and of others nothing', async () => {
    const events = await audited('omitStages: [RequestReceived]\nrules: [{level: Metadata}]', async ({ call }) => {
      await call('GET', '/api/v1/namespaces/ns/endpoints/e');
      await call('GET', '/api/v1/namespaces/ns/configmaps/c');
    });
    const said = events.map(({ annotations }) => (annotations as Record<string, string>)['k8s.io/deprecated']);
    expect(said).toEqual(['true', undefined]);
  });

  it('G6 counts events and the levels of requests', async () => {
    metrics = new AuditMetrics();
    const rules = 'rules: [{level: None, resources: [{resources: [secrets]}]}, {level: Metadata}]';
    await audited(rules, async ({ call }) => {
      await call('GET', '/api/v1/namespaces/ns/configmaps/c');
      await call('GET', '/api/v1/namespaces/ns/secrets/s');
    });
    const text = metrics.text();
    expect(text).toContain('# TYPE apiserver_audit_event_total counter\napiserver_audit_event_total 2\n');
    expect(text).toContain('apiserver_audit_level_total{level="Metadata"} 1\n');
    expect(text).toContain('apiserver_audit_level_total{level="None"} 1\n');
    expect(text).toContain('apiserver_audit_requests_rejected_total 0\n');
    expect(text).not.toContain('apiserver_audit_error_total');
  });

  it('in the legacy format is a line to read', () => {
    const event = {
      auditID: 'id-1',
      stage: 'ResponseComplete',
      verb: 'get',
      requestURI: '/api/v1/namespaces/ns/pods?a=%22',
      requestReceivedTimestamp: '2026-01-01T00:00:00.000000Z',
      user: { username: 'jane', groups: ['dev', 'ops'] },
      sourceIPs: ['10.0.0.1', '127.0.0.1'],
      userAgent: 'a "quoted" one',
      objectRef: { namespace: 'ns' },
      responseStatus: { code: 200 },
    };
    expect(legacyLine(event)).toBe(
      '2026-01-01T00:00:00.000000Z AUDIT: id="id-1" stage="ResponseComplete" ip="10.0.0.1" method="get" user="jane" ' +
        'groups="\\"dev\\",\\"ops\\"" as="<self>" asgroups="<lookup>" user-agent="a \\"quoted\\" one" namespace="ns" ' +
        'uri="/api/v1/namespaces/ns/pods?a=%22" response="200"',
    );
    const { user: _user, objectRef: _ref, responseStatus: _status, sourceIPs: _ips, ...bare } = event;
    expect(legacyLine({ ...bare, impersonatedUser: { username: 'bob', groups: ['x'] } })).toContain(
      'ip="<unknown>" method="get" user="<none>" groups="<none>" as="bob" asgroups="\\"x\\"" user-agent="a \\"quoted\\" one" ' +
        'namespace="<none>" uri="/api/v1/namespaces/ns/pods?a=%22" response="<deferred>"',
    );
  });

  it('says who did what when, and how it ended', async () => {
    const [event, ...more] = await audited(
      'omitStages: [RequestReceived]\nrules: [{level: Metadata}]',
      async ({ call }) => {
        await call('GET', '/api/v1/namespaces/ns/configmaps/c', undefined, {
          'user-agent': 'test/1',
          'audit-id': 'id-1',
        });
      },
    );
    expect(more).toEqual([]);
    expect(event).toEqual({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      auditID: 'id-1',
      stage: 'ResponseComplete',
      requestURI: '/api/v1/namespaces/ns/configmaps/c',
      verb: 'get',
      user: { username: 'admin', groups: admin.groups },
      sourceIPs: ['127.0.0.1'],
      userAgent: 'test/1',
      objectRef: { resource: 'configmaps', namespace: 'ns', name: 'c', apiVersion: 'v1' },
      responseStatus: {
        metadata: {},
        status: 'Failure',
        message: 'configmaps "c" not found',
        reason: 'NotFound',
        details: { name: 'c', kind: 'configmaps' },
        code: 404,
      },
      requestReceivedTimestamp: '2026-01-01T00:00:00.000000Z',
      stageTimestamp: '2026-01-01T00:00:00.000000Z',
      annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
    });
  });

  it('shows bodies where the policy says so, and nowhere else', async () => {
    const rules = `omitManagedFields: true
rules:
- {level: Metadata, resources: [{resources: [secrets]}]}
- {level: RequestResponse, omitStages: [RequestReceived]}`;
    const events = await audited(rules, async ({ call }) => {
      await call('POST', '/api/v1/namespaces/ns/configmaps', { metadata: { name: 'c' }, data: { a: 'shown-value' } });
      await call('POST', '/api/v1/namespaces/ns/secrets', {
        metadata: { name: 's' },
        stringData: { a: 'hidden-value' },
      });
      await call('GET', '/api/v1/namespaces/ns/secrets/s');
      await call('GET', '/api/v1/namespaces/ns/secrets?limit=5');
    });
    const text = JSON.stringify(events);
    expect(text).toContain('shown-value');
    expect(text).not.toContain('hidden-value');
    expect(text).not.toContain(Buffer.from('hidden-value').toString('base64'));
    expect(events[0]).toMatchObject({
      requestObject: { data: { a: 'shown-value' } },
      responseObject: { kind: 'ConfigMap', data: { a: 'shown-value' } },
      objectRef: { resource: 'configmaps', namespace: 'ns', name: 'c', apiVersion: 'v1' },
      responseStatus: { metadata: {}, code: 201 },
    });
    expect(text).not.toContain('managedFields');
  });

  it('names who really acts when somebody is impersonated, and what was refused', async () => {
    const events = await audited('rules: [{level: Metadata, users: [admin]}]', async ({ call }) => {
      await call('GET', '/api/v1/namespaces/ns/configmaps', undefined, { 'impersonate-user': 'eve' });
    });
    expect(events.map(({ stage }) => stage)).toEqual(['RequestReceived', 'ResponseComplete']);
    expect(events[1]).toMatchObject({
      user: { username: 'admin' },
      impersonatedUser: { username: 'eve' },
      responseStatus: { code: 403, reason: 'Forbidden' },
      annotations: { 'authorization.k8s.io/decision': 'forbid' },
    });
  });

  it('never shows a token', async () => {
    const events = await audited('rules: [{level: RequestResponse}]', async ({ call }) => {
      await call('GET', '/version?access_token=secret-in-url', undefined, { authorization: 'Bearer secret-in-header' });
    });
    expect(events.length).toBe(2);
    expect(JSON.stringify(events)).not.toContain('secret-in');
  });
});

describe('tokens in objects', () => {
  it('are redacted at every level', async () => {
    const { auditEvent } = await import('../../../../apiserver/auth/audit/audit-event.ts');
    const event = auditEvent(
      {
        auditId: 'x',
        stage: 'ResponseComplete',
        requestUri: '/',
        verb: 'create',
        user: makeUser('a'),
        impersonated: undefined,
        sourceIps: [],
        userAgent: '',
        attributes: {
          user: makeUser('a'),
          verb: 'create',
          resourceRequest: true,
          group: '',
          version: 'v1',
          resource: '',
          subresource: '',
          namespace: '',
          name: '',
          path: '/',
        },
        code: 201,
        sentMeta: undefined,
        requestObject: { kind: 'TokenReview', metadata: {}, spec: { token: 'secret-a', audiences: ['x'] } },
        responseObject: { kind: 'TokenRequest', metadata: {}, status: { token: 'secret-b' } },
        receivedMs: 0,
        stageMs: 0,
        annotations: {},
      },
      { level: 'RequestResponse', omitStages: [], omitManagedFields: false },
    );
    expect(event.requestObject).toEqual({
      kind: 'TokenReview',
      metadata: {},
      spec: { token: '(redacted)', audiences: ['x'] },
    });
    expect(event.responseObject).toEqual({ kind: 'TokenRequest', metadata: {}, status: { token: '(redacted)' } });
  });
});

describe('a rotating file', () => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const line = 'x'.repeat(400 * 1024);
  const files = (): string[] => fs.readdirSync(directory).sort();

  it('is set aside when it is full, and keeps so many', async () => {
    const limits = { maxSizeMegabytes: 1, maxAgeDays: 0, maxBackups: 2 };
    const file = new RotatingFile(path.join(directory, 'audit.log'), limits, clock);
    for (let i = 0; i < 8; i++) {
      file.write(line);
      await clock.advance(1000);
    }
    file.close();
    expect(files()).toEqual(['audit-2026-01-01T00-00-04.000.log', 'audit-2026-01-01T00-00-06.000.log', 'audit.log']);
    for (const name of files())
      expect(fs.readFileSync(path.join(directory, name), 'utf8').split('\n').filter(Boolean)).toEqual([line, line]);
  });

  it('removes what is too old, and nothing of others', async () => {
    fs.writeFileSync(path.join(directory, 'audit-notes.log'), 'mine');
    const limits = { maxSizeMegabytes: 1, maxAgeDays: 1, maxBackups: 0 };
    const file = new RotatingFile(path.join(directory, 'audit.log'), limits, clock);
    for (let i = 0; i < 4; i++) file.write(line);
    await clock.advance(2 * 24 * 3600 * 1000);
    for (let i = 0; i < 4; i++) file.write(line);
    file.close();
    const aside = files().filter((name) => /^audit-2026/.test(name));
    expect(aside.length).toBe(2);
    expect(files()).toContain('audit-notes.log');
  });

  it('compresses what it sets aside, when told to, and still removes it when it is old', async () => {
    const limits = { maxSizeMegabytes: 1, maxAgeDays: 0, maxBackups: 2, compress: true };
    const file = new RotatingFile(path.join(directory, 'audit.log'), limits, clock);
    const packed = (): string[] => files().filter((name) => name.endsWith('.log.gz'));
    for (let i = 0; i < 12; i++) {
      file.write(line);
      await clock.advance(1000);
      // Compression is not waited for by who writes.
      await vi.waitFor(() => expect(files().filter((name) => /^audit-2026.*\.(log|new)$/.test(name))).toEqual([]));
    }
    file.close();
    expect(packed()).toHaveLength(2);
    for (const name of packed()) {
      const place = path.join(directory, name);
      expect(fs.statSync(place).mode & 0o777).toBe(0o600);
      expect(gunzipSync(fs.readFileSync(place)).toString('utf8').split('\n').filter(Boolean)).toEqual([line, line]);
    }
  });

  it('goes on where an earlier process ended', () => {
    const limits = { maxSizeMegabytes: 1, maxAgeDays: 0, maxBackups: 0 };
    for (let i = 0; i < 2; i++) {
      const file = new RotatingFile(path.join(directory, 'audit.log'), limits, clock);
      file.write(`line ${i}`);
      file.close();
    }
    expect(fs.readFileSync(path.join(directory, 'audit.log'), 'utf8')).toBe('line 0\nline 1\n');
  });

  it('that cannot be written stops the start', () => {
    fs.writeFileSync(path.join(directory, 'file'), '');
    const make = (): RotatingFile =>
      new RotatingFile(
        path.join(directory, 'file', 'audit.log'),
        { maxSizeMegabytes: 0, maxAgeDays: 0, maxBackups: 0 },
        clock,
      );
    expect(make).toThrow(/cannot write .*audit\.log: E/);
  });
});
