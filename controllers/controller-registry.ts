/**
 * Every controller there is, by the name that kube-controller-manager's `--controllers` knows it by, with its service account
 * and the component that its events name. The one place where controllers are wired.
 */
import type { CertificateAuthority } from '../base/certificate-authority.ts';
import { CertificateApprovingController } from './certificates/csr-approving-controller.ts';
import { CertificateCleaner } from './certificates/csr-cleaner-controller.ts';
import { CertificateSigningController } from './certificates/csr-signing-controller.ts';
import { CronJobController } from './cronjob/cronjob-controller.ts';
import { DaemonSetController } from './daemonset/daemonset-controller.ts';
import { DeploymentController } from './deployment/deployment-controller.ts';
import { EndpointsController } from './endpoints/endpoints-controller.ts';
import { EndpointSliceController } from './endpoints/endpointslice-controller.ts';
import { GarbageCollector } from './garbage-collector/garbage-collector.ts';
import { HorizontalPodAutoscalerController } from './horizontal-pod-autoscaler.ts';
import { SHARED } from './identities.ts';
import { JobController } from './job/job-controller.ts';
import { NamespaceController } from './namespace/namespace-controller.ts';
import { defaultServiceAccounts, rootCaCertificates } from './namespaced-default.ts';
import { NodeIpamController } from './node-ipam.ts';
import { NodeLifecycleController, type NodeLifecycleOptions } from './node-lifecycle/node-lifecycle-controller.ts';
import { PersistentVolumeController } from './persistent-volume/persistent-volume-controller.ts';
import { claimProtection, volumeProtection } from './persistent-volume/storage-protection.ts';
import { DisruptionController } from './pod-disruption-budgets.ts';
import { PodGarbageCollector, type PodGcOptions } from './pod-gc.ts';
import { replicaSetKind, replicationControllerKind } from './replicaset/replica-owner.ts';
import { ReplicaSetController } from './replicaset/replicaset-controller.ts';
import { ResourceQuotaController } from './resource-quota/resource-quota-controller.ts';
import type { Controller, ControllerDeps } from './runtime/controller.ts';
import { fixedCatalog, type ResourceCatalog } from './runtime/resource-catalog.ts';
import { type SignSecretToken, TokenSecretController } from './service-account-tokens/token-secrets.ts';
import { UNUSED_MS, UnusedTokenCleaner } from './service-account-tokens/unused-tokens.ts';
import { StatefulSetController } from './statefulset/statefulset-controller.ts';
import { TaintEvictionController } from './taint-eviction.ts';
import { TtlAfterFinishedController } from './ttl-after-finished.ts';

export interface ControllerOptions extends NodeLifecycleOptions {
  /** All resources, for the garbage collector and for namespaces. Default: those that our own parts know. */
  readonly catalog?: ResourceCatalog;
  /** PEM; absent: no root certificates are published. */
  readonly rootCaCertificate?: string;
  /** Absent: certificate requests are neither approved nor signed. */
  readonly certificateAuthority?: CertificateAuthority;
  /** Absent: secrets that are to hold tokens are not filled. */
  readonly signSecretToken?: SignSecretToken;
  /** How long a token in a secret may be unused; a year. */
  readonly unusedTokenMs?: number;
  readonly namespaceDeletionDelayMs?: number;
  readonly podGc?: PodGcOptions;
  /** `10.244.0.0/16`: nodes without a range of pod addresses get one of /24 from it. Absent: they bring their own. */
  readonly clusterCidr?: string;
}

export interface ControllerEntry {
  readonly name: string;
  readonly serviceAccount: string;
  /** `source.component` of its events; undefined: the service account's name. */
  readonly eventSource?: string;
  /** Undefined: the options leave it out. */
  make(deps: ControllerDeps, options: ControllerOptions): Controller | undefined;
}

export const controllerEntries: readonly ControllerEntry[] = [
  {
    name: 'deployment-controller',
    serviceAccount: 'deployment-controller',
    make: (deps) => new DeploymentController(deps),
  },
  {
    name: 'replicaset-controller',
    serviceAccount: 'replicaset-controller',
    make: (deps) => new ReplicaSetController(deps, replicaSetKind),
  },
  {
    name: 'replicationcontroller-controller',
    serviceAccount: 'replication-controller',
    make: (deps) => new ReplicaSetController(deps, replicationControllerKind),
  },
  {
    name: 'daemonset-controller',
    serviceAccount: 'daemon-set-controller',
    eventSource: 'daemonset-controller',
    make: (deps) => new DaemonSetController(deps),
  },
  {
    name: 'node-lifecycle-controller',
    serviceAccount: 'node-controller',
    make: (deps, options) => new NodeLifecycleController(deps, options),
  },
  {
    name: 'taint-eviction-controller',
    // Upstream's acts as the node controller, and has its roles.
    serviceAccount: 'node-controller',
    eventSource: 'taint-eviction-controller',
    make: (deps) => new TaintEvictionController(deps),
  },
  {
    name: 'pod-garbage-collector-controller',
    serviceAccount: 'pod-garbage-collector',
    make: (deps, options) => new PodGarbageCollector(deps, options.podGc),
  },
  {
    name: 'garbage-collector-controller',
    serviceAccount: 'generic-garbage-collector',
    eventSource: 'garbage-collector-controller',
    make: (deps, options) => new GarbageCollector(deps, { catalog: options.catalog ?? fixedCatalog }),
  },
  {
    name: 'namespace-controller',
    serviceAccount: 'namespace-controller',
    make: (deps, { catalog = fixedCatalog, namespaceDeletionDelayMs: deletionDelayMs }) =>
      new NamespaceController(deps, { catalog, ...(deletionDelayMs === undefined ? {} : { deletionDelayMs }) }),
  },
  {
    name: 'serviceaccount-controller',
    serviceAccount: 'service-account-controller',
    make: (deps) => defaultServiceAccounts(deps),
  },
  {
    name: 'root-ca-certificate-publisher-controller',
    serviceAccount: 'root-ca-cert-publisher',
    make: (deps, { rootCaCertificate }) =>
      rootCaCertificate === undefined ? undefined : rootCaCertificates(deps, rootCaCertificate),
  },
  {
    name: 'serviceaccount-token-controller',
    // Upstream's acts as the controller manager itself: it is what gives the others their tokens.
    serviceAccount: SHARED,
    make: (deps, { signSecretToken: sign, rootCaCertificate }) =>
      sign === undefined
        ? undefined
        : new TokenSecretController(deps, { sign, ...(rootCaCertificate === undefined ? {} : { rootCaCertificate }) }),
  },
  {
    name: 'legacy-serviceaccount-token-cleaner-controller',
    serviceAccount: 'legacy-service-account-token-cleaner',
    make: (deps, { unusedTokenMs = UNUSED_MS }) => new UnusedTokenCleaner(deps, unusedTokenMs),
  },
  {
    name: 'statefulset-controller',
    serviceAccount: 'statefulset-controller',
    make: (deps) => new StatefulSetController(deps),
  },
  {
    name: 'job-controller',
    serviceAccount: 'job-controller',
    make: (deps) => new JobController(deps),
  },
  {
    name: 'cronjob-controller',
    serviceAccount: 'cronjob-controller',
    make: (deps) => new CronJobController(deps),
  },
  {
    name: 'ttl-after-finished-controller',
    serviceAccount: 'ttl-after-finished-controller',
    make: (deps) => new TtlAfterFinishedController(deps),
  },
  {
    name: 'endpoints-controller',
    serviceAccount: 'endpoint-controller',
    make: (deps) => new EndpointsController(deps),
  },
  {
    name: 'endpointslice-controller',
    serviceAccount: 'endpointslice-controller',
    eventSource: 'endpoint-slice-controller',
    make: (deps) => new EndpointSliceController(deps),
  },
  {
    name: 'horizontal-pod-autoscaler-controller',
    serviceAccount: 'horizontal-pod-autoscaler',
    make: (deps, { catalog = fixedCatalog }) => new HorizontalPodAutoscalerController(deps, catalog),
  },
  {
    name: 'disruption-controller',
    serviceAccount: 'disruption-controller',
    eventSource: 'controllermanager',
    make: (deps) => new DisruptionController(deps),
  },
  {
    name: 'persistentvolume-binder-controller',
    serviceAccount: 'persistent-volume-binder',
    eventSource: 'persistentvolume-controller',
    make: (deps) => new PersistentVolumeController(deps),
  },
  {
    name: 'persistentvolumeclaim-protection-controller',
    serviceAccount: 'pvc-protection-controller',
    make: (deps) => claimProtection(deps),
  },
  {
    name: 'persistentvolume-protection-controller',
    serviceAccount: 'pv-protection-controller',
    make: (deps) => volumeProtection(deps),
  },
  {
    name: 'resourcequota-controller',
    serviceAccount: 'resourcequota-controller',
    make: (deps, { catalog = fixedCatalog }) => new ResourceQuotaController(deps, catalog),
  },
  {
    name: 'node-ipam-controller',
    serviceAccount: 'node-controller',
    make: (deps, { clusterCidr }) =>
      clusterCidr === undefined ? undefined : new NodeIpamController(deps, clusterCidr),
  },
  {
    name: 'certificatesigningrequest-signing-controller',
    serviceAccount: 'certificate-controller',
    make: (deps, { certificateAuthority: authority }) =>
      authority === undefined ? undefined : new CertificateSigningController(deps, authority),
  },
  {
    name: 'certificatesigningrequest-approving-controller',
    serviceAccount: 'certificate-controller',
    make: (deps, { certificateAuthority: authority }) =>
      authority === undefined ? undefined : new CertificateApprovingController(deps, authority),
  },
  {
    name: 'certificatesigningrequest-cleaner-controller',
    serviceAccount: 'certificate-controller',
    make: (deps) => new CertificateCleaner(deps),
  },
];
