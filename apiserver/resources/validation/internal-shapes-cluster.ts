/** As internal-shapes.ts, of storage, networking, policy and what administers the cluster. */
export const CLUSTER_SHAPES = `
  PersistentVolumeSpec: Capacity? ...PersistentVolumeSource AccessModes? ClaimRef:*ObjectReference
      PersistentVolumeReclaimPolicy" StorageClassName" MountOptions? VolumeMode? NodeAffinity:*VolumeNodeAffinity
      VolumeAttributesClassName?
  VolumeNodeAffinity: Required:*NodeSelector
  PodDisruptionBudgetSpec: MinAvailable? Selector? MaxUnavailable? UnhealthyPodEvictionPolicy?
  ParentReference: Group" Resource" Namespace" Name"
  CSINodeDriver: Name" NodeID" TopologyKeys? Allocatable?
  VolumeAttachmentSpec: Attacher" Source:VolumeAttachmentSource NodeName"
  VolumeAttachmentSource: PersistentVolumeName? InlineVolumeSpec:*PersistentVolumeSpec
  HorizontalPodAutoscalerBehavior: ScaleUp:*HPAScalingRules ScaleDown:*HPAScalingRules
  HPAScalingRules: StabilizationWindowSeconds? SelectPolicy? Policies[]HPAScalingPolicy Tolerance?
  HPAScalingPolicy: Type" Value# PeriodSeconds#
  CertificateSigningRequestCondition: Type" Status" Reason" Message" LastUpdateTime? LastTransitionTime?
`;
