/**
 * `--authorization-config`: the authorizers of a server in their order, several webhooks among them if need be
 * (apiserver.config.k8s.io, AuthorizationConfiguration). Defaults and complaints are upstream's.
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseDuration } from '../../../base/duration.ts';
import { CelCompiler, type CelExpression } from '../../machinery/cel/cel-expression.ts';
import { dns1123SubdomainComplaints } from '../../machinery/name-formats.ts';
import type { AuthorizationMode } from '../authorization.ts';
import { type ConfigNode, loadConfigFile } from '../config-file.ts';
import type { WebhookAuthorizerOptions } from './webhook-authorizer.ts';
import { webhookOfKubeconfig } from './webhook-client.ts';

const GROUP = 'apiserver.config.k8s.io';
const AUTHORIZER_TYPES = ['ABAC', 'AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC', 'Webhook'] as const;
const TIMEOUT_MS_MAX = 30_000;
const CONDITIONS_MAX = 64;
const AUTHORIZED_TTL_MS = 5 * 60_000;
const UNAUTHORIZED_TTL_MS = 30_000;

export type AuthorizerPlan =
  | { readonly type: Exclude<AuthorizationMode, 'Webhook'> }
  | { readonly type: 'Webhook'; readonly webhook: WebhookAuthorizerOptions };

/** UsageError with file, field and reason. */
export async function loadAuthorizationConfig(file: string): Promise<readonly AuthorizerPlan[]> {
  const versions = ['v1', 'v1beta1', 'v1alpha1'].map((version) => `${GROUP}/${version}`);
  return readAuthorizationConfig(await loadConfigFile(file, 'AuthorizationConfiguration', versions));
}

export async function readAuthorizationConfig(node: ConfigNode): Promise<readonly AuthorizerPlan[]> {
  node.only('apiVersion', 'kind', 'authorizers');
  const list = node.field('authorizers');
  if (list.items().length === 0) list.fail('Required value: at least one authorization mode must be defined');
  const plans: AuthorizerPlan[] = [];
  const names = new Set<string>();
  let compiler: CelCompiler | undefined;
  for (const item of list.items()) {
    item.only('type', 'name', 'webhook');
    const type = item.field('type').oneOf(AUTHORIZER_TYPES);
    if (type !== 'Webhook' && plans.some((plan) => plan.type === type)) item.field('type').fail('Duplicate value');
    const name = readName(item.field('name'), names);
    if (type === 'Webhook') {
      compiler ??= new CelCompiler({ name: 'request', type: REQUEST });
      plans.push({ type, webhook: await readWebhook(item.field('webhook'), name, compiler) });
    } else {
      if (item.field('webhook').present) item.field('webhook').fail('may only be specified when type=Webhook');
      plans.push({ type });
    }
  }
  return plans;
}

const SELECTOR = { rawSelector: 'string', requirements: 'list<map<string, dyn>>' };
/** A SubjectAccessReviewSpec. */
const REQUEST = {
  resourceAttributes: {
    namespace: 'string',
    verb: 'string',
    group: 'string',
    version: 'string',
    resource: 'string',
    subresource: 'string',
    name: 'string',
    fieldSelector: SELECTOR,
    labelSelector: SELECTOR,
  },
  nonResourceAttributes: { path: 'string', verb: 'string' },
  user: 'string',
  groups: 'list<string>',
  extra: 'map<string, list<string>>',
  uid: 'string',
};

function readName(node: ConfigNode, names: Set<string>): string {
  const name = node.optionalText() ?? '';
  if (name === '') node.fail('Required value');
  if (names.has(name)) node.fail('Duplicate value');
  const [complaint] = dns1123SubdomainComplaints(name);
  if (complaint !== undefined) node.fail(`authorizer name is invalid: ${complaint}`);
  names.add(name);
  return name;
}

async function readWebhook(node: ConfigNode, name: string, compiler: CelCompiler): Promise<WebhookAuthorizerOptions> {
  if (!node.present) node.fail('required when type=Webhook');
  node.only(
    'authorizedTTL',
    'cacheAuthorizedRequests',
    'unauthorizedTTL',
    'cacheUnauthorizedRequests',
    'timeout',
    'subjectAccessReviewVersion',
    'matchConditionSubjectAccessReviewVersion',
    'failurePolicy',
    'connectionInfo',
    'matchConditions',
  );
  const timeout = node.field('timeout');
  const timeoutMs = readDuration(timeout) ?? timeout.fail('Required value');
  if (timeoutMs <= 0 || timeoutMs > TIMEOUT_MS_MAX) timeout.fail('must be > 0s and <= 30s');
  const ttl = (field: string, remember: string, byDefault: number): number => {
    const ms = readDuration(node.field(field)) ?? byDefault;
    if (ms < 0) node.field(field).fail('must be > 0s');
    return node.field(remember).optionalBoolean() === false ? 0 : ms === 0 ? byDefault : ms;
  };
  const conditions = readConditions(node.field('matchConditions'), compiler);
  const conditionVersion = node.field('matchConditionSubjectAccessReviewVersion');
  if (conditionVersion.present) conditionVersion.oneOf(['v1']);
  else if (conditions.length > 0) conditionVersion.fail('required if match conditions are specified');
  return {
    name,
    timeoutMs,
    conditions,
    authorizedTtlMs: ttl('authorizedTTL', 'cacheAuthorizedRequests', AUTHORIZED_TTL_MS),
    unauthorizedTtlMs: ttl('unauthorizedTTL', 'cacheUnauthorizedRequests', UNAUTHORIZED_TTL_MS),
    version: node.field('subjectAccessReviewVersion').oneOf(['v1', 'v1beta1']),
    onFailure: node.field('failurePolicy').oneOf(['NoOpinion', 'Deny']),
    post: await webhookOfKubeconfig(readConnection(node.field('connectionInfo'))),
  };
}

/** The kubeconfig's file. */
function readConnection(node: ConfigNode): string {
  node.only('type', 'kubeConfigFile');
  const type = node.field('type').oneOf(['KubeConfigFile', 'InClusterConfig']);
  if (type === 'InClusterConfig') node.field('type').fail('this server runs in no cluster: use KubeConfigFile');
  const file = node.field('kubeConfigFile');
  const name = file.optionalText() ?? '';
  if (name === '') file.fail('Required value');
  if (!path.isAbsolute(name)) file.fail('must be an absolute path');
  const state = fs.statSync(name, { throwIfNoEntry: false });
  if (state === undefined) file.fail(`${name} does not exist`);
  else if (!state.isFile()) file.fail('must be a regular file');
  return name;
}

function readConditions(list: ConfigNode, compiler: CelCompiler): CelExpression[] {
  const items = list.items();
  if (items.length > CONDITIONS_MAX) list.fail(`must have at most ${CONDITIONS_MAX} items`);
  const conditions: CelExpression[] = [];
  for (const item of items) {
    item.only('expression');
    const field = item.field('expression');
    const text = field.optionalText() ?? '';
    if (text.trim() === '') field.fail('Required value');
    if (conditions.some((each) => each.text === text)) field.fail('Duplicate value');
    const compiled = compiler.compile(text, ['bool']);
    conditions.push(typeof compiled === 'string' ? field.fail(compiled) : compiled);
  }
  return conditions;
}

function readDuration(node: ConfigNode): number | undefined {
  const text = node.optionalText();
  return text === undefined ? undefined : (parseDuration(text) ?? node.fail('must be a duration such as 3s or 1m30s'));
}
