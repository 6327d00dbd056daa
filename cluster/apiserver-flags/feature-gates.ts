/**
 * `--feature-gates` and the version flags beside it. The gates of kube-apiserver 1.36 are known with their defaults, which
 * is what this server does. None of them can be switched here: one that is given its default says nothing, any other
 * value is told in the log, and a name that is no gate, or a value that a gate cannot have, is refused as upstream does.
 */
import { goBoolean } from './go-values.ts';

const gates = {
  on: `
    APIResponseCompression APIServerIdentity AllowParsingUserUIDFromCertAuth AllowServiceExternalIPs AtomicFIFO
    AuthorizePodWebsocketUpgradeCreatePermission CPUManagerPolicyBetaOptions CRDObservedGenerationTracking
    ClearingNominatedNodeNameAfterBinding ClientsAllowCARotation ClientsAllowTLSCacheGC ComponentFlagz
    ComponentStatusz ConstrainedImpersonation ContainerCheckpoint ContainerRestartRules ContextualLogging
    CustomCPUCFSQuotaPeriod DRAConsumableCapacity DRADeviceBindingConditions DRADeviceTaints DRAExtendedResource
    DRAPartitionableDevices DRAPrioritizedList DRAResourceClaimDeviceStatus
    DRAResourceClaimGranularStatusAuthorization DRASchedulerFilterTimeout DeclarativeValidationBeta
    DeploymentReplicaSetTerminatingReplicas DetectCacheInconsistency DisableCPUQuotaWithExclusiveCPUs EnvFiles
    ExtendWebSocketsToKubelet GracefulNodeShutdown GracefulNodeShutdownBasedOnPodPriority
    HPAConfigurableTolerance HostnameOverride InOrderInformersBatchProcess
    InPlacePodLevelResourcesVerticalScaling InPlacePodVerticalScalingInitContainers InformerResourceVersion
    KubeletCrashLoopBackOffMax KubeletEnsureSecretPulledImages KubeletPodResourcesListUseActivePods
    KubeletSeparateDiskGC KubeletServiceAccountTokenForCredentialProviders ListFromCacheSnapshot
    LoggingBetaOptions MatchLabelKeysInPodTopologySpread MatchLabelKeysInPodTopologySpreadSelectorMerge
    MutablePodResourcesForSuspendedJobs MutableSchedulingDirectivesForSuspendedJobs MutatingAdmissionPolicy
    NodeDeclaredFeatures NominatedNodeNameForExpectation OpenAPIEnums OpportunisticBatching PLEGOnDemandRelist
    PodDeletionCost PodLevelResources PodReadyToStartContainersCondition PodTopologyLabelsAdmission
    PortForwardWebsockets PreventStaticPodAPIReferences RelaxedServiceNameValidation ReloadKubeletClientCAFile
    ReloadKubeletServerCertificateFile RemoteRequestHeaderUID ResourceHealthStatus ResourceHealthStatusMessage
    RestartAllContainersOnContainerExits RotateKubeletServerCertificate SchedulerAsyncPreemption
    SchedulerPopFromBackoffQ ServiceAccountNodeAudienceRestriction ServiceCIDRStatusFieldWiping
    SizeBasedListCostEstimate StaleControllerConsistencyDaemonSet StaleControllerConsistencyJob
    StaleControllerConsistencyReplicaSet StaleControllerConsistencyStatefulSet
    StatefulSetSemanticRevisionComparison StorageNamespaceIndex StorageVersionHash StrictIPCIDRValidation
    StructuredAuthenticationConfigurationEgressSelector StructuredAuthenticationConfigurationJWKSMetrics
    TokenRequestServiceAccountUIDValidation TopologyManagerPolicyBetaOptions
    TranslateStreamCloseWebsocketRequests UnauthenticatedHTTP2DOSMitigation UnknownVersionInteroperabilityProxy
    UnlockWhileProcessingFIFO WatchCacheInitializationPostStartHook WatchList WatchListClient
    WindowsGracefulNodeShutdown`,
  off: `
    APIServingWithRoutine AllowDNSOnlyNodeCSR AllowInsecureKubeletCertificateSigningRequests
    AllowUnsafeMalformedObjectDeletion CBORServingAndStorage CPUManagerPolicyAlphaOptions CRIListStreaming
    CSIVolumeHealth ChangeContainerStatusOnKubeletRestart ClientsAllowCBOR ClientsPreferCBOR
    CloudControllerManagerWatchBasedRoutesReconciliation CloudControllerManagerWebhook ClusterTrustBundle
    ClusterTrustBundleProjection ConcurrentWatchObjectDecode ContainerStopSignals
    ControllerManagerReleaseLeaderElectionLockOnExit CoordinatedLeaderElection CrossNamespaceVolumeDataSource
    DRADeviceTaintRules DRAListTypeAttributes DRANodeAllocatableResources DRAResourcePoolStatus
    DRAWorkloadResourceClaims DeclarativeValidationTakeover EventedPLEG GangScheduling GenericWorkload
    HPAScaleToZero ImageVolumeWithDigest InPlacePodVerticalScalingExclusiveCPUs
    InPlacePodVerticalScalingExclusiveMemory KMSv1 KubeletInUserNamespace KubeletRegistrationGetOnExistsOnly
    LocalStorageCapacityIsolationFSQuotaMonitoring LoggingAlphaOptions ManifestBasedAdmissionControlConfig
    MaxUnavailableStatefulSet MemoryQoS MutablePVNodeAffinity NativeHistograms
    PersistentVolumeClaimUnusedSinceTime PodAndContainerStatsFromCRI PodCertificateRequest
    PodLevelResourceManagers PodLogsQuerySplitStreams PodsAPI QOSReserved ReduceDefaultCrashLoopBackOffDecay
    RuntimeClassInImageCriApi SELinuxMount SchedulerAsyncAPICalls ShardedListAndWatch StorageCapacityScoring
    StorageVersionAPI StorageVersionMigrator TaintTolerationComparisonOperators TopologyAwareWorkloadScheduling
    TopologyManagerPolicyAlphaOptions UserNamespacesHostNetworkSupport VolumeLimitScaling
    WindowsCPUAndMemoryAffinity WindowsHostNetwork WorkloadAwarePreemption WorkloadWithJob`,
  alwaysOn: `
    APIServerTracing AggregatedDiscoveryRemoveBetaType AnonymousAuthConfigurableEndpoints AnyVolumeDataSource
    AuthorizeNodeWithSelectors AuthorizeWithSelectors BtreeWatchCache CPUManagerPolicyOptions
    CRDValidationRatcheting CSIServiceAccountTokenSecrets ConsistentListFromCache CustomResourceFieldSelectors
    DRAAdminAccess DeclarativeValidation DisableAllocatorDualWrite DisableNodeKubeProxyVersion
    DynamicResourceAllocation ExecProbeTimeout ExternalServiceAccountTokenSigner ImageMaximumGCAge ImageVolume
    InOrderInformers InPlacePodVerticalScaling JobBackoffLimitPerIndex JobManagedBy JobPodReplacementPolicy
    JobSuccessPolicy KubeletCgroupDriverFromCRI KubeletFineGrainedAuthz KubeletPSI
    KubeletPodResourcesDynamicResources KubeletPodResourcesGet KubeletTracing LogarithmicScaleDown
    MatchLabelKeysInPodAffinity MultiCIDRServiceAllocator MutableCSINodeAllocatableCount NFTablesProxyMode
    NodeInclusionPolicyInPodTopologySpread NodeLogQuery NodeSwap OrderedNamespaceDeletion
    PodLifecycleSleepAction PodLifecycleSleepActionAllowZero PodObservedGenerationTracking
    PodSchedulingReadiness PreferSameTrafficDistribution ProcMountType RecoverVolumeExpansionFailure
    RecursiveReadOnlyMounts RelaxedDNSSearchValidation RelaxedEnvironmentVariableValidation
    ResilientWatchCacheInitialization RetryGenerateName SELinuxChangePolicy SELinuxMountReadWriteOncePod
    SchedulerQueueingHints SeparateTaintEvictionController ServiceAccountTokenJTI ServiceAccountTokenNodeBinding
    ServiceAccountTokenNodeBindingValidation ServiceAccountTokenPodNodeInfo SidecarContainers
    StreamingCollectionEncodingToJSON StreamingCollectionEncodingToProtobuf
    StructuredAuthenticationConfiguration SupplementalGroupsPolicy SystemdWatchdog TopologyManagerPolicyOptions
    UserNamespacesSupport VolumeAttributesClass WinDSR WinOverlay`,
  alwaysOff: `
    AllowOverwriteTerminationGracePeriodSeconds GitRepoVolumeDriver SeparateCacheWatchRPC`,
} as const;

/** They stand for all gates of their stage. */
const STAGES = ['AllAlpha', 'AllBeta'];

export interface GateChoice {
  /** Given another value than what is done here. */
  readonly unheard: readonly string[];
  readonly errors: readonly string[];
}

/** @param given pairs of a component (`kube`, or none) and `Gate=true` */
export function readFeatureGates(given: readonly (readonly [string, string])[]): GateChoice {
  if (given.length === 0) return { unheard: [], errors: [] };
  const components = new Set(given.map(([component]) => component));
  const stranger = [...components].find((component) => component !== '' && component !== 'kube');
  if (stranger !== undefined) return { unheard: [], errors: [`component not registered: ${stranger}`] };
  if (components.size > 1) {
    const mixed = 'set kube feature gates with default empty prefix or kube: prefix consistently, do not mix use';
    return { unheard: [], errors: [mixed] };
  }
  const values = new Map<string, boolean>();
  for (const [, pair] of given) {
    const [name = '', value] = pair.split('=', 2).map((part) => part.trim());
    if (value === undefined) return { unheard: [], errors: [`missing bool value for ${name}`] };
    try {
      values.set(name, goBoolean(value));
    } catch (thrown) {
      return { unheard: [], errors: [`invalid value of ${name}=${value}, err: ${(thrown as Error).message}`] };
    }
  }
  return judge(values);
}

function judge(values: ReadonlyMap<string, boolean>): GateChoice {
  const known = knownGates();
  const unheard: string[] = [];
  const errors: string[] = [];
  for (const [name, value] of [...values].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const gate = known.get(name);
    if (gate === undefined) errors.push(`unrecognized feature gate: ${name}`);
    else if (value === gate.value) continue;
    else if (gate.locked) {
      errors.push(`cannot set feature gate ${name} to ${value}, feature is locked to ${gate.value}`);
    } else unheard.push(`${name}=${value}`);
  }
  return { unheard, errors };
}

interface Gate {
  readonly value: boolean;
  readonly locked: boolean;
}

function knownGates(): ReadonlyMap<string, Gate> {
  const of = (names: string, gate: Gate): [string, Gate][] =>
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, gate]);
  return new Map([
    ...of(gates.on, { value: true, locked: false }),
    ...of(gates.off, { value: false, locked: false }),
    ...of(gates.alwaysOn, { value: true, locked: true }),
    ...of(gates.alwaysOff, { value: false, locked: true }),
    ...STAGES.map((name): [string, Gate] => [name, { value: false, locked: false }]),
  ]);
}

interface Release {
  readonly major: string;
  readonly minor: string;
}

interface VersionFlags {
  readonly emulatedVersion?: readonly string[];
  readonly minCompatibilityVersion?: readonly string[];
  readonly emulationForwardCompatible: boolean;
  readonly runtimeConfigEmulationForwardCompatible: boolean;
}

/** How many minor versions back a server can be asked to be (upstream's floor). */
const MINORS_BACK = 3;

/** What cannot be of the versions: this server is one version, so that another is refused. */
export function versionErrors(flags: VersionFlags, release: Release): readonly string[] {
  const own = Number(release.minor);
  const emulated = versionOf(flags.emulatedVersion);
  const least = versionOf(flags.minCompatibilityVersion);
  const malformed = [emulated, least].find((each) => typeof each === 'string');
  if (typeof malformed === 'string') return [malformed];
  const errors: string[] = [];
  const floor = `1.${own - MINORS_BACK}`;
  const shown = `${release.major}.${release.minor}`;
  const outside = (version: readonly number[]): boolean =>
    version[0] !== Number(release.major) || (version[1] ?? 0) > own || (version[1] ?? 0) < own - MINORS_BACK;
  if (typeof emulated === 'object') {
    if (outside(emulated)) {
      errors.push(`emulation version ${emulated.join('.')} is not between [${floor}, ${shown}]`);
    } else if (emulated[1] !== own) {
      errors.push(`--emulated-version: this server is like ${shown} and cannot be like ${emulated.join('.')}`);
    }
  }
  if (typeof least === 'object' && outside(least)) {
    errors.push(`minCompatibilityVersion version ${least.join('.')} is not between [${floor}, ${shown}]`);
  }
  const same = (option: string): string =>
    `ServerRunOptions.${option} cannot be set to true if the emulation version is the same as the binary version`;
  if (flags.emulationForwardCompatible) errors.push(same('EmulationForwardCompatible'));
  if (flags.runtimeConfigEmulationForwardCompatible) errors.push(same('RuntimeConfigEmulationForwardCompatible'));
  return errors;
}

/** `kube=1.36` or `1.36`. A text: what is wrong. */
function versionOf(given: readonly string[] | undefined): readonly number[] | string | undefined {
  let version: readonly number[] | undefined;
  for (const pair of given ?? []) {
    const [first = '', second] = pair.split('=', 2);
    const component = second === undefined ? 'kube' : first;
    const match = /^v?(\d+)\.(\d+)(\.\d+)?$/.exec(second ?? first);
    if (match === null) return `could not parse ${JSON.stringify(second ?? first)} as version`;
    if (match[3] !== undefined) return `patch version not allowed, got: ${component}=${second ?? first}`;
    if (component !== 'kube') return `component not registered: ${component}`;
    const next = [Number(match[1]), Number(match[2])];
    if (version !== undefined) return `duplicate version flag, kube=${version.join('.')} and kube=${next.join('.')}`;
    version = next;
  }
  return version;
}
