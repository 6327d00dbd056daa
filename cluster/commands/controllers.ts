/** `sampan controllers`: the controllers and the scheduler in a process of their own, against an API server. */

import { judgePair } from '../../apiserver/auth/certificate-checks.ts';
import { CertificateSigner } from '../../apiserver/auth/certificate-signing.ts';
import { LEAF_VALID_MS } from '../../apiserver/auth/certificates.ts';
import { readPemFile } from '../../apiserver/auth/pem-file.ts';
import { secretTokenSigner } from '../../apiserver/auth/service-accounts/legacy-tokens.ts';
import { signingKey } from '../../apiserver/auth/service-accounts/signing-keys.ts';
import { UsageError } from '../../base/errors.ts';
import { silentRecorder } from '../../base/moments.ts';
import { systemClock, systemRandom } from '../../base/system.ts';
import { startControllers } from '../../controllers/controller-manager.ts';
import type { ControllerOptions } from '../../controllers/controller-registry.ts';
import { SHARED } from '../../controllers/identities.ts';
import type { Client } from '../../controllers/runtime/client.ts';
import { startScheduler } from '../../controllers/scheduler/scheduler.ts';
import { UNUSED_MS } from '../../controllers/service-account-tokens/unused-tokens.ts';
import { untilSignal } from '../exit-signals.ts';
import { boolean, command, duration, list, Option, parse } from '../flags.ts';
import { LOG_LEVELS, type LogLevel, processLogger } from '../process-logger.ts';
import { clientOfKubeconfig, tellUntilReached } from '../remote-client.ts';
import { accountClients } from '../service-account-credentials.ts';

interface Flags {
  readonly kubeconfig: string;
  readonly controllers?: readonly string[];
  readonly nodeMonitorGracePeriod: number;
  readonly useServiceAccountCredentials: boolean;
  readonly scheduler: boolean;
  readonly schedulerKubeconfig?: string;
  readonly serviceAccountPrivateKeyFile?: string;
  readonly rootCaFile?: string;
  readonly clusterSigningCertFile?: string;
  readonly clusterSigningKeyFile?: string;
  readonly clusterSigningDuration: number;
  readonly legacyServiceAccountTokenCleanUpPeriod: number;
  readonly logLevel: LogLevel;
}

export async function controllers(args: readonly string[]): Promise<number> {
  const parser = command('controllers', 'The controllers and the scheduler, against an API server.')
    .requiredOption('--kubeconfig <file>', 'how to reach the API server, and as whom')
    .option('--controllers <names>', 'only these controllers', list)
    .option(
      '--node-monitor-grace-period <duration>',
      'how long a node may be silent before it is NotReady',
      duration,
      40_000,
    )
    .option(
      '--use-service-account-credentials [bool]',
      'each controller acts as its own service account, with tokens that are asked for as --kubeconfig',
      boolean,
      false,
    )
    .option(
      '--service-account-private-key-file <file>',
      'signs the tokens that secrets hold; without it none are filled',
    )
    .option(
      '--cluster-signing-cert-file <file>',
      'the authority that signs certificate requests; without it none are signed',
    )
    .option('--cluster-signing-key-file <file>', 'its private key')
    .option(
      '--cluster-signing-duration <duration>',
      'how long certificates are valid that ask for nothing shorter',
      duration,
      LEAF_VALID_MS,
    )
    .option('--root-ca-file <file>', "the API server's authority, for secrets with tokens and for every namespace")
    .option(
      '--legacy-service-account-token-clean-up-period <duration>',
      'how long a token in a secret may be unused',
      duration,
      UNUSED_MS,
    )
    .option('--scheduler-kubeconfig <file>', 'as whom the scheduler acts; as --kubeconfig')
    .option('--no-scheduler', 'do not run the scheduler')
    .addOption(
      new Option('--log-level <level>', 'what to log on standard error').choices([...LOG_LEVELS]).default('warn'),
    );
  const flags = parse<Flags>(parser, args);
  const deps = {
    clock: systemClock,
    random: systemRandom,
    logger: processLogger(flags.logLevel, 'controllers'),
    recorder: silentRecorder,
  };
  const manager = await clientOfKubeconfig(flags.kubeconfig, 'kube-controller-manager');
  void tellUntilReached(manager, flags.kubeconfig, deps);
  const accounts = flags.useServiceAccountCredentials
    ? await accountClients(flags.kubeconfig, manager, systemClock)
    : undefined;
  const clientFor = (component: string): Client =>
    component === SHARED || accounts === undefined ? manager : accounts(component);
  const running = await startControllers({
    ...deps,
    clientFor,
    options: await optionsOf(flags),
    ...(flags.controllers === undefined ? {} : { only: flags.controllers }),
  });
  const schedulerClient = await clientOfKubeconfig(flags.schedulerKubeconfig ?? flags.kubeconfig, 'kube-scheduler');
  const scheduling = flags.scheduler ? await startScheduler({ ...deps, clientFor: () => schedulerClient }) : undefined;
  await running.started;
  process.stdout.write(
    `sampan controllers are ready: ${running.names.join(', ')}${scheduling === undefined ? '' : ', scheduler'}\n`,
  );
  return untilSignal(systemClock, async () => {
    await running.stop();
    await scheduling?.stop();
  });
}

/** UsageError with flag, file and reason. */
async function optionsOf(flags: Flags): Promise<ControllerOptions> {
  const { serviceAccountPrivateKeyFile: keyFile, rootCaFile, legacyServiceAccountTokenCleanUpPeriod: unusedMs } = flags;
  if (unusedMs === 0) throw new UsageError('--legacy-service-account-token-clean-up-period: must be longer than 0');
  const key =
    keyFile === undefined
      ? undefined
      : signingKey(await readPemFile(keyFile, '--service-account-private-key-file'), keyFile);
  const authority = await signingAuthority(flags);
  return {
    nodeMonitorGracePeriodMs: flags.nodeMonitorGracePeriod,
    ...(authority === undefined ? {} : { certificateAuthority: authority }),
    unusedTokenMs: unusedMs,
    ...(key === undefined ? {} : { signSecretToken: secretTokenSigner(key) }),
    ...(rootCaFile === undefined ? {} : { rootCaCertificate: await readPemFile(rootCaFile, '--root-ca-file') }),
  };
}

/** UsageError with flag, file and reason. */
async function signingAuthority(flags: Flags): Promise<CertificateSigner | undefined> {
  const { clusterSigningCertFile: certFile, clusterSigningKeyFile: keyFile, clusterSigningDuration: termMs } = flags;
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined)
    throw new UsageError('--cluster-signing-cert-file and --cluster-signing-key-file belong together');
  if (termMs <= 0) throw new UsageError('--cluster-signing-duration: must be longer than 0');
  const certificatePem = await readPemFile(certFile, '--cluster-signing-cert-file');
  const keyPem = await readPemFile(keyFile, '--cluster-signing-key-file');
  judgePair({ certificateFile: certFile, certificatePem, keyFile, keyPem });
  return new CertificateSigner({ certificatePem, keyPem }, { clock: systemClock, random: systemRandom, termMs });
}
