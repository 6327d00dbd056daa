/** A pod of a runtime class gets the class's overhead, node selector and tolerations. */
import { quantityOf } from '../../base/quantity.ts';
import type { V1RuntimeClass, V1Toleration } from '../../generated/kubernetes.d.ts';
import type { ObjectCache } from '../auth/object-cache.ts';
import { equalValues } from '../machinery/copy-value.ts';
import type { RegistryServices, ResourceRow } from '../machinery/resource-row.ts';
import { quoted } from '../machinery/status.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { isPods, type PodObject, podOf, resources } from './pods.ts';
import { refuse } from './refusal.ts';

type Amounts = Readonly<Record<string, string>> | undefined;

export class RuntimeClass implements AdmissionStep {
  readonly name = 'RuntimeClass';
  readonly #cache: ObjectCache;

  constructor(cache: ObjectCache) {
    this.#cache = cache;
  }

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    return operation === 'CREATE' && subresource === '' && isPods(row);
  }

  mutate(attributes: AdmissionAttributes, services: RegistryServices): void | Promise<void> {
    const pod = podOf(attributes.object);
    if (pod?.spec.runtimeClassName === undefined) return;
    return this.#classOf(attributes, pod, services).then((found) => {
      if (found === undefined) return;
      setOverhead(attributes, pod, found);
      setScheduling(attributes, pod, found);
    });
  }

  validate(attributes: AdmissionAttributes, services: RegistryServices): void | Promise<void> {
    const pod = podOf(attributes.object);
    if (pod === undefined) return;
    if (pod.spec.runtimeClassName === undefined) return judgeOverhead(attributes, pod, undefined);
    return this.#classOf(attributes, pod, services).then((found) => judgeOverhead(attributes, pod, found));
  }

  async #classOf(
    attributes: AdmissionAttributes,
    pod: PodObject,
    services: RegistryServices,
  ): Promise<V1RuntimeClass | undefined> {
    const name = pod.spec.runtimeClassName;
    if (name === undefined) return undefined;
    const found =
      this.#cache.get(resources.runtimeClasses, undefined, name) ??
      (await services.get(resources.runtimeClasses, undefined, name));
    if (found === undefined) throw refuse(attributes, `pod rejected: RuntimeClass ${quoted(name)} not found`);
    return found as unknown as V1RuntimeClass;
  }
}

function setOverhead(attributes: AdmissionAttributes, { spec }: PodObject, found: V1RuntimeClass): void {
  if (found.overhead === undefined) return;
  const fixed = found.overhead.podFixed;
  if (Object.keys(spec.overhead ?? {}).length > 0 && !sameAmounts(fixed, spec.overhead)) {
    throw refuse(attributes, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
  }
  if (fixed === undefined) delete spec.overhead;
  else spec.overhead = { ...fixed };
}

function judgeOverhead(attributes: AdmissionAttributes, { spec }: PodObject, found: V1RuntimeClass | undefined): void {
  if (found?.overhead !== undefined) {
    if (sameAmounts(found.overhead.podFixed, spec.overhead)) return;
    throw refuse(attributes, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
  }
  if (spec.overhead === undefined) return;
  throw refuse(attributes, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
}

function setScheduling(attributes: AdmissionAttributes, { spec }: PodObject, found: V1RuntimeClass): void {
  if (found.scheduling === undefined) return;
  const own = spec.nodeSelector ?? {};
  for (const [key, value] of Object.entries(found.scheduling.nodeSelector ?? {})) {
    const present = own[key];
    if (present !== undefined && present !== value) {
      throw refuse(
        attributes,
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${present}`,
      );
    }
    own[key] = value;
  }
  if (Object.keys(own).length > 0) spec.nodeSelector = own;
  const tolerations = mergeTolerations(spec.tolerations ?? [], found.scheduling.tolerations ?? []);
  if (tolerations.length > 0) spec.tolerations = tolerations;
}

/** Both lists without those that another one covers. */
function mergeTolerations(first: readonly V1Toleration[], second: readonly V1Toleration[]): V1Toleration[] {
  const all = [...first, ...second];
  return all.filter(
    (each, at) =>
      !all.some((other, position) => position !== at && covers(other, each) && !(position > at && covers(each, other))),
  );
}

/** Whether `wide` tolerates everything that `narrow` does. */
function covers(wide: V1Toleration, narrow: V1Toleration): boolean {
  if (equalValues(wide, narrow)) return true;
  const { key = '', effect = '', operator = 'Equal', tolerationSeconds } = wide;
  if (key !== (narrow.key ?? '') && !(key === '' && operator === 'Exists')) return false;
  if (effect !== '' && effect !== (narrow.effect ?? '')) return false;
  if (effect === 'NoExecute' && tolerationSeconds !== undefined) {
    if (narrow.tolerationSeconds === undefined || tolerationSeconds < narrow.tolerationSeconds) return false;
  }
  if (operator === 'Exists') return true;
  return (narrow.operator ?? 'Equal') === 'Equal' && (wide.value ?? '') === (narrow.value ?? '');
}

function sameAmounts(a: Amounts, b: Amounts): boolean {
  const [left, right] = [Object.entries(a ?? {}), b ?? {}];
  return (
    left.length === Object.keys(right).length &&
    left.every(
      ([name, amount]) => right[name] !== undefined && quantityOf(amount).compare(quantityOf(right[name])) === 0,
    )
  );
}
