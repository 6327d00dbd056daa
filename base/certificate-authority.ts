/** What signs certificates for a cluster: controllers decide, who has the key signs. */

/** What a certificate request (PKCS #10) asks to be called. */
export interface RequestedNames {
  /** Of several the last counts, as Go reads them. */
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uris: readonly string[];
}

export interface CertificateAuthority {
  /** @param request PEM; rejects when it is none */
  read(request: string): Promise<RequestedNames>;
  /**
   * A certificate in PEM with the names and the key of the request.
   * @param usages as the API has them: `client auth`, `digital signature` …
   * @param expirationSeconds how long it is to be valid; the authority's term when that is shorter, or when absent
   */
  sign(request: string, usages: readonly string[], expirationSeconds?: number): Promise<string>;
}
