/**
 * Whose signature on a client certificate counts: the bundles of `--client-ca-file` and `--requestheader-client-ca-file`,
 * or the authorities of the PKI. Files are followed: a bundle that gains a certificate lets its clients in without a
 * restart, and one that loses a certificate keeps them out.
 */
import type { Clock } from '../../base/clock.ts';
import { messageOf, UsageError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { ClientAuthorities } from './client-certificates.ts';
import { followFiles } from './followed-file.ts';
import { certificatesIn, readPemFile } from './pem-file.ts';
import type { Pki } from './pki.ts';

export interface AuthorityFiles {
  /** `--client-ca-file`; absent: the PKI's. */
  readonly clientCaFile?: string;
  /** `--requestheader-client-ca-file`; absent: the PKI's. */
  readonly frontProxyCaFile?: string;
  /** Front proxies may have any name: then no authority may sign both them and other clients. */
  readonly anyFrontProxy: boolean;
}

type Bundles = Required<ClientAuthorities>;

export class Authorities {
  readonly #files: AuthorityFiles;
  readonly #pki: Pki;
  #bundles: Bundles;

  private constructor(files: AuthorityFiles, pki: Pki, bundles: Bundles) {
    this.#files = files;
    this.#pki = pki;
    this.#bundles = bundles;
  }

  /** UsageError with flag, file and reason. */
  static async load(files: AuthorityFiles, pki: Pki): Promise<Authorities> {
    const bundles = {
      clientPem:
        files.clientCaFile === undefined
          ? pki.authority('ca').certificatePem
          : await readPemFile(files.clientCaFile, '--client-ca-file'),
      frontProxyPem:
        files.frontProxyCaFile === undefined
          ? pki.authority('front-proxy-ca').certificatePem
          : await readPemFile(files.frontProxyCaFile, '--requestheader-client-ca-file'),
    };
    const authorities = new Authorities(files, pki, bundles);
    authorities.#judge(bundles);
    return authorities;
  }

  get bundles(): Bundles {
    return this.#bundles;
  }

  /** Whether the certificates in our own kubeconfigs are accepted. */
  get acceptsOwnClients(): boolean {
    const [own] = certificatesIn(this.#pki.authority('ca').certificatePem);
    return certificatesIn(this.#bundles.clientPem).some(({ fingerprint256 }) => fingerprint256 === own?.fingerprint256);
  }

  /**
   * `apply` gets the bundles after every change, and throws for those that it cannot use: what was before goes on then.
   * The answer ends it.
   */
  follow({ clock, logger }: { clock: Clock; logger: Logger }, apply: (bundles: Bundles) => void): () => void {
    const files = [
      this.#files.clientCaFile ?? this.#pki.authority('ca').certificateFile,
      this.#files.frontProxyCaFile ?? this.#pki.authority('front-proxy-ca').certificateFile,
    ];
    const reload = async (): Promise<void> => {
      try {
        const bundles = {
          clientPem: await readPemFile(files[0] ?? '', '--client-ca-file'),
          frontProxyPem: await readPemFile(files[1] ?? '', '--requestheader-client-ca-file'),
        };
        this.#judge(bundles);
        const before = this.#bundles;
        this.#bundles = bundles;
        try {
          apply(bundles);
        } catch (thrown) {
          this.#bundles = before;
          throw thrown;
        }
        logger.info({ files }, 'reloaded the authorities of clients');
      } catch (thrown) {
        logger.error({ error: messageOf(thrown) }, 'authorities of clients not reloaded; those before go on');
      }
    };
    return followFiles(files, clock, () => void reload());
  }

  #judge({ clientPem, frontProxyPem }: Bundles): void {
    const clients = certificatesIn(clientPem).map(({ fingerprint256 }) => fingerprint256);
    const overlaps = certificatesIn(frontProxyPem).some(({ fingerprint256 }) => clients.includes(fingerprint256));
    if (overlaps && this.#files.anyFrontProxy) {
      throw new UsageError(
        '--requestheader-client-ca-file and --client-ca-file contain overlapping certificates; --requestheader-allowed-names must be specified to ensure regular client certificates cannot set authenticating proxy headers for arbitrary users',
      );
    }
  }
}
