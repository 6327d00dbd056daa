/** Endpoint slices: where a service's traffic goes, in pieces. */

import { deepEqual } from '../../../base/deep-equal.ts';
import type { DiscoveryV1EndpointPort, V1EndpointSlice } from '../../../generated/kubernetes.d.ts';
import { defineRow, type Filled } from '../row.ts';
import { ageOf, firstFew, nameOf } from '../table/cells.ts';
import { ageColumn, fieldDoc, nameColumn, textColumn } from '../table/columns.ts';
import { ipWarnings } from '../validation/ips.ts';
import { validateEndpointSlice, validateEndpointSliceUpdate } from './endpoint-slice-validation.ts';

type Slice = Filled<V1EndpointSlice>;

const SHOWN_MAX = 3;
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const OUR_CONTROLLERS = ['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io'];

/** A field of the beta version, which v1 only reads. */
function dropTopology(slice: Slice): void {
  for (const endpoint of slice.endpoints ?? []) delete endpoint.deprecatedTopology;
}

function raisesGeneration(slice: Slice, old: Slice): boolean {
  const { metadata, ...content } = slice;
  const { metadata: oldMetadata, ...oldContent } = old;
  return !deepEqual(content, oldContent) || !deepEqual(metadata.labels ?? {}, oldMetadata.labels ?? {});
}

function warnings(slice: Slice, old: Slice | undefined): string[] {
  const texts: string[] = [];
  if (old === undefined && slice.addressType === 'FQDN') {
    texts.push('spec.addressType: FQDN endpoints are deprecated');
  }
  if (OUR_CONTROLLERS.includes(slice.metadata.labels?.[MANAGED_BY] ?? '')) return texts;
  for (const [index, endpoint] of (slice.endpoints ?? []).entries()) {
    for (const [i, address] of (endpoint.addresses ?? []).entries()) {
      texts.push(...ipWarnings(`endpoints[${index}].addresses[${i}]`, address));
    }
  }
  return texts;
}

function formatPort({ port, name = '' }: DiscoveryV1EndpointPort): string {
  return port === undefined ? name : String(port);
}

export const endpointSliceRow = defineRow<V1EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  model: 'V1EndpointSlice',
  strategy: {
    defaults(slice) {
      for (const port of slice.ports ?? []) {
        port.name ??= '';
        port.protocol ??= 'TCP';
      }
    },
    prepareForCreate(slice) {
      slice.metadata.generation = 1;
      dropTopology(slice);
    },
    prepareForUpdate(slice, old) {
      if (raisesGeneration(slice, old)) slice.metadata.generation = (old.metadata.generation ?? 0) + 1;
      if (!deepEqual(slice.endpoints, old.endpoints)) dropTopology(slice);
    },
    validate: validateEndpointSlice,
    metaOnUpdate: ['content'],
    validateUpdate: validateEndpointSliceUpdate,
    warnings,
  },
  table: {
    columns: [
      nameColumn,
      textColumn('AddressType', fieldDoc('V1EndpointSlice.addressType')),
      textColumn('Ports', fieldDoc('V1EndpointSlice.ports')),
      textColumn('Endpoints', fieldDoc('V1EndpointSlice.endpoints')),
      ageColumn,
    ],
    cells(slice, nowMs) {
      const addresses = (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses ?? []);
      const ports = (slice.ports ?? []).map(formatPort);
      return [
        nameOf(slice),
        slice.addressType,
        firstFew(ports, SHOWN_MAX),
        firstFew(addresses, SHOWN_MAX),
        ageOf(slice, nowMs),
      ];
    },
  },
});
