import { describe, expect, it } from 'vitest';
import type { CheckedPod } from '../../../apiserver/admission/pod-security/check.ts';
import { evaluatePod, showDetails } from '../../../apiserver/admission/pod-security/evaluator.ts';
import { PodSecurityMetrics } from '../../../apiserver/admission/pod-security/pod-security-metrics.ts';
import { defaultPolicy, LATEST, policyOf, showLevel } from '../../../apiserver/admission/pod-security/policy.ts';
import { PodSecurity, podSecurityDefaults } from '../../../apiserver/admission/pod-security.ts';
import { makeUser } from '../../../apiserver/auth/users.ts';
import { admit, Objects, pod } from './fixture.ts';

const hardened = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

function checked(spec: object, annotations: Record<string, string> = {}): CheckedPod {
  return { annotations, spec: { containers: [{ name: 'a', image: 'i' }], ...spec } as CheckedPod['spec'] };
}

/** A pod that keeps to the restricted level but for what `container` and `spec` say. */
function almost(container: object = {}, spec: object = {}, securityContext: object = {}): CheckedPod {
  return checked({
    containers: [{ name: 'a', image: 'i', securityContext: { ...hardened, ...securityContext }, ...container }],
    ...spec,
  });
}

describe('baseline', () => {
  const judge = (pod: CheckedPod, version = LATEST): string =>
    showDetails(evaluatePod({ level: 'baseline', version }, pod));

  it.each([
    [checked({}), ''],
    [checked({ hostNetwork: true, hostPID: true }), 'host namespaces (hostNetwork=true, hostPID=true)'],
    [checked({ volumes: [{ name: 'v', hostPath: { path: '/' } }] }), 'hostPath volumes (volume "v")'],
    [
      checked({
        containers: [
          { name: 'a', image: 'i', ports: [{ containerPort: 1, hostPort: 80 }] },
          { name: 'b', image: 'i', ports: [{ hostPort: 8080 }, { hostPort: 80 }] },
        ],
      }),
      'hostPort (containers "a", "b" use hostPorts 80, 8080)',
    ],
    [
      almost({}, { initContainers: [{ name: 'x', image: 'i', securityContext: { privileged: true } }] }),
      'privileged (container "x" must not set securityContext.privileged=true)',
    ],
    [
      almost({}, {}, { capabilities: { add: ['SYS_ADMIN', 'CHOWN', 'NET_ADMIN'] } }),
      'non-default capabilities (container "a" must not include "NET_ADMIN", "SYS_ADMIN" in securityContext.capabilities.add)',
    ],
    [
      almost({}, {}, { procMount: 'Unmasked' }),
      'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
    ],
    [almost({}, { hostUsers: false }, { procMount: 'Unmasked' }), ''],
    [
      checked({
        securityContext: {
          sysctls: [
            { name: 'kernel.msgmax', value: '1' },
            { name: 'net.ipv4.tcp_rmem', value: '1' },
          ],
        },
      }),
      'forbidden sysctls (kernel.msgmax)',
    ],
    [
      checked({ securityContext: { seLinuxOptions: { type: 'spc_t', user: 'u' } } }),
      'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set)',
    ],
    [
      almost({}, {}, { seccompProfile: { type: 'Unconfined' } }),
      'seccompProfile (container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      checked({}, { 'container.apparmor.security.beta.kubernetes.io/a': 'unconfined' }),
      'forbidden AppArmor profile (annotation must not set AppArmor profile type to "container.apparmor.security.beta.kubernetes.io/a="unconfined"")',
    ],
    [
      checked({ securityContext: { windowsOptions: { hostProcess: true } } }),
      'hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)',
    ],
    [
      almost({ livenessProbe: { httpGet: { host: 'metadata.internal', port: 80 } } }),
      'probe or lifecycle host (container "a" uses probe or lifecycle host "metadata.internal")',
    ],
    [
      checked({ hostIPC: true, containers: [{ name: 'a', image: 'i', securityContext: { privileged: true } }] }),
      'host namespaces (hostIPC=true), privileged (container "a" must not set securityContext.privileged=true)',
    ],
  ])('%#: %j', (each, expected) => {
    expect(judge(each)).toBe(expected);
  });

  it.each([
    [checked({ securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem', value: '1' }] } }), 31, 'forbidden sysctls'],
    [checked({ securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem', value: '1' }] } }), 32, ''],
    [almost({ livenessProbe: { tcpSocket: { host: 'h', port: 1 } } }), 33, ''],
    [almost({}, { hostUsers: false }, { procMount: 'Unmasked' }), 34, 'procMount'],
    [
      checked({}, { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' }),
      18,
      'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")',
    ],
    [checked({}, { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' }), 19, ''],
    [checked({ securityContext: { seLinuxOptions: { type: 'container_engine_t' } } }), 30, 'seLinuxOptions'],
    [checked({ securityContext: { seLinuxOptions: { type: 'container_engine_t' } } }), 31, ''],
  ])('%#: in version 1.%i', (each, version, expected) => {
    if (expected === '') expect(judge(each, version)).toBe('');
    else expect(judge(each, version)).toContain(expected);
  });
});

describe('restricted', () => {
  const judge = (pod: CheckedPod, version = LATEST): string =>
    showDetails(evaluatePod({ level: 'restricted', version }, pod));

  it('a pod that says nothing breaks it in four ways, in upstream words and order', () => {
    expect(judge(checked({}))).toBe(
      'allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false), ' +
        'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]), ' +
        'runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true), ' +
        'seccompProfile (pod or container "a" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    );
  });

  it.each([
    [almost(), ''],
    [almost({}, { securityContext: { runAsUser: 0 } }), 'runAsUser=0 (pod must not set runAsUser=0)'],
    [almost({}, {}, { runAsUser: 0 }), 'runAsUser=0 (container "a" must not set runAsUser=0)'],
    [
      almost({}, { securityContext: { runAsNonRoot: false } }, { runAsNonRoot: false }),
      'runAsNonRoot != true (pod and container "a" must not set securityContext.runAsNonRoot=false)',
    ],
    [
      almost({}, {}, { capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE', 'CHOWN'] } }),
      'unrestricted capabilities (container "a" must not include "CHOWN" in securityContext.capabilities.add)',
    ],
    [
      almost(
        {},
        {
          volumes: [
            { name: 'v', hostPath: { path: '/' } },
            { name: 'n', nfs: {} },
            { name: 's', secret: {} },
          ],
        },
      ),
      'restricted volume types (volumes "v", "n" use restricted volume types "hostPath", "nfs")',
    ],
    [almost({}, { hostUsers: false }, { runAsUser: 0, runAsNonRoot: false }), ''],
    [almost({}, { hostNetwork: true }), 'host namespaces (hostNetwork=true)'],
  ])('%#: %j', (each, expected) => {
    expect(judge(each)).toBe(expected);
  });

  it('Windows pods are spared what only Linux has, since 1.25', () => {
    const windows = checked({ os: { name: 'windows' }, securityContext: { runAsNonRoot: true } });
    expect(judge(windows)).toBe('');
    expect(judge(windows, 24)).toContain('allowPrivilegeEscalation');
  });

  it('privileged forbids nothing', () => {
    expect(evaluatePod({ level: 'privileged', version: LATEST }, checked({ hostNetwork: true }))).toEqual([]);
  });
});

describe('labels', () => {
  const label = (text: string): Record<string, string> =>
    Object.fromEntries(
      text
        .split(' ')
        .filter(Boolean)
        .map((each) => [`pod-security.kubernetes.io/${each.split('=')[0]}`, each.split('=')[1] ?? '']),
    );

  it.each([
    ['', 'privileged:latest privileged:latest privileged:latest', 0],
    ['enforce=baseline', 'baseline:latest privileged:latest baseline:latest', 0],
    ['enforce=restricted enforce-version=v1.25', 'restricted:v1.25 privileged:latest restricted:v1.25', 0],
    ['enforce=restricted warn=baseline', 'restricted:latest privileged:latest baseline:latest', 0],
    ['enforce=baseline warn-version=v1.30', 'baseline:latest privileged:latest baseline:v1.30', 0],
    ['audit=restricted warn=restricted', 'privileged:latest restricted:latest restricted:latest', 0],
    ['enforce=strict', 'restricted:latest privileged:latest privileged:latest', 1],
    ['audit=strict warn=strict', 'privileged:latest privileged:latest privileged:latest', 2],
    ['enforce=baseline enforce-version=1.25', 'baseline:latest privileged:latest baseline:latest', 1],
  ])('%s', (labels, expected, errors) => {
    const answer = policyOf(label(labels), defaultPolicy);
    const { enforce, audit, warn } = answer.policy;
    expect([enforce, audit, warn].map(showLevel).join(' ')).toBe(expected);
    expect(answer.errors.list.length).toBe(errors);
  });
});

describe('PodSecurity', () => {
  const namespace = (labels: Record<string, string>): object => ({
    metadata: {
      name: 'ns',
      labels: Object.fromEntries(
        Object.entries(labels).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]),
      ),
    },
  });

  async function create(
    labels: Record<string, string>,
    request: object,
    options = {},
  ): Promise<{ answer: unknown; warnings: string[]; annotations: Record<string, string> }> {
    const objects = new Objects().put('namespaces', namespace(labels));
    const warnings: string[] = [];
    const annotations: Record<string, string> = {};
    const step = new PodSecurity(objects, { ...podSecurityDefaults, ...options });
    const answer = await admit(
      step,
      { resource: 'pods', object: pod('p', { hostNetwork: true }), warnings, annotations, ...request },
      objects,
    );
    return { answer, warnings, annotations };
  }

  it('refuses what breaks the enforced level', async () => {
    expect((await create({ enforce: 'baseline' }, {})).answer).toBe(
      '403 pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
    );
  });

  it('lets in and warns, audits', async () => {
    const { answer, warnings, annotations } = await create({ warn: 'baseline', audit: 'baseline' }, {});
    expect(typeof answer).toBe('object');
    expect(warnings).toEqual(['would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)']);
    expect(annotations).toEqual({
      'pod-security.kubernetes.io/enforce-policy': 'privileged:latest',
      'pod-security.kubernetes.io/audit-violations':
        'would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
    });
  });

  it('templates are warned of, not refused', async () => {
    const template = { metadata: { name: 'd' }, spec: { template: { spec: { hostNetwork: true, containers: [] } } } };
    const { answer, warnings } = await create(
      { enforce: 'baseline' },
      { resource: 'deployments.apps', object: template },
    );
    expect(typeof answer).toBe('object');
    expect(warnings.length).toBe(1);
    const cron = { metadata: { name: 'c' }, spec: { jobTemplate: { spec: template.spec } } };
    expect((await create({ enforce: 'baseline' }, { resource: 'cronjobs.batch', object: cron })).warnings.length).toBe(
      1,
    );
  });

  it('an update that brings no image is let in', async () => {
    const old = pod('p', { hostNetwork: true });
    const same = { operation: 'UPDATE', old, object: pod('p', { hostNetwork: true }) };
    expect(typeof (await create({ enforce: 'baseline' }, same)).answer).toBe('object');
    const other = { ...same, object: pod('p', { hostNetwork: true, containers: [{ name: 'web', image: 'other' }] }) };
    expect((await create({ enforce: 'baseline' }, other)).answer).toContain('403');
  });

  it('exempts users, namespaces and runtime classes', async () => {
    const enforced = { enforce: 'restricted' };
    expect(typeof (await create(enforced, { user: makeUser('boss') }, { exemptUsers: ['boss'] })).answer).toBe(
      'object',
    );
    expect(typeof (await create(enforced, {}, { exemptNamespaces: ['ns'] })).answer).toBe('object');
    const gvisor = { object: pod('p', { hostNetwork: true, runtimeClassName: 'gvisor' }) };
    expect(typeof (await create(enforced, gvisor, { exemptRuntimeClasses: ['gvisor'] })).answer).toBe('object');
  });

  it('a label that cannot be read is invalid, unless it was so before', async () => {
    const objects = new Objects();
    const step = new PodSecurity(objects);
    const bad = namespace({ enforce: 'strict' });
    const request = { resource: 'namespaces', namespace: '', object: bad } as const;
    expect(await admit(step, request)).toBe(
      '422 Namespace "ns" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted',
    );
    expect(await admit(step, { ...request, operation: 'UPDATE', old: bad })).toEqual(bad);
  });

  it('whoever tightens a level learns which pods break it', async () => {
    const objects = new Objects()
      .put('pods', pod('b', { hostNetwork: true }))
      .put('pods', pod('a', { hostNetwork: true }))
      .put('pods', pod('c', { hostPID: true, hostNetwork: true }))
      .put('pods', pod('d', { volumes: [{ name: 'v', hostPath: { path: '/' } }] }));
    const warnings: string[] = [];
    await admit(new PodSecurity(objects), {
      operation: 'UPDATE',
      resource: 'namespaces',
      namespace: '',
      old: namespace({}),
      object: namespace({ enforce: 'baseline' }),
      warnings,
    });
    expect(warnings).toEqual([
      'existing pods in namespace "ns" violate the new PodSecurity enforce level "baseline:latest"',
      'a (and 2 other pods): host namespaces',
      'd: hostPath volumes',
    ]);
  });
});

describe('what is counted', () => {
  const labels = (enforce: string, warn = 'privileged'): object => ({
    'pod-security.kubernetes.io/enforce': enforce,
    'pod-security.kubernetes.io/enforce-version': 'v1.999',
    'pod-security.kubernetes.io/warn': warn,
    'pod-security.kubernetes.io/warn-version': 'v1.25',
  });

  it('G2 evaluations by decision, level, version and mode, exemptions, and errors', async () => {
    const objects = new Objects();
    const metrics = new PodSecurityMetrics();
    const step = new PodSecurity(objects, { ...podSecurityDefaults, exemptUsers: ['exempt'] }, metrics);
    const bad = pod('p', { hostNetwork: true, containers: [{ name: 'a', image: 'i' }] });
    const good = pod('p', { containers: [{ name: 'a', image: 'i' }] });
    const put = (more: object): unknown =>
      objects.put('namespaces', { kind: 'Namespace', metadata: { name: 'ns', labels: more } });
    put({});
    await admit(step, { resource: 'pods', object: bad }, objects);
    put(labels('baseline', 'restricted'));
    await admit(step, { resource: 'pods', object: bad }, objects);
    await admit(step, { resource: 'pods', object: good }, objects);
    await admit(step, { resource: 'pods', object: bad, user: makeUser('exempt') }, objects);
    put({ 'pod-security.kubernetes.io/enforce': 'strict' });
    await admit(step, { resource: 'pods', object: good }, objects);
    const lines = metrics
      .text()
      .split('\n')
      .filter((line) => !line.startsWith('#') && line !== '' && !line.endsWith(' 0'));
    const request = 'request_operation="create",resource="pod",subresource=""';
    expect(lines.sort()).toEqual([
      `pod_security_errors_total{fatal="false",${request}} 1`,
      `pod_security_evaluations_total{decision="allow",policy_level="baseline",policy_version="future",mode="enforce",${request}} 1`,
      `pod_security_evaluations_total{decision="allow",policy_level="privileged",policy_version="latest",mode="enforce",${request}} 1`,
      `pod_security_evaluations_total{decision="deny",policy_level="baseline",policy_version="future",mode="enforce",${request}} 1`,
      `pod_security_evaluations_total{decision="deny",policy_level="restricted",policy_version="latest",mode="enforce",${request}} 1`,
      `pod_security_evaluations_total{decision="deny",policy_level="restricted",policy_version="v1.25",mode="warn",${request}} 1`,
      `pod_security_exemptions_total{${request}} 1`,
    ]);
  });
});
