/**
 * The public-key infrastructure below `<data-dir>/pki`, with kubeadm's file names: made at the first start, read at every
 * other, leaves renewed before they expire.
 *
 * Invariants: private files have mode 0600. A first start is all or nothing: everything is written to a directory
 * beside and renamed. What cannot be read, cannot be decoded or contradicts its neighbours stops the start with the
 * file's name; nothing of a user's is ever overwritten but a leaf that is due. A service-account key that was lost is
 * never replaced silently, because every token signed with it would die unexplained.
 */
import type { X509Certificate } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { codeOf, UsageError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { judgeAuthority, judgeLeaf, judgePair, loadServiceAccountKeys } from './certificate-checks.ts';
import {
  type CertificatePair,
  makeAuthority,
  makeCertificate,
  makeSigningKeys,
  type SigningContext,
  type Subject,
  validUntilMs,
} from './certificates.ts';
import { type AuthorityName, type LeafName, type LeafPlan, type PlanInput, planPki } from './pki-plan.ts';
import { PRIVATE_MODE, PUBLIC_MODE, readTextIfPresent, writeFileWhole } from './secret-file.ts';

export interface PkiOptions extends PlanInput {
  /** `<data-dir>/pki`. */
  readonly directory: string;
  /** Objects exist that an earlier start wrote: then a missing service-account key is a loss, not a beginning. */
  readonly otherDataExists: boolean;
  /** The operator accepts that tokens signed with the lost key die (`sampan certs renew --service-account-key`). */
  readonly replaceLostServiceAccountKey?: boolean;
  /** Renew every leaf, due or not (`sampan certs renew`). */
  readonly renewAll?: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A pair and where it lies. */
export interface StoredPair extends CertificatePair {
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface ServiceAccountKeys {
  /** PKCS#8 or SEC 1 PEM: signs tokens. */
  readonly privateKeyPem: string;
  readonly publicKeyPem: string;
  readonly privateKeyFile: string;
}

export interface Pki {
  readonly directory: string;
  readonly serviceAccount: ServiceAccountKeys;
  /** Of an authority whose key is kept elsewhere, `keyPem` is ''. AssertionError for names outside the plan. */
  authority(name: AuthorityName): StoredPair;
  leaf(name: LeafName): StoredPair;
  /** A new client certificate of the cluster's CA. UsageError when the CA's key is not here. */
  issueClient(subject: Subject): Promise<CertificatePair>;
}

/**
 * Reads the PKI; makes what a first start needs and renews what is due. Throws a UsageError naming the file for
 * everything that does not fit together.
 */
export async function ensurePki(options: PkiOptions): Promise<Pki> {
  const exists = (await kindOf(options.directory)) !== undefined;
  if (exists) return await new PkiBuilder(options, options.directory).ensure();
  if (options.otherDataExists && options.replaceLostServiceAccountKey !== true) {
    throw lostServiceAccountKey(path.join(options.directory, 'sa.key'));
  }
  const beside = `${options.directory}.new`;
  try {
    await rm(beside, { recursive: true, force: true });
    await mkdir(path.join(beside, 'etcd'), { recursive: true, mode: 0o700 });
    const pki = await new PkiBuilder(options, beside, true).ensure();
    await rename(beside, options.directory);
    return pki;
  } catch (thrown) {
    if (codeOf(thrown) === undefined) throw thrown;
    throw new UsageError(`cannot write ${options.directory}: ${codeOf(thrown)}`, {
      cause: thrown,
    });
  }
}

export function lostServiceAccountKey(file: string): UsageError {
  return new UsageError(
    `${file} is missing, and tokens that were signed with it cannot be verified by another: put it back, or make a new ` +
      'one and let them die with: sampan certs renew --service-account-key',
  );
}

async function kindOf(place: string): Promise<'directory' | undefined> {
  try {
    if ((await stat(place)).isDirectory()) return 'directory';
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw new UsageError(`cannot read ${place}: ${codeOf(thrown)}`, { cause: thrown });
  }
  throw new UsageError(`${place} is not a directory`);
}

class PkiBuilder {
  readonly #options: PkiOptions;
  /** Where files are written; the names in answers are those after the rename. */
  readonly #place: string;
  readonly #fresh: boolean;
  readonly #context: SigningContext;
  readonly #authorities = new Map<AuthorityName, StoredPair>();
  readonly #leaves = new Map<LeafName, StoredPair>();

  constructor(options: PkiOptions, place: string, fresh = false) {
    this.#options = options;
    this.#place = place;
    this.#fresh = fresh;
    this.#context = { nowMs: options.clock.nowMs(), random: options.random };
  }

  async ensure(): Promise<Pki> {
    const plan = planPki(this.#options);
    const serviceAccount = this.#ensureServiceAccountKeys();
    serviceAccount.catch(() => {});
    await Promise.all(
      plan.authorities.map(async ({ name, commonName }) => {
        const signed = plan.leaves.filter((leaf) => leaf.authority === name);
        const authority = await this.#ensureAuthority(name, commonName, signed);
        this.#authorities.set(name, authority);
        await Promise.all(
          signed.map(async (leaf) => this.#leaves.set(leaf.name, await this.#ensureLeaf(leaf, authority))),
        );
      }),
    );
    const cluster = this.#authorities.get('ca');
    const context = this.#context;
    return {
      directory: this.#options.directory,
      serviceAccount: await serviceAccount,
      authority: (name) => found(this.#authorities.get(name), name),
      leaf: (name) => found(this.#leaves.get(name), name),
      issueClient: async (subject) =>
        makeCertificate({ ...subject, usages: ['client'] }, withKey(found(cluster, 'ca')), {
          ...context,
          nowMs: this.#options.clock.nowMs(),
        }),
    };
  }

  async #ensureAuthority(name: AuthorityName, commonName: string, leaves: readonly LeafPlan[]): Promise<StoredPair> {
    const stored = await this.#read(name);
    if (stored.certificatePem === undefined) {
      const orphan = this.#fresh ? undefined : await this.#firstExisting(leaves);
      if (stored.keyPem !== undefined || orphan !== undefined) {
        const witness = stored.keyPem === undefined ? `${orphan} was signed by it` : `${stored.keyFile} is there`;
        throw new UsageError(`${stored.certificateFile} is missing, but ${witness}: put it back`);
      }
      return this.#write(name, await makeAuthority(commonName, this.#context));
    }
    const { certificateFile, keyFile } = stored;
    const pair: StoredPair = {
      certificateFile,
      keyFile,
      certificatePem: stored.certificatePem,
      keyPem: stored.keyPem ?? '',
    };
    const warning = judgeAuthority(pair, stored.keyPem !== undefined, this.#context.nowMs);
    if (warning !== undefined) this.#options.logger.warn({ file: certificateFile }, warning);
    return pair;
  }

  async #ensureLeaf(plan: LeafPlan, authority: StoredPair): Promise<StoredPair> {
    const stored = await this.#read(plan.name);
    const { certificateFile, keyFile, certificatePem, keyPem } = stored;
    let due = 'it was not there';
    if (certificatePem !== undefined && keyPem !== undefined) {
      const pair: StoredPair = { certificateFile, keyFile, certificatePem, keyPem };
      const judgement = judgeLeaf(pair, plan, authority, this.#context.nowMs);
      if (judgement === undefined && this.#options.renewAll !== true) return pair;
      due = judgement ?? 'asked for';
      const serves = validUntilMs(judgePair(pair)) > this.#context.nowMs;
      if (authority.keyPem === '' && serves && this.#options.renewAll !== true) {
        // Whoever keeps the authority elsewhere renews by hand, and is told in time.
        this.#options.logger.warn(
          { file: certificateFile, reason: due },
          'certificate is due and cannot be renewed here',
        );
        return pair;
      }
    } else if (certificatePem !== undefined || keyPem !== undefined) {
      const [there, missing] = keyPem === undefined ? [certificateFile, keyFile] : [keyFile, certificateFile];
      throw new UsageError(`${missing} is missing, but ${there} is there: put it back, or remove the other too`);
    }
    if (!this.#fresh) this.#options.logger.info({ file: certificateFile, reason: due }, 'certificate made');
    return this.#write(plan.name, await makeCertificate(plan, withKey(authority), this.#context));
  }

  async #ensureServiceAccountKeys(): Promise<ServiceAccountKeys> {
    const final = (name: string): string => path.join(this.#options.directory, name);
    if (this.#fresh) return this.#writeServiceAccountKeys();
    const [privateKeyPem, publicKeyPem] = await Promise.all([
      readTextIfPresent(final('sa.key')),
      readTextIfPresent(final('sa.pub')),
    ]);
    if (privateKeyPem === undefined) {
      if (this.#options.replaceLostServiceAccountKey !== true) throw lostServiceAccountKey(final('sa.key'));
      return this.#writeServiceAccountKeys();
    }
    const keys = loadServiceAccountKeys(final('sa.key'), privateKeyPem, final('sa.pub'), publicKeyPem);
    if (publicKeyPem === undefined) await writeFileWhole(final('sa.pub'), keys.publicKeyPem, PUBLIC_MODE);
    await this.#warnIfReadable(final('sa.key'));
    return keys;
  }

  async #writeServiceAccountKeys(): Promise<ServiceAccountKeys> {
    const keys = await makeSigningKeys();
    await Promise.all([
      writeFileWhole(path.join(this.#place, 'sa.key'), keys.privateKeyPem, PRIVATE_MODE),
      writeFileWhole(path.join(this.#place, 'sa.pub'), keys.publicKeyPem, PUBLIC_MODE),
    ]);
    return { ...keys, privateKeyFile: path.join(this.#options.directory, 'sa.key') };
  }

  async #read(name: string): Promise<Partial<CertificatePair> & Pick<StoredPair, 'certificateFile' | 'keyFile'>> {
    const files = this.#files(name);
    if (this.#fresh) return files;
    const [certificatePem, keyPem] = await Promise.all([
      readTextIfPresent(files.certificateFile),
      readTextIfPresent(files.keyFile),
    ]);
    if (keyPem !== undefined) await this.#warnIfReadable(files.keyFile);
    return {
      ...files,
      ...(certificatePem === undefined ? {} : { certificatePem }),
      ...(keyPem === undefined ? {} : { keyPem }),
    };
  }

  async #write(name: string, pair: CertificatePair): Promise<StoredPair> {
    await Promise.all([
      writeFileWhole(path.join(this.#place, `${name}.key`), pair.keyPem, PRIVATE_MODE),
      writeFileWhole(path.join(this.#place, `${name}.crt`), pair.certificatePem, PUBLIC_MODE),
    ]);
    return { ...this.#files(name), ...pair };
  }

  #files(name: string): Pick<StoredPair, 'certificateFile' | 'keyFile'> {
    return {
      certificateFile: path.join(this.#options.directory, `${name}.crt`),
      keyFile: path.join(this.#options.directory, `${name}.key`),
    };
  }

  async #firstExisting(leaves: readonly LeafPlan[]): Promise<string | undefined> {
    for (const { name } of leaves) {
      const { certificateFile } = this.#files(name);
      if ((await readTextIfPresent(certificateFile)) !== undefined) return certificateFile;
    }
    return undefined;
  }

  async #warnIfReadable(file: string): Promise<void> {
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0) {
      this.#options.logger.warn({ file, mode: (mode & 0o777).toString(8) }, 'private key is readable by others');
    }
  }
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new UsageError(`the certificates ${name} were not asked for at this start`);
  return value;
}

function withKey(authority: StoredPair): StoredPair {
  if (authority.keyPem !== '') return authority;
  throw new UsageError(
    `${authority.keyFile} is missing, and a certificate has to be signed with it: put it back, or bring the certificate`,
  );
}

/** A pair of a user's own (`--tls-cert-file`, `--tls-private-key-file`). UsageError naming the file. */
export async function loadPair(
  certificateFile: string,
  keyFile: string,
): Promise<StoredPair & { certificate: X509Certificate }> {
  const [certificatePem, keyPem] = await Promise.all([readTextIfPresent(certificateFile), readTextIfPresent(keyFile)]);
  if (certificatePem === undefined) throw new UsageError(`${certificateFile} does not exist`);
  if (keyPem === undefined) throw new UsageError(`${keyFile} does not exist`);
  const pair = { certificateFile, keyFile, certificatePem, keyPem };
  return { ...pair, certificate: judgePair(pair) };
}
