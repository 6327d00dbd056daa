/**
 * Events: what happened to an object, kept for an hour. Served as the core group's and as events.k8s.io's, from one
 * store: the core form is the one stored. The newer group demands more of what is written through it.
 */

import { deepEqual } from '../../../base/deep-equal.ts';
import type { CoreV1Event, EventsV1Event } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123SubdomainComplaints, qualifiedNameComplaints } from '../../machinery/name-formats.ts';
import { validateMeta, validateMetaUpdate, validateStandardFinalizers } from '../../machinery/object-meta.ts';
import type { KubeObject } from '../../machinery/resource-row.ts';
import { defineRow, defineStrategy, type Filled, type KindTable } from '../row.ts';
import { nameOf, since } from '../table/cells.ts';
import { fieldDoc, nameColumn, textColumn, wide } from '../table/columns.ts';
import { addInvalid } from '../validation/formats.ts';
import { checkImmutable } from '../validation/immutability.ts';
import { internalForm } from '../validation/internal-form.ts';
import { toWireForm } from '../wire-form.ts';

type Event = Filled<CoreV1Event>;

const TTL_SECONDS = 3600;
const TEXT_LENGTH_MAX = 128;
const NOTE_LENGTH_MAX = 1024;

/** What both groups demand. Fields bear the core group's names but one. */
function validateBoth(event: Event, errors: FieldErrors, controllerField: string): void {
  const namespace = event.metadata.namespace ?? '';
  const involved = event.involvedObject.namespace ?? '';
  const mismatch = (): void => {
    errors.invalid('involvedObject.namespace', involved, 'does not match event.namespace');
  };
  if (!event.eventTime) {
    const matches = involved === '' ? namespace === '' || namespace === 'default' : namespace === involved;
    if (!matches) mismatch();
  } else {
    if (involved === '' && namespace !== 'default' && namespace !== 'kube-system') mismatch();
    const controller = event.reportingComponent ?? '';
    if (controller === '') errors.required(controllerField);
    addInvalid(errors, controllerField, controller, qualifiedNameComplaints(controller));
    requireText(event.reportingInstance, 'reportingInstance', errors);
    requireText(event.action, 'action', errors);
    requireText(event.reason, 'reason', errors);
    if ((event.message ?? '').length > NOTE_LENGTH_MAX) {
      errors.invalid('message', '', `can have at most ${NOTE_LENGTH_MAX} characters`);
    }
  }
  addInvalid(errors, 'namespace', namespace, dns1123SubdomainComplaints(namespace));
}

function requireText(text: string | undefined, field: string, errors: FieldErrors): void {
  if (text === undefined || text === '') errors.required(field);
  else if (text.length > TEXT_LENGTH_MAX) {
    errors.invalid(field, '', `can have at most ${TEXT_LENGTH_MAX} characters`);
  }
}

function validateSeries(event: Event, errors: FieldErrors): void {
  if (event.series === undefined) return;
  if ((event.series.count ?? 0) < 2) errors.invalid('series.count', '', 'should be at least 2');
  if (!event.series.lastObservedTime) errors.required('series.lastObservedTime');
}

/** What events.k8s.io demands of a new event beyond that. */
function validateNew(event: Event, errors: FieldErrors): void {
  validateBoth(event, errors, 'reportingController');
  validateMeta(event.metadata, true, 'subdomain', errors);
  validateStandardFinalizers(event.metadata.finalizers, errors);
  validateSeries(event, errors);
  if (!event.eventTime) errors.required('eventTime');
  if (event.type !== 'Normal' && event.type !== 'Warning') {
    errors.invalid('type', '', `has invalid value: ${event.type ?? ''}`);
  }
  if (event.firstTimestamp) errors.invalid('firstTimestamp', '', 'needs to be unset');
  if (event.lastTimestamp) errors.invalid('lastTimestamp', '', 'needs to be unset');
  if (event.count) errors.invalid('count', '', 'needs to be unset');
  if (event.source?.component || event.source?.host) errors.invalid('source', '', 'needs to be unset');
}

const FROZEN = [
  ...(['involvedObject', 'reason', 'message', 'source', 'firstTimestamp', 'lastTimestamp', 'count'] as const),
  ...(['reason', 'type', 'eventTime', 'action', 'related', 'reportingComponent', 'reportingInstance'] as const),
];

/** As Go prints it. */
function shownField(field: (typeof FROZEN)[number], event: Event): unknown {
  switch (field) {
    case 'involvedObject':
      return internalForm('ObjectReference', event.involvedObject);
    case 'related':
      return event.related === undefined ? null : internalForm('ObjectReference', event.related);
    case 'source':
      return { Component: event.source?.component ?? '', Host: event.source?.host ?? '' };
    case 'count':
      return event.count ?? 0;
    case 'firstTimestamp':
    case 'lastTimestamp':
    case 'eventTime':
      return event[field] ?? null;
    default:
      return event[field] ?? '';
  }
}

/** In events.k8s.io only the series of an event may change. */
function validateNewUpdate(event: Event, old: Event, errors: FieldErrors): void {
  validateBoth(event, errors, 'reportingController');
  validateMetaUpdate(event.metadata, old.metadata, errors);
  if (!deepEqual(event.series, old.series)) validateSeries(event, errors);
  for (const field of FROZEN) {
    const path = field === 'reportingComponent' ? 'reportingController' : field;
    checkImmutable(event[field], old[field], path, errors, shownField(field, event));
  }
}

function toCore(object: KubeObject): KubeObject {
  const { regarding, note, deprecatedSource, deprecatedFirstTimestamp, deprecatedLastTimestamp, ...rest } =
    object as unknown as EventsV1Event & KubeObject;
  const { deprecatedCount, reportingController, ...same } = rest;
  const core = {
    ...same,
    apiVersion: 'v1',
    involvedObject: regarding,
    message: note,
    source: deprecatedSource,
    firstTimestamp: deprecatedFirstTimestamp,
    lastTimestamp: deprecatedLastTimestamp,
    count: deprecatedCount,
    reportingComponent: reportingController,
  };
  toWireForm('CoreV1Event', core);
  return core as unknown as KubeObject;
}

function fromCore(object: KubeObject): KubeObject {
  const { involvedObject, message, source, firstTimestamp, lastTimestamp, count, reportingComponent, ...same } =
    object as unknown as CoreV1Event & KubeObject;
  const event = {
    ...same,
    apiVersion: 'events.k8s.io/v1',
    regarding: involvedObject,
    note: message,
    deprecatedSource: source,
    deprecatedFirstTimestamp: firstTimestamp,
    deprecatedLastTimestamp: lastTimestamp,
    deprecatedCount: count,
    reportingController: reportingComponent,
  };
  toWireForm('EventsV1Event', event);
  return event as unknown as KubeObject;
}

const core = (event: Filled<EventsV1Event>): Event => toCore(event as unknown as KubeObject) as unknown as Event;

const columns = [
  textColumn('Last Seen', fieldDoc('CoreV1Event.lastTimestamp')),
  textColumn('Type', fieldDoc('CoreV1Event.type')),
  textColumn('Reason', fieldDoc('CoreV1Event.reason')),
  textColumn('Object', 'The object that this event is about.'),
  wide(textColumn('Subobject', fieldDoc('V1ObjectReference.fieldPath'))),
  wide(textColumn('Source', 'The component reporting this event. Should be a short machine understandable string.')),
  textColumn('Message', fieldDoc('CoreV1Event.message')),
  wide(textColumn('First Seen', fieldDoc('CoreV1Event.firstTimestamp'))),
  wide(textColumn('Count', fieldDoc('CoreV1Event.count'))),
  wide(nameColumn),
];

function cellsOf(event: Event, nowMs: number) {
  const { involvedObject: object, source, series } = event;
  const first = since(event.firstTimestamp || event.eventTime, nowMs);
  const last = series !== undefined ? series.lastObservedTime : event.lastTimestamp;
  const kind = (object.kind ?? '').toLowerCase();
  const instance = source?.host || event.reportingInstance || '';
  const component = source?.component || event.reportingComponent || '';
  return [
    last || series !== undefined ? since(last, nowMs) : first,
    event.type ?? '',
    event.reason ?? '',
    object.name ? `${kind}/${object.name}` : kind,
    object.fieldPath ?? '',
    instance === '' ? component : `${component}, ${instance}`,
    (event.message ?? '').trim(),
    first,
    series !== undefined ? (series.count ?? 0) : event.count || 1,
    nameOf(event),
  ];
}

const coreTable: KindTable<CoreV1Event> = { columns, cells: cellsOf };
const eventsTable: KindTable<EventsV1Event> = { columns, cells: (event, nowMs) => cellsOf(core(event), nowMs) };

const INVOLVED = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'] as const;

const shared = {
  version: 'v1',
  kind: 'Event',
  shortNames: ['ev'],
  storagePrefix: '/registry/events',
  allowCreateOnUpdate: true,
  defaultPropagation: 'Unsupported',
  ttlSeconds: TTL_SECONDS,
} as const;

export const coreEventRow = defineRow<CoreV1Event>({
  ...shared,
  group: '',
  model: 'CoreV1Event',
  strategy: {
    metaOnCreate: 'own',
    metaOnUpdate: [],
    validate: (event, errors) => validateBoth(event, errors, 'reportingComponent'),
    validateUpdate: (event, _old, errors) => validateBoth(event, errors, 'reportingComponent'),
  },
  table: coreTable,
  fieldLabels: {
    ...Object.fromEntries(
      INVOLVED.map((field) => [`involvedObject.${field}`, (event: Event) => event.involvedObject[field] ?? '']),
    ),
    reason: (event) => event.reason ?? '',
    reportingComponent: (event) => event.reportingComponent ?? '',
    source: (event) => event.source?.component || event.reportingComponent || '',
    type: (event) => event.type ?? '',
  },
});

export const eventRow = defineRow<EventsV1Event>({
  ...shared,
  group: 'events.k8s.io',
  model: 'EventsV1Event',
  conversion: { fromStored: fromCore, toStored: toCore },
  strategy: {},
  storedStrategy: defineStrategy<CoreV1Event>('CoreV1Event', {
    metaOnCreate: 'own',
    metaOnUpdate: [],
    validate: validateNew,
    validateUpdate: validateNewUpdate,
  }),
  table: eventsTable,
  fieldLabels: {
    ...Object.fromEntries(
      INVOLVED.map((field) => [`regarding.${field}`, (event: Filled<EventsV1Event>) => event.regarding?.[field] ?? '']),
    ),
    reason: (event) => event.reason ?? '',
    reportingController: (event) => event.reportingController ?? '',
    type: (event) => event.type ?? '',
  },
});
