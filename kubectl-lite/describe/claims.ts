/** Persistent volume claims: whole, and as templates. */

import { canonicalQuantity } from '../../base/quantity.ts';
import type { V1PersistentVolumeClaim } from '../../generated/kubernetes.d.ts';
import { ageSince } from '../printers/age.ts';
import { annotations, goList, labels } from './parts.ts';
import type { PrefixWriter } from './prefix-writer.ts';

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

const MODES: readonly (readonly [string, string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
];

export function accessModes(modes: readonly string[] | undefined): string {
  return MODES.filter(([mode]) => modes?.includes(mode) === true)
    .map(([, short]) => short)
    .join(',');
}

/** @param whole false for a template, which has no name, no state and no finalizers */
export function claim(
  w: PrefixWriter,
  { metadata, spec, status }: V1PersistentVolumeClaim,
  whole: boolean,
  nowMs = 0,
): void {
  if (whole) w.line(0, `Name:\t${metadata?.name ?? ''}`).line(0, `Namespace:\t${metadata?.namespace ?? ''}`);
  w.line(0, `StorageClass:\t${metadata?.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName ?? ''}`);
  if (whole) {
    const gone = metadata?.deletionTimestamp;
    w.line(
      0,
      `Status:\t${gone === undefined || gone === null ? (status?.phase ?? '') : `Terminating (lasts ${ageSince(gone, nowMs)})`}`,
    );
  }
  const bound = (spec?.volumeName ?? '') !== '';
  w.line(0, `Volume:\t${spec?.volumeName ?? ''}`);
  labels(w, 'Labels', metadata?.labels);
  annotations(w, 'Annotations', metadata?.annotations);
  if (whole) w.line(0, `Finalizers:\t${goList(metadata?.finalizers)}`);
  w.line(0, `Capacity:\t${bound ? canonicalQuantity(status?.capacity?.storage ?? '0') : ''}`);
  w.line(0, `Access Modes:\t${bound ? accessModes(status?.accessModes) : ''}`);
  if (spec?.volumeMode !== undefined) w.line(0, `VolumeMode:\t${spec.volumeMode}`);
  if (spec?.dataSource !== undefined) {
    w.line(0, 'DataSource:');
    if (spec.dataSource.apiGroup !== undefined) w.line(1, `APIGroup:\t${spec.dataSource.apiGroup}`);
    w.line(1, `Kind:\t${spec.dataSource.kind}`).line(1, `Name:\t${spec.dataSource.name}`);
  }
}

export function claimTemplates(w: PrefixWriter, templates: readonly V1PersistentVolumeClaim[] | undefined): void {
  if (templates === undefined || templates.length === 0) {
    w.line(0, 'Volume Claims:\t<none>');
    return;
  }
  w.line(0, 'Volume Claims:');
  for (const { metadata, spec } of templates) {
    const storage = spec?.resources?.requests?.storage;
    w.line(1, `Name:\t${metadata?.name ?? ''}`);
    w.line(1, `StorageClass:\t${metadata?.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName ?? ''}`);
    labels(w, 'Labels', metadata?.labels, '  ');
    labels(w, 'Annotations', metadata?.annotations, '  ');
    w.line(1, `Capacity:\t${storage === undefined ? '<default>' : canonicalQuantity(storage)}`);
    w.line(1, `Access Modes:\t${goList(spec?.accessModes)}`);
  }
}
