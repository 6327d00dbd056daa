/**
 * Who calls: the authenticators of a server in kube-apiserver's order (front proxy, client certificate, bearer token),
 * and the anonymous user for whoever presented nothing. Whoever presented something wrong, and nothing right, is
 * refused with 401.
 */
import type { ApiRequest } from '../machinery/api-server.ts';
import type { UserInfo } from '../machinery/resource-row.ts';
import { AuthenticationFailure, type Authenticator, type Awaitable, type CredentialNotes } from '../machinery/steps.ts';
import type { FrontProxy } from './front-proxy.ts';
import type { TokenAuthenticator, TokenIdentity } from './token-authenticators.ts';
import { ANONYMOUS, anonymousUser, CREDENTIAL_ID, group, makeUser } from './users.ts';

export interface AuthenticationOptions {
  readonly tokens?: TokenAuthenticator;
  readonly frontProxy?: FrontProxy;
  /** Which paths anonymous requests may be made to: all (what roles then allow), none, or those listed. */
  readonly anonymous: boolean | readonly string[];
}

type Answer = UserInfo | AuthenticationFailure | undefined;

/** Every user but the anonymous gets the group `system:authenticated`. Known tokens and certificates cost no promise. */
export function createAuthenticator(options: AuthenticationOptions): Authenticator {
  return {
    authenticate(request: ApiRequest, notes?: CredentialNotes): Awaitable<Answer> {
      const { credentials } = request;
      if (credentials.type === 'loopback') return authenticated(credentials.user);
      let wrong: AuthenticationFailure | undefined;
      const { certificate } = credentials;
      if (certificate !== undefined) {
        const proxied = options.frontProxy?.identify(request, certificate);
        if (proxied !== undefined && !(proxied instanceof AuthenticationFailure)) return authenticated(proxied);
        wrong = proxied;
        if (certificate.signedBy === 'client-ca' && certificate.commonName !== '') {
          return authenticated(
            makeUser(certificate.commonName, certificate.organizations, '', {
              [CREDENTIAL_ID]: [`X509SHA256=${certificate.sha256}`],
            }),
          );
        }
        if (certificate.signedBy === 'nobody') {
          wrong = new AuthenticationFailure('the client certificate is not valid, or signed by an unknown authority');
        }
      }
      const token = bearerToken(request.headers);
      if (token === undefined || options.tokens === undefined) {
        if (token !== undefined) wrong = new AuthenticationFailure('invalid bearer token');
        return wrong ?? anonymous(options.anonymous, request);
      }
      const answer = options.tokens.authenticate(token);
      return answer instanceof Promise ? answer.then((settled) => ofToken(settled, notes)) : ofToken(answer, notes);
    },
  };
}

function ofToken(answer: TokenIdentity | AuthenticationFailure | undefined, notes?: CredentialNotes): Answer {
  if (answer === undefined) return new AuthenticationFailure('invalid bearer token');
  if (answer instanceof AuthenticationFailure) return answer;
  if (answer.notes !== undefined && notes !== undefined) {
    for (const text of answer.notes.warnings ?? []) notes.warn(text);
    for (const [key, value] of Object.entries(answer.notes.annotations ?? {})) notes.annotate(key, value);
  }
  return authenticated(answer.user);
}

const withGroup = new WeakMap<UserInfo, UserInfo>();

/** The same user with `system:authenticated`, made once for each user object. */
function authenticated(user: UserInfo): UserInfo {
  if (user.name === ANONYMOUS || user.groups.includes(group.authenticated)) return user;
  if (user.groups.includes(group.unauthenticated)) return user;
  let more = withGroup.get(user);
  if (more === undefined) {
    more = { ...user, groups: [...user.groups, group.authenticated] };
    withGroup.set(user, more);
  }
  return more;
}

function anonymous(allowed: boolean | readonly string[], request: ApiRequest): UserInfo | undefined {
  if (allowed === true) return anonymousUser;
  if (allowed === false) return undefined;
  const end = request.url.indexOf('?');
  return allowed.includes(end < 0 ? request.url : request.url.slice(0, end)) ? anonymousUser : undefined;
}

/**
 * The token of `Authorization: Bearer …`, or of a WebSocket's sub-protocol (browsers cannot set the header). Undefined
 * when there is none; a token in a URL does not count.
 */
export function bearerToken(headers: ApiRequest['headers']): string | undefined {
  const header = headers.authorization;
  if (header !== undefined) {
    const plain = header.startsWith('Bearer ') ? header.slice(7) : '';
    if (plain !== '' && /^[\x21-\x7e]+$/.test(plain)) return plain;
    const [scheme, token] = header.trim().split(' ', 3);
    if (scheme?.toLowerCase() === 'bearer' && token !== undefined && token !== '') return token;
  }
  return headers.upgrade?.toLowerCase() === 'websocket' ? webSocketToken(headers['sec-websocket-protocol']) : undefined;
}

const WEB_SOCKET_TOKEN = 'base64url.bearer.authorization.k8s.io.';

function webSocketToken(protocols: string | undefined): string | undefined {
  const found = protocols
    ?.split(',')
    .map((each) => each.trim())
    .find((each) => each.startsWith(WEB_SOCKET_TOKEN));
  if (found === undefined) return undefined;
  const token = Buffer.from(found.slice(WEB_SOCKET_TOKEN.length), 'base64url').toString('utf8');
  return token === '' ? undefined : token;
}
