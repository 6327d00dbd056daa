/**
 * The shapes that kube-apiserver keeps core/v1 objects in (pkg/apis/core/types.go): field names and their order, as messages
 * show them. The notation is explained in internal-form.ts.
 */
export const POD_SHAPES = `
  PodSpec: Volumes[]Volume InitContainers[]Container Containers[]Container EphemeralContainers[]EphemeralContainer
      RestartPolicy" TerminationGracePeriodSeconds? ActiveDeadlineSeconds? DNSPolicy" NodeSelector{
      ServiceAccountName" AutomountServiceAccountToken? NodeName" SecurityContext:*PodSecurityContext
      ImagePullSecrets[]LocalObjectReference Hostname" Subdomain" SetHostnameAsFQDN? Affinity:*Affinity
      SchedulerName" Tolerations[]Toleration HostAliases[]HostAlias PriorityClassName" Priority? PreemptionPolicy?
      DNSConfig:*PodDNSConfig ReadinessGates[]PodReadinessGate RuntimeClassName? Overhead{ EnableServiceLinks?
      TopologySpreadConstraints[]TopologySpreadConstraint OS:*PodOS SchedulingGates[]PodSchedulingGate
      ResourceClaims[]PodResourceClaim Resources:*ResourceRequirements HostnameOverride? SchedulingGroup?
  PodTemplateSpec: ^ Spec:PodSpec
  PodSecurityContext: HostNetwork! HostPID! HostIPC! ShareProcessNamespace? HostUsers?
      SELinuxOptions:*SELinuxOptions WindowsOptions:*WindowsSecurityContextOptions RunAsUser? RunAsGroup?
      RunAsNonRoot? SupplementalGroups? SupplementalGroupsPolicy? FSGroup? FSGroupChangePolicy? Sysctls[]Sysctl
      SeccompProfile:*SeccompProfile AppArmorProfile:*AppArmorProfile SELinuxChangePolicy?
  Affinity: NodeAffinity:*NodeAffinity PodAffinity:*PodAffinity PodAntiAffinity:*PodAntiAffinity
  Toleration: Key" Operator" Value" Effect" TolerationSeconds?
  HostAlias: IP" Hostnames?
  PodDNSConfig: Nameservers? Searches? Options[]PodDNSConfigOption
  PodReadinessGate: ConditionType"
  TopologySpreadConstraint: MaxSkew# TopologyKey" WhenUnsatisfiable" LabelSelector~ MinDomains?
      NodeAffinityPolicy? NodeTaintsPolicy? MatchLabelKeys?
  PodOS: Name"
  PodSchedulingGate: Name"
  PodResourceClaim: Name" ResourceClaimName? ResourceClaimTemplateName?
  SELinuxOptions: User" Role" Type" Level"
  WindowsSecurityContextOptions: GMSACredentialSpecName? GMSACredentialSpec? RunAsUserName? HostProcess?
  Sysctl: Name" Value"
  SeccompProfile: Type" LocalhostProfile?
  AppArmorProfile: Type" LocalhostProfile?
  NodeAffinity: RequiredDuringSchedulingIgnoredDuringExecution:*NodeSelector
      PreferredDuringSchedulingIgnoredDuringExecution[]PreferredSchedulingTerm
  PodAffinity: RequiredDuringSchedulingIgnoredDuringExecution[]PodAffinityTerm
      PreferredDuringSchedulingIgnoredDuringExecution[]WeightedPodAffinityTerm
  PodAntiAffinity: RequiredDuringSchedulingIgnoredDuringExecution[]PodAffinityTerm
      PreferredDuringSchedulingIgnoredDuringExecution[]WeightedPodAffinityTerm
  PodDNSConfigOption: Name" Value?
  NodeSelector: NodeSelectorTerms[]NodeSelectorTerm
  PreferredSchedulingTerm: Weight# Preference:NodeSelectorTerm
  PodAffinityTerm: LabelSelector~ Namespaces? TopologyKey" NamespaceSelector~ MatchLabelKeys? MismatchLabelKeys?
  WeightedPodAffinityTerm: Weight# PodAffinityTerm:PodAffinityTerm
  NodeSelectorTerm: MatchExpressions[]NodeSelectorRequirement MatchFields[]NodeSelectorRequirement
  NodeSelectorRequirement: Key" Operator" Values?
`;

export const CONTAINER_SHAPES = `
  EphemeralContainer: Name" Image" Command? Args? WorkingDir" Ports[]ContainerPort EnvFrom[]EnvFromSource
      Env[]EnvVar Resources:ResourceRequirements ResizePolicy[]ContainerResizePolicy RestartPolicy?
      RestartPolicyRules[]ContainerRestartRule VolumeMounts[]VolumeMount VolumeDevices[]VolumeDevice
      LivenessProbe:*Probe ReadinessProbe:*Probe StartupProbe:*Probe Lifecycle:*Lifecycle TerminationMessagePath"
      TerminationMessagePolicy" ImagePullPolicy" SecurityContext:*SecurityContext Stdin! StdinOnce! TTY!
      TargetContainerName"
  Container: Name" Image" Command? Args? WorkingDir" Ports[]ContainerPort EnvFrom[]EnvFromSource Env[]EnvVar
      Resources:ResourceRequirements ResizePolicy[]ContainerResizePolicy RestartPolicy?
      RestartPolicyRules[]ContainerRestartRule VolumeMounts[]VolumeMount VolumeDevices[]VolumeDevice
      LivenessProbe:*Probe ReadinessProbe:*Probe StartupProbe:*Probe Lifecycle:*Lifecycle TerminationMessagePath"
      TerminationMessagePolicy" ImagePullPolicy" SecurityContext:*SecurityContext Stdin! StdinOnce! TTY!
  ResourceRequirements: Limits{ Requests{ Claims[]ResourceClaim
  ContainerPort: Name" HostPort# ContainerPort# Protocol" HostIP"
  EnvFromSource: Prefix" ConfigMapRef:*ConfigMapEnvSource SecretRef:*SecretEnvSource
  EnvVar: Name" Value" ValueFrom:*EnvVarSource
  ContainerResizePolicy: ResourceName" RestartPolicy"
  ContainerRestartRule: Action" ExitCodes:*ContainerRestartRuleOnExitCodes
  VolumeMount: Name" ReadOnly! RecursiveReadOnly? MountPath" SubPath" MountPropagation? SubPathExpr"
  VolumeDevice: Name" DevicePath"
  Probe: Exec:*ExecAction HTTPGet:*HTTPGetAction TCPSocket:*TCPSocketAction GRPC:*GRPCAction InitialDelaySeconds#
      TimeoutSeconds# PeriodSeconds# SuccessThreshold# FailureThreshold# TerminationGracePeriodSeconds?
  Lifecycle: PostStart:*LifecycleHandler PreStop:*LifecycleHandler StopSignal?
  SecurityContext: Capabilities:*Capabilities Privileged? SELinuxOptions:*SELinuxOptions
      WindowsOptions:*WindowsSecurityContextOptions RunAsUser? RunAsGroup? RunAsNonRoot? ReadOnlyRootFilesystem?
      AllowPrivilegeEscalation? ProcMount? SeccompProfile:*SeccompProfile AppArmorProfile:*AppArmorProfile
  ResourceClaim: Name" Request"
  ConfigMapEnvSource: Name" Optional?
  SecretEnvSource: Name" Optional?
  EnvVarSource: FieldRef:*ObjectFieldSelector ResourceFieldRef:*ResourceFieldSelector
      ConfigMapKeyRef:*ConfigMapKeySelector SecretKeyRef:*SecretKeySelector FileKeyRef:*FileKeySelector
  ContainerRestartRuleOnExitCodes: Operator" Values?
  ExecAction: Command?
  HTTPGetAction: Path" Port# Host" Scheme" HTTPHeaders[]HTTPHeader
  TCPSocketAction: Port# Host"
  GRPCAction: Port# Service?
  LifecycleHandler: Exec:*ExecAction HTTPGet:*HTTPGetAction TCPSocket:*TCPSocketAction Sleep:*SleepAction
  Capabilities: Add? Drop?
  ObjectFieldSelector: APIVersion" FieldPath"
  ResourceFieldSelector: ContainerName" Resource" Divisor+
  ConfigMapKeySelector: Name" Key" Optional?
  SecretKeySelector: Name" Key" Optional?
  FileKeySelector: VolumeName" Path" Key" Optional?
  HTTPHeader: Name" Value"
  SleepAction: Seconds#
`;

export const VOLUME_SHAPES = `
  Volume: Name" HostPath:*HostPathVolumeSource EmptyDir:*EmptyDirVolumeSource
      GCEPersistentDisk:*GCEPersistentDiskVolumeSource AWSElasticBlockStore:*AWSElasticBlockStoreVolumeSource
      GitRepo:*GitRepoVolumeSource Secret:*SecretVolumeSource NFS:*NFSVolumeSource ISCSI:*ISCSIVolumeSource
      Glusterfs:*GlusterfsVolumeSource PersistentVolumeClaim:*PersistentVolumeClaimVolumeSource
      RBD:*RBDVolumeSource Quobyte:*QuobyteVolumeSource FlexVolume:*FlexVolumeSource Cinder:*CinderVolumeSource
      CephFS=cephfs:*CephFSVolumeSource Flocker:*FlockerVolumeSource DownwardAPI:*DownwardAPIVolumeSource
      FC:*FCVolumeSource AzureFile:*AzureFileVolumeSource ConfigMap:*ConfigMapVolumeSource
      VsphereVolume:*VsphereVirtualDiskVolumeSource AzureDisk:*AzureDiskVolumeSource
      PhotonPersistentDisk:*PhotonPersistentDiskVolumeSource Projected:*ProjectedVolumeSource
      PortworxVolume:*PortworxVolumeSource ScaleIO:*ScaleIOVolumeSource StorageOS=storageos:*StorageOSVolumeSource
      CSI:*CSIVolumeSource Ephemeral:*EphemeralVolumeSource Image:*ImageVolumeSource
  PersistentVolumeSource: GCEPersistentDisk:*GCEPersistentDiskVolumeSource
      AWSElasticBlockStore:*AWSElasticBlockStoreVolumeSource HostPath:*HostPathVolumeSource
      Glusterfs:*GlusterfsPersistentVolumeSource NFS:*NFSVolumeSource RBD:*RBDPersistentVolumeSource
      Quobyte:*QuobyteVolumeSource ISCSI:*ISCSIPersistentVolumeSource FlexVolume:*FlexPersistentVolumeSource
      Cinder:*CinderPersistentVolumeSource CephFS=cephfs:*CephFSPersistentVolumeSource FC:*FCVolumeSource
      Flocker:*FlockerVolumeSource AzureFile:*AzureFilePersistentVolumeSource
      VsphereVolume:*VsphereVirtualDiskVolumeSource AzureDisk:*AzureDiskVolumeSource
      PhotonPersistentDisk:*PhotonPersistentDiskVolumeSource PortworxVolume:*PortworxVolumeSource
      ScaleIO:*ScaleIOPersistentVolumeSource Local:*LocalVolumeSource
      StorageOS=storageos:*StorageOSPersistentVolumeSource CSI:*CSIPersistentVolumeSource
  AWSElasticBlockStoreVolumeSource: VolumeID" FSType" Partition# ReadOnly!
  AzureDiskVolumeSource: DiskName" DataDiskURI=diskURI" CachingMode? FSType? ReadOnly? Kind?
  AzureFilePersistentVolumeSource: SecretName" ShareName" ReadOnly! SecretNamespace?
  AzureFileVolumeSource: SecretName" ShareName" ReadOnly!
  CSIPersistentVolumeSource: Driver" VolumeHandle" ReadOnly! FSType" VolumeAttributes{
      ControllerPublishSecretRef:*SecretReference NodeStageSecretRef:*SecretReference
      NodePublishSecretRef:*SecretReference ControllerExpandSecretRef:*SecretReference
      NodeExpandSecretRef:*SecretReference
  CSIVolumeSource: Driver" ReadOnly? FSType? VolumeAttributes{ NodePublishSecretRef:*LocalObjectReference
  CephFSPersistentVolumeSource: Monitors? Path" User" SecretFile" SecretRef:*SecretReference ReadOnly!
  CephFSVolumeSource: Monitors? Path" User" SecretFile" SecretRef:*LocalObjectReference ReadOnly!
  CinderPersistentVolumeSource: VolumeID" FSType" ReadOnly! SecretRef:*SecretReference
  CinderVolumeSource: VolumeID" FSType" ReadOnly! SecretRef:*LocalObjectReference
  ConfigMapProjection: Name" Items[]KeyToPath Optional?
  ConfigMapVolumeSource: Name" Items[]KeyToPath DefaultMode? Optional?
  DownwardAPIProjection: Items[]DownwardAPIVolumeFile
  DownwardAPIVolumeFile: Path" FieldRef:*ObjectFieldSelector ResourceFieldRef:*ResourceFieldSelector Mode?
  DownwardAPIVolumeSource: Items[]DownwardAPIVolumeFile DefaultMode?
  EmptyDirVolumeSource: Medium" SizeLimit?
  EphemeralVolumeSource: VolumeClaimTemplate:*PersistentVolumeClaimTemplate
  FCVolumeSource: TargetWWNs? Lun? FSType" ReadOnly! WWIDs=wwids?
  FlexPersistentVolumeSource: Driver" FSType" SecretRef:*SecretReference ReadOnly! Options?
  FlexVolumeSource: Driver" FSType" SecretRef:*LocalObjectReference ReadOnly! Options?
  FlockerVolumeSource: DatasetName" DatasetUUID"
  GCEPersistentDiskVolumeSource: PDName" FSType" Partition# ReadOnly!
  GitRepoVolumeSource: Repository" Revision" Directory"
  GlusterfsPersistentVolumeSource: EndpointsName=endpoints" Path" ReadOnly! EndpointsNamespace?
  GlusterfsVolumeSource: EndpointsName=endpoints" Path" ReadOnly!
  HostPathVolumeSource: Path" Type?
  ISCSIPersistentVolumeSource: TargetPortal" IQN" Lun# ISCSIInterface" FSType" ReadOnly! Portals?
      DiscoveryCHAPAuth=chapAuthDiscovery! SessionCHAPAuth=chapAuthSession! SecretRef:*SecretReference
      InitiatorName?
  ISCSIVolumeSource: TargetPortal" IQN" Lun# ISCSIInterface" FSType" ReadOnly! Portals?
      DiscoveryCHAPAuth=chapAuthDiscovery! SessionCHAPAuth=chapAuthSession! SecretRef:*LocalObjectReference
      InitiatorName?
  ImageVolumeSource: Reference" PullPolicy"
  KeyToPath: Key" Path" Mode?
  LocalObjectReference: Name"
  LocalVolumeSource: Path" FSType?
  NFSVolumeSource: Server" Path" ReadOnly!
  ObjectReference: Kind" Namespace" Name" UID" APIVersion" ResourceVersion" FieldPath"
  ModifyVolumeStatus: TargetVolumeAttributesClassName" Status"
  PersistentVolumeClaim: ^ Spec:PersistentVolumeClaimSpec Status:PersistentVolumeClaimStatus
  PersistentVolumeClaimSpec: AccessModes? Selector~ Resources:VolumeResourceRequirements VolumeName"
      StorageClassName? VolumeMode? DataSource:*TypedLocalObjectReference DataSourceRef:*TypedObjectReference
      VolumeAttributesClassName?
  PersistentVolumeClaimStatus: Phase" AccessModes? Capacity{ Conditions? AllocatedResources{
      AllocatedResourceStatuses{ CurrentVolumeAttributesClassName? ModifyVolumeStatus:*ModifyVolumeStatus
  PersistentVolumeClaimTemplate: ^ Spec:PersistentVolumeClaimSpec
  PersistentVolumeClaimVolumeSource: ClaimName" ReadOnly!
  PhotonPersistentDiskVolumeSource: PdID" FSType"
  PortworxVolumeSource: VolumeID" FSType" ReadOnly!
  ProjectedVolumeSource: Sources[]VolumeProjection DefaultMode?
  QuobyteVolumeSource: Registry" Volume" ReadOnly! User" Group" Tenant"
  RBDPersistentVolumeSource: CephMonitors=monitors? RBDImage=image" FSType" RBDPool=pool" RadosUser=user" Keyring"
      SecretRef:*SecretReference ReadOnly!
  RBDVolumeSource: CephMonitors=monitors? RBDImage=image" FSType" RBDPool=pool" RadosUser=user" Keyring"
      SecretRef:*LocalObjectReference ReadOnly!
  ScaleIOPersistentVolumeSource: Gateway" System" SecretRef:*SecretReference SSLEnabled! ProtectionDomain"
      StoragePool" StorageMode" VolumeName" FSType" ReadOnly!
  ScaleIOVolumeSource: Gateway" System" SecretRef:*LocalObjectReference SSLEnabled! ProtectionDomain" StoragePool"
      StorageMode" VolumeName" FSType" ReadOnly!
  SecretProjection: Name" Items[]KeyToPath Optional?
  SecretReference: Name" Namespace"
  SecretVolumeSource: SecretName" Items[]KeyToPath DefaultMode? Optional?
  ServiceAccountTokenProjection: Audience" ExpirationSeconds# Path"
  StorageOSPersistentVolumeSource: VolumeName" VolumeNamespace" FSType" ReadOnly! SecretRef:*ObjectReference
  StorageOSVolumeSource: VolumeName" VolumeNamespace" FSType" ReadOnly! SecretRef:*LocalObjectReference
  TypedLocalObjectReference: APIGroup? Kind" Name"
  TypedObjectReference: APIGroup? Kind" Name" Namespace?
  VolumeProjection: Secret:*SecretProjection DownwardAPI:*DownwardAPIProjection ConfigMap:*ConfigMapProjection
      ServiceAccountToken:*ServiceAccountTokenProjection ClusterTrustBundle? PodCertificate?
  VolumeResourceRequirements: Limits{ Requests{
  VsphereVirtualDiskVolumeSource: VolumePath" FSType" StoragePolicyName" StoragePolicyID"
`;
