/** What is wrong with a pod, line by line, in upstream's words. */
import { describe, expect, it } from 'vitest';
import { podRow } from '../../../../apiserver/resources/core/pod.ts';
import { refused, warnedOf } from '../row-fixture.ts';

const row = podRow(undefined);
const main = { name: 'main', image: 'nginx' };

/** A pod of one container, with more in its spec. */
function pod(spec: object = {}, metadata: object = {}): object {
  return { metadata, spec: { serviceAccountName: 'default', containers: [main], ...spec } };
}

/** A pod whose container has more. */
function container(more: object, spec: object = {}): object {
  return pod({ containers: [{ ...main, ...more }], ...spec });
}

const C = 'spec.containers[0]';
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

const cases: readonly (readonly [what: string, pod: object, complaints: readonly string[]])[] = [
  ['a good one', pod(), []],
  ['no containers', pod({ containers: [] }), ['spec.containers: Required value']],
  [
    'a container without anything',
    pod({ containers: [{}] }),
    [`${C}.name: Required value`, `${C}.image: Required value`],
  ],
  ['a name in capitals', container({ name: 'Main' }), [`${C}.name: Invalid value: "Main": ${LABEL}`]],
  ['two of one name', pod({ containers: [main, main] }), ['spec.containers[1].name: Duplicate value: "main"']],
  [
    'spaces around an image',
    container({ image: ' nginx' }),
    [`${C}.image: Invalid value: " nginx": must not have leading or trailing whitespace`],
  ],
  [
    'ports',
    container({
      ports: [{ containerPort: 0 }, { containerPort: 70000, protocol: 'X' }, { name: 'a--b', containerPort: 1 }],
    }),
    [
      `${C}.ports[0].containerPort: Required value`,
      `${C}.ports[1].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive`,
      `${C}.ports[1].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"`,
      `${C}.ports[2].name: Invalid value: "a--b": must not contain consecutive hyphens`,
    ],
  ],
  [
    'host ports twice',
    container({
      ports: [
        { containerPort: 1, hostPort: 9 },
        { containerPort: 2, hostPort: 9 },
      ],
    }),
    [`${C}.ports[1].hostPort: Duplicate value: "TCP//9"`],
  ],
  [
    'variables',
    container({
      env: [
        { name: '' },
        { name: 'A=B' },
        { name: 'C', valueFrom: {} },
        { name: 'D', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ],
    }),
    [
      `${C}.env[0].name: Required value`,
      `${C}.env[1].name: Invalid value: "A=B": a valid environment variable name must consist only of printable ASCII characters other than '='`,
      `${C}.env[2].valueFrom: Invalid value: "": must specify one of: \`fieldRef\`, \`resourceFieldRef\`, \`configMapKeyRef\`, \`secretKeyRef\` or \`fileKeyRef\``,
      `${C}.env[3].valueFrom: Invalid value: "": may not be specified when \`value\` is not empty`,
    ],
  ],
  [
    'what variables tell of',
    container({
      env: [
        { name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.nope' } } },
        { name: 'B', valueFrom: { fieldRef: { fieldPath: 'metadata.labels' } } },
        { name: 'C', valueFrom: { resourceFieldRef: { resource: 'limits.gpu' } } },
        { name: 'D', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '2' } } },
      ],
    }),
    [
      `${C}.env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.nope": error converting fieldPath: field label not supported: spec.nope`,
      `${C}.env[1].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"`,
      `${C}.env[2].valueFrom.resourceFieldRef.resource: Unsupported value: "limits.gpu": supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"`,
      `${C}.env[3].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
    ],
  ],
  [
    'mounts',
    container(
      {
        volumeMounts: [
          { name: 'v', mountPath: '/a', subPath: '../b' },
          { name: 'w', mountPath: '/a', mountPropagation: 'Bidirectional' },
        ],
      },
      { volumes: [{ name: 'v' }] },
    ),
    [
      `${C}.volumeMounts.subPath: Invalid value: "../b": must not contain '..'`,
      `${C}.volumeMounts[1].name: Not found: "w"`,
      `${C}.volumeMounts[1].mountPath: Invalid value: "/a": must be unique`,
      `${C}.volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers`,
    ],
  ],
  [
    'devices',
    container({ volumeDevices: [{ name: 'v', devicePath: '/dev/../a' }] }, { volumes: [{ name: 'v' }] }),
    [
      `${C}.volumeDevices[0].name: Invalid value: "v": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode`,
      `${C}.volumeDevices[0].devicePath: Invalid value: "/dev/../a": can not contain backsteps ('..')`,
    ],
  ],
  [
    'volumes',
    pod({
      volumes: [
        { name: '' },
        { name: 'a', emptyDir: {}, hostPath: { path: '/x' } },
        { name: 'b', hostPath: { path: '../x', type: 'Tape' } },
        { name: 'c', secret: { secretName: '', items: [{ key: '', path: '/p', mode: 1000 }] } },
        { name: 'd', nfs: { server: 's', path: 'p' } },
        { name: 'e', iscsi: { targetPortal: 't', iqn: 'x', lun: 300 } },
      ],
    }),
    [
      'spec.volumes[0].name: Required value',
      'spec.volumes[1].hostPath: Forbidden: may not specify more than 1 volume type',
      'spec.volumes[2].hostPath.path: Invalid value: "../x": must not contain \'..\'',
      'spec.volumes[2].hostPath.type: Unsupported value: "Tape": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
      'spec.volumes[3].secret.secretName: Required value',
      'spec.volumes[3].secret.items[0].key: Required value',
      'spec.volumes[3].secret.items[0].path: Invalid value: "/p": must be a relative path',
      'spec.volumes[3].secret.items[0].mode: Invalid value: 1000: must be a number between 0 and 0777 (octal), both inclusive',
      'spec.volumes[4].nfs.path: Invalid value: "p": must be an absolute path',
      'spec.volumes[5].iscsi.iqn: Invalid value: "x": must be valid format starting with iqn, eui, or naa',
      'spec.volumes[5].iscsi.lun: Invalid value: 300: must be between 0 and 255, inclusive',
    ],
  ],
  [
    'projected volumes',
    pod({
      volumes: [
        {
          name: 'p',
          projected: {
            sources: [
              { serviceAccountToken: { path: 't', expirationSeconds: 5 } },
              { configMap: { name: 'c', items: [{ key: 'k', path: 'x' }] } },
              { secret: { name: 's', items: [{ key: 'k', path: 'x' }] }, configMap: { name: 'd' } },
              { downwardAPI: { items: [{ path: 'y' }] } },
            ],
          },
        },
      ],
    }),
    [
      'spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes',
      'spec.volumes[0].projected: Invalid value: "s": conflicting duplicate paths',
      'spec.volumes[0].projected.sources[2]: Forbidden: may not specify more than 1 volume type per source',
      'spec.volumes[0].projected.sources[3].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required',
    ],
  ],
  [
    'claims of a volume',
    pod({ volumes: [{ name: 'e', ephemeral: { volumeClaimTemplate: { metadata: { name: 'n' }, spec: {} } } }] }),
    [
      'spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set',
      'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.accessModes: Required value: at least 1 access mode is required',
      'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value',
    ],
  ],
  [
    'requests over limits',
    container({ resources: { requests: { cpu: '2', memory: '-1' }, limits: { cpu: '1', 'example.com/gpu': '1.5' } } }),
    [
      `${C}.resources.limits[example.com/gpu]: Invalid value: "1500m": must be an integer`,
      `${C}.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`,
      `${C}.resources.requests[example.com/gpu]: Invalid value: "1500m": must be an integer`,
      `${C}.resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0`,
    ],
  ],
  [
    'resources of no container',
    container({ resources: { limits: { pods: '1', 'hugepages-2Mi': '3Mi' } } }),
    [
      `${C}.resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi`,
      `${C}.resources.limits[pods]: Invalid value: "pods": must be a standard resource for containers`,
      `${C}.resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi`,
      `${C}.resources.requests[pods]: Invalid value: "pods": must be a standard resource for containers`,
      `${C}.resources: Forbidden: HugePages require cpu or memory`,
    ],
  ],
  [
    'probes',
    container({
      livenessProbe: { successThreshold: 2 },
      readinessProbe: { exec: {}, terminationGracePeriodSeconds: 1, periodSeconds: -1 },
    }),
    [
      `${C}.livenessProbe: Required value: must specify a handler type`,
      `${C}.livenessProbe.successThreshold: Invalid value: 2: must be 1`,
      `${C}.readinessProbe.exec.command: Required value`,
      `${C}.readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0`,
      `${C}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 1: must not be set for readinessProbes`,
    ],
  ],
  [
    'hooks',
    container({
      lifecycle: {
        preStop: { exec: { command: ['a'] }, httpGet: { port: 'x_y' } },
        postStart: { sleep: { seconds: 99 } },
      },
    }),
    [
      `${C}.lifecycle.postStart.sleep: Invalid value: 99: must be non-negative and less than terminationGracePeriodSeconds (30)`,
      `${C}.lifecycle.preStop.httpGet: Forbidden: may not specify more than 1 handler type`,
    ],
  ],
  [
    'init containers',
    pod({
      initContainers: [
        {
          name: 'main',
          image: 'i',
          lifecycle: { preStop: { exec: { command: ['a'] } } },
          readinessProbe: { exec: { command: ['a'] } },
        },
      ],
    }),
    [
      'spec.initContainers[0].name: Duplicate value: "main"',
      'spec.initContainers[0].lifecycle: Forbidden: may not be set for init containers without restartPolicy=Always',
      'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
  ],
  [
    'rights',
    container({
      securityContext: {
        runAsUser: -1,
        privileged: true,
        allowPrivilegeEscalation: false,
        seccompProfile: { type: 'Localhost' },
        procMount: 'Unmasked',
      },
    }),
    [
      `${C}.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive`,
      `${C}.securityContext.procMount: Invalid value: "Unmasked": \`hostUsers\` must be false to use \`Unmasked\``,
      `${C}.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost`,
      `${C}.securityContext: Invalid value: {"Capabilities":null,"Privileged":true,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":-1,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":"Unmasked","SeccompProfile":{"Type":"Localhost","LocalhostProfile":null},"AppArmorProfile":null}: cannot set \`allowPrivilegeEscalation\` to false and \`privileged\` to true`,
    ],
  ],
  [
    'rights of the pod',
    pod({
      hostNetwork: true,
      securityContext: {
        fsGroup: -1,
        sysctls: [
          { name: 'net.core', value: '1' },
          { name: 'A', value: '1' },
        ],
      },
      shareProcessNamespace: true,
      hostPID: true,
    }),
    [
      'spec.securityContext.fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      'spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled',
      'spec.securityContext.sysctls[0].name: Invalid value: "net.core": may not be specified when \'hostNetwork\' is true',
      'spec.securityContext.sysctls[1].name: Invalid value: "A": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
    ],
  ],
  [
    'words',
    pod({
      restartPolicy: 'Sometimes',
      dnsPolicy: 'Mine',
      preemptionPolicy: 'No',
      hostname: 'A',
      activeDeadlineSeconds: 0,
    }),
    [
      'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
      'spec.dnsPolicy: Unsupported value: "Mine": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
      'spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive',
      `spec.hostname: Invalid value: "A": ${LABEL}`,
      'spec.preemptionPolicy: Unsupported value: "No": supported values: "PreemptLowerPriority", "Never"',
    ],
  ],
  [
    'tolerations',
    pod({
      tolerations: [
        { operator: 'Equal' },
        { key: 'a', operator: 'Exists', value: 'v' },
        { key: 'a', operator: 'Gt', value: '1' },
        { key: 'a', effect: 'NoSchedule', tolerationSeconds: 1 },
        { key: 'a', effect: 'Nope' },
      ],
    }),
    [
      'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      'spec.tolerations[1].operator: Invalid value: "v": value must be empty when `operator` is \'Exists\'',
      'spec.tolerations[2].operator: Unsupported value: "Gt": supported values: "Equal", "Exists", "Lt", "Gt"',
      'spec.tolerations[3].effect: Invalid value: "NoSchedule": effect must be \'NoExecute\' when `tolerationSeconds` is set',
      'spec.tolerations[4].effect: Unsupported value: "Nope": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ],
  ],
  [
    'affinity',
    pod({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              {
                matchExpressions: [{ key: 'k', operator: 'In' }],
                matchFields: [{ key: 'x', operator: 'In', values: ['a', 'b'] }],
              },
            ],
          },
        },
        podAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 101,
              podAffinityTerm: { topologyKey: '', labelSelector: {}, matchLabelKeys: ['a'], mismatchLabelKeys: ['a'] },
            },
          ],
        },
      },
    }),
    [
      "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].values: Required value: must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].key: Invalid value: "x": not a valid field selector key',
      'spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 101: must be in the range 1-100',
      'spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and mismatchLabelKeys',
      'spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.topologyKey: Required value: can not be empty',
      'spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.topologyKey: Invalid value: "": name part must be non-empty',
      "spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.topologyKey: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
  ],
  [
    'spreading',
    pod({
      topologySpreadConstraints: [
        { maxSkew: 0, topologyKey: 'z', whenUnsatisfiable: 'ScheduleAnyway', minDomains: 2 },
        { maxSkew: 1, topologyKey: 'z', whenUnsatisfiable: 'ScheduleAnyway' },
      ],
    }),
    [
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{z, ScheduleAnyway}"',
      'spec.topologySpreadConstraints[0].minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway',
    ],
  ],
  [
    'a resolver',
    pod({
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['1.2.3.4', 'x'], searches: ['a_b.', '.', '-'], options: [{}] },
    }),
    [
      'spec.dnsConfig.nameservers[1]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      "spec.dnsConfig.searches[2]: Invalid value: \"-\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')",
      'spec.dnsConfig.options[0]: Required value: must not be empty',
    ],
  ],
  [
    'no resolver where one is needed',
    pod({ dnsPolicy: 'None' }),
    ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
  ],
  [
    'users of its own',
    pod({ hostUsers: false, hostPID: true, hostNetwork: true }),
    ['spec.hostNetwork: Forbidden: when `hostUsers` is false', 'spec.HostPID: Forbidden: when `hostUsers` is false'],
  ],
  [
    'another operating system',
    pod({
      os: { name: 'windows' },
      hostPID: true,
      securityContext: { fsGroup: 1 },
      containers: [{ ...main, securityContext: { privileged: true } }],
    }),
    [
      'spec.hostPID: Forbidden: cannot be set for a windows pod',
      'spec.securityContext.fsGroup: Forbidden: cannot be set for a windows pod',
      `${C}.securityContext.privileged: Forbidden: cannot be set for a windows pod`,
    ],
  ],
  [
    'claims of devices',
    container({ resources: { claims: [{ name: 'x' }] } }, { resourceClaims: [{ name: 'd' }] }),
    [
      'spec.resourceClaims[0]: Invalid value: {"Name":"d","ResourceClaimName":null,"ResourceClaimTemplateName":null}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
      `${C}.resources.claims[0]: Not found: "x": must be one of the names in pod.spec.resourceClaims: d`,
    ],
  ],
  [
    'what only running pods have',
    pod({ ephemeralContainers: [{ name: 'dbg', image: 'i', ports: [{ containerPort: 1 }] }] }),
    [
      'spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container',
      'spec.ephemeralContainers: Forbidden: cannot be set on create',
    ],
  ],
  [
    'gates',
    pod({ nodeName: 'n', schedulingGates: [{ name: 'a.b/c' }, { name: 'a.b/c' }] }),
    [
      'spec.schedulingGates[1]: Duplicate value: "a.b/c"',
      'spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared',
    ],
  ],
  [
    'less for all than for each',
    pod({
      resources: { limits: { cpu: '1' }, requests: { cpu: '1' } },
      containers: [{ ...main, resources: { requests: { cpu: '2' } } }],
    }),
    [
      'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 2',
    ],
  ],
  [
    'annotations',
    pod(
      {},
      {
        annotations: {
          'controller.kubernetes.io/pod-deletion-cost': '+1',
          'container.apparmor.security.beta.kubernetes.io/other': 'x',
        },
      },
    ),
    [
      'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "+1": must be a 32bit integer',
      'metadata.annotations[container.apparmor.security.beta.kubernetes.io/other]: Invalid value: "other": container not found',
      'metadata.annotations[container.apparmor.security.beta.kubernetes.io/other]: Invalid value: "x": invalid AppArmor profile name: "x"',
    ],
  ],
];

describe('pods', () => {
  it.each(cases)('judge %s', (_, object, complaints) => {
    expect(refused(row, object)).toEqual(complaints);
  });

  it('warn of what is seldom meant', () => {
    const spec = {
      containers: [
        {
          ...main,
          env: [
            { name: 'A', value: '1' },
            { name: 'A', value: '2' },
            { name: 'B', value: '1' },
            { name: 'B', value: '$(B)2' },
          ],
          ports: [{ containerPort: 80, name: 'web' }, { containerPort: 80 }, { containerPort: 81, name: 'web' }],
          resources: { limits: { memory: '0.5' } },
        },
      ],
      nodeSelector: { 'beta.kubernetes.io/os': 'linux' },
      volumes: [
        {
          name: 'v',
          configMap: {
            name: 'c',
            items: [
              { key: 'a', path: 'x' },
              { key: 'b', path: 'x/y' },
            ],
          },
        },
      ],
      imagePullSecrets: [{ name: '' }],
    };
    expect(warnedOf(row, pod(spec))).toEqual([
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
      'volume "v" (ConfigMap "c"): overlapping paths: "x/y" with "x"',
      'spec.imagePullSecrets[0].name: invalid empty name ""',
      'spec.containers[0].resources.limits[memory]: fractional byte value "500m" is invalid, must be an integer',
      'spec.containers[0].resources.requests[memory]: fractional byte value "500m" is invalid, must be an integer',
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
      'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
      'spec.containers[0].ports[2]: duplicate port name "web" with spec.containers[0].ports[0], services and probes that select ports by name will use spec.containers[0].ports[0]',
    ]);
  });
});
