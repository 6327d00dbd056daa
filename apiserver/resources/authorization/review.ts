/**
 * Reviews: questions asked by a create, answered at once and never stored. Who answers is not known here; a row without
 * an answerer is not served.
 */
import type { V1ObjectMeta } from '../../../generated/kubernetes.d.ts';
import { FieldErrors } from '../../machinery/field-errors.ts';
import type { KubeObject, ResourceRow, SpecialRequest } from '../../machinery/resource-row.ts';
import { invalid } from '../../machinery/status.ts';
import { defineRow } from '../row.ts';
import { plainTable } from '../table/columns.ts';

/** Answers the review with its status, or throws a StatusError. */
export type ReviewHandler = (review: KubeObject, request: SpecialRequest) => Promise<KubeObject>;

export interface ReviewHandlers {
  readonly tokenReview?: ReviewHandler;
  readonly selfSubjectReview?: ReviewHandler;
  readonly subjectAccessReview?: ReviewHandler;
  readonly localSubjectAccessReview?: ReviewHandler;
  readonly selfSubjectAccessReview?: ReviewHandler;
  readonly selfSubjectRulesReview?: ReviewHandler;
}

interface Review<T> {
  readonly group: string;
  readonly kind: string;
  readonly namespaced?: boolean;
  /** Absent: this review is not served. */
  readonly handler: ReviewHandler | undefined;
  validate?(review: T, errors: FieldErrors): void;
}

/** The row of a review: one, or none. */
export function reviewRow<T>({ group, kind, namespaced = false, handler, validate }: Review<T>): ResourceRow[] {
  if (handler === undefined) return [];
  const row = defineRow<{ metadata?: V1ObjectMeta | undefined }>({
    group,
    version: 'v1',
    kind,
    namespaced,
    model: `V1${kind}`,
    verbs: ['create'],
    strategy: {},
    table: plainTable,
    virtual: {
      async create(review, request) {
        const errors = new FieldErrors();
        validate?.(review as T, errors);
        // Upstream has lost the kind by the time it complains.
        if (!errors.empty) throw invalid(group, '', '', errors.list);
        return handler(review, request);
      },
    },
  });
  return [row];
}
