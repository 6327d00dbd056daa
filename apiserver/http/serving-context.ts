/** The certificates that the API shows: one by default, others for the names that clients ask for (SNI). */
import tls from 'node:tls';

export interface ServingPair {
  readonly key: string;
  readonly certificate: string;
}

export interface NamedPair extends ServingPair {
  /** In lower case; `*.example.org` stands for one label. */
  readonly names: readonly string[];
}

export interface ListenTls extends ServingPair {
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** In OpenSSL's words. */
  readonly ciphers?: string;
  /** To agree on keys with, in OpenSSL's words. */
  readonly curves?: string;
  /** The first whose name fits is shown. */
  readonly named?: readonly NamedPair[];
}

/** What new connections are made with; `replace` counts for those that come after it. */
export class ServingContext {
  #tls: ListenTls;
  #authorityPems: readonly string[];
  #named: readonly { readonly names: readonly string[]; readonly context: tls.SecureContext }[] = [];

  /** Throws what OpenSSL says of a pair that cannot be used. */
  constructor(options: ListenTls, authorityPems: readonly string[]) {
    this.#tls = options;
    this.#authorityPems = authorityPems;
    this.replace(options, authorityPems);
  }

  /** For `https.createServer` and `setSecureContext`. */
  get options(): tls.SecureContextOptions {
    return contextOptions(this.#tls, this.#tls, this.#authorityPems);
  }

  replace(options: ListenTls, authorityPems: readonly string[]): void {
    const named = (options.named ?? []).map((pair) => ({
      names: pair.names,
      context: tls.createSecureContext(contextOptions(pair, options, authorityPems)),
    }));
    this.#tls = options;
    this.#authorityPems = authorityPems;
    this.#named = named;
  }

  get tls(): ListenTls {
    return this.#tls;
  }

  /** Undefined: the default one. */
  contextFor(serverName: string): tls.SecureContext | undefined {
    const name = serverName.toLowerCase().replace(/\.$/, '');
    const anyLabel = name.replace(/^[^.]*/, '*');
    const exact = this.#named.find(({ names }) => names.includes(name));
    return (exact ?? this.#named.find(({ names }) => names.includes(anyLabel)))?.context;
  }
}

function contextOptions(
  pair: ServingPair,
  { minVersion, ciphers, curves }: ListenTls,
  authorityPems: readonly string[],
): tls.SecureContextOptions {
  return {
    key: pair.key,
    cert: pair.certificate,
    // Without any, Node would load all the authorities of the public web, which takes longer than the rest.
    ca: [...authorityPems],
    minVersion: minVersion ?? 'TLSv1.2',
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(curves === undefined ? {} : { ecdhCurve: curves }),
  };
}
