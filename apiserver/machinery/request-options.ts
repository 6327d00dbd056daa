/**
 * The options of requests, from the query or (deletions) the body: CreateOptions, UpdateOptions, PatchOptions,
 * DeleteOptions, ListOptions of meta.k8s.io, with upstream's conversions and complaints.
 */
import { FieldErrors } from './field-errors.ts';
import { validateFieldManager } from './object-meta.ts';
import { badRequest, invalid } from './status.ts';

export interface WriteOptions {
  readonly dryRun: boolean;
  /** '' when not given. */
  readonly fieldManager: string;
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  readonly force: boolean;
  /** As an object of its kind, for admission. */
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly gracePeriodSeconds: number | undefined;
  readonly propagationPolicy: 'Orphan' | 'Background' | 'Foreground' | undefined;
  readonly orphanDependents: boolean | undefined;
  readonly preconditions: { readonly uid?: string; readonly resourceVersion?: string };
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface ListOptions {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly limit: number;
  readonly continue: string;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly watch: boolean;
  readonly allowWatchBookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
  readonly timeoutSeconds: number | undefined;
}

/** @throws StatusError */
export function createOptions(query: URLSearchParams): WriteOptions {
  return writeOptions(query, 'CreateOptions');
}

/** @throws StatusError */
export function updateOptions(query: URLSearchParams): WriteOptions {
  return writeOptions(query, 'UpdateOptions');
}

/** @param apply whether the patch is an apply @throws StatusError */
export function patchOptions(query: URLSearchParams, apply: boolean): WriteOptions {
  return writeOptions(query, 'PatchOptions', apply);
}

const FIELD_VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'];

function writeOptions(query: URLSearchParams, kind: string, apply?: boolean): WriteOptions {
  const errors = new FieldErrors();
  const dryRun = query.getAll('dryRun');
  const fieldManager = query.get('fieldManager') ?? '';
  const fieldValidation = query.get('fieldValidation') ?? '';
  const force = query.has('force') ? queryBoolean(query, 'force') : undefined;
  if (apply === true && fieldManager === '') errors.required('fieldManager', 'is required for apply patch');
  if (apply === false && force !== undefined) errors.forbidden('force', 'may not be specified for non-apply patch');
  validateFieldManager(fieldManager, 'fieldManager', errors);
  if (dryRun.some((value) => value !== 'All')) errors.notSupported('dryRun', dryRun, ['All']);
  if (!FIELD_VALIDATIONS.includes(fieldValidation)) {
    errors.notSupported('fieldValidation', fieldValidation, FIELD_VALIDATIONS);
  }
  if (!errors.empty) throw invalid('meta.k8s.io', kind, '', errors.list);
  return {
    dryRun: dryRun.length > 0,
    fieldManager,
    fieldValidation: fieldValidation === '' ? 'Warn' : (fieldValidation as WriteOptions['fieldValidation']),
    force: force ?? false,
    raw: {
      kind,
      apiVersion: 'meta.k8s.io/v1',
      ...(dryRun.length > 0 ? { dryRun } : {}),
      ...(fieldManager === '' ? {} : { fieldManager }),
      ...(fieldValidation === '' ? {} : { fieldValidation }),
      ...(force === undefined ? {} : { force }),
    },
  };
}

/** Of the query when there is no body. @throws StatusError */
export function deleteOptions(
  query: URLSearchParams,
  body: Readonly<Record<string, unknown>> | undefined,
): DeleteOptions {
  const given = body ?? deleteOptionsOfQuery(query);
  const errors = new FieldErrors();
  const policy = given.propagationPolicy;
  const orphan = given.orphanDependents;
  const dryRun = Array.isArray(given.dryRun) ? given.dryRun : [];
  if (typeof orphan === 'boolean' && policy !== undefined) {
    errors.invalid('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set');
  }
  if (policy !== undefined && policy !== 'Foreground' && policy !== 'Background' && policy !== 'Orphan') {
    errors.notSupported('propagationPolicy', policy, ['Foreground', 'Background', 'Orphan', 'nil']);
  }
  if (dryRun.some((value) => value !== 'All')) errors.notSupported('dryRun', dryRun, ['All']);
  if (!errors.empty) throw invalid('meta.k8s.io', 'DeleteOptions', '', errors.list);
  const preconditions = (given.preconditions ?? {}) as { uid?: string; resourceVersion?: string };
  return {
    dryRun: dryRun.length > 0,
    gracePeriodSeconds: typeof given.gracePeriodSeconds === 'number' ? given.gracePeriodSeconds : undefined,
    propagationPolicy: policy as DeleteOptions['propagationPolicy'],
    orphanDependents: typeof orphan === 'boolean' ? orphan : undefined,
    preconditions,
    raw: { ...given, kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1' },
  };
}

function deleteOptionsOfQuery(query: URLSearchParams): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  const seconds = queryInteger(query, 'gracePeriodSeconds');
  if (seconds !== undefined) given.gracePeriodSeconds = seconds;
  const policy = query.get('propagationPolicy');
  if (policy !== null) given.propagationPolicy = policy;
  if (query.has('orphanDependents')) given.orphanDependents = queryBoolean(query, 'orphanDependents');
  const dryRun = query.getAll('dryRun');
  if (dryRun.length > 0) given.dryRun = dryRun;
  return given;
}

/** @throws StatusError */
export function listOptions(query: URLSearchParams): ListOptions {
  const options: ListOptions = {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    limit: queryInteger(query, 'limit') ?? 0,
    continue: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    watch: query.has('watch') && queryBoolean(query, 'watch'),
    allowWatchBookmarks: query.has('allowWatchBookmarks') && queryBoolean(query, 'allowWatchBookmarks'),
    sendInitialEvents: query.has('sendInitialEvents') ? queryBoolean(query, 'sendInitialEvents') : undefined,
    timeoutSeconds: queryInteger(query, 'timeoutSeconds'),
  };
  const errors = new FieldErrors();
  if (options.watch) validateWatchOptions(options, errors);
  else validateListOptions(options, errors);
  if (!errors.empty) throw invalid('meta.k8s.io', 'ListOptions', '', errors.list);
  return options;
}

const MATCH = 'resourceVersionMatch';

function validateListOptions(options: ListOptions, errors: FieldErrors): void {
  const match = options.resourceVersionMatch;
  if (match !== '') {
    if (options.resourceVersion === '') {
      errors.forbidden(MATCH, 'resourceVersionMatch is forbidden unless resourceVersion is provided');
    }
    if (options.continue !== '') errors.forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided');
    if (match !== 'Exact' && match !== 'NotOlderThan') errors.notSupported(MATCH, match, ['Exact', 'NotOlderThan', '']);
    if (match === 'Exact' && options.resourceVersion === '0') {
      errors.forbidden(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
    }
  }
  if (options.sendInitialEvents !== undefined) {
    errors.forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list');
  }
}

function validateWatchOptions(options: ListOptions, errors: FieldErrors): void {
  const match = options.resourceVersionMatch;
  if (options.sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    errors.forbidden(MATCH, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  if (match === '') return;
  if (options.sendInitialEvents === undefined) {
    errors.forbidden(MATCH, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  }
  if (match !== 'NotOlderThan') errors.notSupported(MATCH, match, ['NotOlderThan']);
  if (options.continue !== '') errors.forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided');
}

/** `?watch`, `?watch=1`, `?watch=true` and anything that is not false: true. */
function queryBoolean(query: URLSearchParams, name: string): boolean {
  const value = query.get(name) ?? '';
  return value.toLowerCase() !== 'false' && value !== '0';
}

function queryInteger(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === '') return undefined;
  if (!/^[+-]?\d+$/.test(value)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  }
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: value out of range`);
  }
  return number;
}
