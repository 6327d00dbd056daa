import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../../apiserver/auth/config-file.ts';
import { readKubeconfig } from '../../../../apiserver/auth/kubeconfig-reading.ts';
import { makeUser } from '../../../../apiserver/auth/users.ts';
import { readAuthorizationConfig } from '../../../../apiserver/auth/webhook/authorization-config.ts';
import { WebhookAuthorizer } from '../../../../apiserver/auth/webhook/webhook-authorizer.ts';
import { webhookOfKubeconfig } from '../../../../apiserver/auth/webhook/webhook-client.ts';
import { WebhookTokens } from '../../../../apiserver/auth/webhook/webhook-tokens.ts';
import { AuthenticationFailure, type AuthorizationAttributes } from '../../../../apiserver/machinery/steps.ts';
import { silentLogger } from '../../../../base/logger.ts';
import { VirtualClock } from '../../../../base/virtual-clock.ts';
import { type HttpsPeer, startPeer } from '../https-peer.ts';

let peer: HttpsPeer;
let directory: string;
let kubeconfig: string;
let clock: VirtualClock;

beforeAll(async () => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'sampan-webhook-'));
  peer = await startPeer(() => ({ json: {} }));
  kubeconfig = path.join(directory, 'hook.yaml');
  fs.writeFileSync(path.join(directory, 'ca.crt'), peer.authority);
  fs.writeFileSync(kubeconfig, kubeconfigText());
});
afterAll(async () => {
  await peer.close();
  fs.rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => {
  clock = new VirtualClock(Date.UTC(2026, 0, 1));
  peer.requests.length = 0;
});

function kubeconfigText(change: (text: string) => string = (text) => text): string {
  return change(`apiVersion: v1
kind: Config
current-context: it
clusters: [{name: hook, cluster: {server: '${peer.url}/review', certificate-authority: ca.crt}}]
users: [{name: us, user: {token: our-own-token}}]
contexts: [{name: it, context: {cluster: hook, user: us}}]
`);
}

const attributes: AuthorizationAttributes = {
  user: makeUser('ann', ['crew'], 'u1', { k: ['v'] }),
  verb: 'list',
  resourceRequest: true,
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  subresource: '',
  namespace: 'ns',
  name: '',
  path: '/apis/apps/v1/namespaces/ns/deployments',
  labelSelector: 'app=web,!old',
  fieldSelector: 'metadata.name!=x',
};

async function authorizer(rest = ''): Promise<WebhookAuthorizer> {
  const text = `apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
- type: Webhook
  name: hook
  webhook:
    timeout: 3s
    subjectAccessReviewVersion: v1
    failurePolicy: NoOpinion
    connectionInfo: {type: KubeConfigFile, kubeConfigFile: ${kubeconfig}}
${rest}`;
  const node = await parseConfig(text, 'authz.yaml', 'AuthorizationConfiguration', ['apiserver.config.k8s.io/v1']);
  const [plan] = await readAuthorizationConfig(node);
  if (plan?.type !== 'Webhook') throw new Error('no webhook');
  return new WebhookAuthorizer(plan.webhook, { clock, logger: silentLogger });
}

const says = (status: object): void => {
  peer.answer = () => ({ json: { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', status } });
};

describe('authorization by a webhook', () => {
  it('posts a review with everything that is asked, and believes its status', async () => {
    const hook = await authorizer();
    says({ allowed: true, reason: 'because' });
    expect(await hook.authorize(attributes)).toEqual({ decision: 'allow', reason: 'because' });
    expect(peer.requests).toHaveLength(1);
    expect(peer.requests[0]).toMatchObject({ method: 'POST', path: '/review', authorization: 'Bearer our-own-token' });
    expect(JSON.parse(peer.requests[0]?.body ?? '')).toEqual({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: { creationTimestamp: null },
      spec: {
        user: 'ann',
        uid: 'u1',
        groups: ['crew'],
        extra: { k: ['v'] },
        resourceAttributes: {
          namespace: 'ns',
          verb: 'list',
          group: 'apps',
          version: 'v1',
          resource: 'deployments',
          fieldSelector: { requirements: [{ key: 'metadata.name', operator: 'NotIn', values: ['x'] }] },
          labelSelector: {
            requirements: [
              { key: 'app', operator: 'In', values: ['web'] },
              { key: 'old', operator: 'DoesNotExist' },
            ],
          },
        },
      },
      status: { allowed: false },
    });
  });

  it.each([
    [{ allowed: false }, 'noOpinion'],
    [{ denied: true }, 'deny'],
    [{ allowed: true, denied: true }, 'deny'],
  ])('%o means %s', async (status, decision) => {
    says(status);
    expect((await (await authorizer()).authorize(attributes)).decision).toBe(decision);
  });

  it('asks about paths, too', async () => {
    says({ allowed: true });
    await (await authorizer()).authorize({ ...attributes, resourceRequest: false, verb: 'get', path: '/metrics' });
    expect(JSON.parse(peer.requests[0]?.body ?? '').spec.nonResourceAttributes).toEqual({
      path: '/metrics',
      verb: 'get',
    });
  });

  it('remembers a yes for five minutes, a no for half a minute', async () => {
    const hook = await authorizer();
    says({ allowed: true });
    for (let i = 0; i < 3; i++) await hook.authorize(attributes);
    expect(peer.requests).toHaveLength(1);
    await clock.advance(299_000);
    await hook.authorize(attributes);
    expect(peer.requests).toHaveLength(1);
    await clock.advance(2000);
    says({ allowed: false });
    await hook.authorize(attributes);
    await hook.authorize(attributes);
    expect(peer.requests).toHaveLength(2);
    await clock.advance(31_000);
    await hook.authorize(attributes);
    expect(peer.requests).toHaveLength(3);
  });

  it('does not remember what it is told not to', async () => {
    const hook = await authorizer('    cacheAuthorizedRequests: false\n');
    says({ allowed: true });
    await hook.authorize(attributes);
    await hook.authorize(attributes);
    expect(peer.requests).toHaveLength(2);
  });

  it('is tried again, and its failure is decided by the policy', async () => {
    let calls = 0;
    peer.answer = () => (++calls < 3 ? { code: 503 } : { json: { status: { allowed: true } } });
    const decision = (await authorizer()).authorize(attributes);
    for (let i = 0; i < 40 && calls < 3; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await clock.advance(200);
    }
    expect((await decision).decision).toBe('allow');
    peer.answer = () => ({ code: 400 });
    expect((await (await authorizer()).authorize(attributes)).decision).toBe('noOpinion');
  });

  it('a webhook that does not answer holds nobody longer than its time', async () => {
    const hook = await authorizer();
    peer.answer = () => ({ code: 503 });
    const decision = hook.authorize(attributes);
    let done = false;
    void decision.then(() => {
      done = true;
    });
    for (let i = 0; i < 60 && !done; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      await clock.advance(500);
    }
    expect((await decision).decision).toBe('noOpinion');
  });

  it('asks only where all conditions hold; one that fails is decided by the policy', async () => {
    const conditions = `    matchConditionSubjectAccessReviewVersion: v1
    matchConditions:
    - expression: has(request.resourceAttributes)
    - expression: "request.resourceAttributes.namespace == 'ns'"
    - expression: "!('system:masters' in request.groups)"
`;
    const hook = await authorizer(conditions);
    says({ denied: true });
    expect((await hook.authorize(attributes)).decision).toBe('deny');
    expect((await hook.authorize({ ...attributes, namespace: 'other' })).decision).toBe('noOpinion');
    expect((await hook.authorize({ ...attributes, resourceRequest: false })).decision).toBe('noOpinion');
    expect(peer.requests).toHaveLength(1);
    const failing = await authorizer(
      `    matchConditionSubjectAccessReviewVersion: v1\n    matchConditions: [{expression: "request.extra['nope'][0] == 'x'"}]\n`,
    );
    expect((await failing.authorize(attributes)).decision).toBe('noOpinion');
    expect(peer.requests).toHaveLength(1);
  });
});

describe('an authorization configuration', () => {
  const read = async (authorizers: string) =>
    readAuthorizationConfig(
      await parseConfig(
        `apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\nauthorizers: ${authorizers}`,
        'authz.yaml',
        'AuthorizationConfiguration',
        ['apiserver.config.k8s.io/v1'],
      ),
    );
  const hook = (change: (text: string) => string): string =>
    change(
      `[{type: Webhook, name: a, webhook: {timeout: 3s, subjectAccessReviewVersion: v1, failurePolicy: Deny, connectionInfo: {type: KubeConfigFile, kubeConfigFile: '${kubeconfig}'}}}]`,
    );

  it('lists authorizers in the order of asking', async () => {
    expect(await read('[{type: Node, name: n}, {type: RBAC, name: r}]')).toEqual([{ type: 'Node' }, { type: 'RBAC' }]);
    expect(await read(hook((text) => text))).toMatchObject([
      {
        type: 'Webhook',
        webhook: { timeoutMs: 3000, authorizedTtlMs: 300_000, unauthorizedTtlMs: 30_000, onFailure: 'Deny' },
      },
    ]);
  });

  it.each<[string, () => string, RegExp]>([
    ['nothing', () => '[]', /authorizers: Required value: at least one authorization mode/],
    ['an unknown type', () => '[{type: Nodes, name: n}]', /authorizers\[0\]\.type: must be one of/],
    ['a type twice', () => '[{type: RBAC, name: n}, {type: RBAC, name: m}]', /authorizers\[1\]\.type: Duplicate/],
    ['no name', () => '[{type: RBAC}]', /name: Required value/],
    ['a name twice', () => '[{type: RBAC, name: n}, {type: Node, name: n}]', /authorizers\[1\]\.name: Duplicate/],
    ['a name that is none', () => '[{type: RBAC, name: N_}]', /authorizer name is invalid/],
    ['a webhook that is none', () => '[{type: RBAC, name: n, webhook: {}}]', /may only be specified when type=Webhook/],
    ['no webhook', () => '[{type: Webhook, name: n}]', /required when type=Webhook/],
    ['no timeout', () => hook((text) => text.replace('timeout: 3s, ', '')), /timeout: Required value/],
    ['a long timeout', () => hook((text) => text.replace('3s', '31s')), /must be > 0s and <= 30s/],
    [
      'another version',
      () => hook((text) => text.replace('v1,', 'v2,')),
      /subjectAccessReviewVersion: must be one of v1, v1beta1/,
    ],
    [
      'another policy',
      () => hook((text) => text.replace('Deny', 'Allow')),
      /failurePolicy: must be one of NoOpinion, Deny/,
    ],
    ['a relative file', () => hook((text) => text.replace(kubeconfig, 'hook.yaml')), /must be an absolute path/],
    ['a file that is not there', () => hook((text) => text.replace(kubeconfig, `${kubeconfig}.no`)), /does not exist/],
    [
      'conditions of no version',
      () => hook((text) => text.replace('failurePolicy', "matchConditions: [{expression: 'true'}], failurePolicy")),
      /matchConditionSubjectAccessReviewVersion: required if match conditions are specified/,
    ],
    [
      'a condition that is no question',
      () =>
        hook((text) =>
          text.replace(
            'failurePolicy',
            "matchConditionSubjectAccessReviewVersion: v1, matchConditions: [{expression: 'request.user'}], failurePolicy",
          ),
        ),
      /matchConditions\[0\]\.expression: must evaluate to bool/,
    ],
  ])('with %s is refused', async (_what, text, message) => {
    await expect(read(text())).rejects.toThrow(message);
  });
});

describe('tokens by a webhook', () => {
  const hook = async (): Promise<WebhookTokens> =>
    new WebhookTokens(
      { post: await webhookOfKubeconfig(kubeconfig), version: 'v1', ttlMs: 120_000, apiAudiences: ['api'] },
      { clock, logger: silentLogger },
    );

  it('stand for whom it says, and are remembered', async () => {
    peer.answer = () => ({
      json: { status: { authenticated: true, user: { username: 'ann', groups: ['crew'], extra: { a: ['b'] } } } },
    });
    const tokens = await hook();
    for (let i = 0; i < 2; i++) {
      expect(await tokens.authenticate('t1')).toEqual({
        user: makeUser('ann', ['crew'], '', { a: ['b'] }),
        audiences: ['api'],
      });
    }
    expect(peer.requests).toHaveLength(1);
    expect(JSON.parse(peer.requests[0]?.body ?? '').spec).toEqual({ token: 't1', audiences: ['api'] });
    await clock.advance(121_000);
    await tokens.authenticate('t1');
    expect(peer.requests).toHaveLength(2);
  });

  it('that it does not know are unknown, and asked for every time', async () => {
    peer.answer = () => ({ json: { status: { authenticated: false } } });
    const tokens = await hook();
    expect(await tokens.authenticate('t')).toBeUndefined();
    expect(await tokens.authenticate('t')).toBeUndefined();
    expect(peer.requests).toHaveLength(2);
    peer.answer = () => ({ code: 400 });
    expect(await tokens.authenticate('t')).toBeInstanceOf(AuthenticationFailure);
  });

  it('for other audiences do not count', async () => {
    peer.answer = () => ({ json: { status: { authenticated: true, user: { username: 'a' }, audiences: ['other'] } } });
    expect(await (await hook()).authenticate('t')).toBeUndefined();
  });
});

describe('a kubeconfig', () => {
  it.each<[string, (text: string) => string, RegExp]>([
    ['that is no YAML', () => 'a: [', /bad\.yaml: /],
    ['of another kind', (text) => text.replace('kind: Config', 'kind: Pod'), /kind: must be Config/],
    ['without a current context', (text) => text.replace('current-context: it\n', ''), /current-context: is required/],
    [
      'whose context is not there',
      (text) => text.replace('current-context: it', 'current-context: no'),
      /contexts: has no context named "no"/,
    ],
    [
      'whose cluster is not there',
      (text) => text.replace('cluster: hook,', 'cluster: no,'),
      /clusters: has no cluster named "no"/,
    ],
    ['whose user is not there', (text) => text.replace('user: us}', 'user: no}'), /users: has no user named "no"/],
    [
      'whose server is no URL',
      (text) => text.replace(`${peer.url}/review`, 'somewhere'),
      /server: must be an http or https URL/,
    ],
    [
      'whose authority is not there',
      (text) => text.replace('ca.crt', 'no.crt'),
      /certificate-authority: cannot read .*no\.crt: ENOENT/,
    ],
    [
      'with a certificate and no key',
      (text) => text.replace('token: our-own-token', 'client-certificate: ca.crt'),
      /belong together/,
    ],
  ])('%s is named', async (_what, change, message) => {
    const file = path.join(directory, 'bad.yaml');
    fs.writeFileSync(file, kubeconfigText(change));
    await expect(readKubeconfig(file)).rejects.toThrow(message);
  });

  it('need not say what it is, as for client-go', async () => {
    const file = path.join(directory, 'short.yaml');
    fs.writeFileSync(
      file,
      kubeconfigText((text) => text.replace(/^(apiVersion|kind):.*\n/gm, '')),
    );
    expect(await readKubeconfig(file)).toMatchObject({ token: 'our-own-token' });
  });
});
