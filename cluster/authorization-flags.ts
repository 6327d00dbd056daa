/** kube-apiserver's flags about who may do what. */
import type { Command } from 'commander';
import { type AuthorizerChoice, parseAuthorizationModes } from '../apiserver/auth/authorization.ts';
import { type AuthorizerPlan, loadAuthorizationConfig } from '../apiserver/auth/webhook/authorization-config.ts';
import { WebhookAuthorizer } from '../apiserver/auth/webhook/webhook-authorizer.ts';
import { webhookOfKubeconfig } from '../apiserver/auth/webhook/webhook-client.ts';
import type { Clock } from '../base/clock.ts';
import { UsageError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { choice, duration, list } from './flags.ts';

export interface AuthorizationFlags {
  readonly authorizationMode?: readonly string[];
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
    .option('--authorization-mode <modes>', 'who decides what users may do, asked in turn (Node,RBAC)', list)
    .option('--authorization-config <file>', 'the same by a file (AuthorizationConfiguration)')
    .option('--authorization-webhook-config-file <file>', 'the webhook of the mode Webhook, as a kubeconfig')
    .option('--authorization-webhook-version <version>', 'v1 or v1beta1 (v1beta1)', choice('v1', 'v1beta1'))
    .option('--authorization-webhook-cache-authorized-ttl <duration>', 'how long its yes counts (5m)', duration)
    .option('--authorization-webhook-cache-unauthorized-ttl <duration>', 'how long its no counts (30s)', duration);
}

/** Undefined: the server's own default. UsageError with flag or file, field and reason. */
export async function loadAuthorizers(
  flags: AuthorizationFlags,
  deps: { readonly clock: Clock; readonly logger: Logger },
): Promise<readonly AuthorizerChoice[] | undefined> {
  const plans = await plansOf(flags);
  return plans?.map((plan) =>
    plan.type === 'Webhook' ? { webhook: new WebhookAuthorizer(plan.webhook, deps) } : plan.type,
  );
}

async function plansOf(flags: AuthorizationFlags): Promise<readonly AuthorizerPlan[] | undefined> {
  const { authorizationMode, authorizationConfig, authorizationWebhookConfigFile: webhookFile, ...webhook } = flags;
  if (authorizationConfig !== undefined) {
    const legacy = [authorizationMode, webhookFile, ...Object.values(webhook)];
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
