/**
 * Merging an applied configuration into a live object, and removing fields from one (structured-merge-diff's Merge and
 * RemoveItems). Neither changes its arguments; results share what they can.
 */
import { elementOfItem, type FieldSet, isEmptySet, isMember, PathElementError } from './field-set.ts';
import type { ListType, TypeNode } from './type-nodes.ts';
import { setOwn } from './typed-decode.ts';
import { printElement } from './typed-validate.ts';

/** The configuration cannot be merged: it contradicts the schema. */
export class MergeError extends Error {
  override readonly name = 'MergeError';
}

const ANY: TypeNode = { kind: 'scalar', scalar: 'any' };

function typeOfField(type: TypeNode, key: string): TypeNode {
  if (type.kind === 'struct') return type.fields.get(key)?.type ?? ANY;
  return type.kind === 'map' ? type.value : ANY;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) ? value.length === 0 : typeof value === 'object' && Object.keys(value).length === 0;
}

/** `undefined` stands for absent. @throws MergeError */
export function mergeTyped(type: TypeNode, live: unknown, config: unknown): unknown {
  if (config === undefined) return live;
  if (live === undefined || isLeaf(type, live, config)) return config;
  if (type.kind === 'list') return mergeLists(type, live, config);
  const left = (live ?? {}) as Record<string, unknown>;
  const right = (config ?? {}) as Record<string, unknown>;
  const result: Record<string, unknown> = {};
  for (const key in left) setOwn(result, key, mergeTyped(typeOfField(type, key), left[key], right[key]));
  for (const key in right) if (left[key] === undefined) setOwn(result, key, right[key]);
  return result;
}

function isLeaf(type: TypeNode, live: unknown, config: unknown): boolean {
  switch (type.kind) {
    case 'scalar':
      return true;
    case 'list':
      return type.merge === 'atomic' || (isEmpty(live) && isEmpty(config));
    default:
      return type.atomic || (isEmpty(live) && isEmpty(config));
  }
}

/** Keeps the order of both lists as far as they agree; where they do not, the configuration's wins. */
function mergeLists(type: ListType, live: unknown, config: unknown): unknown {
  const left = Array.isArray(live) ? live : [];
  const right = Array.isArray(config) ? config : [];
  const leftElements = left.map((item) => elementOf(type, item));
  const rightElements = right.map((item) => elementOf(type, item));
  const leftItems = new Map<string, unknown>();
  for (const [at, element] of leftElements.entries()) {
    // Duplicates of the live object are not merged with: the new value takes their place.
    leftItems.set(element, leftItems.has(element) ? null : left[at]);
  }
  const rightItems = new Map<string, unknown>();
  for (const [at, element] of rightElements.entries()) {
    if (rightItems.has(element)) throw new MergeError(`duplicate entries for key ${printElement(element)}`);
    rightItems.set(element, right[at]);
  }
  const shared = rightElements.filter((element) => leftItems.has(element));
  const result: unknown[] = [];
  const merged = new Set<string>();
  const take = (element: string): void => {
    merged.add(element);
    const was = leftItems.get(element);
    const mergedItem = mergeTyped(type.item, was === null ? undefined : was, rightItems.get(element));
    if (mergedItem !== undefined) result.push(mergedItem);
    if (shared[0] === element) shared.shift();
  };
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const leftElement = leftElements[l];
    const rightElement = rightElements[r];
    if (leftElement !== undefined && rightElement !== undefined) {
      if (leftElement === rightElement) {
        take(leftElement);
        l++;
        r++;
        continue;
      }
      if (rightItems.has(leftElement) && shared[0] !== undefined && shared[0] !== leftElement) {
        l++;
        continue;
      }
    }
    if (leftElement !== undefined) {
      if (!rightItems.has(leftElement)) {
        result.push(left[l]);
        l++;
        continue;
      }
      if (merged.has(leftElement)) l++;
    }
    if (rightElement !== undefined) {
      take(rightElement);
      r++;
    } else if (leftElement !== undefined && !merged.has(leftElement)) l++;
  }
  return result;
}

function elementOf(type: ListType, item: unknown): string {
  try {
    return elementOfItem(type, item);
  } catch (error) {
    if (error instanceof PathElementError) throw new MergeError(error.message);
    throw error;
  }
}

/** The value without the members of `remove`; undefined when nothing is left of it. */
export function removeFields(type: TypeNode, value: unknown, remove: FieldSet): unknown {
  if (type.kind === 'list') return removeItems(type, value, remove);
  if (type.kind === 'scalar' || type.atomic || value === null || typeof value !== 'object') return value;
  const fields = value as Record<string, unknown>;
  const result: Record<string, unknown> = {};
  let left = false;
  for (const key in fields) {
    const below = remove[`f:${key}`];
    if (below !== undefined && isMember(below)) continue;
    const field = fields[key];
    setOwn(
      result,
      key,
      below === undefined ? field : emptied(field, removeFields(typeOfField(type, key), field, below)),
    );
    left = true;
  }
  return left || isEmptySet(remove) ? result : undefined;
}

function removeItems(type: ListType, value: unknown, remove: FieldSet): unknown {
  if (type.merge === 'atomic' || !Array.isArray(value)) return value;
  const result: unknown[] = [];
  for (const item of value) {
    const below = remove[elementOf(type, item)];
    if (below !== undefined && isMember(below)) continue;
    result.push(below === undefined ? item : emptied(item, removeFields(type.item, item, below)));
  }
  return result.length === 0 && value.length > 0 ? undefined : result;
}

/** What was emptied by removing from inside it stays, empty. */
function emptied(before: unknown, after: unknown): unknown {
  if (after !== undefined) return after;
  return Array.isArray(before) ? [] : {};
}
