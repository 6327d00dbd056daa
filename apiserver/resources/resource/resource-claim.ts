/** Claims to devices, and the templates that pods' claims are made from. What is claimed never changes. */
import type { ResourceV1ResourceClaim, V1ResourceClaimTemplate } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { defineRow, type Filled, keepField, keepMetadata, statusPart } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, nameColumn, textColumn } from '../table/columns.ts';
import { checkTemplateMetadata } from '../validation/claims.ts';
import { checkImmutableModel } from '../validation/immutability.ts';
import { internalForm } from '../validation/internal-form.ts';
import { type Claim, checkClaimStatus, deviceKey, resultsOf } from './claim-status-validation.ts';
import { checkDeviceClaim, setDeviceClaimDefaults } from './device-requests.ts';

type Template = Filled<V1ResourceClaimTemplate>;

const MODEL = 'ResourceV1ResourceClaim';
const common = { group: 'resource.k8s.io', version: 'v1', returnsDeletedObject: true };

/** What drivers say about devices goes when the devices are given back. */
function dropReleasedDevices(claim: Claim, old: Claim): void {
  const released = new Set(resultsOf(old).map(deviceKey));
  for (const result of resultsOf(claim)) released.delete(deviceKey(result));
  const kept = (claim.status.devices ?? []).filter((device) => !released.has(deviceKey(device)));
  if (kept.length === 0) delete claim.status.devices;
  else claim.status.devices = kept;
}

function stateOf({ metadata, status }: Claim): string {
  const states: string[] = [];
  const isDeleted = Boolean(metadata.deletionTimestamp);
  if (isDeleted) states.push('deleted');
  if (status.allocation !== undefined) states.push('allocated');
  else if (!isDeleted) states.push('pending');
  if (status.allocation !== undefined && (status.reservedFor ?? []).length > 0) states.push('reserved');
  return states.join(',');
}

export const resourceClaimRow = defineRow<ResourceV1ResourceClaim>({
  ...common,
  kind: 'ResourceClaim',
  model: MODEL,
  strategy: {
    defaults: ({ spec }) => setDeviceClaimDefaults(spec.devices ?? {}),
    prepareForCreate(claim) {
      claim.status = {};
    },
    prepareForUpdate: (claim, old) => keepField(claim, old, 'status'),
    validate: ({ spec }, errors) => checkDeviceClaim(spec.devices ?? {}, 'spec.devices', errors),
    metaOnUpdate: ['content', 'change'],
    validateUpdate({ spec }, old, errors) {
      checkImmutableModel(
        'V1ResourceClaimSpec',
        spec,
        old.spec,
        'spec',
        errors,
        internalForm('ResourceClaimSpec', spec),
      );
    },
  },
  table: {
    columns: [
      nameColumn,
      textColumn('State', 'A summary of the current state (allocated, pending, reserved, etc.).'),
      ageColumn,
    ],
    cells: (claim, nowMs) => [nameOf(claim), stateOf(claim), ageOf(claim, nowMs)],
  },
  subresources: {
    status: statusPart<ResourceV1ResourceClaim>(MODEL, {
      resetFields: ['metadata', 'spec'],
      defaults: ({ spec }) => setDeviceClaimDefaults(spec.devices ?? {}),
      prepareForUpdate(claim, old) {
        keepMetadata(claim, old);
        dropReleasedDevices(claim, old);
      },
      validateUpdate: checkClaimStatus,
    }),
  },
});

function validateTemplate({ spec }: Template, errors: FieldErrors): void {
  checkTemplateMetadata(spec.metadata, 'spec.metadata', errors);
  checkDeviceClaim(spec.spec.devices ?? {}, 'spec.spec.devices', errors);
}

export const resourceClaimTemplateRow = defineRow<V1ResourceClaimTemplate>({
  ...common,
  kind: 'ResourceClaimTemplate',
  model: 'V1ResourceClaimTemplate',
  strategy: {
    defaults: ({ spec }) => setDeviceClaimDefaults(spec.spec.devices ?? {}),
    validate: validateTemplate,
    metaOnUpdate: ['content', 'change'],
    validateUpdate(template, old, errors) {
      validateTemplate(template, errors);
      const shown = internalForm('ResourceClaimTemplateSpec', template.spec);
      checkImmutableModel('V1ResourceClaimTemplateSpec', template.spec, old.spec, 'spec', errors, shown);
    },
  },
  table: {
    columns: [nameColumn, ageColumn],
    cells: (template, nowMs) => [nameOf(template), ageOf(template, nowMs)],
  },
});
