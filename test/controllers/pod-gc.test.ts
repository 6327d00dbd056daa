/** Which pods nobody else would remove. */
import { expect, it } from 'vitest';
import { planPodGc } from '../../controllers/pod-gc.ts';
import type { V1Node } from '../../generated/kubernetes.d.ts';
import { node, pod } from './build-objects.ts';

it('finished ones beyond the threshold (evicted and old first), and those whose node is no more', () => {
  const lost: V1Node = {
    ...node('lost', { taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] }),
    status: { conditions: [{ type: 'Ready', status: 'Unknown' }] },
  };
  const nodes = new Map([
    ['here', node('here')],
    ['lost', lost],
  ]);
  const evicted = pod('evicted', { phase: 'Failed', created: 9, node: 'here' });
  evicted.status = { ...evicted.status, reason: 'Evicted' };
  const pods = [
    pod('old', { phase: 'Succeeded', created: 1, node: 'here' }),
    pod('young', { phase: 'Succeeded', created: 5, node: 'here' }),
    evicted,
    pod('running', { node: 'here' }),
    pod('dying', { node: 'here', deleting: true }),
    pod('waiting', { deleting: true }),
    pod('orphan', { node: 'gone' }),
    pod('quarantined', { node: 'unknown' }),
    pod('stuck', { node: 'lost', deleting: true }),
    pod('alive', { node: 'lost' }),
  ];
  const plans = planPodGc(pods, (name) => nodes.get(name), new Set(['gone']), 1);
  expect(plans.map((plan) => `${plan.pod.metadata?.name} ${plan.reason}`)).toEqual([
    'evicted terminated',
    'old terminated',
    'waiting unscheduled',
    'orphan orphaned',
    'stuck out-of-service',
  ]);
});
