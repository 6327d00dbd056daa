/** The reviews of authorization.k8s.io: may somebody do something, and what may one do at all. */
import type {
  V1LocalSubjectAccessReview,
  V1SelfSubjectAccessReview,
  V1SubjectAccessReview,
} from '../../../generated/kubernetes.d.ts';
import type { ResourceRow } from '../../machinery/resource-row.ts';
import { validateLocalReview, validateSelfReview, validateSubjectReview } from './access-review-validation.ts';
import { type ReviewHandlers, reviewRow } from './review.ts';

const group = 'authorization.k8s.io';

export function accessReviewRows(handlers: ReviewHandlers): readonly ResourceRow[] {
  return [
    ...reviewRow<V1LocalSubjectAccessReview>({
      group,
      kind: 'LocalSubjectAccessReview',
      namespaced: true,
      handler: handlers.localSubjectAccessReview,
      validate: validateLocalReview,
    }),
    ...reviewRow<V1SelfSubjectAccessReview>({
      group,
      kind: 'SelfSubjectAccessReview',
      handler: handlers.selfSubjectAccessReview,
      validate: validateSelfReview,
    }),
    ...reviewRow({ group, kind: 'SelfSubjectRulesReview', handler: handlers.selfSubjectRulesReview }),
    ...reviewRow<V1SubjectAccessReview>({
      group,
      kind: 'SubjectAccessReview',
      handler: handlers.subjectAccessReview,
      validate: validateSubjectReview,
    }),
  ];
}
