/** Cron jobs (pkg/registry/batch/cronjob, pkg/apis/batch). */
import type { V1CronJob } from '../../../generated/kubernetes.d.ts';
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
import { JOB_SELECTOR_DOC } from './job.ts';
import { setJobTemplateDefaults } from './job-defaults.ts';

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
    },
    prepareForUpdate: (cronJob, old) => keepField(cronJob, old, 'status'),
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
  subresources: { status: statusPart<V1CronJob>('V1CronJob', { defaults: setDefaults }) },
});
