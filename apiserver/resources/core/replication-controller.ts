/** Replication controllers, which replica sets came after (pkg/registry/core/replicationcontroller). */
import { labelMatcher } from '../../../base/label-selector.ts';
import type { V1ReplicationController } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { checkAtMost, checkCounts, templateWarnings, workloadWarnings } from '../apps/workload-validation.ts';
import { scaleOf } from '../autoscaling/scale.ts';
import { defineRow, type Filled, keepField, statusPart } from '../row.ts';
import { ageOf, containerImages, containerNames, formatLabels, nameOf } from '../table/cells.ts';
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
import { checkNonNegative } from '../validation/formats.ts';
import { checkPodTemplate } from '../validation/pod-template.ts';
import { setPodTemplateDefaults } from './pod-defaults.ts';
import { dropDisabledTemplateFields } from './pod-features.ts';

type Controller = Filled<V1ReplicationController>;

/** What the template says, the controller goes by. */
function setDefaults({ spec, metadata }: Controller): void {
  const labels = spec.template?.metadata?.labels;
  if (labels !== undefined) {
    if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
    if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
  }
  spec.replicas ??= 1;
  if (spec.template !== undefined) setPodTemplateDefaults(spec.template);
}

function check({ spec }: Controller, errors: FieldErrors): void {
  const selector = spec.selector ?? {};
  const isEmpty = Object.keys(selector).length === 0;
  checkNonNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors);
  if (isEmpty) errors.required('spec.selector');
  checkNonNegative(spec.replicas, 'spec.replicas', errors);
  const path = 'spec.template';
  if (spec.template === undefined) {
    errors.required(path);
    return;
  }
  const labels = spec.template.metadata?.labels;
  if (!isEmpty && !labelMatcher({ matchLabels: selector })(labels)) {
    errors.invalid(`${path}.metadata.labels`, labels, '`selector` does not match template `labels`');
  }
  checkPodTemplate(spec.template, path, errors);
  const { restartPolicy = '', activeDeadlineSeconds } = spec.template.spec ?? {};
  if (restartPolicy !== 'Always') errors.notSupported(`${path}.spec.restartPolicy`, restartPolicy, ['Always']);
  if (activeDeadlineSeconds !== undefined) {
    const message = 'activeDeadlineSeconds in ReplicationController is not Supported';
    errors.forbidden(`${path}.spec.activeDeadlineSeconds`, message);
  }
}

function checkStatus({ status }: Controller, errors: FieldErrors): void {
  checkCounts(status, ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'], errors);
  checkCounts(status, ['observedGeneration'], errors);
  const parts = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const;
  checkAtMost(status, parts, status.replicas, 'status.replicas', errors);
  checkAtMost(status, ['availableReplicas'], status.readyReplicas ?? 0, 'readyReplicas', errors);
}

export const replicationControllerRow = defineRow<V1ReplicationController>({
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  shortNames: ['rc'],
  categories: ['all'],
  model: 'V1ReplicationController',
  storagePrefix: '/registry/controllers',
  generation: 'spec',
  defaultPropagation: 'Orphan',
  strategy: {
    defaults: setDefaults,
    prepareForCreate(controller) {
      controller.status = { replicas: 0 };
      dropDisabledTemplateFields(controller.spec.template);
    },
    prepareForUpdate(controller, old) {
      keepField(controller, old, 'status');
      dropDisabledTemplateFields(controller.spec.template);
    },
    validate: check,
    validateUpdate: (controller, _old, errors) => check(controller, errors),
    // On updates upstream looks at the template that was.
    warnings: (controller, old) =>
      workloadWarnings(controller, old, () => templateWarnings((old ?? controller).spec.template, 'spec.template')),
  },
  table: {
    columns: [
      nameColumn,
      integerColumn('Desired', fieldDoc('V1ReplicationControllerSpec.replicas')),
      integerColumn('Current', fieldDoc('V1ReplicationControllerStatus.replicas')),
      integerColumn('Ready', fieldDoc('V1ReplicationControllerStatus.readyReplicas')),
      ageColumn,
      containersColumn,
      imagesColumn,
      wide(textColumn('Selector', fieldDoc('V1ReplicationControllerSpec.selector'))),
    ],
    cells(controller, nowMs) {
      const { spec, status } = controller;
      const containers = spec.template?.spec?.containers;
      return [
        nameOf(controller),
        spec.replicas ?? 0,
        status.replicas,
        status.readyReplicas ?? 0,
        ageOf(controller, nowMs),
        containerNames(containers),
        containerImages(containers),
        formatLabels(spec.selector),
      ];
    },
  },
  fieldLabels: { 'status.replicas': ({ status }) => String(status.replicas) },
  subresources: {
    scale: scaleOf('', 'replicationcontrollers'),
    status: statusPart<V1ReplicationController>('V1ReplicationController', {
      defaults: setDefaults,
      validateUpdate: (controller, _old, errors) => checkStatus(controller, errors),
    }),
  },
});
