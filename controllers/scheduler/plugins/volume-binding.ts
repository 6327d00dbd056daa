/**
 * A pod's claims must be bound to volumes that its node can reach; or, when their storage class waits for the first
 * consumer, must be bindable once the node is known (k8s.io/kubernetes/pkg/scheduler/framework/plugins/volumebinding).
 */
import type { V1Node, V1PersistentVolume, V1PersistentVolumeClaim, V1Pod } from '../../../generated/kubernetes.d.ts';
import { isBeingDeleted, nameOf } from '../../runtime/metadata.ts';
import { termMatches } from '../node-affinity.ts';
import { PASS, type Plugin, type Preparation, type Rejection, type World } from '../plugin.ts';

const NAME = 'VolumeBinding';

export interface PodClaims {
  /** Bound already. */
  readonly bound: readonly V1PersistentVolumeClaim[];
  /** To be bound once the node is known. */
  readonly waiting: readonly V1PersistentVolumeClaim[];
}

/** The names of the claims that a pod uses; an ephemeral volume's claim is named after the pod and the volume. */
export function claimNames(pod: V1Pod): readonly string[] {
  const names: string[] = [];
  for (const { name, persistentVolumeClaim, ephemeral } of pod.spec?.volumes ?? []) {
    if (persistentVolumeClaim !== undefined) names.push(persistentVolumeClaim.claimName);
    else if (ephemeral !== undefined) names.push(`${nameOf(pod)}-${name}`);
  }
  return names;
}

/** The pod's claims; or why no node will do. */
export function podClaims(pod: V1Pod, namespace: string, world: World): PodClaims | string {
  const bound: V1PersistentVolumeClaim[] = [];
  const waiting: V1PersistentVolumeClaim[] = [];
  let unboundImmediate = false;
  for (const name of claimNames(pod)) {
    const claim = world.claim(namespace, name);
    if (claim === undefined) return `persistentvolumeclaim "${name}" not found`;
    if (claim.status?.phase === 'Lost') {
      return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName ?? ''}"`;
    }
    if (isBeingDeleted(claim)) return `persistentvolumeclaim "${name}" is being deleted`;
    if (isBound(claim)) bound.push(claim);
    else if (waitsForConsumer(claim, world)) waiting.push(claim);
    else unboundImmediate = true;
  }
  return unboundImmediate ? 'pod has unbound immediate PersistentVolumeClaims' : { bound, waiting };
}

export const volumeBinding: Plugin = {
  name: NAME,
  helpedBy: ['claims', 'node-added', 'node-labels'],
  prepare({ pod, namespace }, world): Preparation {
    if (claimNames(pod).length === 0) return PASS;
    const claims = podClaims(pod, namespace, world);
    if (typeof claims === 'string') return { type: 'reject', rejection: rejection(claims) };
    return {
      type: 'filter',
      filter: ({ node }) => (node === undefined ? undefined : conflictOn(node, claims, world)),
    };
  },
};

function conflictOn(node: V1Node, { bound, waiting }: PodClaims, world: World): Rejection | undefined {
  for (const claim of bound) {
    const volume = world.volume(claim.spec?.volumeName ?? '');
    if (volume === undefined) {
      return rejection('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)');
    }
    if (!isReachable(volume, node)) return rejection("node(s) didn't match PersistentVolume's node affinity");
  }
  for (const claim of waiting) {
    const storageClass = world.storageClass(claim.spec?.storageClassName ?? '');
    if (storageClass?.provisioner !== 'kubernetes.io/no-provisioner') {
      const topologies = storageClass?.allowedTopologies ?? [];
      const fits = topologies.some(({ matchLabelExpressions }) =>
        (matchLabelExpressions ?? []).every(({ key, values }) => values.includes(node.metadata?.labels?.[key] ?? '')),
      );
      if (topologies.length === 0 || fits) continue;
    }
    if (!hasVolumeFor(claim, node, world)) return rejection("node(s) didn't find available persistent volumes to bind");
  }
  return undefined;
}

function hasVolumeFor(claim: V1PersistentVolumeClaim, node: V1Node, world: World): boolean {
  for (const volume of world.volumes()) {
    if (volume.status?.phase !== 'Available') continue;
    if ((volume.spec?.storageClassName ?? '') !== (claim.spec?.storageClassName ?? '')) continue;
    if (isReachable(volume, node)) return true;
  }
  return false;
}

export function isReachable(volume: V1PersistentVolume, node: V1Node): boolean {
  const terms = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms;
  return terms === undefined || terms.some((term) => termMatches(term, node));
}

function isBound(claim: V1PersistentVolumeClaim): boolean {
  const completed = claim.metadata?.annotations?.['pv.kubernetes.io/bind-completed'] !== undefined;
  return (claim.spec?.volumeName ?? '') !== '' && (completed || claim.status?.phase === 'Bound');
}

function waitsForConsumer(claim: V1PersistentVolumeClaim, world: World): boolean {
  const storageClass = world.storageClass(claim.spec?.storageClassName ?? '');
  return storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
}

function rejection(reason: string): Rejection {
  return { plugin: NAME, reasons: [reason], preemptible: false };
}
