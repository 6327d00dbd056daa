/** `autoscale`: a HorizontalPodAutoscaler for a workload. */
import { parseQuantity } from '../../base/quantity.ts';
import type { Leaf } from '../command-line/command.ts';
import { integer, text } from '../command-line/flag.ts';
import { creationFlags, fileFlags } from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import { apiVersionOf } from '../discovery.ts';
import { asFailure, Failure, throwGathered } from '../failure.ts';
import { select, selectionFlags } from '../selection.ts';
import { createAndTell, metadataOf } from './create/creation.ts';

export const autoscale: Leaf = {
  usage: '(-f FILE | TYPE NAME) [--min=N] --max=N [--cpu-percent=N] [flags]',
  summary: 'let the number of replicas follow the load',
  flags: [
    ...creationFlags('kubectl-autoscale').filter(({ name }) => name !== 'validate'),
    ...fileFlags,
    integer('min', 'at least so many; -1: as the server says', { initial: -1 }),
    integer('max', 'at most so many', { required: true }),
    integer('cpu-percent', 'the share of requested CPU to aim at', { initial: -1 }),
    text('cpu', 'the CPU to aim at: 80%, 500m'),
    text('memory', 'the memory to aim at: 80%, 200Mi'),
    text('name', 'the name of the autoscaler'),
  ],
  async run(context, flags) {
    const max = flags.number('max');
    const min = flags.number('min');
    if (max < 1) throw new Failure(`--max=MAXPODS is required and must be at least 1, max: ${max}`);
    if (max < min)
      throw new Failure(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`);
    const { infos, failures } = await select(context, {
      ...selectionFlags(flags),
      enforceNamespace: true,
      continueOnError: true,
    });
    const all = [...failures];
    if (infos.length === 0 && all.length === 0) throw new Failure('no objects passed to autoscale');
    for (const { resource, name } of infos) {
      try {
        if (!['Deployment', 'ReplicaSet', 'StatefulSet', 'ReplicationController'].includes(resource.kind))
          throw new Failure(`cannot autoscale a ${resource.kind}: the server could not find the requested resource`);
        const metrics = metricsOf(flags);
        const scaler = {
          kind: 'HorizontalPodAutoscaler',
          apiVersion: 'autoscaling/v2',
          metadata: metadataOf(context, flags.text('name') || name),
          spec: {
            scaleTargetRef: { kind: resource.kind, name, apiVersion: apiVersionOf(resource) },
            ...(min > 0 ? { minReplicas: min } : {}),
            maxReplicas: max,
            ...(metrics.length === 0 ? {} : { metrics }),
          },
        };
        await createAndTell(context, flags, scaler as never, 'autoscaled');
      } catch (thrown) {
        all.push(asFailure(thrown));
      }
    }
    throwGathered(all);
  },
};

function metricsOf(flags: FlagSet): object[] {
  const percent = flags.number('cpu-percent');
  const metrics: object[] = [];
  if (percent >= 0) metrics.push(metric('cpu', { type: 'Utilization', averageUtilization: percent }));
  for (const name of ['cpu', 'memory']) {
    const wanted = flags.text(name);
    if (wanted !== '') metrics.push(metric(name, targetOf(name, wanted)));
  }
  return metrics;
}

function metric(name: string, target: object): object {
  return { type: 'Resource', resource: { name, target } };
}

function targetOf(name: string, wanted: string): object {
  const share = /^(\d+)%$/.exec(wanted)?.[1];
  if (share !== undefined) return { type: 'Utilization', averageUtilization: Number(share) };
  const quantity = parseQuantity(wanted);
  if (quantity === undefined) throw new Failure(`invalid ${name} value: ${wanted}`);
  return { type: 'AverageValue', averageValue: quantity.toString() };
}
