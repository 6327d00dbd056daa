/** `describe` of quotas, limit ranges, disruption budgets, priority classes and namespaces. */
import { canonicalQuantity } from '../../base/quantity.ts';
import type {
  V1LimitRange,
  V1Namespace,
  V1PodDisruptionBudget,
  V1PriorityClass,
  V1ResourceQuota,
} from '../../generated/kubernetes.d.ts';
import { byCodePoints } from '../printers/objects.ts';
import { annotations, formatSelector, head, labelLine, labels, transitions } from './parts.ts';
import type { PrefixWriter } from './prefix-writer.ts';

const SCOPES: Readonly<Record<string, string>> = {
  Terminating:
    'Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.',
  NotTerminating:
    'Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.',
  BestEffort:
    'Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.',
  NotBestEffort:
    'Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.',
};

function quotaLines(w: PrefixWriter, quota: V1ResourceQuota, level: number, bullet: string, rule: string): void {
  const scopes = [...(quota.spec?.scopes ?? [])].sort(byCodePoints);
  if (scopes.length > 0) {
    w.line(level, `Scopes:\t${scopes.join(', ')}`);
    for (const scope of scopes) {
      const help = SCOPES[scope];
      if (help !== undefined) w.line(level, `${bullet} ${help}`);
    }
  }
  w.line(level, 'Resource\tUsed\tHard').line(level, rule);
  const { hard = {}, used = {} } = quota.status ?? {};
  for (const name of Object.keys(hard).sort(byCodePoints))
    w.line(level, `${name}\t${canonicalQuantity(used[name] ?? '0')}\t${canonicalQuantity(hard[name] ?? '0')}`);
}

export function describeQuota(w: PrefixWriter, quota: V1ResourceQuota): void {
  head(w, quota.metadata);
  quotaLines(w, quota, 0, ' *', '--------\t----\t----');
}

const LIMIT_HEAD = 'Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio';
const LIMIT_RULE = '----\t--------\t---\t---\t---------------\t-------------\t-----------------------';

function limitLines(w: PrefixWriter, { spec }: V1LimitRange, prefix: string): void {
  for (const item of spec?.limits ?? []) {
    const { max, min, default: standard, defaultRequest, maxLimitRequestRatio } = item;
    const names = new Set(
      [max, min, standard, defaultRequest, maxLimitRequestRatio].flatMap((map) => Object.keys(map ?? {})),
    );
    for (const name of [...names].sort(byCodePoints)) {
      const cells = [min, max, defaultRequest, standard, maxLimitRequestRatio].map((map) =>
        map?.[name] === undefined ? '-' : canonicalQuantity(map[name]),
      );
      w.line(0, `${prefix}${item.type}\t${name}\t${cells.join('\t')}`);
    }
  }
}

export function describeLimitRange(w: PrefixWriter, range: V1LimitRange): void {
  head(w, range.metadata);
  w.line(0, LIMIT_HEAD).line(0, LIMIT_RULE);
  limitLines(w, range, '');
}

export function describeNamespace(
  w: PrefixWriter,
  { metadata, status }: V1Namespace,
  quotas: readonly V1ResourceQuota[],
  ranges: readonly V1LimitRange[],
): void {
  w.line(0, `Name:\t${metadata?.name ?? ''}`);
  labels(w, 'Labels', metadata?.labels);
  annotations(w, 'Annotations', metadata?.annotations);
  w.line(0, `Status:\t${status?.phase ?? ''}`);
  transitions(w, status?.conditions);
  w.line(0, '');
  if (quotas.length === 0) w.line(0, 'No resource quota.');
  else {
    w.line(0, 'Resource Quotas');
    for (const quota of [...quotas].sort((a, b) => byCodePoints(a.metadata?.name ?? '', b.metadata?.name ?? ''))) {
      w.line(1, `Name:\t${quota.metadata?.name ?? ''}`);
      quotaLines(w, quota, 1, '*', '--------\t---\t---');
    }
  }
  w.line(0, '');
  if (ranges.length === 0) {
    w.line(0, 'No LimitRange resource.');
    return;
  }
  w.line(0, 'Resource Limits').line(0, ` ${LIMIT_HEAD}`).line(0, ` ${LIMIT_RULE}`);
  for (const range of ranges) limitLines(w, range, ' ');
}

export function describePodDisruptionBudget(w: PrefixWriter, { metadata, spec, status }: V1PodDisruptionBudget): void {
  head(w, metadata);
  if (spec?.minAvailable !== undefined) w.line(0, `Min available:\t${String(spec.minAvailable)}`);
  else if (spec?.maxUnavailable !== undefined) w.line(0, `Max unavailable:\t${String(spec.maxUnavailable)}`);
  w.line(0, `Selector:\t${spec?.selector === undefined ? '<unset>' : formatSelector(spec.selector)}`);
  w.line(0, 'Status:').line(2, `Allowed disruptions:\t${status?.disruptionsAllowed ?? 0}`);
  w.line(2, `Current:\t${status?.currentHealthy ?? 0}`).line(2, `Desired:\t${status?.desiredHealthy ?? 0}`);
  w.line(2, `Total:\t${status?.expectedPods ?? 0}`);
}

export function describePriorityClass(w: PrefixWriter, object: V1PriorityClass): void {
  const { metadata, value, globalDefault, preemptionPolicy, description } = object;
  head(w, metadata, false);
  w.line(0, `Value:\t${value}`).line(0, `GlobalDefault:\t${globalDefault === true}`);
  w.line(0, `PreemptionPolicy:\t${preemptionPolicy ?? ''}`).line(0, `Description:\t${description ?? ''}`);
  w.line(0, `Annotations:\t${labelLine(metadata?.annotations)}`);
}
