/** Objects as JSON, YAML or names, as `kubectl get -o` prints them. */
import { qualified } from '../discovery.ts';
import { yamlOf } from '../yaml/write.ts';

type Plain = Readonly<Record<string, unknown>>;

/** kubectl leaves `managedFields` of an object, and of a list's items, out unless asked for. */
export function presentable(value: unknown, showManagedFields: boolean): unknown {
  if (showManagedFields || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key === 'metadata') return [key, withoutManagedFields(inner)];
      return [key, key === 'items' && Array.isArray(inner) ? inner.map((item) => presentable(item, false)) : inner];
    }),
  );
}

function withoutManagedFields(metadata: unknown): unknown {
  if (typeof metadata !== 'object' || metadata === null || !('managedFields' in metadata)) return metadata;
  const { managedFields: _dropped, ...rest } = metadata;
  return rest;
}

/** Keys in order, as a Go map has them. */
export function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const sorted: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort(byCodePoints))
    Object.defineProperty(sorted, key, { value: sortedKeys((value as Plain)[key]), enumerable: true });
  return sorted;
}

export function byCodePoints(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** JSON as Go writes it: what could close a script element is escaped. */
export function goJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function jsonText(value: unknown, showManagedFields: boolean): string {
  return `${goJson(sortedKeys(presentable(value, showManagedFields)), 4)}\n`;
}

export function yamlText(value: unknown, showManagedFields: boolean): string {
  return yamlOf(presentable(value, showManagedFields));
}

/** `deployment.apps/web`. */
export function nameText(resource: { readonly kind: string; readonly group: string }, name: string): string {
  return `${qualified(resource)}/${name}`;
}

/** The same, from an object's own words. */
export function objectName(object: { apiVersion?: unknown; kind?: unknown; metadata?: { name?: string } }): string {
  const apiVersion = String(object.apiVersion ?? '');
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  return nameText({ kind: String(object.kind ?? ''), group }, object.metadata?.name ?? '');
}

/** What `get -o yaml` of several objects shows. */
export function listOf(items: readonly unknown[], resourceVersion = ''): Record<string, unknown> {
  return { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion } };
}
