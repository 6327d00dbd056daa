/**
 * Gives every node a range of pod addresses out of the cluster's (k8s.io/kubernetes/pkg/controller/nodeipam, the range
 * allocator). Nodes that come with a range keep it; a node's range is free again when the node is gone. Which range is next is
 * pure: `RangeAllocator`.
 */
import { UsageError } from '../base/errors.ts';
import type { V1Node } from '../generated/kubernetes.d.ts';
import { isNotFound } from './runtime/client.ts';
import type { Controller, ControllerDeps } from './runtime/controller.ts';
import type { Informer } from './runtime/informer.ts';
import { nameOf, type ObjectKey } from './runtime/metadata.ts';
import { type ReconcileContext, ReconcileLoop } from './runtime/reconcile-loop.ts';
import { nodes } from './runtime/resources.ts';

/** IPv4 ranges of one size out of a larger one. */
export class RangeAllocator {
  readonly #base: number;
  readonly #bits: number;
  readonly #count: number;
  readonly #taken = new Set<number>();
  /** Where the search goes on: freed ranges rest as long as possible. */
  #next = 0;

  /** @param clusterCidr `10.244.0.0/16` @param nodeBits 24 */
  constructor(clusterCidr: string, nodeBits: number) {
    const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(clusterCidr);
    const bits = Number(match?.[5]);
    if (match === null || bits > nodeBits || nodeBits > 32 || nodeBits - bits > 16) {
      throw new UsageError(`the cluster CIDR ${clusterCidr} cannot be cut into ranges of /${nodeBits}`);
    }
    const address = match.slice(1, 5).reduce((sum, part) => sum * 256 + Number(part), 0);
    this.#base = Math.floor(address / 2 ** (32 - bits)) * 2 ** (32 - bits);
    this.#bits = nodeBits;
    this.#count = 2 ** (nodeBits - bits);
  }

  /** A free range, taken; undefined when all are. */
  allocate(): string | undefined {
    for (let tries = 0; tries < this.#count; tries++) {
      const at = (this.#next + tries) % this.#count;
      if (this.#taken.has(at)) continue;
      this.#taken.add(at);
      this.#next = (at + 1) % this.#count;
      return this.#show(at);
    }
    return undefined;
  }

  occupy(cidr: string): void {
    const at = this.#placeOf(cidr);
    if (at !== undefined) this.#taken.add(at);
  }

  release(cidr: string): void {
    const at = this.#placeOf(cidr);
    if (at !== undefined) this.#taken.delete(at);
  }

  #show(at: number): string {
    const address = this.#base + at * 2 ** (32 - this.#bits);
    const parts = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256);
    return `${parts.join('.')}/${this.#bits}`;
  }

  #placeOf(cidr: string): number | undefined {
    const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/\d+$/.exec(cidr);
    if (match === null) return undefined;
    const address = match.slice(1, 5).reduce((sum, part) => sum * 256 + Number(part), 0);
    const at = Math.floor((address - this.#base) / 2 ** (32 - this.#bits));
    return at >= 0 && at < this.#count ? at : undefined;
  }
}

export class NodeIpamController implements Controller {
  readonly name = 'node-ipam-controller';
  readonly #deps: ControllerDeps;
  readonly #nodes: Informer<V1Node>;
  readonly #ranges: RangeAllocator;
  readonly #loop: ReconcileLoop;
  /** Given out and not seen on the node yet. */
  readonly #given = new Map<string, string>();

  constructor(deps: ControllerDeps, clusterCidr: string, nodeBits = 24) {
    this.#deps = deps;
    this.#ranges = new RangeAllocator(clusterCidr, nodeBits);
    this.#loop = new ReconcileLoop(this, deps, { workers: 1 });
    this.#nodes = deps.informers.of<V1Node>(nodes);
    this.#nodes.subscribe({
      added: (node) => this.#seen(node),
      updated: (node, old) => {
        if (node.spec?.podCIDR !== old.spec?.podCIDR) this.#seen(node);
      },
      deleted: (node) => {
        const range = node.spec?.podCIDR ?? this.#given.get(nameOf(node));
        this.#given.delete(nameOf(node));
        if (range !== undefined) this.#ranges.release(range);
      },
    });
  }

  /** All nodes are listed by then, so that every range in use is known before the first is given out. */
  start(): void {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  async reconcile({ name }: ObjectKey, context: ReconcileContext): Promise<undefined> {
    const { client } = context;
    const node = this.#nodes.get(name);
    if (node === undefined || (node.spec?.podCIDR ?? '') !== '') return;
    const { events } = this.#deps;
    const range = this.#given.get(name) ?? this.#ranges.allocate();
    if (range === undefined) {
      const message = `Node ${name} status is now: CIDRNotAvailable`;
      events.event({ apiVersion: 'v1', kind: 'Node', metadata: { name } }, 'Normal', 'CIDRNotAvailable', message);
      throw new Error('CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted range');
    }
    this.#given.set(name, range);
    try {
      await client.patch(nodes, name, undefined, 'strategic', { spec: { podCIDR: range, podCIDRs: [range] } });
      context.decided(() => `gave node ${name} the pod addresses ${range}`);
    } catch (thrown) {
      if (!isNotFound(thrown)) throw thrown;
      this.#given.delete(name);
      this.#ranges.release(range);
    }
  }

  #seen(node: V1Node): void {
    const range = node.spec?.podCIDR ?? '';
    if (range === '') {
      this.#loop.enqueue(node);
      return;
    }
    this.#ranges.occupy(range);
    this.#given.delete(nameOf(node));
  }
}
