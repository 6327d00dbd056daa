/**
 * Users named in headers by a proxy in front of the API server, the way aggregated API servers learn who calls. Headers
 * count only when the connection was made with a certificate of the front proxy's own authority; anybody else's are
 * ignored.
 */
import type { ApiRequest, PresentedCertificate } from '../machinery/api-server.ts';
import type { UserInfo } from '../machinery/resource-row.ts';
import { AuthenticationFailure } from '../machinery/steps.ts';
import { headersWithPrefix, headerValues } from './header-values.ts';

export interface FrontProxyOptions {
  /** `--requestheader-allowed-names`: common names that may act as front proxy; empty: any of the authority's. */
  readonly allowedNames: readonly string[];
  /** In lower case. */
  readonly userHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraPrefixes: readonly string[];
}

/** kubeadm's values. */
export const frontProxyDefaults: FrontProxyOptions = {
  allowedNames: ['front-proxy-client'],
  userHeaders: ['x-remote-user'],
  uidHeaders: ['x-remote-uid'],
  groupHeaders: ['x-remote-group'],
  extraPrefixes: ['x-remote-extra-'],
};

export class FrontProxy {
  readonly #options: FrontProxyOptions;

  constructor(options: FrontProxyOptions) {
    this.#options = options;
  }

  /** The user that the headers name; a failure for a proxy that may not; undefined when no proxy calls or names nobody. */
  identify(request: ApiRequest, certificate: PresentedCertificate): UserInfo | AuthenticationFailure | undefined {
    if (certificate.signedBy !== 'front-proxy-ca') return undefined;
    const { allowedNames, userHeaders, uidHeaders, groupHeaders, extraPrefixes } = this.#options;
    if (allowedNames.length > 0 && !allowedNames.includes(certificate.commonName)) {
      return new AuthenticationFailure(`${certificate.commonName} is not allowed to be a front proxy`);
    }
    const first = (names: readonly string[]): string =>
      names.map((name) => request.headers[name]).find((value) => value !== undefined && value !== '') ?? '';
    const name = first(userHeaders);
    if (name === '') return undefined;
    return {
      name,
      uid: first(uidHeaders),
      groups: groupHeaders.flatMap((header) => headerValues(request, header)),
      extra: headersWithPrefix(request, extraPrefixes),
    };
  }
}
