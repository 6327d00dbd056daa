/** What differs between two JSON values, as paths with what was and what is. Pure. */

export interface Difference {
  /** `spec.replicas`, `status.conditions[0].status` */
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly before?: unknown;
  readonly after?: unknown;
}

const DIFFERENCES_MAX = 200;

/** @returns in the order of the newer value's fields, at most 200 */
export function differences(before: unknown, after: unknown): readonly Difference[] {
  const found: Difference[] = [];
  compare(before, after, '', found);
  return found.slice(0, DIFFERENCES_MAX);
}

function compare(before: unknown, after: unknown, path: string, found: Difference[]): void {
  if (Object.is(before, after)) return;
  if (before === undefined) found.push({ path, kind: 'added', after });
  else if (after === undefined) found.push({ path, kind: 'removed', before });
  else if (Array.isArray(before) && Array.isArray(after)) {
    for (let at = 0; at < Math.max(before.length, after.length); at++) {
      compare(before[at], after[at], `${path}[${nameOf(after[at] ?? before[at]) ?? at}]`, found);
    }
  } else if (isRecord(before) && isRecord(after)) {
    for (const field of new Set([...Object.keys(after), ...Object.keys(before)])) {
      compare(before[field], after[field], path === '' ? fieldName(field) : joined(path, field), found);
    }
  } else if (JSON.stringify(before) !== JSON.stringify(after)) found.push({ path, kind: 'changed', before, after });
}

function joined(path: string, field: string): string {
  const name = fieldName(field);
  return name.startsWith('[') ? path + name : `${path}.${name}`;
}

/** Names with dots and slashes (annotations, labels) stand in brackets. */
function fieldName(field: string): string {
  return /^[A-Za-z_$][\w$-]*$/.test(field) ? field : `["${field}"]`;
}

/** Items of lists are known by their type or name, as Kubernetes knows them. */
function nameOf(item: unknown): string | undefined {
  if (!isRecord(item)) return undefined;
  const { type, name, uid } = item;
  const known = [type, name, uid].find((each) => typeof each === 'string');
  return typeof known === 'string' ? known : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
