/** What the page's server answers to whom, on a real cluster, without a browser. */
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Moment } from '../../dashboard/model/moment.ts';
import type { ToPage } from '../../dashboard/model/wire.ts';
import { eventually, request, run, SampanProcess, temporaryDirectory } from '../e2e/sampan-process.ts';
import { root } from '../source-tree.ts';
import { addressOf } from './browser.ts';

const TOKEN = 'a-token-of-this-test';

interface Answer {
  readonly code: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

describe('the page’s server', () => {
  let sampan: SampanProcess;
  let origin: string;
  let port: number;
  let cookie: string;

  const ask = (method: string, where: string, headers: Record<string, string> = {}, body?: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const request = http.request(
        { host: '127.0.0.1', port, method, path: where, headers: { host: `127.0.0.1:${port}`, ...headers } },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          answer.on('end', () => resolve({ code: answer.statusCode ?? 0, headers: answer.headers, text }));
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  const asVisitor = (method: string, where: string, body?: unknown): Promise<Answer> =>
    ask(
      method,
      where,
      { cookie, origin, 'content-type': 'application/json' },
      body === undefined ? undefined : JSON.stringify(body),
    );

  beforeAll(async () => {
    const tokens = path.join(temporaryDirectory(), 'tokens.csv');
    fs.writeFileSync(tokens, `${TOKEN},somebody,1,"system:masters"\n`, { mode: 0o600 });
    sampan = await SampanProcess.start('up', [
      `--token-auth-file=${tokens}`,
      '--nodes=1',
      '--store-port=0',
      '--dashboard-port=0',
      '--no-addons',
      '--log-level=debug',
    ]);
    const address = new URL(addressOf(sampan));
    origin = address.origin;
    port = Number(address.port);
    const entered = await ask('GET', `/${address.search}`);
    cookie = (entered.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
    expect(entered.headers['set-cookie']?.[0]).toMatch(/HttpOnly; SameSite=Strict/);
  }, 60_000);
  afterAll(() => sampan?.stop());

  it('exchanges the token once, for a cookie, and keeps it out of the log', async () => {
    const { search } = new URL(addressOf(sampan));
    expect((await ask('GET', `/${search}`)).headers['set-cookie']).toBeUndefined();
    expect((await asVisitor('GET', '/session')).code).toBe(200);
    expect((await ask('GET', '/session')).code).toBe(401);
    expect(sampan.stderr.length).toBeGreaterThan(0);
    expect(sampan.stderr).not.toContain(search.slice('?token='.length));
  });

  it('serves the page with a policy that allows nothing from outside, and no file beside it', async () => {
    const page = await ask('GET', '/');
    expect(page.code).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    for (const file of [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '')) {
      expect(file).toMatch(/^\//);
      expect((await ask('GET', file)).code).toBe(200);
    }
    for (const outside of ['/assets/../../package.json', '/assets/%2e%2e/sampan.js', '/sampan.js', '/assets/']) {
      expect((await ask('GET', outside)).code).toBeGreaterThanOrEqual(401);
    }
    const built = fs
      .readdirSync(path.join(root, 'dist', 'dashboard', 'assets'))
      .filter((name) => /\.(js|css)$/.test(name));
    for (const name of built) {
      const text = fs.readFileSync(path.join(root, 'dist', 'dashboard', 'assets', name), 'utf8');
      expect(text).not.toMatch(/(url\(|fetch\(|import\()\s*["'`]?https?:/);
    }
  });

  it('refuses other hosts and origins', async () => {
    expect((await ask('GET', '/session', { cookie, host: `evil.example:${port}` })).code).toBe(403);
    expect((await ask('POST', '/k8s/api/v1/namespaces', { cookie, origin: 'http://evil.example' }, '{}')).code).toBe(
      403,
    );
    expect((await ask('GET', '/k8s/api/v1/pods', { cookie, 'sec-fetch-site': 'same-site' })).code).toBe(403);
    const upgrade = (headers: Record<string, string>): Promise<string> =>
      new Promise((resolve) => {
        const line = new WebSocket(`ws://127.0.0.1:${port}/live`, { headers });
        line.on('message', (data) => resolve(String(data)));
        line.on('message', () => line.close());
        line.on('unexpected-response', (_request, answer) => resolve(String(answer.statusCode)));
        line.on('error', (error) => resolve(error.message));
      });
    expect(await upgrade({ cookie, origin: 'http://evil.example' })).toBe('403');
    expect(await upgrade({ cookie })).toBe('403');
    expect(await upgrade({ origin })).toBe('401');
    expect(JSON.parse(await upgrade({ cookie, origin }))).toMatchObject({ type: 'hello', cluster: 'sampan' });
  });

  it('acts under an identity of its own, which may do what the page does and no more', async () => {
    expect((await asVisitor('GET', '/k8s/api/v1/nodes')).code).toBe(200);
    const secrets = await asVisitor('GET', '/k8s/api/v1/secrets');
    expect(secrets.code).toBe(403);
    expect(secrets.text).toContain('system:sampan:dashboard');
    const impersonating = await ask('GET', '/k8s/api/v1/secrets', {
      cookie,
      'impersonate-user': 'kubernetes-admin',
      'impersonate-group': 'system:masters',
    });
    expect(impersonating.code).toBe(403);
    const created = await asVisitor('POST', '/k8s/apis/chaos.sampan.dev/v1alpha1/faults', {
      apiVersion: 'chaos.sampan.dev/v1alpha1',
      kind: 'Fault',
      metadata: { generateName: 'x-' },
      spec: { type: 'NodeFreeze', target: { name: 'nowhere' } },
    });
    expect(created.code).toBe(201);
  });

  it('walks back through the history of a key', async () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'walked' }, data: { at: '1' } };
    const apply = (at: string) => sampan.kubectlLite(['apply', '-f', '-'], JSON.stringify({ ...object, data: { at } }));
    for (const at of ['1', '2', '3']) expect((await apply(at)).code).toBe(0);
    const key = '/registry/configmaps/default/walked';
    const read = async (revision: number) =>
      JSON.parse(
        (await asVisitor('GET', `/store/history?key=${encodeURIComponent(key)}&revision=${revision}`)).text,
      ) as {
        states: { revision: number; version: number; value: { data: { at: string } } }[];
        ends: string;
      };
    const now = await read(0);
    expect(now.states.map(({ value }) => value.data.at)).toEqual(['3', '2', '1']);
    expect(now.states.map(({ version }) => version)).toEqual([3, 2, 1]);
    expect(now.ends).toBe('created');
    const before = await read(now.states[1]?.revision ?? 0);
    expect(before.states.map(({ value }) => value.data.at)).toEqual(['2', '1']);
    expect((await asVisitor('GET', '/store/history?key=/other')).code).toBe(400);
  });

  it('answers what the ring still holds: moments by their numbers, and what was created lately', async () => {
    for (const name of ['lately-one', 'lately-two']) {
      expect((await sampan.kubectlLite(['create', 'configmap', name])).code).toBe(0);
    }
    interface Recent {
      readonly written: readonly { readonly target: object; readonly user: string }[];
    }
    const recent = async (wanted: string): Promise<Recent> =>
      JSON.parse((await asVisitor('GET', `/moments/recent?wanted=${wanted}`)).text) as Recent;
    const { written } = await recent('lately-');
    expect(written.map(({ target }) => target)).toEqual([
      { resource: 'configmaps', namespace: 'default', name: 'lately-two' },
      { resource: 'configmaps', namespace: 'default', name: 'lately-one' },
    ]);
    expect(written[0]?.user).not.toBe('');
    expect((await recent('no-such-name')).written).toEqual([]);
    const read = await asVisitor('GET', '/moments?first=2&last=4');
    const { moments } = JSON.parse(read.text) as { moments: { seq: number; type: string; atMs: number }[] };
    expect(moments.map(({ seq }) => seq)).toEqual([2, 3, 4]);
    expect((await asVisitor('GET', '/moments?first=x&last=4')).code).toBe(400);
    expect((await asVisitor('GET', '/moments?first=5&last=4')).text).toBe('{"moments":[]}');
    expect((await ask('GET', '/moments?first=2&last=4')).code).toBe(401);
    expect((await ask('GET', '/moments/recent')).code).toBe(401);
  });

  it('tells a page everything there is, then each change, and says when a share is all that it tells', async () => {
    const line = new WebSocket(`ws://127.0.0.1:${port}/live`, { headers: { cookie, origin } });
    const told: Moment[] = [];
    let settled = false;
    line.on('message', (data) => {
      const message = JSON.parse(String(data)) as ToPage;
      if (message.type === 'batch') told.push(...message.moments);
      if (message.type === 'settled') settled = true;
    });
    await eventually('the page is told everything', async () => settled);
    expect(told[0]?.type).toBe('page.start');
    const keys = (): string[] => [
      ...new Set(told.flatMap((each) => (each.type === 'page.key' && each.change === 'put' ? [each.key] : []))),
    ];
    expect(keys()).toContain('/registry/configmaps/default/lately-one');
    // More than any share lets pass at once, and all of it at the end.
    const names = Array.from({ length: 900 }, (_, at) => `many-${at}`);
    const waiting = [...names];
    const createAll = async (): Promise<void> => {
      for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
        const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } };
        const made = await request(sampan.port, 'POST', '/api/v1/namespaces/default/configmaps', TOKEN, body);
        expect(made.code).toBe(201);
      }
    };
    await Promise.all(Array.from({ length: 16 }, createAll));
    await eventually('every key is told', async () => {
      const known = new Set(keys());
      return names.every((name) => known.has(`/registry/configmaps/default/${name}`));
    });
    const places = told.map(({ place }) => place);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    const writes = told.filter((each) => each.type === 'api.write' && each.name.startsWith('many-')).length;
    const leftOut = told.reduce(
      (sum, each) => (each.type === 'page.skipped' ? sum + (each.kinds['api.write'] ?? 0) : sum),
      0,
    );
    expect(writes + leftOut).toBeGreaterThanOrEqual(900);
    // What was left out can be had, at the place where it belongs.
    for (const gap of told.filter((each) => each.type === 'page.skipped')) {
      const { moments } = JSON.parse((await asVisitor('GET', `/moments?first=${gap.first}&last=${gap.last}`)).text) as {
        moments: { seq: number; type: string; atMs: number }[];
      };
      expect(moments).toHaveLength(gap.last - gap.first + 1);
      const toldHere = told.filter(
        ({ type, place }) => type === 'api.write' && place > gap.first + gap.offset && place <= gap.last + gap.offset,
      );
      for (const { place, atMs } of toldHere)
        expect(moments.find(({ seq }) => seq + gap.offset === place)?.atMs).toBe(atMs);
    }
    line.terminate();
  });

  it('shows no secret', async () => {
    const made = await sampan.kubectlLite(
      ['create', '-f', '-'],
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'kept' },
        stringData: { word: 'sesame-open' },
      }),
    );
    expect(made.code).toBe(0);
    const { code, text } = await asVisitor(
      'GET',
      `/store/history?key=${encodeURIComponent('/registry/secrets/default/kept')}`,
    );
    expect(code).toBe(200);
    expect(text).toContain('not shown');
    expect(text).not.toContain(Buffer.from('sesame-open').toString('base64'));
  });

  it('goes on without a page when the port is taken, and says so; negative ports and --no-dashboard mean none', async () => {
    const second = await SampanProcess.start('up', [
      '--nodes=0',
      '--store-port=0',
      '--no-addons',
      `--dashboard-port=${port}`,
    ]);
    expect(second.stdout).toContain(`port ${port} is in use`);
    expect(second.stdout.trim().split('\n')).toHaveLength(1);
    await second.stop();
    const none = await SampanProcess.start('up', ['--nodes=0', '--store-port=0', '--no-addons', '--dashboard-port=-1']);
    expect(none.stdout).not.toContain('look at');
    await none.stop();
    const wrong = await run(process.execPath, [path.join(root, 'dist', 'sampan.js'), 'up', '--dashboard-port=x']);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('--dashboard-port');
  });

  it('ends with the cluster, and takes its address away', async () => {
    const file = path.join(sampan.dataDir, 'dashboard-address');
    expect(fs.existsSync(file)).toBe(true);
    expect(await sampan.stop()).toBe(0);
    await eventually('the address is gone', async () => !fs.existsSync(file));
  });
});
