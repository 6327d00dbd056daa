/** Faults: what is to break, where, when and for how long. Nodes and store members carry them out. */

import { parseDuration } from '../../../base/duration.ts';
import type { V1LabelSelector } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123LabelComplaints, dns1123SubdomainComplaints } from '../../machinery/name-formats.ts';
import { defineRow, type Filled, keepField, statusPart } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, nameColumn, textColumn } from '../table/columns.ts';
import { addInvalid, checkOneOf, checkRequiredOneOf } from '../validation/formats.ts';
import { checkImmutable } from '../validation/immutability.ts';
import { checkLabelSelector } from '../validation/labels.ts';
import { FAULT_PHASES, FAULT_TYPES, faultSchema } from './fault-schema.ts';

interface FaultFields {
  spec: {
    type: string;
    target: {
      kind?: string;
      name?: string;
      namespace?: string;
      selector?: V1LabelSelector;
      container?: string;
    };
    startDelay?: string;
    duration?: string;
  };
  status?: { phase?: string; targets?: string[]; injectedAt?: string; healedAt?: string; message?: string };
}

type Fault = Filled<FaultFields>;

const TARGET_KINDS: Readonly<Record<string, string>> = {
  NodeCrash: 'Node',
  NodeFreeze: 'Node',
  KubeletStop: 'Node',
  ContainerExit: 'Pod',
  StoreMemberCrash: 'StoreMember',
  StoreMemberPause: 'StoreMember',
};

function setDefaults(fault: Fault): void {
  fault.metadata ??= {};
  fault.spec ??= { type: '', target: {} };
  fault.spec.target ??= {};
  const kind = TARGET_KINDS[fault.spec.type];
  if (kind !== undefined) fault.spec.target.kind ??= kind;
}

function validate({ spec }: Fault, errors: FieldErrors): void {
  const { target } = spec;
  const known = checkRequiredOneOf(spec.type, FAULT_TYPES, 'spec.type', errors);
  const kind = TARGET_KINDS[spec.type];
  if (known && kind !== undefined) checkOneOf(target.kind, [kind], 'spec.target.kind', errors);
  validateTarget(spec, errors);
  for (const field of ['startDelay', 'duration'] as const) {
    const text = spec[field];
    if (text === undefined) continue;
    const ms = parseDuration(text);
    if (ms === undefined) errors.invalid(`spec.${field}`, text, 'must be a duration, as in "90s" or "1h30m"');
    else if (ms < 0 || (ms === 0 && field === 'duration')) {
      errors.invalid(`spec.${field}`, text, field === 'duration' ? 'must be greater than 0' : 'must not be negative');
    }
  }
}

function validateTarget({ type, target }: Fault['spec'], errors: FieldErrors): void {
  const path = 'spec.target';
  if (target.name === undefined && target.selector === undefined) {
    errors.required(path, 'must specify `name` or `selector`');
  } else if (target.name !== undefined && target.selector !== undefined) {
    errors.forbidden(`${path}.selector`, 'may not be specified together with `name`');
  }
  if (target.name !== undefined) {
    addInvalid(errors, `${path}.name`, target.name, dns1123SubdomainComplaints(target.name));
  }
  checkLabelSelector(target.selector, `${path}.selector`, errors);
  if (target.selector !== undefined && target.kind === 'StoreMember') {
    errors.forbidden(`${path}.selector`, 'members of the store have no labels');
  }
  for (const field of ['namespace', 'container'] as const) {
    const value = target[field];
    if (value === undefined) continue;
    if (type === 'ContainerExit') addInvalid(errors, `${path}.${field}`, value, dns1123LabelComplaints(value));
    else errors.forbidden(`${path}.${field}`, "may only be specified when `type` is 'ContainerExit'");
  }
  if (type === 'ContainerExit' && target.name !== undefined && target.namespace === undefined) {
    errors.required(`${path}.namespace`, 'must be specified when a pod is named');
  }
}

function targetOf({ spec, status }: Fault): string {
  const { target } = spec;
  if (status?.targets !== undefined && status.targets.length > 0) return status.targets.join(',');
  return target.name ?? '<selector>';
}

export const faultRow = defineRow<FaultFields>({
  group: 'chaos.sampan.dev',
  version: 'v1alpha1',
  kind: 'Fault',
  namespaced: false,
  categories: ['sampan'],
  model: '',
  schema: faultSchema,
  storagePrefix: '/registry/chaos.sampan.dev/faults',
  generation: 'spec',
  strategy: {
    defaults: setDefaults,
    prepareForCreate(fault) {
      fault.status = { phase: 'Pending' };
    },
    prepareForUpdate: (fault, old) => keepField(fault, old, 'status'),
    validate,
    validateUpdate(fault, old, errors) {
      validate(fault, errors);
      checkImmutable(fault.spec, old.spec, 'spec', errors);
    },
  },
  table: {
    columns: [
      nameColumn,
      textColumn('Type', 'What breaks.'),
      textColumn('Target', 'What is hit.'),
      textColumn('Phase', 'How far the fault has come.'),
      textColumn('Duration', 'How long the fault lasts.'),
      ageColumn,
    ],
    cells: (fault, nowMs) => [
      nameOf(fault),
      fault.spec.type,
      targetOf(fault),
      fault.status?.phase ?? 'Pending',
      fault.spec.duration ?? '<until deleted>',
      ageOf(fault, nowMs),
    ],
  },
  subresources: {
    status: statusPart<FaultFields>('', {
      defaults: setDefaults,
      validateUpdate(fault, _old, errors) {
        const phase = fault.status?.phase;
        if (phase !== undefined) checkOneOf(phase, FAULT_PHASES, 'status.phase', errors);
      },
    }),
  },
});
