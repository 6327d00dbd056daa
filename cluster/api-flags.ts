/** The flags that `sampan up` and `sampan apiserver` share: kube-apiserver's names for what there is. */
import os from 'node:os';
import type { Command } from 'commander';
import { UsageError } from '../base/errors.ts';
import type { ApiServerOptions } from './api-server-host.ts';
import { type AuditFlags, auditFlags, auditOptions } from './audit-flags.ts';
import { type AuthorizationFlags, authorizationFlags } from './authorization-flags.ts';
import { boolean, integer, list, seconds } from './flags.ts';
import { defined, type IdentityFlags, identityFlags, identityOptions } from './identity-flags.ts';
import { firstAddress } from './service-range.ts';
import { type ServingFlags, servingFlags } from './serving-flags.ts';
import type { StoreChoice } from './store-backing.ts';

export interface ApiFlags extends ServingFlags, IdentityFlags, AuthorizationFlags, AuditFlags {
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
  return auditFlags(command)
    .option('--encryption-provider-config <file>', 'what to encrypt in the store, and how (EncryptionConfiguration)')
    .option('--encryption-provider-config-automatic-reload [bool]', 'read it again when it changes', boolean, false)
    .option('--max-requests-inflight <count>', 'requests worked on at once, of those that change nothing', integer(0))
    .option('--max-mutating-requests-inflight <count>', 'and of those that change something', integer(0))
    .option(
      '--default-not-ready-toleration-seconds <seconds>',
      'how long pods stay on a node that is not ready',
      seconds,
      300,
    )
    .option(
      '--default-unreachable-toleration-seconds <seconds>',
      'how long pods stay on a node that is unreachable',
      seconds,
      300,
    );
}

/** UsageError for flags that contradict each other; what files say is read when the server is made. */
export function apiOptions(flags: ApiFlags): Omit<ApiServerOptions, 'pki' | 'store' | 'podLogs'> {
  const {
    encryptionProviderConfig,
    encryptionProviderConfigAutomaticReload: reload,
    admissionControlConfigFile,
  } = flags;
  const seats = (flags.maxRequestsInflight ?? 0) + (flags.maxMutatingRequestsInflight ?? 0);
  return {
    bindAddress: flags.bindAddress,
    port: flags.securePort,
    serviceClusterIpRange: flags.serviceClusterIpRange,
    names: {
      hostname: os.hostname(),
      serviceIp: firstAddress(flags.serviceClusterIpRange, '--service-cluster-ip-range'),
      extraNames: flags.bindAddress === '127.0.0.1' ? [] : [flags.bindAddress],
    },
    serving: flags,
    identity: identityOptions(flags),
    authorization: flags,
    enableAdmissionPlugins: flags.enableAdmissionPlugins ?? [],
    disableAdmissionPlugins: flags.disableAdmissionPlugins ?? [],
    ...defined({
      admissionConfigFile: admissionControlConfigFile,
      audit: auditOptions(flags),
      encryption: encryptionProviderConfig === undefined ? undefined : { file: encryptionProviderConfig, reload },
      seats: seats === 0 ? undefined : seats,
    }),
    notReadyTolerationSeconds: flags.defaultNotReadyTolerationSeconds,
    unreachableTolerationSeconds: flags.defaultUnreachableTolerationSeconds,
  };
}

/** The etcd that the flags name, if they name one. */
export function etcdChoice(flags: ApiFlags): (StoreChoice & { type: 'external' }) | undefined {
  const { etcdServers, etcdCafile, etcdCertfile, etcdKeyfile } = flags;
  if (etcdServers === undefined) return undefined;
  if (etcdServers.length === 0) throw new UsageError('--etcd-servers names no address');
  return {
    type: 'external',
    endpoints: etcdServers,
    ...(etcdCafile === undefined ? {} : { caFile: etcdCafile }),
    ...(etcdCertfile === undefined ? {} : { certFile: etcdCertfile }),
    ...(etcdKeyfile === undefined ? {} : { keyFile: etcdKeyfile }),
  };
}
