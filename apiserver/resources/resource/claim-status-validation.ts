/** What was allocated for a claim, for whom, and what drivers say about it (pkg/apis/resource/validation). */
import { parseCidr, parseIp } from '../../../base/ip.ts';
import type {
  ResourceV1ResourceClaim,
  V1AllocatedDeviceStatus,
  V1AllocationResult,
  V1DeviceAllocationConfiguration,
  V1DeviceRequestAllocationResult,
  V1NetworkDeviceData,
  V1ResourceClaimConsumerReference,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import type { Filled } from '../row.ts';
import { checkConditions } from '../validation/conditions.ts';
import { checkLabel, checkRequiredOneOf } from '../validation/formats.ts';
import { checkImmutable } from '../validation/immutability.ts';
import { internalForm } from '../validation/internal-form.ts';
import { checkNodeSelector } from '../validation/node-selectors.ts';
import { checkCsiDriverName } from '../validation/volume-sources.ts';
import { checkList, checkSet } from './bounded-lists.ts';
import { checkBindingConditions, checkPoolName, checkShareId } from './device-names.ts';
import {
  CONFIGURATIONS_MAX,
  checkRawObject,
  checkRequestConfiguration,
  checkRequestReference,
  type RequestNames,
  requestNames,
} from './device-requests.ts';

export type Claim = Filled<ResourceV1ResourceClaim>;

const CONSUMERS_MAX = 256;
const RESULTS_MAX = 32;
const CONDITIONS_MAX = 8;
const DATA_BYTES_MAX = 10 * 1024;
const ADDRESSES_MAX = 16;
const INTERFACE_NAME_BYTES_MAX = 256;
const HARDWARE_ADDRESS_BYTES_MAX = 128;

/** What tells a device, or a share of it, from all others. */
type DeviceId = Pick<V1AllocatedDeviceStatus, 'driver' | 'pool' | 'device' | 'shareID'>;

export function deviceKey({ driver, pool, device, shareID = '' }: DeviceId): string {
  return JSON.stringify([driver, pool, device, shareID]);
}

function shownDevice({ driver, pool, device, shareID = '' }: DeviceId): object {
  return { Driver: driver, Pool: pool, Device: device, ShareID: shareID };
}

export function resultsOf({ status }: Claim): readonly V1DeviceRequestAllocationResult[] {
  return status.allocation?.devices?.results ?? [];
}

export function checkClaimStatus(claim: Claim, old: Claim, errors: FieldErrors): void {
  const { status, spec, metadata } = claim;
  const { allocation, reservedFor = [], devices } = status;
  const names = requestNames(spec.devices ?? {});
  const checkEach = (each: V1ResourceClaimConsumerReference, at: string) => checkConsumer(each, at, errors);
  checkSet(reservedFor, CONSUMERS_MAX, 'status.reservedFor', errors, checkEach, ({ uid }) => uid);
  const allocated = new Set(resultsOf(claim).map(deviceKey));
  checkSet(
    devices,
    Number.POSITIVE_INFINITY,
    'status.devices',
    errors,
    (device, at) => checkDevice(device, at, allocated, errors),
    deviceKey,
    shownDevice,
  );
  if (reservedFor.length > 0 && allocation === undefined) {
    errors.forbidden('status.reservedFor', 'may not be specified when `allocated` is not set');
  } else if (metadata.deletionTimestamp && addsConsumers(reservedFor, old.status.reservedFor ?? [])) {
    const message = 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set';
    errors.forbidden('status.reservedFor', message);
  }
  if (allocation === undefined) return;
  const before = old.status.allocation;
  if (before === undefined) checkAllocation(allocation, 'status.allocation', names, errors);
  else {
    const shown = internalForm('AllocationResult', allocation);
    checkImmutable(allocation, before, 'status.allocation', errors, shown);
  }
}

function consumerKey({ apiGroup = '', resource, name, uid }: V1ResourceClaimConsumerReference): string {
  return JSON.stringify([apiGroup, resource, name, uid]);
}

function addsConsumers(
  consumers: readonly V1ResourceClaimConsumerReference[],
  old: readonly V1ResourceClaimConsumerReference[],
): boolean {
  const before = new Set(old.map(consumerKey));
  return consumers.some((consumer) => !before.has(consumerKey(consumer)));
}

function checkConsumer(consumer: V1ResourceClaimConsumerReference, path: string, errors: FieldErrors): void {
  for (const field of ['resource', 'name', 'uid'] as const) {
    if (consumer[field] === '') errors.required(`${path}.${field}`);
  }
}

function checkAllocation(
  { devices = {}, nodeSelector }: V1AllocationResult,
  path: string,
  names: RequestNames,
  errors: FieldErrors,
): void {
  checkList(devices.results, RESULTS_MAX, `${path}.devices.results`, errors, (result, at) =>
    checkResult(result, at, names, errors),
  );
  checkList(devices.config, 2 * CONFIGURATIONS_MAX, `${path}.devices.config`, errors, (config, at) =>
    checkAllocationConfiguration(config, at, names, errors),
  );
  if (nodeSelector !== undefined) checkNodeSelector(nodeSelector, `${path}.nodeSelector`, errors);
}

function checkResult(
  result: V1DeviceRequestAllocationResult,
  path: string,
  names: RequestNames,
  errors: FieldErrors,
): void {
  checkRequestReference(result.request, `${path}.request`, names, errors);
  checkCsiDriverName(result.driver, `${path}.driver`, errors);
  checkPoolName(result.pool, `${path}.pool`, errors);
  checkLabel(result.device, `${path}.device`, errors);
  checkBindingConditions(result.bindingConditions, result.bindingFailureConditions, path, errors);
  if (result.shareID !== undefined) checkShareId(result.shareID, `${path}.shareID`, errors);
}

function checkAllocationConfiguration(
  config: V1DeviceAllocationConfiguration,
  path: string,
  names: RequestNames,
  errors: FieldErrors,
): void {
  checkRequiredOneOf(config.source, ['FromClaim', 'FromClass'], `${path}.source`, errors);
  checkRequestConfiguration(config, path, names, errors);
}

function checkDevice(
  device: V1AllocatedDeviceStatus,
  path: string,
  allocated: ReadonlySet<string>,
  errors: FieldErrors,
): void {
  checkCsiDriverName(device.driver, `${path}.driver`, errors);
  checkPoolName(device.pool, `${path}.pool`, errors);
  checkLabel(device.device, `${path}.device`, errors);
  if (device.shareID !== undefined) checkShareId(device.shareID, `${path}.shareID`, errors);
  if (!allocated.has(deviceKey(device))) {
    errors.invalid(path, shownDevice(device), 'must be an allocated device in the claim');
  }
  const conditions = device.conditions ?? [];
  if (conditions.length > CONDITIONS_MAX) errors.tooMany(`${path}.conditions`, conditions.length, CONDITIONS_MAX);
  checkConditions(conditions, `${path}.conditions`, errors);
  if (device.data !== undefined) checkRawObject(device.data, DATA_BYTES_MAX, `${path}.data`, errors);
  if (device.networkData !== undefined) checkNetworkData(device.networkData, `${path}.networkData`, errors);
}

function checkNetworkData(data: V1NetworkDeviceData, path: string, errors: FieldErrors): void {
  const { interfaceName = '', hardwareAddress = '', ips } = data;
  if (Buffer.byteLength(interfaceName) > INTERFACE_NAME_BYTES_MAX) {
    errors.tooLong(`${path}.interfaceName`, INTERFACE_NAME_BYTES_MAX);
  }
  if (Buffer.byteLength(hardwareAddress) > HARDWARE_ADDRESS_BYTES_MAX) {
    errors.tooLong(`${path}.hardwareAddress`, HARDWARE_ADDRESS_BYTES_MAX);
  }
  checkSet(ips, ADDRESSES_MAX, `${path}.ips`, errors, checkAddress(errors), (address) => address);
}

/** An address with the size of its network, `10.9.8.7/24`, in its one form. */
function checkAddress(errors: FieldErrors): (address: string, path: string) => void {
  return (address, path) => {
    const cidr = parseCidr(address);
    if (cidr === undefined) {
      const message = 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)';
      errors.invalid(path, address, message);
      return;
    }
    // An IPv4 address written as IPv6 has the bits of the one in front.
    const ip = parseIp(address.replace(/\/.*$/, '')) ?? cidr.address;
    const bits = ip.family === 4 && cidr.prefixLength > 32 ? cidr.prefixLength - 96 : cidr.prefixLength;
    const canonical = `${ip}/${bits}`;
    if (address !== canonical)
      errors.invalid(path, address, `must be in canonical form (${JSON.stringify(canonical)})`);
  };
}
