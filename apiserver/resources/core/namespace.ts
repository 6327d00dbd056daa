/** Namespaces: they go in two steps, emptied first, then finalized (pkg/registry/core/namespace). */
import type { V1Namespace } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { qualifiedNameComplaints } from '../../machinery/name-formats.ts';
import { defineRow, type Filled, keepField, partOf, statusPart } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, nameColumn, textColumn } from '../table/columns.ts';
import { addInvalid } from '../validation/formats.ts';

const NAME_LABEL = 'kubernetes.io/metadata.name';
const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion'];

function setDefaults(namespace: Filled<V1Namespace>): void {
  const { name } = namespace.metadata;
  if (name !== undefined && name !== '')
    namespace.metadata.labels = { ...namespace.metadata.labels, [NAME_LABEL]: name };
  namespace.status.phase ??= 'Active';
}

function validateFinalizer(finalizer: string, path: string, errors: FieldErrors): void {
  addInvalid(errors, path, finalizer, qualifiedNameComplaints(finalizer));
  if (!finalizer.includes('/') && !STANDARD_FINALIZERS.includes(finalizer)) {
    errors.invalid(path, finalizer, 'name is neither a standard finalizer name nor is it fully qualified');
  }
}

function validate(namespace: Filled<V1Namespace>, errors: FieldErrors): void {
  for (const finalizer of namespace.spec.finalizers ?? []) validateFinalizer(finalizer, 'spec.finalizers', errors);
}

export const namespaceRow = defineRow<V1Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  namespaced: false,
  shortNames: ['ns'],
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  model: 'V1Namespace',
  nameRule: 'label',
  strategy: {
    defaults: setDefaults,
    prepareForCreate(namespace) {
      namespace.status = { phase: 'Active' };
      const finalizers = namespace.spec.finalizers ?? [];
      if (!finalizers.includes('kubernetes')) namespace.spec.finalizers = [...finalizers, 'kubernetes'];
      setDefaults(namespace);
    },
    prepareForUpdate(namespace, old) {
      keepField(namespace.spec, old.spec, 'finalizers');
      keepField(namespace, old, 'status');
    },
    validate,
    metaOnUpdate: ['content', 'change'],
    validateUpdate: (namespace, _old, errors) => validate(namespace, errors),
    canonicalize: setDefaults,
  },
  checksOwnPreconditions: true,
  ownFinalizers: {
    pending: (namespace) => (namespace.spec.finalizers ?? []).length > 0,
    begin(namespace) {
      namespace.status.phase = 'Terminating';
    },
  },
  returnsDeletedObject: true,
  table: {
    columns: [nameColumn, textColumn('Status', 'The status of the namespace'), ageColumn],
    cells: (namespace, nowMs) => [nameOf(namespace), namespace.status.phase ?? '', ageOf(namespace, nowMs)],
  },
  fieldLabels: { 'status.phase': (namespace) => namespace.status.phase ?? '' },
  subresources: {
    finalize: partOf<V1Namespace>(
      'V1Namespace',
      {
        defaults: setDefaults,
        resetFields: ['status'],
        prepareForUpdate: (namespace, old) => keepField(namespace, old, 'status'),
        validateUpdate(namespace, _old, errors) {
          for (const [index, finalizer] of (namespace.spec.finalizers ?? []).entries()) {
            validateFinalizer(finalizer, `spec.finalizers[${index}]`, errors);
          }
        },
      },
      ['update'],
    ),
    status: statusPart<V1Namespace>('V1Namespace', {
      defaults: setDefaults,
      validateUpdate(namespace, _old, errors) {
        const { phase } = namespace.status;
        const path = 'status.Phase';
        if (namespace.metadata.deletionTimestamp === undefined) {
          if (phase !== 'Active') errors.invalid(path, phase, "may only be 'Active' if `deletionTimestamp` is empty");
        } else if (phase !== 'Terminating') {
          errors.invalid(path, phase, "may only be 'Terminating' if `deletionTimestamp` is not empty");
        }
      },
    }),
  },
});
