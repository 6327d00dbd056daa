/** Flow schemas: which requests belong to which priority level (pkg/registry/flowcontrol/flowschema). */
import type { V1FlowSchema } from '../../../generated/kubernetes.d.ts';
import { defineRow, type Filled, keepField, keepMetadata, statusPart } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, fieldDoc, nameColumn, textColumn } from '../table/columns.ts';
import { checkTypedConditions } from './conditions.ts';
import { checkFlowSchema } from './flow-schema-validation.ts';

const DEFAULT_PRECEDENCE = 1000;

function setDefaults({ spec }: Filled<V1FlowSchema>): void {
  spec.matchingPrecedence ||= DEFAULT_PRECEDENCE;
}

export const flowSchemaRow = defineRow<V1FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  namespaced: false,
  model: 'V1FlowSchema',
  generation: 'spec',
  strategy: {
    defaults: setDefaults,
    prepareForCreate(schema) {
      schema.status = {};
    },
    prepareForUpdate: (schema, old) => keepField(schema, old, 'status'),
    validate: checkFlowSchema,
    metaOnUpdate: ['content'],
    validateUpdate: (schema, _old, errors) => checkFlowSchema(schema, errors),
  },
  table: {
    columns: [
      nameColumn,
      textColumn('PriorityLevel', fieldDoc('V1PriorityLevelConfigurationReference.name')),
      textColumn('MatchingPrecedence', fieldDoc('V1FlowSchemaSpec.matchingPrecedence')),
      textColumn(
        'DistinguisherMethod',
        '`distinguisherMethod` defines how to compute the flow distinguisher for requests that match this schema. `nil` specifies that the distinguisher is disabled and thus will always be the empty string.',
      ),
      ageColumn,
      textColumn('MissingPL', 'references a broken or non-existent PriorityLevelConfiguration'),
    ],
    cells(schema, nowMs) {
      const { spec, status } = schema;
      return [
        nameOf(schema),
        spec.priorityLevelConfiguration.name,
        spec.matchingPrecedence ?? 0,
        spec.distinguisherMethod?.type ?? '<none>',
        ageOf(schema, nowMs),
        status.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
      ];
    },
  },
  subresources: {
    status: statusPart<V1FlowSchema>('V1FlowSchema', {
      defaults: setDefaults,
      resetFields: ['metadata', 'spec'],
      prepareForUpdate(object, old) {
        keepMetadata(object, old);
        keepField(object.metadata, old.metadata, 'generateName');
      },
      validateUpdate: ({ status }, _old, errors) => checkTypedConditions(status.conditions, errors),
    }),
  },
});
