/** What persistent volumes must be, and how they may change (pkg/apis/core/validation: ValidatePersistentVolume …). */

import { deepEqual } from '../../../base/deep-equal.ts';
import type {
  V1PersistentVolume,
  V1PersistentVolumeSpec,
  V1VolumeNodeAffinity,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { labelValueComplaints } from '../../machinery/name-formats.ts';
import type { Filled } from '../row.ts';
import { IMMUTABLE } from '../validation/formats.ts';
import { checkImmutable } from '../validation/immutability.ts';
import { internalForm } from '../validation/internal-form.ts';
import { jsonDiff } from '../validation/unified-diff.ts';
import { equalOnceStored } from '../wire-form.ts';
import { SOURCE_FIELDS } from './persistent-volume-source.ts';
import { checkMountOptions, checkPersistentVolumeSpec } from './persistent-volume-spec.ts';

type Volume = Filled<V1PersistentVolume>;

export function checkVolume({ metadata, spec }: Volume, errors: FieldErrors): void {
  checkPersistentVolumeSpec(spec, 'spec', errors, { name: metadata.name ?? '' });
  checkMountOptions(spec, metadata, errors);
}

export function checkVolumeUpdate(volume: Volume, old: Volume, errors: FieldErrors): void {
  const options = { name: volume.metadata.name ?? '', allowInvalidValues: hasInvalidValues(old.spec.nodeAffinity) };
  checkPersistentVolumeSpec(volume.spec, 'spec', errors, options);
  checkMountOptions(volume.spec, volume.metadata, errors);
  // Upstream looks at the spec a second time, and says again what is wrong with it.
  checkPersistentVolumeSpec(volume.spec, 'spec', errors, options);
  const [now, before] = [sourceOf(volume.spec), sourceOf(old.spec)];
  if (old.spec.csi?.controllerExpandSecretRef === undefined && now.csi !== undefined && before.csi !== undefined) {
    const { controllerExpandSecretRef: _, ...rest } = now.csi;
    now.csi = rest;
  }
  if (!equalOnceStored('V1PersistentVolumeSpec', now, before)) {
    const form = (source: object): object => internalForm('PersistentVolumeSource', source);
    const message = `spec.persistentvolumesource is immutable after creation\n${jsonDiff(form(before), form(now))}`;
    errors.forbidden('spec.persistentvolumesource', message);
  }
  checkImmutable(volume.spec.volumeMode, old.spec.volumeMode, 'volumeMode', errors);
  checkAffinityUpdate(volume.spec.nodeAffinity, old.spec.nodeAffinity, errors);
  const path = 'spec.volumeAttributesClassName';
  if (old.spec.volumeAttributesClassName !== undefined && volume.spec.volumeAttributesClassName === undefined) {
    errors.forbidden(path, 'update from non-nil value to nil is forbidden');
  }
}

function hasInvalidValues(affinity: V1VolumeNodeAffinity | undefined): boolean {
  return (affinity?.required?.nodeSelectorTerms ?? []).some(({ matchExpressions = [] }) =>
    matchExpressions.some(({ values = [] }) => values.some((value) => labelValueComplaints(value).length > 0)),
  );
}

function sourceOf(spec: V1PersistentVolumeSpec): Partial<V1PersistentVolumeSpec> {
  const fields = SOURCE_FIELDS.filter((field) => spec[field] !== undefined);
  return Object.fromEntries(fields.map((field) => [field, spec[field]]));
}

/** The labels of nodes that got other names. */
const renamed: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
};

function checkAffinityUpdate(
  affinity: V1VolumeNodeAffinity | undefined,
  old: V1VolumeNodeAffinity | undefined,
  errors: FieldErrors,
): void {
  if (old === undefined || equalButForNames(affinity, old)) return;
  const shown = affinity === undefined ? null : internalForm('VolumeNodeAffinity', affinity);
  errors.invalid('nodeAffinity', shown, `${IMMUTABLE}, except for updating from beta label to GA`);
}

function equalButForNames(affinity: V1VolumeNodeAffinity | undefined, old: V1VolumeNodeAffinity): boolean {
  const terms = affinity?.required?.nodeSelectorTerms ?? [];
  const oldTerms = old.required?.nodeSelectorTerms ?? [];
  if (affinity === undefined || terms.length !== oldTerms.length) return false;
  return oldTerms.every((before, index) => {
    const term = terms[index] ?? {};
    return (['matchExpressions', 'matchFields'] as const).every((list) => {
      const then = (before[list] ?? []).map((requirement, i) => {
        // As upstream looks it up: a label without another name may become the empty one.
        const { key = undefined } = term[list]?.[i] ?? {};
        return key === (renamed[requirement.key] ?? '') ? { ...requirement, key } : requirement;
      });
      return deepEqual(term[list] ?? [], then);
    });
  });
}
