/**
 * The form that kube-apiserver keeps objects in, which some of its messages show: Go's names of fields, in Go's order, with
 * zero values for what is absent. Only messages need it.
 *
 * A shape is a line `Type: Field Field …`; each field is its name and a mark of what it is when absent:
 *   `"` text, `#` number, `!` boolean, `+` quantity, `?` null; `{` a map, or null, shown in the order of its keys; `~` a
 *   label selector, or null, which has its names on the wire; `[]T` a list of T or null; `:*T` a T or null; `:T` a T of
 *   zero values. `Name=wire` gives the name on the wire where it is not the usual one; `^` stands for the fields of the
 *   metadata, which have their names on the wire, and `...T` for those of a T above.
 */
import { assert } from '../../../base/assert.ts';
import type { V1LabelSelector, V1LabelSelectorRequirement } from '../../../generated/kubernetes.d.ts';
import { ownerAsGoWrites } from '../../machinery/object-meta.ts';
import type { OwnerReference } from '../../machinery/resource-row.ts';
import { CONTAINER_SHAPES, POD_SHAPES, VOLUME_SHAPES } from './internal-shapes.ts';
import { CLUSTER_SHAPES } from './internal-shapes-cluster.ts';
import { FLOW_SHAPES } from './internal-shapes-flow.ts';
import { OTHER_SHAPES } from './internal-shapes-other.ts';

interface Field {
  readonly name: string;
  readonly wire: string;
  readonly zero: unknown;
  readonly kind: 'scalar' | 'map' | 'selector' | 'list' | 'pointer' | 'struct' | 'metadata';
  readonly type: string;
}

type Wire = Readonly<Record<string, unknown>>;

const ZEROES: Readonly<Record<string, unknown>> = {
  '"': '',
  '#': 0,
  '!': false,
  '+': '0',
  '?': null,
  '{': null,
  '~': null,
};

const METADATA = [
  ...['name', 'generateName', 'namespace', 'selfLink', 'uid', 'resourceVersion', 'generation', 'creationTimestamp'],
  ...['deletionTimestamp', 'deletionGracePeriodSeconds', 'labels', 'annotations', 'ownerReferences', 'finalizers'],
  'managedFields',
];

const KINDS: Readonly<Record<string, Field['kind']>> = {
  '[]': 'list',
  ':*': 'pointer',
  ':': 'struct',
  '{': 'map',
  '~': 'selector',
};

/** What the wire keeps beside the pod's security context, Go keeps inside. */
const HOST_FIELDS = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers'];

let shapes: ReadonlyMap<string, readonly Field[]> | undefined;

/** @param type Go's name of the type, `PodSpec` */
export function internalForm(type: string, value: object): Record<string, unknown> {
  shapes ??= readShapes();
  const fields = shapes.get(type);
  assert(fields !== undefined, `no shape of ${type}`);
  const wire: Wire = type === 'PodSpec' ? withHostFields(value as Wire) : (value as Wire);
  const form: Record<string, unknown> = {};
  for (const field of fields) {
    if (field.kind === 'metadata') Object.assign(form, metadataOf(wire.metadata as Wire | undefined));
    else form[field.name] = fieldForm(field, wire[field.wire]);
  }
  return form;
}

function fieldForm({ kind, type, zero }: Field, value: unknown): unknown {
  if (kind === 'scalar') return value ?? zero;
  if (kind === 'map') return value === undefined ? null : inOrder(value as Wire);
  if (kind === 'selector') return selectorForm(value as V1LabelSelector | undefined);
  if (kind === 'list') return (value as object[] | undefined)?.map((item) => internalForm(type, item)) ?? null;
  if (value === undefined || value === null) return kind === 'struct' ? internalForm(type, {}) : null;
  return internalForm(type, value as object);
}

function withHostFields(spec: Wire): Wire {
  const context: Record<string, unknown> = { ...(spec.securityContext as Wire | undefined) };
  for (const field of HOST_FIELDS) if (spec[field] !== undefined) context[field] = spec[field];
  return { ...spec, securityContext: context };
}

function metadataOf(metadata: Wire = {}): Record<string, unknown> {
  const present = METADATA.filter((field) => !isNone(metadata[field]));
  return Object.fromEntries(present.map((field) => [field, metadataField(field, metadata[field])]));
}

function isNone(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && isEmpty(value));
}

function metadataField(field: string, value: unknown): unknown {
  if (field === 'labels' || field === 'annotations') return inOrder(value as Wire);
  return field === 'ownerReferences' ? (value as OwnerReference[]).map(ownerAsGoWrites) : value;
}

/** Go writes maps in the order of their keys. */
function inOrder(map: Wire): Wire {
  return Object.fromEntries(Object.entries(map).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** A label selector as Go writes it. */
export function selectorForm(selector: V1LabelSelector | undefined): Wire | null {
  if (selector === undefined) return null;
  const { matchLabels, matchExpressions } = selector;
  return {
    ...(matchLabels === undefined || isEmpty(matchLabels) ? {} : { matchLabels: inOrder(matchLabels) }),
    ...(matchExpressions === undefined || isEmpty(matchExpressions)
      ? {}
      : { matchExpressions: matchExpressions.map(requirementForm) }),
  };
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}

function requirementForm({ key = '', operator = '', values = [] }: V1LabelSelectorRequirement): Wire {
  return { key, operator, ...(values.length === 0 ? {} : { values }) };
}

function readShapes(): ReadonlyMap<string, readonly Field[]> {
  const all = new Map<string, Field[]>();
  let fields: Field[] = [];
  for (const word of [POD_SHAPES, CONTAINER_SHAPES, VOLUME_SHAPES, OTHER_SHAPES, CLUSTER_SHAPES, FLOW_SHAPES]
    .join(' ')
    .split(/\s+/)) {
    if (word === '') continue;
    if (word.endsWith(':')) {
      fields = [];
      all.set(word.slice(0, -1), fields);
    } else if (word.startsWith('...')) fields.push(...(all.get(word.slice(3)) ?? []));
    else fields.push(readField(word));
  }
  return all;
}

function readField(word: string): Field {
  if (word === '^') return { name: '', wire: '', zero: null, kind: 'metadata', type: '' };
  const [, name = '', given, mark = '', type = ''] =
    /^(\w+)(?:=([$\w-]+))?(\[\]|:\*|:|["#!+?{~])(\w*)$/.exec(word) ?? [];
  assert(name !== '', `bad field ${word}`);
  return { name, wire: given ?? wireName(name), zero: ZEROES[mark], kind: KINDS[mark] ?? 'scalar', type };
}

/** `FSType` is `fsType`, `HTTPGet` is `httpGet`, `UID` is `uid`. */
function wireName(name: string): string {
  const [, capitals = '', rest = ''] = /^([A-Z]+)(.*)$/.exec(name) ?? [];
  if (capitals.length === 1 || rest === '' || !/^[a-z]/.test(rest)) return capitals.toLowerCase() + rest;
  return capitals.slice(0, -1).toLowerCase() + capitals.slice(-1) + rest;
}
