/**
 * Statuses of the parts of the control plane (deprecated, and still asked for). Nothing is stored: whoever reads them
 * makes the checks. The scheduler and the controllers are known by the leases that they hold, or by running in this
 * process.
 */
import type { V1ComponentStatus, V1Lease } from '../../../generated/kubernetes.d.ts';
import type { KubeObject, RegistryServices, ResourceRow } from '../../machinery/resource-row.ts';
import { defineRow } from '../row.ts';
import { nameOf } from '../table/cells.ts';
import { nameColumn, textColumn } from '../table/columns.ts';

const LEASES = { group: 'coordination.k8s.io', resource: 'leases' };
const NAMESPACE = 'kube-system';
/** Read for the answer alone; nothing is kept there. */
const PROBED_KEY = '/registry/health';

/** The parts that may run elsewhere: the lease that each holds, and where it would listen. */
const PARTS = [
  { name: 'scheduler', lease: 'kube-scheduler', address: '127.0.0.1:10259' },
  { name: 'controller-manager', lease: 'kube-controller-manager', address: '127.0.0.1:10257' },
] as const;

export type ComponentName = (typeof PARTS)[number]['name'];

/** @param here the parts that run in this process */
export function componentStatusRow(here: readonly ComponentName[]): ResourceRow {
  return defineRow<V1ComponentStatus>({
    group: '',
    version: 'v1',
    kind: 'ComponentStatus',
    resource: 'componentstatuses',
    namespaced: false,
    shortNames: ['cs'],
    model: 'V1ComponentStatus',
    verbs: ['get', 'list'],
    strategy: {},
    deprecation: 'v1 ComponentStatus is deprecated in v1.19+',
    async observe(services) {
      const parts = PARTS.map(async ({ name, lease, address }) =>
        statusOf(name, here.includes(name) || (await isHeld(lease, services)) ? undefined : refusedBy(address)),
      );
      return Promise.all([...parts, storeStatus(services)]);
    },
    table: {
      columns: [
        nameColumn,
        textColumn('Status', 'Status of the component conditions'),
        textColumn('Message', 'Message of the component conditions'),
        textColumn('Error', 'Error of the component conditions'),
      ],
      cells(component) {
        const healthy = component.conditions?.find(({ type }) => type === 'Healthy');
        const status = healthy === undefined ? 'Unknown' : healthy.status === 'True' ? 'Healthy' : 'Unhealthy';
        return [nameOf(component), status, healthy?.message ?? '', healthy?.error ?? ''];
      },
    },
  });
}

/** Whether whoever holds a lease renewed it in time. */
async function isHeld(name: string, services: RegistryServices): Promise<boolean> {
  const lease = (await services.get(LEASES, NAMESPACE, name)) as unknown as V1Lease | undefined;
  const { holderIdentity, renewTime, leaseDurationSeconds } = lease?.spec ?? {};
  if (!holderIdentity || !renewTime || !leaseDurationSeconds) return false;
  return Date.parse(String(renewTime)) + leaseDurationSeconds * 1000 > services.nowMs();
}

async function storeStatus(services: RegistryServices): Promise<KubeObject> {
  try {
    await services.getRecord(PROBED_KEY);
    return statusOf('etcd-0', undefined);
  } catch (thrown) {
    return statusOf('etcd-0', thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** @param complaint undefined: it is well */
function statusOf(name: string, complaint: string | undefined): KubeObject {
  const condition =
    complaint === undefined
      ? { type: 'Healthy', status: 'True', message: 'ok' }
      : { type: 'Healthy', status: 'False', message: complaint };
  return { kind: 'ComponentStatus', apiVersion: 'v1', metadata: { name }, conditions: [condition] };
}

function refusedBy(address: string): string {
  return `Get "https://${address}/healthz": dial tcp ${address}: connect: connection refused`;
}
