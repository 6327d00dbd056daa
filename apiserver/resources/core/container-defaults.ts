/** Upstream's defaults of containers of every sort (pkg/apis/core/v1/defaults.go). On the wire form; idempotent. */

import { Quantity, quantityOf } from '../../../base/quantity.ts';
import type {
  V1Container,
  V1EnvVar,
  V1EphemeralContainer,
  V1HTTPGetAction,
  V1LifecycleHandler,
  V1Probe,
} from '../../../generated/kubernetes.d.ts';
import { defaultPullPolicy } from './image-name.ts';

export function setContainerDefaults(container: V1Container | V1EphemeralContainer): void {
  container.imagePullPolicy ??= defaultPullPolicy(container.image ?? '');
  container.terminationMessagePath ??= '/dev/termination-log';
  container.terminationMessagePolicy ??= 'File';
  for (const port of container.ports ?? []) port.protocol ??= 'TCP';
  for (const variable of container.env ?? []) setEnvDefaults(variable);
  setResourceListDefaults(container.resources?.limits);
  setResourceListDefaults(container.resources?.requests);
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe !== undefined) setProbeDefaults(probe);
  }
  setHandlerDefaults(container.lifecycle?.postStart);
  setHandlerDefaults(container.lifecycle?.preStop);
}

function setEnvDefaults(variable: V1EnvVar): void {
  const source = variable.valueFrom;
  if (source?.fieldRef !== undefined) source.fieldRef.apiVersion ??= 'v1';
  if (source?.fileKeyRef !== undefined) source.fileKeyRef.optional ??= false;
}

export function setProbeDefaults(probe: V1Probe): void {
  probe.timeoutSeconds ??= 1;
  probe.periodSeconds ??= 10;
  probe.successThreshold ??= 1;
  probe.failureThreshold ??= 3;
  if (probe.grpc !== undefined) probe.grpc.service ??= '';
  setHttpDefaults(probe.httpGet);
}

function setHandlerDefaults(handler: V1LifecycleHandler | undefined): void {
  setHttpDefaults(handler?.httpGet);
}

function setHttpDefaults(action: V1HTTPGetAction | undefined): void {
  if (action === undefined) return;
  action.path ??= '/';
  action.scheme ??= 'HTTP';
}

/** Amounts are kept to a thousandth, rounded up. */
export function setResourceListDefaults(list: Record<string, string> | undefined): void {
  for (const [name, amount] of Object.entries(list ?? {})) {
    const quantity = quantityOf(amount);
    if (list !== undefined && quantity.nano % 1_000_000n !== 0n) {
      list[name] = Quantity.ofMilli(quantity.milliValue, quantity.format).toString();
    }
  }
}

/** What is limited and not requested is requested as much as it is limited. */
export function requestWhatIsLimited(container: V1Container): void {
  const limits = container.resources?.limits;
  if (container.resources === undefined || limits === undefined) return;
  container.resources.requests = { ...limits, ...container.resources.requests };
}
