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

export interface AuthorizationOptions {
  readonly modes: readonly AuthorizationMode[];
  readonly cache: ObjectCache;
  /** For the mode `Webhook`. */
  readonly webhook?: Authorizer;
}

export interface Authorization extends RuleResolver {
  readonly authorizer: Authorizer;
  readonly rbac: RbacAuthorizer;
  readonly index: RbacIndex;
  /** Follows roles, bindings, pods and volumes, as far as the modes need them, until the answer is called. */
  follow(): () => void;
}

/** UsageError for modes that cannot be, as `--authorization-mode` has them. */
export function parseAuthorizationModes(text: string): AuthorizationMode[] {
  const modes = text.split(',').map((each) => {
    const mode = authorizationModes.find((known) => known === each);
    if (mode !== undefined) return mode;
    throw new UsageError(`--authorization-mode: ${each} is not one of ${authorizationModes.join(', ')}`);
  });
  if (new Set(modes).size < modes.length) throw new UsageError(`--authorization-mode: ${text} has a mode twice`);
  return modes;
}

export function createAuthorization(options: AuthorizationOptions): Authorization {
  const { modes, cache, webhook } = options;
  const index = new RbacIndex();
  const rbac = new RbacAuthorizer(index);
  const nodes = new NodeIndex();
  const nodeRules = systemRoles.find(({ metadata }) => metadata.name === 'system:node')?.rules ?? [];
  const authorizers: Record<AuthorizationMode, () => Authorizer> = {
    AlwaysAllow: () => allowAll,
    AlwaysDeny: () => denyAll,
    Node: () => new NodeAuthorizer(nodes, nodeRules),
    RBAC: () => rbac,
    Webhook: () => {
      if (webhook !== undefined) return webhook;
      throw new UsageError('--authorization-mode: Webhook needs --authorization-webhook-config-file');
    },
  };
  return {
    authorizer: unionOfAuthorizers([mastersOnly, ...modes.map((mode) => authorizers[mode]())]),
    rbac,
    index,
    follow() {
      const stops = [
        ...(modes.includes('RBAC') ? [followRbac(cache, index)] : []),
        ...(modes.includes('Node') ? [nodes.follow(cache)] : []),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
    rulesFor(user, namespace) {
      const { rules, errors } = modes.includes('RBAC') ? rbac.rulesFor(user, namespace) : { rules: [], errors: [] };
      const all = modes.includes('AlwaysAllow') ? [...everything, ...rules] : rules;
      const isNode = modes.includes('Node') && nodeOf(user) !== undefined;
      return {
        rules: all,
        errors: isNode ? [...errors, 'node authorizer does not support user rule resolution'] : errors,
        // What a webhook would say, and what a node's pods need, no list can hold.
        incomplete: isNode || modes.includes('Webhook'),
      };
    },
  };
}

const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];
