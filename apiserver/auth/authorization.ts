/**
 * The authorizer of a server: `system:masters` first, then the modes of `--authorization-mode` in their order. A request
 * that nobody allows is forbidden.
 */
import { UsageError } from '../../base/errors.ts';
import type { UserInfo } from '../machinery/resource-row.ts';
import type { Authorizer } from '../machinery/steps.ts';
import { NodeAuthorizer } from './node/node-authorizer.ts';
import { NodeIndex } from './node/node-index.ts';
import type { ObjectCache } from './object-cache.ts';
import { systemRoles } from './rbac/defaults/system-roles.ts';
import { RbacAuthorizer } from './rbac/rbac-authorizer.ts';
import { RbacIndex } from './rbac/rbac-index.ts';
import { followRbac } from './rbac/rbac-source.ts';
import type { PolicyRule } from './rbac/rules.ts';
import { allowAll, denyAll, mastersOnly, unionOfAuthorizers } from './simple-authorizers.ts';
import { nodeOf } from './users.ts';

export const authorizationModes = ['AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC', 'Webhook'] as const;
export type AuthorizationMode = (typeof authorizationModes)[number];

/** What somebody may do in a namespace, as a list. */
export interface RuleResolver {
  rulesFor(
    user: UserInfo,
    namespace: string,
  ): { readonly rules: readonly PolicyRule[]; readonly errors: readonly string[]; readonly incomplete: boolean };
}

/** One authorizer of the chain; a webhook is made by whoever read its configuration. */
export type AuthorizerChoice = Exclude<AuthorizationMode, 'Webhook'> | { readonly webhook: Authorizer };

export interface AuthorizationOptions {
  /** In the order of asking. */
  readonly chain: readonly AuthorizerChoice[];
  readonly cache: ObjectCache;
}

export interface Authorization extends RuleResolver {
  readonly authorizer: Authorizer;
  readonly rbac: RbacAuthorizer;
  readonly index: RbacIndex;
  /** Follows roles, bindings, pods and volumes, as far as the modes need them, until the answer is called. */
  follow(): () => void;
}

/** UsageError for modes that cannot be, as `--authorization-mode` has them. */
export function parseAuthorizationModes(names: readonly string[]): AuthorizationMode[] {
  if (names.length === 0) throw new UsageError('at least one authorization-mode must be passed');
  const modes = names.map((each) => {
    const mode = authorizationModes.find((known) => known === each);
    if (mode !== undefined) return mode;
    if (each === 'ABAC') throw new UsageError('authorization-mode "ABAC" is not there: roles do the same (RBAC)');
    throw new UsageError(
      `authorization-mode ${JSON.stringify(each)} is not a valid mode: it must be one of ${authorizationModes.join(', ')}`,
    );
  });
  if (new Set(modes).size < modes.length) {
    throw new UsageError(`authorization-mode ${JSON.stringify(names)} has mode specified more than once`);
  }
  return modes;
}

export function createAuthorization(options: AuthorizationOptions): Authorization {
  const { chain, cache } = options;
  const index = new RbacIndex();
  const rbac = new RbacAuthorizer(index);
  const nodes = new NodeIndex();
  const nodeRules = systemRoles.find(({ metadata }) => metadata.name === 'system:node')?.rules ?? [];
  const authorizers: Record<Exclude<AuthorizationMode, 'Webhook'>, () => Authorizer> = {
    AlwaysAllow: () => allowAll,
    AlwaysDeny: () => denyAll,
    Node: () => new NodeAuthorizer(nodes, nodeRules),
    RBAC: () => rbac,
  };
  const asked = chain.map((each) => (typeof each === 'string' ? authorizers[each]() : each.webhook));
  const hasWebhook = chain.some((each) => typeof each === 'object');
  return {
    authorizer: unionOfAuthorizers([mastersOnly, ...asked]),
    rbac,
    index,
    follow() {
      const stops = [
        ...(chain.includes('RBAC') ? [followRbac(cache, index)] : []),
        ...(chain.includes('Node') ? [nodes.follow(cache)] : []),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
    rulesFor(user, namespace) {
      const { rules, errors } = chain.includes('RBAC') ? rbac.rulesFor(user, namespace) : { rules: [], errors: [] };
      const all = chain.includes('AlwaysAllow') ? [...everything, ...rules] : rules;
      const isNode = chain.includes('Node') && nodeOf(user) !== undefined;
      return {
        rules: all,
        errors: [
          ...errors,
          ...(isNode ? ['node authorizer does not support user rule resolution'] : []),
          ...(hasWebhook ? ['webhook authorizer does not support user rule resolution'] : []),
        ],
        // What a webhook would say, and what a node's pods need, no list can hold.
        incomplete: isNode || hasWebhook,
      };
    },
  };
}

const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];
