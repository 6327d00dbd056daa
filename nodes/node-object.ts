/** A simulated machine as a Node object: what its kubelet registers and reports. Pure. */
import { timestamp } from '../base/clock.ts';
import type { V1ContainerImage, V1Node, V1NodeCondition, V1NodeStatus } from '../generated/kubernetes.d.ts';

export interface Machine {
  readonly name: string;
  readonly ip: string;
  /** The addresses of its pods: `10.244.3.0/24`. */
  readonly podCidr: string;
  /** Quantities: `4`, `8Gi`. */
  readonly cpu: string;
  readonly memory: string;
  readonly pods: number;
  /** The kubelet's version: `v1.34.0`. */
  readonly kubeletVersion: string;
  readonly runtimeVersion: string;
  /** Labels beside the usual ones. */
  readonly labels: Readonly<Record<string, string>>;
  readonly machineId: string;
}

export function nodeObject(machine: Machine): V1Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: machine.name,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': machine.name,
        'kubernetes.io/os': 'linux',
        ...machine.labels,
      },
      annotations: {
        'node.alpha.kubernetes.io/ttl': '0',
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
      },
    },
    spec: { podCIDR: machine.podCidr, podCIDRs: [machine.podCidr] },
  };
}

const HEALTHY: readonly (readonly [type: string, reason: string, message: string])[] = [
  ['MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
];

/** How many images a node tells of (the kubelet's nodeStatusMaxImages). */
const IMAGES_MAX = 50;

/**
 * The status a healthy kubelet reports; `old` keeps the transition times of what did not change.
 * @param images the largest first
 */
export function nodeStatus(
  machine: Machine,
  bootId: string,
  images: readonly V1ContainerImage[],
  old: readonly V1NodeCondition[],
  nowMs: number,
): V1NodeStatus {
  const condition = (type: string, status: string, reason: string, message: string): V1NodeCondition => {
    const before = old.find((each) => each.type === type);
    const since = before?.status === status ? before.lastTransitionTime : undefined;
    const now = timestamp(nowMs);
    return { type, status, lastHeartbeatTime: now, lastTransitionTime: since ?? now, reason, message };
  };
  const known = new Set([...HEALTHY.map(([type]) => type), 'Ready']);
  const amounts = {
    cpu: machine.cpu,
    'ephemeral-storage': '100Gi',
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: machine.memory,
    pods: String(machine.pods),
  };
  return {
    capacity: amounts,
    allocatable: amounts,
    conditions: [
      ...HEALTHY.map(([type, reason, message]) => condition(type, 'False', reason, message)),
      condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
      ...old.filter((each) => !known.has(each.type)),
    ],
    addresses: [
      { type: 'InternalIP', address: machine.ip },
      { type: 'Hostname', address: machine.name },
    ],
    ...(images.length === 0 ? {} : { images: images.slice(0, IMAGES_MAX) }),
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      machineID: machine.machineId,
      systemUUID: machine.machineId,
      bootID: bootId,
      kernelVersion: '6.1.0-sampan',
      osImage: 'Sampan simulated node',
      containerRuntimeVersion: machine.runtimeVersion,
      kubeletVersion: machine.kubeletVersion,
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
  };
}
