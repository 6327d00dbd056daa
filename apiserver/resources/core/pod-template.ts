/** Pod templates that stand by themselves (pkg/registry/core/podtemplate). */
import type { V1PodTemplate } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { templateWarnings } from '../apps/workload-validation.ts';
import { defineRow, type Filled } from '../row.ts';
import { containerImages, containerNames, formatLabels, nameOf } from '../table/cells.ts';
import { nameColumn, textColumn } from '../table/columns.ts';
import { checkPodTemplate } from '../validation/pod-template.ts';
import { setPodTemplateDefaults } from './pod-defaults.ts';
import { dropDisabledTemplateFields } from './pod-features.ts';

type PodTemplate = Filled<V1PodTemplate>;

function check({ template }: PodTemplate, errors: FieldErrors): void {
  checkPodTemplate(template ?? {}, 'template', errors);
}

export const podTemplateRow = defineRow<V1PodTemplate>({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  model: 'V1PodTemplate',
  generation: ['template'],
  returnsDeletedObject: true,
  strategy: {
    defaults({ template }) {
      if (template !== undefined) setPodTemplateDefaults(template);
    },
    prepareForCreate: ({ template }) => dropDisabledTemplateFields(template),
    prepareForUpdate: ({ template }) => dropDisabledTemplateFields(template),
    validate: check,
    validateUpdate: (object, _old, errors) => check(object, errors),
    warnings({ metadata, template }, old) {
      const isSame = old !== undefined && old.metadata.generation === metadata.generation;
      return isSame ? [] : templateWarnings(template, 'template');
    },
  },
  table: {
    columns: [
      nameColumn,
      textColumn('Containers', 'Names of each container in the template.'),
      textColumn('Images', 'Images referenced by each container in the template.'),
      textColumn('Pod Labels', 'The labels for the pod template.'),
    ],
    cells(object) {
      const { template } = object;
      const containers = template?.spec?.containers;
      const labels = formatLabels(template?.metadata?.labels);
      return [nameOf(object), containerNames(containers), containerImages(containers), labels];
    },
  },
});
