/**
 * The admission plugins in upstream's order (pkg/kubeapiserver/options/plugins.go), and which of them are on. What is
 * last judges what all before it made of the object.
 */
import type { Clock } from '../../base/clock.ts';
import { UsageError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import type { ObjectCache } from '../auth/object-cache.ts';
import type { AdmissionStep, Authorizer } from '../machinery/steps.ts';
import type { AdmissionConfig } from './admission-config.ts';
import { AlwaysAdmit, AlwaysDeny } from './always-decides.ts';
import { AlwaysPullImages } from './always-pull-images.ts';
import { CertificateApproval } from './certificate-approval.ts';
import { CertificateSigning } from './certificate-signing.ts';
import { CertificateSubjectRestriction } from './certificate-subject-restriction.ts';
import { ClusterTrustBundleAttest } from './cluster-trust-bundle-attest.ts';
import { DefaultIngressClass } from './default-ingress-class.ts';
import { DefaultTolerationSeconds, type TolerationSeconds } from './default-toleration-seconds.ts';
import { DenyServiceExternalIPs } from './deny-service-external-ips.ts';
import { EventRateLimit } from './event-rate-limit.ts';
import { ExtendedResourceToleration } from './extended-resource-toleration.ts';
import { ImagePolicyWebhook } from './image-policy-webhook.ts';
import { LimitPodHardAntiAffinityTopology } from './limit-pod-hard-anti-affinity-topology.ts';
import { LimitRanger } from './limit-ranger.ts';
import { NamespaceLifecycle } from './namespace-lifecycle.ts';
import { NamespaceAutoProvision, NamespaceExists } from './namespace-presence.ts';
import { NodeRestriction } from './node-restriction.ts';
import {
  OwnerReferencesPermissionEnforcement,
  type ResourcesOfKind,
} from './owner-references-permission-enforcement.ts';
import { PersistentVolumeClaimResize } from './persistent-volume-claim-resize.ts';
import { PodNodeSelector } from './pod-node-selector.ts';
import type { PodSecurityMetrics } from './pod-security/pod-security-metrics.ts';
import { PodSecurity } from './pod-security.ts';
import { PodTolerationRestriction } from './pod-toleration-restriction.ts';
import { PodTopologyLabels } from './pod-topology-labels.ts';
import { Priority } from './priority.ts';
import { ResourceQuota } from './resource-quota.ts';
import { RuntimeClass } from './runtime-class.ts';
import { ServiceAccountStep } from './service-account.ts';
import { DefaultStorageClass } from './storage-class-default.ts';
import { StorageObjectInUseProtection } from './storage-object-in-use-protection.ts';
import { TaintNodesByCondition } from './taint-nodes-by-condition.ts';

export interface AdmissionDeps {
  readonly cache: ObjectCache;
  readonly clock: Clock;
  readonly random: Random;
  /** The server's whole authorizer: some plugins ask what the user may do beyond the request. */
  readonly authorizer: Authorizer;
  readonly resourcesOfKind: ResourcesOfKind;
  readonly tolerationSeconds: TolerationSeconds;
  /** Absent: nobody reads what PodSecurity counts. */
  readonly podSecurityMetrics?: PodSecurityMetrics;
  /** Of `--admission-control-config-file`. */
  readonly config: AdmissionConfig;
}

interface Plugin {
  readonly name: string;
  readonly byDefault: boolean;
  make(deps: AdmissionDeps): AdmissionStep;
}

const ON = true;
const OFF = false;

function plugin(name: string, byDefault: boolean, make: (deps: AdmissionDeps) => AdmissionStep): Plugin {
  return { name, byDefault, make };
}

function makeImagePolicyWebhook({ imagePolicy }: AdmissionConfig, clock: Clock): ImagePolicyWebhook {
  if (imagePolicy !== undefined) return new ImagePolicyWebhook(imagePolicy, clock);
  throw new UsageError(
    'admission plugin "ImagePolicyWebhook": no config specified: give it in --admission-control-config-file',
  );
}

const orderedPlugins: readonly Plugin[] = [
  plugin('AlwaysAdmit', OFF, () => new AlwaysAdmit()),
  plugin('NamespaceAutoProvision', OFF, ({ cache }) => new NamespaceAutoProvision(cache)),
  plugin('NamespaceLifecycle', ON, ({ cache, clock }) => new NamespaceLifecycle(cache, clock)),
  plugin('NamespaceExists', OFF, ({ cache }) => new NamespaceExists(cache)),
  plugin('LimitPodHardAntiAffinityTopology', OFF, () => new LimitPodHardAntiAffinityTopology()),
  plugin('LimitRanger', ON, ({ cache }) => new LimitRanger(cache)),
  plugin('ServiceAccount', ON, ({ cache, clock, random }) => new ServiceAccountStep(cache, clock, random)),
  plugin('NodeRestriction', OFF, ({ cache, authorizer }) => new NodeRestriction(cache, authorizer)),
  plugin('TaintNodesByCondition', ON, () => new TaintNodesByCondition()),
  plugin('AlwaysPullImages', OFF, () => new AlwaysPullImages()),
  plugin('ImagePolicyWebhook', OFF, ({ config, clock }) => makeImagePolicyWebhook(config, clock)),
  plugin(
    'PodSecurity',
    ON,
    ({ cache, config, podSecurityMetrics }) => new PodSecurity(cache, config.podSecurity, podSecurityMetrics),
  ),
  plugin('PodNodeSelector', OFF, ({ cache, config }) => new PodNodeSelector(cache, config.nodeSelectors)),
  plugin('Priority', ON, ({ cache }) => new Priority(cache)),
  plugin('DefaultTolerationSeconds', ON, ({ tolerationSeconds }) => new DefaultTolerationSeconds(tolerationSeconds)),
  plugin(
    'PodTolerationRestriction',
    OFF,
    ({ cache, config }) => new PodTolerationRestriction(cache, config.tolerationLimits),
  ),
  plugin('EventRateLimit', OFF, ({ config, clock }) => new EventRateLimit(config.eventLimits, clock)),
  plugin('ExtendedResourceToleration', OFF, () => new ExtendedResourceToleration()),
  plugin('DefaultStorageClass', ON, ({ cache }) => new DefaultStorageClass(cache)),
  plugin('StorageObjectInUseProtection', ON, () => new StorageObjectInUseProtection()),
  plugin(
    'OwnerReferencesPermissionEnforcement',
    OFF,
    ({ authorizer, resourcesOfKind }) => new OwnerReferencesPermissionEnforcement(authorizer, resourcesOfKind),
  ),
  plugin('PersistentVolumeClaimResize', ON, ({ cache }) => new PersistentVolumeClaimResize(cache)),
  plugin('RuntimeClass', ON, ({ cache }) => new RuntimeClass(cache)),
  plugin('CertificateApproval', ON, ({ authorizer }) => new CertificateApproval(authorizer)),
  plugin('CertificateSigning', ON, ({ authorizer }) => new CertificateSigning(authorizer)),
  plugin('ClusterTrustBundleAttest', ON, ({ authorizer }) => new ClusterTrustBundleAttest(authorizer)),
  plugin('CertificateSubjectRestriction', ON, () => new CertificateSubjectRestriction()),
  plugin('DefaultIngressClass', ON, ({ cache }) => new DefaultIngressClass(cache)),
  plugin('DenyServiceExternalIPs', OFF, () => new DenyServiceExternalIPs()),
  plugin('PodTopologyLabels', ON, ({ cache }) => new PodTopologyLabels(cache)),
  plugin('ResourceQuota', ON, ({ cache }) => new ResourceQuota(cache)),
  plugin('AlwaysDeny', OFF, () => new AlwaysDeny()),
];

/** On by default upstream, with nothing to do here: they may be named, and change nothing. */
const IDLE = [
  'MutatingAdmissionPolicy',
  'MutatingAdmissionWebhook',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionWebhook',
  'PodGroupProtection',
  'PodGroupWorkloadExists',
  'NodeDeclaredFeatureValidator',
  'JobValidation',
  'PodResizeValidator',
];
export const admissionPluginNames: readonly string[] = [...orderedPlugins.map(({ name }) => name), ...IDLE];

export interface PluginChoice {
  /** `--enable-admission-plugins`: on beside the defaults. */
  readonly enable: readonly string[];
  /** `--disable-admission-plugins`: off although on by default. */
  readonly disable: readonly string[];
}

/** UsageError for a name that no plugin has, or one both enabled and disabled. */
export function judgePlugins({ enable, disable }: PluginChoice): void {
  const flags = { 'enable-admission-plugins': enable, 'disable-admission-plugins': disable };
  for (const [flag, names] of Object.entries(flags)) {
    const unknown = names.find((name) => !admissionPluginNames.includes(name));
    if (unknown !== undefined) throw new UsageError(`${flag} plugin ${JSON.stringify(unknown)} is unknown`);
  }
  const both = enable.filter((name) => disable.includes(name)).sort();
  if (both.length > 0) {
    throw new UsageError(`[${both.join(' ')}] in enable-admission-plugins and disable-admission-plugins overlapped`);
  }
}

/** The steps in order. UsageError for a name that no plugin has, or one both enabled and disabled. */
export function createAdmissionChain(choice: PluginChoice, deps: AdmissionDeps): AdmissionStep[] {
  judgePlugins(choice);
  return orderedPlugins
    .filter(({ name, byDefault }) => choice.enable.includes(name) || (byDefault && !choice.disable.includes(name)))
    .map(({ make }) => make(deps));
}
