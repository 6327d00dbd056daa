/**
 * Which taints the pods of a namespace tolerate: its annotations, or the configuration of the cluster, add tolerations and
 * bound them. Pods that are not best effort tolerate memory pressure beside.
 */
import type { V1Toleration } from '../../generated/kubernetes.d.ts';
import type { ConfigNode } from '../auth/config-file.ts';
import type { ObjectCache } from '../auth/object-cache.ts';
import { equalValues } from '../machinery/copy-value.ts';
import type { KubeObject, RegistryServices, ResourceRow } from '../machinery/resource-row.ts';
import { notFound, plainError } from '../machinery/status.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { qosClassOf } from '../resources/core/qos.ts';
import { isPods, podOf, resources } from './pods.ts';

const DEFAULTS = 'scheduler.alpha.kubernetes.io/defaultTolerations';
const PERMITTED = 'scheduler.alpha.kubernetes.io/tolerationsWhitelist';

export interface TolerationLimits {
  /** Of pods in namespaces without the annotation. */
  readonly default: readonly V1Toleration[];
  /** What such pods may tolerate; empty: anything. */
  readonly whitelist: readonly V1Toleration[];
}

export const noTolerationLimits: TolerationLimits = { default: [], whitelist: [] };

/** Of podtolerationrestriction.admission.k8s.io/v1alpha1, kind Configuration. UsageError with file and field. */
export function readTolerationLimits(node: ConfigNode): TolerationLimits {
  node.only('apiVersion', 'kind', 'default', 'whitelist');
  return { default: readTolerations(node.field('default')), whitelist: readTolerations(node.field('whitelist')) };
}

function readTolerations(list: ConfigNode): V1Toleration[] {
  return list.items().map((item) => {
    item.only('key', 'operator', 'value', 'effect', 'tolerationSeconds');
    const toleration: V1Toleration = {};
    for (const name of ['key', 'operator', 'value', 'effect'] as const) {
      const text = item.field(name).optionalText();
      if (text !== undefined) toleration[name] = text as never;
    }
    const seconds = item.field('tolerationSeconds').optionalNumber();
    return seconds === undefined ? toleration : { ...toleration, tolerationSeconds: seconds };
  });
}

export class PodTolerationRestriction implements AdmissionStep {
  readonly name = 'PodTolerationRestriction';
  readonly #cache: ObjectCache;
  readonly #limits: TolerationLimits;

  constructor(cache: ObjectCache, limits: TolerationLimits) {
    this.#cache = cache;
    this.#limits = limits;
  }

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    return (operation === 'CREATE' || operation === 'UPDATE') && subresource === '' && isPods(row);
  }

  async mutate(attributes: AdmissionAttributes, services: RegistryServices): Promise<void> {
    const spec = podOf(attributes.object)?.spec;
    if (spec === undefined) return;
    const more: V1Toleration[] = [];
    if (attributes.operation === 'CREATE') {
      const namespace = await this.#namespace(attributes.namespace, services);
      more.push(...(annotated(namespace, DEFAULTS) ?? this.#limits.default));
    }
    if (qosClassOf(spec) !== 'BestEffort') {
      more.push({ key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' });
    }
    if (more.length > 0) spec.tolerations = mergeTolerations([...(spec.tolerations ?? []), ...more]);
  }

  async validate(attributes: AdmissionAttributes, services: RegistryServices): Promise<void> {
    const tolerations = podOf(attributes.object)?.spec.tolerations ?? [];
    if (tolerations.length === 0) return;
    const own = annotated(await this.#namespace(attributes.namespace, services), PERMITTED);
    const permitted = own ?? this.#limits.whitelist;
    if (permitted.length === 0) return;
    if (tolerations.every((each) => permitted.some((wide) => includes(wide, each)))) return;
    const scope = own === undefined ? 'cluster' : 'namespace';
    throw plainError(
      `pod tolerations (possibly merged with namespace default tolerations) conflict with its ${scope} whitelist`,
    );
  }

  async #namespace(name: string, services: RegistryServices): Promise<KubeObject> {
    const found =
      this.#cache.get(resources.namespaces, undefined, name) ??
      (await services.get(resources.namespaces, undefined, name));
    if (found === undefined) throw notFound(resources.namespaces, name);
    return found;
  }
}

/** Undefined without the annotation; an empty one means none. */
function annotated({ metadata }: KubeObject, key: string): readonly V1Toleration[] | undefined {
  const text = metadata.annotations?.[key];
  if (text === undefined) return undefined;
  if (text === '') return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw plainError(thrown instanceof Error ? thrown.message : String(thrown));
  }
  if (!Array.isArray(value) || value.some((each) => typeof each !== 'object' || each === null)) {
    throw plainError(`the annotation ${key} is no list of tolerations`);
  }
  return value as V1Toleration[];
}

/** Without those that another one includes; of equal ones the first. */
export function mergeTolerations(all: readonly V1Toleration[]): V1Toleration[] {
  const merged: V1Toleration[] = [];
  all.forEach((each, index) => {
    const later = all.slice(index + 1).some((other) => !equalValues(each, other) && includes(other, each));
    if (!later && !merged.some((other) => includes(other, each))) merged.push(each);
  });
  return merged;
}

/** Whether `wide` tolerates all that `narrow` does. */
function includes(wide: V1Toleration, narrow: V1Toleration): boolean {
  if (equalValues(wide, narrow)) return true;
  const { key = '', operator = '', effect = '', value = '', tolerationSeconds: most } = wide;
  const anyKey = key === '' && operator === 'Exists';
  if (!anyKey && (narrow.key ?? '') !== key) return false;
  if (effect !== '' && (narrow.effect ?? '') !== effect) return false;
  if (effect === 'NoExecute' && most !== undefined) {
    if (narrow.tolerationSeconds === undefined || narrow.tolerationSeconds > most) return false;
  }
  if (operator === 'Exists') return true;
  return (operator === 'Equal' || operator === '') && narrow.operator === 'Equal' && (narrow.value ?? '') === value;
}
