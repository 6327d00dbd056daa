/**
 * The admission plugins in upstream's order (pkg/kubeapiserver/options/plugins.go), and which of them are on. What is
 * last judges what all before it made of the object.
 */
import type { Clock } from '../../base/clock.ts';
import { UsageError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import type { ObjectCache } from '../auth/object-cache.ts';
import type { AdmissionStep, Authorizer } from '../machinery/steps.ts';
import { AlwaysPullImages } from './always-pull-images.ts';
import { CertificateApproval } from './certificate-approval.ts';
import { CertificateSigning } from './certificate-signing.ts';
import { CertificateSubjectRestriction } from './certificate-subject-restriction.ts';
import { ClusterTrustBundleAttest } from './cluster-trust-bundle-attest.ts';
import { DefaultIngressClass } from './default-ingress-class.ts';
import { DefaultTolerationSeconds, type TolerationSeconds } from './default-toleration-seconds.ts';
import { type EventLimit, EventRateLimit } from './event-rate-limit.ts';
import { ExtendedResourceToleration } from './extended-resource-toleration.ts';
import { LimitRanger } from './limit-ranger.ts';
import { NamespaceLifecycle } from './namespace-lifecycle.ts';
import { NodeRestriction } from './node-restriction.ts';
import { PersistentVolumeClaimResize } from './persistent-volume-claim-resize.ts';
import { PodSecurity, type PodSecurityOptions } from './pod-security.ts';
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
  readonly tolerationSeconds: TolerationSeconds;
  readonly eventLimits: readonly EventLimit[];
  readonly podSecurity: PodSecurityOptions;
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

const orderedPlugins: readonly Plugin[] = [
  plugin('NamespaceLifecycle', ON, ({ cache, clock }) => new NamespaceLifecycle(cache, clock)),
  plugin('LimitRanger', ON, ({ cache }) => new LimitRanger(cache)),
  plugin('ServiceAccount', ON, ({ cache, clock, random }) => new ServiceAccountStep(cache, clock, random)),
  plugin('NodeRestriction', OFF, ({ cache, authorizer }) => new NodeRestriction(cache, authorizer)),
  plugin('TaintNodesByCondition', ON, () => new TaintNodesByCondition()),
  plugin('AlwaysPullImages', OFF, () => new AlwaysPullImages()),
  plugin('PodSecurity', ON, ({ cache, podSecurity }) => new PodSecurity(cache, podSecurity)),
  plugin('Priority', ON, ({ cache }) => new Priority(cache)),
  plugin('DefaultTolerationSeconds', ON, ({ tolerationSeconds }) => new DefaultTolerationSeconds(tolerationSeconds)),
  plugin('EventRateLimit', OFF, ({ eventLimits, clock }) => new EventRateLimit(eventLimits, clock)),
  plugin('ExtendedResourceToleration', OFF, () => new ExtendedResourceToleration()),
  plugin('DefaultStorageClass', ON, ({ cache }) => new DefaultStorageClass(cache)),
  plugin('StorageObjectInUseProtection', ON, () => new StorageObjectInUseProtection()),
  plugin('PersistentVolumeClaimResize', ON, ({ cache }) => new PersistentVolumeClaimResize(cache)),
  plugin('RuntimeClass', ON, ({ cache }) => new RuntimeClass(cache)),
  plugin('CertificateApproval', ON, ({ authorizer }) => new CertificateApproval(authorizer)),
  plugin('CertificateSigning', ON, ({ authorizer }) => new CertificateSigning(authorizer)),
  plugin('ClusterTrustBundleAttest', ON, ({ authorizer }) => new ClusterTrustBundleAttest(authorizer)),
  plugin('CertificateSubjectRestriction', ON, () => new CertificateSubjectRestriction()),
  plugin('DefaultIngressClass', ON, ({ cache }) => new DefaultIngressClass(cache)),
  plugin('PodTopologyLabels', ON, ({ cache }) => new PodTopologyLabels(cache)),
  plugin('ResourceQuota', ON, ({ cache }) => new ResourceQuota(cache)),
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
/** Off by default upstream, and not there: they may be left out, which they are. */
const ABSENT = [
  'AlwaysAdmit',
  'AlwaysDeny',
  'DenyServiceExternalIPs',
  'ImagePolicyWebhook',
  'LimitPodHardAntiAffinityTopology',
  'NamespaceAutoProvision',
  'NamespaceExists',
  'OwnerReferencesPermissionEnforcement',
  'PodNodeSelector',
  'PodTolerationRestriction',
];

export const admissionPluginNames: readonly string[] = [...orderedPlugins.map(({ name }) => name), ...IDLE, ...ABSENT];

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
  const absent = enable.find((name) => ABSENT.includes(name));
  if (absent !== undefined) {
    throw new UsageError(`enable-admission-plugins plugin ${JSON.stringify(absent)} is not there: leave it out`);
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
