/**
 * Who may do what, cell by cell, asked of a server by SubjectAccessReview. Written by hand from
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/ and .../node/.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADMIN_TOKEN, type SecuredServer, startSecured } from './secured-server.ts';

/** `boss` is bound to cluster-admin everywhere; `admin`, `edit` and `view` to the roles of their names in `ns`. */
const columns = ['boss', 'admin', 'edit', 'view', 'node', 'account', 'anonymous'] as const;
const table = `
get /version                                              y y y y y y y
get /healthz                                              y y y y y y y
get /readyz                                               y y y y y y y
get /livez                                                y y y y y y y
get /api                                                  y y y y y y .
get /apis/apps/v1                                         y y y y y y .
get /openapi/v2                                           y y y y y y .
get /openid/v1/jwks                                       y . . . . y .
get /metrics                                              y . . . . . .
get /debug/pprof                                          y . . . . . .
post /version                                             y . . . . . .
create authorization.k8s.io/selfsubjectaccessreviews      y y y y y y .
create authorization.k8s.io/selfsubjectrulesreviews       y y y y y y .
create authentication.k8s.io/selfsubjectreviews           y y y y y y .
create authorization.k8s.io/subjectaccessreviews          y . . . y . .
create authorization.k8s.io/localsubjectaccessreviews ns  y y . . y . .
create authentication.k8s.io/tokenreviews                 y . . . y . .
get /pods ns x                                            y y y y . . .
list /pods ns                                             y y y y . . .
list /pods                                                y . . . . . .
list /pods other                                          y . . . . . .
create /pods ns                                           y y y . y . .
delete /pods ns x                                         y y y . y . .
deletecollection /pods ns                                 y y y . . . .
get /pods/log ns x                                        y y y y . . .
create /pods/exec ns x                                    y y y . . . .
create /pods/eviction ns x                                y y y . y . .
patch /pods/status ns x                                   y . . . y . .
create /pods/binding ns x                                 y . . . . . .
get /secrets ns x                                         y y y . . . .
list /secrets ns                                          y y y . . . .
get /configmaps ns x                                      y y y y . . .
create /configmaps ns                                     y y y . . . .
create /serviceaccounts/token ns default                  y y y . . . .
impersonate /serviceaccounts ns default                   y y y . . . .
impersonate /users x                                      y . . . . . .
impersonate /groups system:masters                        y . . . . . .
get /nodes n1                                             y . . . y . .
get /nodes n2                                             y . . . . . .
create /nodes                                             y . . . y . .
patch /nodes/status n1                                    y . . . y . .
list /services                                            y . . . y . .
list /services ns                                         y y y y y . .
get /endpoints ns x                                       y y y y y . .
create /events ns                                         y y y . y . .
get /namespaces ns ns                                     y y y y . . .
delete /namespaces ns ns                                  y . . . . . .
list /namespaces                                          y . . . . . .
get /resourcequotas ns x                                  y y y y . . .
create /resourcequotas ns                                 y . . . . . .
create /limitranges ns                                    y . . . . . .
get /persistentvolumes x                                  y . . . . . .
create /persistentvolumeclaims ns                         y y y . . . .
create apps/deployments ns                                y y y . . . .
patch apps/deployments/scale ns x                         y y y . . . .
get apps/deployments/status ns x                          y y y y . . .
update apps/deployments/status ns x                       y . . . . . .
create batch/jobs ns                                      y y y . . . .
create networking.k8s.io/networkpolicies ns               y y y . . . .
get networking.k8s.io/networkpolicies ns x                y y y y . . .
create policy/poddisruptionbudgets ns                     y y y . . . .
create autoscaling/horizontalpodautoscalers ns            y y y . . . .
get coordination.k8s.io/leases ns x                       y y y . . . .
update coordination.k8s.io/leases kube-node-lease n1      y . . . y . .
update coordination.k8s.io/leases kube-node-lease n2      y . . . . . .
create certificates.k8s.io/certificatesigningrequests     y . . . y . .
list certificates.k8s.io/certificatesigningrequests       y . . . y . .
approve certificates.k8s.io/signers x                     y . . . . . .
create rbac.authorization.k8s.io/roles ns                 y y . . . . .
create rbac.authorization.k8s.io/rolebindings ns          y y . . . . .
escalate rbac.authorization.k8s.io/roles ns x             y . . . . . .
bind rbac.authorization.k8s.io/clusterroles admin         y . . . . . .
get rbac.authorization.k8s.io/clusterroles x              y . . . . . .
get storage.k8s.io/storageclasses x                       y . . . . . .
get apiextensions.k8s.io/customresourcedefinitions x      y . . . . . .
get chaos.sampan.dev/faults x                             y . . . . . .
`;

const subjects: Readonly<Record<(typeof columns)[number], { user: string; groups: readonly string[] }>> = {
  boss: { user: 'boss', groups: ['system:authenticated'] },
  admin: { user: 'admin-user', groups: ['system:authenticated'] },
  edit: { user: 'edit-user', groups: ['system:authenticated'] },
  view: { user: 'view-user', groups: ['system:authenticated'] },
  node: { user: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] },
  account: {
    user: 'system:serviceaccount:ns:default',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
  },
  anonymous: { user: 'system:anonymous', groups: ['system:unauthenticated'] },
};

const CLUSTER_SCOPED =
  /^(nodes|persistentvolumes|users|groups|certificatesigningrequests|signers|clusterroles|storageclasses|customresourcedefinitions|faults)(\/|$)/;

/** `get apps/deployments/scale ns x` as a review asks it. */
function askedBy(line: string): object {
  const [verb = '', what = '', ...where] = line.split(/ +/);
  const slash = what.indexOf('/');
  const group = what.slice(0, slash);
  const [resource = '', subresource = ''] = what.slice(slash + 1).split('/');
  const path = slash === 0 && /^\/(version|healthz|readyz|livez|api|apis|openapi|openid|metrics|debug)/.test(what);
  if (path) return { nonResourceAttributes: { verb, path: what } };
  const namespaced = !CLUSTER_SCOPED.test(resource);
  const [namespace, name] = namespaced ? where : [undefined, where[0]];
  return { resourceAttributes: { verb, group, resource, subresource, namespace, name } };
}

let server: SecuredServer;

beforeAll(async () => {
  server = await startSecured();
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const post = async (path: string, object: object): Promise<void> => {
    expect((await server.call({ token: ADMIN_TOKEN }, 'POST', path, object)).code).toBe(201);
  };
  const roleRef = (name: string): object => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name });
  const user = (name: string): object => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name });
  await post('/api/v1/namespaces', { metadata: { name: 'ns' } });
  await post(`${rbac}/clusterrolebindings`, {
    metadata: { name: 'boss' },
    roleRef: roleRef('cluster-admin'),
    subjects: [user('boss')],
  });
  for (const name of ['admin', 'edit', 'view']) {
    await post(`${rbac}/namespaces/ns/rolebindings`, {
      metadata: { name },
      roleRef: roleRef(name),
      subjects: [user(`${name}-user`)],
    });
  }
});

afterAll(() => server.close());

const lines = table
  .trim()
  .split('\n')
  .map((line) => {
    const cells = line.trim().split(/\s+/).slice(-columns.length);
    return [
      line
        .trim()
        .slice(0, line.trim().length - cells.join(' ').length)
        .trim(),
      cells,
    ] as const;
  });

it('the table has more than 500 cells', () => {
  expect(lines.length * columns.length).toBeGreaterThan(500);
});

it.each(lines)('%s', async (what, cells) => {
  const answers: string[] = [];
  for (const column of columns) {
    const { code, body } = await server.call(
      { token: ADMIN_TOKEN },
      'POST',
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { ...askedBy(what), ...subjects[column] },
      },
    );
    expect(code).toBe(201);
    answers.push((body.status as { allowed: boolean }).allowed ? 'y' : '.');
  }
  expect(`${what}: ${answers.join(' ')}`).toBe(`${what}: ${cells.join(' ')}`);
});
