/** What definitions of custom resources must be (k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation). */
import type {
  V1CustomResourceConversion,
  V1CustomResourceDefinition,
  V1CustomResourceDefinitionNames,
  V1CustomResourceDefinitionSpec,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1035LabelComplaints, dns1123SubdomainComplaints } from '../../machinery/name-formats.ts';
import { validateMeta } from '../../machinery/object-meta.ts';
import type { Filled } from '../row.ts';
import { checkOneOf } from '../validation/formats.ts';
import { checkWebhookService, checkWebhookUrl } from '../validation/webhooks.ts';
import { type InternalSpec, internalSpec, shownVersions } from './internal-spec.ts';
import { someSchema } from './json-schema.ts';
import { checkVersion, checkVersionParts, hasStatus } from './version-validation.ts';

export type Definition = Filled<V1CustomResourceDefinition>;

const APPROVAL = 'api-approved.kubernetes.io';
const SEE_APPROVAL = 'see https://github.com/kubernetes/enhancements/pull/1111';
const REVIEW_VERSIONS = ['v1', 'v1beta1'];

export function isEstablished({ status }: Definition): boolean {
  return (status.conditions ?? []).some(({ type, status: is }) => type === 'Established' && is === 'True');
}

export function checkDefinition(definition: Definition, errors: FieldErrors): void {
  const { metadata, spec } = definition;
  const nameComplaints = (name: string, prefix: boolean): readonly string[] => [
    ...(prefix ? dns1123SubdomainComplaints(name.replace(/-$/, 'a')) : dns1123SubdomainComplaints(name)),
    ...(name === `${spec.names.plural}.${spec.group}` ? [] : ['must be spec.names.plural+"."+spec.group']),
  ];
  validateMeta(metadata, false, nameComplaints, errors);
  checkSpec(internalSpec(spec), errors);
  checkStatus(definition, errors);
  checkStoredVersions(definition, errors);
  checkApproval(definition, undefined, errors);
  checkPreserveUnknownFields(definition, errors);
}

/** @param old what was stored, which these rules let in; of what they once forgave upstream nothing is left here */
export function checkDefinitionUpdate(definition: Definition, old: Definition, errors: FieldErrors): void {
  const { spec } = definition;
  checkSpec(internalSpec(spec), errors);
  const immutable = (field: string, value: string, before: string) => {
    if (value !== before) errors.invalid(`spec.${field}`, value, 'field is immutable');
  };
  if (isEstablished(old)) {
    immutable('scope', spec.scope, old.spec.scope);
    immutable('names.kind', spec.names.kind, old.spec.names.kind);
  }
  immutable('group', spec.group, old.spec.group);
  immutable('names.plural', spec.names.plural, old.spec.names.plural);
  checkStatus(definition, errors);
  checkStoredVersions(definition, errors);
  checkApproval(definition, old, errors);
  checkPreserveUnknownFields(definition, errors);
}

export function checkStatus({ status }: Definition, errors: FieldErrors): void {
  if (status.acceptedNames !== undefined) checkNames(status.acceptedNames, 'status.acceptedNames', errors);
}

function checkStoredVersions({ spec, status }: Definition, errors: FieldErrors): void {
  const stored = status.storedVersions ?? [];
  const versions: V1CustomResourceDefinitionSpec['versions'] = spec.versions ?? [];
  if (stored.length === 0) {
    errors.invalid(
      'status.storedVersions',
      stored.length === 0 ? null : stored,
      'must have at least one stored version',
    );
    return;
  }
  for (const { name, storage } of versions) {
    if (storage && !stored.includes(name)) {
      errors.invalid('status.storedVersions', stored, `must have the storage version ${name}`);
    }
  }
  for (const [index, name] of stored.entries()) {
    if (stored.lastIndexOf(name) > index || versions.some((version) => version.name === name)) continue;
    const message = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    errors.invalid(`status.storedVersions[${index}]`, name, message);
  }
}

type Approval = 'missing' | 'bypassed' | 'approved' | 'invalid';

function approvalOf({ metadata }: Definition): Approval {
  const value = metadata.annotations?.[APPROVAL] ?? '';
  if (value === '') return 'missing';
  if (value.startsWith('unapproved')) return 'bypassed';
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[^/@]*@)?[^/?#\s]+/.test(value) ? 'approved' : 'invalid';
}

/** Groups of the Kubernetes project need its leave. */
function checkApproval(definition: Definition, old: Definition | undefined, errors: FieldErrors): void {
  if (!/(?:^|\.)(?:k8s|kubernetes)\.io$/.test(definition.spec.group)) return;
  const approval = approvalOf(definition);
  if (old !== undefined && approvalOf(old) === approval) return;
  const path = `metadata.annotations[${APPROVAL}]`;
  const must = `protected groups must have approval annotation "${APPROVAL}"`;
  if (approval === 'missing') errors.required(path, `${must}, ${SEE_APPROVAL}`);
  if (approval === 'invalid') {
    const message = `${must} with either a URL or a reason starting with "unapproved", ${SEE_APPROVAL}`;
    errors.invalid(path, definition.metadata.annotations?.[APPROVAL], message);
  }
}

function checkPreserveUnknownFields({ spec }: Definition, errors: FieldErrors): void {
  if (spec.preserveUnknownFields !== true) return;
  const instead = 'set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
  errors.invalid('spec.preserveUnknownFields', true, `cannot set to true, ${instead}`);
}

function checkSpec(spec: InternalSpec, errors: FieldErrors): void {
  const { wire, versions } = spec;
  checkGroup(wire.group, errors);
  if (!wire.scope) errors.required('spec.scope');
  else checkOneOf(wire.scope, ['Cluster', 'Namespaced'], 'spec.scope', errors);
  if (spec.validation?.openAPIV3Schema === undefined) {
    for (const [i, { schema }] of versions.entries()) {
      if (schema?.openAPIV3Schema === undefined) {
        errors.required(`spec.versions[${i}].schema.openAPIV3Schema`);
      }
    }
  }
  const preserves = wire.preserveUnknownFields === true;
  const schemas = [spec.validation, ...versions.map(({ schema }) => schema)];
  if (
    preserves &&
    schemas.some((each) => someSchema(each?.openAPIV3Schema, (schema) => schema.default !== undefined))
  ) {
    errors.invalid('spec.preserveUnknownFields', true, 'must be false in order to use defaults in the schema');
  }
  checkVersions(spec, errors);
  for (const field of ['plural', 'singular', 'kind', 'listKind'] as const) {
    if (!wire.names[field]) errors.required(`spec.names.${field}`);
  }
  checkNames(wire.names, 'spec.names', errors);
  const statusEnabled = [spec, ...versions].some(({ subresources }) => hasStatus(subresources));
  const schemaPath = { schema: 'validation', within: 'spec' };
  checkVersionParts({ ...spec, schema: spec.validation }, schemaPath, statusEnabled, errors);
  const { conversion } = wire;
  if (conversion === undefined) return;
  if (conversion.strategy !== 'None' && preserves) {
    const message = 'must be None if spec.preserveUnknownFields is true';
    errors.invalid('spec.conversion.strategy', conversion.strategy, message);
  }
  checkConversion(conversion, 'spec.conversion', errors);
}

function checkGroup(group: string, errors: FieldErrors): void {
  const complaints = dns1123SubdomainComplaints(group);
  if (group === '') errors.required('spec.group');
  else if (complaints.length > 0) errors.invalid('spec.group', group, complaints.join(','));
  else if (!group.includes('.')) errors.invalid('spec.group', group, 'should be a domain with at least one dot');
}

function checkVersions(spec: InternalSpec, errors: FieldErrors): void {
  const { versions } = spec;
  for (const [i, version] of versions.entries()) {
    const complaints = dns1035LabelComplaints(version.name);
    if (complaints.length > 0) errors.invalid(`spec.versions[${i}].name`, version.name, complaints.join(','));
    const sharesSubresources = versions.every(({ subresources }) => subresources === undefined);
    const statusEnabled = hasStatus(sharesSubresources ? spec.subresources : version.subresources);
    checkVersion(version, `spec.versions[${i}]`, statusEnabled, errors);
  }
  if (new Set(versions.map(({ name }) => name)).size < versions.length) {
    errors.invalid('spec.versions', shownVersions(versions), 'must contain unique version names');
  }
  if (versions.filter(({ storage }) => storage).length !== 1) {
    // What has no versions is null in Go.
    const shown = spec.wire.versions === null ? null : shownVersions(versions);
    errors.invalid('spec.versions', shown, 'must have exactly one version marked as storage version');
  }
  const [first] = versions;
  const complaints = first === undefined || first.name === '' ? [] : dns1035LabelComplaints(first.name);
  if (complaints.length > 0) errors.invalid('spec.version', first?.name, complaints.join(','));
}

function checkNames(names: V1CustomResourceDefinitionNames, path: string, errors: FieldErrors): void {
  const { plural, singular = '', kind, listKind = '', shortNames = [], categories = [] } = names;
  const check = (value: string, field: string, lead = '', label = value) => {
    const complaints = value === '' ? [] : dns1035LabelComplaints(label);
    if (complaints.length > 0) errors.invalid(`${path}.${field}`, value, lead + complaints.join(','));
  };
  const mixedCase = 'may have mixed case, but should otherwise match: ';
  check(plural, 'plural');
  check(singular, 'singular');
  check(kind, 'kind', mixedCase, kind.toLowerCase());
  check(listKind, 'listKind', mixedCase, listKind.toLowerCase());
  const checkEach = (values: readonly string[], field: string) => {
    for (const [i, value] of values.entries()) {
      const complaints = dns1035LabelComplaints(value);
      if (complaints.length > 0) errors.invalid(`${path}.${field}[${i}]`, value, complaints.join(','));
    }
  };
  checkEach(shortNames, 'shortNames');
  if (kind !== '' && kind === listKind) {
    errors.invalid(`${path}.listKind`, listKind, 'kind and listKind may not be the same');
  }
  checkEach(categories, 'categories');
}

function checkConversion({ strategy, webhook }: V1CustomResourceConversion, path: string, errors: FieldErrors): void {
  const client = webhook?.clientConfig;
  const versions = webhook?.conversionReviewVersions ?? [];
  if (strategy === '') errors.required(`${path}.strategy`);
  else checkOneOf(strategy, ['None', 'Webhook'], `${path}.strategy`, errors);
  const at = `${path}.webhookClientConfig`;
  if (strategy !== 'Webhook') {
    const message = 'should not be set when strategy is not set to Webhook';
    if (client !== undefined) errors.forbidden(at, message);
    if (versions.length > 0) errors.forbidden(`${path}.conversionReviewVersions`, message);
    return;
  }
  if (client === undefined) errors.required(at, 'required when strategy is set to Webhook');
  else if ((client.url === undefined) === (client.service === undefined)) {
    errors.required(at, 'exactly one of url or service is required');
  } else if (client.url !== undefined) checkWebhookUrl(client.url, `${at}.url`, errors);
  else if (client.service !== undefined) checkWebhookService(client.service, `${at}.service`, errors);
  checkReviewVersions(versions, `${path}.conversionReviewVersions`, errors);
}

function checkReviewVersions(versions: readonly string[], path: string, errors: FieldErrors): void {
  if (versions.length === 0) {
    errors.required(path);
    return;
  }
  for (const [i, version] of versions.entries()) {
    if (versions.indexOf(version) < i) {
      errors.invalid(`${path}[${i}]`, version, 'duplicate version');
      continue;
    }
    for (const complaint of dns1035LabelComplaints(version)) errors.invalid(`${path}[${i}]`, version, complaint);
  }
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version))) {
    errors.invalid(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`);
  }
}
