/** Ingress classes: which controller serves the ingresses that name the class. */
import type { V1IngressClass, V1IngressClassParametersReference } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123LabelComplaints } from '../../machinery/name-formats.ts';
import { defineRow, type Filled } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, nameColumn, textColumn } from '../table/columns.ts';
import { addInvalid, checkDomainPrefixedPath, checkOneOf } from '../validation/formats.ts';
import { checkImmutable } from '../validation/immutability.ts';
import { checkTypedReference } from '../validation/references.ts';

type IngressClass = Filled<V1IngressClass>;

const CONTROLLER_BYTES_MAX = 250;
const DEFAULT_CLASS = 'ingressclass.kubernetes.io/is-default-class';

function validate({ spec }: IngressClass, errors: FieldErrors): void {
  const { controller = '', parameters } = spec;
  if (Buffer.byteLength(controller) > CONTROLLER_BYTES_MAX) errors.tooLong('spec.controller', CONTROLLER_BYTES_MAX);
  checkDomainPrefixedPath(controller, 'spec.controller', errors);
  if (parameters !== undefined) validateParameters(parameters, 'spec.parameters', errors);
}

function validateParameters(parameters: V1IngressClassParametersReference, path: string, errors: FieldErrors): void {
  const { scope, namespace } = parameters;
  checkTypedReference(parameters, path, errors);
  if (!checkOneOf(scope, ['Cluster', 'Namespace'], `${path}.scope`, errors)) return;
  if (scope === 'Cluster') {
    if (namespace !== undefined) errors.forbidden(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'");
  } else if (namespace === undefined) {
    errors.required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'");
  } else addInvalid(errors, `${path}.namespace`, namespace, dns1123LabelComplaints(namespace));
}

function formatParameters(parameters: V1IngressClassParametersReference | undefined): string {
  if (parameters === undefined) return '<none>';
  const { kind, apiGroup, name } = parameters;
  return apiGroup === undefined ? `${kind}/${name}` : `${kind}.${apiGroup}/${name}`;
}

export const ingressClassRow = defineRow<V1IngressClass>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  resource: 'ingressclasses',
  namespaced: false,
  model: 'V1IngressClass',
  generation: 'spec',
  strategy: {
    defaults({ spec }) {
      if (spec.parameters !== undefined) spec.parameters.scope ??= 'Cluster';
    },
    validate,
    metaOnUpdate: ['change', 'content'],
    validateUpdate(ingressClass, old, errors) {
      const { controller = '' } = ingressClass.spec;
      checkImmutable(controller, old.spec.controller ?? '', 'spec.controller', errors);
      validate(ingressClass, errors);
    },
  },
  table: {
    columns: [
      nameColumn,
      textColumn('Controller', 'Controller that is responsible for handling this class'),
      textColumn('Parameters', 'A reference to a resource with additional parameters'),
      ageColumn,
    ],
    cells(ingressClass, nowMs) {
      const { metadata, spec } = ingressClass;
      const isDefault = metadata.annotations?.[DEFAULT_CLASS] === 'true';
      return [
        isDefault ? `${nameOf(ingressClass)} (default)` : nameOf(ingressClass),
        spec.controller ?? '',
        formatParameters(spec.parameters),
        ageOf(ingressClass, nowMs),
      ];
    },
  },
});
