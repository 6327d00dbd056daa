/** The configurations of admission webhooks, mutating and validating (pkg/registry/admissionregistration). */
import type {
  V1MutatingWebhookConfiguration,
  V1ValidatingWebhook,
  V1ValidatingWebhookConfiguration,
} from '../../../generated/kubernetes.d.ts';
import { defineRow, type KindStrategy, type KindTable } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, integerColumn, nameColumn } from '../table/columns.ts';
import { setRuleDefaults } from './rules.ts';
import { checkWebhooks } from './webhook-validation.ts';

type Configuration = V1MutatingWebhookConfiguration | V1ValidatingWebhookConfiguration;

const DEFAULT_TIMEOUT_SECONDS = 10;
const DEFAULT_PORT = 443;

function setWebhookDefaults(webhook: V1ValidatingWebhook): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= DEFAULT_TIMEOUT_SECONDS;
  setRuleDefaults(webhook.rules);
  if (webhook.clientConfig?.service !== undefined) webhook.clientConfig.service.port ??= DEFAULT_PORT;
}

const strategy: KindStrategy<Configuration> = {
  defaults({ webhooks }) {
    for (const webhook of webhooks ?? []) setWebhookDefaults(webhook);
  },
  validate: ({ webhooks }, errors) => checkWebhooks(webhooks, undefined, errors),
  metaOnUpdate: ['content'],
  validateUpdate: ({ webhooks }, old, errors) => checkWebhooks(webhooks, old.webhooks, errors),
};

const table: KindTable<Configuration> = {
  columns: [
    nameColumn,
    integerColumn('Webhooks', 'Webhooks indicates the number of webhooks registered in this configuration'),
    ageColumn,
  ],
  cells: (object, nowMs) => [nameOf(object), (object.webhooks ?? []).length, ageOf(object, nowMs)],
};

const common = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  namespaced: false,
  categories: ['api-extensions'],
  generation: ['webhooks'],
  generationCountsEmpty: true,
  allowUnconditionalUpdate: false,
  table,
};

export const validatingWebhookConfigurationRow = defineRow<Configuration>({
  ...common,
  kind: 'ValidatingWebhookConfiguration',
  model: 'V1ValidatingWebhookConfiguration',
  strategy,
});

export const mutatingWebhookConfigurationRow = defineRow<Configuration>({
  ...common,
  kind: 'MutatingWebhookConfiguration',
  model: 'V1MutatingWebhookConfiguration',
  strategy: {
    ...strategy,
    defaults(configuration) {
      strategy.defaults?.(configuration);
      for (const webhook of (configuration as V1MutatingWebhookConfiguration).webhooks ?? []) {
        webhook.reinvocationPolicy ??= 'Never';
      }
    },
  },
});
