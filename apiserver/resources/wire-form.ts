/**
 * The form in which every object is stored and answered: the one that Go's encoder gives it, so that clients see no
 * difference. What is null or an optional zero is left out (an empty list or map only when it is stored: until then, defaults
 * and validation tell it from one that is absent), what is a value in Go is written even when nobody set it
 * (`resources: {}`, `lastTransitionTime: null`), quantities and times are canonical, maps are
 * sorted. Idempotent; what is in the wire form already is not written to, so that parts of frozen objects may be shared.
 *
 * Worked example, a container: `{"name":"c","image":"i","args":[],"tty":false,"resources":null}` becomes
 * `{"name":"c","image":"i","resources":{}}`.
 *
 * The rules are generated (`build/wire-form.mjs` has their table). Fields that no rule names are left as they are:
 * finding unknown ones is the decoder's work.
 */

import { timestamp } from '../../base/clock.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import { canonicalQuantity } from '../../base/quantity.ts';
import { withSortedKeys } from '../../base/sorted-keys.ts';
import wireForm from '../../generated/wire-form.json' with { type: 'json' };
import { copyValue } from '../machinery/copy-value.ts';

type Fields = Record<string, unknown>;
type Rule = readonly [field: string, rule: string, element?: string];

/** The rules of a model, by field; and of those the ones that write something for an absent field. */
interface ModelRules {
  readonly byField: ReadonlyMap<string, Rule>;
  readonly filling: readonly Rule[];
}

const NO_RULES: ModelRules = { byField: new Map(), filling: [] };
const FILLING = ['null', 'empty', 'zero', 'struct'];

const rules = new Map<string, ModelRules>(
  Object.entries(wireForm as unknown as Record<string, readonly Rule[]>).map(([model, list]) => [
    model,
    {
      byField: new Map(list.map((rule) => [rule[0], rule])),
      filling: list.filter(([, rule]) => FILLING.some((prefix) => rule.startsWith(prefix))),
    },
  ]),
);

/**
 * Brings an object of a model (`V1Pod`, `V1PodSpec`) into its wire form, in place.
 * @param stored it is about to be stored, so that empty lists and maps become what they are when they are read again
 */
export function toWireForm(model: string, object: object, stored = false): void {
  applyRules(rules.get(model) ?? NO_RULES, object as Fields, stored);
}

/** Whether two values of a model are the same once they are stored: to Go, no list or map equals an empty one. */
export function equalOnceStored(model: string, left: object | undefined, right: object | undefined): boolean {
  if (deepEqual(left, right)) return true;
  if (left === undefined || right === undefined) return false;
  const [a, b] = [copyValue(left), copyValue(right)];
  toWireForm(model, a, true);
  toWireForm(model, b, true);
  return deepEqual(a, b);
}

function applyRules({ byField, filling }: ModelRules, object: Fields, stored: boolean): void {
  for (const field in object) {
    const rule = byField.get(field);
    if (rule === undefined) continue;
    const value = object[field];
    const absent = value === undefined || value === null;
    const written = absent ? whenAbsent(rule[1], rule[2], stored) : whenPresent(rule[1], rule[2], value, stored);
    if (written === undefined) delete object[field];
    else if (written !== value) object[field] = written;
  }
  for (const [field, rule, element] of filling) {
    if (object[field] === undefined) object[field] = whenAbsent(rule, element, stored);
  }
}

function whenAbsent(rule: string, element: string | undefined, stored: boolean): unknown {
  switch (rule) {
    case 'null':
    case 'nullList':
    case 'emptyList':
    case 'nullMap':
    case 'emptyMap':
    case 'nullTime':
    case 'nullMicroTime':
    case 'nullQuantity':
    case 'nullPointer':
      return null;
    case 'zero':
      return element === 'string' ? '' : element === 'boolean' ? false : 0;
    case 'zeroQuantity':
      return '0';
    case 'struct':
      return fillIn({}, element, stored);
    default:
      return undefined;
  }
}

/** What is written for a value; undefined to leave it out. */
function whenPresent(rule: string, element: string | undefined, value: unknown, stored: boolean): unknown {
  switch (rule) {
    case 'omit':
      return value === '' || value === 0 || value === false ? undefined : value;
    case 'struct':
    case 'pointer':
    case 'nullPointer':
      return typeof value === 'object' ? fillIn(value as Fields, element, stored) : value;
    case 'list':
      return writeList(value, element, stored ? undefined : value, stored);
    case 'nullList':
      return writeList(value, element, stored ? null : value, stored);
    case 'emptyList':
      return writeList(value, element, value, stored);
    case 'map':
      return writeMap(value, element, stored ? undefined : value, stored);
    case 'nullMap':
      return writeMap(value, element, stored ? null : value, stored);
    case 'emptyMap':
      return writeMap(value, element, value, stored);
    case 'time':
    case 'nullTime':
      return typeof value === 'string' ? canonicalTime(value) : value;
    case 'microTime':
    case 'nullMicroTime':
      return typeof value === 'string' ? canonicalMicroTime(value) : value;
    case 'quantity':
    case 'zeroQuantity':
    case 'nullQuantity':
      return typeof value === 'string' || typeof value === 'number' ? canonicalQuantity(value) : value;
    default:
      return value;
  }
}

function fillIn(object: Fields, model: string | undefined, stored: boolean): Fields {
  applyRules(rules.get(model ?? '') ?? NO_RULES, object, stored);
  return object;
}

/** @param whenEmpty what stands for a list without items */
function writeList(value: unknown, element: string | undefined, whenEmpty: unknown, stored: boolean): unknown {
  if (!Array.isArray(value)) return value;
  if (value.length === 0) return whenEmpty;
  for (let i = 0; i < value.length; i++) {
    const written = writeElement(value[i], element, stored);
    if (written !== value[i]) value[i] = written;
  }
  return value;
}

function writeMap(value: unknown, element: string | undefined, whenEmpty: unknown, stored: boolean): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const map = value as Fields;
  let empty = true;
  for (const key in map) {
    empty = false;
    const written = writeElement(map[key], element, stored);
    if (written !== map[key]) map[key] = written;
  }
  return empty ? whenEmpty : withSortedKeys(map);
}

/** An item of a list or map: what is null becomes its type's zero. */
function writeElement(value: unknown, element: string | undefined, stored: boolean): unknown {
  switch (element) {
    case 'any':
      return value;
    case 'string':
      return value ?? '';
    case 'integer':
      return value ?? 0;
    case 'boolean':
      return value ?? false;
    case 'quantity':
      return typeof value === 'string' || typeof value === 'number' ? canonicalQuantity(value) : (value ?? '0');
    case 'time':
      return typeof value === 'string' ? canonicalTime(value) : value;
    default:
      return typeof value === 'object' ? fillIn((value ?? {}) as Fields, element, stored) : value;
  }
}

/** In UTC and whole seconds. What is not a time is left for the schema to refuse. */
export function canonicalTime(text: string): string {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return text;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? text : timestamp(Math.floor(ms / 1000) * 1000);
}

/** In UTC and microseconds. */
export function canonicalMicroTime(text: string): string {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(text)) return text;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return text;
  const micros = (/\.(\d{1,6})/.exec(text)?.[1] ?? '').padEnd(6, '0');
  return `${timestamp(Math.floor(ms / 1000) * 1000).slice(0, -1)}.${micros}Z`;
}
