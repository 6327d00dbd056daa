/** Controller revisions: the templates that daemon sets and stateful sets had, kept for updates and rollbacks. */
import type { V1ControllerRevision } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { defineRow, type Filled } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, fieldDoc, nameColumn, textColumn } from '../table/columns.ts';
import { checkImmutable } from '../validation/immutability.ts';

type Revision = Filled<V1ControllerRevision>;

function validate(revision: Revision, errors: FieldErrors): void {
  checkRevision(revision, errors);
  const data: unknown = revision.data;
  if (data === undefined || data === null) errors.required('data', 'data is mandatory');
  else if (typeof data !== 'object' || Array.isArray(data)) errors.required('data', 'data must be a valid JSON object');
}

function checkRevision({ revision }: Revision, errors: FieldErrors): void {
  if (revision < 0) errors.invalid('revision', revision, 'must be greater than or equal to 0');
}

/** `daemonset.apps/web` */
function controllerOf({ metadata }: Revision): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return '<none>';
  const slash = owner.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : `.${owner.apiVersion.slice(0, slash)}`;
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
}

export const controllerRevisionRow = defineRow<V1ControllerRevision>({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  model: 'V1ControllerRevision',
  strategy: {
    validate,
    metaOnUpdate: ['change', 'content'],
    validateUpdate(revision, old, errors) {
      checkRevision(revision, errors);
      checkImmutable(revision.data, old.data, 'data', errors);
    },
  },
  table: {
    columns: [
      nameColumn,
      textColumn('Controller', 'Controller of the object'),
      textColumn('Revision', fieldDoc('V1ControllerRevision.revision')),
      ageColumn,
    ],
    cells: (revision, nowMs) => [nameOf(revision), controllerOf(revision), revision.revision, ageOf(revision, nowMs)],
  },
});
