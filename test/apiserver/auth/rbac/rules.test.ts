import { describe, expect, it } from 'vitest';
import { compacted, type PolicyRule, ruleAllows, showRule, uncovered } from '../../../../apiserver/auth/rbac/rules.ts';
import { makeUser } from '../../../../apiserver/auth/users.ts';
import { attributes } from '../requests.ts';

const alice = makeUser('alice');

function rule(verbs: string, groups: string, resources: string, names = ''): PolicyRule {
  return {
    verbs: verbs.split(' '),
    apiGroups: groups.split(' ').map((group) => (group === 'core' ? '' : group)),
    resources: resources.split(' '),
    ...(names === '' ? {} : { resourceNames: names.split(' ') }),
  };
}

describe('a rule allows', () => {
  it.each([
    [rule('get', 'core', 'pods'), 'get pods', true],
    [rule('get', 'core', 'pods'), 'list pods', false],
    [rule('*', 'core', 'pods'), 'escalate pods', true],
    [rule('get', 'core', 'pods'), 'get pods.apps', false],
    [rule('get', '*', 'pods'), 'get pods.apps', true],
    [rule('get', 'core', 'pods'), 'get pods/log x', false],
    [rule('get', 'core', 'pods/log'), 'get pods/log x', true],
    [rule('get', 'core', 'pods/log'), 'get pods x', false],
    [rule('get', 'core', '*/log'), 'get pods/log x', true],
    [rule('get', 'core', '*/log'), 'get pods/status x', false],
    [rule('get', 'core', '*/log'), 'get pods x', false],
    [rule('get', 'core', '*'), 'get pods/log x', true],
    [rule('get', 'core', 'pods', 'web'), 'get pods web', true],
    [rule('get', 'core', 'pods', 'web'), 'get pods other', false],
    [rule('list', 'core', 'pods', 'web'), 'list pods', false],
    [rule('get', 'core', '*'), 'get /healthz', false],
    [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }, 'get /healthz', true],
    [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }, 'get /healthz/etcd', false],
    [{ verbs: ['get'], nonResourceURLs: ['/api/*'] }, 'get /api/v1', true],
    [{ verbs: ['get'], nonResourceURLs: ['/api/*'] }, 'get /api', false],
    [{ verbs: ['get'], nonResourceURLs: ['*'] }, 'get /anything', true],
    [{ verbs: ['get'], nonResourceURLs: ['*'] }, 'post /anything', false],
    [{ verbs: ['get'], nonResourceURLs: ['*'] }, 'get pods', false],
  ])('%j %s: %s', (each, request, expected) => {
    expect(ruleAllows(each, attributes(alice, request))).toBe(expected);
  });
});

describe('rules cover others', () => {
  it.each([
    [[rule('get list', 'core', 'pods services')], [rule('get', 'core', 'pods')], ''],
    [
      [rule('get', 'core', 'pods')],
      [rule('get list', 'core', 'pods')],
      '{APIGroups:[""], Resources:["pods"], Verbs:["list"]}',
    ],
    [[rule('*', '*', '*')], [rule('get', 'apps', 'deployments/scale', 'a b')], ''],
    [[rule('get', 'core', '*/log')], [rule('get', 'core', 'pods/log')], ''],
    [
      [rule('get', 'core', 'pods')],
      [rule('get', 'core', 'pods/log')],
      '{APIGroups:[""], Resources:["pods/log"], Verbs:["get"]}',
    ],
    [
      [rule('get', 'core', 'pods', 'a')],
      [rule('get', 'core', 'pods')],
      '{APIGroups:[""], Resources:["pods"], Verbs:["get"]}',
    ],
    [
      [rule('get', 'core', 'pods', 'a')],
      [rule('get', 'core', 'pods', 'a b')],
      '{APIGroups:[""], Resources:["pods"], ResourceNames:["b"], Verbs:["get"]}',
    ],
    [[rule('get', 'core', 'pods')], [rule('*', 'core', 'pods')], '{APIGroups:[""], Resources:["pods"], Verbs:["*"]}'],
    [
      [{ verbs: ['get'], nonResourceURLs: ['/api/*'] }],
      [{ verbs: ['get'], nonResourceURLs: ['/api/v1', '/metrics'] }],
      '{NonResourceURLs:["/metrics"], Verbs:["get"]}',
    ],
    [
      [rule('get', 'core', 'pods')],
      [{ verbs: ['get'], nonResourceURLs: ['/x'] }],
      '{NonResourceURLs:["/x"], Verbs:["get"]}',
    ],
  ])('%j over %j leaves %s', (owner, wanted, left) => {
    expect(uncovered(owner, wanted).map(showRule).join(' ')).toBe(left);
  });

  it('what differs in verbs alone is shown as one', () => {
    const rules = [rule('get', 'core', 'pods'), rule('get', 'core', 'nodes'), rule('list get', 'core', 'pods')];
    expect(compacted(rules).map(showRule)).toEqual([
      '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}',
      '{APIGroups:[""], Resources:["nodes"], Verbs:["get"]}',
    ]);
  });
});
