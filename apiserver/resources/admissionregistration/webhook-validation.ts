/** What admission webhooks must be (pkg/apis/admissionregistration/validation). */

import { deepEqual } from '../../../base/deep-equal.ts';
import type { V1MutatingWebhook, V1ValidatingWebhook } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1035LabelComplaints } from '../../machinery/name-formats.ts';
import { addInvalid, checkFullyQualifiedName, checkOneOf } from '../validation/formats.ts';
import { checkLabelSelector } from '../validation/labels.ts';
import { checkWebhookService, checkWebhookUrl } from '../validation/webhooks.ts';
import { checkMatchConditions, checkRules, FAILURE_POLICIES, MATCH_POLICIES, REINVOCATION_POLICIES } from './rules.ts';

type Webhook = V1ValidatingWebhook & Pick<V1MutatingWebhook, 'reinvocationPolicy'>;

const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const SIDE_EFFECTS = ['None', 'NoneOnDryRun'];
const TIMEOUT_SECONDS_MAX = 30;

/** @param old what is stored; conditions that did not change since are let be */
export function checkWebhooks(
  webhooks: readonly Webhook[] | undefined,
  old: readonly Webhook[] | undefined,
  errors: FieldErrors,
): void {
  const conditionsOf = (list: readonly Webhook[] | undefined) => (list ?? []).map((each) => each.matchConditions ?? []);
  const same = old !== undefined && deepEqual(conditionsOf(webhooks), conditionsOf(old));
  const names = new Set<string>();
  for (const [index, webhook] of (webhooks ?? []).entries()) {
    const path = `webhooks[${index}]`;
    checkWebhook(webhook, path, errors);
    if (!same) checkMatchConditions(webhook.matchConditions, false, `${path}.matchConditions`, errors);
    checkReviewVersions(webhook.admissionReviewVersions ?? [], `${path}.admissionReviewVersions`, errors);
    if (webhook.name === '') continue;
    if (names.has(webhook.name)) errors.duplicate(`${path}.name`, webhook.name);
    names.add(webhook.name);
  }
}

function checkWebhook(webhook: Webhook, path: string, errors: FieldErrors): void {
  const { failurePolicy, matchPolicy, timeoutSeconds: timeout, reinvocationPolicy } = webhook;
  // What is not said is written as null.
  const sideEffects: string | undefined = webhook.sideEffects ?? undefined;
  checkFullyQualifiedName(webhook.name, `${path}.name`, errors);
  checkRules(webhook.rules, `${path}.rules`, errors);
  if (failurePolicy !== undefined) checkOneOf(failurePolicy, FAILURE_POLICIES, `${path}.failurePolicy`, errors);
  if (matchPolicy !== undefined) checkOneOf(matchPolicy, MATCH_POLICIES, `${path}.matchPolicy`, errors);
  if (sideEffects === undefined) {
    errors.required(`${path}.sideEffects`, `must specify one of ${SIDE_EFFECTS.join(', ')}`);
  } else checkOneOf(sideEffects, SIDE_EFFECTS, `${path}.sideEffects`, errors);
  if (timeout !== undefined && (timeout < 1 || timeout > TIMEOUT_SECONDS_MAX)) {
    const message = `the timeout value must be between 1 and ${TIMEOUT_SECONDS_MAX} seconds`;
    errors.invalid(`${path}.timeoutSeconds`, timeout, message);
  }
  checkLabelSelector(webhook.namespaceSelector, `${path}.namespaceSelector`, errors);
  checkLabelSelector(webhook.objectSelector, `${path}.objectSelector`, errors);
  if (reinvocationPolicy !== undefined) {
    checkOneOf(reinvocationPolicy, REINVOCATION_POLICIES, `${path}.reinvocationPolicy`, errors);
  }
  checkClient(webhook.clientConfig ?? {}, `${path}.clientConfig`, errors);
}

function checkClient({ url, service }: Webhook['clientConfig'], path: string, errors: FieldErrors): void {
  if ((url === undefined) === (service === undefined)) {
    errors.required(path, 'exactly one of url or service is required');
  } else if (url !== undefined) checkWebhookUrl(url, `${path}.url`, errors);
  else if (service !== undefined) {
    // Upstream takes name and namespace for each other here.
    const swapped = { ...service, name: service.namespace, namespace: service.name };
    checkWebhookService(swapped, `${path}.service`, errors);
  }
}

function checkReviewVersions(versions: readonly string[], path: string, errors: FieldErrors): void {
  if (versions.length === 0) {
    errors.required(path, `must specify one of ${REVIEW_VERSIONS.join(', ')}`);
    return;
  }
  for (const [index, version] of versions.entries()) {
    const at = `${path}[${index}]`;
    if (versions.indexOf(version) < index) errors.invalid(at, version, 'duplicate version');
    else addInvalid(errors, at, version, dns1035LabelComplaints(version));
  }
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version))) {
    errors.invalid(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`);
  }
}
