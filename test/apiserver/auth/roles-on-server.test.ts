import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeUser } from '../../../apiserver/auth/users.ts';
import type { KubeObject } from '../../../apiserver/machinery/resource-row.ts';
import { ADMIN_TOKEN, type Caller, type SecuredServer, startSecured, USER_TOKEN } from './secured-server.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const admin: Caller = { token: ADMIN_TOKEN };
const user: Caller = { token: USER_TOKEN };
let server: SecuredServer;

beforeAll(async () => {
  server = await startSecured();
  await server.call(admin, 'POST', '/api/v1/namespaces', { metadata: { name: 'ns' } });
});
afterAll(() => server.close());

async function canI(caller: Caller, verb: string, resource: string, namespace = 'ns', group = ''): Promise<boolean> {
  const spec = { resourceAttributes: { verb, resource, namespace, group } };
  const { code, body } = await server.call(caller, 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    spec,
  });
  expect(code).toBe(201);
  return (body as unknown as { status: { allowed: boolean } }).status.allowed;
}

/** The watch cache follows the store by itself: a few turns of the event loop. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

const bind = (name: string, role: string, subject: string): object => ({
  metadata: { name },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: subject }],
});

describe('roles that are stored', () => {
  it('are there from the start, with what they collect', async () => {
    const { body } = await server.call(admin, 'GET', `${RBAC}/clusterroles/view`);
    const { rules, metadata } = body as KubeObject & { rules: unknown[] };
    expect(rules.length).toBe(12);
    expect(metadata.labels).toMatchObject({ 'kubernetes.io/bootstrapping': 'rbac-defaults' });
    expect((await server.call(admin, 'GET', `${RBAC}/namespaces/kube-system/rolebindings`)).code).toBe(200);
  });

  it('count as soon as they are bound, and no longer than that', async () => {
    expect(await canI(user, 'list', 'pods')).toBe(false);
    const path = `${RBAC}/namespaces/ns/rolebindings`;
    expect((await server.call(admin, 'POST', path, bind('viewers', 'view', 'user'))).code).toBe(201);
    await settled();
    expect(await canI(user, 'list', 'pods')).toBe(true);
    expect(await canI(user, 'list', 'pods', 'default')).toBe(false);
    expect(await canI(user, 'list', 'secrets')).toBe(false);
    expect((await server.call(user, 'GET', '/api/v1/namespaces/ns/pods')).code).toBe(200);
    await server.call(admin, 'DELETE', `${path}/viewers`);
    await settled();
    expect(await canI(user, 'list', 'pods')).toBe(false);
  });

  it('collect what is labelled for them', async () => {
    await server.call(admin, 'POST', `${RBAC}/namespaces/ns/rolebindings`, bind('viewers', 'view', 'user'));
    const zones = {
      metadata: { name: 'zones', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
      rules: [{ verbs: ['get'], apiGroups: ['example.com'], resources: ['zones'] }],
    };
    await server.call(admin, 'POST', `${RBAC}/clusterroles`, zones);
    for (let i = 0; i < 10; i++) {
      await server.clock.advance(30);
      await settled();
    }
    expect(await canI(user, 'get', 'zones', 'ns', 'example.com')).toBe(true);
    await server.call(admin, 'DELETE', `${RBAC}/namespaces/ns/rolebindings/viewers`);
    await settled();
  });

  it('nobody gives away what he does not have', async () => {
    await server.call(admin, 'POST', `${RBAC}/namespaces/ns/rolebindings`, bind('admins', 'admin', 'user'));
    await settled();
    const path = `${RBAC}/namespaces/ns/rolebindings`;
    expect((await server.call(user, 'POST', path, bind('b', 'edit', 'eve'))).code).toBe(201);
    const refused = await server.call(user, 'POST', path, bind('c', 'cluster-admin', 'user'));
    expect(refused.code).toBe(403);
    expect((refused.body as { message?: string }).message).toContain(
      'is attempting to grant RBAC permissions not currently held:\n{APIGroups:["*"], Resources:["*"], Verbs:["*"]}',
    );
    const role = { metadata: { name: 'r' }, rules: [{ verbs: ['get'], apiGroups: [''], resources: ['nodes'] }] };
    expect((await server.call(user, 'POST', `${RBAC}/namespaces/ns/roles`, role)).code).toBe(403);
  });
});

describe('reviews', () => {
  it('whoami', async () => {
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const { code, body } = await server.call(user, 'POST', path, {});
    expect([code, body.status]).toEqual([
      201,
      { userInfo: { username: 'user', uid: '2', groups: ['system:authenticated'] } },
    ]);
  });

  it.each([
    [{ user: 'eve', resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'ns' } }, true],
    [{ user: 'eve', resourceAttributes: { verb: 'get', resource: 'nodes' } }, false],
    [{ user: 'x', groups: ['system:masters'], resourceAttributes: { verb: 'get', resource: 'nodes' } }, true],
    [{ user: 'x', groups: ['system:unauthenticated'], nonResourceAttributes: { verb: 'get', path: '/healthz' } }, true],
    [
      { user: 'x', groups: ['system:unauthenticated'], nonResourceAttributes: { verb: 'get', path: '/metrics' } },
      false,
    ],
    [
      {
        user: 'system:node:n1',
        groups: ['system:nodes'],
        resourceAttributes: {
          verb: 'list',
          resource: 'pods',
          fieldSelector: { requirements: [{ key: 'spec.nodeName', operator: 'In', values: ['n1'] }] },
        },
      },
      true,
    ],
  ])('of others: %j', async (spec, allowed) => {
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    const { code, body } = await server.call(admin, 'POST', path, { spec });
    expect([code, (body as unknown as { status: { allowed: boolean } }).status.allowed]).toEqual([201, allowed]);
  });

  it('of others are not for everybody', async () => {
    const spec = { user: 'eve', resourceAttributes: { verb: 'get', resource: 'pods' } };
    expect((await server.call(user, 'POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec })).code).toBe(
      403,
    );
  });

  it('of one namespace keep to it', async () => {
    const path = '/apis/authorization.k8s.io/v1/namespaces/ns/localsubjectaccessreviews';
    const ask = async (namespace: string): Promise<number> => {
      const spec = { user: 'eve', resourceAttributes: { verb: 'get', resource: 'pods', namespace } };
      return (await server.call(admin, 'POST', path, { metadata: { namespace: 'ns' }, spec })).code;
    };
    expect([await ask('ns'), await ask('other')]).toEqual([201, 422]);
  });

  it('list what one may do', async () => {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
    const { body } = await server.call(user, 'POST', path, { spec: { namespace: 'ns' } });
    const { status } = body as unknown as {
      status: { resourceRules: { resources: string[] }[]; nonResourceRules: object[]; incomplete: boolean };
    };
    expect(status.incomplete).toBe(false);
    expect(status.resourceRules.some(({ resources }) => resources.includes('selfsubjectrulesreviews'))).toBe(true);
    expect(status.nonResourceRules).toContainEqual({
      verbs: ['get'],
      nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'],
    });
    const node = await server.call({ loopback: nodeUser('n1') }, 'POST', path, { spec: { namespace: 'ns' } });
    expect(node.body.status).toMatchObject({
      incomplete: true,
      evaluationError: 'node authorizer does not support user rule resolution',
    });
  });

  it.each([
    [USER_TOKEN, { authenticated: true, user: { username: 'user', uid: '2', groups: ['system:authenticated'] } }],
    ['wrong', { user: {}, error: 'invalid bearer token' }],
  ])('of tokens', async (token, status) => {
    const { code, body } = await server.call(admin, 'POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
      spec: { token },
    });
    expect(code).toBe(201);
    expect(body.status).toMatchObject(status);
  });

  it('of a service account for an audience', async () => {
    const account = '/api/v1/namespaces/ns/serviceaccounts';
    await server.call(admin, 'POST', account, { metadata: { name: 'robot' } });
    const issued = await server.call(admin, 'POST', `${account}/robot/token`, { spec: { audiences: ['vault'] } });
    const { token } = (issued.body as unknown as { status: { token: string } }).status;
    const review = async (audiences: string[]): Promise<unknown> =>
      (await server.call(admin, 'POST', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token, audiences } }))
        .body.status;
    expect(await review(['vault', 'bank'])).toMatchObject({ authenticated: true, audiences: ['vault'] });
    expect(await review(['bank'])).toMatchObject({ user: {} });
    expect(await review(['bank'])).not.toHaveProperty('authenticated', true);
  });
});
