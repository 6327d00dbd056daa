/**
 * A kubelet changes its own node, its own pods and what belongs to them, and nothing by which it could draw others' work
 * or rights to itself. Together with the Node authorizer this keeps a node that was broken into from the rest.
 */
import type { V1PersistentVolumeSpec, V1Volume } from '../../generated/kubernetes.d.ts';
import { apiReferenceOf } from '../auth/node/pod-references.ts';
import type { ObjectCache } from '../auth/object-cache.ts';
import { nodeOf } from '../auth/users.ts';
import type { KubeObject, RegistryServices } from '../machinery/resource-row.ts';
import { aggregateTexts, notFound, quoted } from '../machinery/status.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep, Authorizer } from '../machinery/steps.ts';
import {
  judgeCertificateRequest,
  judgeClaim,
  judgeCsiNode,
  judgeLease,
  judgeNode,
  judgePodStatus,
  judgeSlice,
} from './node-restriction-rules.ts';
import { is, isMirrorPod, isPods, type PodObject, podOf, resources } from './pods.ts';
import { refuse } from './refusal.ts';
import { CERTIFICATES_GROUP } from './signers.ts';

const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

interface TokenRequestObject extends KubeObject {
  spec?: {
    audiences?: string[] | null;
    boundObjectRef?: { apiVersion?: string; kind?: string; name?: string; uid?: string } | null;
  };
}

/** What an answer would need and is not there, in the words of a lister. */
interface Missing {
  readonly missing: string;
}

/** CSI drivers that took over kinds of volumes that were once built in. */
const MIGRATED_DRIVERS = {
  gcePersistentDisk: 'pd.csi.storage.gke.io',
  awsElasticBlockStore: 'ebs.csi.aws.com',
  cinder: 'cinder.csi.openstack.org',
  azureDisk: 'disk.csi.azure.com',
  azureFile: 'file.csi.azure.com',
  vsphereVolume: 'csi.vsphere.vmware.com',
  portworxVolume: 'pxd.portworx.com',
} as const;

function migratedDriver(source: { readonly [Kind in keyof typeof MIGRATED_DRIVERS]?: unknown }): string | undefined {
  for (const [kind, driver] of Object.entries(MIGRATED_DRIVERS)) {
    if (source[kind as keyof typeof MIGRATED_DRIVERS] !== undefined) return driver;
  }
  return undefined;
}

export class NodeRestriction implements AdmissionStep {
  readonly name = 'NodeRestriction';
  readonly #cache: ObjectCache;
  readonly #authorizer: Authorizer;

  constructor(cache: ObjectCache, authorizer: Authorizer) {
    this.#cache = cache;
    this.#authorizer = authorizer;
  }

  handles(operation: AdmissionOperation): boolean {
    return operation !== 'CONNECT';
  }

  /** A check, though upstream runs it among what changes objects: nothing after it should see what it refuses. */
  mutate(attributes: AdmissionAttributes, services: RegistryServices): void | Promise<void> {
    const node = nodeOf(attributes.user);
    if (node === undefined) return;
    if (node === '') throw refuse(attributes, `could not determine node from user ${quoted(attributes.user.name)}`);
    return this.#judge(node, attributes, services);
  }

  async #judge(node: string, attributes: AdmissionAttributes, services: RegistryServices): Promise<void> {
    const { row, subresource } = attributes;
    if (isPods(row)) return this.#judgePods(node, attributes, services);
    if (is(row, '', 'nodes')) return judgeNode(node, attributes);
    if (is(row, '', 'persistentvolumeclaims')) return judgeClaim(node, attributes);
    if (is(row, '', 'serviceaccounts')) {
      return subresource === 'token' ? this.#judgeToken(node, attributes, services) : undefined;
    }
    if (is(row, 'coordination.k8s.io', 'leases')) return judgeLease(node, attributes);
    if (is(row, 'storage.k8s.io', 'csinodes')) return judgeCsiNode(node, attributes);
    if (is(row, 'resource.k8s.io', 'resourceslices')) return judgeSlice(node, attributes);
    if (is(row, CERTIFICATES_GROUP, 'certificatesigningrequests')) return judgeCertificateRequest(node, attributes);
  }

  async #judgePods(node: string, attributes: AdmissionAttributes, services: RegistryServices): Promise<void> {
    const { operation, subresource } = attributes;
    if (subresource === 'status') return judgePodStatus(node, attributes);
    if (subresource === 'eviction') {
      if (operation !== 'CREATE') throw refuse(attributes, `unexpected operation ${operation}`);
      const pod = await this.#pod(attributes, attributes.name, services);
      if (pod.spec.nodeName === node) return;
      throw refuse(attributes, `node ${node} can only evict pods with spec.nodeName set to itself`);
    }
    if (subresource !== '') {
      const only = "only 'status' and 'eviction' are allowed";
      throw refuse(attributes, `unexpected pod subresource ${quoted(subresource)}, ${only}`);
    }
    if (operation === 'DELETE') {
      const pod = podOf(attributes.old) ?? (await this.#pod(attributes, attributes.name, services));
      if (pod.spec.nodeName === node) return;
      throw refuse(attributes, `node ${quoted(node)} can only delete pods with spec.nodeName set to itself`);
    }
    if (operation !== 'CREATE') {
      const only = `node ${quoted(node)} can only create and delete mirror pods`;
      throw refuse(attributes, `unexpected operation ${quoted(operation)}, ${only}`);
    }
    await this.#judgeMirrorPod(node, attributes, services);
  }

  async #judgeMirrorPod(node: string, attributes: AdmissionAttributes, services: RegistryServices): Promise<void> {
    const pod = podOf(attributes.object);
    const who = `node ${quoted(node)}`;
    if (pod === undefined || !isMirrorPod(pod)) {
      throw refuse(
        attributes,
        `pod does not have ${quoted(MIRROR_ANNOTATION)} annotation, ${who} can only create mirror pods`,
      );
    }
    if (pod.spec.nodeName !== node) {
      throw refuse(attributes, `${who} can only create pods with spec.nodeName set to itself`);
    }
    const owners = pod.metadata.ownerReferences ?? [];
    const [owner] = owners;
    if (owners.length > 1) {
      throw refuse(attributes, `${who} can only create pods with a single owner reference set to itself`);
    }
    if (owner === undefined || owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node) {
      throw refuse(attributes, `${who} can only create pods with an owner reference set to itself`);
    }
    if (owner.controller !== true) {
      throw refuse(attributes, `${who} can only create pods with a controller owner reference set to itself`);
    }
    if (owner.blockOwnerDeletion === true) {
      throw refuse(attributes, `${who} must not set blockOwnerDeletion on an owner reference`);
    }
    const own =
      this.#cache.get(resources.nodes, undefined, node) ?? (await services.get(resources.nodes, undefined, node));
    if (own === undefined) throw notFound({ group: '', resource: 'node' }, node);
    if (own.metadata.uid !== owner.uid) {
      throw refuse(attributes, `node ${node} UID mismatch: expected ${owner.uid} got ${own.metadata.uid}`);
    }
    const reference = apiReferenceOf(pod.spec);
    if (reference !== undefined) throw refuse(attributes, `${who} can not create pods that reference ${reference}`);
  }

  /** A node gets tokens for pods that run on it, bound to them, and only for audiences that they mount. */
  async #judgeToken(node: string, attributes: AdmissionAttributes, services: RegistryServices): Promise<void> {
    if (attributes.operation !== 'CREATE') return;
    const { audiences: named, boundObjectRef } = (attributes.object as TokenRequestObject | undefined)?.spec ?? {};
    const audiences = named ?? [];
    const ref = boundObjectRef ?? undefined;
    if (ref === undefined || ref.apiVersion !== 'v1' || ref.kind !== 'Pod' || (ref.name ?? '') === '') {
      throw refuse(attributes, 'node requested token not bound to a pod');
    }
    if ((ref.uid ?? '') === '') {
      throw refuse(attributes, 'node requested token with a pod binding without a uid');
    }
    const pod = await this.#pod(attributes, ref.name ?? '', services);
    if (pod.metadata.uid !== ref.uid) {
      throw refuse(
        attributes,
        `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
      );
    }
    if (pod.spec.nodeName !== node) {
      throw refuse(attributes, 'node requested token bound to a pod scheduled on a different node');
    }
    if (audiences.length > 1) throw refuse(attributes, 'node may only request 0 or 1 audiences');
    await this.#judgeAudience(attributes, pod, audiences[0] ?? '');
  }

  async #judgeAudience(attributes: AdmissionAttributes, pod: PodObject, audience: string): Promise<void> {
    const { namespace, name, user } = attributes;
    const missing: string[] = [];
    for (const volume of pod.spec.volumes ?? []) {
      const tokens = volume.projected?.sources?.flatMap(({ serviceAccountToken }) => serviceAccountToken ?? []) ?? [];
      if (tokens.some((token) => (token.audience ?? '') === audience)) return;
      const driver = this.#driverOf(volume, namespace, pod.metadata.name ?? '');
      if (driver === undefined) continue;
      const wants = typeof driver === 'string' ? this.#driverWants(driver, audience) : driver;
      if (wants === true) return;
      if (wants !== false) missing.push(wants.missing);
    }
    if (missing.length > 0) {
      throw refuse(attributes, `error validating audience ${quoted(audience)}: ${aggregateTexts(missing)}`);
    }
    const { decision } = await this.#authorizer.authorize({
      user,
      verb: 'request-serviceaccounts-token-audience',
      resourceRequest: true,
      group: '',
      version: 'v1',
      resource: audience,
      subresource: '',
      namespace,
      name,
      path: '',
    });
    if (decision === 'allow') return;
    throw refuse(
      attributes,
      `audience ${quoted(audience)} not found in pod spec volume, ${user.name} is not authorized to request tokens for this audience`,
    );
  }

  /** The CSI driver behind a volume; undefined when there is none. */
  #driverOf(volume: V1Volume, namespace: string, pod: string): string | undefined | Missing {
    if (volume.ephemeral?.volumeClaimTemplate) return this.#driverOfClaim(namespace, `${pod}-${volume.name}`);
    if (volume.persistentVolumeClaim) return this.#driverOfClaim(namespace, volume.persistentVolumeClaim.claimName);
    return volume.csi?.driver ?? migratedDriver(volume);
  }

  #driverOfClaim(namespace: string, name: string): string | undefined | Missing {
    const claim = this.#cache.get({ group: '', resource: 'persistentvolumeclaims' }, namespace, name);
    if (claim === undefined) return { missing: `persistentvolumeclaim ${quoted(name)} not found` };
    const volumeName = (claim.spec as { volumeName?: string } | undefined)?.volumeName ?? '';
    const volume = this.#cache.get({ group: '', resource: 'persistentvolumes' }, undefined, volumeName);
    if (volume === undefined) return { missing: `persistentvolume ${quoted(volumeName)} not found` };
    const spec = (volume.spec ?? {}) as V1PersistentVolumeSpec;
    return spec.csi?.driver ?? migratedDriver(spec);
  }

  #driverWants(driver: string, audience: string): boolean | Missing {
    const found = this.#cache.get({ group: 'storage.k8s.io', resource: 'csidrivers' }, undefined, driver);
    if (found === undefined) return { missing: `csidriver.storage.k8s.io ${quoted(driver)} not found` };
    const spec = found.spec as { tokenRequests?: { audience?: string }[] } | undefined;
    return spec?.tokenRequests?.some((request) => (request.audience ?? '') === audience) === true;
  }

  async #pod(attributes: AdmissionAttributes, name: string, services: RegistryServices): Promise<PodObject> {
    const { namespace } = attributes;
    const found =
      this.#cache.get(resources.pods, namespace, name) ?? (await services.get(resources.pods, namespace, name));
    const pod = podOf(found);
    if (pod === undefined) throw notFound({ group: '', resource: 'pod' }, name);
    return pod;
  }
}
