/**
 * What the typings of `@kubernetes/client-node` do not say about the Kubernetes API, by hand: which kinds belong to
 * which group, how lists and maps merge, defaults that are not their type's zero, and the types behind `string` and
 * `any`. Models bear the client library's names (`V1Pod`), fields are `Model.field`. Facts of Kubernetes 1.34.
 *
 * What a rule covers is not here: a list without an entry is atomic; a required field's default is its type's zero.
 */

/** `'A B C'` with a prefix for each: `V1A`, `V1B`, `V1C`. Words that begin with `=` are taken as they are. */
const named = (prefix, words) =>
  words
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => (word.startsWith('=') ? word.slice(1) : prefix + word));

/** Kinds and their lists: `Pod Node` are V1Pod, V1PodList, V1Node, V1NodeList; `Binding-` has no list. */
const kinds = (words, version = 'V1') =>
  words
    .split(/\s+/)
    .filter(Boolean)
    .flatMap((word) => {
      if (word.endsWith('-')) return [word.startsWith('=') ? word.slice(1, -1) : version + word.slice(0, -1)];
      const model = word.startsWith('=') ? word.slice(1) : version + word;
      return [model, `${model.replace(/^(?:Core|Events|Resource)(?=V1ResourceClaim$)/, '')}List`];
    });

const api = (group, version, schemaPrefix, words, others = '') => {
  const top = kinds(words, version.toUpperCase());
  return { group, version, schemaPrefix, kinds: top, models: [...top, ...named(version.toUpperCase(), others)] };
};

/**
 * The groups, in the order in which they claim the models that their kinds reach. Models that other groups share, and
 * those that nothing reaches, are named after the kinds.
 */
export const groups = [
  api(
    '',
    'v1',
    'io.k8s.apimachinery.pkg.apis.meta.v1',
    'APIResourceList- Status-',
    `ObjectMeta ListMeta LabelSelector DeleteOptions WatchEvent Condition FieldSelectorRequirement APIGroup APIGroupList
    APIVersions`,
  ),
  api(
    '',
    'v1',
    'io.k8s.api.core.v1',
    `Binding- ComponentStatus ConfigMap Endpoints =CoreV1Event LimitRange Namespace Node PersistentVolume
    PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount`,
    'NodeSelector TopologySelectorTerm TypedLocalObjectReference',
  ),
  api('apps', 'v1', 'io.k8s.api.apps.v1', 'ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet'),
  api('batch', 'v1', 'io.k8s.api.batch.v1', 'CronJob Job'),
  api('autoscaling', 'v1', 'io.k8s.api.autoscaling.v1', 'HorizontalPodAutoscaler Scale-'),
  api('autoscaling', 'v2', 'io.k8s.api.autoscaling.v2', 'HorizontalPodAutoscaler'),
  api('policy', 'v1', 'io.k8s.api.policy.v1', 'Eviction- PodDisruptionBudget'),
  api('coordination.k8s.io', 'v1', 'io.k8s.api.coordination.v1', 'Lease'),
  api('discovery.k8s.io', 'v1', 'io.k8s.api.discovery.v1', 'EndpointSlice'),
  api('events.k8s.io', 'v1', 'io.k8s.api.events.v1', '=EventsV1Event'),
  api('rbac.authorization.k8s.io', 'v1', 'io.k8s.api.rbac.v1', 'ClusterRole ClusterRoleBinding Role RoleBinding'),
  api(
    'networking.k8s.io',
    'v1',
    'io.k8s.api.networking.v1',
    'IPAddress Ingress IngressClass NetworkPolicy ServiceCIDR',
  ),
  api(
    'storage.k8s.io',
    'v1',
    'io.k8s.api.storage.v1',
    'CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment VolumeAttributesClass',
  ),
  api('scheduling.k8s.io', 'v1', 'io.k8s.api.scheduling.v1', 'PriorityClass'),
  api('node.k8s.io', 'v1', 'io.k8s.api.node.v1', 'RuntimeClass'),
  api('certificates.k8s.io', 'v1', 'io.k8s.api.certificates.v1', 'CertificateSigningRequest'),
  api(
    'admissionregistration.k8s.io',
    'v1',
    'io.k8s.api.admissionregistration.v1',
    `MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration ValidatingAdmissionPolicy
    ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration`,
  ),
  api(
    'apiextensions.k8s.io',
    'v1',
    'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1',
    'CustomResourceDefinition',
  ),
  api('apiregistration.k8s.io', 'v1', 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1', 'APIService'),
  api(
    'authentication.k8s.io',
    'v1',
    'io.k8s.api.authentication.v1',
    '=AuthenticationV1TokenRequest- SelfSubjectReview- TokenReview-',
  ),
  api(
    'authorization.k8s.io',
    'v1',
    'io.k8s.api.authorization.v1',
    'LocalSubjectAccessReview- SelfSubjectAccessReview- SelfSubjectRulesReview- SubjectAccessReview-',
  ),
  api('flowcontrol.apiserver.k8s.io', 'v1', 'io.k8s.api.flowcontrol.v1', 'FlowSchema PriorityLevelConfiguration'),
  api(
    'resource.k8s.io',
    'v1',
    'io.k8s.api.resource.v1',
    'DeviceClass =ResourceV1ResourceClaim ResourceClaimTemplate ResourceSlice',
  ),
];

/** Every model that is sent by itself. */
export const topModels = new Set(groups.flatMap((group) => group.kinds));

/** Models that these typings know only in an earlier version, though the API server serves the later one. */
export const promoted = [
  [
    'V1beta1',
    'V1',
    [
      ...['ApplyConfiguration', 'JSONPatch', 'Mutation', 'MutatingAdmissionPolicy', 'MutatingAdmissionPolicySpec'],
      ...['MutatingAdmissionPolicyList', 'MutatingAdmissionPolicyBinding', 'MutatingAdmissionPolicyBindingSpec'],
      'MutatingAdmissionPolicyBindingList',
    ],
  ],
];

/** Sent under every group and version, so they count as a kind of each. */
export const kindsOfEveryGroup = ['V1DeleteOptions', 'V1WatchEvent'];

export const everyGroupVersion = `
  : v1; admission.k8s.io: v1 v1beta1; admissionregistration.k8s.io: v1 v1alpha1 v1beta1;
  apiextensions.k8s.io: v1 v1beta1; apiregistration.k8s.io: v1 v1beta1; apps: v1 v1beta1 v1beta2;
  authentication.k8s.io: v1 v1alpha1 v1beta1; authorization.k8s.io: v1 v1beta1; autoscaling: v1 v2 v2beta1 v2beta2;
  batch: v1 v1beta1; certificates.k8s.io: v1 v1alpha1 v1beta1; coordination.k8s.io: v1 v1alpha2 v1beta1;
  discovery.k8s.io: v1 v1beta1; events.k8s.io: v1 v1beta1; extensions: v1beta1;
  flowcontrol.apiserver.k8s.io: v1 v1beta1 v1beta2 v1beta3; imagepolicy.k8s.io: v1alpha1;
  internal.apiserver.k8s.io: v1alpha1; networking.k8s.io: v1 v1beta1; node.k8s.io: v1 v1alpha1 v1beta1;
  policy: v1 v1beta1; rbac.authorization.k8s.io: v1 v1alpha1 v1beta1; resource.k8s.io: v1 v1alpha3 v1beta1 v1beta2;
  scheduling.k8s.io: v1 v1alpha1 v1beta1; storage.k8s.io: v1 v1alpha1 v1beta1; storagemigration.k8s.io: v1alpha1
`
  .split(';')
  .flatMap((line) => {
    const [group, versions] = line.split(':').map((part) => part.trim());
    return versions.split(' ').map((version) => `${group}/${version}`);
  });

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const extensions = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';

/** Types that encode themselves: one JSON value instead of an object with fields. */
export const scalars = {
  Time: {
    name: `${meta}.Time`,
    schema: { type: 'string', format: 'date-time' },
    description: 'A point in time, in whole seconds, as RFC 3339 writes it.',
  },
  MicroTime: {
    name: `${meta}.MicroTime`,
    schema: { type: 'string', format: 'date-time' },
    description: 'A point in time, in microseconds, as RFC 3339 writes it.',
  },
  FieldsV1: {
    name: `${meta}.FieldsV1`,
    schema: { type: 'object' },
    description:
      'A set of fields as nested objects: `f:<name>` is a field or map key, `k:<keys>` a list item by its keys, `v:<value>` an item of a set, `i:<index>` an item by position, and `.` the object itself.',
  },
  Patch: {
    name: `${meta}.Patch`,
    schema: { type: 'object' },
    description: 'The body of a PATCH request.',
  },
  Quantity: {
    name: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
    schema: { oneOf: [{ type: 'string' }, { type: 'number' }] },
    description:
      'An amount: a decimal number with an optional suffix, binary (Ki Mi Gi Ti Pi Ei), decimal (n u m k M G T P E) or an exponent (e3). It keeps its kind of suffix and is written with the largest one that leaves no fraction.',
  },
  RawExtension: {
    name: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
    schema: { type: 'object' },
    description: 'An object of a kind that this API does not know.',
  },
  IntOrString: {
    name: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    schema: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
    description: 'A 32-bit integer or a string: a port by number or name, a count or a percentage.',
  },
  JSON: {
    name: `${extensions}.JSON`,
    schema: {},
    description: 'Any JSON value.',
  },
  JSONSchemaPropsOrArray: {
    name: `${extensions}.JSONSchemaPropsOrArray`,
    schema: {},
    description: 'A schema, or a list of schemas.',
  },
  JSONSchemaPropsOrBool: {
    name: `${extensions}.JSONSchemaPropsOrBool`,
    schema: {},
    description: 'A schema, or true or false for any value or none.',
  },
  JSONSchemaPropsOrStringArray: {
    name: `${extensions}.JSONSchemaPropsOrStringArray`,
    schema: {},
    description: 'A schema, or a list of property names.',
  },
  CustomResourceSubresourceStatus: {
    name: `${extensions}.CustomResourceSubresourceStatus`,
    schema: { type: 'object' },
    description: 'Present when a custom resource has a `status` subresource.',
  },
};

/** References whose Go type is a pointer or a scalar, so that no `{}` stands in for them. */
export const refsWithoutZero = new Set(
  ['Time', 'MicroTime', 'Quantity', 'IntOrString', 'JSON', 'RawExtension', 'JSONSchemaPropsOrStringArray'].map(
    (each) => scalars[each].name,
  ),
);

/** `{ 'V1A.b': type }` from `'A.b A.c'`. */
const typed = (type, words) => Object.fromEntries(named('V1', words).map((field) => [field, type]));

/** The types of fields that the typings call `string` or `any`. */
export const types = {
  ...typed(
    'Quantity',
    `EmptyDirVolumeSource.sizeLimit ResourceFieldSelector.divisor =V2HPAScalingRules.tolerance
    =V2MetricTarget.averageValue =V2MetricTarget.value =V2MetricValueStatus.averageValue =V2MetricValueStatus.value
    CapacityRequestPolicy.default CapacityRequestPolicyRange.max CapacityRequestPolicyRange.min
    CapacityRequestPolicyRange.step Counter.value DeviceCapacity.value CSIStorageCapacity.capacity
    CSIStorageCapacity.maximumVolumeSize NodeAllocatableResourceMapping.allocationMultiplier`,
  ),
  ...typed(
    '{ [key: string]: Quantity; }',
    `ContainerStatus.allocatedResources LimitRangeItem.default LimitRangeItem.defaultRequest LimitRangeItem.max
    LimitRangeItem.maxLimitRequestRatio LimitRangeItem.min NodeStatus.allocatable NodeStatus.capacity
    PersistentVolumeClaimStatus.allocatedResources PersistentVolumeClaimStatus.capacity PersistentVolumeSpec.capacity
    PodSpec.overhead ResourceQuotaSpec.hard ResourceQuotaStatus.hard ResourceQuotaStatus.used
    ResourceRequirements.limits ResourceRequirements.requests VolumeResourceRequirements.limits
    VolumeResourceRequirements.requests Overhead.podFixed CapacityRequirements.requests
    DeviceRequestAllocationResult.consumedCapacity PodStatus.allocatedResources
    NodeAllocatableResourceClaimStatus.resources`,
  ),
  ...typed('Array<Quantity>', 'CapacityRequestPolicy.validValues'),
  ...typed('FieldsV1', 'ManagedFieldsEntry.fieldsV1'),
  ...typed(
    'RawExtension',
    'WatchEvent.object ControllerRevision.data AllocatedDeviceStatus.data OpaqueDeviceConfiguration.parameters',
  ),
  ...typed('CustomResourceSubresourceStatus', 'CustomResourceSubresources.status'),
  ...typed('JSON', 'JSONSchemaProps.default JSONSchemaProps.example'),
  ...typed('Array<JSON>', 'JSONSchemaProps.enum'),
  ...typed('JSONSchemaPropsOrBool', 'JSONSchemaProps.additionalItems JSONSchemaProps.additionalProperties'),
  ...typed('JSONSchemaPropsOrArray', 'JSONSchemaProps.items'),
  ...typed('{ [key: string]: JSONSchemaPropsOrStringArray; }', 'JSONSchemaProps.dependencies'),
};

/** `'A.b=key A.c=*port,protocol'`: the keys that tell a list's items apart. `*` marks the merge key of a strategic patch. */
const keyed = (words) =>
  Object.fromEntries(
    named('V1', words).map((word) => {
      const [field, keys] = word.split(/=(?=[^=]*$)/);
      return [field, keys.split(',')];
    }),
  );

/** Lists whose items have an identity. */
export const mapLists = {
  ...keyed(
    named(
      '',
      `APIService ComponentStatus! DaemonSet Deployment FlowSchema Namespace Node PersistentVolumeClaim
      PodDisruptionBudget Pod PriorityLevelConfiguration ReplicaSet ReplicationController ServiceCIDR Service StatefulSet`,
    )
      .map((kind) => `${kind.endsWith('!') ? kind.slice(0, -1) : `${kind}Status`}.conditions=*type`)
      .join(' '),
  ),
  ...keyed(
    `=V2HorizontalPodAutoscalerStatus.conditions=*type AllocatedDeviceStatus.conditions=type
    CertificateSigningRequestStatus.conditions=type CustomResourceDefinitionStatus.conditions=type
    ValidatingAdmissionPolicyStatus.conditions=type`,
  ),
  ...keyed(
    ['Container', 'EphemeralContainer']
      .map(
        (model) =>
          `${model}.env=*name ${model}.ports=*containerPort,protocol ${model}.volumeDevices=*devicePath ` +
          `${model}.volumeMounts=*mountPath`,
      )
      .join(' '),
  ),
  ...keyed(
    `PodSpec.containers=*name PodSpec.ephemeralContainers=*name PodSpec.hostAliases=*ip PodSpec.imagePullSecrets=*name
    PodSpec.initContainers=*name PodSpec.resourceClaims=*name PodSpec.schedulingGates=*name
    PodSpec.topologySpreadConstraints=*topologyKey,whenUnsatisfiable PodSpec.volumes=*name
    PodStatus.podIPs=*ip PodStatus.resourceClaimStatuses=*name ContainerStatus.allocatedResourcesStatus=*name
    ContainerStatus.volumeMounts=*mountPath ResourceRequirements.claims=name ResourceStatus.resources=resourceID
    ObjectMeta.ownerReferences=*uid NodeStatus.addresses=*type ServiceAccount.secrets=*name
    ServiceSpec.ports=*port,protocol CSINodeSpec.drivers=*name ResourceClaimStatus.devices=driver,device,pool,shareID
    ResourceClaimStatus.reservedFor=*uid JSONSchemaProps.x-kubernetes-validations=*rule
    MutatingWebhook.matchConditions=*name MutatingWebhookConfiguration.webhooks=*name
    ValidatingWebhook.matchConditions=*name ValidatingWebhookConfiguration.webhooks=*name
    ValidatingAdmissionPolicySpec.matchConditions=*name ValidatingAdmissionPolicySpec.variables=*name
    MutatingAdmissionPolicySpec.matchConditions=*name`,
  ),
};

/** Lists without repetition and without order. */
export const setLists = new Set(
  named(
    'V1',
    `CSIDriverSpec.volumeLifecycleModes ContainerRestartRuleOnExitCodes.values Endpoint.addresses NodeSpec.podCIDRs
    NonResourcePolicyRule.nonResourceURLs NonResourcePolicyRule.verbs ObjectMeta.finalizers
    NodeAllocatableResourceClaimStatus.containers
    PodFailurePolicyOnExitCodesRequirement.values ResourcePolicyRule.apiGroups ResourcePolicyRule.namespaces
    ResourcePolicyRule.resources ResourcePolicyRule.verbs UncountedTerminatedPods.failed
    UncountedTerminatedPods.succeeded ValidatingAdmissionPolicyBindingSpec.validationActions`,
  ),
);

/** Lists of which nothing is said. */
export const plainLists = new Set(named('V1', 'APIResource.verbs'));

/** Byte strings that are called atomic lists, though JSON has them as one string. */
export const atomicBytes = new Set(
  named(
    'V1',
    'CertificateSigningRequestSpec.request CertificateSigningRequestStatus.certificate APIServiceSpec.caBundle',
  ),
);

/** Objects that are owned and replaced as one value. */
export const atomicModels = new Set(
  named(
    'V1',
    `ConfigMapKeySelector EndpointAddress =CoreV1EndpointPort FileKeySelector LocalObjectReference NodeSelector
    NodeSelectorTerm ObjectFieldSelector ObjectReference ResourceFieldSelector ScopeSelector SecretKeySelector
    SecretReference TypedLocalObjectReference LabelSelector OwnerReference MatchResources NamedRuleWithOperations
    ParamKind ParamRef Variable CrossVersionObjectReference =DiscoveryV1EndpointPort ServiceBackendPort RoleRef
    =RbacV1Subject TopologySelectorTerm`,
  ),
);

/** `{ 'x-kubernetes-patch-merge-key': …, 'x-kubernetes-patch-strategy': … }`. */
const patched = (strategy, mergeKey) => ({
  ...(mergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': mergeKey }),
  'x-kubernetes-patch-strategy': strategy,
});

/** What single fields add, over what the tables above say. */
export const fieldExtensions = {
  'V1PodSpec.nodeSelector': { 'x-kubernetes-map-type': 'atomic' },
  'V1ReplicationControllerSpec.selector': { 'x-kubernetes-map-type': 'atomic' },
  'V1ServiceSpec.selector': { 'x-kubernetes-map-type': 'atomic' },
  'V1Scheduling.nodeSelector': { 'x-kubernetes-map-type': 'atomic' },
  'V1PersistentVolumeClaimStatus.allocatedResourceStatuses': { 'x-kubernetes-map-type': 'granular' },
  'V1PersistentVolumeSpec.claimRef': { 'x-kubernetes-map-type': 'granular' },
  'V1Status.details': { 'x-kubernetes-list-type': 'atomic' },
  'V1PodSpec.resourceClaims': patched('merge,retainKeys', 'name'),
  'V1PodSpec.volumes': patched('merge,retainKeys', 'name'),
  'V1PodStatus.resourceClaimStatuses': patched('merge,retainKeys', 'name'),
  'V1PodStatus.hostIPs': patched('merge', 'ip'),
  'V1JobStatus.conditions': patched('merge', 'type'),
  'V1NodeSpec.podCIDRs': patched('merge'),
  'V1ObjectMeta.finalizers': patched('merge'),
  'V1DeploymentSpec.strategy': patched('retainKeys'),
  'V1PodDisruptionBudgetSpec.selector': patched('replace'),
};

/** Objects of which only the field that the discriminator names may be set. */
export const unions = {
  V1AppArmorProfile: ['type', { localhostProfile: 'LocalhostProfile' }],
  V1SeccompProfile: ['type', { localhostProfile: 'LocalhostProfile' }],
  V1LimitResponse: ['type', { queuing: 'Queuing' }],
  V1PriorityLevelConfigurationSpec: ['type', { exempt: 'Exempt', limited: 'Limited' }],
  FlowcontrolV1Subject: ['kind', { group: 'Group', serviceAccount: 'ServiceAccount', user: 'User' }],
};

/** Optional fields that are values in Go all the same, so that their zero is their default. */
export const values = new Set(
  named(
    'V1',
    `ScaleSpec.replicas AzureDiskVolumeSource.readOnly ConfigMapEnvSource.name ConfigMapKeySelector.name
    ConfigMapProjection.name ConfigMapVolumeSource.name SecretEnvSource.name SecretKeySelector.name
    SecretProjection.name LocalObjectReference.name Container.resources EphemeralContainer.resources
    ContainerStatus.lastState ContainerStatus.state =CoreV1Event.reportingComponent =CoreV1Event.reportingInstance
    =CoreV1Event.source FileKeySelector.optional GRPCAction.service NodeDaemonEndpoints.kubeletEndpoint
    NodeRuntimeHandler.name NodeStatus.daemonEndpoints NodeStatus.nodeInfo PersistentVolumeClaimSpec.resources
    PodTemplate.template PodTemplateSpec.spec ReplicationControllerSpec.minReadySeconds ServiceStatus.loadBalancer
    CustomResourceDefinitionStatus.acceptedNames DaemonSetSpec.updateStrategy DeploymentSpec.strategy
    ReplicaSetSpec.template StatefulSetOrdinals.start StatefulSetSpec.serviceName StatefulSetSpec.updateStrategy
    StatefulSetStatus.availableReplicas SelfSubjectReviewStatus.userInfo TokenReviewStatus.user JobTemplateSpec.spec
    Endpoint.conditions =EventsV1Event.deprecatedSource =EventsV1Event.regarding FlowSchemaSpec.matchingPrecedence
    LimitedPriorityLevelConfiguration.limitResponse QueuingConfiguration.handSize
    QueuingConfiguration.queueLengthLimit QueuingConfiguration.queues IngressServiceBackend.port
    IngressStatus.loadBalancer NetworkPolicySpec.podSelector AllocationResult.devices ResourceClaimSpec.devices`,
  ),
);

/** Required fields that are pointers in Go, or whose zero is not allowed: no default. */
export const pointers = new Set(
  named(
    'V1',
    `ContainerRestartRule.action ContainerRestartRuleOnExitCodes.operator PodCertificateProjection.keyType
    PodCertificateProjection.signerName ScaleIOPersistentVolumeSource.secretRef ScaleIOVolumeSource.secretRef
    Status.status MutatingWebhook.sideEffects ValidatingWebhook.sideEffects DaemonSetSpec.selector
    DeploymentSpec.selector ReplicaSetSpec.selector StatefulSetSpec.selector HTTPIngressPath.pathType
    IPAddressSpec.parentRef ParentReference.name ParentReference.resource`,
  ),
);

/** Defaults that are not the type's zero. */
export const defaults = {
  'V1ContainerPort.protocol': 'TCP',
  'V1ServicePort.protocol': 'TCP',
  'V1ReplicationControllerSpec.replicas': 1,
  'V1DeviceToleration.operator': 'Equal',
  'V1AzureDiskVolumeSource.cachingMode': 'ReadWrite',
  'V1AzureDiskVolumeSource.fsType': 'ext4',
  'V1AzureDiskVolumeSource.kind': 'Shared',
  'V1ISCSIPersistentVolumeSource.iscsiInterface': 'default',
  'V1ISCSIVolumeSource.iscsiInterface': 'default',
  'V1RBDPersistentVolumeSource.keyring': '/etc/ceph/keyring',
  'V1RBDPersistentVolumeSource.pool': 'rbd',
  'V1RBDPersistentVolumeSource.user': 'admin',
  'V1RBDVolumeSource.keyring': '/etc/ceph/keyring',
  'V1RBDVolumeSource.pool': 'rbd',
  'V1RBDVolumeSource.user': 'admin',
  'V1ScaleIOPersistentVolumeSource.fsType': 'xfs',
  'V1ScaleIOPersistentVolumeSource.storageMode': 'ThinProvisioned',
  'V1ScaleIOVolumeSource.fsType': 'xfs',
  'V1ScaleIOVolumeSource.storageMode': 'ThinProvisioned',
};

/** Descriptions of fields that nearly every kind has. */
export const embedded = {
  V1ObjectMeta:
    'What identifies the object and what others attach to it: its name, namespace, labels, annotations, owners. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
  V1ListMeta:
    'The revision of the list and, when it is one page of many, how to continue. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
};
