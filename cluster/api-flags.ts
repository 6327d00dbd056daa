/** The flags that `sampan up` and `sampan apiserver` share: kube-apiserver's names for what there is. */
import os from 'node:os';
import type { Command } from 'commander';
import { admissionPluginNames } from '../apiserver/admission/chain.ts';
import { IN_FLIGHT } from '../apiserver/auth/flow-control/max-in-flight.ts';
import { kubernetesVersion } from '../apiserver/machinery/version.ts';
import { UsageError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { ApiServerOptions } from './api-server-host.ts';
import { type BehaviourFlags, behaviourFlags } from './apiserver-flags/behaviour-flags.ts';
import { readFeatureGates } from './apiserver-flags/feature-gates.ts';
import { parseGoLine } from './apiserver-flags/go-command-line.ts';
import { goBoolean, goInteger } from './apiserver-flags/go-values.ts';
import { addIdleFlags, unheard } from './apiserver-flags/idle-flags.ts';
import { judgeOptions } from './apiserver-flags/option-errors.ts';
import { type AuditFlags, auditFlags, auditOptions } from './audit-flags.ts';
import { type AuthorizationFlags, authorizationFlags } from './authorization-flags.ts';
import { advertisedAddress } from './behaviour.ts';
import { list } from './flags.ts';
import { HelpShown } from './help-shown.ts';
import { defined, type IdentityFlags, identityFlags, identityOptions } from './identity-flags.ts';
import { firstAddress } from './service-range.ts';
import { type ServingFlags, servingFlags } from './serving-flags.ts';
import type { StoreChoice } from './store-backing.ts';

export interface ApiFlags extends ServingFlags, IdentityFlags, AuthorizationFlags, AuditFlags, BehaviourFlags {
  readonly dataDir: string;
  readonly etcdServers?: readonly string[];
  readonly etcdCafile?: string;
  readonly etcdCertfile?: string;
  readonly etcdKeyfile?: string;
  readonly serviceClusterIpRange: string;
  readonly enableAdmissionPlugins?: readonly string[];
  readonly disableAdmissionPlugins?: readonly string[];
  readonly admissionControlConfigFile?: string;
  readonly encryptionProviderConfig?: string;
  readonly encryptionProviderConfigAutomaticReload: boolean;
  readonly maxRequestsInflight?: number;
  readonly maxMutatingRequestsInflight?: number;
  readonly defaultNotReadyTolerationSeconds: number;
  readonly defaultUnreachableTolerationSeconds: number;
}

export function apiFlags(command: Command, securePort: number): Command {
  command.option('--data-dir <directory>', 'where everything is kept', '.sampan');
  servingFlags(command, securePort)
    .option('--etcd-servers <urls>', 'use this etcd cluster in place of our own store', list)
    .option('--etcd-cafile <file>', 'the authority of its certificates')
    .option('--etcd-certfile <file>', 'our certificate towards it')
    .option('--etcd-keyfile <file>', 'and its key')
    .option('--service-cluster-ip-range <cidr>', 'the addresses of services', '10.96.0.0/12');
  identityFlags(command);
  authorizationFlags(command)
    .option('--enable-admission-plugins <names>', 'admission plugins beside the default ones', list)
    .option('--disable-admission-plugins <names>', 'default admission plugins to leave out', list)
    .option('--admission-control-config-file <file>', 'their configuration (AdmissionConfiguration)');
  auditFlags(command)
    .option('--encryption-provider-config <file>', 'what to encrypt in the store, and how (EncryptionConfiguration)')
    .option('--encryption-provider-config-automatic-reload [bool]', 'read it again when it changes', goBoolean, false)
    .option('--max-requests-inflight <count>', 'requests worked on at once, of those that change nothing', goInteger)
    .option('--max-mutating-requests-inflight <count>', 'and of those that change something', goInteger)
    .option(
      '--default-not-ready-toleration-seconds <seconds>',
      'how long pods stay on a node that is not ready',
      goInteger,
      300,
    )
    .option(
      '--default-unreachable-toleration-seconds <seconds>',
      'how long pods stay on a node that is unreachable',
      goInteger,
      300,
    );
  return addIdleFlags(behaviourFlags(command));
}

/** What a command line asks for, checked; `logged`: what of it the log is to tell. */
export interface ReadFlags<T> {
  readonly flags: T;
  tell(logger: Logger): void;
}

/** UsageError for what cannot be; `HelpShown` after --help and --version. */
export function readApiFlags<T extends ApiFlags>(parser: Command, args: readonly string[]): ReadFlags<T> {
  const { flags, given } = parseGoLine<T>(parser, args);
  if (flags.version === 'true' || flags.version === 'raw') {
    process.stdout.write(versionText(flags.version));
    throw new HelpShown();
  }
  judgeOptions(flags, given);
  return {
    flags,
    tell(logger) {
      const idle = unheard(given);
      if (Object.keys(idle).length > 0) logger.warn({ flags: idle }, 'flags without effect');
      const gates = readFeatureGates(flags.featureGates ?? []).unheard;
      if (gates.length > 0) logger.warn({ gates }, 'feature gates that cannot be switched here');
      const { storageMediaType: type } = flags;
      if (type !== '' && type !== 'application/json') {
        logger.warn({ flags: { '--storage-media-type': 'objects are stored as JSON' } }, 'flags without effect');
      }
      if (allowsAll(flags) && flags.anonymousAuth !== false)
        logger.warn({}, 'nobody is let in who proves nothing: everything is allowed (AlwaysAllow)');
    },
  };
}

function versionText(form: string): string {
  if (form !== 'raw') return `Kubernetes ${kubernetesVersion.gitVersion}\n`;
  const fields = Object.entries(kubernetesVersion).map(
    ([name, value]) => `${name[0]?.toUpperCase()}${name.slice(1)}:${JSON.stringify(value)}`,
  );
  return `version.Info{${fields.join(', ')}}\n`;
}

function allowsAll({ authorizationMode }: ApiFlags): boolean {
  return authorizationMode?.includes('AlwaysAllow') ?? false;
}

/** UsageError for flags that contradict each other; what files say is read when the server is made. */
export function apiOptions(flags: ApiFlags): Omit<ApiServerOptions, 'pki' | 'store' | 'podLogs'> {
  const {
    encryptionProviderConfig,
    encryptionProviderConfigAutomaticReload: reload,
    admissionControlConfigFile,
  } = flags;
  const inFlight = {
    reading: flags.maxRequestsInflight ?? IN_FLIGHT.reading,
    mutating: flags.maxMutatingRequestsInflight ?? IN_FLIGHT.mutating,
  };
  return {
    bindAddress: flags.bindAddress,
    port: flags.securePort,
    serviceClusterIpRange: flags.serviceClusterIpRange,
    names: {
      hostname: os.hostname(),
      serviceIp: firstAddress(flags.serviceClusterIpRange, '--service-cluster-ip-range'),
      extraNames: extraNames(flags),
    },
    serving: flags,
    behaviour: flags,
    identity: { ...identityOptions(flags), allowsAll: allowsAll(flags) },
    authorization: flags,
    enableAdmissionPlugins: flags.admissionControl ?? flags.enableAdmissionPlugins ?? [],
    disableAdmissionPlugins: disabledPlugins(flags),
    ...defined({
      admissionConfigFile: admissionControlConfigFile,
      audit: auditOptions(flags),
      encryption: encryptionProviderConfig === undefined ? undefined : { file: encryptionProviderConfig, reload },
    }),
    inFlight,
    seats: inFlight.reading + inFlight.mutating,
    notReadyTolerationSeconds: flags.defaultNotReadyTolerationSeconds,
    unreachableTolerationSeconds: flags.defaultUnreachableTolerationSeconds,
  };
}

/** With `--admission-control`, all that it does not name. */
function disabledPlugins({ admissionControl, disableAdmissionPlugins = [] }: ApiFlags): readonly string[] {
  if (admissionControl === undefined) return disableAdmissionPlugins;
  return admissionPluginNames.filter((name) => !admissionControl.includes(name));
}

/** What the serving certificate is made out to beside what it always is. */
function extraNames(flags: ApiFlags): readonly string[] {
  const { bindAddress, externalHostname = '' } = flags;
  const names = [bindAddress, advertisedAddress(bindAddress, flags), externalHostname];
  return [...new Set(names)].filter((name) => name !== '' && name !== '127.0.0.1');
}

/** The etcd that the flags name, if they name one. */
export function etcdChoice(flags: ApiFlags): (StoreChoice & { type: 'external' }) | undefined {
  const { etcdServers, etcdCafile, etcdCertfile, etcdKeyfile } = flags;
  if (etcdServers === undefined) return undefined;
  if (etcdServers.length === 0) throw new UsageError('--etcd-servers names no address');
  return {
    type: 'external',
    endpoints: etcdServers,
    compactionMs: flags.etcdCompactionInterval,
    ...(etcdCafile === undefined ? {} : { caFile: etcdCafile }),
    ...(etcdCertfile === undefined ? {} : { certFile: etcdCertfile }),
    ...(etcdKeyfile === undefined ? {} : { keyFile: etcdKeyfile }),
  };
}
