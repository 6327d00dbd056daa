import { describe, expect, it } from 'vitest';
import { impersonate } from '../../../apiserver/auth/impersonation.ts';
import { makeUser } from '../../../apiserver/auth/users.ts';
import { StatusError } from '../../../apiserver/machinery/status.ts';
import type { Authorizer } from '../../../apiserver/machinery/steps.ts';
import { request } from './requests.ts';

const admin = makeUser('admin', ['system:masters']);

/** May impersonate what is listed: `users/alice`, `serviceaccounts/ns/name`, `userextras:scopes/view`. */
function mayImpersonate(...what: string[]): Authorizer {
  return {
    authorize: ({ verb, group, resource, subresource, namespace, name }) => {
      const key = `${group}${group === '' ? '' : '/'}${resource}${subresource === '' ? '' : `:${subresource}`}/${namespace === '' ? '' : `${namespace}/`}${name}`;
      return verb === 'impersonate' && what.includes(key)
        ? { decision: 'allow', reason: '' }
        : { decision: 'noOpinion', reason: '' };
    },
  };
}

async function run(headers: Parameters<typeof request>[0], ...allowed: string[]): Promise<string> {
  try {
    const user = await impersonate(request(headers), admin, mayImpersonate(...allowed));
    return JSON.stringify([user.name, user.uid, user.groups, user.extra]);
  } catch (thrown) {
    if (thrown instanceof StatusError) return `${thrown.code} ${thrown.message}`;
    throw thrown;
  }
}

describe('impersonation', () => {
  it('is nothing without its headers', () => {
    expect(impersonate(request({ accept: 'x' }), admin, mayImpersonate())).toBe(admin);
  });

  it.each([
    [
      'a user without the right',
      { 'impersonate-user': 'alice' },
      [],
      '403 users "alice" is forbidden: User "admin" cannot impersonate resource "users" in API group "" at the cluster scope',
    ],
    [
      'a user with the right',
      { 'impersonate-user': 'alice' },
      ['users/alice'],
      '["alice","",["system:authenticated"],{}]',
    ],
    [
      'a group without the right to it',
      { 'impersonate-user': 'alice', 'impersonate-group': ['dev', 'system:masters'] },
      ['users/alice', 'groups/dev'],
      '403 groups "system:masters" is forbidden: User "admin" cannot impersonate resource "groups" in API group "" at the cluster scope',
    ],
    [
      'groups, in their order',
      { 'impersonate-user': 'alice', 'impersonate-group': ['b', 'a'] },
      ['users/alice', 'groups/a', 'groups/b'],
      '["alice","",["b","a","system:authenticated"],{}]',
    ],
    [
      'a service account gets its groups',
      { 'impersonate-user': 'system:serviceaccount:ns:robot' },
      ['serviceaccounts/ns/robot'],
      '["system:serviceaccount:ns:robot","",["system:serviceaccounts","system:serviceaccounts:ns","system:authenticated"],{}]',
    ],
    [
      'a service account without the right',
      { 'impersonate-user': 'system:serviceaccount:ns:robot' },
      ['users/system:serviceaccount:ns:robot'],
      '403 serviceaccounts "robot" is forbidden: User "admin" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "ns"',
    ],
    [
      'the anonymous user',
      { 'impersonate-user': 'system:anonymous' },
      ['users/system:anonymous'],
      '["system:anonymous","",["system:unauthenticated"],{}]',
    ],
    [
      'a group whose name has a comma, and of several users the first',
      { 'impersonate-user': ['alice', 'bob'], 'impersonate-group': 'b, a' },
      ['users/alice', 'groups/b, a'],
      '["alice","",["b, a","system:authenticated"],{}]',
    ],
    [
      'uid and extra',
      { 'impersonate-user': 'alice', 'impersonate-uid': 'u-1', 'impersonate-extra-scopes': 'view' },
      ['users/alice', 'authentication.k8s.io/uids/u-1', 'authentication.k8s.io/userextras:scopes/view'],
      '["alice","u-1",["system:authenticated"],{"scopes":["view"]}]',
    ],
    [
      'extra without the right',
      { 'impersonate-user': 'alice', 'impersonate-extra-scopes': 'admin' },
      ['users/alice'],
      '403 userextras.authentication.k8s.io "admin" is forbidden: User "admin" cannot impersonate resource "userextras/scopes" in API group "authentication.k8s.io" at the cluster scope',
    ],
    [
      'groups without a user',
      { 'impersonate-group': 'system:masters' },
      ['groups/system:masters'],
      '400 requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"system:masters"}, Extra:map[string][]string(nil)} without impersonating a user name',
    ],
  ])('%s', async (_title, headers, allowed, expected) => {
    expect(await run(headers as Parameters<typeof request>[0], ...allowed)).toBe(expected);
  });
});
