/**
 * Connections to a server whose authority the kubeconfig names.
 *
 * Node can do this itself, but an authority of one's own makes it first read the 140 that it ships, which takes longer
 * than the rest of a `get`. So the common case is judged here: a certificate issued by the authority itself. Nothing is
 * written to the connection before it is judged. Any other chain is left to Node, on a new connection.
 */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import tls from 'node:tls';
import type { Clock } from '../base/clock.ts';

const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';

/**
 * What must be judged by Node, found by how it is written in DER: an authority for certain names only, and signatures
 * that are no longer trusted (MD5 and SHA-1, with RSA and ECDSA).
 */
const NAME_CONSTRAINTS = Buffer.from('0603551d1e', 'hex');
const WEAK_SIGNATURES = ['06092a864886f70d010104', '06092a864886f70d010105', '06072a8648ce3d0401'].map((hex) =>
  Buffer.from(hex, 'hex'),
);

/** A connection to a server of one of the authorities in `ca`, judged without Node's own list. */
export async function connectTrusting(
  options: tls.ConnectionOptions & { readonly ca: Buffer },
  clock: Clock,
): Promise<tls.TLSSocket> {
  const socket = await connectTls({ ...options, ca: [], rejectUnauthorized: false });
  const leaf = socket.getPeerX509Certificate();
  const name = options.servername || options.host || '';
  if (leaf !== undefined && isTrusted(leaf, authoritiesOf(options.ca), name, clock.nowMs())) return socket;
  socket.on('error', () => {});
  socket.destroy();
  return connectTls(options);
}

/** A connection after its handshake. */
export function connectTls(options: tls.ConnectionOptions): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect(options);
    const settle = (error?: Error): void => {
      socket.off('error', settle).off('timeout', late).off('secureConnect', ready);
      if (error === undefined) resolve(socket);
      else reject(error);
    };
    const ready = (): void => settle();
    const late = (): void => {
      settle(new Error('context deadline exceeded'));
      socket.destroy();
    };
    socket.on('error', settle).on('timeout', late).on('secureConnect', ready);
  });
}

function authoritiesOf(pem: Buffer): X509Certificate[] {
  const blocks = pem.toString('latin1').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    // Node will say what is wrong with it.
    return [];
  }
}

/** Whether a certificate is valid now, for this server, and signed by one of the authorities. */
export function isTrusted(
  leaf: X509Certificate,
  authorities: readonly X509Certificate[],
  name: string,
  nowMs: number,
): boolean {
  const holds = ({ validFrom, validTo }: X509Certificate): boolean =>
    Date.parse(validFrom) <= nowMs && nowMs <= Date.parse(validTo);
  const usages = leaf.keyUsage as readonly string[] | undefined;
  if (!holds(leaf) || (usages !== undefined && !usages.includes(SERVER_AUTHENTICATION))) return false;
  if (WEAK_SIGNATURES.some((signature) => leaf.raw.includes(signature))) return false;
  const isNamed =
    isIP(name) === 0
      ? leaf.checkHost(name, { subject: 'never', partialWildcards: false }) !== undefined
      : leaf.checkIP(name) !== undefined;
  if (!isNamed) return false;
  return authorities.some(
    (authority) =>
      authority.ca &&
      !authority.raw.includes(NAME_CONSTRAINTS) &&
      holds(authority) &&
      leaf.checkIssued(authority) &&
      leaf.verify(authority.publicKey),
  );
}
