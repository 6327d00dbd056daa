/** `url("https://example.org/x?y=z")` in CEL (k8s.io/apiserver/pkg/cel/library/urls.go), read as Go's net/url reads. */
import type { Environment } from '@marcbachmann/cel-js';

const TYPE = 'kubernetes.URL';

class UrlValue {
  readonly scheme: string;
  /** With its port, without the user. */
  readonly host: string;
  readonly path: string;
  readonly query: string;

  constructor(scheme: string, host: string, path: string, query: string) {
    this.scheme = scheme;
    this.host = host;
    this.path = path;
    this.query = query;
  }
}

export function registerUrls(environment: Environment): void {
  environment
    .registerType(TYPE, UrlValue)
    .registerFunction(`url(string): ${TYPE}`, (text: string) => {
      const url = parseRequestUri(text);
      if (typeof url === 'string') throw new Error(`URL parse error during conversion from string: ${url}`);
      return url;
    })
    .registerFunction('isURL(string): bool', (text: string) => typeof parseRequestUri(text) !== 'string')
    .registerFunction(`${TYPE}.getScheme(): string`, ({ scheme }: UrlValue) => scheme)
    .registerFunction(`${TYPE}.getHost(): string`, ({ host }: UrlValue) => host)
    .registerFunction(`${TYPE}.getHostname(): string`, ({ host }: UrlValue) =>
      splitPort(host)[0].replace(/^\[|\]$/g, ''),
    )
    .registerFunction(`${TYPE}.getPort(): string`, ({ host }: UrlValue) => splitPort(host)[1])
    .registerFunction(`${TYPE}.getEscapedPath(): string`, ({ path }: UrlValue) => escaped(path))
    .registerFunction(`${TYPE}.getQuery(): map<string, list<string>>`, ({ query }: UrlValue) => queryOf(query))
    .registerOperator(`${TYPE} == ${TYPE}`, (a: UrlValue, b: UrlValue) => JSON.stringify(a) === JSON.stringify(b));
}

/** An absolute URL or path; or what is wrong with it, in Go's words. */
export function parseRequestUri(text: string): UrlValue | string {
  const wrong = (why: string): string => `parse ${JSON.stringify(text)}: ${why}`;
  if (text === '') return wrong('empty url');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text)) return wrong('net/url: invalid control character in URL');
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1] ?? '';
  if (scheme === '' && text.startsWith(':')) return wrong('missing protocol scheme');
  // A fragment is no part of what is sent, and Kubernetes reads the URL again without it.
  const [rest = '', ...queries] = (text.slice(scheme === '' ? 0 : scheme.length + 1).split('#')[0] ?? '').split('?');
  const query = queries.join('?');
  if (!rest.startsWith('/')) {
    return scheme === '' ? wrong('invalid URI for request') : new UrlValue(scheme.toLowerCase(), '', '', query);
  }
  const bad = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec(rest)?.[0];
  if (bad !== undefined) return wrong(`invalid URL escape ${JSON.stringify(bad)}`);
  const authority = scheme !== '' && rest.startsWith('//') ? (/^\/\/([^/]*)/.exec(rest)?.[1] ?? '') : '';
  const path = scheme !== '' && rest.startsWith('//') ? rest.slice(authority.length + 2) : rest;
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const complaint = hostComplaint(host);
  return complaint === undefined ? new UrlValue(scheme.toLowerCase(), host, path, query) : wrong(complaint);
}

function hostComplaint(host: string): string | undefined {
  if (host.startsWith('[') && !host.includes(']')) return "missing ']' in host";
  const port = /:([^:\]]*)$/.exec(host);
  if (port !== null && !/^\d*$/.test(port[1] ?? '')) return `invalid port ${JSON.stringify(port[0])} after host`;
  const odd = /[ <>"\\^`{|}]/.exec(host)?.[0];
  return odd === undefined ? undefined : `invalid character ${JSON.stringify(odd)} in host name`;
}

function splitPort(host: string): [string, string] {
  const port = /:(\d*)$/.exec(host);
  return port === null ? [host, ''] : [host.slice(0, port.index), port[1] ?? ''];
}

/** What has no place in a path is escaped; what is escaped already stays. */
function escaped(path: string): string {
  return path.replace(/[^A-Za-z0-9\-_.~$&+,/:;=@!'()*%[\]]+/gu, (odd) => encodeURIComponent(odd));
}

function queryOf(query: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const part of query.split('&')) {
    if (part === '' || part.includes(';')) continue;
    const equals = part.indexOf('=');
    const [key, value] = [equals < 0 ? part : part.slice(0, equals), equals < 0 ? '' : part.slice(equals + 1)].map(
      unescaped,
    );
    if (key === undefined || value === undefined) continue;
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  return values;
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
