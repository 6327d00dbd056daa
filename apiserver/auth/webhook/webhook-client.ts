/**
 * Asks a webhook: an object by POST, an object back. What fails for a moment (no connection, 429, 5xx) is tried again a
 * few times, with longer and longer waits (k8s.io/apiserver/pkg/util/webhook).
 */

import type { Clock } from '../../../base/clock.ts';
import { messageOf } from '../../../base/errors.ts';
import { type KubeconfigAccess, readKubeconfig } from '../kubeconfig-reading.ts';
import { exchange, type HttpsAnswer, tlsAgent } from './https-exchange.ts';

export type PostText = (body: string, signal: AbortSignal) => Promise<HttpsAnswer>;

const FIRST_RETRY_MS = 500;
const RETRY_FACTOR = 1.5;
const ATTEMPTS_MAX = 5;

/** Posts to the server of a kubeconfig. UsageError with file, field and reason. */
export async function webhookOfKubeconfig(file: string): Promise<PostText> {
  return postTo(await readKubeconfig(file));
}

export function postTo(access: KubeconfigAccess): PostText {
  const agent = tlsAgent(access);
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, */*',
    'user-agent': 'kube-apiserver-admission',
    ...authorizationOf(access),
  };
  return (body, signal) => exchange({ url: access.server, method: 'POST', headers, body, signal, agent });
}

function authorizationOf({ token, username, password }: KubeconfigAccess): Record<string, string> {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (username === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` };
}

/**
 * The object that the webhook answers with. Rejects when none comes within `timeoutMs`, all attempts together; the second
 * is made `firstRetryMs` after the first.
 */
export async function askWebhook(
  post: PostText,
  object: object,
  timeoutMs: number,
  clock: Clock,
  firstRetryMs = FIRST_RETRY_MS,
): Promise<object> {
  const body = JSON.stringify(object);
  const deadline = new AbortController();
  const timer = clock.after(timeoutMs, () => deadline.abort(new Error('the webhook did not answer in time')));
  try {
    let waitMs = firstRetryMs;
    for (let attempt = 1; ; attempt++) {
      const outcome = await post(body, deadline.signal).catch(messageOf);
      if (deadline.signal.aborted) throw new Error('the webhook did not answer in time');
      if (typeof outcome !== 'string' && outcome.code >= 200 && outcome.code < 300) return objectOf(outcome.text);
      const passing = typeof outcome === 'string' || outcome.code === 429 || outcome.code >= 500;
      if (!passing || attempt === ATTEMPTS_MAX) {
        throw new Error(typeof outcome === 'string' ? outcome : `the webhook answered ${outcome.code}`);
      }
      await clock.sleep(waitMs, deadline.signal);
      waitMs *= RETRY_FACTOR;
    }
  } finally {
    timer.cancel();
  }
}

function objectOf(text: string): object {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null) return value;
  throw new Error('the webhook answered with something else than an object');
}
