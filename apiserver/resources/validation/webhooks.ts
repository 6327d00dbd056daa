/** Where webhooks are reached: by URL or as a service (k8s.io/apiserver/pkg/util/webhook: validation.go). */
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123SubdomainComplaints } from '../../machinery/name-formats.ts';
import { portNumberComplaints } from './formats.ts';

const FORM = '; desired format: https://host[/path]';

interface UrlParts {
  readonly scheme: string;
  readonly user: string | undefined;
  readonly host: string;
  readonly query: string;
  readonly fragment: string;
}

/** The parts as Go's net/url takes them apart; undefined for what is no URL to it. */
function urlParts(text: string): UrlParts | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text) || text.startsWith(':')) return undefined;
  const [whole = '', fragment = ''] = split(text, '#');
  const [, scheme = '', rest = whole] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/.exec(whole) ?? [];
  const [location = '', query = ''] = split(rest, '?');
  const [, authority = ''] = /^\/\/([^/]*)/.exec(location) ?? [];
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  if (/[ %]/.test(host)) return undefined;
  return { scheme: scheme.toLowerCase(), user: at < 0 ? undefined : authority.slice(0, at), host, query, fragment };
}

function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

export function checkWebhookUrl(url: string, path: string, errors: FieldErrors): void {
  const parts = urlParts(url);
  if (parts === undefined) {
    errors.required(path, `url must be a valid URL: parse ${JSON.stringify(url)}: invalid URL${FORM}`);
    return;
  }
  const { scheme, user, host, query, fragment } = parts;
  if (scheme !== 'https') errors.invalid(path, scheme, `'https' is the only allowed URL scheme${FORM}`);
  if (host === '') errors.invalid(path, host, `host must be specified${FORM}`);
  if (user !== undefined) errors.invalid(path, user, 'user information is not permitted in the URL');
  if (fragment !== '') errors.invalid(path, fragment, 'fragments are not permitted in the URL');
  if (query !== '') errors.invalid(path, query, 'query parameters are not permitted in the URL');
}

export interface WebhookService {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly path?: string | undefined;
  readonly port?: number | undefined;
}

export function checkWebhookService(service: WebhookService, path: string, errors: FieldErrors): void {
  if (!service.name) errors.required(`${path}.name`);
  if (!service.namespace) errors.required(`${path}.namespace`);
  const port = service.port ?? 0;
  const complaints = portNumberComplaints(port);
  if (complaints.length > 0) errors.invalid(`${path}.port`, port, `port is not valid: ${complaints.join(', ')}`);
  checkServicePath(service.path ?? '', `${path}.path`, errors);
}

function checkServicePath(path: string, at: string, errors: FieldErrors): void {
  if (path === '' || path === '/') return;
  if (path === '//') {
    errors.invalid(at, path, 'segment[0] may not be empty');
    return;
  }
  if (!path.startsWith('/')) errors.invalid(at, path, "must start with a '/'");
  const segments = path.slice(1).replace(/\/$/, '').split('/');
  for (const [index, segment] of segments.entries()) {
    if (segment === '') errors.invalid(at, path, `segment[${index}] may not be empty`);
    else {
      for (const complaint of dns1123SubdomainComplaints(segment)) {
        errors.invalid(at, path, `segment[${index}]: ${complaint}`);
      }
    }
  }
}
