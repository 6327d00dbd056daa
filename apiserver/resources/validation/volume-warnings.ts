/** Advice about volumes: types that no longer work, files that hide each other (pkg/api/pod/warnings.go). */
import type { V1Volume, V1VolumeProjection } from '../../../generated/kubernetes.d.ts';
import { claimSpecWarnings } from './claim-warnings.ts';

/** In upstream's order. */
const OUT_OF_USE: readonly (readonly [field: keyof V1Volume, shownAs: string, message: string])[] = [
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['ephemeral', '', ''],
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];

/** @param path of the list */
export function volumeWarnings(volumes: readonly V1Volume[] | undefined, path: string): string[] {
  const warnings: string[] = [];
  if (volumes === undefined) return warnings;
  for (const [index, volume] of volumes.entries()) {
    for (const [field, shownAs, message] of OUT_OF_USE) {
      if (volume[field] === undefined) continue;
      const at = `${path}[${index}]`;
      if (field !== 'ephemeral') warnings.push(`${at}.${shownAs}: ${message}`);
      else {
        const template = volume.ephemeral?.volumeClaimTemplate;
        if (template !== undefined) {
          warnings.push(...claimSpecWarnings(template.spec, `${at}.ephemeral.volumeClaimTemplate.spec`));
        }
      }
    }
  }
  for (const volume of volumes) warnings.push(...overlapWarnings(volume));
  return warnings;
}

interface VolumeFile {
  readonly path: string;
  readonly source: string;
}

function overlapWarnings(volume: V1Volume): string[] {
  const { name, configMap, secret, downwardAPI, projected } = volume;
  const plain = (items: readonly { path: string }[] | undefined, kind: string): string[] =>
    overlaps((items ?? []).map(({ path }) => ({ path, source: '' }))).map((overlap) => warning(name, kind, overlap));
  const warnings = [
    ...plain(configMap?.items, `ConfigMap ${JSON.stringify(configMap?.name ?? '')}`),
    ...plain(secret?.items, `Secret ${JSON.stringify(secret?.secretName ?? '')}`),
    ...plain(downwardAPI?.items, 'DownwardAPI'),
  ];
  const files: VolumeFile[] = [];
  for (const source of projected?.sources ?? []) {
    if (Object.keys(source).length === 0) {
      warnings.push(`volume ${JSON.stringify(name)} (Projected) has no sources provided`);
    } else files.push(...filesOf(source));
  }
  return [...warnings, ...overlaps(files).map((overlap) => warning(name, 'Projected', overlap))];
}

function warning(volume: string, kind: string, overlap: string): string {
  return `volume ${JSON.stringify(volume)} (${kind}): overlapping paths: ${overlap}`;
}

function filesOf({ configMap, secret, downwardAPI, serviceAccountToken }: V1VolumeProjection): VolumeFile[] {
  const from = (items: readonly { path: string }[], source: string): VolumeFile[] =>
    items.map(({ path }) => ({ path, source }));
  if (configMap?.items !== undefined) return from(configMap.items, `ConfigMap ${JSON.stringify(configMap.name ?? '')}`);
  if (secret?.items !== undefined) return from(secret.items, `Secret ${JSON.stringify(secret.name ?? '')}`);
  if (downwardAPI?.items !== undefined) return from(downwardAPI.items, 'DownwardAPI');
  return serviceAccountToken === undefined ? [] : from([serviceAccountToken], 'ServiceAccountToken');
}

/** Each file that lies at, above or below an earlier one. */
function overlaps(files: readonly VolumeFile[]): string[] {
  const earlier: VolumeFile[] = [];
  const found: string[] = [];
  for (const { path, source } of files) {
    const file = { path: withoutTrailingSlashes(path), source };
    for (const other of earlier) {
      if (file.path === '' || other.path === '') continue;
      const [a, b] = [`${file.path}/`, `${other.path}/`];
      if (a.startsWith(b) || b.startsWith(a)) found.push(`${shown(file)} with ${shown(other)}`);
    }
    earlier.push(file);
  }
  return found;
}

function shown({ path, source }: VolumeFile): string {
  return source === '' ? JSON.stringify(path) : `${JSON.stringify(path)} (${source})`;
}

/** By hand: a pattern would begin anew at every slash. */
function withoutTrailingSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end--;
  return path.slice(0, end);
}
