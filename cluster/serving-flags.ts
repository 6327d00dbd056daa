/** kube-apiserver's flags about how the API is served: address, certificate, TLS. */
import type { Command } from 'commander';
import { RENEW_BEFORE_MS, validUntilMs } from '../apiserver/auth/certificates.ts';
import { loadPair } from '../apiserver/auth/pki.ts';
import { opensslCipherOf, SECURE_CIPHER_SUITES } from '../apiserver/http/cipher-suites.ts';
import type { Clock } from '../base/clock.ts';
import { UsageError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { choice, list, port } from './flags.ts';

export interface ServingFlags {
  readonly bindAddress: string;
  readonly securePort: number;
  readonly tlsCertFile?: string;
  readonly tlsPrivateKeyFile?: string;
  readonly tlsMinVersion?: 'VersionTLS12' | 'VersionTLS13';
  readonly tlsCipherSuites?: readonly string[];
}

export interface ServingOptions {
  /** PEM; absent: the certificate of the PKI. */
  readonly pair?: { readonly certificate: string; readonly key: string };
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  /** In OpenSSL's words; absent: the defaults. */
  readonly ciphers?: string;
}

export function servingFlags(command: Command, securePort: number): Command {
  return command
    .option('--bind-address <address>', 'the address the API listens on', '127.0.0.1')
    .option('--secure-port <port>', 'the port the API listens on; 0: a free one', port, securePort)
    .option('--tls-cert-file <file>', 'a certificate of your own for the API, its authorities after it')
    .option('--tls-private-key-file <file>', 'and its key')
    .option(
      '--tls-min-version <version>',
      'VersionTLS12 or VersionTLS13 (VersionTLS12)',
      choice('VersionTLS12', 'VersionTLS13'),
    )
    .option('--tls-cipher-suites <names>', 'the cipher suites to use up to TLS 1.2', list);
}

/** UsageError with flag, file and reason. */
export async function loadServing(
  flags: ServingFlags,
  deps: { readonly clock: Clock; readonly logger: Logger },
): Promise<ServingOptions> {
  const { tlsCertFile, tlsPrivateKeyFile, tlsCipherSuites: suites, tlsMinVersion } = flags;
  if ((tlsCertFile === undefined) !== (tlsPrivateKeyFile === undefined)) {
    throw new UsageError('--tls-cert-file and --tls-private-key-file must be specified together');
  }
  const unknown = suites?.find((name) => opensslCipherOf(name) === undefined);
  if (unknown !== undefined) {
    throw new UsageError(
      `--tls-cipher-suites: cipher suite ${unknown} not supported or doesn't exist: use any of ${SECURE_CIPHER_SUITES.join(', ')}`,
    );
  }
  const ciphers = suites
    ?.map((name) => opensslCipherOf(name) ?? '')
    .filter((name) => name !== '')
    .join(':');
  return {
    minVersion: tlsMinVersion === 'VersionTLS13' ? 'TLSv1.3' : 'TLSv1.2',
    ...(ciphers === undefined || ciphers === '' ? {} : { ciphers }),
    ...(tlsCertFile === undefined || tlsPrivateKeyFile === undefined
      ? {}
      : { pair: await ownPair(tlsCertFile, tlsPrivateKeyFile, deps) }),
  };
}

async function ownPair(
  certificateFile: string,
  keyFile: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<NonNullable<ServingOptions['pair']>> {
  const { certificatePem, keyPem, certificate } = await loadPair(certificateFile, keyFile);
  if (validUntilMs(certificate) - clock.nowMs() < RENEW_BEFORE_MS) {
    logger.warn({ file: certificateFile }, `the serving certificate is valid only until ${certificate.validTo}`);
  }
  return { certificate: certificatePem, key: keyPem };
}
