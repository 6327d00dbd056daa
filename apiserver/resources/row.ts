/**
 * How a built-in kind is declared: its own rules, typed by the generated wire types, and nothing that is the same for
 * every kind. `defineRow` fills in the rest and makes the `ResourceRow` that the machinery reads.
 *
 * Every row's `setDefaults` first brings the object into its wire form (`wire-form.ts`), so that a kind's own functions
 * may rely on it: what is a value in Go is there, what is null is not.
 */
import type { V1ObjectMeta } from '../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../machinery/field-errors.ts';
import type {
  KubeObject,
  MetaRules,
  ObjectMeta,
  ResourceRow,
  SubresourceRow,
  TableCell,
  TableColumn,
  TableSpec,
  Verb,
  WriteContext,
  WriteStrategy,
} from '../machinery/resource-row.ts';
import { toWireForm } from './wire-form.ts';

/** An object as a kind's functions see it, after `setDefaults`: metadata, spec and status are there. */
export type Filled<T> = T & { metadata: V1ObjectMeta & ObjectMeta } & Present<T, 'spec'> & Present<T, 'status'>;

type Present<T, K extends string> = T extends { [key in K]?: infer V } ? { [key in K]: NonNullable<V> } : unknown;

/** `WriteStrategy`, in the kind's own type. */
export interface KindStrategy<T> {
  /** Upstream's defaults, on the wire form. */
  defaults?(object: Filled<T>): void;
  prepareForCreate?(object: Filled<T>, context: WriteContext): void;
  prepareForUpdate?(object: Filled<T>, old: Filled<T>, context: WriteContext): void;
  validate?(object: Filled<T>, errors: FieldErrors, context: WriteContext): void;
  validateUpdate?(object: Filled<T>, old: Filled<T>, errors: FieldErrors, context: WriteContext): void;
  readonly metaOnCreate?: 'own';
  readonly metaOnUpdate?: readonly MetaRules[];
  warnings?(object: Filled<T>, old: Filled<T> | undefined): readonly string[];
  canonicalize?(object: Filled<T>): void;
  readonly resetFields?: readonly string[];
}

export interface KindTable<T> {
  readonly columns: readonly TableColumn[];
  cells(object: Filled<T>, nowMs: number): TableCell[];
  metadata?(object: Filled<T>): ObjectMeta;
  conditions?(object: Filled<T>): ReturnType<NonNullable<TableSpec['conditions']>>;
}

type Replaced = 'strategy' | 'table' | 'fieldLabels' | 'gracefulDeletion' | 'ownFinalizers' | 'virtual';
type Optional =
  | 'resource'
  | 'singular'
  | 'namespaced'
  | 'shortNames'
  | 'categories'
  | 'verbs'
  | 'storagePrefix'
  | 'nameRule'
  | 'generation'
  | 'subresources';

export interface KindRow<T> extends Omit<ResourceRow, Replaced | Optional>, Partial<Pick<ResourceRow, Optional>> {
  readonly strategy: KindStrategy<T>;
  readonly table: KindTable<T>;
  readonly fieldLabels?: Readonly<Record<string, (object: Filled<T>) => string>>;
  readonly gracefulDeletion?: (object: Filled<T>, requestedSeconds: number | undefined) => number;
  readonly ownFinalizers?: { pending(object: Filled<T>): boolean; begin(object: Filled<T>): void };
  readonly virtual?: ResourceRow['virtual'];
}

export const ALL_VERBS: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

/** The verbs of a `status`, a `scale` and their like. */
export const PART_VERBS: readonly Verb[] = ['get', 'patch', 'update'];

/** Groups whose kinds take finalizers of any name; so do events. */
const FREE_FINALIZERS: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'chaos.sampan.dev',
  'coordination.k8s.io',
  'events.k8s.io',
  'node.k8s.io',
  'policy',
]);

export function defineRow<T>(row: KindRow<T>): ResourceRow {
  const singular = row.singular ?? row.kind.toLowerCase();
  const resource = row.resource ?? `${singular}s`;
  const full = {
    namespaced: true,
    shortNames: [],
    categories: [],
    verbs: ALL_VERBS,
    storagePrefix: `/registry/${resource}`,
    nameRule: 'subdomain' as const,
    generation: 'none' as const,
    subresources: {},
    standardFinalizers: !FREE_FINALIZERS.has(row.group) && row.kind !== 'Event',
    ...row,
    singular,
    resource,
    strategy: defineStrategy(row.model, row.strategy),
  };
  // The one place where a kind's own type meets the machinery's: both describe the same JSON.
  return full as unknown as ResourceRow;
}

/** The strategy of a kind, or of a subresource that writes the same object. */
export function defineStrategy<T>(model: string, strategy: KindStrategy<T>): WriteStrategy {
  const { defaults, ...rest } = strategy;
  return {
    ...(rest as unknown as WriteStrategy),
    setDefaults(object: KubeObject): void {
      toWireForm(model, object);
      defaults?.call(strategy, object as unknown as Filled<T>);
    },
  };
}

/** A subresource that writes the same object with another strategy: `status`, `approval`, `finalize` … */
export function partOf<T>(
  model: string,
  strategy: KindStrategy<T>,
  verbs: readonly Verb[] = PART_VERBS,
): SubresourceRow {
  return { type: 'part', verbs, strategy: defineStrategy(model, strategy) };
}

/**
 * A `status` subresource as nearly all kinds have it: everything but the status is taken from what is stored; labels,
 * annotations and finalizers may change along.
 */
export function statusPart<T>(model: string, strategy: KindStrategy<T> = {}): SubresourceRow {
  return partOf<T>(model, {
    ...strategy,
    prepareForUpdate(object, old, context) {
      keepSpec(object, old);
      strategy.prepareForUpdate?.(object, old, context);
    },
  });
}

/** Takes the spec from what is stored. */
function keepSpec(object: object, old: object): void {
  const to = object as { spec?: unknown };
  const from = old as { spec?: unknown };
  if (from.spec === undefined) delete to.spec;
  else to.spec = from.spec;
}

/** Takes a top-level field from what is stored: what this endpoint may not change. */
export function keepField<T extends object>(object: T, old: T, field: keyof T): void {
  if (old[field] === undefined) delete object[field];
  else object[field] = old[field];
}

const METADATA_OF_CLIENTS = [
  ...(['deletionTimestamp', 'generation', 'selfLink', 'labels', 'annotations', 'finalizers'] as const),
  'ownerReferences' as const,
];

/** Takes what clients may write in the metadata from what is stored (upstream's ResetObjectMetaForStatus). */
export function keepMetadata(object: { metadata: ObjectMeta }, old: { metadata: ObjectMeta }): void {
  for (const field of METADATA_OF_CLIENTS) keepField(object.metadata, old.metadata, field);
}
