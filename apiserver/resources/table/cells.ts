/** How single values look in a table's cells (pkg/printers/internalversion). */

import { humanDuration } from '../../../base/human-duration.ts';
import { formatRequirements, requirementsOfMap } from '../../../base/label-selector.ts';
import type { V1Container, V1LabelSelector } from '../../../generated/kubernetes.d.ts';

/** How long ago a time was: `5m3s`. */
export function since(time: string | null | undefined, nowMs: number): string {
  if (time === undefined || time === null || time === '') return '<unknown>';
  return humanDuration(nowMs - Date.parse(time));
}

export function ageOf(
  object: { metadata?: { creationTimestamp?: string | null | undefined } | undefined },
  nowMs: number,
): string {
  return since(object.metadata?.creationTimestamp, nowMs);
}

export function nameOf(object: { metadata?: { name?: string | undefined } | undefined }): string {
  return object.metadata?.name ?? '';
}

/** `a=b,c=d`, or `<none>`. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const text = formatRequirements(requirementsOfMap(labels ?? {}));
  return text === '' ? '<none>' : text;
}

/** `app=web,tier in (a,b)`, `<none>` for a selector of everything, `<error>` for one that is wrong. */
export function formatSelector(selector: V1LabelSelector | undefined): string {
  const text = selectorText(selector);
  return text === undefined ? '<error>' : text === '' ? '<none>' : text;
}

/** A selector's text, sorted by key; '' when it is absent or picks everything, undefined when an operator is unknown. */
export function selectorText(selector: V1LabelSelector | undefined): string | undefined {
  const parts: [key: string, text: string][] = [];
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) parts.push([key, `${key}=${value}`]);
  for (const { key, operator, values = [] } of selector?.matchExpressions ?? []) {
    const list = `(${[...values].sort().join(',')})`;
    if (operator === 'In') parts.push([key, `${key} in ${list}`]);
    else if (operator === 'NotIn') parts.push([key, `${key} notin ${list}`]);
    else if (operator === 'Exists') parts.push([key, key]);
    else if (operator === 'DoesNotExist') parts.push([key, `!${key}`]);
    else return undefined;
  }
  parts.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return parts.map(([, text]) => text).join(',');
}

export function containerNames(containers: readonly V1Container[] | null | undefined): string {
  return (containers ?? []).map((container) => container.name).join(',');
}

export function containerImages(containers: readonly V1Container[] | null | undefined): string {
  return (containers ?? []).map((container) => container.image ?? '').join(',');
}

/** The text, or `<none>` when there is none. */
export function orNone(text: string | undefined): string {
  return text === undefined || text === '' ? '<none>' : text;
}

/** `a,b,c + 2 more...`: the first `max` of a list; `<unset>` when it is empty. */
export function firstFew(list: readonly string[], max: number): string {
  if (list.length === 0) return '<unset>';
  const shown = list.slice(0, max).join(',');
  return list.length > max ? `${shown} + ${list.length - max} more...` : shown;
}

/** `True`, `False`, or `<unset>`. */
export function yesOrNo(value: boolean | undefined): string {
  return value === undefined ? '<unset>' : value ? 'True' : 'False';
}
