/** Where containers mount volumes, and which they use as block devices (pkg/apis/core/validation). */
import type { V1Container, V1VolumeDevice, V1VolumeMount } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { checkDescendingPath } from './paths.ts';
import type { VolumesByName } from './volumes.ts';

type Container = Pick<V1Container, 'volumeMounts' | 'volumeDevices' | 'securityContext'>;

export function checkMounts(
  container: Container,
  volumes: VolumesByName,
  containerPath: string,
  errors: FieldErrors,
): void {
  const path = `${containerPath}.volumeMounts`;
  const devices = container.volumeDevices ?? [];
  const taken = new Set<string>();
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const at = `${path}[${index}]`;
    const { name, mountPath } = mount;
    if (name === '') errors.required(`${at}.name`);
    if (!volumes.has(name)) errors.notFound(`${at}.name`, name);
    if (mountPath === '') errors.required(`${at}.mountPath`);
    if (taken.has(mountPath)) errors.invalid(`${at}.mountPath`, mountPath, 'must be unique');
    taken.add(mountPath);
    if (devices.some((device) => device.name === name)) {
      errors.invalid(`${at}.name`, name, 'must not already exist in volumeDevices');
    }
    if (devices.some((device) => device.devicePath === mountPath)) {
      errors.invalid(`${at}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices');
    }
    checkSubPaths(mount, at, path, errors);
    checkPropagation(mount, container, `${path}.mountPropagation`, errors);
    checkRecursiveReadOnly(mount, `${path}.recursiveReadOnly`, errors);
  }
}

/** Upstream names the list for what is wrong with a sub-path, not the item. */
function checkSubPaths(mount: V1VolumeMount, at: string, path: string, errors: FieldErrors): void {
  const { subPath = '', subPathExpr = '' } = mount;
  if (subPath !== '') checkDescendingPath(subPath, `${path}.subPath`, errors);
  if (subPathExpr === '') return;
  if (subPath !== '') {
    errors.invalid(`${at}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive');
  }
  checkDescendingPath(subPathExpr, `${path}.subPathExpr`, errors);
}

const PROPAGATIONS = ['Bidirectional', 'HostToContainer', 'None'];

function checkPropagation(mount: V1VolumeMount, container: Container, path: string, errors: FieldErrors): void {
  const { mountPropagation } = mount;
  if (mountPropagation === undefined) return;
  if (!PROPAGATIONS.includes(mountPropagation)) errors.notSupported(path, mountPropagation, PROPAGATIONS);
  if (mountPropagation === 'Bidirectional' && container.securityContext?.privileged !== true) {
    errors.forbidden(path, 'Bidirectional mount propagation is available only to privileged containers');
  }
}

function checkRecursiveReadOnly(mount: V1VolumeMount, path: string, errors: FieldErrors): void {
  const { recursiveReadOnly, readOnly = false, mountPropagation = 'None' } = mount;
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return;
  if (recursiveReadOnly !== 'Enabled' && recursiveReadOnly !== 'IfPossible') {
    errors.notSupported(path, recursiveReadOnly, ['Disabled', 'Enabled', 'IfPossible']);
    return;
  }
  if (!readOnly) errors.forbidden(path, 'may only be specified when readOnly is true');
  if (mountPropagation !== 'None') {
    errors.forbidden(path, 'may only be specified when mountPropagation is None or not specified');
  }
}

export function checkDevices(
  container: Container,
  volumes: VolumesByName,
  containerPath: string,
  errors: FieldErrors,
): void {
  const mounts = container.volumeMounts ?? [];
  const names = new Set<string>();
  const paths = new Set<string>();
  for (const [index, device] of (container.volumeDevices ?? []).entries()) {
    const at = `${containerPath}.volumeDevices[${index}]`;
    const { name, devicePath } = device;
    const volume = volumes.get(name);
    if (name === '') errors.required(`${at}.name`);
    if (names.has(name)) errors.invalid(`${at}.name`, name, 'must be unique');
    if (volume === undefined) errors.notFound(`${at}.name`, name);
    else if (volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined) {
      const message = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
      errors.invalid(`${at}.name`, name, message);
    }
    checkDevicePath(device, at, paths, errors);
    if (mounts.some((mount) => mount.name === name)) {
      errors.invalid(`${at}.name`, name, 'must not already exist in volumeMounts');
    }
    if (mounts.some((mount) => mount.mountPath === devicePath)) {
      errors.invalid(`${at}.devicePath`, devicePath, 'must not already exist as a path in volumeMounts');
    }
    if (name !== '') names.add(name);
  }
}

function checkDevicePath({ devicePath }: V1VolumeDevice, at: string, taken: Set<string>, errors: FieldErrors): void {
  if (devicePath === '') errors.required(`${at}.devicePath`);
  if (taken.has(devicePath)) errors.invalid(`${at}.devicePath`, devicePath, 'must be unique');
  if (devicePath.split('/').includes('..')) {
    errors.invalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')");
  } else taken.add(devicePath);
}
