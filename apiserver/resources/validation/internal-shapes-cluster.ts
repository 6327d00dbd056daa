/** As internal-shapes.ts, of storage, networking, policy and what administers the cluster. */
export const CLUSTER_SHAPES = `
  PersistentVolumeSpec: Capacity{ ...PersistentVolumeSource AccessModes? ClaimRef:*ObjectReference
      PersistentVolumeReclaimPolicy" StorageClassName" MountOptions? VolumeMode? NodeAffinity:*VolumeNodeAffinity
      VolumeAttributesClassName?
  VolumeNodeAffinity: Required:*NodeSelector
  PodDisruptionBudgetSpec: MinAvailable? Selector~ MaxUnavailable? UnhealthyPodEvictionPolicy?
  ParentReference: Group" Resource" Namespace" Name"
  CSINodeDriver: Name" NodeID" TopologyKeys? Allocatable?
  VolumeAttachmentSpec: Attacher" Source:VolumeAttachmentSource NodeName"
  VolumeAttachmentSource: PersistentVolumeName? InlineVolumeSpec:*PersistentVolumeSpec
  HorizontalPodAutoscalerBehavior: ScaleUp:*HPAScalingRules ScaleDown:*HPAScalingRules
  HPAScalingRules: StabilizationWindowSeconds? SelectPolicy? Policies[]HPAScalingPolicy Tolerance?
  HPAScalingPolicy: Type" Value# PeriodSeconds#
  CertificateSigningRequestCondition: Type" Status" Reason" Message" LastUpdateTime? LastTransitionTime?
  CustomResourceDefinitionVersion: Name" Served! Storage! Deprecated! DeprecationWarning? Schema? Subresources?
      AdditionalPrinterColumns[]CustomResourceColumnDefinition SelectableFields[]SelectableField
  CustomResourceColumnDefinition: Name" Type" Format" Description" Priority# JSONPath"
  SelectableField: JSONPath"
  CustomResourceSubresourceScale: SpecReplicasPath" StatusReplicasPath" LabelSelectorPath?
  JSONSchemaProps: ID" Schema=$schema" Ref=$ref? Description" Type" Nullable! Format" Title" Default? Maximum?
      ExclusiveMaximum! Minimum? ExclusiveMinimum! MaxLength? MinLength? Pattern" MaxItems? MinItems? UniqueItems!
      MultipleOf? Enum? MaxProperties? MinProperties? Required? Items? AllOf? OneOf? AnyOf? Not? Properties?
      AdditionalProperties? PatternProperties? Dependencies? AdditionalItems? Definitions?
      ExternalDocs:*ExternalDocumentation Example? XPreserveUnknownFields=x-kubernetes-preserve-unknown-fields?
      XEmbeddedResource=x-kubernetes-embedded-resource! XIntOrString=x-kubernetes-int-or-string!
      XListMapKeys=x-kubernetes-list-map-keys? XListType=x-kubernetes-list-type? XMapType=x-kubernetes-map-type?
      XValidations=x-kubernetes-validations[]ValidationRule
  ExternalDocumentation: Description" URL"
  ValidationRule: Rule" Message" MessageExpression" Reason? FieldPath" OptionalOldSelf?
  ResourceClaimTemplateSpec: ^ Spec:ResourceClaimSpec
  ResourceClaimSpec: Devices:DeviceClaim
  DeviceClaim: Requests[]DeviceRequest Constraints[]DeviceConstraint Config[]DeviceClaimConfiguration
  DeviceRequest: Name" Exactly:*ExactDeviceRequest FirstAvailable[]DeviceSubRequest
  ExactDeviceRequest: DeviceClassName" Selectors[]DeviceSelector AllocationMode" Count# AdminAccess?
      Tolerations[]DeviceToleration Capacity:*CapacityRequirements
  DeviceSubRequest: Name" DeviceClassName" Selectors[]DeviceSelector AllocationMode" Count#
      Tolerations[]DeviceToleration Capacity:*CapacityRequirements
  DeviceSelector: CEL:*CELDeviceSelector
  CELDeviceSelector: Expression"
  DeviceToleration: Key" Operator" Value" Effect" TolerationSeconds?
  CapacityRequirements: Requests{
  DeviceConstraint: Requests? MatchAttribute? DistinctAttribute?
  DeviceConfiguration: Opaque:*OpaqueDeviceConfiguration
  OpaqueDeviceConfiguration: Driver" Parameters?
  DeviceClaimConfiguration: Requests? ...DeviceConfiguration
  AllocationResult: Devices:DeviceAllocationResult NodeSelector:*NodeSelector AllocationTimestamp?
  DeviceAllocationResult: Results[]DeviceRequestAllocationResult Config[]DeviceAllocationConfiguration
  DeviceRequestAllocationResult: Request" Driver" Pool" Device" AdminAccess? Tolerations[]DeviceToleration
      BindingConditions? BindingFailureConditions? ShareID? ConsumedCapacity{
  DeviceAllocationConfiguration: Source" Requests? ...DeviceConfiguration
  DeviceAttribute: IntValue=int? BoolValue=bool? StringValue=string? VersionValue=version? IntValues? BoolValues?
      StringValues? VersionValues?
`;
