/** API services: who serves a group and version; this server itself unless one is named (kube-aggregator). */
import { timestamp } from '../../../base/clock.ts';
import type { V1APIService, V1APIServiceCondition } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import {
  dns1035LabelComplaints,
  dns1123SubdomainComplaints,
  pathSegmentComplaints,
} from '../../machinery/name-formats.ts';
import { defineRow, type Filled, keepField, statusPart } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, nameColumn, textColumn } from '../table/columns.ts';
import { addInvalid, portNumberComplaints } from '../validation/formats.ts';

type ApiService = Filled<V1APIService>;

const GROUP_PRIORITY_MAX = 20_000;
const VERSION_PRIORITY_MAX = 1000;
const DEFAULT_PORT = 443;

/** What an API service of this server itself always is. */
export function localCondition(nowMs: number): V1APIServiceCondition {
  return {
    type: 'Available',
    status: 'True',
    lastTransitionTime: timestamp(nowMs),
    reason: 'Local',
    message: 'Local APIServices are always available',
  };
}

function setDefaults({ spec }: ApiService): void {
  if (spec.service !== undefined) spec.service.port ??= DEFAULT_PORT;
}

function check({ metadata, spec }: ApiService, errors: FieldErrors): void {
  const { group = '', version = '', groupPriorityMinimum, versionPriority } = spec;
  const name = `${version}.${group}`;
  for (const field of ['generateName', 'name'] as const) {
    const is = metadata[field];
    if (!is || is === name || pathSegmentComplaints(is).length > 0) continue;
    errors.invalid(`metadata.${field}`, is, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`);
  }
  if (group === '' && version !== 'v1') {
    errors.required('spec.group', 'only v1 may have an empty group and it better be legacy kube');
  }
  if (group !== '') addInvalid(errors, 'spec.group', group, dns1123SubdomainComplaints(group));
  addInvalid(errors, 'spec.version', version, dns1035LabelComplaints(version));
  checkPriority(groupPriorityMinimum, GROUP_PRIORITY_MAX, 'spec.groupPriorityMinimum', errors);
  checkPriority(versionPriority, VERSION_PRIORITY_MAX, 'spec.versionPriority', errors);
  if (spec.service === undefined) checkLocal(spec, errors);
  else checkRemote(spec, spec.service, errors);
}

function checkPriority(priority: number, max: number, path: string, errors: FieldErrors): void {
  if (priority <= 0 || priority > max) errors.invalid(path, priority, `must be positive and less than ${max}`);
}

function checkLocal({ caBundle, insecureSkipTLSVerify }: ApiService['spec'], errors: FieldErrors): void {
  if (caBundle) {
    const bytes = Buffer.from(caBundle, 'base64').length;
    errors.invalid('spec.caBundle', `${bytes} bytes`, 'local APIServices may not have a caBundle');
  }
  if (insecureSkipTLSVerify === true) {
    const message = 'local APIServices may not have insecureSkipTLSVerify';
    errors.invalid('spec.insecureSkipTLSVerify', true, message);
  }
}

function checkRemote(
  spec: ApiService['spec'],
  service: NonNullable<ApiService['spec']['service']>,
  errors: FieldErrors,
): void {
  const { namespace = '', name = '', port = 0 } = service;
  if (namespace === '') errors.required('spec.service.namespace');
  if (name === '') errors.required('spec.service.name');
  const complaints = portNumberComplaints(port);
  if (complaints.length > 0) {
    errors.invalid('spec.service.port', port, `port is not valid: ${complaints.join(', ')}`);
  }
  if (spec.insecureSkipTLSVerify === true && spec.caBundle) {
    errors.invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present');
  }
}

function availability({ status }: ApiService): string {
  const condition = status.conditions?.find(({ type }) => type === 'Available');
  if (condition === undefined) return 'Unknown';
  return condition.status === 'True' || !condition.reason
    ? condition.status
    : `${condition.status} (${condition.reason})`;
}

const KEPT = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const;

export const apiServiceRow = defineRow<V1APIService>({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  namespaced: false,
  categories: ['api-extensions'],
  model: 'V1APIService',
  storagePrefix: '/registry/apiregistration.k8s.io/apiservices',
  nameRule: 'path',
  allowUnconditionalUpdate: false,
  strategy: {
    defaults: setDefaults,
    prepareForCreate(service, { nowMs }) {
      service.status = service.spec.service === undefined ? { conditions: [localCondition(nowMs)] } : {};
    },
    prepareForUpdate: (service, old) => keepField(service, old, 'status'),
    validate: check,
    metaOnUpdate: ['change', 'content'],
    validateUpdate: (service, _old, errors) => check(service, errors),
  },
  table: {
    columns: [
      nameColumn,
      textColumn('Service', 'The reference to the service that hosts this API endpoint.'),
      textColumn('Available', 'Whether this service is available.'),
      ageColumn,
    ],
    cells(object, nowMs) {
      const { service } = object.spec;
      const host = service === undefined ? 'Local' : `${service.namespace ?? ''}/${service.name ?? ''}`;
      return [nameOf(object), host, availability(object), ageOf(object, nowMs)];
    },
  },
  subresources: {
    status: statusPart<V1APIService>('V1APIService', {
      defaults: setDefaults,
      resetFields: ['spec', 'metadata'],
      prepareForUpdate(service, old) {
        for (const field of KEPT) keepField(service.metadata, old.metadata, field);
      },
      validateUpdate({ status }, _old, errors) {
        const states = ['True', 'False', 'Unknown'];
        for (const [index, condition] of (status.conditions ?? []).entries()) {
          if (states.includes(condition.status)) continue;
          errors.notSupported(`status.conditions[${index}].status`, condition.status, states);
        }
      },
    }),
  },
});
