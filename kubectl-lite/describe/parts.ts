/** Parts that several kinds share: labels, annotations, selectors, conditions, events. */
import type { CoreV1Event, V1LabelSelector, V1ObjectMeta } from '../../generated/kubernetes.d.ts';
import { intervalOf } from '../commands/events.ts';
import { longTime } from '../printers/age.ts';
import { byCodePoints } from '../printers/objects.ts';
import type { PrefixWriter } from './prefix-writer.ts';

const ANNOTATION_LENGTH_MAX = 140;
const HIDDEN_ANNOTATIONS = new Set(['kubectl.kubernetes.io/last-applied-configuration']);

type Labels = Readonly<Record<string, string>> | undefined;

/** `Labels:  a=b`, the others below the first. */
export function labels(w: PrefixWriter, title: string, map: Labels, indent = ''): void {
  w.write(0, `${indent}${title}:\t`);
  const keys = Object.keys(map ?? {}).sort(byCodePoints);
  if (keys.length === 0) w.end('<none>');
  for (const [at, key] of keys.entries()) {
    if (at > 0) w.write(0, `${indent}\t`);
    w.end(`${key}=${map?.[key] ?? ''}`);
  }
}

/** Long ones, and those of several lines, stand below their names. */
export function annotations(w: PrefixWriter, title: string, map: Labels): void {
  w.write(0, `${title}:\t`);
  const keys = Object.keys(map ?? {})
    .filter((key) => !HIDDEN_ANNOTATIONS.has(key))
    .sort(byCodePoints);
  if (keys.length === 0) w.end('<none>');
  for (const [at, key] of keys.entries()) {
    if (at > 0) w.write(0, '\t');
    const value = (map?.[key] ?? '').replace(/\n$/, '');
    if (value.length + key.length + 2 <= ANNOTATION_LENGTH_MAX && !value.includes('\n')) {
      w.write(0, `${key}: ${value}\n`);
      continue;
    }
    w.write(0, `${key}:\n`);
    for (const line of value.split('\n')) {
      const most = ANNOTATION_LENGTH_MAX - 2;
      w.write(0, `\t  ${line.length > most ? `${line.slice(0, most)}...` : line}\n`);
    }
  }
}

export function head(w: PrefixWriter, metadata: V1ObjectMeta | undefined, namespaced = true): void {
  w.line(0, `Name:\t${metadata?.name ?? ''}`);
  if (namespaced) w.line(0, `Namespace:\t${metadata?.namespace ?? ''}`);
}

export function described(w: PrefixWriter, metadata: V1ObjectMeta | undefined): void {
  labels(w, 'Labels', metadata?.labels);
  annotations(w, 'Annotations', metadata?.annotations);
}

/** `a=b,c=d`, or `<none>`. */
export function labelLine(map: Labels): string {
  const keys = Object.keys(map ?? {}).sort(byCodePoints);
  return keys.length === 0 ? '<none>' : keys.map((key) => `${key}=${map?.[key] ?? ''}`).join(',');
}

/** `app=web,tier in (a,b)`; empty when it picks everything. */
export function selectorText(selector: V1LabelSelector | undefined): string {
  const terms: { key: string; text: string }[] = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({
    key,
    text: `${key}=${value}`,
  }));
  for (const { key, operator, values = [] } of selector?.matchExpressions ?? []) {
    const list = [...values].sort(byCodePoints).join(',');
    const forms: Readonly<Record<string, string>> = {
      In: `${key} in (${list})`,
      NotIn: `${key} notin (${list})`,
      Exists: key,
      DoesNotExist: `!${key}`,
    };
    terms.push({ key, text: forms[operator] ?? '' });
  }
  return terms
    .sort((a, b) => byCodePoints(a.key, b.key))
    .map(({ text }) => text)
    .join(',');
}

/** The same, `<none>` for everything. */
export function formatSelector(selector: V1LabelSelector | undefined): string {
  const text = selectorText(selector);
  return text === '' ? '<none>' : text;
}

export function controlledBy(metadata: V1ObjectMeta | undefined): string | undefined {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller === true);
  return owner === undefined ? undefined : `${owner.kind}/${owner.name}`;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly lastTransitionTime?: string | undefined;
}

/** Type, status and reason, as workloads show their conditions. */
export function reasons(w: PrefixWriter, list: readonly Condition[] | undefined): void {
  if (list === undefined || list.length === 0) return;
  w.line(0, 'Conditions:').line(1, 'Type\tStatus\tReason').line(1, '----\t------\t------');
  for (const { type, status, reason = '' } of list) w.line(1, `${type} \t${status}\t${reason}`);
}

/** With times and messages. */
export function transitions(w: PrefixWriter, list: readonly Condition[] | undefined): void {
  if (list === undefined || list.length === 0) return;
  w.line(0, 'Conditions:')
    .line(1, 'Type\tStatus\tLastTransitionTime\tReason\tMessage')
    .line(1, '----\t------\t------------------\t------\t-------');
  for (const { type, status, lastTransitionTime, reason = '', message = '' } of list)
    w.line(1, `${type}\t${status}\t${goTime(lastTransitionTime)}\t${reason}\t${message}`);
}

/** A time that a Go type always has: the year one where there is none. */
export function goTime(time: string | null | undefined): string {
  return longTime(time, 'Mon, 01 Jan 0001 00:00:00 +0000');
}

/** `[a b]`: a Go list. */
export function goList(values: readonly unknown[] | undefined): string {
  return `[${(values ?? []).join(' ')}]`;
}

export function capital(value: boolean | undefined, without = '<unset>'): string {
  return value === undefined ? without : value ? 'True' : 'False';
}

export function events(w: PrefixWriter, list: readonly CoreV1Event[] | undefined, nowMs: number): void {
  if (list === undefined) return;
  if (list.length === 0) {
    w.line(0, 'Events:\t<none>');
    return;
  }
  w.flush();
  w.line(0, 'Events:').line(1, 'Type\tReason\tAge\tFrom\tMessage').line(1, '----\t------\t----\t----\t-------');
  // Events that never got this time, those of the scheduler, come first.
  const last = ({ lastTimestamp }: CoreV1Event): number => Date.parse(lastTimestamp ?? '') || 0;
  const sorted = [...list].sort((a, b) => last(a) - last(b));
  for (const event of sorted) {
    const component = event.source?.component ?? '';
    const source = component === '' ? (event.reportingComponent ?? '') : component;
    const message = (event.message ?? '').trim();
    w.line(
      1,
      `${event.type ?? ''}\t${event.reason ?? ''}\t${intervalOf(event as never, nowMs)}\t${source}\t${message}`,
    );
  }
}
