/** `describe` of jobs and cron jobs. */
import { humanDuration } from '../../base/human-duration.ts';
import type { V1CronJob, V1Job } from '../../generated/kubernetes.d.ts';
import { capital, controlledBy, described, goTime, head, selectorText } from './parts.ts';
import { describePodTemplate } from './pod-parts.ts';
import type { PrefixWriter } from './prefix-writer.ts';

const INDEXES_SHOWN = 50;

export function describeJob(w: PrefixWriter, { metadata, spec, status }: V1Job): void {
  const set = (name: string, value: unknown, suffix = ''): void => {
    if (value !== undefined && value !== null) w.line(0, `${name}:\t${String(value)}${suffix}`);
  };
  head(w, metadata);
  w.line(0, `Selector:\t${selectorText(spec?.selector)}`);
  described(w, metadata);
  set('Controlled By', controlledBy(metadata));
  set('Parallelism', spec?.parallelism);
  w.line(0, `Completions:\t${spec?.completions ?? '<unset>'}`);
  set('Completion Mode', spec?.completionMode);
  set('Suspend', spec?.suspend);
  set('Backoff Limit', spec?.backoffLimit);
  set('TTL Seconds After Finished', spec?.ttlSecondsAfterFinished);
  const { startTime, completionTime } = status ?? {};
  if (startTime !== undefined) set('Start Time', goTime(startTime));
  if (completionTime !== undefined) set('Completed At', goTime(completionTime));
  if (startTime !== undefined && completionTime !== undefined)
    set('Duration', humanDuration(Date.parse(completionTime) - Date.parse(startTime)));
  set('Active Deadline Seconds', spec?.activeDeadlineSeconds, 's');
  const ready = status?.ready === undefined ? '' : ` (${status.ready} Ready)`;
  w.line(
    0,
    `Pods Statuses:\t${status?.active ?? 0} Active${ready} / ${status?.succeeded ?? 0} Succeeded / ${status?.failed ?? 0} Failed`,
  );
  if (spec?.completionMode === 'Indexed') w.line(0, `Completed Indexes:\t${indexes(status?.completedIndexes ?? '')}`);
  describePodTemplate(w, spec?.template);
}

function indexes(text: string): string {
  if (text === '') return '<none>';
  const end = text.indexOf(',', INDEXES_SHOWN);
  return end < 0 ? text : `${text.slice(0, end + 1)}...`;
}

export function describeCronJob(w: PrefixWriter, { metadata, spec, status }: V1CronJob): void {
  const orUnset = (value: unknown, suffix = ''): string =>
    value === undefined || value === null ? '<unset>' : `${String(value)}${suffix}`;
  head(w, metadata);
  described(w, metadata);
  w.line(0, `Schedule:\t${spec?.schedule ?? ''}`);
  w.line(0, `Concurrency Policy:\t${spec?.concurrencyPolicy ?? ''}`);
  w.line(0, `Suspend:\t${capital(spec?.suspend)}`);
  w.line(0, `Successful Job History Limit:\t${orUnset(spec?.successfulJobsHistoryLimit)}`);
  w.line(0, `Failed Job History Limit:\t${orUnset(spec?.failedJobsHistoryLimit)}`);
  w.line(0, `Starting Deadline Seconds:\t${orUnset(spec?.startingDeadlineSeconds, 's')}`);
  const job = spec?.jobTemplate.spec;
  w.line(0, `Selector:\t${job?.selector === undefined ? '<unset>' : selectorText(job.selector)}`);
  w.line(0, `Parallelism:\t${orUnset(job?.parallelism)}`);
  w.line(0, `Completions:\t${orUnset(job?.completions)}`);
  if (job?.activeDeadlineSeconds !== undefined) w.line(0, `Active Deadline Seconds:\t${job.activeDeadlineSeconds}s`);
  describePodTemplate(w, job?.template);
  w.line(
    0,
    `Last Schedule Time:\t${status?.lastScheduleTime === undefined ? '<unset>' : goTime(status.lastScheduleTime)}`,
  );
  const active = (status?.active ?? []).map(({ name }) => name ?? '').join(', ');
  w.line(0, `Active Jobs:\t${active === '' ? '<none>' : active}`);
}
