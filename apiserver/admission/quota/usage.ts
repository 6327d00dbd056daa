/**
 * What an object uses of a namespace's quotas: a kind that is only counted uses one of `count/RESOURCE`; pods, claims and
 * services are measured (k8s.io/kubernetes/pkg/quota/v1/evaluator/core). Pure.
 */
import { Quantity, quantityOf } from '../../../base/quantity.ts';
import type {
  ResourceV1ResourceClaim,
  V1DeviceSubRequest,
  V1ExactDeviceRequest,
  V1PersistentVolumeClaim,
  V1Service,
} from '../../../generated/kubernetes.d.ts';
import type { ResourceRow } from '../../machinery/resource-row.ts';
import type { AdmissionAttributes } from '../../machinery/steps.ts';
import type { Amounts } from '../pod-resources.ts';
import { one, type QuotaEvaluator } from './evaluator.ts';
import { podEvaluator } from './pod-usage.ts';

/** Names that counts had before `count/` was invented. */
const ALIASES: Readonly<Record<string, string>> = {
  '/configmaps': 'configmaps',
  '/resourcequotas': 'resourcequotas',
  '/replicationcontrollers': 'replicationcontrollers',
  '/secrets': 'secrets',
};

/** What is never counted: events, which come and go by themselves, and what is not stored. */
const IGNORED: ReadonlySet<string> = new Set([
  '/bindings',
  '/componentstatuses',
  '/events',
  'events.k8s.io/events',
  'authentication.k8s.io/tokenreviews',
  'authorization.k8s.io/localsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectrulesreviews',
  'authorization.k8s.io/subjectaccessreviews',
]);

export function evaluatorOf(row: ResourceRow): QuotaEvaluator | undefined {
  const key = `${row.group}/${row.resource}`;
  if (IGNORED.has(key)) return undefined;
  switch (key) {
    case '/pods':
      return podEvaluator;
    case '/services':
      return serviceEvaluator;
    case '/persistentvolumeclaims':
      return claimEvaluator;
    case 'resource.k8s.io/resourceclaims':
      return deviceEvaluator;
    default:
      return countEvaluator(row.group === '' ? row.resource : `${row.resource}.${row.group}`, ALIASES[key]);
  }
}

function isPlainWrite({ operation, subresource }: AdmissionAttributes): boolean {
  return subresource === '' && (operation === 'CREATE' || operation === 'UPDATE');
}

function countEvaluator(resource: string, alias: string | undefined): QuotaEvaluator {
  const names = [`count/${resource}`, ...(alias === undefined ? [] : [alias])];
  return {
    handles: ({ operation, subresource }) => operation === 'CREATE' && subresource === '',
    tracks: (name) => names.includes(name),
    usage: () => new Map(names.map((name) => [name, one])),
    matchesScope: () => false,
  };
}

const SERVICE_RESOURCES = ['count/services', 'services', 'services.nodeports', 'services.loadbalancers'];

const serviceEvaluator: QuotaEvaluator = {
  handles: isPlainWrite,
  tracks: (name) => SERVICE_RESOURCES.includes(name),
  usage(object) {
    const { spec } = object as unknown as V1Service;
    const ports = spec?.ports ?? [];
    const balanced = spec?.type === 'LoadBalancer';
    let nodePorts = spec?.type === 'NodePort' || balanced ? ports.length : 0;
    if (balanced && spec?.allocateLoadBalancerNodePorts === false) {
      nodePorts = ports.filter(({ nodePort }) => nodePort !== undefined && nodePort !== 0).length;
    }
    return new Map([
      ['count/services', one],
      ['services', one],
      ['services.nodeports', Quantity.ofInteger(nodePorts)],
      ['services.loadbalancers', Quantity.ofInteger(balanced ? 1 : 0)],
    ]);
  },
  matchesScope: () => false,
};

const DEVICES_SUFFIX = '.deviceclass.resource.k8s.io/devices';
const COUNT_DEVICE_CLAIMS = 'count/resourceclaims.resource.k8s.io';
/** A claim cannot be given more: who asks for all may get so many. */
const DEVICES_MAX = 32;

const deviceEvaluator: QuotaEvaluator = {
  handles: isPlainWrite,
  tracks: (name) => name === COUNT_DEVICE_CLAIMS || name.endsWith(DEVICES_SUFFIX),
  usage(object) {
    const { spec } = object as unknown as ResourceV1ResourceClaim;
    const devices = new Map<string, number>();
    for (const { exactly, firstAvailable } of spec?.devices?.requests ?? []) {
      // Of alternatives the one with the most counts, for each class.
      const most = new Map<string, number>();
      for (const asked of firstAvailable?.length ? firstAvailable : exactly === undefined ? [] : [exactly]) {
        const { deviceClassName } = asked;
        most.set(deviceClassName, Math.max(most.get(deviceClassName) ?? 0, deviceCount(asked)));
      }
      for (const [name, count] of most) devices.set(name, (devices.get(name) ?? 0) + count);
    }
    const used: Amounts = new Map([[COUNT_DEVICE_CLAIMS, one]]);
    for (const [name, count] of devices) used.set(`${name}${DEVICES_SUFFIX}`, Quantity.ofInteger(count));
    return used;
  },
  matchesScope: () => false,
};

function deviceCount({ allocationMode, count }: V1ExactDeviceRequest | V1DeviceSubRequest): number {
  if (allocationMode === 'All') return DEVICES_MAX;
  return allocationMode === 'ExactCount' ? (count ?? 0) : 0;
}

const CLASS_SUFFIX = '.storageclass.storage.k8s.io/';
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const CLAIM_RESOURCES = ['persistentvolumeclaims', 'requests.storage'];

const claimEvaluator: QuotaEvaluator = {
  handles: (attributes) =>
    isPlainWrite(attributes) || (attributes.subresource === 'status' && allocationChanges(attributes)),
  tracks: (name) =>
    name === 'count/persistentvolumeclaims' ||
    CLAIM_RESOURCES.some((resource) => name === resource || name.endsWith(CLASS_SUFFIX + resource)),
  usage(object) {
    const claim = object as unknown as V1PersistentVolumeClaim;
    const className = object.metadata.annotations?.[CLASS_ANNOTATION] ?? claim.spec?.storageClassName ?? '';
    const used: Amounts = new Map([
      ['count/persistentvolumeclaims', one],
      ['persistentvolumeclaims', one],
    ]);
    if (className !== '') used.set(`${className}${CLASS_SUFFIX}persistentvolumeclaims`, one);
    const storage = storageOf(claim);
    if (storage === undefined) return used;
    used.set('requests.storage', storage);
    if (className !== '') used.set(`${className}${CLASS_SUFFIX}requests.storage`, storage);
    return used;
  },
  matchesScope({ scopeName, operator, values = [] }, object) {
    if (scopeName !== 'VolumeAttributesClass') return false;
    const names = attributesClassesOf(object as unknown as V1PersistentVolumeClaim);
    switch (operator) {
      case 'Exists':
        return names.length > 0;
      case 'DoesNotExist':
        return names.length === 0;
      case 'In':
        return names.some((name) => values.includes(name));
      case 'NotIn':
        return names.length === 0 || names.some((name) => !values.includes(name));
      default:
        return false;
    }
  },
};

/** What is requested, or what was allocated for it if that is more; in whole bytes. */
function storageOf({ spec, status }: V1PersistentVolumeClaim): Quantity | undefined {
  const requested = spec?.resources?.requests?.storage;
  if (requested === undefined) return undefined;
  const allocated = quantityOf(status?.allocatedResources?.storage);
  const most = allocated.compare(quantityOf(requested)) > 0 ? allocated : quantityOf(requested);
  return most.isInteger ? most : Quantity.ofInteger(most.value, most.format);
}

function attributesClassesOf({ spec, status }: V1PersistentVolumeClaim): string[] {
  const names = [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ];
  return [...new Set(names.filter((name) => name !== undefined && name !== ''))] as string[];
}

function allocationChanges({ operation, object, old }: AdmissionAttributes): boolean {
  if (operation !== 'UPDATE' || object === undefined || old === undefined) return false;
  const [after, before] = [object, old].map((each) => each as unknown as V1PersistentVolumeClaim);
  if (after === undefined || before === undefined) return false;
  const stored = (claim: V1PersistentVolumeClaim): string => claim.status?.allocatedResources?.storage ?? '';
  return stored(after) !== stored(before) || attributesClassesOf(after).join() !== attributesClassesOf(before).join();
}
