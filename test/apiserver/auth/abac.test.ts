import { describe, expect, it } from 'vitest';
import { AbacAuthorizer, parseAbacPolicies } from '../../../apiserver/auth/abac.ts';
import { makeUser } from '../../../apiserver/auth/users.ts';
import type { AuthorizationAttributes } from '../../../apiserver/machinery/steps.ts';

const FILE = `# Examples of upstream's documentation
{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"user": "alice", "namespace": "*", "resource": "*", "apiGroup": "*"}}

{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"user": "kubelet", "namespace": "*", "resource": "pods", "readonly": true}}
{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"user": "bob", "namespace": "projectCaribou", "resource": "pods", "readonly": true}}
{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"user": "*", "readonly": true, "nonResourcePath": "/version*"}}
{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"user": "carol", "group": "devs", "namespace": "*", "resource": "pods"}}
{"user": "old", "resource": "pods", "readonly": true}
`;

const { policies, unversioned } = parseAbacPolicies(FILE, 'policy.jsonl');
const authorizer = new AbacAuthorizer(policies);

function may(user: string, verb: string, what: string, namespace = 'ns', group = ''): string {
  const path = what.startsWith('/') ? what : '';
  const attributes: AuthorizationAttributes = {
    user: makeUser(
      user,
      user.startsWith('system:') ? [] : ['system:authenticated', ...(user === 'carol' ? ['devs'] : [])],
    ),
    verb,
    resourceRequest: path === '',
    group,
    version: 'v1',
    resource: path === '' ? what : '',
    subresource: '',
    namespace,
    name: '',
    path,
  };
  const { decision, reason } = authorizer.authorize(attributes);
  return decision === 'allow' ? 'yes' : `${decision}: ${reason}`;
}

const NO = 'noOpinion: No policy matched.';

describe('mode ABAC', () => {
  it.each([
    ['alice', 'delete', 'deployments', 'ns', 'apps', 'yes'],
    ['alice', 'get', '/metrics', '', '', NO],
    ['kubelet', 'list', 'pods', 'any', '', 'yes'],
    ['kubelet', 'create', 'pods', 'any', '', NO],
    ['kubelet', 'get', 'secrets', 'any', '', NO],
    ['bob', 'watch', 'pods', 'projectCaribou', '', 'yes'],
    ['bob', 'watch', 'pods', 'other', '', NO],
    ['dave', 'get', '/version', '', '', 'yes'],
    ['dave', 'get', '/versions/x', '', '', 'yes'],
    ['dave', 'post', '/version', '', '', NO],
    ['system:anonymous', 'get', '/version', '', '', NO],
    ['carol', 'create', 'pods', 'ns', '', 'yes'],
    ['carol', 'create', 'pods', 'ns', 'metrics.k8s.io', NO],
    ['old', 'get', 'pods', 'ns', 'metrics.k8s.io', 'yes'],
    ['old', 'delete', 'pods', 'ns', '', NO],
  ])('I10 %s may %s %s in %s of %s: %s', (user, verb, what, namespace, group, expected) => {
    expect(may(user, verb, what, namespace, group)).toBe(expected);
  });

  it('I10 a policy that names nobody is nobody’s; one line without a version was seen', () => {
    const empty = parseAbacPolicies(
      '{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"resource":"*","namespace":"*","apiGroup":"*"}}',
      'f',
    );
    expect(new AbacAuthorizer(empty.policies).rulesFor(makeUser('x', ['system:authenticated']), 'ns')).toEqual([]);
    expect(unversioned).toBe(1);
  });

  it('lists the rules of a user in a namespace', () => {
    expect(authorizer.rulesFor(makeUser('bob'), 'projectCaribou')).toEqual([
      { verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['pods'] },
    ]);
  });

  it.each([
    ['{', 'line 1'],
    ['# fine\n[]', 'line 2: the line is no object'],
    ['{"apiVersion":"v1","kind":"Policy"}', 'apiVersion must be abac.authorization.kubernetes.io/v1beta1'],
    ['{"user":1}', 'user must be a text'],
    ['{"user":"a","readonly":"yes"}', 'readonly must be true or false'],
  ])('I10 %s is refused with file, line and reason', (text, message) => {
    expect(() => parseAbacPolicies(text, 'policy.jsonl')).toThrow('error reading policy file policy.jsonl, line');
    expect(() => parseAbacPolicies(text, 'policy.jsonl')).toThrow(message);
  });
});
