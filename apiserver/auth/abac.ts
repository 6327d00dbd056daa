/**
 * Mode ABAC (`--authorization-policy-file`): one policy a line, as JSON, read once at the start. A policy allows its user
 * or group what its namespace, resource and API group say, or its path; there is no way to forbid
 * (k8s.io/kubernetes/pkg/auth/authorizer/abac). Lines without a version are of its first one, and mean what they meant then.
 */
import { messageOf, UsageError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { UserInfo } from '../machinery/resource-row.ts';
import type { AuthorizationAttributes, AuthorizationDecision, Authorizer } from '../machinery/steps.ts';
import type { PolicyRule } from './rbac/rules.ts';
import { readTextIfPresent } from './secret-file.ts';
import { allowed } from './simple-authorizers.ts';
import { group } from './users.ts';

const VERSIONED = 'abac.authorization.kubernetes.io/v1beta1';
const READING = ['get', 'list', 'watch'];
const TEXTS = ['user', 'group', 'namespace', 'resource', 'apiGroup', 'nonResourcePath'] as const;
const FIRST_TEXTS = ['user', 'group', 'namespace', 'resource'] as const;

export interface AbacPolicy {
  readonly user: string;
  readonly group: string;
  readonly readonly: boolean;
  readonly apiGroup: string;
  readonly resource: string;
  readonly namespace: string;
  readonly nonResourcePath: string;
}

/** UsageError with file, line and reason. */
export async function loadAbacPolicies(file: string, logger: Logger): Promise<readonly AbacPolicy[]> {
  const text = await readTextIfPresent(file);
  if (text === undefined) throw new UsageError(`--authorization-policy-file: ${file} does not exist`);
  const { policies, unversioned } = parseAbacPolicies(text, file);
  if (unversioned > 0) logger.warn({ file, lines: unversioned }, 'the policy file contains rules without a version');
  return policies;
}

export function parseAbacPolicies(
  text: string,
  file: string,
): { readonly policies: readonly AbacPolicy[]; readonly unversioned: number } {
  let unversioned = 0;
  const policies = text.split('\n').flatMap((line, index) => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return [];
    try {
      const object = recordOf(JSON.parse(trimmed), 'the line');
      if (object.apiVersion === undefined && object.kind === undefined) {
        unversioned++;
        return [firstVersion(object)];
      }
      return [current(object)];
    } catch (thrown) {
      throw new UsageError(`error reading policy file ${file}, line ${index + 1}: ${messageOf(thrown)}`);
    }
  });
  return { policies, unversioned };
}

type JsonRecord = Readonly<Record<string, unknown>>;

function current(object: JsonRecord): AbacPolicy {
  if (object.apiVersion !== VERSIONED) throw new Error(`apiVersion must be ${VERSIONED}`);
  if (object.kind !== 'Policy') throw new Error('kind must be Policy');
  const policy = fieldsOf(recordOf(object.spec ?? {}, 'spec'), TEXTS);
  return policy.user === '*' || policy.group === '*' ? { ...policy, user: '', group: group.authenticated } : policy;
}

/** What is not said there means everything, of resources and of paths. */
function firstVersion(object: JsonRecord): AbacPolicy {
  const said = fieldsOf(object, FIRST_TEXTS);
  const anybody = (said.user === '' && said.group === '') || said.user === '*' || said.group === '*';
  return {
    ...said,
    ...(anybody ? { user: '', group: group.authenticated } : {}),
    namespace: said.namespace === '' ? '*' : said.namespace,
    resource: said.resource === '' ? '*' : said.resource,
    apiGroup: '*',
    nonResourcePath: said.namespace === '' && said.resource === '' ? '*' : '',
  };
}

function fieldsOf(object: JsonRecord, names: readonly (typeof TEXTS)[number][]): AbacPolicy {
  const text = (name: (typeof TEXTS)[number]): string => {
    const value = names.includes(name) ? (object[name] ?? '') : '';
    if (typeof value !== 'string') throw new Error(`${name} must be a text`);
    return value;
  };
  const { readonly: onlyReads = false } = object;
  if (typeof onlyReads !== 'boolean') throw new Error('readonly must be true or false');
  return {
    user: text('user'),
    group: text('group'),
    readonly: onlyReads,
    apiGroup: text('apiGroup'),
    resource: text('resource'),
    namespace: text('namespace'),
    nonResourcePath: text('nonResourcePath'),
  };
}

function recordOf(value: unknown, what: string): JsonRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} is no object`);
  return value as JsonRecord;
}

export class AbacAuthorizer implements Authorizer {
  readonly #policies: readonly AbacPolicy[];

  constructor(policies: readonly AbacPolicy[]) {
    this.#policies = policies;
  }

  authorize(attributes: AuthorizationAttributes): AuthorizationDecision {
    const reads = READING.includes(attributes.verb);
    const matching = this.#policies.some(
      (policy) => isAbout(policy, attributes.user) && (reads || !policy.readonly) && covers(policy, attributes),
    );
    return matching ? allowed : { decision: 'noOpinion', reason: 'No policy matched.' };
  }

  rulesFor(user: UserInfo, namespace: string): readonly PolicyRule[] {
    return this.#policies
      .filter((policy) => isAbout(policy, user) && (policy.namespace === '*' || policy.namespace === namespace))
      .flatMap(({ readonly, apiGroup, resource, nonResourcePath }): PolicyRule[] => {
        const verbs = readonly ? READING : ['*'];
        return [
          ...(resource === '' ? [] : [{ verbs, apiGroups: [apiGroup], resources: [resource] }]),
          ...(nonResourcePath === '' ? [] : [{ verbs, nonResourceURLs: [nonResourcePath] }]),
        ];
      });
  }
}

/** A policy that names nobody is nobody's; one that names a user and a group wants both. */
function isAbout(policy: AbacPolicy, user: UserInfo): boolean {
  if (policy.user === '' && policy.group === '') return false;
  if (policy.user !== '' && policy.user !== '*' && policy.user !== user.name) return false;
  return policy.group === '' || policy.group === '*' || user.groups.includes(policy.group);
}

function covers(policy: AbacPolicy, { resourceRequest, namespace, resource, group, path }: AuthorizationAttributes) {
  const fits = (pattern: string, value: string): boolean => pattern === '*' || pattern === value;
  if (resourceRequest) {
    return fits(policy.namespace, namespace) && fits(policy.resource, resource) && fits(policy.apiGroup, group);
  }
  const { nonResourcePath } = policy;
  return (
    fits(nonResourcePath, path) ||
    (nonResourcePath.endsWith('*') && path.startsWith(nonResourcePath.replace(/\*+$/, '')))
  );
}
