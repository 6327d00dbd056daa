/**
 * What Go calls the type of a field, where the schema does not say it, and in which embedded structs the field is
 * declared: Go's decoder names both when a value does not fit. Facts of Kubernetes 1.36's API types; models and fields
 * as in `schema-extensions.mjs` (a model's `V1` is left out, `=` takes the name as it is).
 *
 * Worked example: `Probe.exec` is a field of the embedded `ProbeHandler`, so a text in its place is refused with
 * `json: cannot unmarshal string into Go struct field Probe.spec.containers.livenessProbe.ProbeHandler.exec of type v1.ExecAction`.
 */

/** A field's own type, by the type: what Go would print for the schema's type is not here. Pointers are what they point to. */
const named = {
  '[]types.UID': 'UncountedTerminatedPods.failed,succeeded',
  '[]v1.Capability': 'Capabilities.add,drop',
  '[]v1.FinalizerName': 'NamespaceSpec.finalizers',
  '[]v1.IPFamily': 'ServiceSpec.ipFamilies',
  '[]v1.KeyUsage': 'CertificateSigningRequestSpec.usages',
  '[]v1.OperationType': 'NamedRuleWithOperations.operations RuleWithOperations.operations',
  '[]v1.PersistentVolumeAccessMode': `
    PersistentVolumeClaimSpec.accessModes PersistentVolumeClaimStatus.accessModes PersistentVolumeSpec.accessModes`,
  '[]v1.PolicyType': 'NetworkPolicySpec.policyTypes',
  '[]v1.ResourceQuotaScope': 'ResourceQuotaSpec.scopes',
  '[]v1.UniqueVolumeName': 'NodeStatus.volumesInUse',
  '[]v1.ValidationAction': 'ValidatingAdmissionPolicyBindingSpec.validationActions',
  '[]v1.VolumeLifecycleMode': 'CSIDriverSpec.volumeLifecycleModes',
  'map[string]v1.ExtraValue': 'UserInfo.extra SubjectAccessReviewSpec.extra CertificateSigningRequestSpec.extra',
  'map[v1.QualifiedName]resource.Quantity': `
    CapacityRequirements.requests DeviceRequestAllocationResult.consumedCapacity`,
  'map[v1.QualifiedName]v1.DeviceAttribute': 'Device.attributes',
  'map[v1.QualifiedName]v1.DeviceCapacity': 'Device.capacity',
  'map[v1.ResourceName]resource.Quantity': 'NodeAllocatableResourceClaimStatus.resources',
  'map[v1.ResourceName]v1.ClaimResourceStatus': 'PersistentVolumeClaimStatus.allocatedResourceStatuses',
  'map[v1.ResourceName]v1.NodeAllocatableResourceMapping': 'Device.nodeAllocatableResourceMappings',
  'types.UID': `
    BoundObjectReference.uid ConfigMapNodeConfigSource.uid ObjectReference.uid DeviceRequestAllocationResult.shareID
    ResourceClaimConsumerReference.uid ObjectMeta.uid OwnerReference.uid Preconditions.uid StatusDetails.uid`,
  'v1.APIServiceConditionType': 'APIServiceCondition.type',
  'v1.AddressType': 'EndpointSlice.addressType',
  'v1.AllocationConfigSource': 'DeviceAllocationConfiguration.source',
  'v1.AppArmorProfileType': 'AppArmorProfile.type',
  'v1.AzureDataDiskCachingMode': 'AzureDiskVolumeSource.cachingMode',
  'v1.AzureDataDiskKind': 'AzureDiskVolumeSource.kind',
  'v1.CauseType': 'StatusCause.reason',
  'v1.CompletionMode': 'JobSpec.completionMode',
  'v1.ComponentConditionType': 'ComponentCondition.type',
  'v1.ConcurrencyPolicy': 'CronJobSpec.concurrencyPolicy',
  'v1.ConditionStatus': `
    DaemonSetCondition.status DeploymentCondition.status ReplicaSetCondition.status StatefulSetCondition.status
    =V2HorizontalPodAutoscalerCondition.status JobCondition.status PodFailurePolicyOnPodConditionsPattern.status
    CertificateSigningRequestCondition.status ComponentCondition.status NamespaceCondition.status
    NodeCondition.status PersistentVolumeClaimCondition.status PodCondition.status
    ReplicationControllerCondition.status FlowSchemaCondition.status PriorityLevelConfigurationCondition.status
    CustomResourceDefinitionCondition.status Condition.status APIServiceCondition.status`,
  'v1.ContainerRestartPolicy': 'Container.restartPolicy EphemeralContainer.restartPolicy',
  'v1.ContainerRestartRuleAction': 'ContainerRestartRule.action',
  'v1.ContainerRestartRuleOnExitCodesOperator': 'ContainerRestartRuleOnExitCodes.operator',
  'v1.ConversionStrategyType': 'CustomResourceConversion.strategy',
  'v1.CoordinatedLeaseStrategy': 'LeaseSpec.strategy',
  'v1.CustomResourceDefinitionConditionType': 'CustomResourceDefinitionCondition.type',
  'v1.DNSPolicy': 'PodSpec.dnsPolicy',
  'v1.DaemonSetConditionType': 'DaemonSetCondition.type',
  'v1.DaemonSetUpdateStrategyType': 'DaemonSetUpdateStrategy.type',
  'v1.DeletionPropagation': 'DeleteOptions.propagationPolicy',
  'v1.DeploymentConditionType': 'DeploymentCondition.type',
  'v1.DeploymentStrategyType': 'DeploymentStrategy.type',
  'v1.DeviceAllocationMode': 'DeviceSubRequest.allocationMode ExactDeviceRequest.allocationMode',
  'v1.DeviceTaintEffect': 'DeviceTaint.effect DeviceToleration.effect',
  'v1.DeviceTolerationOperator': 'DeviceToleration.operator',
  'v1.FSGroupPolicy': 'CSIDriverSpec.fsGroupPolicy',
  'v1.FailurePolicyType': `
    MutatingAdmissionPolicySpec.failurePolicy MutatingWebhook.failurePolicy
    ValidatingAdmissionPolicySpec.failurePolicy ValidatingWebhook.failurePolicy`,
  'v1.FieldSelectorOperator': 'FieldSelectorRequirement.operator',
  'v1.FieldValueErrorReason': 'ValidationRule.reason',
  'v1.FlowDistinguisherMethodType': 'FlowDistinguisherMethod.type',
  'v1.FlowSchemaConditionType': 'FlowSchemaCondition.type',
  'v1.FullyQualifiedName': 'DeviceConstraint.distinctAttribute,matchAttribute',
  'v1.HostPathType': 'HostPathVolumeSource.type',
  'v1.IPFamilyPolicy': 'ServiceSpec.ipFamilyPolicy',
  'v1.JSONSchemaDefinitions': 'JSONSchemaProps.definitions',
  'v1.JSONSchemaDependencies': 'JSONSchemaProps.dependencies',
  'v1.JSONSchemaURL': 'JSONSchemaProps.$schema',
  'v1.JobConditionType': 'JobCondition.type',
  'v1.LabelSelectorOperator': 'LabelSelectorRequirement.operator',
  'v1.LimitResponseType': 'LimitResponse.type',
  'v1.LimitType': 'LimitRangeItem.type',
  'v1.LoadBalancerIPMode': 'LoadBalancerIngress.ipMode',
  'v1.ManagedFieldsOperationType': 'ManagedFieldsEntry.operation',
  'v1.MatchPolicyType': 'MatchResources.matchPolicy MutatingWebhook.matchPolicy ValidatingWebhook.matchPolicy',
  'v1.MountPropagationMode': 'VolumeMount.mountPropagation',
  'v1.NamespaceConditionType': 'NamespaceCondition.type',
  'v1.NamespacePhase': 'NamespaceStatus.phase',
  'v1.NodeAddressType': 'NodeAddress.type',
  'v1.NodeConditionType': 'NodeCondition.type',
  'v1.NodeInclusionPolicy': 'TopologySpreadConstraint.nodeAffinityPolicy,nodeTaintsPolicy',
  'v1.NodePhase': 'NodeStatus.phase',
  'v1.NodeSelectorOperator': 'NodeSelectorRequirement.operator',
  'v1.OSName': 'PodOS.name',
  'v1.ParameterNotFoundActionType': 'ParamRef.parameterNotFoundAction',
  'v1.PatchType': 'Mutation.patchType',
  'v1.PathType': 'HTTPIngressPath.pathType',
  'v1.PersistentVolumeClaimConditionType': 'PersistentVolumeClaimCondition.type',
  'v1.PersistentVolumeClaimModifyVolumeStatus': 'ModifyVolumeStatus.status',
  'v1.PersistentVolumeClaimPhase': 'PersistentVolumeClaimStatus.phase',
  'v1.PersistentVolumeClaimRetentionPolicyType': `
    StatefulSetPersistentVolumeClaimRetentionPolicy.whenDeleted,whenScaled`,
  'v1.PersistentVolumeMode': 'PersistentVolumeClaimSpec.volumeMode PersistentVolumeSpec.volumeMode',
  'v1.PersistentVolumePhase': 'PersistentVolumeStatus.phase',
  'v1.PersistentVolumeReclaimPolicy': 'PersistentVolumeSpec.persistentVolumeReclaimPolicy StorageClass.reclaimPolicy',
  'v1.PodConditionType': 'PodFailurePolicyOnPodConditionsPattern.type PodCondition.type PodReadinessGate.conditionType',
  'v1.PodFSGroupChangePolicy': 'PodSecurityContext.fsGroupChangePolicy',
  'v1.PodFailurePolicyAction': 'PodFailurePolicyRule.action',
  'v1.PodFailurePolicyOnExitCodesOperator': 'PodFailurePolicyOnExitCodesRequirement.operator',
  'v1.PodManagementPolicyType': 'StatefulSetSpec.podManagementPolicy',
  'v1.PodPhase': 'PodStatus.phase',
  'v1.PodQOSClass': 'PodStatus.qosClass',
  'v1.PodReplacementPolicy': 'JobSpec.podReplacementPolicy',
  'v1.PodResizeStatus': 'PodStatus.resize',
  'v1.PodSELinuxChangePolicy': 'PodSecurityContext.seLinuxChangePolicy',
  'v1.PreemptionPolicy': 'PodSpec.preemptionPolicy PriorityClass.preemptionPolicy',
  'v1.PriorityLevelConfigurationConditionType': 'PriorityLevelConfigurationCondition.type',
  'v1.PriorityLevelEnablement': 'PriorityLevelConfigurationSpec.type',
  'v1.ProcMountType': 'SecurityContext.procMount',
  'v1.Protocol': `
    ContainerPort.protocol =CoreV1EndpointPort.protocol PortStatus.protocol ServicePort.protocol
    =DiscoveryV1EndpointPort.protocol IngressPortStatus.protocol NetworkPolicyPort.protocol`,
  'v1.PullPolicy': 'Container.imagePullPolicy EphemeralContainer.imagePullPolicy ImageVolumeSource.pullPolicy',
  'v1.QualifiedName': 'NodeAllocatableResourceMapping.capacityKey',
  'v1.RecursiveReadOnlyMode': 'VolumeMount.recursiveReadOnly VolumeMountStatus.recursiveReadOnly',
  'v1.ReinvocationPolicyType': 'MutatingAdmissionPolicySpec.reinvocationPolicy MutatingWebhook.reinvocationPolicy',
  'v1.ReplicaSetConditionType': 'ReplicaSetCondition.type',
  'v1.ReplicationControllerConditionType': 'ReplicationControllerCondition.type',
  'v1.RequestConditionType': 'CertificateSigningRequestCondition.type',
  'v1.ResourceHealthStatus': 'ResourceHealth.health',
  'v1.ResourceID': 'ResourceHealth.resourceID',
  'v1.ResourceName': `
    =V2ContainerResourceMetricSource.name =V2ContainerResourceMetricStatus.name =V2ResourceMetricSource.name
    =V2ResourceMetricStatus.name ContainerResizePolicy.resourceName ResourceStatus.name`,
  'v1.ResourceQuotaScope': 'ScopedResourceSelectorRequirement.scopeName',
  'v1.ResourceResizeRestartPolicy': 'ContainerResizePolicy.restartPolicy',
  'v1.ResourceScope': 'CustomResourceDefinitionSpec.scope',
  'v1.RestartPolicy': 'PodSpec.restartPolicy',
  'v1.ScopeSelectorOperator': 'ScopedResourceSelectorRequirement.operator',
  'v1.ScopeType': 'NamedRuleWithOperations.scope RuleWithOperations.scope',
  'v1.SeccompProfileType': 'SeccompProfile.type',
  'v1.SecretType': 'Secret.type',
  'v1.ServiceAffinity': 'ServiceSpec.sessionAffinity',
  'v1.ServiceExternalTrafficPolicy': 'ServiceSpec.externalTrafficPolicy',
  'v1.ServiceInternalTrafficPolicy': 'ServiceSpec.internalTrafficPolicy',
  'v1.ServiceType': 'ServiceSpec.type',
  'v1.SideEffectClass': 'MutatingWebhook.sideEffects ValidatingWebhook.sideEffects',
  'v1.Signal': 'ContainerStatus.stopSignal Lifecycle.stopSignal',
  'v1.StatefulSetConditionType': 'StatefulSetCondition.type',
  'v1.StatefulSetUpdateStrategyType': 'StatefulSetUpdateStrategy.type',
  'v1.StatusReason': 'Validation.reason Status.reason',
  'v1.StorageMedium': 'EmptyDirVolumeSource.medium',
  'v1.SubjectKind': '=FlowcontrolV1Subject.kind',
  'v1.SupplementalGroupsPolicy': 'PodSecurityContext.supplementalGroupsPolicy',
  'v1.TaintEffect': 'Taint.effect Toleration.effect',
  'v1.TerminationMessagePolicy': 'Container.terminationMessagePolicy EphemeralContainer.terminationMessagePolicy',
  'v1.TolerationOperator': 'Toleration.operator',
  'v1.URIScheme': 'HTTPGetAction.scheme',
  'v1.UnhealthyPodEvictionPolicyType': 'PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy',
  'v1.UniqueVolumeName': 'AttachedVolume.name',
  'v1.UnsatisfiableConstraintAction': 'TopologySpreadConstraint.whenUnsatisfiable',
  'v1.ValidationRules': 'JSONSchemaProps.x-kubernetes-validations',
  'v1.Verbs': 'APIResource.verbs',
  'v1.VolumeBindingMode': 'StorageClass.volumeBindingMode',
  'v2.HPAScalingPolicyType': '=V2HPAScalingPolicy.type',
  'v2.HorizontalPodAutoscalerConditionType': '=V2HorizontalPodAutoscalerCondition.type',
  'v2.MetricSourceType': '=V2MetricSpec.type =V2MetricStatus.type',
  'v2.MetricTargetType': '=V2MetricTarget.type',
  'v2.ScalingPolicySelect': '=V2HPAScalingRules.selectPolicy',
};

/** The embedded structs around fields: `outer.inner`, by which the decoder goes down to them. */
const within = {
  DeviceConfiguration: `
    DeviceAllocationConfiguration.opaque DeviceClaimConfiguration.opaque DeviceClassConfiguration.opaque`,
  EphemeralContainerCommon: `
    EphemeralContainer.args,command,env,envFrom,image,imagePullPolicy,lifecycle,livenessProbe,name,ports
    EphemeralContainer.readinessProbe,resizePolicy,resources,restartPolicy,restartPolicyRules,securityContext
    EphemeralContainer.startupProbe,stdin,stdinOnce,terminationMessagePath,terminationMessagePolicy,tty
    EphemeralContainer.volumeDevices,volumeMounts,workingDir`,
  IngressRuleValue: 'IngressRule.http',
  LocalObjectReference: `
    ConfigMapEnvSource.name ConfigMapKeySelector.name ConfigMapProjection.name ConfigMapVolumeSource.name
    SecretEnvSource.name SecretKeySelector.name SecretProjection.name`,
  PersistentVolumeSource: `
    PersistentVolumeSpec.awsElasticBlockStore,azureDisk,azureFile,cephfs,cinder,csi,fc,flexVolume,flocker
    PersistentVolumeSpec.gcePersistentDisk,glusterfs,hostPath,iscsi,local,nfs,photonPersistentDisk,portworxVolume
    PersistentVolumeSpec.quobyte,rbd,scaleIO,storageos,vsphereVolume`,
  ProbeHandler: 'Probe.exec,grpc,httpGet,tcpSocket',
  Rule: 'RuleWithOperations.apiGroups,apiVersions,resources,scope',
  RuleWithOperations: 'NamedRuleWithOperations.operations',
  'RuleWithOperations.Rule': 'NamedRuleWithOperations.apiGroups,apiVersions,resources,scope',
  VolumeSource: `
    Volume.awsElasticBlockStore,azureDisk,azureFile,cephfs,cinder,configMap,csi,downwardAPI,emptyDir,ephemeral,fc
    Volume.flexVolume,flocker,gcePersistentDisk,gitRepo,glusterfs,hostPath,image,iscsi,nfs,persistentVolumeClaim
    Volume.photonPersistentDisk,portworxVolume,projected,quobyte,rbd,scaleIO,secret,storageos,vsphereVolume`,
};

/** @returns {Record<string, Record<string, {type?: string, within?: string}>>} by schema and field */
/** @param wireForm the rules of `wire-form.mjs` */
export function makeGoTypes(models, wireForm) {
  const types = {};
  const add = (table, fact) => {
    for (const [value, words] of Object.entries(table)) {
      for (const word of words.split(/\s+/).filter(Boolean)) {
        const [, bare, model, fields] = /^(=?)(\w+)\.(.*)$/.exec(word);
        const schema = models[bare ? model : `V1${model}`];
        if (schema === undefined) throw new Error(`no schema for ${model}, whose Go types are told`);
        types[schema] ??= {};
        for (const field of fields.split(',')) types[schema][field] = { ...types[schema][field], [fact]: value };
      }
    }
  };
  add(named, 'type');
  add(within, 'within');
  for (const [model, rules] of Object.entries(wireForm)) {
    const schema = models[model];
    for (const [field, rule] of rules) {
      if (rule !== 'list' && rule !== 'map') continue;
      types[schema] ??= {};
      types[schema][field] = { ...types[schema][field], omitsEmpty: true };
    }
  }
  return types;
}
