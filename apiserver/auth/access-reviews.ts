/**
 * SubjectAccessReview and its kin: may somebody do something? Asked of the same authorizer that judges requests. Each is
 * the `virtual.create` of its row: nothing is stored.
 */
import { FieldErrors } from '../machinery/field-errors.ts';
import type { KubeObject, SpecialRequest, UserInfo } from '../machinery/resource-row.ts';
import { badRequest, invalid } from '../machinery/status.ts';
import type { AuthorizationAttributes, AuthorizationDecision, Authorizer } from '../machinery/steps.ts';
import type { RuleResolver } from './authorization.ts';

export type CreateReview = (object: KubeObject, request: SpecialRequest) => Promise<KubeObject>;

interface ResourceAttributes {
  readonly namespace?: string;
  readonly verb?: string;
  readonly group?: string;
  readonly version?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly name?: string;
  readonly fieldSelector?: { readonly rawSelector?: string };
  readonly labelSelector?: { readonly rawSelector?: string };
}

interface AccessSpec {
  readonly resourceAttributes?: ResourceAttributes;
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string };
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

const GROUP = 'authorization.k8s.io';

/** About anybody, anywhere. */
export function subjectAccessReview(authorizer: Authorizer): CreateReview {
  return async (object) => {
    const spec = specOf(object);
    const errors = new FieldErrors();
    judgeSubject(spec, errors);
    judgeWhat(spec, errors);
    refuseInvalid(object, 'SubjectAccessReview', errors);
    return answer(object, await authorizer.authorize(attributesOf(spec, subjectOf(spec))));
  };
}

/** About anybody, in the namespace of the review: whoever may ask in one namespace learns nothing of others. */
export function localSubjectAccessReview(authorizer: Authorizer): CreateReview {
  return async (object, { namespace = '' }) => {
    const spec = specOf(object);
    const errors = new FieldErrors();
    judgeSubject(spec, errors);
    judgeWhat(spec, errors);
    if (spec.nonResourceAttributes !== undefined) {
      errors.invalid('spec.nonResourceAttributes', spec.nonResourceAttributes, 'disallowed on this kind of request');
    } else if (spec.resourceAttributes !== undefined && (spec.resourceAttributes.namespace ?? '') !== namespace) {
      errors.invalid(
        'spec.resourceAttributes.namespace',
        spec.resourceAttributes.namespace ?? '',
        'must match metadata.namespace',
      );
    }
    refuseInvalid(object, 'LocalSubjectAccessReview', errors);
    return answer(object, await authorizer.authorize(attributesOf(spec, subjectOf(spec))));
  };
}

/** About whoever asks. */
export function selfSubjectAccessReview(authorizer: Authorizer): CreateReview {
  return async (object, { user }) => {
    const spec = specOf(object);
    const errors = new FieldErrors();
    judgeWhat(spec, errors);
    refuseInvalid(object, 'SelfSubjectAccessReview', errors);
    return answer(object, await authorizer.authorize(attributesOf(spec, user)));
  };
}

/** Everything that whoever asks may do in a namespace, as far as it can be listed. */
export function selfSubjectRulesReview(resolver: RuleResolver): CreateReview {
  return async (object, { user }) => {
    const namespace = (object.spec as { namespace?: string } | undefined)?.namespace ?? '';
    if (namespace === '') throw badRequest('no namespace on request');
    const { rules, errors, incomplete } = resolver.rulesFor(user, namespace);
    const resourceRules = rules.flatMap(({ verbs, apiGroups, resources, resourceNames }) =>
      resources === undefined || resources.length === 0
        ? []
        : [
            {
              verbs: [...verbs],
              apiGroups: [...(apiGroups ?? [])],
              resources: [...resources],
              ...(resourceNames === undefined || resourceNames.length === 0
                ? {}
                : { resourceNames: [...resourceNames] }),
            },
          ],
    );
    const nonResourceRules = rules.flatMap(({ verbs, nonResourceURLs }) =>
      nonResourceURLs === undefined || nonResourceURLs.length === 0
        ? []
        : [{ verbs: [...verbs], nonResourceURLs: [...nonResourceURLs] }],
    );
    const status = {
      resourceRules,
      nonResourceRules,
      incomplete,
      ...(errors.length === 0 ? {} : { evaluationError: errors.join(', ') }),
    };
    return { ...object, spec: {}, status };
  };
}

function specOf(object: KubeObject): AccessSpec {
  return (object.spec ?? {}) as AccessSpec;
}

function judgeSubject(spec: AccessSpec, errors: FieldErrors): void {
  if ((spec.user ?? '') === '' && (spec.groups ?? []).length === 0) {
    errors.invalid('spec.user', spec.user ?? '', 'at least one of user or group must be specified');
  }
}

function judgeWhat(spec: AccessSpec, errors: FieldErrors): void {
  const { resourceAttributes, nonResourceAttributes } = spec;
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    errors.invalid(
      'spec.nonResourceAttributes',
      nonResourceAttributes,
      'cannot be specified in combination with resourceAttributes',
    );
  }
  if (resourceAttributes === undefined && nonResourceAttributes === undefined) {
    errors.invalid(
      'spec.resourceAttributes',
      resourceAttributes,
      'exactly one of nonResourceAttributes or resourceAttributes must be specified',
    );
  }
}

function refuseInvalid(object: KubeObject, kind: string, errors: FieldErrors): void {
  if (!errors.empty) throw invalid(GROUP, kind, object.metadata?.name ?? '', errors.list);
}

function subjectOf(spec: AccessSpec): UserInfo {
  return { name: spec.user ?? '', uid: spec.uid ?? '', groups: spec.groups ?? [], extra: spec.extra ?? {} };
}

function attributesOf(spec: AccessSpec, user: UserInfo): AuthorizationAttributes {
  const { resourceAttributes: resource, nonResourceAttributes: other } = spec;
  const fieldSelector = resource?.fieldSelector?.rawSelector;
  const labelSelector = resource?.labelSelector?.rawSelector;
  return {
    user,
    verb: resource?.verb ?? other?.verb ?? '',
    resourceRequest: resource !== undefined,
    group: resource?.group ?? '',
    version: resource?.version ?? '',
    resource: resource?.resource ?? '',
    subresource: resource?.subresource ?? '',
    namespace: resource?.namespace ?? '',
    name: resource?.name ?? '',
    path: other?.path ?? '',
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
  };
}

function answer(object: KubeObject, { decision, reason }: AuthorizationDecision): KubeObject {
  const status = {
    allowed: decision === 'allow',
    ...(decision === 'deny' ? { denied: true } : {}),
    ...(reason === '' ? {} : { reason }),
  };
  return { ...object, status };
}
