/** Jobs (pkg/registry/batch/job, pkg/apis/batch). */

import { humanDuration } from '../../../base/human-duration.ts';
import { withSortedKeys } from '../../../base/sorted-keys.ts';
import type { V1Job } from '../../../generated/kubernetes.d.ts';
import { workloadWarnings } from '../apps/workload-validation.ts';
import { dropDisabledTemplateFields } from '../core/pod-features.ts';
import { defineRow, type Filled, keepField, statusPart } from '../row.ts';
import { ageOf, containerImages, containerNames, formatSelector, nameOf, since } from '../table/cells.ts';
import { ageColumn, containersColumn, fieldDoc, imagesColumn, nameColumn, textColumn, wide } from '../table/columns.ts';
import { jobHasCondition } from './job-conditions.ts';
import { setJobSpecDefaults } from './job-defaults.ts';
import { checkJobStatusUpdate } from './job-status-validation.ts';
import { checkJob, checkJobUpdate } from './job-validation.ts';
import { jobSpecWarnings } from './job-warnings.ts';

export type Job = Filled<V1Job>;

export const JOB_SELECTOR_DOC =
  'A label query over pods that should match the pod count. Normally, the system sets this field for you. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors';

const NAME_LABELS = ['job-name', 'batch.kubernetes.io/job-name'];
const CONTROLLER_LABEL = 'batch.kubernetes.io/controller-uid';
const CONTROLLER_LABELS = ['controller-uid', CONTROLLER_LABEL];

function setDefaults(job: Job): void {
  setJobSpecDefaults(job.spec);
  copyLabels(job);
}

/** A job without labels has its template's: the very same ones, so that it gets what the template is given later. */
function copyLabels(job: Job): void {
  const labels = job.spec.template.metadata?.labels;
  if (labels !== undefined && Object.keys(job.metadata.labels ?? {}).length === 0) job.metadata.labels = labels;
}

/** Unless its owner chose another selector, a job finds its pods by its own uid. */
function generateSelector(job: Job): void {
  if (job.spec.manualSelector === true) return;
  const { name = '', uid = '' } = job.metadata;
  job.spec.template.metadata ??= {};
  const shared = job.metadata.labels !== undefined && job.metadata.labels === job.spec.template.metadata.labels;
  const labels: Record<string, string> = { ...job.spec.template.metadata.labels };
  for (const label of NAME_LABELS) labels[label] ??= name;
  for (const label of CONTROLLER_LABELS) labels[label] ??= uid;
  job.spec.template.metadata.labels = withSortedKeys(labels);
  if (shared) job.metadata.labels = { ...job.spec.template.metadata.labels };
  job.spec.selector ??= {};
  job.spec.selector.matchLabels = withSortedKeys({ [CONTROLLER_LABEL]: uid, ...job.spec.selector.matchLabels });
}

function statusOf(job: Job): string {
  if (jobHasCondition(job, 'Complete')) return 'Complete';
  if (jobHasCondition(job, 'Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find((type) => jobHasCondition(job, type)) ?? 'Running';
}

function completionsOf({ spec, status }: Job): string {
  const succeeded = status.succeeded ?? 0;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationOf({ status }: Job, nowMs: number): string {
  if (status.startTime === undefined) return '';
  if (status.completionTime === undefined) return since(status.startTime, nowMs);
  return humanDuration(Date.parse(status.completionTime) - Date.parse(status.startTime));
}

export const jobRow = defineRow<V1Job>({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  categories: ['all'],
  model: 'V1Job',
  generation: 'spec',
  defaultPropagation: 'Orphan',
  defaultPropagationWarning:
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  strategy: {
    defaults: setDefaults,
    prepareForCreate(job) {
      generateSelector(job);
      copyLabels(job);
      job.status = {};
      dropDisabledTemplateFields(job.spec.template);
    },
    prepareForUpdate(job, old) {
      keepField(job, old, 'status');
      dropDisabledTemplateFields(job.spec.template);
    },
    validate: checkJob,
    metaOnUpdate: ['content', 'change'],
    validateUpdate: checkJobUpdate,
    warnings: (job, old) => workloadWarnings(job, old, () => jobSpecWarnings(job.spec, 'spec')),
  },
  table: {
    columns: [
      nameColumn,
      textColumn('Status', 'Status of the job.'),
      textColumn('Completions', fieldDoc('V1JobStatus.succeeded')),
      textColumn('Duration', 'Time required to complete the job.'),
      ageColumn,
      containersColumn,
      imagesColumn,
      wide(textColumn('Selector', JOB_SELECTOR_DOC)),
    ],
    cells(job, nowMs) {
      const containers = job.spec.template.spec?.containers;
      return [
        nameOf(job),
        statusOf(job),
        completionsOf(job),
        durationOf(job, nowMs),
        ageOf(job, nowMs),
        containerNames(containers),
        containerImages(containers),
        formatSelector(job.spec.selector),
      ];
    },
  },
  fieldLabelComplaint: (field) => `field label ${JSON.stringify(field)} not supported for Job`,
  fieldLabels: { 'status.successful': (job) => String(job.status.succeeded ?? 0) },
  subresources: { status: statusPart<V1Job>('V1Job', { defaults: setDefaults, validateUpdate: checkJobStatusUpdate }) },
});
