/** Every built-in row, those of authentication among them, whose handlers here answer nothing of their own. */
import { serviceAccountTokenSubresource } from '../../../apiserver/auth/service-accounts/token-request.ts';
import { makeBuiltinRows } from '../../../apiserver/resources/all.ts';
import type { ReviewHandler } from '../../../apiserver/resources/authorization/review.ts';

const answer: ReviewHandler = async (review) => review;

export const allRows = makeBuiltinRows({
  serviceAccountToken: serviceAccountTokenSubresource({
    issuer: '',
    apiAudiences: [],
    extendExpiration: true,
    sign: async () => '',
  }),
  reviews: {
    tokenReview: answer,
    selfSubjectReview: answer,
    subjectAccessReview: answer,
    localSubjectAccessReview: answer,
    selfSubjectAccessReview: answer,
    selfSubjectRulesReview: answer,
  },
});
