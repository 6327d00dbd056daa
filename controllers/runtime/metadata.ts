/**
 * What every controller asks of an object's metadata. All functions read only; objects from clients and informers are
 * shared and frozen.
 */
import { present } from '../../base/assert.ts';
import type { V1ObjectMeta, V1OwnerReference } from '../../generated/kubernetes.d.ts';
import type { ApiObject, ResourceRef } from './client.ts';

/** A namespace ('' for cluster-scoped objects) and a name: all that a reconciler is given. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

const NO_METADATA: V1ObjectMeta = Object.freeze({});
const NONE: Readonly<Record<string, string>> = Object.freeze({});
const NO_OWNERS: readonly V1OwnerReference[] = Object.freeze([]);

export function metadataOf(object: ApiObject): V1ObjectMeta {
  return object.metadata ?? NO_METADATA;
}

export function nameOf(object: ApiObject): string {
  return present(object.metadata?.name, 'metadata.name');
}

/** '' for cluster-scoped objects. */
export function namespaceOf(object: ApiObject): string {
  return object.metadata?.namespace ?? '';
}

export function uidOf(object: ApiObject): string {
  return object.metadata?.uid ?? '';
}

export function labelsOf(object: ApiObject): Readonly<Record<string, string>> {
  return object.metadata?.labels ?? NONE;
}

export function annotationsOf(object: ApiObject): Readonly<Record<string, string>> {
  return object.metadata?.annotations ?? NONE;
}

export function ownersOf(object: ApiObject): readonly V1OwnerReference[] {
  return object.metadata?.ownerReferences ?? NO_OWNERS;
}

export function generationOf(object: ApiObject): number {
  return object.metadata?.generation ?? 0;
}

export function isBeingDeleted(object: ApiObject): boolean {
  return object.metadata?.deletionTimestamp !== undefined;
}

/** Wall milliseconds; 0 when the object has not been created yet. */
export function createdMs(object: ApiObject): number {
  return timeMs(object.metadata?.creationTimestamp) ?? 0;
}

/** Wall milliseconds of a Time or MicroTime; undefined when there is none. */
export function timeMs(time: string | null | undefined): number | undefined {
  if (time === undefined || time === null || time === '') return undefined;
  const parsed = Date.parse(time);
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** `namespace/name`, or `name` alone for cluster-scoped objects: the key of caches and queues. */
export function keyOf(object: ApiObject): string {
  return keyFrom(namespaceOf(object), nameOf(object));
}

export function keyFrom(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

export function parseKey(key: string): ObjectKey {
  const slash = key.indexOf('/');
  return slash < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** `apps/v1`, or `v1` for the core group. */
export function apiVersionOf(ref: ResourceRef): string {
  return ref.group === '' ? ref.version : `${ref.group}/${ref.version}`;
}
