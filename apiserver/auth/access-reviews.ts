/**
 * SubjectAccessReview and its kin: may somebody do something? Asked of the same authorizer that judges requests. Each
 * answers a review that its row has found valid (`resources/authorization/`); nothing is stored.
 */
import type { KubeObject, SpecialRequest, UserInfo } from '../machinery/resource-row.ts';
import { badRequest } from '../machinery/status.ts';
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
  readonly fieldSelector?: Selector;
  readonly labelSelector?: Selector;
}

interface Selector {
  readonly rawSelector?: string;
  readonly requirements?: readonly { readonly key: string; readonly operator: string; readonly values?: string[] }[];
}

interface AccessSpec {
  readonly resourceAttributes?: ResourceAttributes;
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string };
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** About anybody; a local review is about one namespace, and its row has seen to that. */
export function subjectAccessReview(authorizer: Authorizer): CreateReview {
  return async (object) => {
    const spec = specOf(object);
    return answer(object, await authorizer.authorize(attributesOf(spec, subjectOf(spec))));
  };
}

/** About whoever asks. */
export function selfSubjectAccessReview(authorizer: Authorizer): CreateReview {
  return async (object, { user }) => answer(object, await authorizer.authorize(attributesOf(specOf(object), user)));
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
    // Upstream answers with a new object, which nobody has written to.
    return { ...object, metadata: {}, spec: {}, status };
  };
}

function specOf(object: KubeObject): AccessSpec {
  return (object.spec ?? {}) as AccessSpec;
}

function subjectOf(spec: AccessSpec): UserInfo {
  return { name: spec.user ?? '', uid: spec.uid ?? '', groups: spec.groups ?? [], extra: spec.extra ?? {} };
}

function attributesOf(spec: AccessSpec, user: UserInfo): AuthorizationAttributes {
  const { resourceAttributes: resource, nonResourceAttributes: other } = spec;
  const fieldSelector = selectorText(resource?.fieldSelector);
  const labelSelector = selectorText(resource?.labelSelector);
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

/** As a query spells it; what cannot be spelled is left out, and limits nothing. */
function selectorText(selector: Selector | undefined): string | undefined {
  if (selector?.requirements === undefined) return selector?.rawSelector;
  const exact = selector.requirements.flatMap(({ key, operator, values = [] }) =>
    operator === 'In' && values.length === 1 ? [`${key}=${values[0]}`] : [],
  );
  return exact.length === 0 ? undefined : exact.join(',');
}

function answer(object: KubeObject, { decision, reason }: AuthorizationDecision): KubeObject {
  const status = {
    allowed: decision === 'allow',
    ...(decision === 'deny' ? { denied: true } : {}),
    ...(reason === '' ? {} : { reason }),
  };
  return { ...object, status };
}
