/** Field selectors of every kind: which labels it knows, and what it says of others. */
import { describe, expect, it } from 'vitest';
import { ObjectSelector } from '../../../apiserver/machinery/object-selector.ts';
import type { ResourceRow } from '../../../apiserver/machinery/resource-row.ts';
import { allRows } from './all-rows.ts';

const only = (field: string): string =>
  `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;

/** The kinds with labels of their own, and all that they know. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  'v1 Pod': [
    'metadata.name',
    'metadata.namespace',
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
    'spec.host',
  ],
  'v1 Node': ['metadata.name', 'spec.unschedulable'],
  'v1 ReplicationController': ['metadata.name', 'metadata.namespace', 'status.replicas'],
  'v1 Event': [
    ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
      (field) => `involvedObject.${field}`,
    ),
    'reason',
    'reportingComponent',
    'source',
    'type',
    'metadata.name',
    'metadata.namespace',
  ],
  'v1 Namespace': ['metadata.name', 'status.phase'],
  'v1 Secret': ['metadata.name', 'metadata.namespace', 'type'],
  'v1 Service': ['metadata.name', 'metadata.namespace', 'spec.clusterIP', 'spec.type'],
  'batch/v1 Job': ['metadata.name', 'metadata.namespace', 'status.successful'],
  'certificates.k8s.io/v1 CertificateSigningRequest': ['metadata.name', 'spec.signerName'],
  'resource.k8s.io/v1 ResourceSlice': ['metadata.name', 'spec.nodeName', 'spec.driver'],
};
const CANDIDATES = [...new Set([...Object.values(OWN).flat(), 'spec.bogus'])];

function complaint(row: ResourceRow, field: string): string | undefined {
  try {
    ObjectSelector.parse(row, '', `${field}=x`);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const nameOf = ({ group, version, kind }: ResourceRow): string =>
  `${group === '' ? '' : `${group}/`}${version} ${kind}`;

describe('field selectors', () => {
  const rows = allRows.filter((row) => row.verbs.includes('list') && row.group !== 'events.k8s.io');

  it.each(rows.map((row) => [nameOf(row), row] as const))('S3 of %s', (name, row) => {
    const known = OWN[name];
    for (const field of CANDIDATES) {
      const is = (known ?? ['metadata.name', 'metadata.namespace']).includes(field);
      const said =
        known === undefined
          ? only(field)
          : name.endsWith('ResourceSlice')
            ? `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${field}`
            : name === 'batch/v1 Job'
              ? `field label "${field}" not supported for Job`
              : `field label not supported: ${field}`;
      expect(complaint(row, field), field).toBe(is ? undefined : said);
    }
  });
});
