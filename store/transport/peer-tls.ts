/** What members show each other before they talk, and what they ask to see. */
import type { PeerCertificate, SecureVersion, TlsOptions } from 'node:tls';
import type { ClientOptions } from 'ws';

export interface PeerTlsMaterial {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** The authority of all members: who has no certificate of it is not let in. Absent: the machine's, and anybody is. */
  readonly ca?: string | Buffer;
  /** What to show to the others, where that is another certificate. */
  readonly outgoing?: { readonly cert: string | Buffer; readonly key: string | Buffer };
  /** Certificates of the authority that are valid no longer. */
  readonly crl?: string | Buffer;
  /** Nobody signed the certificates: they hide the traffic, and prove nothing. */
  readonly unproven?: boolean;
  /** Why the holder of a certificate is not let in, though it is the authority's. */
  readonly refusal?: (certificate: PeerCertificate) => string | undefined;
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  readonly ciphers?: string;
}

export type PeerClientTls = Pick<
  ClientOptions,
  'cert' | 'key' | 'ca' | 'crl' | 'minVersion' | 'maxVersion' | 'ciphers' | 'rejectUnauthorized'
>;

export function serverTls(material: PeerTlsMaterial): TlsOptions {
  const { cert, key, ca, crl } = material;
  const verify = ca === undefined || material.unproven ? {} : { ca, requestCert: true, rejectUnauthorized: true };
  return { cert, key, ...verify, ...(crl && { crl }), ...versions(material) };
}

export function clientTls(material: PeerTlsMaterial | undefined): PeerClientTls {
  if (material === undefined) return {};
  const { outgoing, ca, crl, unproven } = material;
  const { cert, key } = outgoing ?? material;
  const verify = unproven ? { rejectUnauthorized: false } : ca === undefined ? {} : { ca };
  return { cert, key, ...verify, ...(crl && { crl }), ...versions(material) };
}

function versions({ minVersion, maxVersion, ciphers }: PeerTlsMaterial): Pick<TlsOptions, 'ciphers' | 'minVersion'> {
  return { ...(minVersion && { minVersion }), ...(maxVersion && { maxVersion }), ...(ciphers && { ciphers }) };
}
