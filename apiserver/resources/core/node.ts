/** Nodes (pkg/registry/core/node). */

import { parseCidr } from '../../../base/ip.ts';
import type { V1Node, V1NodeAddress, V1NodeConfigSource } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123LabelComplaints, dns1123SubdomainComplaints } from '../../machinery/name-formats.ts';
import { notFound, quoted } from '../../machinery/status.ts';
import { defineRow, type Filled, keepField, statusPart } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, fieldDoc, nameColumn, textColumn, wide } from '../table/columns.ts';
import { addInvalid, checkPositive, configKeyComplaints } from '../validation/formats.ts';
import { checkCidr, cidrWarnings } from '../validation/ips.ts';
import { checkResourceAmount } from '../validation/resource-names.ts';
import { checkTaints } from '../validation/taints.ts';
import { setResourceListDefaults } from './container-defaults.ts';
import { kubeletAddress, proxied, splitProxyName, unreachable } from './pod-node-connection.ts';

type Node = Filled<V1Node>;

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

function setDefaults({ spec, status }: Node): void {
  if (spec.podCIDR !== undefined && spec.podCIDR !== spec.podCIDRs?.[0]) spec.podCIDRs = [spec.podCIDR];
  const first = spec.podCIDRs?.[0];
  if (first !== undefined) spec.podCIDR = first;
  setResourceListDefaults(status.capacity);
  setResourceListDefaults(status.allocatable);
  // None at all, or stored as none and read again.
  const allocatable = Object.keys(status.allocatable ?? {});
  if (allocatable.length === 0 && status.capacity !== undefined) status.allocatable = { ...status.capacity };
}

function validate(node: Node, errors: FieldErrors): void {
  checkTaints(node.spec.taints ?? [], 'metadata.taints', errors);
  validateAmounts(node, errors);
  const swap = node.status.nodeInfo?.swap?.capacity;
  if (swap !== undefined) checkPositive(swap, 'metadata.nodeSwapStatus.capacity', errors);
  validateFeatures(node.status.declaredFeatures ?? [], errors);
  validatePodCidrs(node.spec.podCIDRs ?? [], errors);
}

const FEATURE_NAME = /^[A-Z][a-zA-Z0-9]*(?:\/[a-zA-Z][a-zA-Z0-9]*)*$/;
const FEATURE_BYTES_MAX = 253;

function validateFeatures(features: readonly string[], errors: FieldErrors): void {
  for (const [index, feature] of features.entries()) {
    const at = `status.declaredFeatures[${index}]`;
    const complaint = featureComplaint(feature);
    if (complaint !== undefined) errors.invalid(at, feature, `invalid feature name ${quoted(feature)}: ${complaint}`);
    const next = features[index + 1];
    if (next === undefined) continue;
    const after = `status.declaredFeatures[${index + 1}]`;
    if (feature === next) errors.duplicate(after, next);
    else if (feature > next) errors.invalid(after, next, 'list must be sorted alphabetically');
  }
}

function featureComplaint(feature: string): string | undefined {
  if (Buffer.byteLength(feature) > FEATURE_BYTES_MAX) return `must be no more than ${FEATURE_BYTES_MAX} characters`;
  if (FEATURE_NAME.test(feature)) return undefined;
  return "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes";
}

function validateAmounts({ status }: Node, errors: FieldErrors): void {
  for (const list of ['capacity', 'allocatable'] as const) {
    for (const [name, amount] of Object.entries(status[list] ?? {})) {
      checkResourceAmount(name, amount, `status.${list}.${name}`, errors);
    }
  }
}

function validatePodCidrs(cidrs: readonly string[], errors: FieldErrors): void {
  for (const [index, cidr] of cidrs.entries()) checkCidr(cidr, `spec.podCIDRs[${index}]`, errors);
  if (cidrs.length < 2) return;
  const families = new Set(cidrs.map((cidr) => parseCidr(cidr)?.address.family));
  if (families.size !== 2 || cidrs.length > 2) {
    errors.invalid('spec.podCIDRs', cidrs, 'may specify no more than one CIDR for each IP family');
  }
}

function validateUpdate(node: Node, old: Node, errors: FieldErrors): void {
  validateAmounts(node, errors);
  validateFeatures(node.status.declaredFeatures ?? [], errors);
  validateAddresses(node.status.addresses ?? [], errors);
  const before = old.spec.podCIDRs ?? [];
  const after = node.spec.podCIDRs ?? [];
  const cidrsFixed = 'node updates may not change podCIDR except from "" to valid';
  if (before.length > 0 && before.length !== after.length) errors.forbidden('spec.podCIDRs', cidrsFixed);
  else {
    for (const [index, cidr] of before.entries()) {
      if (cidr !== after[index]) errors.forbidden('spec.podCIDRs', cidrsFixed);
    }
  }
  if (old.spec.providerID !== undefined && old.spec.providerID !== node.spec.providerID) {
    errors.forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid');
  }
  validateConfig(node, errors);
  checkTaints(node.spec.taints ?? [], 'metadata.taints', errors);
  if (node.spec.externalID !== old.spec.externalID) errors.forbidden('spec.externalID', 'may not be updated');
}

function validateAddresses(addresses: readonly V1NodeAddress[], errors: FieldErrors): void {
  const seen = new Set<string>();
  for (const [index, { type, address }] of addresses.entries()) {
    const identity = `${type} ${address}`;
    if (seen.has(identity)) errors.duplicate(`status.addresses[${index}]`, { Type: type, Address: address });
    seen.add(identity);
  }
}

function validateConfig({ spec, status }: Node, errors: FieldErrors): void {
  if (spec.configSource !== undefined) validateConfigSource(spec.configSource, false, 'spec.configSource', errors);
  for (const field of ['assigned', 'active', 'lastKnownGood'] as const) {
    const source = status.config?.[field];
    if (source !== undefined) validateConfigSource(source, true, `status.config.${field}`, errors);
  }
}

function validateConfigSource(source: V1NodeConfigSource, inStatus: boolean, path: string, errors: FieldErrors): void {
  const map = source.configMap;
  if (map === undefined) {
    errors.invalid(path, { ConfigMap: null }, 'exactly one reference subfield must be non-nil');
    return;
  }
  const at = `${path}.configMap`;
  for (const field of ['uid', 'resourceVersion'] as const) {
    if (inStatus && !map[field]) errors.required(`${at}.${field}`);
    if (!inStatus && map[field]) errors.forbidden(`${at}.${field}`, `${field} must not be set in spec`);
  }
  const judge = (field: 'namespace' | 'name' | 'kubeletConfigKey', complaints: (value: string) => string[]): void => {
    if (map[field] === '') errors.required(`${at}.${field}`);
    else addInvalid(errors, `${at}.${field}`, map[field], complaints(map[field]));
  };
  judge('namespace', dns1123LabelComplaints);
  judge('name', dns1123SubdomainComplaints);
  judge('kubeletConfigKey', configKeyComplaints);
}

function warnings({ spec }: Node): string[] {
  const texts: string[] = [];
  if (spec.configSource !== undefined) texts.push('spec.configSource: the feature is removed');
  if (spec.externalID) texts.push('spec.externalID: this field is deprecated, and is unused by Kubernetes');
  for (const [index, cidr] of (spec.podCIDRs ?? []).entries()) {
    texts.push(...cidrWarnings(`spec.podCIDRs[${index}]`, cidr));
  }
  return texts;
}

function statusOf({ spec, status }: Node): string {
  const ready = status.conditions?.filter((condition) => condition.type === 'Ready').at(-1);
  const words = [ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'];
  if (spec.unschedulable === true) words.push('SchedulingDisabled');
  return words.join(',');
}

function rolesOf(node: Node): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key !== ROLE_PREFIX) roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === ROLE_LABEL && value !== '') roles.add(value);
  }
  return [...roles].sort().join(',') || '<none>';
}

function addressOf(node: Node, type: string): string {
  return node.status.addresses?.find((address) => address.type === type)?.address ?? '<none>';
}

export const nodeRow = defineRow<V1Node>({
  group: '',
  version: 'v1',
  kind: 'Node',
  namespaced: false,
  shortNames: ['no'],
  model: 'V1Node',
  storagePrefix: '/registry/minions',
  strategy: {
    defaults: setDefaults,
    prepareForCreate(node) {
      delete node.spec.configSource;
      delete node.status.config;
    },
    prepareForUpdate(node, old) {
      keepField(node, old, 'status');
      if (old.spec.configSource === undefined) delete node.spec.configSource;
    },
    validate,
    metaOnUpdate: ['content', 'change'],
    validateUpdate(node, old, errors) {
      validate(node, errors);
      validateUpdate(node, old, errors);
    },
    warnings,
  },
  table: {
    columns: [
      nameColumn,
      textColumn('Status', 'The status of the node'),
      textColumn('Roles', 'The roles of the node'),
      ageColumn,
      textColumn('Version', fieldDoc('V1NodeSystemInfo.kubeletVersion')),
      wide(textColumn('Internal-IP', fieldDoc('V1NodeStatus.addresses'))),
      wide(textColumn('External-IP', fieldDoc('V1NodeStatus.addresses'))),
      wide(textColumn('OS-Image', fieldDoc('V1NodeSystemInfo.osImage'))),
      wide(textColumn('Kernel-Version', fieldDoc('V1NodeSystemInfo.kernelVersion'))),
      wide(textColumn('Container-Runtime', fieldDoc('V1NodeSystemInfo.containerRuntimeVersion'))),
    ],
    cells(node, nowMs) {
      const info = node.status.nodeInfo;
      const architecture = info?.architecture ? ` (${info.architecture})` : '';
      return [
        nameOf(node),
        statusOf(node),
        rolesOf(node),
        ageOf(node, nowMs),
        info?.kubeletVersion ?? '',
        addressOf(node, 'InternalIP'),
        addressOf(node, 'ExternalIP'),
        info?.osImage || '<unknown>',
        (info?.kernelVersion || '<unknown>') + architecture,
        info?.containerRuntimeVersion || '<unknown>',
      ];
    },
  },
  fieldLabels: { 'spec.unschedulable': (node) => String(node.spec.unschedulable ?? false) },
  subresources: {
    proxy: {
      type: 'special',
      verbs: ['create', 'delete', 'get', 'patch', 'update'],
      group: '',
      version: 'v1',
      kind: 'NodeProxyOptions',
      model: '',
      connect: proxied,
      async handle(request, services) {
        const { name } = splitProxyName(request.name, 'node');
        if ((await services.get({ group: '', resource: 'nodes' }, undefined, name)) === undefined) {
          throw notFound({ group: '', resource: 'nodes' }, name);
        }
        throw unreachable(await kubeletAddress(name, services));
      },
    },
    status: statusPart<V1Node>('V1Node', {
      defaults: setDefaults,
      prepareForUpdate(node, old) {
        if (old.status.config === undefined) delete node.status.config;
      },
      validateUpdate,
    }),
  },
});
