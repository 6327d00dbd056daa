/** `describe node`: its state, and what its pods ask of it. */
import { Quantity, quantityOf } from '../../base/quantity.ts';
import type { V1Lease, V1Node, V1Pod } from '../../generated/kubernetes.d.ts';
import { ageSince } from '../printers/age.ts';
import { byCodePoints } from '../printers/objects.ts';
import { described, goTime, head } from './parts.ts';
import type { PrefixWriter } from './prefix-writer.ts';

export interface NodeSurroundings {
  readonly lease: V1Lease | string;
  /** Undefined when the caller may not see pods. */
  readonly pods: readonly V1Pod[] | undefined;
}

const INFO: readonly (readonly [string, string])[] = [
  ['Machine ID', 'machineID'],
  ['System UUID', 'systemUUID'],
  ['Boot ID', 'bootID'],
  ['Kernel Version', 'kernelVersion'],
  ['OS Image', 'osImage'],
  ['Operating System', 'operatingSystem'],
  ['Architecture', 'architecture'],
  ['Container Runtime Version', 'containerRuntimeVersion'],
  ['Kubelet Version', 'kubeletVersion'],
  ['Kube-Proxy Version', 'kubeProxyVersion'],
];

const ROLE = 'node-role.kubernetes.io/';

export function describeNode(w: PrefixWriter, node: V1Node, { lease, pods }: NodeSurroundings, nowMs: number): void {
  const { metadata, spec, status } = node;
  head(w, metadata, false);
  const roles = Object.entries(metadata?.labels ?? {}).flatMap(([key, value]) =>
    key.startsWith(ROLE) && key.length > ROLE.length
      ? [key.slice(ROLE.length)]
      : key === 'kubernetes.io/role' && value !== ''
        ? [value]
        : [],
  );
  w.line(0, `Roles:\t${roles.length === 0 ? '<none>' : [...new Set(roles)].sort(byCodePoints).join(',')}`);
  described(w, metadata);
  w.line(0, `CreationTimestamp:\t${goTime(metadata?.creationTimestamp)}`);
  taints(w, node);
  w.line(0, `Unschedulable:\t${spec?.unschedulable === true}`);
  leaseLines(w, lease);
  if ((status?.conditions?.length ?? 0) > 0) {
    w.line(0, 'Conditions:')
      .line(1, 'Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage')
      .line(1, '----\t------\t-----------------\t------------------\t------\t-------');
    for (const { type, status: value, lastHeartbeatTime, lastTransitionTime, reason, message } of status?.conditions ??
      [])
      w.line(
        1,
        `${type} \t${value} \t${goTime(lastHeartbeatTime)} \t${goTime(lastTransitionTime)} \t${reason ?? ''} \t${message ?? ''}`,
      );
  }
  w.line(0, 'Addresses:');
  for (const { type, address } of status?.addresses ?? []) w.line(1, `${type}:\t${address}`);
  for (const [title, amounts] of [
    ['Capacity', status?.capacity],
    ['Allocatable', status?.allocatable],
  ] as const) {
    const names = Object.keys(amounts ?? {}).sort(byCodePoints);
    if (names.length > 0) w.line(0, `${title}:`);
    for (const name of names) w.line(1, `${name}:\t${quantityOf(amounts?.[name]).toString()}`);
  }
  w.line(0, 'System Info:');
  const info = (status?.nodeInfo ?? {}) as unknown as Record<string, string>;
  for (const [title, field] of INFO) w.line(1, `${title}:\t${info[field] ?? ''}`);
  if ((spec?.podCIDR ?? '') !== '') w.line(0, `PodCIDR:\t${spec?.podCIDR}`);
  if ((spec?.podCIDRs?.length ?? 0) > 0) w.line(0, `PodCIDRs:\t${spec?.podCIDRs?.join(',')}`);
  if ((spec?.providerID ?? '') !== '') w.line(0, `ProviderID:\t${spec?.providerID}`);
  if (pods === undefined) w.line(0, 'Pods:\tnot authorized');
  else allocation(w, node, pods, nowMs);
}

function taints(w: PrefixWriter, { spec }: V1Node): void {
  const list = [...(spec?.taints ?? [])].sort((a, b) => byCodePoints(`${a.effect},${a.key}`, `${b.effect},${b.key}`));
  w.write(0, 'Taints:\t');
  if (list.length === 0) w.end('<none>');
  for (const [at, { key, value = '', effect }] of list.entries()) {
    if (at > 0) w.write(0, '\t');
    w.end(`${key}${value === '' ? '' : `=${value}`}:${effect}`);
  }
}

function leaseLines(w: PrefixWriter, lease: V1Lease | string): void {
  if (typeof lease === 'string') {
    w.line(0, `Lease:\tFailed to get lease: ${lease}`);
    return;
  }
  const time = (value: string | undefined): string => (value === undefined ? '<unset>' : goTime(value));
  w.line(0, 'Lease:').line(1, `HolderIdentity:\t${lease.spec?.holderIdentity ?? '<unset>'}`);
  w.line(1, `AcquireTime:\t${time(lease.spec?.acquireTime)}`).line(1, `RenewTime:\t${time(lease.spec?.renewTime)}`);
}

type Amounts = Map<string, Quantity>;

function add(to: Amounts, from: Readonly<Record<string, string>> | Amounts | undefined): void {
  const entries =
    from instanceof Map
      ? [...from]
      : Object.entries(from ?? {}).map(([name, text]) => [name, quantityOf(text)] as const);
  for (const [name, amount] of entries) {
    const before = to.get(name);
    to.set(name, before === undefined ? amount : before.plus(amount));
  }
}

function raise(to: Amounts, from: Amounts): void {
  for (const [name, amount] of from) {
    const before = to.get(name);
    if (before === undefined || amount.compare(before) > 0) to.set(name, amount);
  }
}

/** What a pod asks for: its containers together, or more where an init container needs more while it runs. */
function podAmounts({ spec }: V1Pod, field: 'requests' | 'limits'): Amounts {
  const total: Amounts = new Map();
  for (const { resources } of spec?.containers ?? []) add(total, resources?.[field]);
  const sidecars: Amounts = new Map();
  const initial: Amounts = new Map();
  for (const { resources, restartPolicy } of spec?.initContainers ?? []) {
    const own: Amounts = new Map();
    add(own, resources?.[field]);
    if (restartPolicy === 'Always') {
      add(sidecars, own);
      raise(initial, sidecars);
    } else {
      add(own, sidecars);
      raise(initial, own);
    }
  }
  add(total, sidecars);
  raise(total, initial);
  for (const [name, text] of Object.entries(spec?.resources?.[field] ?? {})) total.set(name, quantityOf(text));
  if (field === 'requests' || total.size > 0) {
    for (const [name, text] of Object.entries(spec?.overhead ?? {}))
      if (field === 'requests' || total.has(name)) add(total, { [name]: text });
  }
  return total;
}

const ZERO = Quantity.ofInteger(0);
const STANDARD = new Set(['cpu', 'memory', 'ephemeral-storage', 'pods']);

function allocation(w: PrefixWriter, { status }: V1Node, pods: readonly V1Pod[], nowMs: number): void {
  const allocatable = status?.allocatable ?? status?.capacity ?? {};
  const share = (amount: Quantity, name: string): string => {
    const whole = quantityOf(allocatable[name]);
    const [part, all] = name === 'cpu' ? [amount.milliValue, whole.milliValue] : [amount.value, whole.value];
    return `${amount.toString()} (${all === 0 ? 0 : Math.trunc((part / all) * 100)}%)`;
  };
  w.line(0, `Non-terminated Pods:\t(${pods.length} in total)`)
    .line(1, 'Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge')
    .line(1, '---------\t----\t\t------------\t----------\t---------------\t-------------\t---');
  const requests: Amounts = new Map();
  const limits: Amounts = new Map();
  for (const pod of pods) {
    const own = podAmounts(pod, 'requests');
    const most = podAmounts(pod, 'limits');
    add(requests, own);
    add(limits, most);
    const cells = ['cpu', 'memory'].flatMap((name) => [
      share(own.get(name) ?? ZERO, name),
      share(most.get(name) ?? ZERO, name),
    ]);
    const age = ageSince(pod.metadata?.creationTimestamp, nowMs);
    w.line(1, `${pod.metadata?.namespace ?? ''}\t${pod.metadata?.name ?? ''}\t\t${cells.join('\t')}\t${age}`);
  }
  w.line(0, 'Allocated resources:')
    .line(1, '(Total limits may be over 100 percent, i.e., overcommitted.)')
    .line(1, 'Resource\tRequests\tLimits')
    .line(1, '--------\t--------\t------');
  const huge = Object.keys(allocatable).filter((name) => name.startsWith('hugepages-'));
  for (const name of ['cpu', 'memory', 'ephemeral-storage', ...huge.sort(byCodePoints)])
    w.line(1, `${name}\t${share(requests.get(name) ?? ZERO, name)}\t${share(limits.get(name) ?? ZERO, name)}`);
  const others = Object.keys(allocatable).filter((name) => !STANDARD.has(name) && !name.startsWith('hugepages-'));
  for (const name of others.sort(byCodePoints))
    w.line(1, `${name}\t${(requests.get(name) ?? ZERO).toString()}\t${(limits.get(name) ?? ZERO).toString()}`);
}
