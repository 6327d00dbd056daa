import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { admissionDefaults, loadAdmissionConfig } from '../../../apiserver/admission/admission-config.ts';
import { AlwaysDeny } from '../../../apiserver/admission/always-decides.ts';
import { admissionPluginNames, createAdmissionChain } from '../../../apiserver/admission/chain.ts';
import { DenyServiceExternalIPs } from '../../../apiserver/admission/deny-service-external-ips.ts';
import { ImagePolicyWebhook } from '../../../apiserver/admission/image-policy-webhook.ts';
import { LimitPodHardAntiAffinityTopology } from '../../../apiserver/admission/limit-pod-hard-anti-affinity-topology.ts';
import { NamespaceAutoProvision, NamespaceExists } from '../../../apiserver/admission/namespace-presence.ts';
import { OwnerReferencesPermissionEnforcement } from '../../../apiserver/admission/owner-references-permission-enforcement.ts';
import { PodNodeSelector } from '../../../apiserver/admission/pod-node-selector.ts';
import { mergeTolerations, PodTolerationRestriction } from '../../../apiserver/admission/pod-toleration-restriction.ts';
import { allowAll } from '../../../apiserver/auth/simple-authorizers.ts';
import type { PostText } from '../../../apiserver/auth/webhook/webhook-client.ts';
import type { AuthorizationAttributes } from '../../../apiserver/machinery/steps.ts';
import { SeededRandom } from '../../../base/random.ts';
import { admit, Objects, pod } from './fixture.ts';

const namespace = (annotations: Record<string, string> = {}): object => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'ns', annotations },
});
const specOf = (admitted: unknown): Record<string, unknown> =>
  (admitted as { spec: Record<string, unknown> } | undefined)?.spec ?? {};

describe('plugins that are off by default', () => {
  it('can all be switched on, but the one that cannot be without a configuration', () => {
    const objects = new Objects();
    const deps = {
      cache: objects,
      clock: objects.clock,
      random: new SeededRandom(1),
      authorizer: allowAll,
      resourcesOfKind: () => [],
      tolerationSeconds: { notReady: 300, unreachable: 300 },
      config: admissionDefaults,
    };
    const others = admissionPluginNames.filter((name) => name !== 'ImagePolicyWebhook');
    const names = createAdmissionChain({ enable: others, disable: [] }, deps).map(({ name }) => name);
    expect(names[0]).toBe('AlwaysAdmit');
    expect(names.at(-1)).toBe('AlwaysDeny');
    expect(() => createAdmissionChain({ enable: ['ImagePolicyWebhook'], disable: [] }, deps)).toThrow(
      'no config specified',
    );
  });

  it('AlwaysDeny refuses everything', async () => {
    expect(await admit(new AlwaysDeny(), { resource: 'pods', object: pod('p') })).toBe(
      '403 pods "p" is forbidden: admission control is denying all modifications',
    );
  });

  it('NamespaceAutoProvision makes the namespace, and not for a trial; NamespaceExists refuses without', async () => {
    const objects = new Objects();
    const object = pod('p');
    expect(await admit(new NamespaceExists(objects), { resource: 'pods', object }, objects)).toBe(
      '404 namespaces "ns" not found',
    );
    await admit(new NamespaceAutoProvision(objects), { resource: 'pods', object, dryRun: true }, objects);
    expect(objects.list({ group: '', resource: 'namespaces' })).toEqual([]);
    await admit(new NamespaceAutoProvision(objects), { resource: 'pods', object }, objects);
    expect(objects.list({ group: '', resource: 'namespaces' })).toMatchObject([
      { metadata: { name: 'ns' }, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } },
    ]);
    expect(await admit(new NamespaceExists(objects), { resource: 'pods', object }, objects)).toMatchObject(object);
  });

  it('LimitPodHardAntiAffinityTopology lets pods keep others off a node only', async () => {
    const step = new LimitPodHardAntiAffinityTopology();
    const apart = (topologyKey: string): object =>
      pod('p', {
        affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey }] } },
      });
    expect(await admit(step, { resource: 'pods', object: apart('kubernetes.io/hostname') })).toBeTypeOf('object');
    expect(await admit(step, { resource: 'pods', object: apart('topology.kubernetes.io/zone') })).toBe(
      '403 pods "p" is forbidden: affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey topology.kubernetes.io/zone but only key kubernetes.io/hostname is allowed',
    );
  });

  it('DenyServiceExternalIPs lets no new ones in', async () => {
    const step = new DenyServiceExternalIPs();
    const service = (...externalIPs: string[]): object => ({ metadata: { name: 's' }, spec: { externalIPs } });
    const update = { resource: 'services', operation: 'UPDATE', old: service('1.1.1.1', '2.2.2.2') } as const;
    expect(await admit(step, { resource: 'services', object: service() })).toBeTypeOf('object');
    expect(await admit(step, { ...update, object: service('2.2.2.2') })).toBeTypeOf('object');
    const refused = '403 services "s" is forbidden: Use of external IPs is denied by admission control';
    expect(await admit(step, { resource: 'services', object: service('1.1.1.1') })).toBe(refused);
    expect(await admit(step, { ...update, object: service('2.2.2.2', '3.3.3.3') })).toBe(refused);
  });

  it('PodNodeSelector merges the namespace’s selector, refuses another, and bounds what may be asked for', async () => {
    const objects = new Objects().put(
      'namespaces',
      namespace({ 'scheduler.alpha.kubernetes.io/node-selector': 'env=prod' }),
    );
    const step = new PodNodeSelector(objects, { ns: 'env=prod,disk=ssd', clusterDefaultNodeSelector: 'env=dev' });
    const selected = async (nodeSelector?: object): Promise<unknown> => {
      const admitted = await admit(
        step,
        { resource: 'pods', object: pod('p', nodeSelector && { nodeSelector }) },
        objects,
      );
      return typeof admitted === 'string' ? admitted : specOf(admitted).nodeSelector;
    };
    expect(await selected()).toEqual({ env: 'prod' });
    expect(await selected({ disk: 'ssd' })).toEqual({ env: 'prod', disk: 'ssd' });
    expect(await selected({ env: 'dev' })).toBe(
      '403 pods "p" is forbidden: pod node label selector conflicts with its namespace node label selector',
    );
    expect(await selected({ zone: 'a' })).toBe(
      '403 pods "p" is forbidden: pod node label selector labels conflict with its namespace whitelist',
    );
    const plain = new Objects().put('namespaces', namespace());
    const byDefault = new PodNodeSelector(plain, { clusterDefaultNodeSelector: 'env=dev' });
    expect(specOf(await admit(byDefault, { resource: 'pods', object: pod('p') }, plain)).nodeSelector).toEqual({
      env: 'dev',
    });
    const broken = new Objects().put('namespaces', namespace({ 'scheduler.alpha.kubernetes.io/node-selector': 'env' }));
    expect(await admit(new PodNodeSelector(broken, {}), { resource: 'pods', object: pod('p') }, broken)).toBe(
      '500 invalid selector: env',
    );
  });

  it('PodTolerationRestriction adds tolerations, and refuses those that the namespace does not permit', async () => {
    const objects = new Objects().put(
      'namespaces',
      namespace({
        'scheduler.alpha.kubernetes.io/defaultTolerations': '[{"key":"a","operator":"Exists"}]',
        'scheduler.alpha.kubernetes.io/tolerationsWhitelist': '[{"key":"a","operator":"Exists"}]',
      }),
    );
    const step = new PodTolerationRestriction(objects, admissionDefaults.tolerationLimits);
    expect(specOf(await admit(step, { resource: 'pods', object: pod('p') }, objects)).tolerations).toEqual([
      { key: 'a', operator: 'Exists' },
    ]);
    const other = pod('p', { tolerations: [{ key: 'b', operator: 'Exists' }] });
    expect(await admit(step, { resource: 'pods', object: other }, objects)).toBe(
      '500 pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist',
    );
    const burstable = pod('p', { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '1' } } }] });
    const plain = new Objects().put('namespaces', namespace());
    const open = new PodTolerationRestriction(plain, admissionDefaults.tolerationLimits);
    expect(specOf(await admit(open, { resource: 'pods', object: burstable }, plain)).tolerations).toEqual([
      { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
    ]);
  });

  it('of tolerations, one that another includes goes', () => {
    const narrow = { key: 'a', operator: 'Equal', value: 'x', effect: 'NoSchedule' } as const;
    expect(mergeTolerations([narrow, { key: 'a', operator: 'Exists' }, narrow])).toEqual([
      { key: 'a', operator: 'Exists' },
    ]);
    expect(mergeTolerations([narrow, narrow])).toEqual([narrow]);
    const brief = { key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 } as const;
    expect(mergeTolerations([brief, { ...brief, tolerationSeconds: 9 }])).toEqual([{ ...brief, tolerationSeconds: 9 }]);
  });

  it('OwnerReferencesPermissionEnforcement wants delete of the object and finalizers of a blocked owner', async () => {
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: 'u', blockOwnerDeletion: true };
    const asked: string[] = [];
    const stepFor = (...may: string[]): OwnerReferencesPermissionEnforcement =>
      new OwnerReferencesPermissionEnforcement(
        {
          authorize({ verb, group, resource, subresource, namespace: where }: AuthorizationAttributes) {
            const what = `${verb} ${group}/${resource}/${subresource} ${where}`.trimEnd();
            asked.push(what);
            return { decision: may.includes(what) ? 'allow' : 'noOpinion', reason: '' };
          },
        },
        (_version, kind) =>
          kind === 'Deployment' ? [{ group: 'apps', version: 'v1', resource: 'deployments', namespaced: true }] : [],
      );
    const created = { resource: 'pods', object: pod('p', {}, { ownerReferences: [owner] }) };
    expect(await admit(stepFor('update apps/deployments/finalizers ns'), created)).toBeTypeOf('object');
    expect(await admit(stepFor('update */*/finalizers'), created)).toBeTypeOf('object');
    expect(await admit(stepFor(), created)).toBe(
      `403 pods "p" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: , <nil>`,
    );
    const unknown = { ...created, object: pod('p', {}, { ownerReferences: [{ ...owner, kind: 'Nope' }] }) };
    expect(await admit(stepFor(), unknown)).toContain('no matches for kind "Nope" in version "apps/v1"');
    const adopted = { ...created, operation: 'UPDATE', old: pod('p') } as const;
    expect(await admit(stepFor(), adopted)).toBe(
      `403 pods "p" is forbidden: cannot set an ownerRef on a resource you can't delete: , <nil>`,
    );
    expect(await admit(stepFor('delete /pods/ ns', 'update */*/finalizers'), adopted)).toBeTypeOf('object');
    asked.length = 0;
    expect(await admit(stepFor(), { ...adopted, old: created.object })).toBeTypeOf('object');
    expect(asked).toEqual([]);
  });

  it('ImagePolicyWebhook asks, remembers, and does what it was told when nobody answers', async () => {
    const objects = new Objects();
    const bodies: string[] = [];
    const post = async (body: string): Promise<{ code: number; text: string }> => {
      bodies.push(body);
      const allowed = !body.includes('evil');
      const status = { allowed, ...(allowed ? {} : { reason: 'evil' }), auditAnnotations: { seen: 'yes' } };
      return { code: 200, text: JSON.stringify({ status }) };
    };
    const policy = { post, allowTtlMs: 1000, denyTtlMs: 0, defaultAllow: false } as never;
    const step = new ImagePolicyWebhook(policy, objects.clock);
    const annotations: Record<string, string> = {};
    const good = {
      resource: 'pods',
      object: pod('p', {}, { annotations: { 'a.image-policy.k8s.io/b': 'c', x: 'y' } }),
    };
    expect(await admit(step, { ...good, annotations })).toBeTypeOf('object');
    expect(await admit(step, good)).toBeTypeOf('object');
    expect(bodies).toHaveLength(1);
    expect(JSON.parse(bodies[0] ?? '{}').spec).toEqual({
      containers: [{ image: 'nginx' }],
      annotations: { 'a.image-policy.k8s.io/b': 'c' },
      namespace: 'ns',
    });
    expect(annotations).toEqual({ 'imagepolicywebhook.image-policy.k8s.io/seen': 'yes' });
    const evil = { resource: 'pods', object: pod('p', { containers: [{ name: 'c', image: 'evil' }] }) };
    expect(await admit(step, evil)).toBe(
      '403 pods "p" is forbidden: image policy webhook backend denied one or more images: evil',
    );
    const refusing = async (): Promise<{ code: number; text: string }> => ({ code: 400, text: '' });
    const closed = new ImagePolicyWebhook({ ...(policy as object), post: refusing } as never, objects.clock);
    expect(await admit(closed, good)).toBe('403 pods "p" is forbidden: the webhook answered 400');
    const open = new ImagePolicyWebhook(
      { ...(policy as object), post: refusing, defaultAllow: true } as never,
      objects.clock,
    );
    expect(await admit(open, good)).toBeTypeOf('object');
  });

  it('G3 ImagePolicyWebhook asks again as late as it was told, every time half as late again', async () => {
    const objects = new Objects();
    const asked: number[] = [];
    const post: PostText = async () => {
      asked.push(objects.clock.monotonicMs());
      return asked.length < 4
        ? { code: 503, text: '', headers: {} }
        : { code: 200, text: '{"status":{"allowed":true}}', headers: {} };
    };
    const policy = { post, allowTtlMs: 1000, denyTtlMs: 0, retryBackoffMs: 100, defaultAllow: false };
    const admitted = admit(new ImagePolicyWebhook(policy, objects.clock), { resource: 'pods', object: pod('p') });
    await objects.clock.advance(1000);
    expect(await admitted).toBeTypeOf('object');
    const first = asked[0] ?? 0;
    expect(asked.map((atMs) => atMs - first)).toEqual([0, 100, 250, 475]);
  });
});

describe('--admission-control-config-file', () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'sampan-admission-'));
  const write = (name: string, text: string): string => {
    const file = path.join(directory, name);
    fs.writeFileSync(file, text);
    return file;
  };
  const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n';
  const load = async (text: string): Promise<unknown> => {
    try {
      return await loadAdmissionConfig(write('admission.yaml', text), admissionPluginNames);
    } catch (thrown) {
      return (thrown as Error).message.replaceAll(directory, 'DIR');
    }
  };

  it('configures plugins inside the file and in others, beside it', async () => {
    write(
      'limits.yaml',
      'apiVersion: eventratelimit.admission.k8s.io/v1alpha1\nkind: Configuration\nlimits:\n- {type: Server, qps: 5, burst: 10}\n',
    );
    write('selectors.yaml', 'podNodeSelectorPluginConfig:\n  clusterDefaultNodeSelector: a=b\n  ns1: c=d\n');
    const config = await load(
      `${head}- name: EventRateLimit
  path: limits.yaml
- name: PodNodeSelector
  path: ${directory}/selectors.yaml
- name: PodSecurity
  configuration:
    apiVersion: pod-security.admission.config.k8s.io/v1
    kind: PodSecurityConfiguration
    defaults: {enforce: baseline, enforce-version: v1.30}
    exemptions: {namespaces: [kube-system]}
- name: PodTolerationRestriction
  configuration:
    apiVersion: podtolerationrestriction.admission.k8s.io/v1alpha1
    kind: Configuration
    whitelist: [{key: a, operator: Exists}]
`,
    );
    expect(config).toMatchObject({
      eventLimits: [{ type: 'Server', qps: 5, burst: 10 }],
      nodeSelectors: { clusterDefaultNodeSelector: 'a=b', ns1: 'c=d' },
      podSecurity: { defaults: { enforce: { level: 'baseline' } }, exemptNamespaces: ['kube-system'] },
      tolerationLimits: { default: [], whitelist: [{ key: 'a', operator: 'Exists' }] },
    });
  });

  it.each([
    ['apiVersion: v1\nkind: AdmissionConfiguration\n', 'DIR/admission.yaml: apiVersion: must be'],
    [`${head}- name: Nope\n`, 'DIR/admission.yaml: plugins[0].name: there is no admission plugin "Nope"'],
    [`${head}- name: LimitRanger\n  path: x\n`, 'plugins[0].name: LimitRanger takes no configuration here'],
    [`${head}- name: PodSecurity\n`, 'plugins[0]: configuration or path is required'],
    [`${head}- name: PodSecurity\n  path: none.yaml\n`, 'DIR/none.yaml does not exist'],
    [`${head}- {name: PodSecurity, surprise: 1}\n`, 'plugins[0].surprise: unknown field'],
    [
      `${head}- name: PodNodeSelector\n  configuration: {podNodeSelectorPluginConfig: {ns: "a"}}\n`,
      'plugins[0].configuration.podNodeSelectorPluginConfig.ns: invalid selector: a',
    ],
    [
      `${head}- name: ImagePolicyWebhook\n  configuration: {imagePolicy: {allowTTL: 9999999, kubeConfigFile: none}}\n`,
      'none',
    ],
  ])('%j is refused', async (text, message) => {
    expect(await load(text)).toContain(message);
  });
});
