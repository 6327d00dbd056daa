/**
 * What belongs to whose node: the pods of every node with what they name, and the volumes behind their claims. A node may
 * read what the pods bound to it need, found by looking at those pods (a hundred or so), never at everybody's.
 *
 * Invariant: a pod is in the index exactly while it is bound to a node. A mirror pod gives its node nothing: a node
 * must not get rights by reporting a pod.
 */
import type { V1PersistentVolume, V1Pod } from '../../../generated/kubernetes.d.ts';
import type { GroupResource, KubeObject } from '../../machinery/resource-row.ts';
import type { ObjectCache, ObjectListener } from '../object-cache.ts';
import { type PodReferences, podReferences } from './pod-references.ts';

interface BoundPod {
  readonly node: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly references: PodReferences | undefined;
}

/** A volume that is bound to a claim, and the secrets that a node needs to mount it. */
interface BoundVolume {
  readonly claim: string;
  /** `namespace/name` */
  readonly secrets: readonly string[];
}

type Named = Exclude<keyof PodReferences, 'serviceAccount'>;

const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

export class NodeIndex {
  readonly #pods = new Map<string, BoundPod>();
  readonly #podsOfNode = new Map<string, Set<BoundPod>>();
  readonly #volumes = new Map<string, BoundVolume>();
  /** By `namespace/name` of the claim. */
  readonly #volumesOfClaim = new Map<string, Set<BoundVolume>>();
  readonly #nodeOfAttachment = new Map<string, string>();
  readonly #nodeOfSlice = new Map<string, string>();

  /** Follows pods, volumes, attachments and slices until the answer is called. */
  follow(cache: ObjectCache): () => void {
    const stops = [
      cache.follow(resource('', 'pods'), {
        put: (pod) => this.putPod(pod),
        remove: ({ metadata }) => this.removePod(metadata.namespace ?? '', metadata.name ?? ''),
      }),
      cache.follow(resource('', 'persistentvolumes'), {
        put: (volume) => this.putVolume(volume),
        remove: ({ metadata }) => this.removeVolume(metadata.name ?? ''),
      }),
      cache.follow(resource('storage.k8s.io', 'volumeattachments'), nodeNamesInto(this.#nodeOfAttachment)),
      cache.follow(resource('resource.k8s.io', 'resourceslices'), nodeNamesInto(this.#nodeOfSlice)),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  putPod(object: KubeObject): void {
    const pod = object as unknown as V1Pod;
    const { namespace = '', name = '', uid = '' } = object.metadata;
    const node = pod.spec?.nodeName ?? '';
    const known = this.#pods.get(`${namespace}/${name}`);
    // A bound pod's references are fixed, but for debugging containers and claims made for it.
    if (known !== undefined && known.node === node && known.uid === uid && !mayHaveGrown(pod)) return;
    this.removePod(namespace, name);
    if (node === '') return;
    const mirror = object.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined;
    const bound: BoundPod = { node, namespace, name, uid, references: mirror ? undefined : podReferences(pod) };
    this.#pods.set(`${namespace}/${name}`, bound);
    const pods = this.#podsOfNode.get(node) ?? new Set();
    this.#podsOfNode.set(node, pods.add(bound));
  }

  removePod(namespace: string, name: string): void {
    const bound = this.#pods.get(`${namespace}/${name}`);
    if (bound === undefined) return;
    this.#pods.delete(`${namespace}/${name}`);
    const pods = this.#podsOfNode.get(bound.node);
    pods?.delete(bound);
    if (pods?.size === 0) this.#podsOfNode.delete(bound.node);
  }

  putVolume(object: KubeObject): void {
    const name = object.metadata.name ?? '';
    this.removeVolume(name);
    const { spec } = object as unknown as V1PersistentVolume;
    const claimRef = spec?.claimRef;
    if (spec === undefined || claimRef === undefined) return;
    const claim = `${claimRef.namespace ?? ''}/${claimRef.name ?? ''}`;
    const volume: BoundVolume = { claim, secrets: volumeSecrets(spec, claimRef.namespace ?? '') };
    this.#volumes.set(name, volume);
    const volumes = this.#volumesOfClaim.get(claim) ?? new Set();
    this.#volumesOfClaim.set(claim, volumes.add(volume));
  }

  removeVolume(name: string): void {
    const volume = this.#volumes.get(name);
    if (volume === undefined) return;
    this.#volumes.delete(name);
    const volumes = this.#volumesOfClaim.get(volume.claim);
    volumes?.delete(volume);
    if (volumes?.size === 0) this.#volumesOfClaim.delete(volume.claim);
  }

  hasPod(node: string, namespace: string, name: string): boolean {
    return this.#pods.get(`${namespace}/${name}`)?.node === node;
  }

  /** Whether a pod on the node names the object. */
  names(node: string, kind: Named, namespace: string, name: string): boolean {
    for (const pod of this.#podsOfNode.get(node) ?? []) {
      if (pod.namespace === namespace && pod.references?.[kind].has(name) === true) return true;
    }
    return false;
  }

  runsAs(node: string, namespace: string, account: string): boolean {
    for (const pod of this.#podsOfNode.get(node) ?? []) {
      if (pod.namespace === namespace && pod.references?.serviceAccount === account) return true;
    }
    return false;
  }

  /** Whether the volume is bound to a claim that a pod on the node uses. */
  mountsVolume(node: string, name: string): boolean {
    const claim = this.#volumes.get(name)?.claim;
    if (claim === undefined) return false;
    const slash = claim.indexOf('/');
    return this.names(node, 'claims', claim.slice(0, slash), claim.slice(slash + 1));
  }

  /** Whether a pod on the node names the secret, or a volume behind one of its claims does. */
  needsSecret(node: string, namespace: string, name: string): boolean {
    if (this.names(node, 'secrets', namespace, name)) return true;
    const wanted = `${namespace}/${name}`;
    for (const pod of this.#podsOfNode.get(node) ?? []) {
      for (const claim of pod.references?.claims ?? []) {
        for (const { secrets } of this.#volumesOfClaim.get(`${pod.namespace}/${claim}`) ?? []) {
          if (secrets.includes(wanted)) return true;
        }
      }
    }
    return false;
  }

  isAttachedTo(node: string, attachment: string): boolean {
    return node !== '' && this.#nodeOfAttachment.get(attachment) === node;
  }

  /** Whether the slice tells of the node's devices. */
  publishes(node: string, slice: string): boolean {
    return node !== '' && this.#nodeOfSlice.get(slice) === node;
  }
}

/** Keeps which node each object names in its spec. */
function nodeNamesInto(nodes: Map<string, string>): ObjectListener {
  return {
    put: ({ metadata, spec }) => {
      nodes.set(metadata.name ?? '', (spec as { nodeName?: string } | undefined)?.nodeName ?? '');
    },
    remove: ({ metadata }) => void nodes.delete(metadata.name ?? ''),
  };
}

function resource(group: string, name: string): GroupResource {
  return { group, resource: name };
}

function mayHaveGrown({ spec, status }: V1Pod): boolean {
  return (
    (spec?.ephemeralContainers ?? []).length > 0 ||
    status?.resourceClaimStatuses !== undefined ||
    status?.extendedResourceClaimStatus !== undefined
  );
}

/** Those that a kubelet must see; what only the control plane uses is left out. */
function volumeSecrets(spec: NonNullable<V1PersistentVolume['spec']>, claimNamespace: string): string[] {
  const { azureFile, cephfs, flexVolume, rbd, scaleIO, iscsi, storageos, csi } = spec;
  const refs = [cephfs, flexVolume, rbd, scaleIO, iscsi, storageos].map((source) => source?.secretRef);
  const found = [...refs, csi?.nodePublishSecretRef, csi?.nodeStageSecretRef, csi?.nodeExpandSecretRef].flatMap(
    (ref) => (ref?.name === undefined || ref.name === '' ? [] : [`${ref.namespace || claimNamespace}/${ref.name}`]),
  );
  if (azureFile !== undefined) found.push(`${azureFile.secretNamespace || claimNamespace}/${azureFile.secretName}`);
  return found;
}
