/** The specs of persistent volume claims, of their own and in templates (pkg/apis/core/validation). */
import { quantityOf } from '../../../base/quantity.ts';
import type {
  V1ObjectMeta,
  V1PersistentVolumeClaimSpec,
  V1PersistentVolumeClaimTemplate,
  V1TypedObjectReference,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123LabelComplaints } from '../../machinery/name-formats.ts';
import { addInvalid, checkSubdomain } from './formats.ts';
import { checkAnnotations, checkLabelSelector, checkLabels } from './labels.ts';
import { checkPositiveQuantity } from './resource-names.ts';

export const VOLUME_MODES = ['Block', 'Filesystem'];
const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

export interface ClaimSpecOptions {
  /** Groups of data sources were not checked once, and stay where they are. */
  readonly allowInvalidApiGroups?: boolean;
  readonly allowInvalidSelectorValues?: boolean;
}

export function checkAccessModes(modes: readonly string[] | undefined, path: string, errors: FieldErrors): void {
  const supported = (modes ?? []).filter((mode) => ACCESS_MODES.includes(mode));
  for (const mode of modes ?? []) if (!ACCESS_MODES.includes(mode)) errors.notSupported(path, mode, ACCESS_MODES);
  if (supported.includes('ReadWriteOncePod') && supported.some((mode) => mode !== 'ReadWriteOncePod')) {
    errors.forbidden(path, 'may not use ReadWriteOncePod with other access modes');
  }
}

export function checkClaimSpec(
  spec: V1PersistentVolumeClaimSpec,
  path: string,
  errors: FieldErrors,
  options: ClaimSpecOptions = {},
): void {
  const modes = spec.accessModes ?? [];
  if (modes.length === 0) errors.required(`${path}.accessModes`, 'at least 1 access mode is required');
  checkLabelSelector(spec.selector, `${path}.selector`, errors, {
    allowInvalidValues: options.allowInvalidSelectorValues === true,
  });
  checkAccessModes(modes, `${path}.accessModes`, errors);
  const size = spec.resources?.requests?.storage;
  const sizePath = `${path}.resources[storage]`;
  if (size === undefined) errors.required(sizePath);
  else checkPositiveQuantity(quantityOf(size), sizePath, errors);
  if (spec.storageClassName) checkSubdomain(spec.storageClassName, `${path}.storageClassName`, errors);
  if (spec.volumeMode !== undefined && !VOLUME_MODES.includes(spec.volumeMode)) {
    errors.notSupported(`${path}.volumeMode`, spec.volumeMode, VOLUME_MODES);
  }
  checkDataSources(spec, path, errors, options.allowInvalidApiGroups === true);
  if (spec.volumeAttributesClassName) {
    checkSubdomain(spec.volumeAttributesClassName, `${path}.volumeAttributesClassName`, errors);
  }
}

function checkDataSources(
  { dataSource, dataSourceRef }: V1PersistentVolumeClaimSpec,
  path: string,
  errors: FieldErrors,
  anyGroup: boolean,
): void {
  if (dataSource !== undefined) checkDataSource(dataSource, `${path}.dataSource`, errors, anyGroup);
  if (dataSourceRef !== undefined) {
    const at = `${path}.dataSourceRef`;
    checkDataSource(dataSourceRef, at, errors, anyGroup);
    const { namespace } = dataSourceRef;
    if (namespace) addInvalid(errors, `${at}.namespace`, namespace, dns1123LabelComplaints(namespace));
  }
  if (dataSource === undefined || dataSourceRef === undefined) return;
  // Upstream shows the path itself as the invalid value, as a Go struct of no public fields.
  if (dataSourceRef.namespace) {
    errors.invalid(path, {}, 'may not be specified when dataSourceRef.namespace is specified');
  } else if ((['apiGroup', 'kind', 'name'] as const).some((field) => dataSource[field] !== dataSourceRef[field])) {
    errors.invalid(path, {}, 'must match dataSourceRef');
  }
}

function checkDataSource(source: V1TypedObjectReference, path: string, errors: FieldErrors, anyGroup: boolean): void {
  if (source.name === '') errors.required(`${path}.name`);
  if (source.kind === '') errors.required(`${path}.kind`);
  if (source.apiGroup) {
    if (!anyGroup) checkSubdomain(source.apiGroup, `${path}.apiGroup`, errors);
  } else if (source.kind !== 'PersistentVolumeClaim') {
    errors.invalid(path, source.kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
  }
}

/** In the order of Go's ObjectMeta. */
const TEMPLATE_METADATA_FORBIDDEN = [
  ...(['name', 'generateName', 'namespace', 'selfLink', 'uid', 'resourceVersion', 'generation'] as const),
  ...(['creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const),
  ...(['ownerReferences', 'finalizers', 'managedFields'] as const),
];

/** The metadata that a template gives to what is made of it: labels and annotations only. */
export function checkTemplateMetadata(metadata: V1ObjectMeta | undefined, path: string, errors: FieldErrors): void {
  checkAnnotations(metadata?.annotations, `${path}.annotations`, errors);
  checkLabels(metadata?.labels, `${path}.labels`, errors);
  for (const field of TEMPLATE_METADATA_FORBIDDEN) {
    const value: unknown = metadata?.[field];
    const isZero = value === undefined || value === null || value === '' || value === 0;
    const name = field === 'uid' ? 'uID' : field;
    if (!isZero) errors.forbidden(`${path}.${name}`, 'cannot be set');
  }
}

export function checkClaimTemplate(
  template: V1PersistentVolumeClaimTemplate | undefined,
  path: string,
  errors: FieldErrors,
): void {
  if (template === undefined) {
    errors.required(path);
    return;
  }
  checkTemplateMetadata(template.metadata, `${path}.metadata`, errors);
  checkClaimSpec(template.spec, `${path}.spec`, errors);
}
