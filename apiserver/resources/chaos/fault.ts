/** Faults: what is to break, where, when and for how long. Nodes and store members carry them out. */

import { parseDuration } from '../../../base/duration.ts';
import type { V1LabelSelector } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123LabelComplaints, dns1123SubdomainComplaints } from '../../machinery/name-formats.ts';
import { defineRow, type Filled, keepField, statusPart } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, integerColumn, nameColumn, textColumn } from '../table/columns.ts';
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
    repeat?: { interval: string; count?: number };
    network?: { peers?: string[]; delay?: string };
  };
  status?: {
    phase?: string;
    targets?: string[];
    strikes?: number;
    injectedAt?: string;
    healedAt?: string;
    nextStrikeAt?: string;
    message?: string;
  };
}

type Fault = Filled<FaultFields>;

const TARGET_KINDS: Readonly<Record<string, string>> = {
  NodeCrash: 'Node',
  NodeFreeze: 'Node',
  KubeletStop: 'Node',
  ContainerExit: 'Pod',
  StoreMemberCrash: 'StoreMember',
  StoreMemberPause: 'StoreMember',
  StoreMemberDiskStall: 'StoreMember',
  StoreMemberPartition: 'StoreMember',
  StoreMemberDelay: 'StoreMember',
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
  checkDuration(spec.startDelay, 'spec.startDelay', 'not negative', errors);
  const lastsMs = checkDuration(spec.duration, 'spec.duration', 'positive', errors);
  if (spec.type === 'ContainerExit' && spec.duration !== undefined) {
    errors.forbidden('spec.duration', "may not be specified when `type` is 'ContainerExit': it is over at once");
  }
  validateRepeat(spec, lastsMs, errors);
  validateNetwork(spec, errors);
}

/** Milliseconds of what is right. */
function checkDuration(
  text: string | undefined,
  path: string,
  range: 'positive' | 'not negative',
  errors: FieldErrors,
): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined) errors.invalid(path, text, 'must be a duration, as in "90s" or "1h30m"');
  else if (ms < 0 || (ms === 0 && range === 'positive')) {
    errors.invalid(path, text, range === 'positive' ? 'must be greater than 0' : 'must not be negative');
  } else return ms;
  return undefined;
}

function validateRepeat(
  { type, duration, repeat }: Fault['spec'],
  lastsMs: number | undefined,
  errors: FieldErrors,
): void {
  if (repeat === undefined) return;
  const path = 'spec.repeat';
  if (repeat.interval === '') errors.required(`${path}.interval`, '');
  const intervalMs =
    repeat.interval === '' ? undefined : checkDuration(repeat.interval, `${path}.interval`, 'positive', errors);
  if (repeat.count !== undefined && repeat.count < 1) {
    errors.invalid(`${path}.count`, repeat.count, 'must be greater than 0');
  }
  if (type === 'ContainerExit') return;
  if (duration === undefined)
    errors.required('spec.duration', 'must be specified for what repeats: a strike must end before the next');
  else if (intervalMs !== undefined && lastsMs !== undefined && lastsMs >= intervalMs) {
    errors.invalid(`${path}.interval`, repeat.interval, 'must be longer than `duration`');
  }
}

const NETWORK_TYPES = ['StoreMemberPartition', 'StoreMemberDelay'];

function validateNetwork({ type, target, network }: Fault['spec'], errors: FieldErrors): void {
  const path = 'spec.network';
  if (network !== undefined && !NETWORK_TYPES.includes(type)) {
    errors.forbidden(path, "may only be specified when `type` is 'StoreMemberPartition' or 'StoreMemberDelay'");
    return;
  }
  network?.peers?.forEach((peer, at) => {
    addInvalid(errors, `${path}.peers[${at}]`, peer, dns1123SubdomainComplaints(peer));
    if (peer === target.name) errors.invalid(`${path}.peers[${at}]`, peer, 'must be another member than the target');
  });
  if (type === 'StoreMemberDelay') {
    if (network?.delay === undefined)
      errors.required(`${path}.delay`, "must be specified when `type` is 'StoreMemberDelay'");
    else checkDuration(network.delay, `${path}.delay`, 'positive', errors);
  } else if (network?.delay !== undefined) {
    errors.forbidden(`${path}.delay`, "may only be specified when `type` is 'StoreMemberDelay'");
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
      integerColumn('Strikes', 'How often it has struck.'),
      textColumn('Duration', 'How long the fault lasts.'),
      ageColumn,
    ],
    cells: (fault, nowMs) => [
      nameOf(fault),
      fault.spec.type,
      targetOf(fault),
      fault.status?.phase ?? 'Pending',
      fault.status?.strikes ?? 0,
      fault.spec.duration ?? (fault.spec.type === 'ContainerExit' ? '<none>' : '<until deleted>'),
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
