/** Requests for devices, as claims make them and classes prepare them (pkg/apis/resource/validation). */
import type {
  V1DeviceClaim,
  V1DeviceClaimConfiguration,
  V1DeviceClassConfiguration,
  V1DeviceConstraint,
  V1DeviceRequest,
  V1DeviceSelector,
  V1DeviceSubRequest,
  V1ExactDeviceRequest,
} from '../../../generated/kubernetes.d.ts';
import { CelChecker, UNKNOWN } from '../../machinery/cel/cel-checker.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { checkLabel, checkSubdomain, MUST_BE_POSITIVE } from '../validation/formats.ts';
import { checkCsiDriverName } from '../validation/volume-sources.ts';
import { checkList, checkSet } from './bounded-lists.ts';
import { checkDeviceToleration, checkFullAttributeName } from './device-names.ts';

const REQUESTS_MAX = 32;
const SUB_REQUESTS_MAX = 8;
const CONSTRAINTS_MAX = 32;
export const CONFIGURATIONS_MAX = 32;
const SELECTORS_MAX = 32;
const EXPRESSION_BYTES_MAX = 10 * 1024;
const PARAMETERS_BYTES_MAX = 10 * 1024;

/** What each request is called, and those that it may be replaced by. */
export type RequestNames = ReadonlyMap<string, ReadonlySet<string>>;

export function requestNames({ requests }: V1DeviceClaim): RequestNames {
  return new Map(
    (requests ?? []).map(({ name, firstAvailable = [] }) => [name, new Set(firstAvailable.map((each) => each.name))]),
  );
}

/** Sets what upstream's defaults set. */
export function setDeviceClaimDefaults({ requests }: V1DeviceClaim): void {
  for (const { exactly, firstAvailable = [] } of requests ?? []) {
    for (const request of exactly === undefined ? firstAvailable : [exactly, ...firstAvailable]) {
      request.allocationMode ??= 'ExactCount';
      if (request.allocationMode === 'ExactCount') request.count ??= 1;
      for (const toleration of request.tolerations ?? []) toleration.operator ??= 'Equal';
    }
  }
}

export function checkDeviceClaim(claim: V1DeviceClaim, path: string, errors: FieldErrors): void {
  const names = requestNames(claim);
  checkSet(
    claim.requests,
    REQUESTS_MAX,
    `${path}.requests`,
    errors,
    (request, at) => checkRequest(request, at, errors),
    ({ name }) => name,
  );
  checkList(claim.constraints, CONSTRAINTS_MAX, `${path}.constraints`, errors, (constraint, at) =>
    checkConstraint(constraint, at, names, errors),
  );
  checkList(claim.config, CONFIGURATIONS_MAX, `${path}.config`, errors, (config, at) =>
    checkRequestConfiguration(config, at, names, errors),
  );
}

function checkRequestName(name: string, path: string, errors: FieldErrors): void {
  checkLabel(name, path, errors);
}

function checkRequest(request: V1DeviceRequest, path: string, errors: FieldErrors): void {
  const { name, exactly, firstAvailable = [] } = request;
  checkRequestName(name, `${path}.name`, errors);
  const only = 'exactly one of `exactly` or `firstAvailable` is required';
  if (exactly === undefined && firstAvailable.length === 0) errors.required(path, only);
  else if (exactly !== undefined && firstAvailable.length > 0) {
    errors.invalid(path, null, `${only}, but multiple fields are set`);
  } else if (exactly !== undefined) checkExactRequest(exactly, `${path}.exactly`, errors);
  else {
    checkSet(
      firstAvailable,
      SUB_REQUESTS_MAX,
      `${path}.firstAvailable`,
      errors,
      (each, at) => {
        checkRequestName(each.name, `${at}.name`, errors);
        checkExactRequest(each, at, errors);
      },
      (each) => each.name,
    );
  }
}

function checkExactRequest(
  request: V1ExactDeviceRequest | V1DeviceSubRequest,
  path: string,
  errors: FieldErrors,
): void {
  const { deviceClassName, selectors, allocationMode, count = 0, tolerations = [] } = request;
  if (deviceClassName === '') errors.required(`${path}.deviceClassName`);
  else checkSubdomain(deviceClassName, `${path}.deviceClassName`, errors);
  checkSelectors(selectors, `${path}.selectors`, errors);
  if (allocationMode === 'All') {
    if (count !== 0) errors.invalid(`${path}.count`, count, "must not be specified when allocationMode is 'All'");
  } else if (allocationMode === 'ExactCount') {
    if (count <= 0) errors.invalid(`${path}.count`, count, MUST_BE_POSITIVE);
  } else errors.notSupported(`${path}.allocationMode`, allocationMode ?? '', ['All', 'ExactCount']);
  for (const [i, toleration] of tolerations.entries()) {
    checkDeviceToleration(toleration, `${path}.tolerations[${i}]`, errors);
  }
}

/** What selectors speak of (k8s.io/dynamic-resource-allocation/cel). */
const DEVICE = {
  driver: 'string',
  attributes: 'map<string, map<string, dyn>>',
  capacity: 'map<string, map<string, kubernetes.Quantity>>',
  allowMultipleAllocations: 'bool',
};

export function checkSelectors(
  selectors: readonly V1DeviceSelector[] | undefined,
  path: string,
  errors: FieldErrors,
): void {
  checkList(selectors, SELECTORS_MAX, path, errors, ({ cel }, at) => {
    if (cel === undefined) errors.required(`${at}.cel`);
    else if (Buffer.byteLength(cel.expression) > EXPRESSION_BYTES_MAX) {
      errors.tooLong(`${at}.cel.expression`, EXPRESSION_BYTES_MAX);
    } else checkSelector(cel.expression, `${at}.cel.expression`, errors);
  });
}

function checkSelector(expression: string, path: string, errors: FieldErrors): void {
  const checked = new CelChecker({ device: DEVICE }).check(expression);
  if ('complaint' in checked) errors.invalid(path, expression, checked.complaint);
  else if (checked.type !== UNKNOWN && checked.type !== 'bool' && checked.type !== 'dyn') {
    errors.invalid(path, expression, `must evaluate to bool or the unknown type, not ${checked.type}`);
  }
}

function checkConstraint(constraint: V1DeviceConstraint, path: string, names: RequestNames, errors: FieldErrors): void {
  const { requests, matchAttribute, distinctAttribute } = constraint;
  checkRequestReferences(requests, `${path}.requests`, names, errors);
  if (matchAttribute !== undefined) checkFullAttributeName(matchAttribute, `${path}.matchAttribute`, errors);
  else if (distinctAttribute !== undefined) {
    checkFullAttributeName(distinctAttribute, `${path}.distinctAttribute`, errors);
  } else {
    const attributes = 'exactly one of "matchAttribute" or "distinctAttribute" is required';
    errors.required(path, `${attributes}, but multiple fields are set`);
  }
}

export function checkRequestConfiguration(
  config: V1DeviceClaimConfiguration,
  path: string,
  names: RequestNames,
  errors: FieldErrors,
): void {
  checkRequestReferences(config.requests, `${path}.requests`, names, errors);
  checkConfiguration(config, path, errors);
}

function checkRequestReferences(
  requests: readonly string[] | undefined,
  path: string,
  names: RequestNames,
  errors: FieldErrors,
): void {
  const check = (name: string, at: string) => checkRequestReference(name, at, names, errors);
  checkSet(requests, REQUESTS_MAX, path, errors, check, (name) => name);
}

/** A request of the claim, or one of those that may replace it: `gpu`, `gpu/small`. */
export function checkRequestReference(name: string, path: string, names: RequestNames, errors: FieldErrors): void {
  const message =
    "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
  const [request = '', replacement, ...more] = name.split('/');
  if (more.length > 0) {
    errors.invalid(path, name, message);
    return;
  }
  checkRequestName(request, path, errors);
  if (replacement !== undefined) checkRequestName(replacement, path, errors);
  const replacements = names.get(request);
  const known = replacement === undefined ? replacements !== undefined : replacements?.has(replacement) === true;
  if (!known) errors.invalid(path, name, message);
}

export function checkConfiguration({ opaque }: V1DeviceClassConfiguration, path: string, errors: FieldErrors): void {
  if (opaque === undefined) {
    errors.required(`${path}.opaque`);
    return;
  }
  checkCsiDriverName(opaque.driver, `${path}.opaque.driver`, errors);
  checkRawObject(opaque.parameters, PARAMETERS_BYTES_MAX, `${path}.opaque.parameters`, errors);
}

/** Any JSON object that a driver understands. */
export function checkRawObject(value: unknown, bytesMax: number, path: string, errors: FieldErrors): void {
  if (value === undefined || value === null) errors.required(path);
  else if (Buffer.byteLength(JSON.stringify(value)) > bytesMax) errors.tooLong(path, bytesMax);
  else if (typeof value !== 'object' || Array.isArray(value)) {
    errors.invalid(path, '<value omitted>', 'must be a valid JSON object');
  }
}
