/** `describe networkpolicy`. */
import type { V1NetworkPolicy, V1NetworkPolicyPeer, V1NetworkPolicyPort } from '../../generated/kubernetes.d.ts';
import { described, formatSelector, head, selectorText } from './parts.ts';
import type { PrefixWriter } from './prefix-writer.ts';

export function describeNetworkPolicy(w: PrefixWriter, { metadata, spec }: V1NetworkPolicy): void {
  head(w, metadata);
  w.line(0, `Created on:\t${goStamp(metadata?.creationTimestamp)}`);
  described(w, metadata);
  const selector = selectorText(spec?.podSelector);
  w.line(0, 'Spec:').write(1, 'PodSelector: ');
  w.line(2, selector === '' ? '<none> (Allowing the specific traffic to all pods in this namespace)' : selector);
  const types = spec?.policyTypes ?? [];
  if (types.includes('Ingress')) {
    w.line(1, 'Allowing ingress traffic:');
    rules(
      w,
      (spec?.ingress ?? []).map(({ ports, from }) => ({ ports, peers: from })),
      'From',
      'source',
      'ingress',
    );
  } else w.line(1, 'Not affecting ingress traffic');
  if (types.includes('Egress')) {
    w.line(1, 'Allowing egress traffic:');
    rules(
      w,
      (spec?.egress ?? []).map(({ ports, to }) => ({ ports, peers: to })),
      'To',
      'destination',
      'egress',
    );
  } else w.line(1, 'Not affecting egress traffic');
  w.line(1, `Policy Types: ${types.length === 0 ? '<none>' : types.join(', ')}`);
}

/** `2026-01-01 00:00:00 +0000 UTC`: a time as Go prints it. */
function goStamp(time: string | undefined): string {
  return time === undefined
    ? '0001-01-01 00:00:00 +0000 UTC'
    : `${time.replace('T', ' ').replace(/(\.\d+)?Z$/, '')} +0000 UTC`;
}

interface Rule {
  readonly ports: readonly V1NetworkPolicyPort[] | undefined;
  readonly peers: readonly V1NetworkPolicyPeer[] | undefined;
}

const INDENT = '    ';

function rules(w: PrefixWriter, list: readonly Rule[], direction: string, end: string, kind: string): void {
  if (list.length === 0) {
    w.line(0, `${INDENT}<none> (Selected pods are isolated for ${kind} connectivity)`);
    return;
  }
  for (const [at, { ports = [], peers = [] }] of list.entries()) {
    if (ports.length === 0) w.line(0, `${INDENT}To Port: <any> (traffic allowed to all ports)`);
    for (const { port, endPort, protocol = 'TCP' } of ports) {
      const number = port === undefined ? '<nil>' : String(port);
      w.line(
        0,
        endPort === undefined
          ? `${INDENT}To Port: ${number}/${protocol}`
          : `${INDENT}To Port Range: ${number}-${endPort}/${protocol}`,
      );
    }
    if (peers.length === 0) w.line(0, `${INDENT}${direction}: <any> (traffic not restricted by ${end})`);
    for (const { podSelector, namespaceSelector, ipBlock } of peers) {
      w.line(0, `${INDENT}${direction}:`);
      if (namespaceSelector !== undefined)
        w.line(1, `${INDENT}NamespaceSelector: ${formatSelector(namespaceSelector)}`);
      if (podSelector !== undefined) w.line(1, `${INDENT}PodSelector: ${formatSelector(podSelector)}`);
      if (podSelector === undefined && namespaceSelector === undefined && ipBlock !== undefined) {
        w.line(1, `${INDENT}IPBlock:`).line(2, `${INDENT}CIDR: ${ipBlock.cidr}`);
        w.line(2, `${INDENT}Except: ${(ipBlock.except ?? []).join(', ')}`);
      }
    }
    if (at < list.length - 1) w.line(0, `${INDENT}----------`);
  }
}
