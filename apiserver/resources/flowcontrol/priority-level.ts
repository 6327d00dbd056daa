/** Priority levels: how many requests run at once, and how the others wait (pkg/registry/flowcontrol). */
import { deepEqual } from '../../../base/deep-equal.ts';
import type {
  V1ExemptPriorityLevelConfiguration,
  V1LimitedPriorityLevelConfiguration,
  V1LimitResponse,
  V1PriorityLevelConfiguration,
  V1QueuingConfiguration,
} from '../../../generated/kubernetes.d.ts';
import { defaultPriorityLevels, mandatoryNames } from '../../auth/flow-control/default-flows.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { defineRow, type Filled, keepField, keepMetadata, statusPart } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, fieldDoc, nameColumn, textColumn } from '../table/columns.ts';
import { rangeComplaint } from '../validation/formats.ts';
import { internalForm } from '../validation/internal-form.ts';
import { checkTypedConditions } from './conditions.ts';

type Level = Filled<V1PriorityLevelConfiguration>;

const QUEUES_MAX = 10_000_000;
/** Bits of a flow's hash, which its hand of queues is dealt from. */
const HASH_BITS = 60;
const OLD_ZERO_SHARES = 'flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares';
const NOT_NEGATIVE = 'must be a non-negative integer';

function setDefaults({ spec }: Level): void {
  const { exempt, limited } = spec;
  if (exempt !== undefined) {
    exempt.nominalConcurrencyShares ??= 0;
    exempt.lendablePercent ??= 0;
  }
  if (limited === undefined) return;
  limited.nominalConcurrencyShares ??= 30;
  limited.lendablePercent ??= 0;
  const queuing = limited.limitResponse?.queuing;
  if (queuing === undefined) return;
  queuing.handSize ||= 8;
  queuing.queues ||= 64;
  queuing.queueLengthLimit ||= 50;
}

function check({ metadata, spec }: Level, errors: FieldErrors): void {
  const { name = '' } = metadata;
  const { type, exempt, limited } = spec;
  if (metadata.annotations?.[OLD_ZERO_SHARES] !== undefined) {
    errors.forbidden('metadata.annotations', `annotation '${OLD_ZERO_SHARES}' is forbidden`);
  }
  if ((name === 'exempt') !== (type === 'Exempt')) {
    errors.invalid('spec.type', type, "must be 'Exempt' if and only if `name` is 'exempt'");
  }
  if (type === 'Exempt') {
    if (limited !== undefined) errors.forbidden('spec.limited', 'must be nil if the type is not Limited');
    if (exempt !== undefined) checkShares(exempt, 'spec.exempt', errors);
  } else if (type === 'Limited') {
    if (exempt !== undefined) errors.forbidden('spec.exempt', 'must be nil if the type is Limited');
    if (limited === undefined) errors.required('spec.limited', 'must not be empty when type is Limited');
    else checkLimited(limited, 'spec.limited', errors);
  } else errors.notSupported('spec.type', type, ['Exempt', 'Limited']);
  checkMandatory(name, spec, errors);
}

function checkShares(
  { nominalConcurrencyShares: shares, lendablePercent: lendable }: V1ExemptPriorityLevelConfiguration,
  path: string,
  errors: FieldErrors,
): void {
  if (shares !== undefined && shares < 0) errors.invalid(`${path}.nominalConcurrencyShares`, shares, NOT_NEGATIVE);
  checkPercent(lendable, `${path}.lendablePercent`, errors);
}

function checkPercent(percent: number | undefined, path: string, errors: FieldErrors): void {
  if (percent !== undefined && (percent < 0 || percent > 100)) errors.invalid(path, percent, rangeComplaint(0, 100));
}

function checkLimited(limited: V1LimitedPriorityLevelConfiguration, path: string, errors: FieldErrors): void {
  const { nominalConcurrencyShares: shares = 0, borrowingLimitPercent: borrowing } = limited;
  if (shares < 0) errors.invalid(`${path}.nominalConcurrencyShares`, shares, NOT_NEGATIVE);
  checkResponse(limited.limitResponse ?? { type: '' }, `${path}.limitResponse`, errors);
  checkPercent(limited.lendablePercent, `${path}.lendablePercent`, errors);
  if (borrowing !== undefined && borrowing < 0) {
    errors.invalid(`${path}.borrowingLimitPercent`, borrowing, `if specified, ${NOT_NEGATIVE}`);
  }
}

function checkResponse({ type, queuing }: V1LimitResponse, path: string, errors: FieldErrors): void {
  const at = `${path}.queuing`;
  if (type === 'Reject') {
    if (queuing !== undefined) {
      errors.forbidden(at, 'must be nil if limited.limitResponse.type is not Limited');
    }
  } else if (type !== 'Queue') errors.notSupported(`${path}.type`, type, ['Queue', 'Reject']);
  else if (queuing === undefined) {
    errors.required(at, 'must not be empty if limited.limitResponse.type is Limited');
  } else checkQueuing(queuing, at, errors);
}

function checkQueuing(queuing: V1QueuingConfiguration, path: string, errors: FieldErrors): void {
  const { queueLengthLimit = 0, queues = 0, handSize = 0 } = queuing;
  if (queueLengthLimit <= 0) errors.invalid(`${path}.queueLengthLimit`, queueLengthLimit, 'must be positive');
  if (queues <= 0) errors.invalid(`${path}.queues`, queues, 'must be positive');
  else if (queues > QUEUES_MAX) errors.invalid(`${path}.queues`, queues, `must not be greater than ${QUEUES_MAX}`);
  const bits = Math.ceil(Math.log2(queues) * handSize);
  const at = `${path}.handSize`;
  if (handSize <= 0) errors.invalid(at, handSize, 'must be positive');
  else if (handSize > queues) errors.invalid(at, handSize, `should not be greater than queues (${queues})`);
  else if (bits > HASH_BITS) {
    const what = `required entropy bits of deckSize ${queues} and handSize ${handSize}`;
    errors.invalid(at, handSize, `${what} should not be greater than ${HASH_BITS}`);
  }
}

/** These hold whatever anybody writes; the shares of the exempt one may be chosen. */
function checkMandatory(name: string, spec: Level['spec'], errors: FieldErrors): void {
  if (!mandatoryNames.has(name)) return;
  const fixed = defaultPriorityLevels.find(({ metadata }) => metadata?.name === name)?.spec;
  const shown = internalForm('PriorityLevelConfigurationSpec', spec);
  if (name !== 'exempt') {
    if (!deepEqual(spec, fixed)) errors.invalid('spec', shown, `spec of '${name}' must equal the fixed value`);
  } else if (!deepEqual({ ...spec, exempt: undefined }, { ...fixed, exempt: undefined })) {
    errors.invalid('spec', shown, `spec of '${name}' except the 'spec.exempt' field must equal the fixed value`);
  }
}

export const priorityLevelRow = defineRow<V1PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  namespaced: false,
  model: 'V1PriorityLevelConfiguration',
  generation: 'spec',
  strategy: {
    defaults: setDefaults,
    prepareForCreate(level) {
      level.status = {};
    },
    prepareForUpdate: (level, old) => keepField(level, old, 'status'),
    validate: check,
    metaOnUpdate: ['content'],
    validateUpdate: (level, _old, errors) => check(level, errors),
  },
  table: {
    columns: [
      nameColumn,
      textColumn('Type', fieldDoc('V1PriorityLevelConfigurationSpec.type')),
      textColumn('NominalConcurrencyShares', fieldDoc('V1LimitedPriorityLevelConfiguration.nominalConcurrencyShares')),
      textColumn('Queues', fieldDoc('V1QueuingConfiguration.queues')),
      textColumn('HandSize', fieldDoc('V1QueuingConfiguration.handSize')),
      textColumn('QueueLengthLimit', fieldDoc('V1QueuingConfiguration.queueLengthLimit')),
      ageColumn,
    ],
    cells(level, nowMs) {
      const { type, limited } = level.spec;
      const queuing = limited?.limitResponse?.queuing;
      return [
        nameOf(level),
        type,
        limited === undefined ? '<none>' : (limited.nominalConcurrencyShares ?? 0),
        queuing?.queues ?? '<none>',
        queuing?.handSize ?? '<none>',
        queuing?.queueLengthLimit ?? '<none>',
        ageOf(level, nowMs),
      ];
    },
  },
  subresources: {
    status: statusPart<V1PriorityLevelConfiguration>('V1PriorityLevelConfiguration', {
      defaults: setDefaults,
      resetFields: ['metadata', 'spec'],
      prepareForUpdate(object, old) {
        keepMetadata(object, old);
        keepField(object.metadata, old.metadata, 'generateName');
      },
      validateUpdate: ({ status }, _old, errors) => checkTypedConditions(status.conditions, errors),
    }),
  },
});
