/**
 * Frees the cluster IPs and node ports that no service holds: left behind by a server that died between taking them and
 * writing the service (pkg/registry/core/service: its repair controllers). Every API server does it; doing it twice harms
 * nobody.
 */
import type { RegistryServices } from '../../machinery/resource-row.ts';
import { repairClusterIps } from '../core/ip-allocator.ts';
import { type PortRange, repairNodePorts } from '../core/port-allocator.ts';

/** How often upstream does it. */
export const SERVICE_REPAIR_MS = 180_000;
/** An address younger than this may belong to a service that is just being written. */
const YOUNG_MS = 60_000;

export class ServiceRepair {
  readonly #services: RegistryServices;
  readonly #nodePorts: PortRange;
  /** The ports that nobody held the time before. */
  #suspects: ReadonlySet<number> = new Set();

  constructor(services: RegistryServices, nodePorts: PortRange) {
    this.#services = services;
    this.#nodePorts = nodePorts;
  }

  async run(): Promise<void> {
    await repairClusterIps(this.#services, YOUNG_MS);
    this.#suspects = await repairNodePorts(this.#nodePorts, this.#services, this.#suspects);
  }
}
