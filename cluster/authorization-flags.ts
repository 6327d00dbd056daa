/** kube-apiserver's flags about who may do what. */
import type { Command } from 'commander';
import { AbacAuthorizer, loadAbacPolicies } from '../apiserver/auth/abac.ts';
import { type AuthorizerChoice, parseAuthorizationModes } from '../apiserver/auth/authorization.ts';
import { followFile } from '../apiserver/auth/followed-file.ts';
import { type AuthorizerPlan, loadAuthorizationConfig } from '../apiserver/auth/webhook/authorization-config.ts';
import { WebhookAuthorizer } from '../apiserver/auth/webhook/webhook-authorizer.ts';
import { webhookOfKubeconfig } from '../apiserver/auth/webhook/webhook-client.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf, UsageError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { goDuration, goStrings } from './apiserver-flags/go-values.ts';
import { choice } from './flags.ts';

export interface AuthorizationFlags {
  readonly authorizationMode?: readonly string[];
  readonly authorizationPolicyFile?: string;
  readonly authorizationConfig?: string;
  readonly authorizationWebhookConfigFile?: string;
  readonly authorizationWebhookVersion?: 'v1' | 'v1beta1';
  readonly authorizationWebhookCacheAuthorizedTtl?: number;
  readonly authorizationWebhookCacheUnauthorizedTtl?: number;
}

const WEBHOOK_TIMEOUT_MS = 30_000;
const AUTHORIZED_TTL_MS = 5 * 60_000;
const UNAUTHORIZED_TTL_MS = 30_000;

export function authorizationFlags(command: Command): Command {
  return command
    .option('--authorization-mode <modes>', 'who decides what users may do, asked in turn (Node,RBAC)', goStrings)
    .option('--authorization-policy-file <file>', 'the policies of the mode ABAC, one a line')
    .option('--authorization-config <file>', 'the same by a file (AuthorizationConfiguration)')
    .option('--authorization-webhook-config-file <file>', 'the webhook of the mode Webhook, as a kubeconfig')
    .option('--authorization-webhook-version <version>', 'v1 or v1beta1 (v1beta1)', choice('v1', 'v1beta1'))
    .option('--authorization-webhook-cache-authorized-ttl <duration>', 'how long its yes counts (5m)', goDuration)
    .option('--authorization-webhook-cache-unauthorized-ttl <duration>', 'how long its no counts (30s)', goDuration);
}

interface Deps {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Undefined: the server's own default. UsageError with flag or file, field and reason. */
export async function loadAuthorizers(
  flags: AuthorizationFlags,
  deps: Deps,
): Promise<readonly AuthorizerChoice[] | undefined> {
  const plans = await plansOf(flags);
  const { authorizationPolicyFile: policyFile } = flags;
  const usesPolicies = plans?.some(({ type }) => type === 'ABAC') === true;
  if (policyFile !== undefined && !usesPolicies) {
    throw new UsageError('cannot specify --authorization-policy-file without mode ABAC');
  }
  if (plans === undefined) return undefined;
  if (!usesPolicies) return choicesOf(plans, undefined, deps);
  if (policyFile === undefined) {
    throw new UsageError(
      "authorization-mode ABAC's authorization policy file not passed: give --authorization-policy-file",
    );
  }
  return choicesOf(plans, new AbacAuthorizer(await loadAbacPolicies(policyFile, deps.logger)), deps);
}

function choicesOf(
  plans: readonly AuthorizerPlan[],
  abac: AbacAuthorizer | undefined,
  deps: Deps,
): readonly AuthorizerChoice[] {
  return plans.map((plan): AuthorizerChoice => {
    switch (plan.type) {
      case 'Webhook':
        return { webhook: new WebhookAuthorizer(plan.webhook, deps) };
      case 'ABAC':
        if (abac !== undefined) return { abac };
        throw new UsageError('authorizer type ABAC is not allowed if it was not enabled at initial server startup');
      default:
        return plan.type;
    }
  });
}

/**
 * Takes over a changed `--authorization-config`; what is wrong with it is said in the log, and the one before goes on.
 * The answer ends it. `initial`: what the start made of the file.
 */
export function followAuthorizers(
  { authorizationConfig: file }: AuthorizationFlags,
  initial: readonly AuthorizerChoice[] | undefined,
  deps: Deps,
  replace: (chain: readonly AuthorizerChoice[]) => void,
): () => void {
  if (file === undefined) return () => {};
  const policies = initial?.find((each) => typeof each === 'object' && 'abac' in each);
  const abac = typeof policies === 'object' && 'abac' in policies ? policies.abac : undefined;
  const reload = async (): Promise<void> => {
    try {
      replace(choicesOf(await loadAuthorizationConfig(file), abac, deps));
      deps.logger.info({ file }, 'reloaded authorization config');
    } catch (thrown) {
      deps.logger.error(
        { file, error: messageOf(thrown) },
        'authorization config not reloaded; the one before goes on',
      );
    }
  };
  return followFile(file, deps.clock, () => void reload());
}

async function plansOf(flags: AuthorizationFlags): Promise<readonly AuthorizerPlan[] | undefined> {
  const { authorizationMode, authorizationConfig, authorizationWebhookConfigFile: webhookFile } = flags;
  if (authorizationConfig !== undefined) {
    const legacy = [
      authorizationMode,
      webhookFile,
      flags.authorizationWebhookVersion,
      flags.authorizationWebhookCacheAuthorizedTtl,
      flags.authorizationWebhookCacheUnauthorizedTtl,
    ];
    if (legacy.some((flag) => flag !== undefined)) {
      throw new UsageError(
        '--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined',
      );
    }
    return loadAuthorizationConfig(authorizationConfig);
  }
  const modes = authorizationMode === undefined ? undefined : parseAuthorizationModes(authorizationMode);
  if (webhookFile !== undefined && modes?.includes('Webhook') !== true) {
    throw new UsageError('cannot specify --authorization-webhook-config-file without mode Webhook');
  }
  if (modes === undefined) return undefined;
  return Promise.all(
    modes.map(async (type): Promise<AuthorizerPlan> => {
      if (type !== 'Webhook') return { type };
      if (webhookFile === undefined) {
        throw new UsageError(
          "authorization-mode Webhook's authorization config file not passed: give --authorization-webhook-config-file",
        );
      }
      return {
        type,
        webhook: {
          name: 'default',
          post: await webhookOfKubeconfig(webhookFile),
          version: flags.authorizationWebhookVersion ?? 'v1beta1',
          authorizedTtlMs: flags.authorizationWebhookCacheAuthorizedTtl ?? AUTHORIZED_TTL_MS,
          unauthorizedTtlMs: flags.authorizationWebhookCacheUnauthorizedTtl ?? UNAUTHORIZED_TTL_MS,
          timeoutMs: WEBHOOK_TIMEOUT_MS,
          onFailure: 'NoOpinion',
          conditions: [],
        },
      };
    }),
  );
}
