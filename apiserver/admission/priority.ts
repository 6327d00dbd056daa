/** A pod's priority is that of its class; there is at most one class for pods that name none. */
import type { ObjectCache } from '../auth/object-cache.ts';
import type { KubeObject, RegistryServices, ResourceRow } from '../machinery/resource-row.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { is, isPods, type PodObject, podOf, resources } from './pods.ts';
import { refuse } from './refusal.ts';

interface PriorityClassObject extends KubeObject {
  value?: number;
  globalDefault?: boolean;
  preemptionPolicy?: string;
}

/** The classes that every cluster has, for the pods it cannot do without (upstream makes them at the start). */
export const systemPriorityClasses: readonly (PriorityClassObject & { description: string })[] = [
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'system-node-critical', generation: 1 },
    value: 2000001000,
    description: 'Used for system critical pods that must not be moved from their current node.',
    preemptionPolicy: 'PreemptLowerPriority',
  },
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'system-cluster-critical', generation: 1 },
    value: 2000000000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
    preemptionPolicy: 'PreemptLowerPriority',
  },
];

interface Established {
  readonly className: string;
  readonly value: number;
  readonly preemptionPolicy: string | undefined;
}

export class Priority implements AdmissionStep {
  readonly name = 'Priority';
  readonly #cache: ObjectCache;

  constructor(cache: ObjectCache) {
    this.#cache = cache;
  }

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    if (subresource !== '' || (operation !== 'CREATE' && operation !== 'UPDATE')) return false;
    return isPods(row) || is(row, 'scheduling.k8s.io', 'priorityclasses');
  }

  mutate(attributes: AdmissionAttributes, services: RegistryServices): void | Promise<void> {
    const pod = isPods(attributes.row) ? podOf(attributes.object) : undefined;
    if (pod === undefined) return;
    if (attributes.operation === 'UPDATE') return keepPriority(pod, podOf(attributes.old));
    const className = pod.spec.priorityClassName ?? '';
    if (className === '') return setPriority(attributes, pod, this.#default());
    const known =
      this.#cache.get(resources.priorityClasses, undefined, className) ??
      systemPriorityClasses.find(({ metadata }) => metadata.name === className);
    if (known !== undefined) return setPriority(attributes, pod, establishedBy(known));
    return services.get(resources.priorityClasses, undefined, className).then((found) => {
      if (found === undefined) throw refuse(attributes, `no PriorityClass with name ${className} was found`);
      setPriority(attributes, pod, establishedBy(found));
    });
  }

  validate(attributes: AdmissionAttributes): void {
    const { row, object, operation } = attributes;
    if (isPods(row) || (object as PriorityClassObject | undefined)?.globalDefault !== true) return;
    const other = this.#defaultClass()?.metadata.name;
    if (other === undefined || (operation === 'UPDATE' && other === object?.metadata.name)) return;
    throw refuse(attributes, `PriorityClass ${other} is already marked as default. Only one default can exist`);
  }

  /** Of several, which races can make, the one with the lowest value. */
  #defaultClass(): PriorityClassObject | undefined {
    let lowest: PriorityClassObject | undefined;
    for (const each of this.#cache.list(resources.priorityClasses) as Iterable<PriorityClassObject>) {
      if (each.globalDefault === true && (lowest === undefined || (each.value ?? 0) < (lowest.value ?? 0))) {
        lowest = each;
      }
    }
    return lowest;
  }

  #default(): Established {
    const found = this.#defaultClass();
    return found === undefined
      ? { className: '', value: 0, preemptionPolicy: 'PreemptLowerPriority' }
      : establishedBy(found);
  }
}

function establishedBy(found: KubeObject): Established {
  const { metadata, value, preemptionPolicy } = found as PriorityClassObject;
  return { className: metadata.name ?? '', value: value ?? 0, preemptionPolicy };
}

function setPriority(attributes: AdmissionAttributes, { spec }: PodObject, found: Established): void {
  const { className, value, preemptionPolicy } = found;
  if (className !== '') spec.priorityClassName = className;
  if (spec.priority !== undefined && spec.priority !== value) {
    throw refuse(
      attributes,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    );
  }
  spec.priority = value;
  if (preemptionPolicy === undefined) return;
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy) {
    throw refuse(
      attributes,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`,
    );
  }
  spec.preemptionPolicy = preemptionPolicy;
}

/** A client that does not know the fields sends none: they stay as they were. */
function keepPriority({ spec }: PodObject, old: PodObject | undefined): void {
  if (spec.priority === undefined && old?.spec.priority !== undefined) spec.priority = old.spec.priority;
  if (spec.preemptionPolicy === undefined && old?.spec.preemptionPolicy !== undefined) {
    spec.preemptionPolicy = old.spec.preemptionPolicy;
  }
}
