/** Services: their row. */
import type { V1Endpoints, V1Service } from '../../../generated/kubernetes.d.ts';
import type { RegistryServices, ResourceRow, SpecialAnswer, SpecialRequest } from '../../machinery/resource-row.ts';
import { notFound, serviceUnavailable } from '../../machinery/status.ts';
import { defineRow, type Filled, statusPart } from '../row.ts';
import { ageOf, formatLabels, nameOf } from '../table/cells.ts';
import { ageColumn, fieldDoc, nameColumn, textColumn, wide } from '../table/columns.ts';
import { ipWarnings } from '../validation/ips.ts';
import { proxied, splitProxyName, unreachable } from './pod-node-connection.ts';
import { type ServicePlumbing, serviceAllocation } from './service-allocation.ts';
import {
  prepareServiceForCreate,
  prepareServiceForUpdate,
  type Service,
  setServiceDefaults,
} from './service-strategy.ts';
import {
  serviceWarnings,
  validateLoadBalancerStatus,
  validateService,
  validateServiceUpdate,
} from './service-validation.ts';

export function serviceRow(plumbing: ServicePlumbing): ResourceRow {
  const families = plumbing.clusterIpRanges.map((range) => range.address.family);
  return defineRow<V1Service>({
    group: '',
    version: 'v1',
    kind: 'Service',
    shortNames: ['svc'],
    categories: ['all'],
    model: 'V1Service',
    storagePrefix: '/registry/services/specs',
    nameRule: 'label',
    allowCreateOnUpdate: true,
    returnsDeletedObject: true,
    strategy: {
      defaults: setServiceDefaults,
      prepareForCreate: (service) => prepareServiceForCreate(service, families),
      prepareForUpdate: (service, old) => prepareServiceForUpdate(service, old, families),
      validate: (service, errors) => validateService(service, undefined, families, errors),
      validateUpdate: (service, old, errors) => validateServiceUpdate(service, old, families, errors),
      warnings: serviceWarnings,
    },
    hooks: [serviceAllocation(plumbing)],
    table: {
      columns: [
        nameColumn,
        textColumn('Type', fieldDoc('V1ServiceSpec.type')),
        textColumn('Cluster-IP', fieldDoc('V1ServiceSpec.clusterIP')),
        textColumn('External-IP', fieldDoc('V1ServiceSpec.externalIPs')),
        textColumn('Port(s)', fieldDoc('V1ServiceSpec.ports')),
        ageColumn,
        wide(textColumn('Selector', fieldDoc('V1ServiceSpec.selector'))),
      ],
      cells: (service, nowMs) => [
        nameOf(service),
        service.spec.type ?? '',
        service.spec.clusterIPs?.[0] ?? '<none>',
        externalIp(service),
        formatPorts(service),
        ageOf(service, nowMs),
        formatLabels(service.spec.selector),
      ],
    },
    fieldLabels: {
      'spec.clusterIP': (service) => service.spec.clusterIP ?? '',
      'spec.type': (service) => service.spec.type ?? '',
    },
    subresources: {
      proxy: {
        type: 'special',
        verbs: ['create', 'delete', 'get', 'patch', 'update'],
        group: '',
        version: 'v1',
        kind: 'ServiceProxyOptions',
        connect: proxied,
        model: '',
        handle: proxy,
      },
      status: statusPart<V1Service>('V1Service', {
        defaults: setServiceDefaults,
        validateUpdate: (service, old, errors) =>
          validateLoadBalancerStatus(service.status.loadBalancer, old.status.loadBalancer, service.spec, errors),
        warnings: (service) =>
          (service.status.loadBalancer?.ingress ?? []).flatMap(({ ip }, index) =>
            ip === undefined ? [] : ipWarnings(`status.loadBalancer.ingress[${index}]`, ip),
          ),
      }),
    },
  });
}

function externalIp({ spec, status }: Service): string {
  const external = spec.externalIPs ?? [];
  switch (spec.type) {
    case 'ClusterIP':
    case 'NodePort':
      return external.join(',') || '<none>';
    case 'LoadBalancer': {
      const ingress = (status.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip || hostname || []);
      return [...[...new Set(ingress)].sort(), ...external].join(',') || '<pending>';
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

function formatPorts({ spec }: Service): string {
  const ports = (spec.ports ?? []).map(({ port, nodePort, protocol }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return ports.join(',') || '<none>';
}

/** `[scheme:]name[:port]`, the port by number or name. */
async function proxy(request: SpecialRequest, services: RegistryServices): Promise<SpecialAnswer> {
  const { name, port } = splitProxyName(request.name, 'service');
  const group = '';
  const service = (await services.get({ group, resource: 'services' }, request.namespace, name)) as
    | Filled<V1Service>
    | undefined;
  if (service === undefined) throw notFound({ group, resource: 'services' }, name);
  let portName = port;
  if (/^\d+$/.test(port)) {
    const found = service.spec.ports?.find((each) => each.port === Number(port));
    if (found === undefined) {
      throw serviceUnavailable(`no service port ${Number(port)} found for service ${JSON.stringify(name)}`);
    }
    portName = found.name ?? '';
  }
  const endpoints = (await services.get({ group, resource: 'endpoints' }, request.namespace, name)) as
    | Filled<V1Endpoints>
    | undefined;
  // Upstream's complaint names the resource of the request, whatever was looked for.
  if (endpoints === undefined) throw notFound({ group, resource: 'services' }, name);
  for (const { addresses = [], ports = [] } of endpoints.subsets ?? []) {
    const target = ports.find((each) => (each.name ?? '') === portName);
    if (target !== undefined && addresses[0] !== undefined) throw unreachable(`${addresses[0].ip}:${target.port}`);
  }
  throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(request.name)}`);
}
