import { describe, expect, it } from 'vitest';
import { decideAudit, readAuditPolicy } from '../../../../apiserver/auth/audit/audit-policy.ts';
import { parseConfig } from '../../../../apiserver/auth/config-file.ts';
import { makeUser } from '../../../../apiserver/auth/users.ts';
import { UsageError } from '../../../../base/errors.ts';
import { attributes } from '../requests.ts';

const head = 'apiVersion: audit.k8s.io/v1\nkind: Policy\n';

async function policy(text: string): ReturnType<typeof read> {
  return read(text);
}
async function read(text: string) {
  return readAuditPolicy(await parseConfig(head + text, 'policy.yaml', 'Policy', ['audit.k8s.io/v1']));
}

describe('an audit policy', () => {
  const rules = `
omitStages: [RequestReceived]
rules:
- level: None
  users: ["system:kube-proxy"]
  verbs: [watch]
- level: None
  userGroups: ["system:nodes"]
- level: Metadata
  resources:
  - group: ""
    resources: [secrets, "pods/exec", "services/*"]
- level: Request
  namespaces: [kube-system]
  omitStages: [ResponseStarted]
- level: RequestResponse
  resources:
  - group: apps
    resources: ["*/scale"]
  - group: "*"
    resources: [configmaps]
    resourceNames: [special]
- level: Metadata
  nonResourceURLs: ["/healthz*"]
`;
  it.each([
    ['system:kube-proxy', 'watch services', 'None'],
    ['system:kube-proxy', 'list endpoints', 'None'],
    ['alice', 'get secrets x -n ns', 'Metadata'],
    ['alice', 'create pods/exec x -n ns', 'Metadata'],
    ['alice', 'get pods x -n ns', 'None'],
    ['alice', 'get pods x -n kube-system', 'Request'],
    ['alice', 'update deployments.apps/scale x -n ns', 'RequestResponse'],
    ['alice', 'update deployments.apps x -n ns', 'None'],
    ['alice', 'get configmaps special -n ns', 'RequestResponse'],
    ['alice', 'get configmaps other -n ns', 'None'],
    ['alice', 'get /healthz/etcd', 'Metadata'],
    ['alice', 'get /version', 'None'],
    ['alice', 'get services x -n ns', 'Metadata'],
  ])('%s: %s is audited at %s', async (name, words, level) => {
    expect(decideAudit(await policy(rules), attributes(makeUser(name), words)).level).toBe(level);
  });

  it('nodes are left out by their group, and stages are left out by both lists', async () => {
    const read = await policy(rules);
    expect(decideAudit(read, attributes(makeUser('n', ['system:nodes']), 'get secrets x -n ns')).level).toBe('None');
    const { omitStages } = decideAudit(read, attributes(makeUser('alice'), 'get pods x -n kube-system'));
    expect(omitStages).toEqual(['RequestReceived', 'ResponseStarted']);
  });

  it.each([
    ['rules: []', 'policy.yaml: rules: at least one rule is needed'],
    ['rules: [{}]', 'policy.yaml: rules[0].level: is required'],
    [
      'rules: [{level: All}]',
      'policy.yaml: rules[0].level: must be one of None, Metadata, Request, RequestResponse, not "All"',
    ],
    ['rules: [{level: None, verb: [get]}]', 'policy.yaml: rules[0].verb: unknown field'],
    ['rules: [{level: None, verbs: get}]', 'policy.yaml: rules[0].verbs: must be a list'],
    [
      'rules: [{level: None, nonResourceURLs: [healthz]}]',
      "policy.yaml: rules[0].nonResourceURLs[0]: non-resource URL rules must begin with a '/' character",
    ],
    [
      'rules: [{level: None, nonResourceURLs: ["/a"], namespaces: [x]}]',
      'rules cannot apply to both regular resources and non-resource URLs',
    ],
    [
      'rules: [{level: None, resources: [{group: "rbac/v1"}]}]',
      'policy.yaml: rules[0].resources[0].group: "rbac/v1" is not the name of an API group',
    ],
    ['rules: [{level: None, resources: [{resourceNames: [a]}]}]', 'using resourceNames requires at least one resource'],
    ['omitStages: [Never]\nrules: [{level: None}]', 'policy.yaml: omitStages[0]: must be one of'],
    ['rules: [{level: None', 'policy.yaml: '],
    ['rules: [{level: None}]\nrules: []', 'policy.yaml: Map keys must be unique'],
  ])('%j is refused', async (text, message) => {
    const failure = await policy(text).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(UsageError);
    expect(String(failure)).toContain(message);
  });

  it.each([
    ['', 'policy.yaml: is empty'],
    ['apiVersion: audit.k8s.io/v2\nkind: Policy', 'policy.yaml: apiVersion: must be audit.k8s.io/v1'],
    ['apiVersion: audit.k8s.io/v1\nkind: Pod', 'policy.yaml: kind: must be Policy'],
    ['[]', 'policy.yaml: must be a mapping'],
  ])('a document that is none: %j', async (text, message) => {
    await expect(parseConfig(text, 'policy.yaml', 'Policy', ['audit.k8s.io/v1'])).rejects.toThrow(message);
  });
});
