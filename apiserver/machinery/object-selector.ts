/** Which objects of a resource a request's selectors pick: labels, and the few fields that each kind allows. */
import { type LabelRequirement, selectorMatches } from '../../base/label-selector.ts';
import type { KubeObject, ResourceRow } from './resource-row.ts';
import {
  exactField,
  type FieldRequirement,
  parseFieldSelector,
  parseLabelSelector,
  SelectorError,
} from './selector-text.ts';
import { badRequest } from './status.ts';

interface FieldTest {
  readonly read: (object: KubeObject) => string;
  readonly equal: boolean;
  readonly value: string;
}

export class ObjectSelector {
  readonly #labels: readonly LabelRequirement[];
  readonly #fields: readonly FieldTest[];
  /** True when every object is picked. */
  readonly everything: boolean;
  /** The only name and namespace that can be picked, when the fields say so. */
  readonly name: string | undefined;
  readonly namespace: string | undefined;

  private constructor(
    labels: readonly LabelRequirement[],
    requirements: readonly FieldRequirement[],
    row: ResourceRow,
  ) {
    this.#labels = labels;
    this.#fields = requirements.map((requirement) => fieldTest(requirement, row));
    this.everything = labels.length === 0 && requirements.length === 0;
    this.name = exactField(requirements, 'metadata.name');
    this.namespace = row.namespaced ? exactField(requirements, 'metadata.namespace') : undefined;
  }

  /** @param name an object's name from the path, for a watch of one object @throws StatusError 400 */
  static parse(row: ResourceRow, labelSelector: string, fieldSelector: string, name = ''): ObjectSelector {
    try {
      const fields = [...parseFieldSelector(fieldSelector)];
      if (name !== '') {
        if (fields.length > 0 && exactField(fields, 'metadata.name') !== name) {
          throw badRequest("fieldSelector metadata.name doesn't match requested name");
        }
        if (fields.length === 0) fields.push({ field: 'metadata.name', equal: true, value: name });
      }
      return new ObjectSelector(parseLabelSelector(labelSelector), fields, row);
    } catch (error) {
      if (error instanceof SelectorError) throw badRequest(error.message);
      throw error;
    }
  }

  matches(object: KubeObject): boolean {
    if (this.everything) return true;
    for (const { read, equal, value } of this.#fields) if ((read(object) === value) !== equal) return false;
    return this.#labels.length === 0 || selectorMatches(this.#labels, object.metadata.labels);
  }
}

function fieldTest({ field, equal, value }: FieldRequirement, row: ResourceRow): FieldTest {
  const read = readerOf(field, row);
  if (read !== undefined) return { read, equal, value };
  if (row.fieldLabels === undefined)
    throw badRequest(`"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`);
  throw badRequest(row.fieldLabelComplaint?.(field) ?? `field label not supported: ${field}`);
}

function readerOf(field: string, row: ResourceRow): ((object: KubeObject) => string) | undefined {
  if (field === 'metadata.name') return (object) => object.metadata.name ?? '';
  // Kinds with labels of their own know no more than these: those without a namespace do not know its name either.
  const namespaceKnown = row.namespaced || row.fieldLabels === undefined;
  if (field === 'metadata.namespace' && namespaceKnown) return (object) => object.metadata.namespace ?? '';
  return row.fieldLabels !== undefined && Object.hasOwn(row.fieldLabels, field) ? row.fieldLabels[field] : undefined;
}
