/** A cluster's state made of values, for tests of plugins and decisions. */
import type { LabelSelectorObject } from '../../../base/label-selector.ts';
import { SeededRandom } from '../../../base/random.ts';
import { ClusterState } from '../../../controllers/scheduler/cluster-state.ts';
import type { World } from '../../../controllers/scheduler/plugin.ts';
import { defaultPlugins } from '../../../controllers/scheduler/plugins/default-plugins.ts';
import { podInfoOf } from '../../../controllers/scheduler/pod-info.ts';
import { type Decision, schedulePod } from '../../../controllers/scheduler/schedule-pod.ts';
import type {
  V1Node,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1Pod,
  V1StorageClass,
} from '../../../generated/kubernetes.d.ts';

export interface WorldParts {
  readonly nodes: readonly V1Node[];
  readonly pods?: readonly V1Pod[];
  readonly namespaces?: Readonly<Record<string, Record<string, string>>>;
  readonly ownersSelectors?: readonly LabelSelectorObject[];
  readonly claims?: readonly V1PersistentVolumeClaim[];
  readonly volumes?: readonly V1PersistentVolume[];
  readonly storageClasses?: readonly V1StorageClass[];
}

export function worldOf(parts: WorldParts): World {
  const cluster = new ClusterState();
  for (const each of parts.nodes) cluster.setNode(each);
  for (const each of parts.pods ?? []) cluster.setPod(each);
  const named = <T extends { metadata?: { name?: string | undefined } | undefined }>(all: readonly T[] = []) =>
    new Map(all.map((each) => [each.metadata?.name, each]));
  const claims = named(parts.claims);
  const volumes = named(parts.volumes);
  const storageClasses = named(parts.storageClasses);
  return {
    cluster,
    namespaceLabels: (namespace) => parts.namespaces?.[namespace],
    ownersSelectors: () => parts.ownersSelectors ?? [],
    claim: (_namespace, name) => claims.get(name),
    volume: (name) => volumes.get(name),
    volumes: () => volumes.values(),
    storageClass: (name) => storageClasses.get(name),
  };
}

export function decide(world: World, what: V1Pod, seed = 'lot'): Decision {
  return schedulePod(podInfoOf(what), world, {
    plugins: defaultPlugins,
    random: new SeededRandom(seed),
    startAt: 0,
    nominatedOn: () => [],
  });
}

/** The node's name, or the message. */
export function outcome(world: World, what: V1Pod): string {
  const decision = decide(world, what);
  return decision.type === 'fits' ? decision.nodeName : decision.message;
}
