/** Authorizers without policy, and how several are asked in turn. */
import type { AuthorizationDecision, Authorizer, Awaitable } from '../machinery/steps.ts';
import { group } from './users.ts';

export const allowed: AuthorizationDecision = { decision: 'allow', reason: '' };
export const noOpinion: AuthorizationDecision = { decision: 'noOpinion', reason: '' };

/** `AlwaysAllow`. */
export const allowAll: Authorizer = { authorize: () => allowed };

/** `AlwaysDeny`. */
export const denyAll: Authorizer = {
  authorize: () => ({ decision: 'noOpinion', reason: 'Everything is forbidden.' }),
};

/** Whoever is in `groups` may do everything. Upstream's chain begins with this one for `system:masters`. */
export function privilegedGroups(...groups: readonly string[]): Authorizer {
  return {
    authorize: ({ user }) => (user.groups.some((each) => groups.includes(each)) ? allowed : noOpinion),
  };
}

export const mastersOnly: Authorizer = privilegedGroups(group.masters);

/**
 * Asks each until one allows or denies. Nobody having an opinion means no; the reasons given on the way are joined.
 * As long as no authorizer answers with a promise, the answer is none either.
 */
export function unionOfAuthorizers(authorizers: readonly Authorizer[]): Authorizer {
  return {
    authorize(attributes) {
      const reasons: string[] = [];
      const ask = (from: number): Awaitable<AuthorizationDecision> => {
        for (let i = from; i < authorizers.length; i++) {
          const answer = authorizers[i]?.authorize(attributes) ?? noOpinion;
          if (answer instanceof Promise) return answer.then((settled) => judge(settled) ?? ask(i + 1));
          const decided = judge(answer);
          if (decided !== undefined) return decided;
        }
        return reasons.length === 0 ? noOpinion : { decision: 'noOpinion', reason: reasons.join('\n') };
      };
      const judge = (answer: AuthorizationDecision): AuthorizationDecision | undefined => {
        if (answer.decision !== 'noOpinion') return answer;
        if (answer.reason !== '') reasons.push(answer.reason);
        return undefined;
      };
      return ask(0);
    },
  };
}
