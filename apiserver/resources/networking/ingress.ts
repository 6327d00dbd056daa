/** Ingresses: which hosts and paths lead to which services from outside. */
import type { V1Ingress } from '../../../generated/kubernetes.d.ts';
import { defineRow, type Filled, keepField, statusPart } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, nameColumn, textColumn } from '../table/columns.ts';
import { ipWarnings } from '../validation/ips.ts';
import {
  CLASS_ANNOTATION,
  validateIngress,
  validateIngressStatus,
  validateIngressUpdate,
} from './ingress-validation.ts';

type Ingress = Filled<V1Ingress>;

const MODEL = 'V1Ingress';
const HOSTS_SHOWN_MAX = 3;

function warnings({ metadata, spec }: Ingress, old: Ingress | undefined): string[] {
  const isDeprecated = metadata.annotations?.[CLASS_ANNOTATION] !== undefined && spec.ingressClassName === undefined;
  if (old !== undefined || !isDeprecated) return [];
  return [`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`];
}

function statusWarnings({ status }: Ingress): string[] {
  return (status.loadBalancer?.ingress ?? []).flatMap(({ ip = '' }, index) =>
    ip === '' ? [] : ipWarnings(`status.loadBalancer.ingress[${index}]`, ip),
  );
}

/** The first hosts; rules beyond those that were shown are counted. */
function formatHosts({ spec }: Ingress): string {
  const rules = spec.rules ?? [];
  const hosts: string[] = [];
  let more = false;
  for (const { host = '' } of rules) {
    if (hosts.length === HOSTS_SHOWN_MAX) more = true;
    if (!more && host !== '') hosts.push(host);
  }
  if (hosts.length === 0) return '*';
  return more ? `${hosts.join(',')} + ${rules.length - HOSTS_SHOWN_MAX} more...` : hosts.join(',');
}

function formatAddresses({ status }: Ingress): string {
  const addresses = (status.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '');
  return [...new Set(addresses)]
    .filter((each) => each !== '')
    .sort()
    .join(',');
}

export const ingressRow = defineRow<V1Ingress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  resource: 'ingresses',
  shortNames: ['ing'],
  model: MODEL,
  storagePrefix: '/registry/ingress',
  generation: 'spec',
  strategy: {
    prepareForCreate(ingress) {
      ingress.status = { loadBalancer: {} };
    },
    prepareForUpdate: (ingress, old) => keepField(ingress, old, 'status'),
    validate: validateIngress,
    metaOnUpdate: ['change', 'content'],
    validateUpdate: validateIngressUpdate,
    warnings,
  },
  table: {
    columns: [
      nameColumn,
      textColumn('Class', 'The name of the IngressClass resource that should be used for additional configuration'),
      textColumn('Hosts', 'Hosts that incoming requests are matched against before the ingress rule'),
      textColumn('Address', 'Address is a list containing ingress points for the load-balancer'),
      textColumn('Ports', 'Ports of TLS configurations that open'),
      ageColumn,
    ],
    cells: (ingress, nowMs) => [
      nameOf(ingress),
      ingress.spec.ingressClassName ?? '<none>',
      formatHosts(ingress),
      formatAddresses(ingress),
      (ingress.spec.tls ?? []).length > 0 ? '80, 443' : '80',
      ageOf(ingress, nowMs),
    ],
  },
  subresources: {
    status: statusPart<V1Ingress>(MODEL, { validateUpdate: validateIngressStatus, warnings: statusWarnings }),
  },
});
