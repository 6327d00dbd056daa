/** One object of each built-in kind that is accepted as it is, by `resource.group`. */
const podSpec = {
  containers: [
    {
      name: 'c',
      image: 'nginx:1',
      command: ['sh', '-c', 'true'],
      env: [
        { name: 'A', value: 'b' },
        { name: 'P', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ],
      envFrom: [{ configMapRef: { name: 'cm' } }],
      ports: [{ name: 'http', containerPort: 80, protocol: 'TCP' }],
      resources: { requests: { cpu: '100m', memory: '1Gi' }, limits: { cpu: 1 } },
      livenessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 5 },
      lifecycle: { preStop: { exec: { command: ['true'] } } },
      securityContext: { runAsUser: 1000, capabilities: { drop: ['ALL'] } },
      volumeMounts: [{ name: 'v', mountPath: '/v' }],
    },
  ],
  initContainers: [{ name: 'i', image: 'busybox' }],
  volumes: [
    { name: 'v', emptyDir: { sizeLimit: '1Gi' } },
    { name: 's', secret: { secretName: 's', items: [{ key: 'k', path: 'p' }] } },
    { name: 'p', projected: { sources: [{ configMap: { name: 'cm' } }] } },
  ],
  nodeSelector: { a: 'b' },
  tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 }],
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: { a: 'b' } }, topologyKey: 'kubernetes.io/hostname' },
      ],
    },
  },
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
  hostAliases: [{ ip: '10.0.0.1', hostnames: ['a.b'] }],
  terminationGracePeriodSeconds: 5,
};
const selector = { matchLabels: { app: 'a' } };
const template = { metadata: { labels: { app: 'a' } }, spec: podSpec };
const jobTemplate = { ...template, spec: { ...podSpec, restartPolicy: 'Never' } };
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const rules = [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['a'] }];
const subjects = [
  { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'jane' },
  { kind: 'ServiceAccount', name: 'sa', namespace: 'default' },
];
const bound = (kind: string): object => ({
  subjects,
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: 'r' },
});
const involved = { kind: 'Pod', namespace: 'default', name: 'p', uid: 'u' };
const hook = {
  name: 'a.b.c',
  clientConfig: { service: { namespace: 'n', name: 's', path: '/p' } },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  rules: [{ operations: ['CREATE'], apiGroups: ['*'], apiVersions: ['v1'], resources: ['pods'] }],
  matchConditions: [{ name: 'm', expression: 'true' }],
};
const matchConstraints = {
  resourceRules: [{ operations: ['CREATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] }],
};

/** A certificate request of CN=jane, PEM in base64. */
const CSR = [
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlISk1IRUNBUUF3RHpFTk1Bc0dBMVVFQXd3RWFtRnVaVEJaTUJN',
  'R0J5cUdTTTQ5QWdFR0NDcUdTTTQ5QXdFSApBMElBQkJWOHZmdFN6dHpGa0J5aVpPTjFmWDZENTR2dGQ0NU8vMk5ZZ05WcFFWM04w',
  'Y2VGM0t0aTZuUTNWVU5OCklNSExRU1d5R0ZHemt6a0ZaNlh6R2JxTzNzR2dBREFLQmdncWhrak9QUVFEQWdOSUFEQkZBaUVBNDM5',
  'VTRVU1MKVGYzbWZsUS9yUmZSWTlXVW1zaTRBb25XVk44V29YRldDSjRDSUhxaGVrL05MYnk0RDg0UTlpOEVjYXo4RittaQpNTTkz',
  'dUZyNU9jamMrVHJWCi0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=',
].join('');

export const validObjects: Readonly<Record<string, object>> = {
  configmaps: { data: { a: 'b' }, binaryData: { c: 'AAE=' } },
  endpoints: { subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ name: 'http', port: 80 }] }] },
  events: { involvedObject: involved, reason: 'Started', message: 'm', type: 'Normal', count: 1 },
  limitranges: { spec: { limits: [{ type: 'Container', default: { cpu: '1' }, max: { cpu: '2' } }] } },
  namespaces: { metadata: { labels: { 'pod-security.kubernetes.io/warn': 'baseline' } } },
  nodes: {
    spec: { taints: [{ key: 'k', effect: 'NoSchedule' }], podCIDR: '10.1.0.0/24' },
    status: { capacity: { cpu: '4' } },
  },
  persistentvolumeclaims: { spec: { ...claim, selector, storageClassName: 'fast' } },
  persistentvolumes: {
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x', type: 'Directory' } },
  },
  pods: { metadata: { labels: { app: 'a' } }, spec: podSpec },
  podtemplates: { template },
  replicationcontrollers: { spec: { replicas: 1, selector: { app: 'a' }, template } },
  resourcequotas: { spec: { hard: { pods: '5', 'requests.cpu': '1' }, scopes: ['NotTerminating'] } },
  secrets: { type: 'Opaque', data: { a: 'AAE=' }, stringData: { b: 'c' } },
  serviceaccounts: { imagePullSecrets: [{ name: 's' }], automountServiceAccountToken: false },
  services: {
    spec: {
      selector: { app: 'a' },
      type: 'NodePort',
      ports: [
        { name: 'http', port: 80, targetPort: 'http' },
        { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
      ],
      sessionAffinity: 'ClientIP',
    },
  },
  'controllerrevisions.apps': { revision: 1, data: { spec: { a: [1, null] } } },
  'daemonsets.apps': { spec: { selector, template, updateStrategy: { rollingUpdate: { maxUnavailable: '10%' } } } },
  'deployments.apps': {
    spec: { replicas: 2, selector, template, strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } } },
  },
  'replicasets.apps': { spec: { replicas: 1, selector, template } },
  'statefulsets.apps': {
    spec: {
      serviceName: 's',
      replicas: 1,
      selector,
      template,
      volumeClaimTemplates: [{ metadata: { name: 'v' }, spec: claim }],
    },
  },
  'horizontalpodautoscalers.autoscaling': {
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
      minReplicas: 1,
      maxReplicas: 3,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
    },
  },
  'cronjobs.batch': {
    spec: { schedule: '*/5 * * * *', timeZone: 'Etc/UTC', jobTemplate: { spec: { template: jobTemplate } } },
  },
  'jobs.batch': { spec: { completions: 2, parallelism: 1, completionMode: 'Indexed', template: jobTemplate } },
  'leases.coordination.k8s.io': {
    spec: { holderIdentity: 'h', leaseDurationSeconds: 5, renewTime: '2026-01-31T12:00:00.000000Z' },
  },
  'endpointslices.discovery.k8s.io': {
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true }, targetRef: involved }],
    ports: [{ name: 'http', port: 80 }],
  },
  'events.events.k8s.io': {
    eventTime: '2026-01-31T12:00:00.000000Z',
    reportingController: 'a.b/c',
    reportingInstance: 'i',
    action: 'Act',
    reason: 'R',
    type: 'Normal',
    regarding: involved,
    note: 'n',
  },
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': { webhooks: [hook] },
  'validatingwebhookconfigurations.admissionregistration.k8s.io': { webhooks: [hook] },
  'validatingadmissionpolicies.admissionregistration.k8s.io': {
    spec: { matchConstraints, validations: [{ expression: 'object.spec.replicas < 5' }], failurePolicy: 'Fail' },
  },
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': {
    spec: { policyName: 'p', validationActions: ['Deny'] },
  },
  'mutatingadmissionpolicies.admissionregistration.k8s.io': {
    spec: {
      matchConstraints,
      reinvocationPolicy: 'Never',
      mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } }],
    },
  },
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io': { spec: { policyName: 'p' } },
  'ipaddresses.networking.k8s.io': {
    metadata: { name: '10.0.0.9' },
    spec: { parentRef: { resource: 'services', namespace: 'default', name: 's' } },
  },
  'servicecidrs.networking.k8s.io': { spec: { cidrs: ['10.97.0.0/16'] } },
  'certificatesigningrequests.certificates.k8s.io': {
    spec: { request: CSR, signerName: 'example.com/signer', usages: ['client auth'], expirationSeconds: 3600 },
  },
  'faults.chaos.sampan.dev': { spec: { type: 'NodeCrash', target: { name: 'n' } } },
  'ingresses.networking.k8s.io': {
    spec: {
      ingressClassName: 'c',
      rules: [
        {
          host: 'a.b',
          http: {
            paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { number: 80 } } } }],
          },
        },
      ],
      tls: [{ hosts: ['a.b'], secretName: 's' }],
    },
  },
  'ingressclasses.networking.k8s.io': { spec: { controller: 'a.b/c' } },
  'networkpolicies.networking.k8s.io': {
    spec: {
      podSelector: selector,
      ingress: [
        { from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }], ports: [{ port: 80, endPort: 90 }] },
      ],
      policyTypes: ['Ingress'],
    },
  },
  'runtimeclasses.node.k8s.io': { handler: 'runc', overhead: { podFixed: { cpu: '10m' } } },
  'poddisruptionbudgets.policy': { spec: { minAvailable: '50%', selector } },
  'clusterroles.rbac.authorization.k8s.io': { rules, aggregationRule: { clusterRoleSelectors: [selector] } },
  'clusterrolebindings.rbac.authorization.k8s.io': bound('ClusterRole'),
  'roles.rbac.authorization.k8s.io': { rules },
  'rolebindings.rbac.authorization.k8s.io': bound('Role'),
  'priorityclasses.scheduling.k8s.io': { value: 1000, description: 'd', preemptionPolicy: 'Never' },
  'csidrivers.storage.k8s.io': { spec: { attachRequired: true, podInfoOnMount: false } },
  'csinodes.storage.k8s.io': { spec: { drivers: [{ name: 'a.b', nodeID: 'n', topologyKeys: ['k'] }] } },
  'csistoragecapacities.storage.k8s.io': { storageClassName: 's', capacity: '1Gi', nodeTopology: selector },
  'storageclasses.storage.k8s.io': { provisioner: 'a.b/c', parameters: { a: 'b' }, reclaimPolicy: 'Delete' },
  'volumeattachments.storage.k8s.io': {
    spec: { attacher: 'a.b', nodeName: 'n', source: { persistentVolumeName: 'pv' } },
  },
  'volumeattributesclasses.storage.k8s.io': { driverName: 'a.b', parameters: { a: 'b' } },
  'flowschemas.flowcontrol.apiserver.k8s.io': {
    spec: {
      priorityLevelConfiguration: { name: 'exempt' },
      matchingPrecedence: 500,
      rules: [
        {
          subjects: [{ kind: 'Group', group: { name: 'g' } }],
          nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        },
      ],
    },
  },
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io': {
    spec: { type: 'Limited', limited: { nominalConcurrencyShares: 5, limitResponse: { type: 'Reject' } } },
  },
  'customresourcedefinitions.apiextensions.k8s.io': {
    metadata: { name: 'boats.a.b' },
    spec: {
      group: 'a.b',
      scope: 'Namespaced',
      names: { plural: 'boats', singular: 'boat', kind: 'Boat', listKind: 'BoatList' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  },
  'deviceclasses.resource.k8s.io': {
    spec: {
      selectors: [{ cel: { expression: 'device.driver == "gpu.a.b"' } }],
      config: [{ opaque: { driver: 'gpu.a.b', parameters: { kind: 'Gpu' } } }],
    },
  },
  'resourceclaims.resource.k8s.io': {
    spec: { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu' } }] } },
  },
  'resourceclaimtemplates.resource.k8s.io': {
    spec: {
      spec: { devices: { requests: [{ name: 'gpu', firstAvailable: [{ name: 'b', deviceClassName: 'gpu' }] }] } },
    },
  },
  'resourceslices.resource.k8s.io': {
    spec: {
      driver: 'gpu.a.b',
      nodeName: 'n',
      pool: { name: 'n', generation: 1, resourceSliceCount: 1 },
      devices: [{ name: 'gpu-0', attributes: { model: { string: 'a' } }, capacity: { memory: { value: '8Gi' } } }],
    },
  },
  'apiservices.apiregistration.k8s.io': {
    metadata: { name: 'v1.a.b' },
    spec: {
      group: 'a.b',
      version: 'v1',
      groupPriorityMinimum: 1000,
      versionPriority: 15,
      service: { namespace: 'n', name: 's' },
      insecureSkipTLSVerify: true,
    },
  },
};
