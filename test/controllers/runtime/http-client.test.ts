/** The HTTP client against a plain node server that answers as an API server does. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../base/system.ts';
import { ApiError, type ApiObject } from '../../../controllers/runtime/client.ts';
import { HttpClient } from '../../../controllers/runtime/http-client.ts';
import { deployments, nodes, pods } from '../../../controllers/runtime/resources.ts';

type Handler = (request: http.IncomingMessage, body: string, answer: http.ServerResponse) => void;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serve(handler: Handler): Promise<{ client: HttpClient; asked: string[] }> {
  const asked: string[] = [];
  const server = http.createServer((request, answer) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      asked.push(`${request.method} ${request.url}${body === '' ? '' : ` ${request.headers['content-type']} ${body}`}`);
      handler(request, body, answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new HttpClient({ server: `http://127.0.0.1:${port}`, token: 'secret', timeoutMs: 500 });
  closers.push(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });
  return { client, asked };
}

function answerJson(answer: http.ServerResponse, code: number, body: unknown): void {
  answer.writeHead(code, { 'content-type': 'application/json' });
  answer.end(JSON.stringify(body));
}

describe('HttpClient', () => {
  it('puts every call where kube-apiserver expects it', async () => {
    const { client, asked } = await serve((_request, _body, answer) =>
      answerJson(answer, 200, { metadata: { resourceVersion: '7' }, items: [] }),
    );
    const pod: ApiObject = { metadata: { namespace: 'a b', name: 'p' } };
    await client.get(nodes, 'n1');
    await client.list(pods, { labelSelector: 'app=web', limit: 5 });
    await client.create(pods, pod, { fieldManager: 'me' });
    await client.create(pods, pod, { subresource: 'binding' });
    await client.update(deployments, pod, { subresource: 'status', dryRun: true });
    await client.patch(pods, 'p', 'x', 'strategic', { a: 1 });
    await client.delete(pods, 'p', 'x', { gracePeriodSeconds: 0, preconditions: { uid: 'u' } });
    const object = '{"metadata":{"namespace":"a b","name":"p"}}';
    expect(asked).toEqual([
      'GET /api/v1/nodes/n1',
      'GET /api/v1/pods?labelSelector=app%3Dweb&limit=5',
      `POST /api/v1/namespaces/a%20b/pods?fieldManager=me application/json ${object}`,
      `POST /api/v1/namespaces/a%20b/pods/p/binding application/json ${object}`,
      `PUT /apis/apps/v1/namespaces/a%20b/deployments/p/status?dryRun=All application/json ${object}`,
      'PATCH /api/v1/namespaces/x/pods/p application/strategic-merge-patch+json {"a":1}',
      'DELETE /api/v1/namespaces/x/pods/p application/json ' +
        '{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0,"preconditions":{"uid":"u"}}',
    ]);
  });

  it('sends its token, and turns a Status into an ApiError', async () => {
    const { client } = await serve((request, _body, answer) =>
      answerJson(answer, 404, { kind: 'Status', reason: 'NotFound', message: String(request.headers.authorization) }),
    );
    const thrown = await client.get(pods, 'x', 'default').catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(ApiError);
    expect(thrown).toMatchObject({ code: 404, reason: 'NotFound', message: 'Bearer secret' });
  });

  it('makes an ApiError of a failure that is no Status, too', async () => {
    const { client } = await serve((_request, _body, answer) => answer.writeHead(502).end('<html>bad gateway'));
    await expect(client.get(pods, 'x', 'y')).rejects.toMatchObject({
      code: 502,
      message: 'the server answered 502: <html>bad gateway',
    });
  });

  it('reads a watch across chunk borders, ends when the server ends, and fails on ERROR', async () => {
    const event = (name: string) => `{"type":"ADDED","object":{"metadata":{"name":"${name}"}}}\n`;
    const { client } = await serve((request, _body, answer) => {
      const whole = event('ä') + event('b');
      const bytes = Buffer.from(whole);
      answer.write(bytes.subarray(0, 41));
      setImmediate(() => {
        answer.write(bytes.subarray(41));
        if (request.url?.includes('resourceVersion=1')) {
          answer.end('{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}\n');
        } else {
          answer.end();
        }
      });
    });
    const names: string[] = [];
    const signal = new AbortController().signal;
    for await (const { object } of client.watch<ApiObject>(pods, { signal })) names.push(object.metadata?.name ?? '');
    expect(names).toEqual(['ä', 'b']);
    const failing = (async () => {
      for await (const _event of client.watch(pods, { signal, resourceVersion: '1' })) names.push('more');
    })();
    await expect(failing).rejects.toMatchObject({ code: 410, reason: 'Expired' });
    expect(names).toEqual(['ä', 'b', 'more', 'more']);
  });

  it('a watch may stay silent for longer than the timeout, and ends quietly when aborted', async () => {
    const { client } = await serve((_request, _body, answer) => {
      answer.writeHead(200);
      answer.flushHeaders();
    });
    const stop = new AbortController();
    const watching = (async () => {
      for await (const _event of client.watch(pods, { signal: stop.signal })) throw new Error('nothing was sent');
      return 'ended';
    })();
    await systemClock.sleep(700);
    stop.abort();
    expect(await watching).toBe('ended');
  });

  it('gives up on an answer that does not begin in time', async () => {
    const { client } = await serve(() => {});
    await expect(client.get(nodes, 'n')).rejects.toThrow(/no answer from 127\.0\.0\.1:\d+ in time/);
  });
});
