/** What role bindings and cluster role bindings have in common: a role, and the subjects that get it. */

import { deepEqual } from '../../../base/deep-equal.ts';
import type { RbacV1Subject, V1ClusterRoleBinding, V1RoleBinding } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123SubdomainComplaints, pathSegmentComplaints } from '../../machinery/name-formats.ts';
import type { Filled, KindStrategy, KindTable } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, nameColumn, textColumn, wide } from '../table/columns.ts';
import { addInvalid, checkOneOf } from '../validation/formats.ts';

const GROUP = 'rbac.authorization.k8s.io';

type Binding = Filled<V1RoleBinding> | Filled<V1ClusterRoleBinding>;

function setDefaults({ roleRef, subjects }: Binding): void {
  if (roleRef.apiGroup === '') roleRef.apiGroup = GROUP;
  for (const subject of subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ??= GROUP;
  }
}

function checkSubject(subject: RbacV1Subject, namespaced: boolean, path: string, errors: FieldErrors): void {
  const { kind, name, apiGroup = '', namespace = '' } = subject;
  if (name === '') errors.required(`${path}.name`);
  switch (kind) {
    case 'ServiceAccount':
      if (name !== '') addInvalid(errors, `${path}.name`, name, dns1123SubdomainComplaints(name));
      checkOneOf(apiGroup, [''], `${path}.apiGroup`, errors);
      if (!namespaced && namespace === '') errors.required(`${path}.namespace`);
      return;
    case 'User':
    case 'Group':
      checkOneOf(apiGroup, [GROUP], `${path}.apiGroup`, errors);
      return;
    default:
      errors.notSupported(`${path}.kind`, kind, ['ServiceAccount', 'User', 'Group']);
  }
}

/** @param roleKinds what may be bound */
export function bindingStrategy(namespaced: boolean, roleKinds: readonly string[]): KindStrategy<V1RoleBinding> {
  const validate = ({ roleRef, subjects }: Binding, errors: FieldErrors): void => {
    checkOneOf(roleRef.apiGroup, [GROUP], 'roleRef.apiGroup', errors);
    checkOneOf(roleRef.kind, roleKinds, 'roleRef.kind', errors);
    if (roleRef.name === '') errors.required('roleRef.name');
    else addInvalid(errors, 'roleRef.name', roleRef.name, pathSegmentComplaints(roleRef.name));
    for (const [index, subject] of (subjects ?? []).entries()) {
      checkSubject(subject, namespaced, `subjects[${index}]`, errors);
    }
  };
  return {
    defaults: setDefaults,
    validate,
    metaOnUpdate: ['content', 'change'],
    validateUpdate(binding, old, errors) {
      validate(binding, errors);
      const { apiGroup, kind, name } = binding.roleRef;
      if (!deepEqual(binding.roleRef, old.roleRef)) {
        errors.invalid('roleRef', { APIGroup: apiGroup, Kind: kind, Name: name }, 'cannot change roleRef');
      }
    },
  };
}

/** @param what of the descriptions: `roleBinding` */
export function bindingTable(what: string, roleDescription: string): KindTable<V1RoleBinding> {
  return {
    columns: [
      nameColumn,
      textColumn('Role', roleDescription),
      ageColumn,
      wide(textColumn('Users', `Users in the ${what}`)),
      wide(textColumn('Groups', `Groups in the ${what}`)),
      wide(textColumn('ServiceAccounts', `ServiceAccounts in the ${what}`)),
    ],
    cells(binding, nowMs) {
      const { roleRef, subjects = [] } = binding;
      const namesOf = (kind: string): string[] => subjects.filter((each) => each.kind === kind).map(({ name }) => name);
      const accounts = subjects.filter(({ kind }) => kind === 'ServiceAccount');
      return [
        nameOf(binding),
        `${roleRef.kind}/${roleRef.name}`,
        ageOf(binding, nowMs),
        namesOf('User').join(', '),
        namesOf('Group').join(', '),
        accounts.map(({ namespace = '', name }) => `${namespace}/${name}`).join(', '),
      ];
    },
  };
}
