/** `describe` of any other kind: its fields in order, their names as words. */
import type { KubeObject } from '../documents.ts';
import { goValue } from '../printers/go-value.ts';
import { byCodePoints } from '../printers/objects.ts';
import { annotations, labels } from './parts.ts';
import type { PrefixWriter } from './prefix-writer.ts';

const SKIPPED = new Set([
  '.metadata.managedFields',
  '.metadata.name',
  '.metadata.namespace',
  '.metadata.labels',
  '.metadata.annotations',
]);

export function describeAny(w: PrefixWriter, object: KubeObject): void {
  const { metadata } = object;
  w.line(0, `Name:\t${metadata.name ?? ''}`).line(0, `Namespace:\t${metadata.namespace ?? ''}`);
  labels(w, 'Labels', metadata.labels);
  annotations(w, 'Annotations', metadata.annotations);
  content(w, 0, object, '');
}

function content(w: PrefixWriter, level: number, object: Readonly<Record<string, unknown>>, prefix: string): void {
  for (const field of Object.keys(object).sort(byCodePoints)) {
    const value = object[field];
    const path = `${prefix}.${field}`;
    if (SKIPPED.has(path)) continue;
    if (Array.isArray(value)) {
      w.line(level, `${fieldTitle(field)}:`);
      for (const item of value) {
        if (typeof item === 'object' && item !== null && !Array.isArray(item)) content(w, level + 1, item, path);
        else w.line(level + 1, goValue(item));
      }
    } else if (typeof value === 'object' && value !== null) {
      w.line(level, `${fieldTitle(field)}:`);
      content(w, level + 1, value as Record<string, unknown>, path);
    } else w.line(level, `${fieldTitle(field)}:\t${goValue(value)}`);
  }
}

const ACRONYMS = new Set(['API', 'URL', 'UID', 'GUID']);

/** `podSelector` as `Pod Selector`, `apiVersion` as `API Version`; names with other signs stay. */
export function fieldTitle(field: string): string {
  if (!/^[\p{L}-]*$/u.test(field)) return field;
  const parts = field.match(/[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|-+/g) ?? [];
  return parts
    .map((part) => {
      if (ACRONYMS.has(part.toUpperCase())) return part.toUpperCase();
      return part === part.toLowerCase() ? `${part[0]?.toUpperCase() ?? ''}${part.slice(1)}` : part;
    })
    .join(' ');
}
