/** CSI drivers: what the cluster must know of a storage driver to work with it. */

import { deepEqual } from '../../../base/deep-equal.ts';
import type { StorageV1TokenRequest, V1CSIDriver } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { defineRow, type Filled } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, booleanColumn, fieldDoc, nameColumn, textColumn } from '../table/columns.ts';
import { checkOneOf } from '../validation/formats.ts';
import { checkImmutable } from '../validation/immutability.ts';
import { equalOnceStored } from '../wire-form.ts';

type Driver = Filled<V1CSIDriver>;

const FS_GROUP_POLICIES = ['File', 'None', 'ReadWriteOnceWithFSType'];
const UPDATE_PERIOD_SECONDS_MIN = 10;
const TOKEN_SECONDS_MIN = 600;
const TOKEN_SECONDS_MAX = 2 ** 32;

function setDefaults({ spec }: Driver): void {
  spec.attachRequired ??= true;
  spec.podInfoOnMount ??= false;
  spec.storageCapacity ??= false;
  spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
  if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ['Persistent'];
  spec.requiresRepublish ??= false;
  spec.seLinuxMount ??= false;
}

function validate({ spec }: Driver, errors: FieldErrors): void {
  if (spec.fsGroupPolicy !== undefined) {
    checkOneOf(spec.fsGroupPolicy, FS_GROUP_POLICIES, 'spec.fsGroupPolicy', errors);
  }
  validateTokenRequests(spec.tokenRequests ?? [], 'spec.tokenRequests', errors);
  for (const mode of spec.volumeLifecycleModes ?? []) {
    checkOneOf(mode, ['Persistent', 'Ephemeral'], 'spec.volumeLifecycleModes', errors);
  }
  const { nodeAllocatableUpdatePeriodSeconds: period } = spec;
  if (period !== undefined && period < UPDATE_PERIOD_SECONDS_MIN) {
    const message = `must be greater than or equal to ${UPDATE_PERIOD_SECONDS_MIN} seconds`;
    errors.invalid('spec.nodeAllocatableUpdatePeriodSeconds', period, message);
  }
  const { serviceAccountTokenInSecrets: inSecrets } = spec;
  if (inSecrets !== undefined && (spec.tokenRequests ?? []).length === 0) {
    const message = 'serviceAccountTokenInSecrets is set but no tokenRequests are specified';
    errors.invalid('spec.serviceAccountTokenInSecrets', inSecrets, message);
  }
}

function validateTokenRequests(requests: readonly StorageV1TokenRequest[], path: string, errors: FieldErrors): void {
  const audiences = new Set<string>();
  for (const [index, { audience, expirationSeconds: seconds }] of requests.entries()) {
    if (audiences.has(audience)) {
      errors.duplicate(`${path}[${index}].audience`, audience);
      continue;
    }
    audiences.add(audience);
    if (seconds === undefined) continue;
    const at = `${path}[${index}].expirationSeconds`;
    if (seconds < TOKEN_SECONDS_MIN) errors.invalid(at, seconds, 'may not specify a duration less than 10 minutes');
    if (seconds > TOKEN_SECONDS_MAX) {
      errors.invalid(at, seconds, 'may not specify a duration larger than 2^32 seconds');
    }
  }
}

/** Tokens among a volume's attributes are easily logged: whoever asks for them is told of the other way. */
function warnings({ spec }: Driver, old: Driver | undefined): string[] {
  const { tokenRequests = [], serviceAccountTokenInSecrets } = spec;
  if (tokenRequests.length === 0 || serviceAccountTokenInSecrets !== undefined) return [];
  if (old !== undefined && deepEqual(old.spec.tokenRequests, tokenRequests)) return [];
  return [
    'spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes',
  ];
}

export const csiDriverRow = defineRow<V1CSIDriver>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  namespaced: false,
  model: 'V1CSIDriver',
  allowUnconditionalUpdate: false,
  returnsDeletedObject: true,
  strategy: {
    defaults: setDefaults,
    // Behind a feature that is off by default in 1.36.
    prepareForCreate: ({ spec }) => {
      delete spec.preventPodSchedulingIfMissing;
    },
    prepareForUpdate(driver, old) {
      delete driver.spec.preventPodSchedulingIfMissing;
      if (!equalOnceStored('V1CSIDriverSpec', driver.spec, old.spec))
        driver.metadata.generation = (old.metadata.generation ?? 0) + 1;
    },
    validate,
    warnings,
    validateUpdate(driver, old, errors) {
      validate(driver, errors);
      checkImmutable(driver.spec.attachRequired, old.spec.attachRequired, 'spec.attachedRequired', errors);
      const modes = driver.spec.volumeLifecycleModes;
      checkImmutable(modes, old.spec.volumeLifecycleModes, 'spec.volumeLifecycleModes', errors);
    },
  },
  table: {
    columns: [
      nameColumn,
      booleanColumn('AttachRequired', fieldDoc('V1CSIDriverSpec.attachRequired')),
      booleanColumn('PodInfoOnMount', fieldDoc('V1CSIDriverSpec.podInfoOnMount')),
      booleanColumn('StorageCapacity', fieldDoc('V1CSIDriverSpec.storageCapacity')),
      textColumn('TokenRequests', fieldDoc('V1CSIDriverSpec.tokenRequests')),
      booleanColumn('RequiresRepublish', fieldDoc('V1CSIDriverSpec.requiresRepublish')),
      textColumn('Modes', fieldDoc('V1CSIDriverSpec.volumeLifecycleModes')),
      ageColumn,
    ],
    cells(driver, nowMs) {
      const { spec } = driver;
      return [
        nameOf(driver),
        spec.attachRequired ?? true,
        spec.podInfoOnMount ?? false,
        spec.storageCapacity ?? false,
        spec.tokenRequests?.map(({ audience }) => audience).join(',') ?? '<unset>',
        spec.requiresRepublish ?? false,
        spec.volumeLifecycleModes?.join(',') || '<none>',
        ageOf(driver, nowMs),
      ];
    },
  },
});
