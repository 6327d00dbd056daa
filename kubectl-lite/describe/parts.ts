/** Parts that several kinds share: metadata, pod templates, conditions, events. */
import { ageSince } from '../printers/age.ts';
import type { Outline } from './outline.ts';

export interface Meta {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly controller?: boolean }[];
}

export interface Event {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
  readonly source?: { readonly component?: string };
  readonly reportingComponent?: string;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastHeartbeatTime?: string;
  readonly lastTransitionTime?: string;
}

/** `Thu, 01 Jan 2026 00:00:00 +0000`. */
export function longTime(time: string | null | undefined): string {
  return time === undefined || time === null || time === ''
    ? '<unset>'
    : new Date(time).toUTCString().replace('GMT', '+0000');
}

export function pairs(map: Readonly<Record<string, string>> | undefined, join = '='): string[] {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}${join}${value}`);
}

const HIDDEN_ANNOTATIONS = new Set(['kubectl.kubernetes.io/last-applied-configuration']);

export function annotations(meta: Meta): string[] {
  const shown = Object.entries(meta.annotations ?? {}).filter(([key]) => !HIDDEN_ANNOTATIONS.has(key));
  return pairs(Object.fromEntries(shown), ': ');
}

export function controlledBy(meta: Meta): string | undefined {
  const owner = meta.ownerReferences?.find(({ controller }) => controller === true);
  return owner === undefined ? undefined : `${owner.kind}/${owner.name}`;
}

export function conditions(outline: Outline, list: readonly Condition[] | undefined): void {
  if (list === undefined || list.length === 0) return;
  outline.section('Conditions', (inside) => {
    inside.table(
      ['Type', 'Status', 'Reason'],
      list.map(({ type, status, reason }) => [type, status, reason ?? '']),
    );
  });
}

export function events(outline: Outline, list: readonly Event[], nowMs: number): void {
  if (list.length === 0) {
    outline.field('Events', '<none>');
    return;
  }
  const last = (event: Event): string => event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? '';
  const sorted = [...list].sort((a, b) => Date.parse(last(a)) - Date.parse(last(b)));
  outline.section('Events', (inside) => {
    inside.table(
      ['Type', 'Reason', 'Age', 'From', 'Message'],
      sorted.map((event) => {
        const count = event.series?.count ?? event.count ?? 1;
        const age = ageSince(last(event), nowMs);
        const first = event.firstTimestamp ?? event.eventTime;
        const seen = count > 1 ? `${age} (x${count} over ${ageSince(first, nowMs)})` : age;
        return [
          event.type ?? '',
          event.reason ?? '',
          seen,
          event.source?.component || event.reportingComponent || '',
          (event.message ?? '').trim(),
        ];
      }),
    );
  });
}
