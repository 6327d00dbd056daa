/** Deployments (pkg/registry/apps/deployment, pkg/apis/apps). */
import { deepEqual } from '../../../base/deep-equal.ts';
import type { V1Deployment } from '../../../generated/kubernetes.d.ts';
import { scaleOf } from '../autoscaling/scale.ts';
import { setPodTemplateDefaults } from '../core/pod-defaults.ts';
import { dropDisabledTemplateFields } from '../core/pod-features.ts';
import { defineRow, type Filled, keepField, statusPart } from '../row.ts';
import { ageOf, containerImages, containerNames, nameOf, selectorText } from '../table/cells.ts';
import { ageColumn, containersColumn, fieldDoc, imagesColumn, nameColumn, textColumn, wide } from '../table/columns.ts';
import { checkDeployment, checkDeploymentStatusUpdate, checkDeploymentUpdate } from './deployment-validation.ts';
import { templateWarnings, workloadWarnings } from './workload-validation.ts';

type Deployment = Filled<V1Deployment>;

function setDefaults({ spec }: Deployment): void {
  spec.replicas ??= 1;
  spec.strategy ??= {};
  spec.strategy.type ??= 'RollingUpdate';
  if (spec.strategy.type === 'RollingUpdate') {
    spec.strategy.rollingUpdate ??= {};
    spec.strategy.rollingUpdate.maxUnavailable ??= '25%';
    spec.strategy.rollingUpdate.maxSurge ??= '25%';
  }
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  setPodTemplateDefaults(spec.template);
}

export const deploymentRow = defineRow<V1Deployment>({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  model: 'V1Deployment',
  generation: 'spec',
  strategy: {
    defaults: setDefaults,
    prepareForCreate(deployment) {
      deployment.status = {};
      dropDisabledTemplateFields(deployment.spec.template);
    },
    prepareForUpdate(deployment, old) {
      keepField(deployment, old, 'status');
      dropDisabledTemplateFields(deployment.spec.template);
      // Controllers copy annotations on to the replica sets: they count as a change, as the spec does.
      if (!deepEqual(deployment.metadata.annotations ?? {}, old.metadata.annotations ?? {})) {
        deployment.metadata.generation = (old.metadata.generation ?? 0) + 1;
      }
    },
    validate: checkDeployment,
    validateUpdate: checkDeploymentUpdate,
    warnings: (deployment, old) =>
      workloadWarnings(deployment, old, () => templateWarnings(deployment.spec.template, 'spec.template')),
  },
  table: {
    columns: [
      nameColumn,
      textColumn('Ready', 'Number of the pod with ready state'),
      textColumn('Up-to-date', fieldDoc('V1DeploymentStatus.updatedReplicas')),
      textColumn('Available', fieldDoc('V1DeploymentStatus.availableReplicas')),
      ageColumn,
      containersColumn,
      imagesColumn,
      wide(
        textColumn(
          'Selector',
          "Label selector for pods. Existing ReplicaSets whose pods are selected by this will be the ones affected by this deployment. It must match the pod template's labels.",
        ),
      ),
    ],
    cells(deployment, nowMs) {
      const { spec, status } = deployment;
      const containers = spec.template.spec?.containers;
      return [
        nameOf(deployment),
        `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
        status.updatedReplicas ?? 0,
        status.availableReplicas ?? 0,
        ageOf(deployment, nowMs),
        containerNames(containers),
        containerImages(containers),
        selectorText(spec.selector) ?? '<invalid>',
      ];
    },
  },
  subresources: {
    scale: scaleOf('apps', 'deployments'),
    status: statusPart<V1Deployment>('V1Deployment', {
      defaults: setDefaults,
      resetFields: ['spec', 'metadata.labels'],
      prepareForUpdate: (deployment, old) => keepField(deployment.metadata, old.metadata, 'labels'),
      validateUpdate: checkDeploymentStatusUpdate,
    }),
  },
});
