/** `describe` of services, endpoints, endpoint slices, ingresses and what belongs to them. */
import type {
  V1EndpointSlice,
  V1Endpoints,
  V1Ingress,
  V1IngressBackend,
  V1IngressClass,
  V1IPAddress,
  V1Service,
  V1ServiceCIDR,
} from '../../generated/kubernetes.d.ts';
import { byCodePoints } from '../printers/objects.ts';
import { annotations, described, head, labelLine, labels, transitions } from './parts.ts';
import type { PrefixWriter } from './prefix-writer.ts';

const ENDPOINTS_SHOWN = 3;

/** Addresses that are ready for a port; the first few. */
export function endpointsText(slices: readonly V1EndpointSlice[], portName: string): string {
  if (slices.length === 0) return '<none>';
  const all = slices.flatMap(({ ports = [], endpoints = [] }) => {
    const ready = endpoints
      .filter(({ conditions }) => conditions?.ready !== false)
      .map(({ addresses }) => addresses[0] ?? '');
    if (ports.length === 0) return ready;
    return ports
      .filter(({ name = '' }) => name === portName)
      .flatMap(({ port }) => ready.map((address) => `${address.includes(':') ? `[${address}]` : address}:${port}`));
  });
  const shown = all.slice(0, ENDPOINTS_SHOWN).join(',');
  return all.length > ENDPOINTS_SHOWN ? `${shown} + ${all.length - ENDPOINTS_SHOWN} more...` : shown;
}

export function describeService(
  w: PrefixWriter,
  { metadata, spec, status }: V1Service,
  slices: readonly V1EndpointSlice[],
): void {
  const set = (name: string, value: string | number | undefined): void => {
    if (value !== undefined && value !== '' && value !== 0) w.line(0, `${name}:\t${value}`);
  };
  const listed = (values: readonly string[] | undefined): string => (values ?? []).join(',');
  head(w, metadata);
  described(w, metadata);
  w.line(0, `Selector:\t${labelLine(spec?.selector)}`).line(0, `Type:\t${spec?.type ?? ''}`);
  set('IP Family Policy', spec?.ipFamilyPolicy);
  w.line(0, `IP Families:\t${listed(spec?.ipFamilies) || '<none>'}`);
  w.line(0, `IP:\t${spec?.clusterIP ?? ''}`).line(0, `IPs:\t${listed(spec?.clusterIPs) || '<none>'}`);
  set('External IPs', listed(spec?.externalIPs));
  set('Desired LoadBalancer IP', spec?.loadBalancerIP);
  set('External Name', spec?.externalName);
  const balancer = (status?.loadBalancer?.ingress ?? []).map(({ ip, ipMode, hostname }) =>
    ip === undefined || ip === '' ? (hostname ?? '') : `${ip}${ipMode === undefined ? '' : ` (${ipMode})`}`,
  );
  if (balancer.length > 0) w.line(0, `LoadBalancer Ingress:\t${balancer.join(', ')}`);
  for (const { name = '', port, protocol = '', targetPort, appProtocol, nodePort } of spec?.ports ?? []) {
    const shown = name === '' ? '<unset>' : name;
    w.line(0, `Port:\t${shown}\t${port}/${protocol}`).line(0, `TargetPort:\t${String(targetPort ?? 0)}/${protocol}`);
    set('AppProtocol', appProtocol);
    if (nodePort !== undefined && nodePort !== 0) w.line(0, `NodePort:\t${shown}\t${nodePort}/${protocol}`);
    w.line(0, `Endpoints:\t${endpointsText(slices, name)}`);
  }
  w.line(0, `Session Affinity:\t${spec?.sessionAffinity ?? ''}`);
  set('External Traffic Policy', spec?.externalTrafficPolicy);
  set('Internal Traffic Policy', spec?.internalTrafficPolicy);
  set('HealthCheck NodePort', spec?.healthCheckNodePort);
  set('LoadBalancer Source Ranges', listed(spec?.loadBalancerSourceRanges));
  set('Traffic Distribution', spec?.trafficDistribution);
}

export function describeEndpoints(w: PrefixWriter, { metadata, subsets = [] }: V1Endpoints): void {
  head(w, metadata);
  described(w, metadata);
  w.line(0, 'Subsets:');
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets) {
    const text = (list: readonly { ip: string }[]): string => list.map(({ ip }) => ip).join(',') || '<none>';
    w.line(1, `Addresses:\t${text(addresses)}`).line(1, `NotReadyAddresses:\t${text(notReadyAddresses)}`);
    if (ports.length > 0) {
      w.line(1, 'Ports:').line(2, 'Name\tPort\tProtocol').line(2, '----\t----\t--------');
      for (const { name = '', port, protocol = '' } of ports)
        w.line(2, `${name === '' ? '<unset>' : name}\t${port}\t${protocol}`);
    }
    w.line(0, '');
  }
}

export function describeEndpointSlice(w: PrefixWriter, slice: V1EndpointSlice): void {
  const { metadata, addressType, ports = [], endpoints = [] } = slice;
  head(w, metadata);
  described(w, metadata);
  w.line(0, `AddressType:\t${addressType}`);
  if (ports.length === 0) w.line(0, 'Ports: <unset>');
  else {
    w.line(0, 'Ports:').line(1, 'Name\tPort\tProtocol').line(1, '----\t----\t--------');
    for (const { name = '', port, protocol = '' } of ports)
      w.line(1, `${name === '' ? '<unset>' : name}\t${port ?? '<unset>'}\t${protocol}`);
  }
  if (endpoints === null || endpoints.length === 0) {
    w.line(0, 'Endpoints: <none>');
    return;
  }
  w.line(0, 'Endpoints:');
  for (const { addresses, conditions, hostname, targetRef, nodeName, zone } of endpoints) {
    w.line(1, `- Addresses:\t${addresses.join(', ') || '<none>'}`).line(2, 'Conditions:');
    w.line(3, `Ready:\t${conditions?.ready ?? '<unset>'}`).line(2, `Hostname:\t${hostname ?? '<unset>'}`);
    if (targetRef !== undefined) w.line(2, `TargetRef:\t${targetRef.kind ?? ''}/${targetRef.name ?? ''}`);
    w.line(2, `NodeName:\t${nodeName ?? '<unset>'}`).line(2, `Zone:\t${zone ?? '<unset>'}`);
  }
}

/** @param backendText what stands behind a backend */
export async function describeIngress(
  w: PrefixWriter,
  { metadata, spec, status }: V1Ingress,
  backendText: (backend: V1IngressBackend) => Promise<string>,
): Promise<void> {
  w.line(0, `Name:\t${metadata?.name ?? ''}`);
  labels(w, 'Labels', metadata?.labels);
  w.line(0, `Namespace:\t${metadata?.namespace ?? ''}`);
  const addresses = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '');
  w.line(0, `Address:\t${[...new Set(addresses.filter((each) => each !== ''))].sort(byCodePoints).join(',')}`);
  w.line(0, `Ingress Class:\t${spec?.ingressClassName ?? '<none>'}`);
  const standard = spec?.defaultBackend === undefined ? '<default>' : await backendText(spec.defaultBackend);
  w.line(0, `Default backend:\t${standard}`);
  if ((spec?.tls?.length ?? 0) > 0) w.line(0, 'TLS:');
  for (const { secretName = '', hosts = [] } of spec?.tls ?? [])
    w.line(1, secretName === '' ? `SNI routes ${hosts.join(',')}` : `${secretName} terminates ${hosts.join(',')}`);
  w.line(0, 'Rules:').line(1, 'Host\tPath\tBackends').line(1, '----\t----\t--------');
  const rules = (spec?.rules ?? []).filter(({ http }) => http !== undefined);
  for (const { host = '', http } of rules) {
    w.line(1, `${host === '' ? '*' : host}\t`);
    for (const { path = '', backend } of http?.paths ?? []) w.line(2, `\t${path} \t${await backendText(backend)}`);
  }
  if (rules.length === 0) w.line(1, `*\t*\t${standard}`);
  annotations(w, 'Annotations', metadata?.annotations);
}

export function describeIngressClass(w: PrefixWriter, { metadata, spec }: V1IngressClass): void {
  head(w, metadata, false);
  described(w, metadata);
  w.line(0, `Controller:\t${spec?.controller ?? ''}`);
  if (spec?.parameters === undefined) return;
  w.line(0, 'Parameters:');
  if (spec.parameters.apiGroup !== undefined) w.line(1, `APIGroup:\t${spec.parameters.apiGroup}`);
  w.line(1, `Kind:\t${spec.parameters.kind}`).line(1, `Name:\t${spec.parameters.name}`);
}

export function describeServiceCidr(w: PrefixWriter, { metadata, spec, status }: V1ServiceCIDR): void {
  head(w, metadata, false);
  described(w, metadata);
  w.line(0, `CIDRs:\t${(spec?.cidrs ?? []).join(', ')}`);
  if ((status?.conditions?.length ?? 0) === 0) return;
  w.line(0, 'Status:');
  transitions(w, status?.conditions);
}

export function describeIpAddress(w: PrefixWriter, { metadata, spec }: V1IPAddress): void {
  head(w, metadata, false);
  described(w, metadata);
  const parent = spec?.parentRef;
  if (parent === undefined) return;
  w.line(0, 'Parent Reference:')
    .line(1, `Group:\t${parent.group ?? ''}`)
    .line(1, `Resource:\t${parent.resource}`);
  w.line(1, `Namespace:\t${parent.namespace ?? ''}`).line(1, `Name:\t${parent.name}`);
}
