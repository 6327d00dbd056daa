/** Network policies: who may talk to the pods that they pick, and to whom those may talk. */
import { cidrContains, networkOf, parseCidr } from '../../../base/ip.ts';
import type {
  V1IPBlock,
  V1LabelSelector,
  V1NetworkPolicy,
  V1NetworkPolicyPeer,
  V1NetworkPolicyPort,
} from '../../../generated/kubernetes.d.ts';
import { FieldErrors } from '../../machinery/field-errors.ts';
import { defineRow, type Filled } from '../row.ts';
import { ageOf, formatSelector, nameOf } from '../table/cells.ts';
import { ageColumn, nameColumn, textColumn } from '../table/columns.ts';
import { addInvalid, checkOneOf, portNameComplaints, portNumberComplaints } from '../validation/formats.ts';
import { checkCidr, cidrWarnings } from '../validation/ips.ts';
import { checkLabelSelector, type LabelSelectorOptions } from '../validation/labels.ts';

type Policy = Filled<V1NetworkPolicy>;

/** What was stored under older rules may stay. */
interface Leniency extends LabelSelectorOptions {
  readonly knownCidrs: readonly string[];
}

interface Rule {
  readonly path: string;
  readonly ports: readonly V1NetworkPolicyPort[];
  readonly peers: readonly { readonly peer: V1NetworkPolicyPeer; readonly path: string }[];
}

function rulesOf({ spec }: Policy): Rule[] {
  const ruleOf = (path: string, list: string, ports: Rule['ports'], peers: readonly V1NetworkPolicyPeer[]): Rule => ({
    path,
    ports,
    peers: peers.map((peer, index) => ({ peer, path: `${path}.${list}[${index}]` })),
  });
  return [
    ...(spec.ingress ?? []).map(({ ports = [], from = [] }, i) => ruleOf(`spec.ingress[${i}]`, 'from', ports, from)),
    ...(spec.egress ?? []).map(({ ports = [], to = [] }, i) => ruleOf(`spec.egress[${i}]`, 'to', ports, to)),
  ];
}

function blocksOf(policy: Policy): { readonly block: V1IPBlock; readonly path: string }[] {
  return rulesOf(policy).flatMap(({ peers }) =>
    peers.flatMap(({ peer, path }) =>
      peer.ipBlock === undefined ? [] : [{ block: peer.ipBlock, path: `${path}.ipBlock` }],
    ),
  );
}

function setDefaults(policy: Policy): void {
  const { spec } = policy;
  if ((spec.policyTypes ?? []).length === 0) {
    spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  }
  for (const { ports } of rulesOf(policy)) for (const port of ports) port.protocol ??= 'TCP';
}

function validate(policy: Policy, leniency: Leniency, errors: FieldErrors): void {
  const { podSelector, policyTypes = [] } = policy.spec;
  checkLabelSelector(podSelector, 'spec.podSelector', errors, leniency);
  for (const { path, ports, peers } of rulesOf(policy)) {
    for (const [index, port] of ports.entries()) validatePort(port, `${path}.ports[${index}]`, errors);
    for (const each of peers) validatePeer(each.peer, leniency, each.path, errors);
  }
  if (policyTypes.length > 2) {
    errors.invalid('spec.policyTypes', policyTypes, 'may not specify more than two policyTypes');
    return;
  }
  for (const [index, type] of policyTypes.entries()) {
    checkOneOf(type, ['Ingress', 'Egress'], `spec.policyTypes[${index}]`, errors);
  }
}

function validatePort({ protocol, port, endPort }: V1NetworkPolicyPort, path: string, errors: FieldErrors): void {
  if (protocol !== undefined) checkOneOf(protocol, ['TCP', 'UDP', 'SCTP'], `${path}.protocol`, errors);
  if (typeof port === 'number') {
    addInvalid(errors, `${path}.port`, port, portNumberComplaints(port));
    if (endPort === undefined) return;
    if (endPort < port) errors.invalid(`${path}.endPort`, port, 'must be greater than or equal to `port`');
    addInvalid(errors, `${path}.endPort`, endPort, portNumberComplaints(endPort));
    return;
  }
  if (endPort !== undefined) {
    const why = port === undefined ? 'is not specified' : 'is non-numeric';
    errors.invalid(`${path}.endPort`, endPort, `may not be specified when \`port\` ${why}`);
  }
  if (port !== undefined) addInvalid(errors, `${path}.port`, port, portNameComplaints(port));
}

function validatePeer(peer: V1NetworkPolicyPeer, leniency: Leniency, path: string, errors: FieldErrors): void {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  checkLabelSelector(podSelector, `${path}.podSelector`, errors, leniency);
  checkLabelSelector(namespaceSelector, `${path}.namespaceSelector`, errors, leniency);
  if (ipBlock !== undefined) validateBlock(ipBlock, leniency.knownCidrs, `${path}.ipBlock`, errors);
  const hasSelector = podSelector !== undefined || namespaceSelector !== undefined;
  if (!hasSelector && ipBlock === undefined) errors.required(path, 'must specify a peer');
  else if (hasSelector && ipBlock !== undefined) {
    errors.forbidden(path, 'may not specify both ipBlock and another peer');
  }
}

function validateBlock(block: V1IPBlock, known: readonly string[], path: string, errors: FieldErrors): void {
  if (block.cidr === '') {
    errors.required(`${path}.cidr`);
    return;
  }
  checkCidr(block.cidr, `${path}.cidr`, errors, known);
  const whole = parseCidr(block.cidr);
  if (whole === undefined) return;
  for (const [index, text] of (block.except ?? []).entries()) {
    const at = `${path}.except[${index}]`;
    checkCidr(text, at, errors, known);
    const part = parseCidr(text);
    if (part === undefined) continue;
    const isInside = cidrContains(whole, networkOf(part)) && whole.prefixLength < part.prefixLength;
    if (!isInside) errors.invalid(at, text, 'must be a strict subset of `cidr`');
  }
}

function isInvalid(selector: V1LabelSelector | undefined): boolean {
  const errors = new FieldErrors();
  checkLabelSelector(selector, '', errors);
  return !errors.empty;
}

function warnings(policy: Policy): string[] {
  return blocksOf(policy).flatMap(({ block, path }) => [
    ...cidrWarnings(`${path}.cidr`, block.cidr),
    ...(block.except ?? []).flatMap((text, index) => cidrWarnings(`${path}.except[${index}]`, text)),
  ]);
}

export const networkPolicyRow = defineRow<V1NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  resource: 'networkpolicies',
  shortNames: ['netpol'],
  model: 'V1NetworkPolicy',
  generation: 'spec',
  generationCountsEmpty: true,
  strategy: {
    defaults: setDefaults,
    validate: (policy, errors) => validate(policy, { knownCidrs: [] }, errors),
    validateUpdate(policy, old, errors) {
      const knownCidrs = blocksOf(old).flatMap(({ block }) => [block.cidr, ...(block.except ?? [])]);
      validate(policy, { knownCidrs, allowInvalidValues: isInvalid(old.spec.podSelector) }, errors);
    },
    warnings,
  },
  table: {
    columns: [
      nameColumn,
      textColumn(
        'Pod-Selector',
        "podSelector selects the pods to which this NetworkPolicy object applies. The array of rules is applied to any pods selected by this field. An empty selector matches all pods in the policy's namespace. Multiple network policies can select the same set of pods. In this case, the ingress rules for each are combined additively. This field is optional. If it is not specified, it defaults to an empty selector.",
      ),
      ageColumn,
    ],
    cells: (policy, nowMs) => [nameOf(policy), formatSelector(policy.spec.podSelector), ageOf(policy, nowMs)],
  },
});
