/**
 * Daemon sets (pkg/registry/apps/daemonset, pkg/apis/apps). The template's generation, which old clients ask for, is kept
 * in an annotation that only the server writes.
 */

import type { V1DaemonSet } from '../../../generated/kubernetes.d.ts';
import { setPodTemplateDefaults } from '../core/pod-defaults.ts';
import { dropDisabledTemplateFields } from '../core/pod-features.ts';
import { defineRow, type Filled, keepField, statusPart } from '../row.ts';
import { ageOf, containerImages, containerNames, formatLabels, formatSelector, nameOf } from '../table/cells.ts';
import {
  ageColumn,
  containersColumn,
  fieldDoc,
  imagesColumn,
  integerColumn,
  nameColumn,
  textColumn,
  wide,
} from '../table/columns.ts';
import { equalOnceStored } from '../wire-form.ts';
import { checkDaemonSet, checkDaemonSetStatusUpdate, checkDaemonSetUpdate } from './daemon-set-validation.ts';
import { templateWarnings } from './workload-validation.ts';

type DaemonSet = Filled<V1DaemonSet>;

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

function setDefaults(set: DaemonSet): void {
  const { spec } = set;
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ??= 'RollingUpdate';
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {};
    spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
    spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= 10;
  setPodTemplateDefaults(spec.template);
  // Whoever leaves it out writes it all the same, and owns it.
  if (set.metadata.annotations?.[TEMPLATE_GENERATION] === undefined) setTemplateGeneration(set, 0);
}

export function templateGeneration(set: DaemonSet): number {
  return Number(set.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0);
}

function setTemplateGeneration(set: DaemonSet, generation: number): void {
  set.metadata.annotations = { ...set.metadata.annotations, [TEMPLATE_GENERATION]: String(generation) };
}

export const daemonSetRow = defineRow<V1DaemonSet>({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  shortNames: ['ds'],
  categories: ['all'],
  model: 'V1DaemonSet',
  generation: 'spec',
  strategy: {
    defaults: setDefaults,
    prepareForCreate(set) {
      set.status = { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 };
      setTemplateGeneration(set, Math.max(templateGeneration(set), 1));
      dropDisabledTemplateFields(set.spec.template);
    },
    prepareForUpdate(set, old) {
      keepField(set, old, 'status');
      dropDisabledTemplateFields(set.spec.template);
      const changed = equalOnceStored('V1PodTemplateSpec', set.spec.template, old.spec.template) ? 0 : 1;
      setTemplateGeneration(set, templateGeneration(old) + changed);
    },
    validate: checkDaemonSet,
    validateUpdate: checkDaemonSetUpdate,
    warnings(set, old) {
      const isSame = old !== undefined && templateGeneration(set) === templateGeneration(old);
      return isSame ? [] : templateWarnings(set.spec.template, 'spec.template');
    },
  },
  table: {
    columns: [
      nameColumn,
      integerColumn('Desired', fieldDoc('V1DaemonSetStatus.desiredNumberScheduled')),
      integerColumn('Current', fieldDoc('V1DaemonSetStatus.currentNumberScheduled')),
      integerColumn('Ready', fieldDoc('V1DaemonSetStatus.numberReady')),
      integerColumn('Up-to-date', fieldDoc('V1DaemonSetStatus.updatedNumberScheduled')),
      integerColumn('Available', fieldDoc('V1DaemonSetStatus.numberAvailable')),
      textColumn('Node Selector', fieldDoc('V1PodSpec.nodeSelector')),
      ageColumn,
      containersColumn,
      imagesColumn,
      wide(
        textColumn(
          'Selector',
          "A label query over pods that are managed by the daemon set. Must match in order to be controlled. It must match the pod template's labels. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
        ),
      ),
    ],
    metadata({ metadata }) {
      const { [TEMPLATE_GENERATION]: _, ...annotations } = metadata.annotations ?? {};
      const { annotations: __, ...rest } = metadata;
      return Object.keys(annotations).length === 0 ? rest : { ...rest, annotations };
    },
    cells(set, nowMs) {
      const { spec, status } = set;
      const containers = spec.template.spec?.containers;
      return [
        nameOf(set),
        status.desiredNumberScheduled,
        status.currentNumberScheduled,
        status.numberReady,
        status.updatedNumberScheduled ?? 0,
        status.numberAvailable ?? 0,
        formatLabels(spec.template.spec?.nodeSelector),
        ageOf(set, nowMs),
        containerNames(containers),
        containerImages(containers),
        formatSelector(spec.selector),
      ];
    },
  },
  subresources: {
    status: statusPart<V1DaemonSet>('V1DaemonSet', {
      defaults: setDefaults,
      prepareForUpdate: (set, old) => setTemplateGeneration(set, templateGeneration(old)),
      validateUpdate: checkDaemonSetStatusUpdate,
    }),
  },
});
