/**
 * What controllers may report of jobs (pkg/apis/batch/validation: ValidateJobUpdateStatus). Most rules look only at what
 * has changed: what is already wrong does not stop an update of something else.
 */
import { deepEqual } from '../../../base/deep-equal.ts';
import type { V1JobStatus } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { NON_NEGATIVE } from '../validation/formats.ts';
import { internalForm } from '../validation/internal-form.ts';
import { overlapComplaint, parseIndexes } from './indexes.ts';
import type { Job } from './job.ts';
import { conditionOf, jobHasCondition, jobIsFinished } from './job-conditions.ts';

const COUNTS = ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const;
const CONDITIONS = 'status.conditions';

export function checkJobStatusUpdate(job: Job, old: Job, errors: FieldErrors): void {
  const { status } = job;
  for (const field of COUNTS) {
    const count = status[field] ?? 0;
    if (count < 0) errors.invalid(`status.${field}`, count, NON_NEGATIVE);
  }
  checkUncounted(status, errors);
  checkFinishedTogether(job, old, errors);
  checkIndexes(job, old, errors);
  checkRunning(job, old, errors);
  checkSuccess(job, errors);
  checkProgress(job, old, errors);
}

function changed(job: Job, old: Job, ...fields: readonly (keyof V1JobStatus)[]): boolean {
  return fields.some((field) => !deepEqual(job.status[field], old.status[field]));
}

function turned(job: Job, old: Job, ...conditions: readonly string[]): boolean {
  return conditions.some((type) => jobHasCondition(job, type) !== jobHasCondition(old, type));
}

function checkUncounted({ uncountedTerminatedPods: uncounted }: V1JobStatus, errors: FieldErrors): void {
  const seen = new Set<string>();
  for (const list of ['succeeded', 'failed'] as const) {
    for (const [index, uid] of (uncounted?.[list] ?? []).entries()) {
      const path = `status.uncountedTerminatedPods.${list}[${index}]`;
      if (uid === '') errors.invalid(path, uid, 'must not be empty');
      else if (seen.has(uid)) errors.duplicate(path, uid);
      seen.add(uid);
    }
  }
}

function checkFinishedTogether(job: Job, old: Job, errors: FieldErrors): void {
  const { startTime, completionTime } = job.status;
  const [complete, failed] = [jobHasCondition(job, 'Complete'), jobHasCondition(job, 'Failed')];
  const completeTurned = turned(job, old, 'Complete');
  const completionChanged = changed(job, old, 'completionTime');
  if (turned(job, old, 'Complete', 'Failed') && complete && failed) {
    errors.invalidWhole(CONDITIONS, 'cannot set Complete=True and Failed=true conditions');
  }
  if (turned(job, old, 'Complete', 'FailureTarget') && complete && jobHasCondition(job, 'FailureTarget')) {
    errors.invalidWhole(CONDITIONS, 'cannot set Complete=True and FailureTarget=true conditions');
  }
  if (completeTurned || completionChanged) {
    const path = 'status.completionTime';
    if (completionTime !== undefined && !complete) {
      errors.invalid(path, completionTime, 'cannot set completionTime when there is no Complete=True condition');
    }
    if (completionTime === undefined && complete) {
      errors.required(path, 'completionTime is required for Complete jobs');
    }
  }
  if ((completionChanged || changed(job, old, 'startTime')) && isBefore(completionTime, startTime)) {
    errors.invalid('status.completionTime', completionTime, 'must be equal to or after `startTime`');
  }
  if ((turned(job, old, 'Failed') || changed(job, old, 'failedIndexes')) && failed) {
    if (!jobHasCondition(job, 'FailureTarget')) {
      errors.invalidWhole(CONDITIONS, 'cannot set Failed=True condition without the FailureTarget=true condition');
    }
  }
  if (turned(job, old, 'Complete', 'SuccessCriteriaMet') && complete && !jobHasCondition(job, 'SuccessCriteriaMet')) {
    const message = 'cannot set Complete=True condition without the SuccessCriteriaMet=true condition';
    errors.invalidWhole(CONDITIONS, message);
  }
  checkFinishedPods(job, old, errors);
}

function isBefore(time: string | undefined, other: string | undefined): boolean {
  return time !== undefined && other !== undefined && Date.parse(time) < Date.parse(other);
}

function checkFinishedPods(job: Job, old: Job, errors: FieldErrors): void {
  if (!jobIsFinished(job)) return;
  const { active = 0, startTime, uncountedTerminatedPods: uncounted } = job.status;
  const finishes = jobIsFinished(job) !== jobIsFinished(old);
  if ((finishes || changed(job, old, 'active')) && active > 0) {
    errors.invalid('status.active', active, 'active>0 is invalid for finished job');
  }
  const neverStarted = job.spec.suspend === true && job.spec.completions === 0;
  if ((finishes || changed(job, old, 'startTime')) && !neverStarted && startTime === undefined) {
    errors.required('status.startTime', 'startTime is required for finished job');
  }
  const left = (uncounted?.failed ?? []).length + (uncounted?.succeeded ?? []).length;
  if ((finishes || changed(job, old, 'uncountedTerminatedPods')) && uncounted !== undefined && left > 0) {
    const shown = internalForm('UncountedTerminatedPods', uncounted);
    errors.invalid('status.uncountedTerminatedPods', shown, 'must be empty for finished job');
  }
}

function checkIndexes(job: Job, old: Job, errors: FieldErrors): void {
  const { completions, backoffLimitPerIndex, completionMode } = job.spec;
  const { completedIndexes: completed = '', failedIndexes: failed } = job.status;
  const [completedChanged, failedChanged] = [changed(job, old, 'completedIndexes'), changed(job, old, 'failedIndexes')];
  const check = (field: 'completedIndexes' | 'failedIndexes', text: string): void => {
    const parsed = completions === undefined ? undefined : parseIndexes(text, completions);
    if (parsed === undefined || !('complaint' in parsed)) return;
    errors.invalid(`status.${field}`, text, `error parsing ${field}: ${parsed.complaint}`);
  };
  if (completedChanged) check('completedIndexes', completed);
  if (failedChanged && failed !== undefined && backoffLimitPerIndex !== undefined) check('failedIndexes', failed);
  if (completedChanged && completed !== '' && completionMode !== 'Indexed') {
    const message = 'cannot set non-empty completedIndexes when non-indexed completion mode';
    errors.invalid('status.completedIndexes', completed, message);
  }
  if (failed === undefined) return;
  if (failedChanged && backoffLimitPerIndex === undefined) {
    const message = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null';
    errors.invalid('status.failedIndexes', failed, message);
  }
  if ((failedChanged || completedChanged) && completions !== undefined) {
    const overlap = overlapComplaint(completed, failed, completions);
    if (overlap !== undefined) errors.invalid('status.failedIndexes', failed, overlap);
  }
}

function checkRunning(job: Job, old: Job, errors: FieldErrors): void {
  const { terminating = 0, ready = 0, active = 0 } = job.status;
  const finishes = jobIsFinished(job) !== jobIsFinished(old);
  if ((finishes || changed(job, old, 'terminating')) && terminating > 0 && jobIsFinished(job)) {
    errors.invalid('status.terminating', terminating, 'terminating>0 is invalid for finished job');
  }
  if (job.status.ready !== undefined && changed(job, old, 'ready', 'active') && ready > active) {
    errors.invalid('status.ready', ready, 'cannot set more ready pods than active');
  }
}

function checkSuccess(job: Job, errors: FieldErrors): void {
  const isMet = jobHasCondition(job, 'SuccessCriteriaMet');
  for (const type of ['Failed', 'FailureTarget']) {
    if (isMet && jobHasCondition(job, type)) {
      errors.invalidWhole(CONDITIONS, `cannot set SuccessCriteriaMet=True and ${type}=true conditions`);
    }
  }
  if (job.spec.successPolicy !== undefined && !isMet && jobHasCondition(job, 'Complete')) {
    const message = 'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True';
    errors.invalidWhole(CONDITIONS, message);
  }
}

/** What has happened has happened. */
function checkProgress(job: Job, old: Job, errors: FieldErrors): void {
  const { status, spec } = job;
  for (const type of ['Failed', 'Complete', 'FailureTarget']) {
    if (jobHasCondition(old, type) && !jobHasCondition(job, type)) {
      errors.invalidWhole(CONDITIONS, `cannot disable the terminal ${type}=True condition`);
    }
  }
  const mayShrink = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism;
  for (const counter of ['failed', 'succeeded'] as const) {
    if (counter === 'succeeded' && mayShrink) continue;
    const count = status[counter] ?? 0;
    if (count < (old.status[counter] ?? 0)) {
      errors.invalid(`status.${counter}`, count, `cannot decrease the ${counter} counter`);
    }
  }
  if (status.completionTime !== undefined && old.status.completionTime !== undefined) {
    if (changed(job, old, 'completionTime')) {
      errors.invalid('status.completionTime', status.completionTime, 'field is immutable');
    }
  }
  const isResuming = jobHasCondition(old, 'Suspended') && conditionOf(status, 'Suspended') === 'False';
  const startMoves = old.status.startTime !== undefined && changed(job, old, 'startTime');
  if (startMoves && !isResuming && spec.suspend !== true) {
    errors.invalid('status.startTime', status.startTime, 'field is immutable for unsuspended job once set');
  }
  const [wasMet, isMet] = [jobHasCondition(old, 'SuccessCriteriaMet'), jobHasCondition(job, 'SuccessCriteriaMet')];
  if (wasMet && !isMet) errors.invalidWhole(CONDITIONS, 'cannot disable the SuccessCriteriaMet=True condition');
  if (jobHasCondition(old, 'Complete') && !wasMet && isMet) {
    const message = 'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions';
    errors.invalidWhole(CONDITIONS, message);
  }
}
