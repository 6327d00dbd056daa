/** How volumes and claims look in tables (pkg/apis/core/helper). */
import type { V1ObjectMeta } from '../../../generated/kubernetes.d.ts';

const SHORT_MODES = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
] as const;

/** `RWO,ROX`, in this order and each once. */
export function formatAccessModes(modes: readonly string[] | undefined): string {
  return SHORT_MODES.filter(([mode]) => modes?.includes(mode))
    .map(([, short]) => short)
    .join(',');
}

export function formatSize(amounts: Readonly<Record<string, string>> | undefined): string {
  return amounts?.storage ?? '0';
}

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

/** The storage class, which an annotation named once. */
export function formatClass(metadata: V1ObjectMeta, name: string | undefined): string {
  return metadata.annotations?.[CLASS_ANNOTATION] ?? name ?? '';
}
