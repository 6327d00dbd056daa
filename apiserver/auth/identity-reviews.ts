/** TokenReview and SelfSubjectReview: who is somebody? Each is the `virtual.create` of its row: nothing is stored. */
import { type Clock, timestamp } from '../../base/clock.ts';
import type { KubeObject, UserInfo } from '../machinery/resource-row.ts';
import { badRequest } from '../machinery/status.ts';
import { AuthenticationFailure } from '../machinery/steps.ts';
import type { CreateReview } from './access-reviews.ts';
import type { TokenAuthenticator } from './token-authenticators.ts';
import { group } from './users.ts';

/** Who a token stands for. `apiAudiences`: what is asked for when the review names no audience. */
export function tokenReview(tokens: TokenAuthenticator, apiAudiences: readonly string[]): CreateReview {
  return async (object) => {
    const { token = '', audiences = [] } = (object.spec ?? {}) as { token?: string; audiences?: readonly string[] };
    if (token === '') throw badRequest('token is required for TokenReview in authentication');
    const wanted = audiences.length === 0 ? apiAudiences : audiences;
    const answer = await tokens.authenticate(token, wanted);
    if (answer === undefined || answer instanceof AuthenticationFailure) {
      return { ...object, status: { user: {}, error: refusalOf(answer) } };
    }
    // An issuer that knows no audiences issues for the API server.
    const matching = answer.audiences ?? wanted.filter((each) => apiAudiences.includes(each));
    if (matching.length === 0 && wanted.length > 0) return { ...object, status: { user: {} } };
    const groups = answer.user.groups.includes(group.authenticated)
      ? answer.user.groups
      : [...answer.user.groups, group.authenticated];
    const status = {
      authenticated: true,
      user: showUser({ ...answer.user, groups }),
      ...(matching.length === 0 ? {} : { audiences: [...matching] }),
    };
    return { ...object, status };
  };
}

/** Upstream's server asks itself first, which knows no such token either. */
function refusalOf(failure: AuthenticationFailure | undefined): string {
  return failure === undefined ? 'invalid bearer token' : `[invalid bearer token, ${failure.reason}]`;
}

/** Who asks. */
export function selfSubjectReview(clock: Clock): CreateReview {
  return async (object: KubeObject, { user }) => ({
    ...object,
    metadata: { ...object.metadata, creationTimestamp: timestamp(clock.nowMs()) },
    status: { userInfo: showUser(user) },
  });
}

function showUser({ name, uid, groups, extra }: UserInfo): Record<string, unknown> {
  return {
    ...(name === '' ? {} : { username: name }),
    ...(uid === '' ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups: [...groups] }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}
