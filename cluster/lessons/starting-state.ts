/**
 * What there was before a lesson, so that everything can be put back: faults are healed, objects of the default namespace
 * that the learner made are deleted, and nodes get back their labels, taints and `unschedulable`.
 */
import { deepEqual } from '../../base/deep-equal.ts';
import { type ApiObject, type Client, isNotFound, type ResourceRef } from '../../controllers/runtime/client.ts';
import {
  configMaps,
  cronJobs,
  daemonSets,
  deployments,
  faults,
  jobs,
  nodes,
  pods,
  secrets,
  services,
  statefulSets,
} from '../../controllers/runtime/resources.ts';
import type { V1Node } from '../../generated/kubernetes.d.ts';

/** In the order in which they are deleted: faults first, since others may need what they broke; pods last. */
const DELETED: readonly ResourceRef[] = [
  faults,
  deployments,
  statefulSets,
  daemonSets,
  cronJobs,
  jobs,
  services,
  configMaps,
  secrets,
  pods,
];

export class StartingState {
  readonly #client: Client;
  readonly #uids: ReadonlySet<string>;
  readonly #nodes: readonly V1Node[];

  private constructor(client: Client, uids: ReadonlySet<string>, found: readonly V1Node[]) {
    this.#client = client;
    this.#uids = uids;
    this.#nodes = found;
  }

  static async of(client: Client): Promise<StartingState> {
    const lists = await Promise.all(DELETED.map((ref) => listOf(client, ref)));
    const uids = lists.flat().map((object) => object.metadata?.uid ?? '');
    return new StartingState(client, new Set(uids), (await client.list<V1Node>(nodes)).items);
  }

  async restore(): Promise<void> {
    for (const ref of DELETED) {
      const made = (await listOf(this.#client, ref)).filter(({ metadata }) => !this.#uids.has(metadata?.uid ?? ''));
      await Promise.all(made.map((object) => this.#remove(ref, object)));
    }
    for (const before of this.#nodes) await this.#restoreNode(before);
  }

  async #remove(ref: ResourceRef, { metadata }: ApiObject): Promise<void> {
    try {
      await this.#client.delete(ref, metadata?.name ?? '', metadata?.namespace, {
        gracePeriodSeconds: 0,
        propagationPolicy: 'Background',
      });
    } catch (thrown) {
      if (!isNotFound(thrown)) throw thrown;
    }
  }

  async #restoreNode(before: V1Node): Promise<void> {
    const name = before.metadata?.name ?? '';
    const now = await this.#client.get<V1Node>(nodes, name);
    // Taints of node.kubernetes.io are the node controllers' own affair.
    const ownTaints = ({ spec }: V1Node) =>
      (spec?.taints ?? []).filter(({ key }) => !key.startsWith('node.kubernetes.io/'));
    const foreign = (now.spec?.taints ?? []).filter(
      ({ key }) => key.startsWith('node.kubernetes.io/') && key !== 'node.kubernetes.io/unschedulable',
    );
    if (
      deepEqual(before.metadata?.labels, now.metadata?.labels) &&
      deepEqual(ownTaints(before), ownTaints(now)) &&
      before.spec?.unschedulable === now.spec?.unschedulable
    ) {
      return;
    }
    const added = Object.keys(now.metadata?.labels ?? {}).filter(
      (label) => before.metadata?.labels?.[label] === undefined,
    );
    const taints = [...ownTaints(before), ...foreign];
    await this.#client.patch<V1Node>(nodes, name, undefined, 'merge', {
      metadata: { labels: { ...Object.fromEntries(added.map((label) => [label, null])), ...before.metadata?.labels } },
      spec: { unschedulable: before.spec?.unschedulable ?? null, taints: taints.length === 0 ? null : taints },
    });
  }
}

async function listOf(client: Client, ref: ResourceRef): Promise<readonly ApiObject[]> {
  return (await client.list<ApiObject>(ref, ref.namespaced ? { namespace: 'default' } : {})).items;
}
