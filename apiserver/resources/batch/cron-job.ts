/** Cron jobs (pkg/registry/batch/cronjob, pkg/apis/batch). */
import type { V1CronJob } from '../../../generated/kubernetes.d.ts';
import { podNameWarnings } from '../apps/workload-validation.ts';
import { dropDisabledTemplateFields } from '../core/pod-features.ts';
import { defineRow, type Filled, keepField, statusPart } from '../row.ts';
import { ageOf, containerImages, containerNames, formatSelector, nameOf, since, yesOrNo } from '../table/cells.ts';
import {
  ageColumn,
  booleanColumn,
  containersColumn,
  fieldDoc,
  imagesColumn,
  integerColumn,
  nameColumn,
  textColumn,
  wide,
} from '../table/columns.ts';
import { checkCronJobCreate, checkCronJobUpdate } from './cron-job-validation.ts';
import { JOB_SELECTOR_DOC } from './job.ts';
import { setJobTemplateDefaults } from './job-defaults.ts';
import { jobSpecWarnings } from './job-warnings.ts';

type CronJob = Filled<V1CronJob>;

function setDefaults({ spec }: CronJob): void {
  spec.concurrencyPolicy ??= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  if (spec.jobTemplate.spec !== undefined) setJobTemplateDefaults(spec.jobTemplate.spec);
}

export const cronJobRow = defineRow<V1CronJob>({
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  shortNames: ['cj'],
  categories: ['all'],
  model: 'V1CronJob',
  generation: 'spec',
  strategy: {
    defaults: setDefaults,
    prepareForCreate(cronJob) {
      cronJob.status = {};
      dropDisabledTemplateFields(cronJob.spec.jobTemplate.spec?.template);
    },
    prepareForUpdate(cronJob, old) {
      keepField(cronJob, old, 'status');
      dropDisabledTemplateFields(cronJob.spec.jobTemplate.spec?.template);
    },
    validate: checkCronJobCreate,
    validateUpdate: checkCronJobUpdate,
    warnings(cronJob, old) {
      const { jobTemplate, schedule } = cronJob.spec;
      const isSame = old !== undefined && old.metadata.generation === cronJob.metadata.generation;
      const zone =
        'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details';
      return [
        ...(old === undefined ? podNameWarnings(cronJob.metadata.name) : []),
        ...(isSame || jobTemplate.spec === undefined ? [] : jobSpecWarnings(jobTemplate.spec, 'spec.jobTemplate.spec')),
        ...(old !== undefined && schedule.includes('TZ') ? [zone] : []),
      ];
    },
  },
  table: {
    columns: [
      nameColumn,
      textColumn('Schedule', fieldDoc('V1CronJobSpec.schedule')),
      textColumn('Timezone', fieldDoc('V1CronJobSpec.timeZone')),
      booleanColumn('Suspend', fieldDoc('V1CronJobSpec.suspend')),
      integerColumn('Active', fieldDoc('V1CronJobStatus.active')),
      textColumn('Last Schedule', fieldDoc('V1CronJobStatus.lastScheduleTime')),
      ageColumn,
      containersColumn,
      imagesColumn,
      wide(textColumn('Selector', JOB_SELECTOR_DOC)),
    ],
    cells(cronJob, nowMs) {
      const { spec, status } = cronJob;
      const containers = spec.jobTemplate.spec?.template.spec?.containers;
      return [
        nameOf(cronJob),
        spec.schedule,
        spec.timeZone ?? '<none>',
        yesOrNo(spec.suspend),
        (status.active ?? []).length,
        status.lastScheduleTime === undefined ? '<none>' : since(status.lastScheduleTime, nowMs),
        ageOf(cronJob, nowMs),
        containerNames(containers),
        containerImages(containers),
        formatSelector(spec.jobTemplate.spec?.selector),
      ];
    },
  },
  subresources: { status: statusPart<V1CronJob>('V1CronJob', { defaults: setDefaults, metaOnUpdate: [] }) },
});
