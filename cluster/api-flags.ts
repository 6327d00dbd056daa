/** The flags that `sampan up` and `sampan apiserver` share: kube-apiserver's names for what there is. */

import os from 'node:os';
import type { Command } from 'commander';
import { UsageError } from '../base/errors.ts';
import type { ApiServerOptions } from './api-server-host.ts';
import { integer, list, port, seconds } from './flags.ts';
import { firstAddress } from './service-range.ts';
import type { StoreChoice } from './store-backing.ts';

export interface ApiFlags {
  readonly dataDir: string;
  readonly bindAddress: string;
  readonly securePort: number;
  readonly tokenAuthFile?: string;
  readonly etcdServers?: readonly string[];
  readonly etcdCafile?: string;
  readonly etcdCertfile?: string;
  readonly etcdKeyfile?: string;
  readonly serviceClusterIpRange: string;
  readonly enableAdmissionPlugins?: readonly string[];
  readonly disableAdmissionPlugins?: readonly string[];
  readonly authorizationMode?: readonly string[];
  readonly auditPolicyFile?: string;
  readonly auditLogPath?: string;
  readonly auditLogMaxsize: number;
  readonly auditLogMaxage: number;
  readonly auditLogMaxbackup: number;
  readonly encryptionProviderConfig?: string;
  readonly defaultNotReadyTolerationSeconds: number;
  readonly defaultUnreachableTolerationSeconds: number;
}

export function apiFlags(command: Command, securePort: number): Command {
  return command
    .option('--data-dir <directory>', 'where everything is kept', '.sampan')
    .option('--bind-address <address>', 'the address the API listens on', '127.0.0.1')
    .option('--secure-port <port>', 'the port the API listens on; 0: a free one', port, securePort)
    .option('--token-auth-file <file>', 'static bearer tokens: token,user,uid,"group1,group2" a line')
    .option('--etcd-servers <urls>', 'use this etcd cluster in place of our own store', list)
    .option('--etcd-cafile <file>', 'the authority of its certificates')
    .option('--etcd-certfile <file>', 'our certificate towards it')
    .option('--etcd-keyfile <file>', 'and its key')
    .option('--service-cluster-ip-range <cidr>', 'the addresses of services', '10.96.0.0/12')
    .option('--enable-admission-plugins <names>', 'admission plugins beside the default ones', list)
    .option('--disable-admission-plugins <names>', 'default admission plugins to leave out', list)
    .option('--authorization-mode <modes>', 'who decides what users may do, asked in turn', list)
    .option('--audit-policy-file <file>', 'what to write down of which requests (audit.k8s.io/v1 Policy)')
    .option('--audit-log-path <file>', 'where to write it, one event a line')
    .option('--audit-log-maxsize <megabytes>', 'set the audit log aside at this size', integer(0), 100)
    .option('--audit-log-maxage <days>', 'remove audit logs set aside after so long; 0: never', integer(0), 0)
    .option('--audit-log-maxbackup <count>', 'keep so many audit logs set aside; 0: all', integer(0), 0)
    .option('--encryption-provider-config <file>', 'what to encrypt in the store, and how (EncryptionConfiguration)')
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

export function apiOptions(flags: ApiFlags): Omit<ApiServerOptions, 'pki' | 'store' | 'podLogs'> {
  const { tokenAuthFile, enableAdmissionPlugins = [], disableAdmissionPlugins = [], authorizationMode } = flags;
  return {
    bindAddress: flags.bindAddress,
    port: flags.securePort,
    serviceClusterIpRange: flags.serviceClusterIpRange,
    names: {
      hostname: os.hostname(),
      serviceIp: firstAddress(flags.serviceClusterIpRange, '--service-cluster-ip-range'),
      extraNames: flags.bindAddress === '127.0.0.1' ? [] : [flags.bindAddress],
    },
    enableAdmissionPlugins,
    disableAdmissionPlugins,
    ...(authorizationMode === undefined ? {} : { authorizationModes: authorizationMode }),
    ...(tokenAuthFile === undefined ? {} : { tokenAuthFile }),
    ...(flags.auditPolicyFile === undefined ? {} : { audit: auditOptions(flags.auditPolicyFile, flags) }),
    ...(flags.encryptionProviderConfig === undefined ? {} : { encryptionConfigFile: flags.encryptionProviderConfig }),
    notReadyTolerationSeconds: flags.defaultNotReadyTolerationSeconds,
    unreachableTolerationSeconds: flags.defaultUnreachableTolerationSeconds,
  };
}

function auditOptions(policyFile: string, flags: ApiFlags): NonNullable<ApiServerOptions['audit']> {
  const { auditLogPath: file, auditLogMaxsize, auditLogMaxage, auditLogMaxbackup } = flags;
  if (file === undefined)
    throw new UsageError('--audit-policy-file needs --audit-log-path: nothing would be written anywhere');
  return {
    policyFile,
    log: {
      file,
      limits: { maxSizeMegabytes: auditLogMaxsize, maxAgeDays: auditLogMaxage, maxBackups: auditLogMaxbackup },
    },
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
