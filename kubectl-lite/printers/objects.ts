/** Objects as JSON, YAML or names, as `kubectl get -o` prints them. */
import { stringify } from 'yaml';
import { qualified, type Resource } from '../discovery.ts';

type Plain = Readonly<Record<string, unknown>>;

/** kubectl prints keys in order and leaves managedFields out unless asked for. */
export function presentable(value: unknown, showManagedFields: boolean): unknown {
  if (Array.isArray(value)) return value.map((each) => presentable(each, showManagedFields));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Plain).sort(([a], [b]) => (a < b ? -1 : 1));
  const shown = showManagedFields
    ? entries
    : entries.filter(([key, inner]) => !(key === 'managedFields' && Array.isArray(inner)));
  return Object.fromEntries(shown.map(([key, inner]) => [key, presentable(inner, showManagedFields)]));
}

export function jsonText(value: unknown, showManagedFields: boolean): string {
  return `${JSON.stringify(presentable(value, showManagedFields), null, 4)}\n`;
}

export function yamlText(value: unknown, showManagedFields: boolean): string {
  return stringify(presentable(value, showManagedFields), {
    indentSeq: false,
    lineWidth: 0,
    aliasDuplicateObjects: false,
    version: '1.1',
  });
}

/** `deployment.apps/web`. */
export function nameText(resource: Resource, name: string): string {
  return `${qualified(resource)}/${name}`;
}

/** What `get -o yaml` of several objects shows. */
export function listOf(items: readonly unknown[]): object {
  return { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } };
}
