/** What the page's server answers to whom, on a real cluster, without a browser. */
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { eventually, run, SampanProcess } from '../e2e/sampan-process.ts';
import { root } from '../source-tree.ts';
import { addressOf } from './browser.ts';

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
    sampan = await SampanProcess.start('up', [
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
