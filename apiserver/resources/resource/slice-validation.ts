/** What drivers may publish about their devices (pkg/apis/resource/validation: ResourceSlices). */

import { deepEqual } from '../../../base/deep-equal.ts';
import type {
  V1CounterSet,
  V1Device,
  V1DeviceAttribute,
  V1DeviceCapacity,
  V1DeviceCounterConsumption,
  V1DeviceTaint,
  V1NodeSelector,
  V1ResourcePool,
  V1ResourceSlice,
  V1ResourceSliceSpec,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import type { Filled } from '../row.ts';
import {
  checkLabel,
  checkLabelValue,
  checkQualifiedName,
  checkRequiredOneOf,
  checkSubdomain,
  MUST_BE_POSITIVE,
} from '../validation/formats.ts';
import { checkImmutable } from '../validation/immutability.ts';
import { internalForm } from '../validation/internal-form.ts';
import { checkNodeSelector } from '../validation/node-selectors.ts';
import { checkCsiDriverName } from '../validation/volume-sources.ts';
import { checkList, checkMap, checkSet } from './bounded-lists.ts';
import { checkRequestPolicy } from './capacity-policy.ts';
import {
  ATTRIBUTE_NAME_BYTES_MAX,
  checkAttributeName,
  checkBindingConditions,
  checkPoolName,
  TAINT_EFFECTS,
} from './device-names.ts';

export type Slice = Filled<V1ResourceSlice>;

const DEVICES_MAX = 128;
/** With taints or counters. */
const ADVANCED_DEVICES_MAX = 64;
const COUNTER_SETS_MAX = 8;
const COUNTERS_MAX = 32;
const CONSUMPTIONS_MAX = 2;
const ATTRIBUTES_AND_CAPACITIES_MAX = 32;
const ATTRIBUTE_VALUE_BYTES_MAX = 64;
const TAINTS_MAX = 16;
const LABEL_BYTES_MAX = 63;

const NUMBER = '(0|[1-9]\\d*)';
const PRE_RELEASE = '(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
const BUILD = '[0-9a-zA-Z-]+';
const versionPattern = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(-${PRE_RELEASE}(\\.${PRE_RELEASE})*)?(\\+${BUILD}(\\.${BUILD})*)?$`,
);

/** Where devices are: on one node, on those of a selector, on all. */
interface Whereabouts {
  readonly nodeName?: string | undefined;
  readonly nodeSelector?: V1NodeSelector | undefined;
  readonly allNodes?: boolean | undefined;
}

export function checkSlice({ spec }: Slice, old: Slice | undefined, errors: FieldErrors): void {
  const { driver, pool, nodeName, devices = [], sharedCounters } = spec;
  checkCsiDriverName(driver, 'spec.driver', errors);
  checkPool(pool, 'spec.pool', errors);
  if (old !== undefined) {
    checkImmutable(pool.name, old.spec.pool.name, 'spec.pool.name', errors);
    checkImmutable(driver, old.spec.driver, 'spec.driver', errors);
    checkImmutable(nodeName, old.spec.nodeName, 'spec.nodeName', errors);
  }
  checkWhereabouts(spec, errors);
  if (sharedCounters !== undefined && spec.devices !== undefined) {
    errors.invalid('spec', '', 'only one of `sharedCounters` or `devices` is allowed');
  }
  const isAdvanced = devices.some(
    ({ taints, consumesCounters }) => taints !== undefined || consumesCounters !== undefined,
  );
  checkSet(
    devices,
    isAdvanced ? ADVANCED_DEVICES_MAX : DEVICES_MAX,
    'spec.devices',
    errors,
    (device, at) => {
      const before = old?.spec.devices?.find(({ name }) => name === device.name);
      checkDevice(device, before, at, spec.perDeviceNodeSelection === true, errors);
    },
    ({ name }) => name,
  );
  const checkCounters = (set: V1CounterSet, at: string) => checkCounterSet(set, at, errors);
  checkSet(sharedCounters, COUNTER_SETS_MAX, 'spec.sharedCounters', errors, checkCounters, ({ name }) => name);
}

function checkPool({ name, resourceSliceCount, generation }: V1ResourcePool, path: string, errors: FieldErrors): void {
  checkPoolName(name, `${path}.name`, errors);
  if (resourceSliceCount <= 0) errors.invalid(`${path}.resourceSliceCount`, resourceSliceCount, MUST_BE_POSITIVE);
  if (generation < 0) {
    errors.invalid(`${path}.generation`, generation, 'must be greater than or equal to zero');
  }
}

const UNSET_OR_TRUE = 'must be either unset or set to true';

/** @returns the fields that are set, as messages name them */
function checkPlaces(
  { nodeName, nodeSelector, allNodes }: Whereabouts,
  path: string,
  noNodeName: string,
  errors: FieldErrors,
): string[] {
  const fields: string[] = [];
  if (nodeName === '') errors.invalid(`${path}.nodeName`, nodeName, noNodeName);
  else if (nodeName !== undefined) {
    fields.push('`nodeName`');
    checkSubdomain(nodeName, `${path}.nodeName`, errors);
  }
  if (nodeSelector !== undefined) {
    fields.push('`nodeSelector`');
    checkNodeSelector(nodeSelector, `${path}.nodeSelector`, errors);
  }
  if (allNodes === true) fields.push('`allNodes`');
  return fields;
}

function checkWhereabouts(spec: V1ResourceSliceSpec, errors: FieldErrors): void {
  const fields = checkPlaces(spec, 'spec', 'must be either unset or set to a non-empty string', errors);
  const terms = spec.nodeSelector?.nodeSelectorTerms;
  if (spec.nodeSelector !== undefined && terms?.length !== 1) {
    const shown = terms?.map((term) => internalForm('NodeSelectorTerm', term)) ?? null;
    errors.invalid('spec.nodeSelector.nodeSelectorTerms', shown, 'must have exactly one node selector term');
  }
  for (const field of ['allNodes', 'perDeviceNodeSelection'] as const) {
    if (spec[field] === false) errors.invalid(`spec.${field}`, false, UNSET_OR_TRUE);
  }
  if (spec.perDeviceNodeSelection === true) fields.push('`perDeviceNodeSelection`');
  const only = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
  if (fields.length === 0) errors.required('spec', only);
  if (fields.length > 1) errors.invalid('spec', `{${fields.join(', ')}}`, `${only}, but multiple fields are set`);
}

function checkDevice(
  device: V1Device,
  old: V1Device | undefined,
  path: string,
  saysWhere: boolean,
  errors: FieldErrors,
): void {
  const { attributes = {}, capacity = {}, taints, consumesCounters } = device;
  checkLabel(device.name, `${path}.name`, errors);
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count > ATTRIBUTES_AND_CAPACITIES_MAX) {
    const message = `the total number of attributes and capacities must not exceed ${ATTRIBUTES_AND_CAPACITIES_MAX}`;
    errors.invalid(path, count, message);
  }
  const checkName = (name: string, at: string) => checkAttributeName(name, at, errors);
  const unlimited = Number.POSITIVE_INFINITY;
  checkMap(attributes, unlimited, ATTRIBUTE_NAME_BYTES_MAX, `${path}.attributes`, errors, checkName, (attribute, at) =>
    checkAttribute(attribute, at, errors),
  );
  checkMap(capacity, unlimited, ATTRIBUTE_NAME_BYTES_MAX, `${path}.capacity`, errors, checkName, (each, at) =>
    checkCapacity(each, at, device.allowMultipleAllocations === true, errors),
  );
  if (old === undefined || !deepEqual(old.taints, taints)) {
    checkList(taints, TAINTS_MAX, `${path}.taints`, errors, (taint, at) => checkTaint(taint, at, errors));
  }
  checkSet(
    consumesCounters,
    CONSUMPTIONS_MAX,
    `${path}.consumesCounters`,
    errors,
    (consumption, at) => checkConsumption(consumption, at, errors),
    ({ counterSet }) => counterSet,
  );
  checkDeviceWhereabouts(device, path, saysWhere, errors);
  checkBindingConditions(device.bindingConditions, device.bindingFailureConditions, path, errors);
}

function checkDeviceWhereabouts(device: V1Device, path: string, saysWhere: boolean, errors: FieldErrors): void {
  const when = '`perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  if (!saysWhere) {
    const says = [device.nodeName, device.nodeSelector, device.allNodes].some((field) => field !== undefined);
    const message = `\`nodeName\`, \`nodeSelector\` and \`allNodes\` can only be set if ${when}`;
    if (says) errors.invalid(path, null, message);
    return;
  }
  const fields = checkPlaces(device, path, 'must not be empty', errors);
  if (device.allNodes === false) errors.invalid(`${path}.allNodes`, false, UNSET_OR_TRUE);
  const only = `exactly one of \`nodeName\`, \`nodeSelector\`, or \`allNodes\` is required when ${when}`;
  if (fields.length === 0) errors.required(path, only);
  if (fields.length > 1) errors.invalid(path, `{${fields.join(', ')}}`, only);
}

function checkAttribute(attribute: V1DeviceAttribute, path: string, errors: FieldErrors): void {
  const { string, version, bool, int } = attribute;
  if (string !== undefined) checkAttributeValue(string, `${path}.string`, errors);
  if (version !== undefined) {
    if (!versionPattern.test(version)) {
      errors.invalid(`${path}.version`, version, 'must be a string compatible with semver.org spec 2.0.0');
    }
    checkAttributeValue(version, `${path}.version`, errors);
  }
  const count = [string, version, bool, int].filter((value) => value !== undefined).length;
  if (count === 1) return;
  const shown = count === 0 ? '' : internalForm('DeviceAttribute', attribute);
  errors.invalid(path, shown, 'exactly one value must be specified');
}

function checkAttributeValue(value: string, path: string, errors: FieldErrors): void {
  if (Buffer.byteLength(value) > ATTRIBUTE_VALUE_BYTES_MAX) errors.tooLong(path, ATTRIBUTE_VALUE_BYTES_MAX);
}

function checkCapacity(capacity: V1DeviceCapacity, path: string, isShared: boolean, errors: FieldErrors): void {
  const { value, requestPolicy } = capacity;
  if (requestPolicy === undefined) return;
  const at = `${path}.requestPolicy`;
  if (isShared) checkRequestPolicy(requestPolicy, value, at, errors);
  else errors.forbidden(at, 'allowMultipleAllocations must be true');
}

function checkTaint({ key, value, effect }: V1DeviceTaint, path: string, errors: FieldErrors): void {
  checkQualifiedName(key, `${path}.key`, errors);
  if (value) checkLabelValue(value, `${path}.value`, errors);
  checkRequiredOneOf(effect, TAINT_EFFECTS, `${path}.effect`, errors);
}

function checkCounters(
  counters: Readonly<Record<string, unknown>> | undefined,
  path: string,
  errors: FieldErrors,
): void {
  if (counters === undefined || Object.keys(counters).length === 0) errors.required(path);
  else checkMap(counters, COUNTERS_MAX, LABEL_BYTES_MAX, path, errors, (name, at) => checkLabel(name, at, errors));
}

function checkCounterSet({ name, counters }: V1CounterSet, path: string, errors: FieldErrors): void {
  if (name === '') errors.required(`${path}.name`);
  else checkLabel(name, `${path}.name`, errors);
  checkCounters(counters, `${path}.counters`, errors);
}

function checkConsumption(
  { counterSet, counters }: V1DeviceCounterConsumption,
  path: string,
  errors: FieldErrors,
): void {
  if (counterSet === '') errors.required(`${path}.counterSet`);
  else checkLabel(counterSet, `${path}.counterSet`, errors);
  checkCounters(counters, `${path}.counters`, errors);
}
