/** What cron jobs must be (pkg/apis/batch/validation: ValidateCronJobCreate, …Update). */
import type { V1CronJob, V1CronJobSpec, V1JobTemplateSpec } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import type { Filled } from '../row.ts';
import { checkNonNegative, checkRequiredOneOf } from '../validation/formats.ts';
import { selectorForm } from '../validation/internal-form.ts';
import { isTimeZone, scheduleComplaint } from './cron-schedule.ts';
import { checkJobSpec } from './job-validation.ts';

type CronJob = Filled<V1CronJob>;

/** What is left of a name of 63 characters when the time is appended. */
const NAME_CHARACTERS_MAX = 52;

export function checkCronJobCreate({ metadata, spec }: CronJob, errors: FieldErrors): void {
  checkSpec(spec, undefined, errors);
  const { name = '' } = metadata;
  if (name.length > NAME_CHARACTERS_MAX) {
    errors.invalid('metadata.name', name, `must be no more than ${NAME_CHARACTERS_MAX} characters`);
  }
}

export function checkCronJobUpdate({ spec }: CronJob, old: CronJob, errors: FieldErrors): void {
  checkSpec(spec, old.spec, errors);
}

function checkSpec(spec: V1CronJobSpec, old: V1CronJobSpec | undefined, errors: FieldErrors): void {
  if (spec.schedule === '') errors.required('spec.schedule');
  else checkSchedule(spec, old?.schedule.includes('TZ') === true, 'spec.schedule', errors);
  checkNonNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds', errors);
  if (old?.timeZone !== spec.timeZone) checkTimeZone(spec.timeZone, 'spec.timeZone', errors);
  const policies = ['Allow', 'Forbid', 'Replace'];
  checkRequiredOneOf(spec.concurrencyPolicy, policies, 'spec.concurrencyPolicy', errors);
  checkJobTemplate(spec.jobTemplate, 'spec.jobTemplate', errors);
  checkNonNegative(spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit', errors);
  checkNonNegative(spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit', errors);
}

/** @param mayHaveZone a zone inside the schedule was allowed once, and stays where it is */
function checkSchedule(
  { schedule, timeZone }: V1CronJobSpec,
  mayHaveZone: boolean,
  path: string,
  errors: FieldErrors,
): void {
  const complaint = scheduleComplaint(schedule);
  if (complaint !== undefined) errors.invalid(path, schedule, complaint);
  if (!schedule.includes('TZ')) return;
  if (!mayHaveZone) {
    errors.invalid(path, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead');
  } else if (timeZone !== undefined) {
    errors.invalid(path, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule');
  }
}

function checkTimeZone(zone: string | undefined, path: string, errors: FieldErrors): void {
  if (zone === undefined) return;
  if (zone === '') {
    errors.invalid(path, zone, 'timeZone must be nil or non-empty string');
    return;
  }
  const isPlain = zone
    .split('/')
    .every((part) => /^[A-Za-z.\-_0-9+]{1,14}$/.test(part) && part !== '.' && part !== '..' && !part.startsWith('-'));
  if (!isPlain) {
    errors.invalid(path, zone, `unknown time zone ${zone}`);
    return;
  }
  const isLocal = zone.toLowerCase() === 'local';
  if (isLocal) {
    const message = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    errors.invalid(path, zone, message);
  }
  if (zone !== 'Local' && !isTimeZone(zone)) errors.invalid(path, zone, `unknown time zone ${zone}`);
}

function checkJobTemplate({ spec }: V1JobTemplateSpec, path: string, errors: FieldErrors): void {
  if (spec === undefined) return;
  checkJobSpec(spec, `${path}.spec`, errors);
  if (spec.selector !== undefined) {
    errors.invalid(`${path}.spec.selector`, selectorForm(spec.selector), '`selector` will be auto-generated');
  }
  if (spec.manualSelector === true) errors.notSupported(`${path}.spec.manualSelector`, true, ['nil', 'false']);
}
