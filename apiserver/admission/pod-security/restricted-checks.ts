/** The restricted level: the baseline, and the good manners of a hardened pod. */
import type { V1Container, V1Volume } from '../../../generated/kubernetes.d.ts';
import { procMount } from './baseline-checks.ts';
import {
  allContainers,
  type Check,
  type CheckedPod,
  containersNamed,
  inUserNamespace,
  plural,
  quotedList,
  setters,
  sorted,
  type Violation,
} from './check.ts';
import { seccompProfileRequired } from './profile-checks.ts';

type Judge = (pod: CheckedPod) => Violation | undefined;

/** From 1.25 on, checks of what only Linux has leave Windows pods alone. */
function exceptWindows(judge: Judge): Judge {
  return (pod) => (pod.spec.os?.name === 'windows' ? undefined : judge(pod));
}

/** From 1.35 on, pods in a user namespace may be root inside. */
function exceptInUserNamespace(judge: Judge): Judge {
  return (pod) => (inUserNamespace(pod.spec) ? undefined : judge(pod));
}

export const restrictedChecks: readonly Check[] = [
  {
    id: 'allowPrivilegeEscalation',
    level: 'restricted',
    versions: [
      { since: 8, judge: privilegeEscalation },
      { since: 25, judge: exceptWindows(privilegeEscalation) },
    ],
  },
  {
    id: 'capabilities_restricted',
    level: 'restricted',
    versions: [
      { since: 22, judge: capabilities, overrides: ['capabilities_baseline'] },
      { since: 25, judge: exceptWindows(capabilities), overrides: ['capabilities_baseline'] },
    ],
  },
  {
    id: 'procMount_restricted',
    level: 'restricted',
    versions: [{ since: 35, judge: procMount, overrides: ['procMount'] }],
  },
  {
    id: 'restrictedVolumes',
    level: 'restricted',
    versions: [{ since: 0, judge: volumeTypes, overrides: ['hostPathVolumes'] }],
  },
  {
    id: 'runAsNonRoot',
    level: 'restricted',
    versions: [
      { since: 0, judge: runAsNonRoot },
      { since: 35, judge: exceptInUserNamespace(runAsNonRoot) },
    ],
  },
  {
    id: 'runAsUser',
    level: 'restricted',
    versions: [
      { since: 23, judge: runAsUser },
      { since: 35, judge: exceptInUserNamespace(runAsUser) },
    ],
  },
  {
    id: 'seccompProfile_restricted',
    level: 'restricted',
    versions: [
      { since: 19, judge: seccompProfileRequired, overrides: ['seccompProfile_baseline'] },
      { since: 25, judge: exceptWindows(seccompProfileRequired), overrides: ['seccompProfile_baseline'] },
    ],
  },
];

function privilegeEscalation({ spec }: CheckedPod): Violation | undefined {
  const bad = allContainers(spec).filter(({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (bad.length === 0) return undefined;
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${named(bad)} must set securityContext.allowPrivilegeEscalation=false`,
  };
}

function capabilities({ spec }: CheckedPod): Violation | undefined {
  const added = ({ securityContext }: V1Container): string[] =>
    (securityContext?.capabilities?.add ?? []).filter((each) => each !== 'NET_BIND_SERVICE');
  const containers = allContainers(spec);
  const keeping = containers.filter(
    ({ securityContext }) => securityContext?.capabilities?.drop?.includes('ALL') !== true,
  );
  const adding = containers.filter((container) => added(container).length > 0);
  const details: string[] = [];
  if (keeping.length > 0) details.push(`${named(keeping)} must set securityContext.capabilities.drop=["ALL"]`);
  if (adding.length > 0) {
    const names = quotedList(sorted(adding.flatMap(added)));
    details.push(`${named(adding)} must not include ${names} in securityContext.capabilities.add`);
  }
  return details.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: details.join('; ') };
}

const ALLOWED_VOLUMES: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

function volumeTypes({ spec }: CheckedPod): Violation | undefined {
  const bad = (spec.volumes ?? []).filter((volume) => !ALLOWED_VOLUMES.has(typeOf(volume)));
  if (bad.length === 0) return undefined;
  const types = sorted(bad.map(typeOf));
  const names = bad.map(({ name }) => name);
  return {
    reason: 'restricted volume types',
    detail: `${plural('volume', names.length)} ${quotedList(names)} ${names.length === 1 ? 'uses' : 'use'} ${plural('restricted volume type', types.length)} ${quotedList(types)}`,
  };
}

/** The field that says where a volume comes from. */
function typeOf(volume: V1Volume): string {
  const sources = Object.entries(volume).filter(([field, value]) => field !== 'name' && value !== undefined);
  const allowed = sources.find(([field]) => ALLOWED_VOLUMES.has(field));
  return (allowed ?? sources[0])?.[0] ?? 'unknown';
}

function runAsNonRoot({ spec }: CheckedPod): Violation | undefined {
  const pod = spec.securityContext?.runAsNonRoot;
  const containers = allContainers(spec);
  const explicit = containers.filter(({ securityContext }) => securityContext?.runAsNonRoot === false);
  const who = setters(pod === false, namesOf(explicit));
  if (who.length > 0) {
    return {
      reason: 'runAsNonRoot != true',
      detail: `${who.join(' and ')} must not set securityContext.runAsNonRoot=false`,
    };
  }
  const silent = containers.filter(({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (pod === true || silent.length === 0) return undefined;
  return {
    reason: 'runAsNonRoot != true',
    detail: `pod or ${named(silent)} must set securityContext.runAsNonRoot=true`,
  };
}

function runAsUser({ spec }: CheckedPod): Violation | undefined {
  const containers = allContainers(spec).filter(({ securityContext }) => securityContext?.runAsUser === 0);
  const who = setters(spec.securityContext?.runAsUser === 0, namesOf(containers));
  return who.length === 0
    ? undefined
    : { reason: 'runAsUser=0', detail: `${who.join(' and ')} must not set runAsUser=0` };
}

function named(containers: readonly V1Container[]): string {
  return containersNamed(namesOf(containers));
}

function namesOf(containers: readonly V1Container[]): string[] {
  return containers.map(({ name }) => name);
}
