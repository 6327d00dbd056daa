/** Checks of the kernel's confinement: AppArmor, SELinux, seccomp. */
import type { V1SELinuxOptions, V1SeccompProfile } from '../../../generated/kubernetes.d.ts';
import {
  allContainers,
  type CheckedPod,
  containersNamed,
  plural,
  quotedList,
  setters,
  sorted,
  type Violation,
} from './check.ts';

const APP_ARMOR_PREFIX = 'container.apparmor.security.beta.kubernetes.io/';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER_PREFIX = 'container.seccomp.security.alpha.kubernetes.io/';

export function appArmorProfile({ spec, annotations }: CheckedPod): Violation | undefined {
  const bad = (profile: { type: string } | undefined): profile is { type: string } =>
    profile !== undefined && profile.type !== 'RuntimeDefault' && profile.type !== 'Localhost';
  const podProfile = spec.securityContext?.appArmorProfile;
  const containers = allContainers(spec).filter(({ securityContext }) => bad(securityContext?.appArmorProfile));
  const types = sorted([
    ...(bad(podProfile) ? [podProfile.type] : []),
    ...containers.map(({ securityContext }) => securityContext?.appArmorProfile?.type ?? ''),
  ]);
  const old = Object.entries(annotations)
    .filter(
      ([key, value]) =>
        key.startsWith(APP_ARMOR_PREFIX) &&
        value !== '' &&
        value !== 'runtime/default' &&
        !value.startsWith('localhost/'),
    )
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  const who = setters(bad(podProfile), namesOf(containers));
  if (old.length > 0) who.push(plural('annotation', old.length));
  if (who.length === 0) return undefined;
  const values = [...types, ...old];
  return {
    reason: plural('forbidden AppArmor profile', values.length),
    detail: `${who.join(' and ')} must not set AppArmor profile type to ${quotedList(values)}`,
  };
}

/** `types`: the SELinux types that are allowed, beside none. */
export function seLinuxOptions({ spec }: CheckedPod, types: readonly string[]): Violation | undefined {
  const badTypes = new Set<string>();
  let setsUser = false;
  let setsRole = false;
  const isBad = (options: V1SELinuxOptions | undefined): boolean => {
    const { type = '', user = '', role = '' } = options ?? {};
    const badType = type !== '' && !types.includes(type);
    if (badType) badTypes.add(type);
    setsUser ||= user !== '';
    setsRole ||= role !== '';
    return badType || user !== '' || role !== '';
  };
  const pod = isBad(spec.securityContext?.seLinuxOptions);
  const containers = allContainers(spec).filter(({ securityContext }) => isBad(securityContext?.seLinuxOptions));
  const who = setters(pod, namesOf(containers));
  if (who.length === 0) return undefined;
  const what = [
    ...(badTypes.size > 0 ? [`${plural('type', badTypes.size)} ${quotedList(sorted(badTypes))}`] : []),
    ...(setsUser ? ['user may not be set'] : []),
    ...(setsRole ? ['role may not be set'] : []),
  ];
  return {
    reason: 'seLinuxOptions',
    detail: `${who.join(' and ')} set forbidden securityContext.seLinuxOptions: ${what.join('; ')}`,
  };
}

/** Before 1.19 seccomp profiles were annotations. */
export function seccompAnnotations({ spec, annotations }: CheckedPod): Violation | undefined {
  const keys = [SECCOMP_POD, ...allContainers(spec).map(({ name }) => SECCOMP_CONTAINER_PREFIX + name)];
  const forbidden = sorted(
    keys.flatMap((key) => {
      const value = annotations[key];
      if (value === undefined || value === 'runtime/default' || value === 'docker/default') return [];
      return value.startsWith('localhost/') ? [] : [`${key}=${JSON.stringify(value)}`];
    }),
  );
  if (forbidden.length === 0) return undefined;
  return {
    reason: 'seccompProfile',
    detail: `forbidden ${plural('annotation', forbidden.length)} ${forbidden.join(', ')}`,
  };
}

/** Nobody may ask for a profile that confines nothing; not asking is allowed. */
export function seccompProfile({ spec }: CheckedPod): Violation | undefined {
  const pod = spec.securityContext?.seccompProfile;
  const containers = allContainers(spec).filter(({ securityContext }) => unconfined(securityContext?.seccompProfile));
  const who = setters(unconfined(pod), namesOf(containers));
  if (who.length === 0) return undefined;
  const types = [
    ...(unconfined(pod) ? [pod?.type ?? ''] : []),
    ...containers.map(({ securityContext }) => securityContext?.seccompProfile?.type ?? ''),
  ];
  return {
    reason: 'seccompProfile',
    detail: `${who.join(' and ')} must not set securityContext.seccompProfile.type to ${quotedList(sorted(types))}`,
  };
}

/** Every container must ask for a profile, itself or by the pod. */
export function seccompProfileRequired(checked: CheckedPod): Violation | undefined {
  const forbidden = seccompProfile(checked);
  if (forbidden !== undefined) return forbidden;
  const { spec } = checked;
  if (spec.securityContext?.seccompProfile !== undefined) return undefined;
  const without = allContainers(spec).filter(({ securityContext }) => securityContext?.seccompProfile === undefined);
  if (without.length === 0) return undefined;
  return {
    reason: 'seccompProfile',
    detail: `pod or ${containersNamed(namesOf(without))} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  };
}

function unconfined(profile: V1SeccompProfile | undefined): boolean {
  return profile !== undefined && profile.type !== 'RuntimeDefault' && profile.type !== 'Localhost';
}

function namesOf(containers: readonly { name: string }[]): string[] {
  return containers.map(({ name }) => name);
}
