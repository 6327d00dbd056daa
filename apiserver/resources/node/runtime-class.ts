/** Runtime classes: how a node's runtime is to run a pod, what that costs, and which nodes can. */
import type { V1RuntimeClass, V1Toleration } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123LabelComplaints } from '../../machinery/name-formats.ts';
import { defineRow, type Filled } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, nameColumn, textColumn } from '../table/columns.ts';
import { addInvalid } from '../validation/formats.ts';
import { checkImmutable } from '../validation/immutability.ts';
import { internalForm } from '../validation/internal-form.ts';
import { checkLabels } from '../validation/labels.ts';
import { nodeLabelAdvice } from '../validation/node-warnings.ts';
import { checkContainerResources } from '../validation/requirements.ts';
import { checkTolerations } from '../validation/tolerations.ts';

type RuntimeClass = Filled<V1RuntimeClass>;

function validate({ handler, overhead, scheduling }: RuntimeClass, errors: FieldErrors): void {
  if (handler === '') errors.required('handler');
  else addInvalid(errors, 'handler', handler, dns1123LabelComplaints(handler));
  if (overhead !== undefined) checkContainerResources({ limits: overhead.podFixed }, new Set(), 'overhead', errors);
  if (scheduling === undefined) return;
  checkLabels(scheduling.nodeSelector, 'scheduling.nodeSelector', errors);
  checkTolerations(scheduling.tolerations, 'scheduling.tolerations', errors);
  const seen = new Set<string>();
  for (const [index, toleration] of (scheduling.tolerations ?? []).entries()) {
    const key = keyOf(toleration);
    if (!seen.has(key)) seen.add(key);
    else errors.duplicate(`scheduling.tolerations[${index}]`, internalForm('Toleration', toleration));
  }
}

/** All of it but how long. */
function keyOf({ key = '', operator = '', value = '', effect = '' }: V1Toleration): string {
  return JSON.stringify([key, operator, value, effect]);
}

function warnings({ scheduling }: RuntimeClass): string[] {
  return Object.keys(scheduling?.nodeSelector ?? {}).flatMap((key) => {
    const message = nodeLabelAdvice(key);
    return message === undefined ? [] : [`scheduling.nodeSelector: ${message}`];
  });
}

export const runtimeClassRow = defineRow<V1RuntimeClass>({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  resource: 'runtimeclasses',
  namespaced: false,
  model: 'V1RuntimeClass',
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  strategy: {
    validate,
    metaOnUpdate: ['content', 'change'],
    validateUpdate(runtimeClass, old, errors) {
      validate(runtimeClass, errors);
      checkImmutable(runtimeClass.handler, old.handler, 'handler', errors);
    },
    warnings,
  },
  table: {
    // Upstream looks for the description of `handler` among those of metadata.
    columns: [nameColumn, textColumn('Handler', ''), ageColumn],
    cells: (runtimeClass, nowMs) => [nameOf(runtimeClass), runtimeClass.handler, ageOf(runtimeClass, nowMs)],
  },
});
