/** kube-apiserver's flags about how the API is served: address, certificate, TLS. */
import type { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import { isIP } from 'node:net';
import path from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { RENEW_BEFORE_MS, validUntilMs } from '../apiserver/auth/certificates.ts';
import { followFiles } from '../apiserver/auth/followed-file.ts';
import { loadPair, type StoredPair } from '../apiserver/auth/pki.ts';
import { opensslCipherOf } from '../apiserver/http/cipher-suites.ts';
import type { ListenTls, ServingPair } from '../apiserver/http/serving-context.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf, UsageError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { goInteger, goIp, goStrings } from './apiserver-flags/go-values.ts';

export interface ServingFlags {
  readonly bindAddress: string;
  readonly securePort: number;
  readonly tlsCertFile?: string;
  readonly tlsPrivateKeyFile?: string;
  readonly tlsSniCertKey?: readonly NamedFiles[];
  readonly tlsMinVersion?: string;
  readonly tlsCipherSuites?: readonly string[];
  readonly tlsCurvePreferences?: readonly number[];
}

/** A value of `--tls-sni-cert-key`. */
export interface NamedFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** None: those of the certificate. */
  readonly names: readonly string[];
}

export function servingFlags(command: Command, securePort: number): Command {
  return command
    .option('--bind-address <address>', 'the address the API listens on', goIp, '127.0.0.1')
    .option('--secure-port <port>', 'the port the API listens on; 0: a free one', goInteger, securePort)
    .option('--tls-cert-file <file>', 'a certificate of your own for the API, its authorities after it')
    .option('--tls-private-key-file <file>', 'and its key')
    .option(
      '--tls-sni-cert-key <cert,key[:names]>',
      'another certificate, for clients that ask for these names; may be repeated',
      namedFiles,
    )
    .option('--tls-min-version <version>', 'VersionTLS12 or VersionTLS13 (VersionTLS12); what is older is not spoken')
    .option('--tls-cipher-suites <names>', 'the cipher suites to use up to TLS 1.2', goStrings);
}

/** kube-apiserver's form: `CERT,KEY`, or `CERT,KEY:NAME,*.DOMAIN`. */
function namedFiles(text: string, before: readonly NamedFiles[] = []): readonly NamedFiles[] {
  const colon = text.indexOf(':');
  const files = (colon < 0 ? text : text.slice(0, colon)).split(',').map((part) => part.trim());
  const names =
    colon < 0
      ? []
      : text
          .slice(colon + 1)
          .split(',')
          .map((name) => name.trim().toLowerCase());
  if (names.includes('')) throw new InvalidArgumentError('empty names list is not allowed');
  const [certificateFile = '', keyFile = ''] = files;
  if (files.length !== 2 || certificateFile === '' || keyFile === '') {
    throw new InvalidArgumentError('expected comma separated certificate and key file paths');
  }
  return [...before, { certificateFile, keyFile, names }];
}

/** The certificate of `--cert-dir`, where none is given otherwise: the files that are there, or ours, put there. */
export async function filesOfDirectory(
  flags: Partial<ServingFlags>,
  directory: string | undefined,
  own: StoredPair,
  authorityPem: string,
): Promise<Partial<ServingFlags>> {
  if (directory === undefined || directory === '' || flags.tlsCertFile !== undefined) return flags;
  const tlsCertFile = path.join(directory, 'apiserver.crt');
  const tlsPrivateKeyFile = path.join(directory, 'apiserver.key');
  try {
    const there = [tlsCertFile, tlsPrivateKeyFile].filter((file) => fs.existsSync(file));
    if (there.length < 2) {
      fs.mkdirSync(directory, { recursive: true });
      fs.writeFileSync(tlsCertFile, `${own.certificatePem}${authorityPem}`);
      fs.writeFileSync(tlsPrivateKeyFile, own.keyPem, { mode: 0o600 });
    }
  } catch (thrown) {
    throw new UsageError(`error creating self-signed certificates: ${messageOf(thrown)}`);
  }
  return { ...flags, tlsCertFile, tlsPrivateKeyFile };
}

interface Deps {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The certificates that the API shows, and how it speaks TLS. */
export interface Serving {
  readonly tls: ListenTls;
  /** Calls back when files have other contents, with what is to be shown from now on. The answer ends it. */
  follow(renewed: (tls: ListenTls) => void): () => void;
}

/** `own`: the certificate of the PKI, for who brings none. UsageError with flag, file and reason. */
export async function loadServing(flags: Partial<ServingFlags>, own: StoredPair, deps: Deps): Promise<Serving> {
  const { tlsCertFile, tlsPrivateKeyFile, tlsSniCertKey = [] } = flags;
  if ((tlsCertFile === undefined) !== (tlsPrivateKeyFile === undefined)) {
    throw new UsageError('missing filename for serving cert');
  }
  const protocol = protocolOf(flags);
  const files = { certificateFile: tlsCertFile ?? own.certificateFile, keyFile: tlsPrivateKeyFile ?? own.keyFile };
  const load = async (): Promise<ListenTls> => {
    const { certificate, key } = await loadFiles(files, deps);
    const named = await Promise.all(
      tlsSniCertKey.map(async (each) => {
        const { x509, ...pair } = await loadFiles(each, deps);
        return { ...pair, names: each.names.length > 0 ? each.names : namesOf(x509), explicit: each.names.length > 0 };
      }),
    );
    // What names are given for comes before what certificates say of themselves.
    const ordered = [...named.filter(({ explicit }) => explicit), ...named.filter(({ explicit }) => !explicit)];
    return { ...protocol, certificate, key, named: ordered };
  };
  return {
    tls:
      tlsCertFile === undefined && tlsSniCertKey.length === 0
        ? { ...protocol, certificate: own.certificatePem, key: own.keyPem }
        : await load(),
    follow(renewed) {
      const followed = [files, ...tlsSniCertKey].flatMap(({ certificateFile, keyFile }) => [certificateFile, keyFile]);
      const reload = async (): Promise<void> => {
        try {
          renewed(await load());
          deps.logger.info({ files: followed }, 'reloaded serving certificates');
        } catch (thrown) {
          // A certificate whose key is still the old one is of this kind, too: the key follows.
          deps.logger.warn({ error: messageOf(thrown) }, 'serving certificates not reloaded; those before go on');
        }
      };
      return followFiles(followed, deps.clock, () => void reload());
    },
  };
}

const TLS_VERSIONS = ['VersionTLS10', 'VersionTLS11', 'VersionTLS12', 'VersionTLS13'];
/** Go's numbers, which are TLS's own, and OpenSSL's names. */
const CURVES: Readonly<Record<number, string>> = { 23: 'P-256', 24: 'P-384', 25: 'P-521', 29: 'X25519' };

function protocolOf(flags: Partial<ServingFlags>): Pick<ListenTls, 'minVersion' | 'ciphers' | 'curves'> {
  const { tlsCipherSuites: suites, tlsMinVersion = '', tlsCurvePreferences: curves = [] } = flags;
  if (!['', ...TLS_VERSIONS].includes(tlsMinVersion)) {
    throw new UsageError(`unknown tls version ${JSON.stringify(tlsMinVersion)}`);
  }
  const strange = curves.find((id) => CURVES[id] === undefined);
  if (strange !== undefined)
    throw new UsageError(`curve preference ${strange} is not supported by the current Node version`);
  const unknown = suites?.find((name) => opensslCipherOf(name) === undefined);
  if (unknown !== undefined) {
    throw new UsageError(`Cipher suite ${unknown} not supported or doesn't exist`);
  }
  const ciphers = suites
    ?.map((name) => opensslCipherOf(name) ?? '')
    .filter((name) => name !== '')
    .join(':');
  return {
    minVersion: tlsMinVersion === 'VersionTLS13' ? 'TLSv1.3' : 'TLSv1.2',
    ...(ciphers === undefined || ciphers === '' ? {} : { ciphers }),
    ...(curves.length === 0 ? {} : { curves: curves.map((id) => CURVES[id] ?? '').join(':') }),
  };
}

async function loadFiles(
  { certificateFile, keyFile }: Pick<NamedFiles, 'certificateFile' | 'keyFile'>,
  { clock, logger }: Deps,
): Promise<ServingPair & { readonly x509: X509Certificate }> {
  const { certificatePem, keyPem, certificate } = await loadPair(certificateFile, keyFile);
  if (validUntilMs(certificate) - clock.nowMs() < RENEW_BEFORE_MS) {
    logger.warn({ file: certificateFile }, `the serving certificate is valid only until ${certificate.validTo}`);
  }
  return { certificate: certificatePem, key: keyPem, x509: certificate };
}

/** The names a certificate is made out to; addresses are none, as clients cannot ask for them. */
function namesOf(certificate: X509Certificate): string[] {
  const alternative = (certificate.subjectAltName ?? '').split(', ').filter((each) => each.startsWith('DNS:'));
  const commonName = /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? '';
  const usable = commonName !== '' && isIP(commonName) === 0;
  return [...(usable ? [commonName] : []), ...alternative.map((each) => each.slice('DNS:'.length))].map((name) =>
    name.toLowerCase(),
  );
}
