/** The reviews of authentication.k8s.io: whom does a token stand for, and who am I. */
import type { ResourceRow } from '../../machinery/resource-row.ts';
import { type ReviewHandlers, reviewRow } from '../authorization/review.ts';

const group = 'authentication.k8s.io';

export function identityReviewRows(handlers: ReviewHandlers): readonly ResourceRow[] {
  return [
    ...reviewRow({ group, kind: 'SelfSubjectReview', handler: handlers.selfSubjectReview }),
    ...reviewRow({ group, kind: 'TokenReview', handler: handlers.tokenReview }),
  ];
}
