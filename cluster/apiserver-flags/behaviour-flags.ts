/** kube-apiserver's flags about how the server behaves: what it is called, how long things may take, which APIs it has. */
import { type Command, InvalidArgumentError } from 'commander';
import { kubernetesVersion } from '../../apiserver/machinery/version.ts';
import {
  goBoolean,
  goComponentValues,
  goConfigurationMap,
  goDuration,
  goInt32s,
  goInteger,
  goIp,
  goLevel,
  goPortRange,
  goStrings,
  type PortRange,
} from './go-values.ts';

export interface BehaviourFlags {
  readonly advertiseAddress?: string;
  readonly externalHostname?: string;
  readonly corsAllowedOrigins?: readonly string[];
  readonly strictTransportSecurityDirectives?: readonly string[];
  readonly requestTimeout: number;
  readonly minRequestTimeout: number;
  readonly livezGracePeriod: number;
  readonly shutdownDelayDuration: number;
  readonly shutdownSendRetryAfter: boolean;
  readonly shutdownWatchTerminationGracePeriod: number;
  readonly sendRetryAfterWhileNotReadyOnce: boolean;
  readonly runtimeConfig?: ReadonlyMap<string, string>;
  readonly featureGates?: readonly (readonly [string, string])[];
  readonly emulatedVersion?: readonly string[];
  readonly minCompatibilityVersion?: readonly string[];
  readonly emulationForwardCompatible: boolean;
  readonly runtimeConfigEmulationForwardCompatible: boolean;
  readonly etcdHealthcheckTimeout?: number;
  readonly etcdReadycheckTimeout?: number;
  readonly etcdCompactionInterval: number;
  readonly etcdPrefix: string;
  readonly storageBackend: string;
  readonly storageMediaType: string;
  readonly certDir?: string;
  readonly tlsCurvePreferences?: readonly number[];
  readonly allowPrivileged: boolean;
  readonly eventTtl: number;
  readonly endpointReconcilerType: string;
  readonly kubernetesServiceNodePort: number;
  readonly serviceNodePortRange?: PortRange;
  readonly admissionControl?: readonly string[];
  readonly leaseReuseDurationSeconds?: number;
  readonly enablePriorityAndFairness: boolean;
  readonly enableGarbageCollector: boolean;
  readonly loggingFormat?: string;
  readonly v?: number;
  readonly disabledMetrics?: readonly string[];
  readonly version?: string;
}

const HOUR_MS = 3_600_000;
const COMPACTION_MS = 300_000;
const REQUEST_MS = 60_000;
const MIN_REQUEST_SECONDS = 1800;

export function behaviourFlags(command: Command): Command {
  command
    .option(
      '--advertise-address <ip>',
      'the address at which the cluster reaches the API; that of --bind-address',
      goIp,
    )
    .option('--external-hostname <name>', 'the name of this server in addresses that it gives out')
    .option('--cors-allowed-origins <patterns>', 'origins whose pages browsers let use the API', goStrings)
    .option('--strict-transport-security-directives <directives>', 'what answers say to browsers of HTTPS', goStrings)
    .option('--request-timeout <duration>', 'how long a request may take', goDuration, REQUEST_MS)
    .option(
      '--min-request-timeout <seconds>',
      'how long a watch lasts at least, when its client does not say',
      goInteger,
      MIN_REQUEST_SECONDS,
    )
    .option('--livez-grace-period <duration>', 'how long /livez overlooks what the start has not done', goDuration, 0)
    .option('--shutdown-delay-duration <duration>', 'how long to serve on when told to end', goDuration, 0)
    .option('--shutdown-send-retry-after [bool]', 'send new requests away while the last ones end', goBoolean, false)
    .option(
      '--shutdown-watch-termination-grace-period <duration>',
      'how long watches may last when all else has ended',
      goDuration,
      0,
    )
    .option('--send-retry-after-while-not-ready-once [bool]', 'send requests away until ready', goBoolean, false)
    .option(
      '--runtime-config <key=bool>',
      'APIs to serve or not: api/all, api/ga, GROUP/VERSION[/RESOURCE]',
      goConfigurationMap,
    )
    .option('--feature-gates <gate=bool>', 'gates of kube-apiserver; none can be switched here', goComponentValues)
    .option('--emulated-version <version>', 'the version to be like; only its own', goStrings)
    .option('--min-compatibility-version <version>', 'the oldest version of its peers', goStrings)
    .option('--emulation-forward-compatible [bool]', 'with --emulated-version', goBoolean, false)
    .option('--runtime-config-emulation-forward-compatible [bool]', 'with --emulated-version', goBoolean, false);
  return storageFlags(command);
}

function storageFlags(command: Command): Command {
  return command
    .option('--etcd-prefix <prefix>', 'what all keys in the store begin with', '/registry')
    .option(
      '--etcd-healthcheck-timeout <duration>',
      'how long the store may take to show that it is well (2s)',
      goDuration,
    )
    .option('--etcd-readycheck-timeout <duration>', 'and that it is ready (2s)', goDuration)
    .option(
      '--etcd-compaction-interval <duration>',
      'how long the store keeps old revisions; 0: not our affair',
      goDuration,
      COMPACTION_MS,
    )
    .option('--storage-backend <name>', 'etcd3', '')
    .option('--storage-media-type <type>', 'objects are always stored as JSON', '')
    .option('--cert-dir <directory>', 'where the serving certificate is, or is put: apiserver.crt and apiserver.key')
    .option('--tls-curve-preferences <ids>', "Go's numbers of curves, the ones to agree on keys with", goInt32s)
    .option('--allow-privileged [bool]', 'let containers be privileged', goBoolean, true)
    .option('--lease-reuse-duration-seconds <seconds>', 'how long events share a lease, at most (60)', goInteger)
    .option('--event-ttl <duration>', 'how long events are kept', goDuration, HOUR_MS)
    .option(
      '--endpoint-reconciler-type <type>',
      'lease, master-count or none: who the service kubernetes leads to',
      'lease',
    )
    .option('--kubernetes-service-node-port <port>', 'a node port for the service kubernetes', goInteger, 0)
    .option('--service-node-port-range <range>', 'the node ports of services (30000-32767)', goPortRange)
    .option('--enable-priority-and-fairness [bool]', 'requests take turns; else they are only counted', goBoolean, true)
    .option('--enable-garbage-collector [bool]', 'deletions wait for what depends on an object', goBoolean, true)
    .option('--logging-format <format>', 'the form of the log: text or json')
    .option('-v, --v <level>', 'how much to log: from 4 on everything', goLevel)
    .option('--disabled-metrics <names>', 'metrics not to tell', goStrings)
    .option('--version [form]', 'tell the version (or raw) and end; vX.Y.Z…: the version to report', versionForm)
    .option('--admission-control <names>', 'the admission plugins, all of them (deprecated)', goStrings);
}

/** `true`, `raw`, or a version to report: the own one, with something after it. */
function versionForm(text: string): string {
  if (text === 'raw') return text;
  if (!text.startsWith('v')) return String(goBoolean(text));
  const { major, minor } = kubernetesVersion;
  if (!/^v\d+\.\d+\.\d+(?:[-+].*)?$/.test(text)) {
    throw new InvalidArgumentError(`illegal version string ${JSON.stringify(text)}`);
  }
  if (text.startsWith(`v${major}.${minor}.`)) return text;
  throw new InvalidArgumentError(
    `version ${JSON.stringify(text)} must match major/minor/patch of default version "${kubernetesVersion.gitVersion}"`,
  );
}
