/**
 * What the wire form of an object depends on beyond its schema: whether a field can be absent, and what stands for
 * absence. Go writes a value that is not a pointer even when it is its type's zero, unless told to omit it; the schema
 * does not say which fields are pointers. Facts of Kubernetes' API types; models and fields as in
 * `schema-extensions.mjs`.
 */

/** `'A.b,c! =CoreV1D.e'`: V1A.b, V1A.c and CoreV1D.e; `!` marks those that are written as null when they are absent. */
function fieldsOf(words) {
  const fields = new Map();
  for (const word of words.split(/\s+/).filter(Boolean)) {
    const [, bare, model, names] = /^(=?)(\w+)\.(.*)$/.exec(word);
    for (const name of names.split(',')) {
      fields.set(`${bare ? '' : 'V1'}${model}.${name.replace('!', '')}`, name.endsWith('!'));
    }
  }
  return fields;
}

/** Strings, numbers and booleans that tell "not set" from their zero, which therefore is kept. */
export const nullable = fieldsOf(`
  =AdmissionregistrationV1ServiceReference.path,port =AdmissionregistrationV1WebhookClientConfig.url
  =ApiextensionsV1ServiceReference.path,port =ApiextensionsV1WebhookClientConfig.url
  =ApiregistrationV1ServiceReference.port =CoreV1EndpointPort.appProtocol
  =DiscoveryV1EndpointPort.name,protocol,port,appProtocol =StorageV1TokenRequest.expirationSeconds
  AllocatedDeviceStatus.shareID AppArmorProfile.localhostProfile
  AzureDiskVolumeSource.cachingMode,fsType,readOnly,kind AzureFilePersistentVolumeSource.secretNamespace!
  CSIDriverSpec.attachRequired,podInfoOnMount,storageCapacity,fsGroupPolicy,requiresRepublish,seLinuxMount
  CSIDriverSpec.nodeAllocatableUpdatePeriodSeconds
  CSIVolumeSource.readOnly,fsType CertificateSigningRequestSpec.expirationSeconds ClientIPConfig.timeoutSeconds
  ClusterTrustBundleProjection.name,signerName,optional ConfigMap.immutable ConfigMapEnvSource.optional
  ConfigMapKeySelector.optional ConfigMapProjection.optional ConfigMapVolumeSource.defaultMode,optional
  Container.restartPolicy ContainerStatus.started,stopSignal
  CronJobSpec.timeZone,startingDeadlineSeconds,suspend,successfulJobsHistoryLimit,failedJobsHistoryLimit
  CustomResourceDefinitionVersion.deprecationWarning CustomResourceSubresourceScale.labelSelectorPath
  DaemonSetSpec.revisionHistoryLimit DaemonSetStatus.collisionCount
  DeleteOptions.gracePeriodSeconds,orphanDependents,propagationPolicy
  DeleteOptions.ignoreStoreReadErrorWithClusterBreakingPotential
  DeploymentSpec.replicas,revisionHistoryLimit,progressDeadlineSeconds
  DeploymentStatus.terminatingReplicas,collisionCount Device.nodeName,allNodes,bindsToNode,allowMultipleAllocations
  DeviceAttribute.int,bool,string,version DeviceClassSpec.extendedResourceName
  DeviceConstraint.matchAttribute,distinctAttribute DeviceRequestAllocationResult.adminAccess,shareID
  DeviceToleration.tolerationSeconds DownwardAPIVolumeFile.mode DownwardAPIVolumeSource.defaultMode
  Endpoint.hostname,nodeName,zone EndpointAddress.nodeName EndpointConditions.ready,serving,terminating
  EphemeralContainer.restartPolicy ExactDeviceRequest.adminAccess
  ExemptPriorityLevelConfiguration.nominalConcurrencyShares,lendablePercent FCVolumeSource.lun
  FileKeySelector.optional GRPCAction.service! GlusterfsPersistentVolumeSource.endpointsNamespace
  HTTPIngressPath.pathType! HorizontalPodAutoscalerSpec.minReplicas,targetCPUUtilizationPercentage
  HorizontalPodAutoscalerStatus.observedGeneration,currentCPUUtilizationPercentage HostPathVolumeSource.type
  ISCSIPersistentVolumeSource.initiatorName ISCSIVolumeSource.initiatorName
  IngressClassParametersReference.apiGroup,scope!,namespace IngressPortStatus.error IngressSpec.ingressClassName
  JSONSchemaProps.$ref,maximum,minimum,maxLength,minLength,maxItems,minItems,multipleOf,maxProperties
  JSONSchemaProps.minProperties,x-kubernetes-preserve-unknown-fields,x-kubernetes-list-type,x-kubernetes-map-type
  JobSpec.parallelism,completions,activeDeadlineSeconds,backoffLimit,backoffLimitPerIndex,maxFailedIndexes
  JobSpec.manualSelector,ttlSecondsAfterFinished,completionMode,suspend,podReplacementPolicy,managedBy
  JobStatus.terminating,failedIndexes,ready KeyToPath.mode
  LeaseSpec.holderIdentity,leaseDurationSeconds,leaseTransitions,strategy,preferredHolder Lifecycle.stopSignal
  LimitedPriorityLevelConfiguration.nominalConcurrencyShares!,lendablePercent,borrowingLimitPercent
  ListMeta.remainingItemCount LoadBalancerIngress.ipMode LocalVolumeSource.fsType MatchResources.matchPolicy
  MutatingAdmissionPolicySpec.failurePolicy
  MutatingWebhook.failurePolicy,matchPolicy,sideEffects!,timeoutSeconds,reinvocationPolicy
  NamedRuleWithOperations.scope NetworkPolicyPort.protocol,endPort NodeFeatures.supplementalGroupsPolicy
  NodeRuntimeHandlerFeatures.recursiveReadOnlyMounts,userNamespaces NodeSwapStatus.capacity
  ObjectMeta.deletionGracePeriodSeconds OwnerReference.controller,blockOwnerDeletion
  ParamRef.parameterNotFoundAction PersistentVolumeClaimSpec.storageClassName,volumeMode,volumeAttributesClassName
  PersistentVolumeClaimStatus.currentVolumeAttributesClassName
  PersistentVolumeSpec.volumeMode,volumeAttributesClassName PodCertificateProjection.maxExpirationSeconds
  PodDNSConfigOption.value PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy
  PodFailurePolicyOnExitCodesRequirement.containerName PodResourceClaim.resourceClaimName,resourceClaimTemplateName
  PodResourceClaimStatus.resourceClaimName
  PodSecurityContext.runAsUser,runAsGroup,runAsNonRoot,supplementalGroupsPolicy,fsGroup,fsGroupChangePolicy
  PodSecurityContext.seLinuxChangePolicy
  PodSpec.terminationGracePeriodSeconds,activeDeadlineSeconds,automountServiceAccountToken,shareProcessNamespace
  PodSpec.priority,runtimeClassName,enableServiceLinks,preemptionPolicy,setHostnameAsFQDN,hostUsers
  PodSpec.hostnameOverride
  PortStatus.error Preconditions.uid,resourceVersion PriorityClass.preemptionPolicy
  Probe.terminationGracePeriodSeconds ProjectedVolumeSource.defaultMode ReplicaSetSpec.replicas
  ReplicaSetStatus.terminatingReplicas ReplicationControllerSpec.replicas
  ResourceSliceSpec.nodeName,allNodes,perDeviceNodeSelection RollingUpdateStatefulSetStrategy.partition
  RuleWithOperations.scope SeccompProfile.localhostProfile Secret.immutable SecretEnvSource.optional
  SecretKeySelector.optional SecretProjection.optional SecretVolumeSource.defaultMode,optional
  SecurityContext.privileged,runAsUser,runAsGroup,runAsNonRoot,readOnlyRootFilesystem,allowPrivilegeEscalation
  SecurityContext.procMount
  ServiceAccount.automountServiceAccountToken ServiceAccountTokenProjection.expirationSeconds
  ServicePort.appProtocol
  ServiceSpec.ipFamilyPolicy,allocateLoadBalancerNodePorts,loadBalancerClass,internalTrafficPolicy
  ServiceSpec.trafficDistribution
  StatefulSetSpec.replicas,revisionHistoryLimit StatefulSetStatus.collisionCount
  StorageClass.reclaimPolicy,allowVolumeExpansion,volumeBindingMode
  SuccessPolicyRule.succeededIndexes,succeededCount TokenRequestSpec.expirationSeconds! Toleration.tolerationSeconds
  TopologySpreadConstraint.minDomains,nodeAffinityPolicy,nodeTaintsPolicy TypedLocalObjectReference.apiGroup!
  TypedObjectReference.apiGroup!,namespace ValidatingAdmissionPolicySpec.failurePolicy
  ValidatingWebhook.failurePolicy,matchPolicy,sideEffects!,timeoutSeconds Validation.reason
  ValidationRule.reason,optionalOldSelf VolumeAttachmentSource.persistentVolumeName VolumeError.errorCode
  VolumeMount.recursiveReadOnly,mountPropagation VolumeMountStatus.recursiveReadOnly VolumeNodeResources.count
  WindowsSecurityContextOptions.gmsaCredentialSpecName,gmsaCredentialSpec,runAsUserName,hostProcess
  =V2HPAScalingRules.stabilizationWindowSeconds,selectPolicy =V2HorizontalPodAutoscalerSpec.minReplicas
  =V2HorizontalPodAutoscalerStatus.observedGeneration =V2MetricTarget.averageUtilization
  =V2MetricValueStatus.averageUtilization CSIDriverSpec.preventPodSchedulingIfMissing,serviceAccountTokenInSecrets
  NodeAllocatableResourceMapping.capacityKey PodSchedulingGroup.podGroupName ResourceHealth.message
`);

/** Optional fields that are written even when they are their zero. */
export const alwaysWritten = new Set(
  fieldsOf(`
  StatefulSetOrdinals.start StatefulSetSpec.serviceName StatefulSetStatus.availableReplicas
  =CoreV1Event.reportingComponent,reportingInstance NodeRuntimeHandler.name FlowSchemaSpec.matchingPrecedence
  QueuingConfiguration.queues,handSize,queueLengthLimit
`).keys(),
);

/** Optional lists that are written as null when they are absent. */
export const nullLists = new Set(
  fieldsOf(`
  =V2HorizontalPodAutoscalerStatus.currentMetrics ContainerImage.names ProjectedVolumeSource.sources
  EndpointSlice.ports ResourcePolicyRule.namespaces ClusterRole.rules Role.rules AllocatedDeviceStatus.conditions
  DeviceClaim.requests CSINodeDriver.topologyKeys
  CustomResourceDefinitionStatus.conditions,storedVersions
`).keys(),
);

/** Required fields that are left out all the same when they are empty. */
export const omittedWhenEmpty = new Set(
  fieldsOf(`
  ContainerRestartRule.action ContainerRestartRuleOnExitCodes.operator PodCertificateProjection.signerName,keyType
  ParentReference.resource,name CounterSet.counters DeviceCounterConsumption.counters
`).keys(),
);

/** Times that are values, so that they are written as null when they are zero. Conditions' times are such by rule. */
export const valueTimes = new Set(
  fieldsOf(`
  TokenRequestStatus.expirationTimestamp ContainerStateRunning.startedAt ContainerStateTerminated.startedAt,finishedAt
  =CoreV1Event.firstTimestamp,lastTimestamp,eventTime =CoreV1EventSeries.lastObservedTime
  =EventsV1Event.eventTime,deprecatedFirstTimestamp,deprecatedLastTimestamp =EventsV1EventSeries.lastObservedTime
  VolumeError.time
`).keys(),
);

/** Quantities that are values, so that they are written as 0 when they are not set. */
export const valueQuantities = new Set(
  fieldsOf('ResourceFieldSelector.divisor Counter.value DeviceCapacity.value').keys(),
);

/** Objects of unknown kinds that are values, so that they are written as null when they are not set. */
export const valueObjects = new Set(fieldsOf('ControllerRevision.data OpaqueDeviceConfiguration.parameters').keys());

/**
 * Pointers to objects and quantities that are written as null when they are not set. (Workloads' selectors are such too,
 * but are never absent from what is accepted.)
 */
export const nullPointers = new Set(
  fieldsOf(`
  CapacityRequestPolicy.default ScaleIOPersistentVolumeSource.secretRef ScaleIOVolumeSource.secretRef
  TokenRequestSpec.boundObjectRef
`).keys(),
);
