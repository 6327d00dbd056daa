/** What etcd's flags say of TLS: which files, or certificates made at the start; which versions and ciphers. */
import tls, { type SecureVersion } from 'node:tls';
import { UsageError } from '../../../base/errors.ts';
import type { FlagValues } from './flag-values.ts';

/** Files, as named; `runEtcd` reads them. */
export interface TlsFiles {
  readonly type: 'files';
  readonly certFile: string;
  readonly keyFile: string;
  readonly trustedCaFile: string | undefined;
  readonly clientCertAuth: boolean;
  /** Certificates that are valid no longer. */
  readonly revokedFile: string | undefined;
  /** Peers: what to show where this member is the one that connects, if it is another certificate. */
  readonly outgoing: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** Whom else than everybody with a certificate to let in: one of these names must be in it. */
  readonly allowedHostnames: readonly string[];
  readonly allowedCommonNames: readonly string[];
}

/** `--auto-tls`: a certificate that nobody signed, kept in the data directory. It hides, and proves nothing. */
export interface GeneratedTls {
  readonly type: 'generated';
  readonly validityYears: number;
}

export type TlsChoice = TlsFiles | GeneratedTls;

/** Of every TLS socket, clients' and peers'. */
export interface TlsLimits {
  readonly minVersion: SecureVersion;
  readonly maxVersion?: SecureVersion;
  readonly ciphers?: string;
}

/** Files given count more than the wish to have them made. */
export function tlsChoice(values: FlagValues, prefix: '' | 'peer-'): TlsChoice | undefined {
  const text = (name: string): string | undefined => values.text(`${prefix}${name}`) || undefined;
  const certFile = text('cert-file');
  const keyFile = text('key-file');
  if (certFile === undefined && keyFile === undefined) {
    if (!values.isOn(`${prefix}auto-tls`)) return undefined;
    return { type: 'generated', validityYears: values.integer('self-signed-cert-validity') || 1 };
  }
  if (certFile === undefined || keyFile === undefined) {
    throw new UsageError(`--${prefix}cert-file and --${prefix}key-file must both be present`);
  }
  const names = (what: string): string[] =>
    values.list(`${prefix === '' ? 'client-' : prefix}cert-allowed-${what}`) ?? [];
  const [allowedHostnames, allowedCommonNames] = [names('hostname'), names('cn')];
  if (allowedHostnames.length > 0 && allowedCommonNames.length > 0) {
    throw new UsageError(`--${prefix}cert-allowed-cn and --${prefix}cert-allowed-hostname cannot both be given`);
  }
  const [outgoingCert, outgoingKey] = [text('client-cert-file'), text('client-key-file')];
  return {
    type: 'files',
    certFile,
    keyFile,
    trustedCaFile: text('trusted-ca-file'),
    clientCertAuth: values.isOn(prefix === '' ? 'client-cert-auth' : 'peer-client-cert-auth'),
    revokedFile: values.text(prefix === '' ? 'client-crl-file' : 'peer-crl-file') || undefined,
    outgoing: outgoingCert && outgoingKey ? { certFile: outgoingCert, keyFile: outgoingKey } : undefined,
    allowedHostnames,
    allowedCommonNames,
  };
}

export function tlsLimits(values: FlagValues): TlsLimits {
  const minVersion = version(values, 'tls-min-version') ?? 'TLSv1.2';
  const maxVersion = version(values, 'tls-max-version');
  const suites = values.list('cipher-suites') ?? [];
  if (maxVersion !== undefined && minVersion > maxVersion) {
    throw new UsageError('--tls-min-version is greater than --tls-max-version');
  }
  if (minVersion === 'TLSv1.3' && suites.length > 0) {
    throw new UsageError('--cipher-suites cannot be configured when only TLS1.3 is enabled');
  }
  return {
    minVersion,
    ...(maxVersion && { maxVersion }),
    ...(suites.length > 0 && { ciphers: suites.map(openSslName).join(':') }),
  };
}

function version(values: FlagValues, flag: string): SecureVersion | undefined {
  const text = values.text(flag) ?? '';
  if (text === '') return undefined;
  if (text === 'TLS1.2' || text === 'TLS1.3') return text === 'TLS1.2' ? 'TLSv1.2' : 'TLSv1.3';
  throw new UsageError(`--${flag}: unexpected TLS version "${text}": give TLS1.2 or TLS1.3`);
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` → `ECDHE-RSA-AES128-GCM-SHA256`. */
function openSslName(suite: string): string {
  const name = suite
    .replace(/^TLS_(RSA_WITH_)?/, '')
    .replace('_WITH', '')
    .replace(/AES_(\d+)/, 'AES$1')
    .replace('_CBC_', '_')
    .replace(/(POLY1305)(_SHA256)?$/, '$1')
    .replaceAll('_', '-');
  if (tls.getCiphers().includes(name.toLowerCase())) return name;
  throw new UsageError(`--cipher-suites: unexpected TLS cipher suite "${suite}"`);
}
