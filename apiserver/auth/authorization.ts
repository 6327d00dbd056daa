/**
 * The authorizer of a server: `system:masters` first, then the modes of `--authorization-mode` in their order. A request
 * that nobody allows is forbidden.
 */
import { UsageError } from '../../base/errors.ts';
import type { UserInfo } from '../machinery/resource-row.ts';
import type { Authorizer } from '../machinery/steps.ts';
import type { AbacAuthorizer } from './abac.ts';
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

export const authorizationModes = ['ABAC', 'AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC', 'Webhook'] as const;
export type AuthorizationMode = (typeof authorizationModes)[number];

/** What somebody may do in a namespace, as a list. */
export interface RuleResolver {
  rulesFor(
    user: UserInfo,
    namespace: string,
  ): { readonly rules: readonly PolicyRule[]; readonly errors: readonly string[]; readonly incomplete: boolean };
}

type OwnMode = Exclude<AuthorizationMode, 'ABAC' | 'Webhook'>;

/** One authorizer of the chain; webhooks and policies are made by whoever read their configuration. */
export type AuthorizerChoice = OwnMode | { readonly webhook: Authorizer } | { readonly abac: AbacAuthorizer };

export interface AuthorizationOptions {
  /** In the order of asking. */
  readonly chain: readonly AuthorizerChoice[];
  readonly cache: ObjectCache;
}

export interface Authorization extends RuleResolver {
  readonly authorizer: Authorizer;
  readonly rbac: RbacAuthorizer;
  readonly index: RbacIndex;
  /** Other authorizers from now on. UsageError when they need what was not followed from the start. */
  replace(chain: readonly AuthorizerChoice[]): void;
  /** Follows roles, bindings, pods and volumes, as far as the modes need them, until the answer is called. */
  follow(): () => void;
}

/** UsageError for modes that cannot be, as `--authorization-mode` has them. */
export function parseAuthorizationModes(names: readonly string[]): AuthorizationMode[] {
  if (names.length === 0) throw new UsageError('at least one authorization-mode must be passed');
  const modes = names.map((each) => {
    const mode = authorizationModes.find((known) => known === each);
    if (mode !== undefined) return mode;
    throw new UsageError(
      `authorization-mode ${JSON.stringify(each)} is not a valid mode: it must be one of ${authorizationModes.join(', ')}`,
    );
  });
  if (new Set(modes).size < modes.length) {
    throw new UsageError(`authorization-mode ${JSON.stringify(names)} has mode specified more than once`);
  }
  return modes;
}

export function createAuthorization({ chain: initial, cache }: AuthorizationOptions): Authorization {
  const index = new RbacIndex();
  const rbac = new RbacAuthorizer(index);
  const nodes = new NodeIndex();
  const nodeRules = systemRoles.find(({ metadata }) => metadata.name === 'system:node')?.rules ?? [];
  const authorizers: Record<OwnMode, () => Authorizer> = {
    AlwaysAllow: () => allowAll,
    AlwaysDeny: () => denyAll,
    Node: () => new NodeAuthorizer(nodes, nodeRules),
    RBAC: () => rbac,
  };
  const authorizerOf = (each: AuthorizerChoice): Authorizer => {
    if (typeof each === 'string') return authorizers[each]();
    return 'webhook' in each ? each.webhook : each.abac;
  };
  const unionOf = (chain: readonly AuthorizerChoice[]): Authorizer =>
    unionOfAuthorizers([mastersOnly, ...chain.map(authorizerOf)]);
  let chain = initial;
  let union = unionOf(initial);
  return {
    authorizer: { authorize: (attributes) => union.authorize(attributes) },
    rbac,
    index,
    replace(next) {
      const late = (['Node', 'RBAC'] as const).find((mode) => next.includes(mode) && !initial.includes(mode));
      if (late !== undefined) {
        throw new UsageError(`authorizer type ${late} is not allowed if it was not enabled at initial server startup`);
      }
      union = unionOf(next);
      chain = next;
    },
    follow() {
      const stops = [
        ...(initial.includes('RBAC') ? [followRbac(cache, index)] : []),
        ...(initial.includes('Node') ? [nodes.follow(cache)] : []),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
    rulesFor(user, namespace) {
      const { rules, errors } = chain.includes('RBAC') ? rbac.rulesFor(user, namespace) : { rules: [], errors: [] };
      const byPolicy = chain.flatMap((each) =>
        typeof each === 'object' && 'abac' in each ? each.abac.rulesFor(user, namespace) : [],
      );
      const hasWebhook = chain.some((each) => typeof each === 'object' && 'webhook' in each);
      const isNode = chain.includes('Node') && nodeOf(user) !== undefined;
      return {
        rules: [...(chain.includes('AlwaysAllow') ? everything : []), ...rules, ...byPolicy],
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
