/**
 * Impersonation: a request is carried out as another user when its `Impersonate-*` headers say so and its own user may
 * impersonate each of the user, groups, uid and extra values that they name (k8s.io/apiserver impersonation filter).
 */
import type { ApiRequest } from '../machinery/api-server.ts';
import type { UserInfo } from '../machinery/resource-row.ts';
import { badRequest } from '../machinery/status.ts';
import type { AuthorizationAttributes, Authorizer, Awaitable } from '../machinery/steps.ts';
import { forbiddenRequest } from './forbidden.ts';
import { headersWithPrefix, headerValues } from './header-values.ts';
import { ANONYMOUS, group, serviceAccountGroups, splitServiceAccountUserName } from './users.ts';

const USER = 'impersonate-user';
const GROUP = 'impersonate-group';
const UID = 'impersonate-uid';
const EXTRA_PREFIX = 'impersonate-extra-';

interface Wanted {
  readonly resource: 'users' | 'groups' | 'serviceaccounts' | 'userextras' | 'uids';
  readonly name: string;
  readonly namespace?: string;
  readonly subresource?: string;
}

/**
 * The user to go on as; `user` itself when nobody is to be impersonated. Throws (or rejects with) a StatusError: 403
 * when something may not be impersonated, 400 when groups, uid or extra come without a user.
 */
export function impersonate(request: ApiRequest, user: UserInfo, authorizer: Authorizer): Awaitable<UserInfo> {
  const { headers } = request;
  for (const name in headers) {
    if (name.startsWith('impersonate-') && headers[name] !== undefined) return impersonated(request, user, authorizer);
  }
  return user;
}

async function impersonated(request: ApiRequest, user: UserInfo, authorizer: Authorizer): Promise<UserInfo> {
  const { headers } = request;
  const name = headers[USER] ?? '';
  const uid = headers[UID] ?? '';
  const namedGroups = headerValues(request, GROUP);
  const extra = headersWithPrefix(request, [EXTRA_PREFIX]);
  const hasMore = namedGroups.length > 0 || uid !== '' || Object.keys(extra).length > 0;
  if (name === '') {
    if (!hasMore) return user;
    throw badRequest(`requested ${goUser(uid, namedGroups, extra)} without impersonating a user name`);
  }
  const account = splitServiceAccountUserName(name);
  const wanted: Wanted[] = [
    account === undefined
      ? { resource: 'users', name }
      : { resource: 'serviceaccounts', name: account.name, namespace: account.namespace },
    ...namedGroups.map((each): Wanted => ({ resource: 'groups', name: each })),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value): Wanted => ({ resource: 'userextras', subresource: key, name: value })),
    ),
    ...(uid === '' ? [] : [{ resource: 'uids', name: uid } as const]),
  ];
  for (const each of wanted) {
    const attributes = attributesOf(user, each);
    const { decision, reason } = await authorizer.authorize(attributes);
    if (decision !== 'allow') throw forbiddenRequest(attributes, reason);
  }
  const groups =
    namedGroups.length === 0 && account !== undefined ? serviceAccountGroups(account.namespace) : namedGroups;
  return { name, uid, groups: withImplicitGroup(name, groups), extra };
}

function attributesOf(user: UserInfo, wanted: Wanted): AuthorizationAttributes {
  const authentication = wanted.resource === 'userextras' || wanted.resource === 'uids';
  return {
    user,
    verb: 'impersonate',
    resourceRequest: true,
    group: authentication ? 'authentication.k8s.io' : '',
    version: authentication ? 'v1' : '',
    resource: wanted.resource,
    subresource: wanted.subresource ?? '',
    namespace: wanted.namespace ?? '',
    name: wanted.name,
    path: '',
  };
}

/** Named groups are the authority, but whoever is not anonymous is authenticated. */
function withImplicitGroup(name: string, groups: readonly string[]): readonly string[] {
  if (name === ANONYMOUS) {
    return groups.includes(group.unauthenticated) ? groups : [...groups, group.unauthenticated];
  }
  if (groups.includes(group.authenticated) || groups.includes(group.unauthenticated)) return groups;
  return [...groups, group.authenticated];
}

/** A user without a name, as Go prints one. */
function goUser(uid: string, groups: readonly string[], extra: Readonly<Record<string, readonly string[]>>): string {
  const list = (values: readonly string[]): string =>
    `[]string{${values.map((value) => JSON.stringify(value)).join(', ')}}`;
  const entries = Object.keys(extra)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${list(extra[key] ?? []).replace('[]string', '')}`);
  const shownGroups = groups.length === 0 ? '[]string(nil)' : list(groups);
  const shownExtra = `map[string][]string${entries.length === 0 ? '(nil)' : `{${entries.join(', ')}}`}`;
  return `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${shownGroups}, Extra:${shownExtra}}`;
}
