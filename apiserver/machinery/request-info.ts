/**
 * What a request line means, before anything is looked up: which verb on which resource, or a path that is none
 * (k8s.io/apiserver/pkg/endpoints/request.RequestInfoFactory).
 *
 *     /api/v1/namespaces/default/pods/web/log      get, '' v1 pods, default, web, log
 *     /apis/apps/v1/deployments?watch=true         watch, apps v1 deployments, all namespaces
 *     /api/v1/watch/namespaces/default/pods/web    watch (the old way to say it)
 *     /healthz                                     no resource: get, /healthz
 */

import { pathSegmentComplaints } from './name-formats.ts';
import { exactField, parseFieldSelector } from './selector-text.ts';

export interface RequestInfo {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly resourceRequest: boolean;
  /** `get list watch create update patch delete deletecollection proxy`, the method in lower case when no resource is meant, '' for a method that no verb stands for. */
  readonly verb: string;
  /** `api` or `apis`. */
  readonly prefix: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** Everything from the resource on: `['pods', 'web', 'proxy', 'a', 'b']`. */
  readonly parts: readonly string[];
}

const namespaceSubresources: ReadonlySet<string> = new Set(['status', 'finalize']);

const verbOfMethod: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

const noQuery = new URLSearchParams();

/** Never fails: what cannot be understood is a request for a path that does not exist. */
export function requestInfo(method: string, url: string): RequestInfo {
  const queryAt = url.indexOf('?');
  const path = decodePath(queryAt < 0 ? url : url.slice(0, queryAt));
  const query = queryAt < 0 ? noQuery : new URLSearchParams(url.slice(queryAt + 1));
  const segments = splitPath(path);
  const prefix = segments[0];
  const plain = (): RequestInfo => ({
    path,
    query,
    resourceRequest: false,
    verb: method.toLowerCase(),
    prefix: '',
    group: '',
    version: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    parts: segments,
  });
  if ((prefix !== 'api' && prefix !== 'apis') || segments.length < (prefix === 'api' ? 3 : 4)) return plain();
  const group = prefix === 'api' ? '' : (segments[1] ?? '');
  const version = segments[prefix === 'api' ? 1 : 2] ?? '';
  let parts = segments.slice(prefix === 'api' ? 2 : 3);
  let verb = verbOfMethod[method] ?? '';
  if (parts[0] === 'watch' || parts[0] === 'proxy') {
    if (parts.length < 2) return plain();
    verb = parts[0];
    parts = parts.slice(1);
  }
  let namespace = '';
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1] ?? '';
    if (parts.length > 2 && !namespaceSubresources.has(parts[2] ?? '')) parts = parts.slice(2);
  }
  const resource = parts[0] ?? '';
  let name = parts[1] ?? '';
  const subresource = parts.length >= 3 && verb !== 'watch' && verb !== 'proxy' ? (parts[2] ?? '') : '';
  if (name === '' && verb === 'get') {
    verb = isWatch(query) ? 'watch' : 'list';
    name = nameOfFieldSelector(query);
  }
  if (name === '' && verb === 'delete') verb = 'deletecollection';
  return {
    path,
    query,
    resourceRequest: true,
    verb,
    prefix,
    group,
    version,
    namespace,
    resource,
    subresource,
    name,
    parts,
  };
}

function isWatch(query: URLSearchParams): boolean {
  const value = query.get('watch');
  return value !== null && value.toLowerCase() !== 'false' && value !== '0';
}

/** A list of one object by field selector counts as one of that name, for authorization. */
function nameOfFieldSelector(query: URLSearchParams): string {
  const selector = query.get('fieldSelector');
  if (selector === null || !selector.includes('metadata.name')) return '';
  try {
    const name = exactField(parseFieldSelector(selector), 'metadata.name');
    return name !== undefined && pathSegmentComplaints(name).length === 0 ? name : '';
  } catch {
    return '';
  }
}

function splitPath(path: string): string[] {
  let start = 0;
  let end = path.length;
  while (start < end && path.charCodeAt(start) === 47) start++;
  while (end > start && path.charCodeAt(end - 1) === 47) end--;
  return start === end ? [] : path.slice(start, end).split('/');
}

function decodePath(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
