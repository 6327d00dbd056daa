import type { ApiRequest, Credentials, PresentedCertificate } from '../../../apiserver/machinery/api-server.ts';
import type { UserInfo } from '../../../apiserver/machinery/resource-row.ts';
import type { AuthorizationAttributes } from '../../../apiserver/machinery/steps.ts';

/** @param sent a list is a header that is sent several times */
export function request(
  sent: Record<string, string | readonly string[]> = {},
  certificate?: Partial<PresentedCertificate>,
  url = '/api/v1/pods',
): ApiRequest {
  const credentials: Credentials = {
    type: 'network',
    remoteAddress: '127.0.0.1',
    ...(certificate === undefined
      ? {}
      : { certificate: { commonName: '', organizations: [], signedBy: 'client-ca', sha256: 'ab12', ...certificate } }),
  };
  const valuesOf = (name: string): readonly string[] => [sent[name] ?? []].flat();
  const headers = Object.fromEntries(Object.keys(sent).map((name) => [name, valuesOf(name)[0]]));
  return { method: 'GET', url, headers, valuesOf, body: undefined, credentials, signal: new AbortController().signal };
}

/** Attributes from `get pods/log web -n default` in the manner of kubectl: `verb resource[/sub][.group] [name] [-n ns]`. */
export function attributes(user: UserInfo, words: string): AuthorizationAttributes {
  const parts = words.split(' ');
  const at = parts.indexOf('-n');
  const namespace = at < 0 ? '' : (parts[at + 1] ?? '');
  const [verb = '', what = '', name = ''] = at < 0 ? parts : parts.slice(0, at);
  if (what.startsWith('/')) {
    return {
      user,
      verb,
      resourceRequest: false,
      group: '',
      version: '',
      resource: '',
      subresource: '',
      namespace: '',
      name: '',
      path: what,
    };
  }
  const [full = '', subresource = ''] = what.split('/');
  const dot = full.indexOf('.');
  return {
    user,
    verb,
    resourceRequest: true,
    group: dot < 0 ? '' : full.slice(dot + 1),
    version: 'v1',
    resource: dot < 0 ? full : full.slice(0, dot),
    subresource,
    namespace,
    name,
    path: '',
  };
}
