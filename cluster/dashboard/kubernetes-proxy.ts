/** `/k8s/…`: the public Kubernetes API for the page, as the page's own user. What may be asked is that user's role's affair. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { writeAnswer } from '../../apiserver/http/answer-writing.ts';
import { Client } from '../../apiserver/http/client.ts';
import { flatHeaders, readBody } from '../../apiserver/http/request-reading.ts';
import type { ApiServer } from '../../apiserver/machinery/api-server.ts';
import { StatusError } from '../../apiserver/machinery/status.ts';
import type { Clock } from '../../base/clock.ts';
import { dashboardIdentity } from '../own-identities.ts';

/** The only headers that are handed on: no impersonation, no credentials of somebody else. */
const PASSED = ['accept', 'content-type', 'accept-encoding'] as const;

/** @param url without `/k8s` */
export async function proxyRequest(
  server: ApiServer,
  clock: Clock,
  url: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const client = new Client();
  response.on('close', () => client.leave());
  const given = flatHeaders(request);
  const headers: Record<string, string | undefined> = { 'user-agent': 'sampan-dashboard' };
  for (const name of PASSED) headers[name] = given[name];
  try {
    const body = await readBody(request);
    const answer = await server.handle({
      method: request.method ?? 'GET',
      url,
      headers,
      body,
      credentials: { type: 'loopback', user: dashboardIdentity.user },
      get signal() {
        return client.signal;
      },
    });
    await writeAnswer({ request, response, clock, client }, answer);
  } catch (thrown) {
    if (response.headersSent || !(thrown instanceof StatusError)) {
      response.destroy();
      return;
    }
    response.writeHead(thrown.code, { 'content-type': 'application/json' });
    response.end(JSON.stringify(thrown.toStatus()));
  }
}
