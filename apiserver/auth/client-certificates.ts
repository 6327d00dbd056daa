/**
 * Judges the certificates that clients present in the TLS handshake, which is set up to let every certificate through:
 * as upstream's, a wrong one is answered with 401 and not with a broken connection. That the client has the private key
 * is proved by the handshake; that somebody we trust signed the certificate, for clients, and that it is valid now, is
 * proved here.
 */
import { X509Certificate } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { UsageError } from '../../base/errors.ts';
import type { PresentedCertificate } from '../machinery/api-server.ts';
import { derElements, derSequence } from '../resources/certificates/der.ts';
import { parseCertificate, subjectOf } from './certificates.ts';

/** The version of a certificate, where it is not the first: `[0] EXPLICIT` (RFC 5280). */
const DER_VERSION = 0xa0;
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
/** Certificates between the leaf and a trusted authority. */
const INTERMEDIATES_MAX = 4;
const JUDGED_MAX = 1024;
/** How long a connection may go on with a certificate that has ended. */
const REJUDGED_MS = 30_000;

export interface ClientAuthorities {
  /** `--client-ca-file`: PEM, one or more certificates. */
  readonly clientPem: string;
  /** `--requestheader-client-ca-file`; undefined: there is no front proxy. */
  readonly frontProxyPem?: string;
}

interface Judgement {
  readonly presented: PresentedCertificate;
  readonly validFromMs: number;
  readonly validUntilMs: number;
}

export class ClientCertificates {
  #replaced = 0;
  #client: readonly X509Certificate[] = [];
  #frontProxy: readonly X509Certificate[] = [];
  readonly #clock: Clock;
  readonly #judged = new Map<string, Judgement>();

  /** UsageError when an authority's PEM cannot be read. */
  constructor(authorities: ClientAuthorities, clock: Clock) {
    this.#clock = clock;
    this.replace(authorities);
  }

  /** What was judged by others is judged anew. UsageError when a PEM cannot be read: then nothing changes. */
  replace({ clientPem, frontProxyPem }: ClientAuthorities): void {
    const client = bundle(clientPem, 'client CA');
    const frontProxy = frontProxyPem === undefined ? [] : bundle(frontProxyPem, 'front proxy CA');
    this.#client = client;
    this.#frontProxy = frontProxy;
    this.#judged.clear();
    this.#replaced++;
  }

  /** Another one: what was answered before may hold no longer, because authorities were replaced or time has passed. */
  get generation(): number {
    return this.#replaced + Math.floor(this.#clock.monotonicMs() / REJUDGED_MS);
  }

  get authorityPems(): readonly string[] {
    return [...this.#client, ...this.#frontProxy].map(String);
  }

  /** `chain`: DER, the leaf first, as the client sent it. Undefined when the leaf is no certificate. */
  present(chain: readonly Uint8Array[]): PresentedCertificate | undefined {
    const [der] = chain;
    if (der === undefined) return undefined;
    const judgement = this.#judge(der, chain);
    if (judgement === undefined) return undefined;
    const nowMs = this.#clock.nowMs();
    if (nowMs >= judgement.validFromMs && nowMs <= judgement.validUntilMs) return judgement.presented;
    return { ...judgement.presented, signedBy: 'nobody' };
  }

  #judge(der: Uint8Array, chain: readonly Uint8Array[]): Judgement | undefined {
    const key = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('latin1');
    const known = this.#judged.get(key);
    if (known !== undefined) return known;
    const leaf = decode(der);
    if (leaf === undefined) return undefined;
    const intermediates = chain.slice(1, 1 + INTERMEDIATES_MAX).flatMap((each) => decode(each) ?? []);
    const judgement: Judgement = {
      presented: {
        ...subjectOf(leaf),
        signedBy: this.#signerOf(leaf, intermediates),
        sha256: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
      },
      validFromMs: Date.parse(leaf.validFrom),
      validUntilMs: Date.parse(leaf.validTo),
    };
    if (this.#judged.size >= JUDGED_MAX) this.#judged.clear();
    this.#judged.set(key, judgement);
    return judgement;
  }

  #signerOf(leaf: X509Certificate, intermediates: readonly X509Certificate[]): PresentedCertificate['signedBy'] {
    // Node calls the extended key usages `keyUsage`; none at all means any.
    const usages = leaf.keyUsage;
    if (usages !== undefined && usages.length > 0 && !usages.includes(CLIENT_AUTH)) return 'nobody';
    if (this.#reaches(leaf, intermediates, this.#client)) return 'client-ca';
    if (this.#reaches(leaf, intermediates, this.#frontProxy)) return 'front-proxy-ca';
    return 'nobody';
  }

  #reaches(
    certificate: X509Certificate,
    intermediates: readonly X509Certificate[],
    roots: readonly X509Certificate[],
  ): boolean {
    if (roots.some((root) => (root.ca || isVersion1(root)) && this.#signed(root, certificate))) return true;
    return intermediates.some(
      (each, at) =>
        each.ca && this.#signed(each, certificate) && this.#reaches(each, intermediates.toSpliced(at, 1), roots),
    );
  }

  #signed(issuer: X509Certificate, certificate: X509Certificate): boolean {
    const nowMs = this.#clock.nowMs();
    return (
      nowMs >= Date.parse(issuer.validFrom) &&
      nowMs <= Date.parse(issuer.validTo) &&
      certificate.checkIssued(issuer) &&
      certificate.verify(issuer.publicKey)
    );
  }
}

/** Authorities from before there were extensions cannot say that they are one; who lists them does (as crypto/x509 has it). */
function isVersion1({ raw }: X509Certificate): boolean {
  const [toBeSigned] = derSequence(derElements(raw)[0]);
  return derSequence(toBeSigned)[0]?.tag !== DER_VERSION;
}

function decode(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

function bundle(pem: string, what: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new UsageError(`the ${what} holds no PEM block of type CERTIFICATE`);
  return blocks.map((block) => {
    const certificate = parseCertificate(block);
    if (typeof certificate === 'string') throw new UsageError(`the ${what} ${certificate}`);
    return certificate;
  });
}
