import { describe, expect, it } from 'vitest';
import type { V1Node, V1Pod, V1PodSpec } from '../../generated/kubernetes.d.ts';
import { refusalOf } from '../../nodes/admission.ts';
import { observe } from '../../nodes/observed-pod.ts';
import { podStatus } from '../../nodes/pod-status.ts';

const node: V1Node = {
  metadata: { name: 'n', labels: { disk: 'ssd' } },
  status: { allocatable: { cpu: '4', memory: '1Gi', pods: '3' } },
};

function podOf(spec: Partial<V1PodSpec> = {}, requests: Record<string, string> = {}, hostPort?: number): V1Pod {
  const ports = hostPort === undefined ? [] : [{ containerPort: 80, hostPort }];
  return {
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image: 'i', resources: { requests }, ports }], ...spec },
  };
}

describe('a node', () => {
  it('P9 refuses pods for which it lacks resources', () => {
    const others = [podOf({}, { cpu: '1500m' })];
    expect(refusalOf(podOf({}, { cpu: '2500m', memory: '1Gi' }), node, others)).toBeUndefined();
    expect(refusalOf(podOf({}, { cpu: '3' }), node, others)).toEqual({
      reason: 'OutOfcpu',
      message: "Node didn't have enough resource: cpu, requested: 3000, used: 1500, capacity: 4000",
    });
    expect(refusalOf(podOf({}, { memory: '2Gi' }), node, [])).toEqual({
      reason: 'OutOfmemory',
      message: "Node didn't have enough resource: memory, requested: 2147483648, used: 0, capacity: 1073741824",
    });
    expect(refusalOf(podOf(), node, [podOf(), podOf(), podOf()])).toEqual({
      reason: 'OutOfpods',
      message: "Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3",
    });
    expect(refusalOf(podOf({}, { 'example.com/unknown': '1' }), node, [])).toBeUndefined();
  });

  it('P9 refuses pods that do not belong on it', () => {
    expect(refusalOf(podOf({ nodeSelector: { disk: 'ssd' } }), node, [])).toBeUndefined();
    expect(refusalOf(podOf({ nodeSelector: { disk: 'hdd' } }), node, [])).toEqual({
      reason: 'NodeAffinity',
      message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    });
    expect(refusalOf(podOf({}, {}, 80), node, [podOf({}, {}, 81)])).toBeUndefined();
    expect(refusalOf(podOf({}, {}, 80), node, [podOf({}, {}, 80)])).toEqual({
      reason: 'NodePorts',
      message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    });
    const tainted = (effect: string): V1Node => ({ ...node, spec: { taints: [{ key: 'a', effect }] } });
    expect(refusalOf(podOf(), tainted('NoSchedule'), [])).toBeUndefined();
    expect(
      refusalOf(podOf({ tolerations: [{ key: 'a', operator: 'Exists' }] }), tainted('NoExecute'), []),
    ).toBeUndefined();
    expect(refusalOf(podOf(), tainted('NoExecute'), [])).toEqual({
      reason: 'TaintToleration',
      message: "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate",
    });
  });

  it('P9 keeps what it said of a pod that it refused', () => {
    const refused = { phase: 'Failed', reason: 'OutOfcpu', message: 'Pod was rejected: because' };
    const pod = { ...podOf(), status: refused };
    expect(podStatus(pod, observe(pod, '10.244.1.2', 0), { hostIp: '172.18.0.1' }, 0)).toMatchObject(refused);
  });
});
