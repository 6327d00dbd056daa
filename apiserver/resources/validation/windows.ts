/** What pods of each operating system may set (pkg/apis/core/validation: validateOS, validateWindows…). */
import type {
  V1PodSecurityContext,
  V1PodSpec,
  V1SecurityContext,
  V1WindowsSecurityContextOptions,
} from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123SubdomainComplaints } from '../../machinery/name-formats.ts';
import { everyContainer } from './every-container.ts';
import { addInvalid } from './formats.ts';

const CREDENTIAL_KIB_MAX = 64;
const DOMAIN_CHARACTERS = 256;
const USER_CHARACTERS_MAX = 104;

const netBiosPattern = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const dnsLabel = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const domainPattern = new RegExp(`^${dnsLabel}(?:\\.${dnsLabel})*$`);

export function checkWindowsOptions(
  options: V1WindowsSecurityContextOptions | undefined,
  path: string,
  errors: FieldErrors,
): void {
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName: user } = options ?? {};
  if (name !== undefined) {
    addInvalid(errors, `${path}.gmsaCredentialSpecName`, name, dns1123SubdomainComplaints(name));
  }
  if (spec === '') errors.invalid(`${path}.gmsaCredentialSpec`, spec, 'gmsaCredentialSpec cannot be an empty string');
  else if (spec !== undefined && Buffer.byteLength(spec) > CREDENTIAL_KIB_MAX * 1024) {
    const message = `gmsaCredentialSpec size must be under ${CREDENTIAL_KIB_MAX} KiB`;
    errors.invalid(`${path}.gmsaCredentialSpec`, spec, message);
  }
  if (user !== undefined) addInvalid(errors, `${path}.runAsUserName`, user, userNameComplaints(user));
}

/** `DOMAIN\user`, the domain optional. */
function userNameComplaints(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(name)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const user = parts.at(-1) ?? '';
  const domain = parts.length === 2 ? (parts[0] ?? '') : undefined;
  const complaints: string[] = [];
  if (domain !== undefined && domain.length >= DOMAIN_CHARACTERS) {
    complaints.push(`runAsUserName's Domain length must be under ${DOMAIN_CHARACTERS} characters`);
  }
  if (domain !== undefined && !netBiosPattern.test(domain) && !domainPattern.test(domain)) {
    complaints.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  }
  if (user === '') complaints.push("runAsUserName's User cannot be empty");
  else if (user.length > USER_CHARACTERS_MAX) {
    complaints.push(`runAsUserName's User length must not be longer than ${USER_CHARACTERS_MAX} characters`);
  }
  if (/^[. ]+$/.test(user)) complaints.push("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) {
    complaints.push('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]');
  }
  return complaints;
}

/** Either all containers are the host's own processes, or none. */
export function checkHostProcess(spec: V1PodSpec, path: string, errors: FieldErrors): void {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const containers = everyContainer(spec, path);
  let count = 0;
  for (const { container, path: at } of containers) {
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      const message = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      errors.invalid(`${at}.securityContext.windowsOptions.hostProcess`, own, message);
    }
    if (own ?? ofPod ?? false) count += 1;
  }
  if (count === 0) return;
  if (count !== containers.length) {
    const message = 'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    errors.invalid(path, '', message);
  }
  if (spec.hostNetwork !== true) {
    const message = 'hostNetwork must be true if pod contains any hostProcess containers';
    errors.invalid(`${path}.hostNetwork`, false, message);
  }
}

export function checkOs(spec: V1PodSpec, path: string, errors: FieldErrors): void {
  if (spec.os === undefined) return;
  if (spec.os.name === '') errors.required(`${path}.os.name`);
  else if (spec.os.name === 'linux') checkLinux(spec, path, errors);
  else if (spec.os.name === 'windows') checkWindows(spec, path, errors);
  else errors.notSupported(`${path}.os`, spec.os.name, ['linux', 'windows']);
}

function checkLinux(spec: V1PodSpec, path: string, errors: FieldErrors): void {
  const forbid = (context: { windowsOptions?: object | undefined } | undefined, at: string): void => {
    if (context?.windowsOptions === undefined) return;
    errors.forbidden(`${at}.securityContext.windowsOptions`, 'windows options cannot be set for a linux pod');
  };
  forbid(spec.securityContext, path);
  for (const { container, path: at } of everyContainer(spec, path)) forbid(container.securityContext, at);
}

/** Fields of the pod and of its security context, in upstream's order. */
const POD_FIELDS: readonly (
  | keyof V1PodSecurityContext
  | 'hostUsers'
  | 'hostPID'
  | 'hostIPC'
  | 'shareProcessNamespace'
)[] = [
  ...(['appArmorProfile', 'seLinuxOptions', 'hostUsers', 'hostPID', 'hostIPC', 'seccompProfile', 'fsGroup'] as const),
  ...(['fsGroupChangePolicy', 'sysctls', 'shareProcessNamespace', 'runAsUser', 'runAsGroup'] as const),
  ...(['supplementalGroups', 'supplementalGroupsPolicy', 'seLinuxChangePolicy'] as const),
];
const OF_SPEC = new Set<string>(['hostUsers', 'hostPID', 'hostIPC', 'shareProcessNamespace']);

const CONTAINER_FIELDS: readonly (keyof V1SecurityContext)[] = [
  ...(['appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'capabilities', 'readOnlyRootFilesystem'] as const),
  ...(['privileged', 'allowPrivilegeEscalation', 'procMount', 'runAsUser', 'runAsGroup'] as const),
];

function checkWindows(spec: V1PodSpec, path: string, errors: FieldErrors): void {
  const forbid = (at: string): void => errors.forbidden(at, 'cannot be set for a windows pod');
  for (const field of POD_FIELDS) {
    const ofSpec = OF_SPEC.has(field);
    const holder = (ofSpec ? spec : (spec.securityContext ?? {})) as Readonly<Record<string, unknown>>;
    const value = holder[field];
    const isSet = field === 'hostPID' || field === 'hostIPC' ? value === true : value !== undefined;
    if (isSet) forbid(ofSpec ? `${path}.${field}` : `${path}.securityContext.${field}`);
  }
  for (const { container, path: at } of everyContainer(spec, path)) {
    for (const field of CONTAINER_FIELDS) {
      if (container.securityContext?.[field] !== undefined) forbid(`${at}.securityContext.${field}`);
    }
  }
}
