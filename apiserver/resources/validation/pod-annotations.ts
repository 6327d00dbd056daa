/** Annotations of pods that mean something to the cluster, and where they must agree with fields (pkg/apis/core/validation). */
import type {
  V1AppArmorProfile,
  V1ObjectMeta,
  V1PodSpec,
  V1SeccompProfile,
  V1Toleration,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { everyContainer } from './every-container.ts';
import { checkDescendingPath } from './paths.ts';
import { checkTolerations } from './tolerations.ts';

export const MIRROR = 'kubernetes.io/config.mirror';
const TOLERATIONS = 'scheduler.alpha.kubernetes.io/tolerations';
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/';
const LOCALHOST = 'localhost/';

type Annotations = Readonly<Record<string, string>>;

export function checkPodAnnotations(
  annotations: Annotations = {},
  spec: V1PodSpec,
  path: string,
  errors: FieldErrors,
): void {
  const mirror = annotations[MIRROR];
  if (mirror !== undefined && !spec.nodeName) {
    errors.invalid(`${path}[${MIRROR}]`, mirror, 'must set spec.nodeName if mirror pod annotation is set');
  }
  if (annotations[TOLERATIONS]) checkTolerationsAnnotation(annotations[TOLERATIONS], path, errors);
  const cost = annotations[DELETION_COST];
  if (cost !== undefined && !isDeletionCost(cost)) {
    errors.invalid(`${path}[${DELETION_COST}]`, cost, 'must be a 32bit integer');
  }
  for (const [key, value] of Object.entries(annotations)) {
    if (key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER)) {
      checkSeccompName(value, `${path}.${key}`, errors);
    }
  }
  for (const [key, value] of Object.entries(annotations)) {
    if (key.startsWith(APPARMOR)) checkAppArmorName(key, value, spec, path, errors);
  }
}

/** A sign is no part of it, and neither are zeroes in front. */
function isDeletionCost(text: string): boolean {
  if (!/^(0|-?[1-9]\d*)$/.test(text)) return false;
  const cost = Number(text);
  return cost >= -(2 ** 31) && cost < 2 ** 31;
}

function checkTolerationsAnnotation(text: string, path: string, errors: FieldErrors): void {
  const at = `${path}.${TOLERATIONS}`;
  let tolerations: V1Toleration[];
  try {
    tolerations = JSON.parse(text) as V1Toleration[];
  } catch (cause) {
    errors.invalid(path, TOLERATIONS, (cause as Error).message);
    return;
  }
  if (Array.isArray(tolerations)) checkTolerations(tolerations, at, errors);
  else errors.invalid(path, TOLERATIONS, 'not a list');
}

function checkSeccompName(name: string, path: string, errors: FieldErrors): void {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(name)) return;
  if (name.startsWith(LOCALHOST)) checkDescendingPath(name.slice(LOCALHOST.length), path, errors);
  else errors.invalid(path, name, 'must be a valid seccomp profile');
}

function checkAppArmorName(key: string, value: string, spec: V1PodSpec, path: string, errors: FieldErrors): void {
  const name = key.slice(APPARMOR.length);
  if (!everyContainer(spec, '').some(({ container }) => container.name === name)) {
    errors.invalid(`${path}[${key}]`, name, 'container not found');
  }
  if (['', 'runtime/default', 'unconfined'].includes(value) || value.startsWith(LOCALHOST)) return;
  errors.invalid(`${path}[${key}]`, value, `invalid AppArmor profile name: ${JSON.stringify(value)}`);
}

/** These say what the node has already made of the pod. */
export function checkPodAnnotationUpdate(
  annotations: Annotations = {},
  old: Annotations = {},
  spec: V1PodSpec,
  path: string,
  errors: FieldErrors,
): void {
  const forbid = (key: string, verb: string): void => {
    if (key.startsWith(APPARMOR)) errors.forbidden(`${path}[${key}]`, `may not ${verb} AppArmor annotations`);
    if (key === MIRROR) errors.forbidden(`${path}[${key}]`, `may not ${verb} mirror pod annotation`);
  };
  for (const [key, value] of Object.entries(old)) if (annotations[key] !== value) forbid(key, 'remove or update');
  for (const key of Object.keys(annotations)) if (old[key] === undefined) forbid(key, 'add');
  checkPodAnnotations(annotations, spec, path, errors);
}

/** A profile that is given twice, by annotation and by field, is the same one. */
export function checkProfileAnnotations(
  metadata: V1ObjectMeta | undefined,
  spec: V1PodSpec,
  path: string,
  errors: FieldErrors,
): void {
  const annotations: Annotations = metadata?.annotations ?? {};
  const seccomp = ['runtime/default', 'docker/default'];
  checkMatch(annotations[SECCOMP_POD], spec.securityContext?.seccompProfile, seccomp, 'seccomp', path, errors);
  const containers = everyContainer(spec, path);
  for (const { container, path: at } of containers) {
    const annotation = annotations[SECCOMP_CONTAINER + container.name];
    checkMatch(annotation, container.securityContext?.seccompProfile, seccomp, 'seccomp', at, errors);
  }
  if (spec.os?.name === 'windows') return;
  for (const { container, path: at } of containers) {
    const profile = container.securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile;
    checkMatch(annotations[APPARMOR + container.name], profile, ['runtime/default'], 'apparmor', at, errors);
  }
}

function checkMatch(
  annotation: string | undefined,
  profile: V1SeccompProfile | V1AppArmorProfile | undefined,
  defaults: readonly string[],
  kind: 'seccomp' | 'apparmor',
  holderPath: string,
  errors: FieldErrors,
): void {
  if (annotation === undefined || profile === undefined) return;
  const path = `${holderPath}.securityContext.${kind === 'seccomp' ? 'seccompProfile' : 'appArmorProfile'}`;
  const { type, localhostProfile } = profile;
  const sameType =
    type === 'Localhost'
      ? annotation.startsWith(LOCALHOST)
      : type === 'RuntimeDefault'
        ? defaults.includes(annotation)
        : type !== 'Unconfined' || annotation === 'unconfined';
  if (!sameType) errors.forbidden(`${path}.type`, `${kind} type in annotation and field must match`);
  else if (type === 'Localhost' && annotation.slice(LOCALHOST.length) !== localhostProfile) {
    errors.forbidden(`${path}.localhostProfile`, `${kind} profile in annotation and field must match`);
  }
}
