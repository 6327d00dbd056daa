/** A node must have what a pod asks for; the emptier and the more evenly used it would be, the better. */
import type { NodeInfo } from '../node-info.ts';
import { type Plugin, SCORE_MAX } from '../plugin.ts';
import type { PodInfo } from '../pod-info.ts';

export const resourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  helpedBy: ['node-added', 'node-allocatable', 'pod-removed'],
  weight: 1,
  prepare(pod) {
    return {
      type: 'filter',
      filter: (node) => {
        const { lacking, hopeless } = insufficient(pod, node);
        if (lacking.length === 0) return undefined;
        return { plugin: 'NodeResourcesFit', reasons: lacking, preemptible: !hopeless };
      },
    };
  },
  /** LeastAllocated over CPU and memory. */
  scorer(pod) {
    return {
      score: (node) => {
        let sum = 0;
        let counted = 0;
        for (const [allocatable, requested] of forScoring(pod, node)) {
          if (allocatable === 0) continue;
          counted++;
          if (requested <= allocatable) sum += Math.floor(((allocatable - requested) * SCORE_MAX) / allocatable);
        }
        return counted === 0 ? 0 : Math.floor(sum / counted);
      },
    };
  },
};

export const balancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  helpedBy: [],
  weight: 1,
  scorer(pod) {
    const cpu = pod.requests.get('cpu') ?? 0;
    const memory = pod.requests.get('memory') ?? 0;
    if (cpu === 0 && memory === 0) return undefined;
    return {
      score: ({ allocatable, requested }) => {
        const usedCpu = requested.get('cpu') ?? 0;
        const usedMemory = requested.get('memory') ?? 0;
        const cpuTotal = allocatable.get('cpu') ?? 0;
        const memoryTotal = allocatable.get('memory') ?? 0;
        const after = balance(usedCpu + cpu, cpuTotal, usedMemory + memory, memoryTotal);
        const before = balance(usedCpu, cpuTotal, usedMemory, memoryTotal);
        return SCORE_MAX / 2 + Math.trunc((SCORE_MAX / 2 + after - before) / 2);
      },
    };
  },
};

/** 100 when CPU and memory are used in equal parts. */
function balance(cpu: number, cpuTotal: number, memory: number, memoryTotal: number): number {
  if (cpuTotal === 0 || memoryTotal === 0) return SCORE_MAX;
  const deviation = Math.abs(Math.min(1, cpu / cpuTotal) - Math.min(1, memory / memoryTotal)) / 2;
  return Math.trunc((1 - deviation) * SCORE_MAX);
}

function* forScoring(pod: PodInfo, node: NodeInfo): Generator<readonly [number, number]> {
  yield [node.allocatable.get('cpu') ?? 0, node.cpuForScoring + pod.scoring.cpuMilli];
  yield [node.allocatable.get('memory') ?? 0, node.memoryForScoring + pod.scoring.memoryBytes];
}

/** `hopeless`: the node would be too small even when empty. */
function insufficient(pod: PodInfo, node: NodeInfo): { lacking: readonly string[]; hopeless: boolean } {
  const lacking: string[] = [];
  let hopeless = false;
  if (node.pods.size + 1 > node.podsMax) lacking.push('Too many pods');
  for (const [name, amount] of pod.requests) {
    if (amount === 0 || name === 'pods') continue;
    const allocatable = node.allocatable.get(name) ?? 0;
    if (amount <= allocatable - (node.requested.get(name) ?? 0)) continue;
    lacking.push(`Insufficient ${name}`);
    hopeless ||= amount > allocatable;
  }
  return { lacking, hopeless };
}
