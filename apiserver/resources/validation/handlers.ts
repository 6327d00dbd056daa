/** Probes and lifecycle hooks: what a kubelet does inside or towards a container (pkg/apis/core/validation). */
import type { V1HTTPGetAction, V1Lifecycle, V1LifecycleHandler, V1Probe } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import {
  addInvalid,
  checkNonNegative,
  checkPortNumber,
  checkPortNumberOrName,
  httpHeaderNameComplaints,
} from './formats.ts';

type Handler = Pick<V1Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & Pick<V1LifecycleHandler, 'sleep'>;

/** In upstream's order: the first handler is checked, any other is one too many. */
const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;

function checkHandler(handler: Handler, gracePeriod: number | undefined, path: string, errors: FieldErrors): void {
  const [first, ...others] = HANDLERS.filter((field) => handler[field] !== undefined);
  if (first === undefined) errors.required(path, 'must specify a handler type');
  else checkAction(handler, first, gracePeriod, `${path}.${first}`, errors);
  for (const other of others) errors.forbidden(`${path}.${other}`, 'may not specify more than 1 handler type');
}

function checkAction(
  { exec, httpGet, tcpSocket, grpc, sleep }: Handler,
  field: (typeof HANDLERS)[number],
  gracePeriod: number | undefined,
  path: string,
  errors: FieldErrors,
): void {
  if (field === 'exec') {
    if ((exec?.command ?? []).length === 0) errors.required(`${path}.command`);
  } else if (field === 'httpGet' && httpGet !== undefined) checkHttpGet(httpGet, path, errors);
  else if (field === 'tcpSocket' && tcpSocket !== undefined) {
    checkPortNumberOrName(tcpSocket.port, `${path}.port`, errors);
  } else if (field === 'grpc' && grpc !== undefined) checkPortNumber(grpc.port, `${path}.port`, errors);
  else if (sleep !== undefined && gracePeriod !== undefined) {
    const { seconds } = sleep;
    if (seconds >= 0 && seconds <= gracePeriod) return;
    const message = `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`;
    errors.invalid(path, seconds, message);
  }
}

function checkHttpGet(action: V1HTTPGetAction, path: string, errors: FieldErrors): void {
  if ((action.path ?? '') === '') errors.required(`${path}.path`);
  checkPortNumberOrName(action.port, `${path}.port`, errors);
  const scheme = action.scheme ?? '';
  if (scheme !== 'HTTP' && scheme !== 'HTTPS') errors.notSupported(`${path}.scheme`, scheme, ['HTTP', 'HTTPS']);
  for (const { name } of action.httpHeaders ?? []) {
    addInvalid(errors, `${path}.httpHeaders`, name, httpHeaderNameComplaints(name));
  }
}

const COUNTS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

/** @param gracePeriod the pod's */
export function checkProbe(
  kind: 'livenessProbe' | 'readinessProbe' | 'startupProbe',
  probe: V1Probe | undefined,
  gracePeriod: number | undefined,
  containerPath: string,
  errors: FieldErrors,
): void {
  if (probe === undefined) return;
  const path = `${containerPath}.${kind}`;
  const seconds = probe.terminationGracePeriodSeconds;
  checkHandler(probe, gracePeriod, path, errors);
  for (const field of COUNTS) checkNonNegative(probe[field], `${path}.${field}`, errors);
  if (seconds !== undefined && seconds <= 0) {
    errors.invalid(`${path}.terminationGracePeriodSeconds`, seconds, 'must be greater than 0');
  }
  if (kind !== 'readinessProbe') {
    const { successThreshold = 0 } = probe;
    if (successThreshold !== 1) errors.invalid(`${path}.successThreshold`, successThreshold, 'must be 1');
  } else if (seconds !== undefined) {
    errors.invalid(`${path}.terminationGracePeriodSeconds`, seconds, 'must not be set for readinessProbes');
  }
}

export function checkLifecycle(
  lifecycle: V1Lifecycle | undefined,
  gracePeriod: number | undefined,
  path: string,
  errors: FieldErrors,
): void {
  for (const hook of ['postStart', 'preStop'] as const) {
    const handler = lifecycle?.[hook];
    if (handler !== undefined) checkHandler(handler, gracePeriod, `${path}.${hook}`, errors);
  }
}
