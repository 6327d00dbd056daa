/**
 * `--allow-privileged=false`: no container may be privileged (pkg/capabilities, ValidateSecurityContext). The rows of all
 * that has a pod's spec are given a validation more; what is stored already stays.
 */
import type { V1PodSpec } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import type { KubeObject, ResourceRow, WriteStrategy } from '../../machinery/resource-row.ts';
import { everyContainer } from '../validation/every-container.ts';

/** Where the pod's spec is. */
const specPaths: Readonly<Record<string, string>> = {
  pods: 'spec',
  podtemplates: 'template.spec',
  replicationcontrollers: 'spec.template.spec',
  'daemonsets.apps': 'spec.template.spec',
  'deployments.apps': 'spec.template.spec',
  'replicasets.apps': 'spec.template.spec',
  'statefulsets.apps': 'spec.template.spec',
  'jobs.batch': 'spec.template.spec',
  'cronjobs.batch': 'spec.jobTemplate.spec.template.spec',
};

export function withoutPrivileged(row: ResourceRow): ResourceRow {
  const path = specPaths[row.group === '' ? row.resource : `${row.resource}.${row.group}`];
  if (path === undefined || row.virtual !== undefined) return row;
  return { ...row, strategy: forbidding(row.strategy, path, row.resource !== 'pods') };
}

/** @param updates whether the spec is judged when it is written again: a pod's cannot change */
function forbidding(strategy: WriteStrategy, path: string, updates: boolean): WriteStrategy {
  return {
    ...strategy,
    validate(object, errors, ...more) {
      strategy.validate?.(object, errors, ...more);
      forbid(object, path, errors);
    },
    validateUpdate(object, old, errors, ...more) {
      strategy.validateUpdate?.(object, old, errors, ...more);
      if (updates) forbid(object, path, errors);
    },
  };
}

function forbid(object: KubeObject, path: string, errors: FieldErrors): void {
  const spec = path
    .split('.')
    .reduce((at: unknown, field) => (at as Record<string, unknown> | undefined)?.[field], object);
  if (spec === undefined) return;
  for (const { container, path: at } of everyContainer(spec as V1PodSpec, path)) {
    if (container.securityContext?.privileged === true) {
      errors.forbidden(`${at}.securityContext.privileged`, 'disallowed by cluster policy');
    }
  }
}
