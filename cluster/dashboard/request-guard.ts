/**
 * What a request must be before anything is done for it. A page on loopback is reached by every program and every web site
 * that the user's browser has open, so: the Host must be one of ours (a name that was made to point here, DNS
 * rebinding, is none), and a request that another site's page makes is refused. Pure.
 */

export interface RequestHead {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `sec-fetch-site`, which browsers send and pages cannot set. */
  readonly fetchSite: string | undefined;
  /** A WebSocket's handshake: browsers always send its origin. */
  readonly upgrade: boolean;
  /** It asks for the page itself, as somebody does who follows a link. */
  readonly navigation: boolean;
}

/** Why it is refused, in words; undefined: it is not. */
export function complaintOf(head: RequestHead, port: number): string | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
  if (port === 80) hosts.push('127.0.0.1', 'localhost', '[::1]');
  const { host, origin, fetchSite, method, upgrade, navigation } = head;
  if (host === undefined || !hosts.includes(host.toLowerCase())) {
    return `this page answers to ${hosts.slice(0, 2).join(' and ')} only`;
  }
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return `requests from ${/^[\x20-\x7e]{1,100}$/.test(origin) ? origin : 'other origins'} are refused`;
  }
  const changes = upgrade || !['GET', 'HEAD'].includes(method);
  if (changes && origin === undefined) return 'a request that changes something must say its Origin';
  if (!navigation && fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none') {
    return 'requests that other sites make are refused';
  }
  return undefined;
}

/** What the browser is told about every answer: nothing from outside, nothing around it, nothing remembered. */
export function securityHeaders(port: number): Readonly<Record<string, string>> {
  const live = [`ws://127.0.0.1:${port}`, `ws://localhost:${port}`].join(' ');
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "font-src 'self'",
      `connect-src 'self' ${live}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
}

/** One cookie of a Cookie header. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}
