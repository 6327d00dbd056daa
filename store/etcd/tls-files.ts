/** The TLS material of a member, read from the files that its flags name, or made and kept in its data directory. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PeerCertificate } from 'node:tls';
import { codeOf, messageOf, UsageError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { PeerTlsMaterial } from '../transport/peer-tls.ts';
import type { EtcdOptions } from './flags/etcd-options.ts';
import type { GeneratedTls, TlsFiles } from './flags/tls-choice.ts';
import type { ServerTls } from './listener.ts';

/** A certificate that signs itself, for these hosts. */
export type MakeCertificate = (request: {
  readonly hosts: readonly string[];
  readonly validityYears: number;
}) => Promise<CertificateAndKey>;

export interface CertificateAndKey {
  readonly certificatePem: string;
  readonly keyPem: string;
}

interface TlsDeps {
  readonly logger: Logger;
  readonly makeCertificate: MakeCertificate;
}

/** Towards clients. */
export async function clientSideTls(options: EtcdOptions, deps: TlsDeps): Promise<ServerTls | undefined> {
  const { clientTls: choice, tlsLimits, listenClient, listenClientHttp } = options;
  if (choice === undefined) return undefined;
  if (choice.type === 'generated') {
    const addresses = [...listenClient, ...listenClientHttp].map(({ address }) => address);
    const hosts = addresses.flatMap((address) => ('socketPath' in address ? [] : [address.host]));
    const { cert, key } = await generated(path.join(options.dataDir, 'fixtures', 'client'), hosts, choice, deps);
    return { cert, key, ...tlsLimits };
  }
  const { cert, key, ca, crl, refusal } = await filesOf(choice);
  if (choice.clientCertAuth && ca === undefined) throw new UsageError('--client-cert-auth needs --trusted-ca-file');
  // As in etcd: an authority given is an authority asked for.
  return { cert, key, ...(ca && { clientCa: ca }), ...(crl && { crl }), ...(refusal && { refusal }), ...tlsLimits };
}

/** Between members. */
export async function peerSideTls(options: EtcdOptions, deps: TlsDeps): Promise<PeerTlsMaterial | undefined> {
  const { peerTls: choice, tlsLimits, listenPeer } = options;
  const secure = listenPeer.filter((url) => url.secure);
  if (choice === undefined || secure.length === 0) return undefined;
  if (secure.length < listenPeer.length) throw new UsageError('--listen-peer-urls: give http or https, not both');
  if (choice.type === 'generated') {
    const hosts = secure.map(({ host }) => host);
    const { cert, key } = await generated(path.join(options.dataDir, 'fixtures', 'peer'), hosts, choice, deps);
    return { cert, key, unproven: true, ...tlsLimits };
  }
  const files = await filesOf(choice);
  if (choice.clientCertAuth && files.ca === undefined) {
    throw new UsageError('--peer-client-cert-auth needs --peer-trusted-ca-file');
  }
  const { outgoing } = choice;
  const shown = outgoing && { cert: await readPem(outgoing.certFile), key: await readPem(outgoing.keyFile) };
  return { ...files, ...(shown && { outgoing: shown }), ...tlsLimits };
}

interface ReadFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
  readonly crl?: string;
  readonly refusal?: (certificate: PeerCertificate) => string | undefined;
}

async function filesOf(files: TlsFiles): Promise<ReadFiles> {
  const { trustedCaFile, revokedFile, allowedHostnames, allowedCommonNames } = files;
  const [cert, key] = await Promise.all([readPem(files.certFile), readPem(files.keyFile)]);
  const refusal =
    allowedHostnames.length > 0 || allowedCommonNames.length > 0
      ? (certificate: PeerCertificate) => whyNotAllowed(certificate, allowedHostnames, allowedCommonNames)
      : undefined;
  return {
    cert,
    key,
    ...(trustedCaFile && { ca: await readPem(trustedCaFile) }),
    ...(revokedFile && { crl: await readPem(revokedFile) }),
    ...(refusal && { refusal }),
  };
}

function whyNotAllowed(
  { subject, subjectaltname = '' }: PeerCertificate,
  hostnames: readonly string[],
  commonNames: readonly string[],
): string | undefined {
  const name: unknown = subject?.CN;
  if (typeof name === 'string' && commonNames.includes(name)) return undefined;
  const hosts = subjectaltname.split(', ').map((entry) => entry.replace(/^(DNS|IP Address):/, ''));
  if (hosts.some((host) => hostnames.some((allowed) => matchesHost(host, allowed)))) return undefined;
  return `the certificate's names are not among those allowed: ${[name, ...hosts].filter(Boolean).join(', ')}`;
}

/** A certificate for `*.example.com` stands for each host directly below. */
function matchesHost(inCertificate: string, allowed: string): boolean {
  const [pattern, host] = [inCertificate.toLowerCase(), allowed.toLowerCase()];
  return pattern === host || (pattern.startsWith('*.') && host.replace(/^[^.]+/, '*') === pattern);
}

/** Made once, and read at every later start; etcd keeps it in the same place. */
async function generated(
  directory: string,
  hosts: readonly string[],
  { validityYears }: GeneratedTls,
  { logger, makeCertificate }: TlsDeps,
): Promise<{ readonly cert: string; readonly key: string }> {
  const [certFile, keyFile] = [path.join(directory, 'cert.pem'), path.join(directory, 'key.pem')];
  const [cert, key] = await Promise.all([readIfThere(certFile), readIfThere(keyFile)]);
  if (cert !== undefined && key !== undefined) return { cert, key };
  const { certificatePem, keyPem } = await makeCertificate({ hosts, validityYears });
  logger.warn(
    { certFile, validityYears },
    'made a certificate that nobody signed: it hides the traffic and proves nothing',
  );
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(keyFile, keyPem, { mode: 0o600 });
    await writeFile(certFile, certificatePem, { mode: 0o600 });
  } catch (thrown) {
    throw new UsageError(`cannot write ${directory}: ${messageOf(thrown)}`);
  }
  return { cert: certificatePem, key: keyPem };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw new UsageError(`cannot read ${file}: ${messageOf(thrown)}`);
  }
}

async function readPem(file: string): Promise<string> {
  const text = await readIfThere(file);
  if (text === undefined) throw new UsageError(`cannot read ${file}: there is no such file`);
  return text;
}
