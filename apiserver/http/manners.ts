/**
 * What an HTTP server says and does around requests before anybody looks at them: headers for browsers (CORS, HSTS), and
 * sending clients away while it begins or ends (k8s.io/apiserver/pkg/server/filters).
 */
import { textAnswer } from '../machinery/answers.ts';
import type { ApiAnswer, ApiRequest, ApiServer } from '../machinery/api-server.ts';

export interface Manners {
  /** Patterns of origins whose pages may use the API from browsers. */
  readonly corsOrigins?: readonly string[];
  /** `max-age=…`, `includeSubDomains`, `preload`. */
  readonly transportSecurity?: readonly string[];
  /** Requests are answered with 503 until the server has been ready once. */
  readonly awayUntilReady?: boolean;
}

export interface MannerlyServer extends Pick<ApiServer, 'handle'> {
  /** From now on new requests are sent away with 429, to another server. */
  turnAway(): void;
  /** Requests that have no answer yet. */
  readonly underWay: number;
}

const RETRY_SECONDS = '5';
/** What is answered all the same, to whoever looks whether the server lives. */
const EXEMPT_PATHS = ['/readyz', '/livez', '/healthz', '/metrics'];
const CORS_HEADERS = {
  'access-control-allow-methods': 'POST, GET, OPTIONS, PUT, DELETE, PATCH',
  'access-control-allow-headers':
    'Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token, Authorization, X-Requested-With, If-Modified-Since',
  'access-control-expose-headers': 'Date',
  'access-control-allow-credentials': 'true',
};

export function withManners(server: Pick<ApiServer, 'handle' | 'ready'>, manners: Manners): MannerlyServer {
  const origins = (manners.corsOrigins ?? []).map((pattern) => new RegExp(pattern));
  const secure =
    (manners.transportSecurity ?? []).length === 0
      ? undefined
      : { 'strict-transport-security': manners.transportSecurity?.join('; ') ?? '' };
  let ready = manners.awayUntilReady !== true;
  if (!ready) {
    server.ready().then(
      () => {
        ready = true;
      },
      () => {},
    );
  }
  let away = false;
  let underWay = 0;

  const answerOf = async (request: ApiRequest): Promise<ApiAnswer> => {
    if (away && !isExempt(request)) return sentAway();
    if (!ready && !isExempt(request)) return notYet();
    underWay++;
    try {
      return await server.handle(request);
    } finally {
      underWay--;
    }
  };
  return {
    async handle(request) {
      const origin = request.headers.origin;
      const allowed = origin !== undefined && origins.some((pattern) => pattern.test(origin));
      const cors = allowed ? { 'access-control-allow-origin': origin, ...CORS_HEADERS } : undefined;
      const answer = cors !== undefined && request.method === 'OPTIONS' ? noContent() : await answerOf(request);
      if (cors === undefined && secure === undefined) return answer;
      // Every answer is made for its request alone.
      (answer as { headers: ApiAnswer['headers'] }).headers = { ...answer.headers, ...cors, ...secure };
      return answer;
    },
    turnAway() {
      away = true;
    },
    get underWay() {
      return underWay;
    },
  };
}

const noContent = (): ApiAnswer => ({ type: 'bytes', code: 204, headers: {}, contentType: '', body: new Uint8Array() });

function isExempt({ url, headers }: ApiRequest): boolean {
  if (headers['user-agent']?.startsWith('kube-apiserver/') === true) return true;
  return EXEMPT_PATHS.some((path) => url.startsWith(path));
}

function sentAway(): ApiAnswer {
  const answer = textAnswer(429, 'The apiserver is shutting down, please try again later.\n');
  return { ...answer, headers: { ...answer.headers, connection: 'close', 'retry-after': RETRY_SECONDS } };
}

function notYet(): ApiAnswer {
  const answer = textAnswer(503, "The apiserver hasn't been fully initialized yet, please try again later.\n");
  return { ...answer, headers: { ...answer.headers, 'retry-after': RETRY_SECONDS } };
}
