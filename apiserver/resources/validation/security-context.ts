/** As whom and with which rights containers run (pkg/apis/core/validation: ValidateSecurityContext). */
import type {
  V1AppArmorProfile,
  V1PodSecurityContext,
  V1PodSpec,
  V1SeccompProfile,
  V1SecurityContext,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { addInvalid, checkOneOf, idComplaints } from './formats.ts';
import { internalForm } from './internal-form.ts';
import { checkDescendingPath } from './paths.ts';
import { checkWindowsOptions } from './windows.ts';

/** @param hostUsers whether the pod shares the host's user namespace */
export function checkSecurityContext(
  context: V1SecurityContext | undefined,
  hostUsers: boolean,
  path: string,
  errors: FieldErrors,
): void {
  if (context === undefined) return;
  const { procMount, privileged, allowPrivilegeEscalation } = context;
  checkIds(context, ['runAsUser', 'runAsGroup'], path, errors);
  if (procMount !== undefined) {
    checkOneOf(procMount, ['Default', 'Unmasked'], `${path}.procMount`, errors);
    if (hostUsers && procMount === 'Unmasked') {
      errors.invalid(`${path}.procMount`, procMount, '`hostUsers` must be false to use `Unmasked`');
    }
  }
  checkSeccompProfile(context.seccompProfile, `${path}.seccompProfile`, errors);
  if (allowPrivilegeEscalation === false) {
    const fail = (what: string): void =>
      errors.invalid(
        path,
        internalForm('SecurityContext', context),
        `cannot set \`allowPrivilegeEscalation\` to false and ${what}`,
      );
    if (privileged === true) fail('`privileged` to true');
    for (const capability of context.capabilities?.add ?? []) {
      if (capability === 'CAP_SYS_ADMIN') fail('`capabilities.Add` CAP_SYS_ADMIN');
    }
  }
  checkWindowsOptions(context.windowsOptions, `${path}.windowsOptions`, errors);
  checkAppArmorProfile(context.appArmorProfile, `${path}.appArmorProfile`, errors);
}

function checkIds<K extends string>(
  context: { readonly [field in K]?: number | undefined },
  fields: readonly K[],
  path: string,
  errors: FieldErrors,
): void {
  for (const field of fields) {
    const id = context[field];
    if (id !== undefined) addInvalid(errors, `${path}.${field}`, id, idComplaints(id));
  }
}

const SECCOMP_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined'];

function checkSeccompProfile(profile: V1SeccompProfile | undefined, path: string, errors: FieldErrors): void {
  if (profile === undefined) return;
  const { type, localhostProfile } = profile;
  if (type === '') errors.required(`${path}.type`, 'type is required when seccompProfile is set');
  else checkOneOf(type, SECCOMP_TYPES, `${path}.type`, errors);
  const at = `${path}.localhostProfile`;
  if (type !== 'Localhost') {
    if (localhostProfile === undefined) return;
    const shown = internalForm('SeccompProfile', profile);
    errors.invalid(at, shown, 'can only be set when seccomp type is Localhost');
  } else if (localhostProfile === undefined) {
    errors.required(at, 'must be set when seccomp type is Localhost');
  } else checkDescendingPath(localhostProfile, at, errors);
}

/** One less than PATH_MAX. */
const PROFILE_BYTES_MAX = 4095;

function checkAppArmorProfile(profile: V1AppArmorProfile | undefined, path: string, errors: FieldErrors): void {
  if (profile === undefined) return;
  const { type, localhostProfile } = profile;
  const at = `${path}.localhostProfile`;
  if (type === 'Localhost') {
    if (localhostProfile === undefined || localhostProfile === '') {
      errors.required(at, 'must be set when AppArmor type is Localhost');
      return;
    }
    if (localhostProfile.trim() !== localhostProfile) {
      errors.invalid(at, localhostProfile, 'must not be padded with whitespace');
    }
    if (Buffer.byteLength(localhostProfile) > PROFILE_BYTES_MAX) errors.tooLong(at, PROFILE_BYTES_MAX);
  } else if (type === 'RuntimeDefault' || type === 'Unconfined') {
    if (localhostProfile !== undefined) {
      errors.invalid(at, localhostProfile, 'can only be set when AppArmor type is Localhost');
    }
  } else if (type === '') errors.required(`${path}.type`, 'type is required when appArmorProfile is set');
  else errors.notSupported(`${path}.type`, type, ['Localhost', 'RuntimeDefault', 'Unconfined']);
}

export function checkPodSecurityContext(spec: V1PodSpec, specPath: string, errors: FieldErrors): void {
  const context = spec.securityContext ?? {};
  const path = `${specPath}.securityContext`;
  checkIds(context, ['fsGroup', 'runAsUser', 'runAsGroup'], path, errors);
  for (const [index, group] of (context.supplementalGroups ?? []).entries()) {
    addInvalid(errors, `${path}.supplementalGroups[${index}]`, group, idComplaints(group));
  }
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    const message = 'ShareProcessNamespace and HostPID cannot both be enabled';
    errors.invalid(`${path}.shareProcessNamespace`, true, message);
  }
  checkSysctls(context, spec, `${path}.sysctls`, errors);
  checkWord(context, 'fsGroupChangePolicy', ['Always', 'OnRootMismatch'], path, errors);
  checkSeccompProfile(context.seccompProfile, `${path}.seccompProfile`, errors);
  checkWindowsOptions(context.windowsOptions, `${path}.windowsOptions`, errors);
  checkAppArmorProfile(context.appArmorProfile, `${path}.appArmorProfile`, errors);
  checkWord(context, 'supplementalGroupsPolicy', ['Merge', 'Strict'], path, errors);
  // The other policy, MountOption, needs a feature that is off by default.
  checkWord(context, 'seLinuxChangePolicy', ['Recursive'], path, errors);
}

function checkWord<K extends 'fsGroupChangePolicy' | 'supplementalGroupsPolicy' | 'seLinuxChangePolicy'>(
  context: Pick<V1PodSecurityContext, K>,
  field: K,
  words: readonly string[],
  path: string,
  errors: FieldErrors,
): void {
  const value: string | undefined = context[field];
  if (value !== undefined) checkOneOf(value, words, `${path}.${field}`, errors);
}

const SYSCTL_SEGMENT = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const SYSCTL = `^(${SYSCTL_SEGMENT}[\\./])*${SYSCTL_SEGMENT}$`;
const sysctlPattern = new RegExp(SYSCTL);
const SYSCTL_LENGTH_MAX = 253;

const ipcSysctls = new Set([
  ...['kernel.sem', 'kernel.shm', 'kernel.shmall', 'kernel.shmmax', 'kernel.shmmni', 'kernel.shm_rmid_forced'],
  ...['kernel.msg', 'kernel.msgmax', 'kernel.msgmnb', 'kernel.msgmni'],
]);

function checkSysctls(context: V1PodSecurityContext, spec: V1PodSpec, path: string, errors: FieldErrors): void {
  const taken = new Set<string>();
  for (const [index, { name }] of (context.sysctls ?? []).entries()) {
    const at = `${path}[${index}].name`;
    if (name === '') errors.required(at);
    else if (name.length > SYSCTL_LENGTH_MAX || !sysctlPattern.test(name)) {
      errors.invalid(at, name, `must have at most ${SYSCTL_LENGTH_MAX} characters and match regex ${SYSCTL}`);
    } else if (taken.has(name)) errors.duplicate(at, name);
    taken.add(name);
    const dotted = dottedSysctl(name);
    if (spec.hostNetwork === true && dotted.startsWith('net.')) {
      errors.invalid(at, name, "may not be specified when 'hostNetwork' is true");
    } else if (spec.hostIPC === true && isIpcSysctl(dotted)) {
      errors.invalid(at, name, "may not be specified when 'hostIPC' is true");
    }
  }
}

/** Slashes may separate the segments; then dots belong to them. */
function dottedSysctl(name: string): string {
  const firstSeparator = /[./]/.exec(name)?.[0];
  if (firstSeparator !== '/') return name;
  return name.replace(/[./]/g, (mark) => (mark === '/' ? '.' : '/'));
}

function isIpcSysctl(name: string): boolean {
  return ipcSysctls.has(name) || name.startsWith('fs.mqueue.');
}
