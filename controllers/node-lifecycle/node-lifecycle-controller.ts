/**
 * Watches over nodes: says NotReady when a node is no longer heard of, taints it so that nothing new comes and what is there
 * is evicted, marks its pods not ready, and takes all that back when it returns.
 *
 * The taint that repels new pods follows the node's conditions at once; the one that evicts is set at a limited rate for each
 * zone (see zones.ts).
 */
import { timestamp } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { V1Lease, V1Node, V1Pod, V1Taint } from '../../generated/kubernetes.d.ts';
import { type ApiObject, type Client, isConflict, isNotFound } from '../runtime/client.ts';
import type { Controller, ControllerDeps } from '../runtime/controller.ts';
import { Decisions } from '../runtime/decisions.ts';
import { byNodeName } from '../runtime/indexes.ts';
import type { Informer } from '../runtime/informer.ts';
import { labelsOf, nameOf, namespaceOf, type ObjectKey, uidOf } from '../runtime/metadata.ts';
import { Passes } from '../runtime/passes.ts';
import { type ReconcileContext, ReconcileLoop } from '../runtime/reconcile-loop.ts';
import { leases, nodes, pods } from '../runtime/resources.ts';
import { podCondition } from '../workload/pod-state.ts';
import { EvictionPace } from './eviction-pace.ts';
import { type Assessment, assessNode, type NodeHealth, readyCondition } from './node-health.ts';
import { isEvictionTaint, withConditionTaints, withEvictionTaint } from './node-taints.ts';
import { type EvictionRates, planDisruption, type ZoneState, zoneOf, zoneState } from './zones.ts';

export interface NodeLifecycleOptions {
  /** How long a silent node counts as alive: kube-controller-manager's --node-monitor-grace-period, 50 s. */
  readonly nodeMonitorGracePeriodMs?: number;
  /** And a node that has never said anything: 60 s. */
  readonly nodeStartupGracePeriodMs?: number;
  /** How often nodes are looked at: 5 s, or a quarter of the grace period if that is less. */
  readonly nodeMonitorPeriodMs?: number;
  /** Nodes a second from which pods are evicted: 0.1. */
  readonly nodeEvictionRate?: number;
  readonly secondaryNodeEvictionRate?: number;
  readonly largeClusterSizeThreshold?: number;
  readonly unhealthyZoneThreshold?: number;
}

const LEASE_NAMESPACE = 'kube-node-lease';
const EXCLUDED = 'node.kubernetes.io/exclude-disruption';
const WRITE_TRIES = 5;

export class NodeLifecycleController implements Controller {
  readonly name = 'node-lifecycle-controller';
  readonly #deps: ControllerDeps;
  readonly #decisions: Decisions;
  readonly #nodes: Informer<V1Node>;
  readonly #leases: Informer<V1Lease>;
  readonly #pods: Informer<V1Pod>;
  readonly #loop: ReconcileLoop;
  readonly #pace: EvictionPace;
  readonly #graceMs: { readonly monitorMs: number; readonly startupMs: number };
  readonly #rates: EvictionRates;
  readonly #passes: Passes;
  readonly #known = new Map<string, V1Node>();
  readonly #health = new Map<string, NodeHealth>();
  readonly #zoneStates = new Map<string, ZoneState>();

  constructor(deps: ControllerDeps, options: NodeLifecycleOptions = {}) {
    this.#deps = deps;
    this.#decisions = new Decisions(deps, this.name);
    const monitorMs = options.nodeMonitorGracePeriodMs ?? 50_000;
    this.#graceMs = { monitorMs, startupMs: options.nodeStartupGracePeriodMs ?? 60_000 };
    this.#passes = new Passes(
      {
        clock: deps.clock,
        logger: deps.logger,
        periodMs: options.nodeMonitorPeriodMs ?? Math.min(5000, monitorMs / 4),
        failed: 'looking at the nodes failed, trying again',
      },
      () => this.#pass(),
    );
    this.#rates = {
      normal: options.nodeEvictionRate ?? 0.1,
      secondary: options.secondaryNodeEvictionRate ?? 0.01,
      largeZoneNodes: options.largeClusterSizeThreshold ?? 50,
      unhealthyShare: options.unhealthyZoneThreshold ?? 0.55,
    };
    this.#pace = new EvictionPace(deps.clock, this.#rates.normal, (nodeName) => this.#evict(nodeName));
    this.#loop = new ReconcileLoop(this, deps, { workers: 8 });
    this.#nodes = deps.informers.of<V1Node>(nodes);
    this.#leases = deps.informers.of<V1Lease>(leases);
    this.#pods = deps.informers.of<V1Pod>(pods);
    this.#pods.addIndex(byNodeName);
    this.#nodes.subscribe({
      added: (node) => this.#loop.enqueue(node),
      updated: (node, old) => {
        if (node.spec !== old.spec || node.status?.conditions !== old.status?.conditions) this.#loop.enqueue(node);
      },
    });
    this.#pods.subscribe({
      added: (pod) => this.#podCame(pod),
      updated: (pod, old) => {
        if (pod.spec?.nodeName !== old.spec?.nodeName) this.#podCame(pod);
      },
    });
  }

  start(): void {
    this.#loop.start();
    this.#passes.start();
  }

  async stop(): Promise<void> {
    this.#pace.stop();
    await Promise.all([this.#loop.stop(), this.#passes.stop()]);
  }

  /** Keeps the taints that follow a node's conditions, and the older names of its labels. */
  async reconcile({ name }: ObjectKey, context: ReconcileContext): Promise<undefined> {
    const node = this.#nodes.get(name);
    if (node === undefined) return;
    if (withConditionTaints(node, context.nowMs) !== undefined) {
      context.decided(() => `tainted ${name} as its conditions say`);
      await this.#writeTaints(context.client, node, (current) => withConditionTaints(current, context.nowMs));
    }
    const labels = labelsOf(node);
    const older: Record<string, string> = {};
    for (const key of ['os', 'arch']) {
      const value = labels[`kubernetes.io/${key}`];
      if (value !== undefined && labels[`beta.kubernetes.io/${key}`] !== value)
        older[`beta.kubernetes.io/${key}`] = value;
    }
    if (Object.keys(older).length > 0) {
      await context.client.patch(nodes, name, undefined, 'strategic', { metadata: { labels: older } });
    }
  }

  async #pass(): Promise<void> {
    const { clock } = this.#deps;
    this.#noteComingsAndGoings();
    const zones = new Map<string, { ready: number; lost: number }>();
    const work: Promise<void>[] = [];
    for (const node of [...this.#nodes.all()]) {
      const name = nameOf(node);
      const lease = this.#leases.get(name, LEASE_NAMESPACE);
      const last = this.#health.get(name);
      const found = assessNode(node, lease, last, this.#graceMs, clock.monotonicMs(), clock.nowMs());
      this.#health.set(name, found.health);
      if (labelsOf(node)[EXCLUDED] === undefined) {
        const zone = zones.get(zoneOf(node)) ?? { ready: 0, lost: 0 };
        zones.set(zoneOf(node), zone);
        if (found.now === 'True') zone.ready++;
        else zone.lost++;
      }
      if (found.now !== undefined) work.push(this.#act(node, found));
    }
    await Promise.all(work);
    await this.#handleDisruption(zones);
  }

  async #act(node: V1Node, found: Assessment): Promise<void> {
    const { clock, events, logger } = this.#deps;
    const name = nameOf(node);
    let { client } = this.#deps;
    try {
      if (found.conditions !== undefined) {
        const silentSeconds = this.#graceMs.monitorMs / 1000;
        client = this.#decisions.decided(name, () => `${name} is NotReady: nothing heard of it for ${silentSeconds} s`);
        const conditions = [...found.conditions];
        await client.update(nodes, { ...node, status: { ...node.status, conditions } }, { subresource: 'status' });
      }
      const ready = found.now ?? 'Unknown';
      const taints = node.spec?.taints ?? [];
      const zone = zoneOf(node);
      if (ready === 'True') {
        this.#pace.remove(zone, name);
        if (taints.some(isEvictionTaint)) await this.#writeEvictionTaint(client, node, 'True');
      } else if (withEvictionTaint(taints, ready, clock.nowMs()) === undefined) {
        this.#pace.remove(zone, name);
      } else if (taints.some(isEvictionTaint)) {
        await this.#writeEvictionTaint(client, node, ready);
      } else {
        this.#pace.add(zone, name);
      }
      if (ready !== 'True' && found.before === 'True') {
        events.event(nodeReference(node), 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
      }
      if (ready !== 'True') await this.#markPodsNotReady(client, name);
    } catch (thrown) {
      if (isNotFound(thrown)) return;
      // What was not written is seen again, with newer eyes, on the next pass.
      logger.debug({ node: name, error: messageOf(thrown) }, 'a node was not updated, trying again');
    }
  }

  /** Sets the taint that evicts; called at the zone's pace. */
  async #evict(nodeName: string): Promise<void> {
    const node = this.#nodes.get(nodeName);
    const status = node === undefined ? undefined : readyCondition(node)?.status;
    if (node === undefined || status === undefined || status === 'True') return;
    const client = this.#decisions.decided(
      nodeName,
      () => `evicting the pods of ${nodeName}: it is ${status === 'False' ? 'not ready' : 'unreachable'}`,
    );
    await this.#writeEvictionTaint(client, node, status === 'False' ? 'False' : 'Unknown');
  }

  async #handleDisruption(zones: ReadonlyMap<string, { ready: number; lost: number }>): Promise<void> {
    const now = new Map(
      [...zones].map(([zone, { ready, lost }]) => [
        zone,
        { state: zoneState(ready, lost, this.#rates), size: ready + lost },
      ]),
    );
    const change = planDisruption(this.#zoneStates, now, this.#rates);
    for (const zone of [...this.#zoneStates.keys()]) if (!now.has(zone)) this.#zoneStates.delete(zone);
    for (const [zone, { state }] of now) this.#zoneStates.set(zone, state);
    if (change.type === 'all-lost') {
      this.#deps.logger.warn({}, 'no node is heard of: evicting nothing, the fault may be ours');
      for (const zone of now.keys()) this.#pace.setRate(zone, 0);
      const evicting = [...this.#nodes.all()].filter((node) => node.spec?.taints?.some(isEvictionTaint));
      await Promise.all(evicting.map((node) => this.#writeEvictionTaint(this.#deps.client, node, 'True')));
      return;
    }
    for (const [zone, rate] of change.rates) this.#pace.setRate(zone, rate);
    if (change.type === 'recovered') {
      const seenMs = this.#deps.clock.monotonicMs();
      for (const [name, health] of this.#health) this.#health.set(name, { ...health, seenMs });
    }
  }

  #noteComingsAndGoings(): void {
    for (const node of this.#nodes.all()) {
      const name = nameOf(node);
      if (!this.#known.has(name)) this.#tellNode(node, 'RegisteredNode', `Registered Node ${name} in Controller`);
      this.#known.set(name, node);
    }
    for (const [name, node] of [...this.#known]) {
      if (this.#nodes.get(name) !== undefined) continue;
      this.#tellNode(node, 'RemovingNode', `Removing Node ${name} from Controller`);
      this.#known.delete(name);
      this.#health.delete(name);
      this.#pace.remove(zoneOf(node), name);
    }
  }

  #tellNode(node: V1Node, reason: string, what: string): void {
    this.#deps.events.event(nodeReference(node), 'Normal', reason, `Node ${nameOf(node)} event: ${what}`);
  }

  /** A pod was bound to a node that we already know to be lost. */
  #podCame(pod: V1Pod): void {
    const nodeName = pod.spec?.nodeName ?? '';
    const node = nodeName === '' ? undefined : this.#nodes.get(nodeName);
    const status = node === undefined ? undefined : readyCondition(node)?.status;
    if (status === undefined || status === 'True') return;
    this.#markPodNotReady(this.#deps.client, pod).catch((thrown: unknown) => {
      this.#deps.logger.debug({ pod: nameOf(pod), error: messageOf(thrown) }, 'a pod was not marked not ready');
    });
  }

  async #markPodsNotReady(client: Client, nodeName: string): Promise<void> {
    await Promise.all(this.#pods.by(byNodeName, nodeName).map((pod) => this.#markPodNotReady(client, pod)));
  }

  async #markPodNotReady(client: Client, pod: V1Pod): Promise<void> {
    if (podCondition(pod, 'Ready')?.status !== 'True') return;
    const { clock, events } = this.#deps;
    const lastTransitionTime = timestamp(clock.nowMs());
    const status = { conditions: [{ type: 'Ready', status: 'False', lastTransitionTime }] };
    const [name, namespace] = [nameOf(pod), namespaceOf(pod)];
    try {
      const options = { subresource: 'status' };
      await client.patch(pods, name, namespace, 'strategic', { metadata: { uid: uidOf(pod) }, status }, options);
    } catch (thrown) {
      if (isNotFound(thrown) || isConflict(thrown)) return;
      throw thrown;
    }
    events.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
  }

  async #writeEvictionTaint(client: Client, node: V1Node, ready: 'True' | 'False' | 'Unknown'): Promise<void> {
    const nowMs = this.#deps.clock.nowMs();
    await this.#writeTaints(client, node, (current) => withEvictionTaint(current.spec?.taints ?? [], ready, nowMs));
  }

  /** Writes what `change` makes of the taints, on the newest version of the node; undefined leaves them. */
  async #writeTaints(client: Client, node: V1Node, change: (node: V1Node) => V1Taint[] | undefined): Promise<void> {
    const name = nameOf(node);
    let current = node;
    for (let tries = 1; ; tries++) {
      const taints = change(current);
      if (taints === undefined) return;
      const patch = { metadata: { resourceVersion: current.metadata?.resourceVersion }, spec: { taints } };
      try {
        await client.patch(nodes, name, undefined, 'strategic', patch);
        return;
      } catch (thrown) {
        if (!isConflict(thrown) || tries === WRITE_TRIES) throw thrown;
        current = await client.get<V1Node>(nodes, name);
      }
    }
  }
}

/** Upstream refers to nodes without a version in its events, so that they join. */
function nodeReference(node: V1Node): ApiObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: nameOf(node), uid: uidOf(node) } };
}
