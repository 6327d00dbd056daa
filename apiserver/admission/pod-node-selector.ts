/**
 * Pods of a namespace go to the nodes that its annotation, or the cluster's default, selects, and no others. The file may
 * bound what a namespace can ask for at all.
 */
import type { ConfigNode } from '../auth/config-file.ts';
import type { ObjectCache } from '../auth/object-cache.ts';
import { labelValueComplaints, qualifiedNameComplaints } from '../machinery/name-formats.ts';
import type { KubeObject, RegistryServices, ResourceRow } from '../machinery/resource-row.ts';
import { forbidden, notFound, plainError } from '../machinery/status.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { isPods, podOf, resources } from './pods.ts';

const ANNOTATION = 'scheduler.alpha.kubernetes.io/node-selector';
const CLUSTER_DEFAULT = 'clusterDefaultNodeSelector';

/** Selectors by namespace: the labels that its pods may select; and the default of those without the annotation. */
export type NodeSelectors = Readonly<Record<string, string>>;

/** `podNodeSelectorPluginConfig`, a mapping without a version. UsageError with file and field. */
export function readNodeSelectors(node: ConfigNode): NodeSelectors {
  node.only('podNodeSelectorPluginConfig');
  const config = node.field('podNodeSelectorPluginConfig');
  return Object.fromEntries(
    config.names().map((name) => {
      const text = config.field(name).text();
      const labels = labelsOf(text);
      return [name, typeof labels === 'string' ? config.field(name).fail(labels) : text];
    }),
  );
}

export class PodNodeSelector implements AdmissionStep {
  readonly name = 'PodNodeSelector';
  readonly #cache: ObjectCache;
  readonly #selectors: NodeSelectors;

  constructor(cache: ObjectCache, selectors: NodeSelectors) {
    this.#cache = cache;
    this.#selectors = selectors;
  }

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    return operation === 'CREATE' && subresource === '' && isPods(row);
  }

  async mutate(attributes: AdmissionAttributes, services: RegistryServices): Promise<void> {
    const pod = podOf(attributes.object);
    if (pod === undefined) return;
    const wanted = await this.#selectorOf(attributes.namespace, services);
    judgeConflict(attributes, pod, wanted);
    const merged = { ...wanted, ...pod.spec.nodeSelector };
    if (Object.keys(merged).length > 0) pod.spec.nodeSelector = merged;
  }

  async validate(attributes: AdmissionAttributes, services: RegistryServices): Promise<void> {
    const pod = podOf(attributes.object);
    if (pod === undefined) return;
    judgeConflict(attributes, pod, await this.#selectorOf(attributes.namespace, services));
    const permitted = mustParse(
      Object.hasOwn(this.#selectors, attributes.namespace) ? this.#selectors[attributes.namespace] : '',
    );
    if (Object.keys(permitted).length === 0) return;
    const outside = Object.entries(pod.spec.nodeSelector ?? {}).some(([key, value]) => permitted[key] !== value);
    if (!outside) return;
    throw forbidden(
      attributes.row,
      pod.metadata.name ?? '',
      'pod node label selector labels conflict with its namespace whitelist',
    );
  }

  async #selectorOf(name: string, services: RegistryServices): Promise<Labels> {
    const namespace =
      this.#cache.get(resources.namespaces, undefined, name) ??
      (await services.get(resources.namespaces, undefined, name));
    if (namespace === undefined) throw notFound(resources.namespaces, name);
    return mustParse(namespace.metadata.annotations?.[ANNOTATION] ?? this.#selectors[CLUSTER_DEFAULT]);
  }
}

type Labels = Readonly<Record<string, string>>;

function judgeConflict({ row }: AdmissionAttributes, pod: KubeObject, wanted: Labels): void {
  const selector = podOf(pod)?.spec.nodeSelector ?? {};
  const conflicts = Object.entries(selector).some(([key, value]) => (wanted[key] ?? value) !== value);
  if (!conflicts) return;
  const why = 'pod node label selector conflicts with its namespace node label selector';
  throw forbidden(row, pod.metadata.name ?? '', why);
}

function mustParse(text = ''): Labels {
  const labels = labelsOf(text);
  if (typeof labels === 'string') throw plainError(labels);
  return labels;
}

/** `a=b,c=d`; or what is wrong with it. */
function labelsOf(text: string): Labels | string {
  const labels: Record<string, string> = {};
  if (text === '') return labels;
  for (const part of text.split(',')) {
    const [key = '', value, ...more] = part.split('=').map((each) => each.trim());
    if (value === undefined || more.length > 0) return `invalid selector: ${text}`;
    const complaint = qualifiedNameComplaints(key)[0] ?? labelValueComplaints(value)[0];
    if (complaint !== undefined) return complaint;
    labels[key] = value;
  }
  return labels;
}
