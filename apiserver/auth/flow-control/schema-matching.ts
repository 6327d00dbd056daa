/**
 * Which flow schema a request falls under (apiserver/pkg/util/flowcontrol: rule.go). The schemas that can concern a user
 * at all are found once per user; what is left to do for a request is a few comparisons.
 */
import type {
  FlowcontrolV1Subject,
  V1FlowSchema,
  V1NonResourcePolicyRule,
  V1PolicyRulesWithSubjects,
  V1ResourcePolicyRule,
} from '../../../generated/kubernetes.d.ts';
import type { UserInfo } from '../../machinery/resource-row.ts';
import type { AuthorizationAttributes } from '../../machinery/steps.ts';

/** Users remembered with their schemas; names are what clients bring, so the number is bounded. */
const USERS_MAX = 5000;
/** Kinds of requests remembered for one user, with the schema of each. */
const KINDS_MAX = 100;
const DEFAULT_PRECEDENCE = 1000;

/** A schema as far as it concerns one user. */
interface Candidate {
  readonly schema: V1FlowSchema;
  readonly rules: readonly V1PolicyRulesWithSubjects[];
}

/** What is known of one user. */
interface UserSchemas {
  readonly candidates: readonly Candidate[];
  /** By all that rules for resources look at. */
  readonly ofKind: Map<string, V1FlowSchema | undefined>;
}

export class SchemaMatcher {
  /** By precedence, then by name. */
  readonly #schemas: readonly V1FlowSchema[];
  readonly #ofUser = new WeakMap<UserInfo, UserSchemas>();
  readonly #ofIdentity = new Map<string, UserSchemas>();

  constructor(schemas: Iterable<V1FlowSchema>) {
    this.#schemas = [...schemas].sort(
      (a, b) => precedence(a) - precedence(b) || compareText(a.metadata?.name ?? '', b.metadata?.name ?? ''),
    );
  }

  /** The first schema that matches; undefined when none does. */
  match(user: UserInfo, attributes: AuthorizationAttributes): V1FlowSchema | undefined {
    const { candidates, ofKind } = this.#schemasOf(user);
    if (!attributes.resourceRequest) return firstOf(candidates, attributes);
    const { verb, group, resource, subresource, namespace } = attributes;
    const kind = `${verb}\n${group}\n${resource}/${subresource}\n${namespace}`;
    let schema = ofKind.get(kind);
    if (schema === undefined) {
      schema = firstOf(candidates, attributes);
      if (ofKind.size >= KINDS_MAX) ofKind.clear();
      ofKind.set(kind, schema);
    }
    return schema;
  }

  #schemasOf(user: UserInfo): UserSchemas {
    const known = this.#ofUser.get(user);
    if (known !== undefined) return known;
    // Some authenticators make a new object for every request.
    const identity = JSON.stringify([user.name, user.groups]);
    let found = this.#ofIdentity.get(identity);
    if (found === undefined) {
      const candidates = this.#schemas
        .map((schema) => ({
          schema,
          rules: (schema.spec?.rules ?? []).filter(({ subjects }) =>
            subjects.some((subject) => matchesSubject(subject, user)),
          ),
        }))
        .filter(({ rules }) => rules.length > 0);
      found = { candidates, ofKind: new Map() };
      if (this.#ofIdentity.size >= USERS_MAX) this.#ofIdentity.clear();
      this.#ofIdentity.set(identity, found);
    }
    this.#ofUser.set(user, found);
    return found;
  }
}

function firstOf(candidates: readonly Candidate[], attributes: AuthorizationAttributes): V1FlowSchema | undefined {
  for (const { schema, rules } of candidates) {
    for (const rule of rules) {
      const matches = attributes.resourceRequest
        ? rule.resourceRules?.some((each) => matchesResource(each, attributes))
        : rule.nonResourceRules?.some((each) => matchesPath(each, attributes));
      if (matches === true) return schema;
    }
  }
  return undefined;
}

function precedence(schema: V1FlowSchema): number {
  return schema.spec?.matchingPrecedence ?? DEFAULT_PRECEDENCE;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function matchesSubject(subject: FlowcontrolV1Subject, user: UserInfo): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.user !== undefined && (subject.user.name === '*' || subject.user.name === user.name);
    case 'Group': {
      const name = subject.group?.name;
      return name !== undefined && (name === '*' || user.groups.includes(name));
    }
    case 'ServiceAccount': {
      if (subject.serviceAccount === undefined) return false;
      const { namespace, name } = subject.serviceAccount;
      const prefix = `system:serviceaccount:${namespace}:`;
      return name === '*' ? user.name.startsWith(prefix) : user.name === prefix + name;
    }
    default:
      return false;
  }
}

/** A wildcard counts only alone, as validation has it. */
function includes(list: readonly string[], value: string): boolean {
  return (list.length === 1 && list[0] === '*') || list.includes(value);
}

function matchesResource(rule: V1ResourcePolicyRule, attributes: AuthorizationAttributes): boolean {
  const { verb, resource, subresource, group, namespace } = attributes;
  if (!includes(rule.verbs, verb)) return false;
  if (!includes(rule.resources, subresource === '' ? resource : `${resource}/${subresource}`)) return false;
  if (!includes(rule.apiGroups, group)) return false;
  return namespace === '' ? rule.clusterScope === true : includes(rule.namespaces ?? [], namespace);
}

function matchesPath(rule: V1NonResourcePolicyRule, { verb, path }: AuthorizationAttributes): boolean {
  if (!includes(rule.verbs, verb)) return false;
  return rule.nonResourceURLs.some((url) => {
    if (url === '*' || url === path) return true;
    const start = url.endsWith('*') ? url.slice(0, -1) : url;
    return path.startsWith(start.endsWith('/') ? start : `${start}/`);
  });
}
