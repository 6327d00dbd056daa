/** `describe` of nodes, namespaces, services, config maps and secrets, and of anything else by its fields. */
import { ageSince } from '../printers/age.ts';
import type { Outline } from './outline.ts';
import { annotations, type Condition, longTime, type Meta, pairs } from './parts.ts';
import type { Pod } from './pod.ts';

export interface Node {
  readonly metadata: Meta;
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly podCIDR?: string;
    readonly podCIDRs?: readonly string[];
    readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly capacity?: Readonly<Record<string, string>>;
    readonly allocatable?: Readonly<Record<string, string>>;
    readonly nodeInfo?: Readonly<Record<string, string>>;
  };
}

const INFO: readonly (readonly [string, string])[] = [
  ['Machine ID', 'machineID'],
  ['System UUID', 'systemUUID'],
  ['Boot ID', 'bootID'],
  ['Kernel Version', 'kernelVersion'],
  ['OS Image', 'osImage'],
  ['Operating System', 'operatingSystem'],
  ['Architecture', 'architecture'],
  ['Container Runtime Version', 'containerRuntimeVersion'],
  ['Kubelet Version', 'kubeletVersion'],
];

export function describeNode(
  outline: Outline,
  { metadata, spec, status }: Node,
  pods: readonly Pod[],
  nowMs: number,
): void {
  const roles = Object.keys(metadata.labels ?? {})
    .filter((key) => key.startsWith('node-role.kubernetes.io/'))
    .map((key) => key.slice('node-role.kubernetes.io/'.length));
  outline
    .field('Name', metadata.name)
    .field('Roles', roles.join(','))
    .list('Labels', pairs(metadata.labels))
    .list('Annotations', annotations(metadata))
    .field('CreationTimestamp', longTime(metadata.creationTimestamp))
    .list(
      'Taints',
      (spec?.taints ?? []).map(
        ({ key, value, effect }) => `${key}${value === undefined || value === '' ? '' : `=${value}`}:${effect}`,
      ),
    )
    .field('Unschedulable', spec?.unschedulable === true);
  outline.section('Conditions', (inside) =>
    inside.table(
      ['Type', 'Status', 'LastHeartbeatTime', 'LastTransitionTime', 'Reason', 'Message'],
      (status?.conditions ?? []).map((each) => [
        each.type,
        each.status,
        longTime(each.lastHeartbeatTime),
        longTime(each.lastTransitionTime),
        each.reason ?? '',
        each.message ?? '',
      ]),
    ),
  );
  outline.section('Addresses', (inside) => {
    for (const { type, address } of status?.addresses ?? []) inside.field(type, address);
  });
  for (const [title, amounts] of [
    ['Capacity', status?.capacity],
    ['Allocatable', status?.allocatable],
  ] as const) {
    outline.section(title, (inside) => {
      for (const [name, amount] of Object.entries(amounts ?? {}).sort()) inside.field(name, amount);
    });
  }
  outline.section('System Info', (inside) => {
    for (const [title, field] of INFO) inside.field(title, status?.nodeInfo?.[field]);
  });
  outline.fieldIf('PodCIDR', spec?.podCIDR).fieldIf('PodCIDRs', spec?.podCIDRs?.join(','));
  const live = pods.filter((pod) => pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed');
  outline.text(`Non-terminated Pods:          (${live.length} in total)`);
  outline.table(
    ['  Namespace', 'Name', 'Age'],
    live.map((pod) => [
      `  ${pod.metadata.namespace}`,
      pod.metadata.name ?? '',
      ageSince(pod.metadata.creationTimestamp, nowMs),
    ]),
  );
}

export interface Service {
  readonly metadata: Meta;
  readonly spec?: {
    readonly type?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly clusterIP?: string;
    readonly clusterIPs?: readonly string[];
    readonly ipFamilies?: readonly string[];
    readonly ipFamilyPolicy?: string;
    readonly sessionAffinity?: string;
    readonly internalTrafficPolicy?: string;
    readonly externalTrafficPolicy?: string;
    readonly ports?: readonly {
      readonly name?: string;
      readonly port: number;
      readonly protocol?: string;
      readonly targetPort?: number | string;
      readonly nodePort?: number;
    }[];
  };
}

export function describeService(
  outline: Outline,
  { metadata, spec }: Service,
  endpoints: (port: string) => string,
): void {
  outline
    .field('Name', metadata.name)
    .field('Namespace', metadata.namespace)
    .list('Labels', pairs(metadata.labels))
    .list('Annotations', annotations(metadata))
    .field('Selector', pairs(spec?.selector).join(','))
    .field('Type', spec?.type)
    .field('IP Family Policy', spec?.ipFamilyPolicy)
    .field('IP Families', spec?.ipFamilies?.join(','))
    .field('IP', spec?.clusterIP)
    .field('IPs', spec?.clusterIPs?.join(','));
  for (const { name, port, protocol, targetPort, nodePort } of spec?.ports ?? []) {
    const label = name === undefined || name === '' ? '<unset>' : name;
    outline.field('Port', `${label}  ${port}/${protocol}`).field('TargetPort', `${targetPort}/${protocol}`);
    if (nodePort !== undefined) outline.field('NodePort', `${label}  ${nodePort}/${protocol}`);
    outline.field('Endpoints', endpoints(name ?? ''));
  }
  outline
    .field('Session Affinity', spec?.sessionAffinity)
    .fieldIf('External Traffic Policy', spec?.externalTrafficPolicy)
    .fieldIf('Internal Traffic Policy', spec?.internalTrafficPolicy);
}

export function describeNamespace(
  outline: Outline,
  { metadata, status }: { readonly metadata: Meta; readonly status?: { readonly phase?: string } },
): void {
  outline
    .field('Name', metadata.name)
    .list('Labels', pairs(metadata.labels))
    .list('Annotations', annotations(metadata))
    .field('Status', status?.phase);
}

export function describeConfigMap(
  outline: Outline,
  {
    metadata,
    data,
    binaryData,
  }: {
    readonly metadata: Meta;
    readonly data?: Readonly<Record<string, string>>;
    readonly binaryData?: Readonly<Record<string, string>>;
  },
): void {
  outline
    .field('Name', metadata.name)
    .field('Namespace', metadata.namespace)
    .list('Labels', pairs(metadata.labels))
    .list('Annotations', annotations(metadata));
  outline.text('').text('Data').text('====');
  for (const [key, value] of Object.entries(data ?? {}).sort())
    outline.text(`${key}:`).text('----').text(value).text('');
  outline.text('').text('BinaryData').text('====');
  for (const [key, value] of Object.entries(binaryData ?? {}).sort())
    outline.text(`${key}: ${Buffer.from(value, 'base64').length} bytes`);
  outline.text('');
}

/** Sizes only: what a secret holds is never printed. */
export function describeSecret(
  outline: Outline,
  {
    metadata,
    type,
    data,
  }: { readonly metadata: Meta; readonly type?: string; readonly data?: Readonly<Record<string, string>> },
): void {
  outline
    .field('Name', metadata.name)
    .field('Namespace', metadata.namespace)
    .list('Labels', pairs(metadata.labels))
    .list('Annotations', annotations(metadata));
  outline.text('').field('Type', type).text('').text('Data').text('====');
  for (const [key, value] of Object.entries(data ?? {}).sort())
    outline.text(`${key}:  ${Buffer.from(value, 'base64').length} bytes`);
}

/** Any other kind: its fields in order, as kubectl shows custom resources. */
export function describeFields(
  outline: Outline,
  object: Readonly<Record<string, unknown>> & { readonly metadata: Meta },
): void {
  const { metadata, apiVersion, kind, ...rest } = object;
  outline
    .field('Name', metadata.name)
    .field('Namespace', metadata.namespace)
    .list('Labels', pairs(metadata.labels))
    .list('Annotations', annotations(metadata));
  outline.field('API Version', String(apiVersion ?? '')).field('Kind', String(kind ?? ''));
  const {
    managedFields: _fields,
    labels: _labels,
    annotations: _annotations,
    name: _name,
    namespace: _namespace,
    ...facts
  } = metadata as Record<string, unknown>;
  fields(outline, { metadata: facts, ...rest });
}

function fields(outline: Outline, object: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(object)) {
    const title = spaced(key);
    if (Array.isArray(value)) {
      outline.section(title, (inside) => {
        for (const each of value) item(inside, each);
      });
    } else if (typeof value === 'object' && value !== null)
      outline.section(title, (inside) => fields(inside, value as Record<string, unknown>));
    else outline.field(title, value === null ? '<nil>' : String(value));
  }
}

function item(outline: Outline, value: unknown): void {
  if (typeof value === 'object' && value !== null) fields(outline, value as Record<string, unknown>);
  else outline.text(String(value));
}

/** `podSelector` as `Pod Selector`. */
function spaced(key: string): string {
  const words = key.replace(/([a-z0-9])([A-Z])/g, '$1 $2');
  return `${words[0]?.toUpperCase() ?? ''}${words.slice(1)}`;
}
