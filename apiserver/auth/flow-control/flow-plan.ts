/**
 * What is to be written so that the stored priority levels and flow schemas are as they should be: the default ones
 * present and, unless an operator took them over, as they are by default (registry/flowcontrol/ensurer); and every
 * schema's status telling whether its level exists. Pure.
 */
import { timestamp } from '../../../base/clock.ts';
import { copyValue, equalValues } from '../../machinery/copy-value.ts';
import type { KubeObject } from '../../machinery/resource-row.ts';
import { AUTO_UPDATE, defaultFlowSchemas, defaultPriorityLevels, mandatoryNames } from './default-flows.ts';

export const LEVELS = 'prioritylevelconfigurations';
export const SCHEMAS = 'flowschemas';

type FlowResource = typeof LEVELS | typeof SCHEMAS;

export type FlowChange =
  | { readonly type: 'create'; readonly resource: FlowResource; readonly object: KubeObject }
  | { readonly type: 'delete'; readonly resource: FlowResource; readonly name: string }
  | {
      readonly type: 'update';
      readonly resource: FlowResource;
      readonly name: string;
      /** For the object as it is by then; undefined when there is nothing to do any more. */
      readonly revise: (present: KubeObject) => KubeObject | undefined;
    };

export interface StoredFlows {
  readonly levels: readonly KubeObject[];
  readonly schemas: readonly KubeObject[];
}

/** Makes, repairs and removes default objects; empty when all is as it should be. */
export function planDefaults({ levels, schemas }: StoredFlows, nowMs: number): FlowChange[] {
  return [
    ...planResource(LEVELS, defaultPriorityLevels as readonly KubeObject[], levels, (object) => object),
    ...planResource(SCHEMAS, defaultFlowSchemas as readonly KubeObject[], schemas, (object) =>
      // All levels that default schemas name are made before them.
      withCondition(object, true, nowMs),
    ),
  ];
}

function planResource(
  resource: FlowResource,
  wanted: readonly KubeObject[],
  stored: readonly KubeObject[],
  complete: (object: KubeObject) => KubeObject,
): FlowChange[] {
  const present = new Map(stored.map((object) => [object.metadata.name ?? '', object]));
  const changes: FlowChange[] = [];
  for (const object of wanted) {
    const { name = '' } = object.metadata;
    const found = present.get(name);
    if (found === undefined) {
      const created = copyValue(object);
      created.metadata.generation = 1;
      changes.push({ type: 'create', resource, object: complete(created) });
      continue;
    }
    const revise = (current: KubeObject): KubeObject | undefined => revised(current, object);
    if (revise(found) !== undefined) changes.push({ type: 'update', resource, name, revise });
  }
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  for (const { metadata } of stored) {
    if (names.has(metadata.name) || booleanOf(metadata.annotations?.[AUTO_UPDATE]) !== true) continue;
    changes.push({ type: 'delete', resource, name: metadata.name ?? '' });
  }
  return changes;
}

/** The object as the server keeps it; undefined when it is so, or its operator's own. */
function revised(present: KubeObject, wanted: KubeObject): KubeObject | undefined {
  const { name = '', annotations, generation = 0 } = present.metadata;
  const annotated = booleanOf(annotations?.[AUTO_UPDATE]);
  // Without a word about it, an object that was never changed is still the server's.
  const ours = mandatoryNames.has(name) || (annotated ?? generation === 1);
  const stale = ours && !equalValues(comparable(present), comparable(wanted));
  if (!stale && annotated === ours) return undefined;
  return {
    ...present,
    ...(stale ? { spec: copyValue(wanted.spec) } : {}),
    metadata: {
      ...present.metadata,
      generation: stale ? generation + 1 : generation,
      annotations: { ...annotations, [AUTO_UPDATE]: String(ours) },
    },
  };
}

/** The spec, without what may be set freely even in the exempt level. */
function comparable({ kind, metadata, spec }: KubeObject): unknown {
  if (kind !== 'PriorityLevelConfiguration' || metadata.name !== 'exempt') return spec;
  const { exempt, ...rest } = spec as { readonly exempt?: object };
  return { ...rest, exempt: exempt !== undefined };
}

/** As Go's strconv.ParseBool. */
function booleanOf(text: string | undefined): boolean | undefined {
  if (text !== undefined && /^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (text !== undefined && /^(?:0|f|F|FALSE|false|False)$/.test(text)) return false;
  return undefined;
}

/** The conditions of the schemas whose status does not tell whether their level exists. */
export function planConditions({ levels, schemas }: StoredFlows, nowMs: number): FlowChange[] {
  const known = new Set([...levels.map(({ metadata }) => metadata.name), ...mandatoryNames]);
  return schemas.flatMap((schema): FlowChange[] => {
    const { name = '' } = schema.metadata;
    const revise = (present: KubeObject): KubeObject | undefined => {
      const next = withCondition(present, known.has(levelOf(present)), nowMs);
      return next === present ? undefined : next;
    };
    return revise(schema) === undefined ? [] : [{ type: 'update', resource: SCHEMAS, name, revise }];
  });
}

function levelOf({ spec }: KubeObject): string {
  return (
    (spec as { priorityLevelConfiguration?: { name?: string } } | undefined)?.priorityLevelConfiguration?.name ?? ''
  );
}

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** With its condition `Dangling`; the same object when it has that already. */
function withCondition(schema: KubeObject, found: boolean, nowMs: number): KubeObject {
  const name = levelOf(schema);
  const condition: Condition = {
    type: 'Dangling',
    status: found ? 'False' : 'True',
    reason: found ? 'Found' : 'NotFound',
    message: `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(name)} ${
      found ? 'and it exists' : 'but there is no such object'
    }`,
    lastTransitionTime: timestamp(nowMs),
  };
  const status = (schema.status ?? {}) as { readonly conditions?: readonly Condition[] };
  const present = status.conditions?.find(({ type }) => type === 'Dangling');
  if (
    present !== undefined &&
    equalValues({ ...present, lastTransitionTime: condition.lastTransitionTime }, condition)
  ) {
    return schema;
  }
  const others = (status.conditions ?? []).filter(({ type }) => type !== 'Dangling');
  return { ...schema, status: { ...status, conditions: [...others, condition] } };
}
