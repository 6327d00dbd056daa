/** Faults of machines and of what runs on them: crash, freeze, a stopped kubelet, a container's death. */
import { labelMatcher } from '../../base/label-selector.ts';
import type { Client } from '../../controllers/runtime/client.ts';
import { nodes, pods } from '../../controllers/runtime/resources.ts';
import type { V1Node, V1Pod } from '../../generated/kubernetes.d.ts';
import type { NodeFleet } from '../node-fleet.ts';
import type { Fault, FaultSpec, FaultType } from './fault.ts';
import type { FaultInjector } from './fault-injector.ts';

export class NodeFaults implements FaultInjector {
  readonly types = ['NodeCrash', 'NodeFreeze', 'KubeletStop', 'ContainerExit'] as const;
  readonly instant: ReadonlySet<FaultType> = new Set(['ContainerExit']);
  readonly #fleet: NodeFleet;
  readonly #client: Client;

  constructor(fleet: NodeFleet, client: Client) {
    this.#fleet = fleet;
    this.#client = client;
  }

  async targets(fault: Fault): Promise<readonly string[]> {
    return fault.spec.type === 'ContainerExit' ? this.#containers(fault) : this.#machines(fault);
  }

  /** The worst of the faults counts: off, then still, then without its kubelet. */
  async apply(target: string, faults: readonly FaultSpec[]): Promise<void> {
    const kubelet = this.#fleet.kubelet(target);
    if (kubelet === undefined) return;
    const has = (type: FaultType): boolean => faults.some((fault) => fault.type === type);
    if (has('NodeCrash')) {
      kubelet.crash();
      return;
    }
    const wanted = has('NodeFreeze') ? 'frozen' : has('KubeletStop') ? 'kubeletStopped' : 'running';
    if (kubelet.state === wanted) return;
    if (kubelet.state !== 'running') await kubelet.heal();
    if (wanted === 'frozen') kubelet.freeze();
    else if (wanted === 'kubeletStopped') kubelet.stopKubelet();
  }

  async strike(target: string): Promise<void> {
    const [namespace = '', name = '', container = ''] = target.split('/');
    const pod = await this.#client.get<V1Pod>(pods, name, namespace);
    this.#fleet.kubelet(pod.spec?.nodeName ?? '')?.killContainer(pod.metadata?.uid ?? '', container);
  }

  async #machines({ spec: { target } }: Fault): Promise<readonly string[]> {
    if (target.name !== undefined) return this.#fleet.kubelet(target.name) === undefined ? [] : [target.name];
    const { selector } = target;
    if (selector === undefined) return [];
    const { items } = await this.#client.list<V1Node>(nodes);
    return items
      .filter((node) => labelMatcher(selector)(node.metadata?.labels))
      .map((node) => node.metadata?.name ?? '')
      .filter((name) => this.#fleet.kubelet(name) !== undefined);
  }

  async #containers({ spec: { target } }: Fault): Promise<readonly string[]> {
    const { items } = await this.#client.list<V1Pod>(
      pods,
      target.namespace === undefined ? {} : { namespace: target.namespace },
    );
    return items
      .filter((pod) =>
        target.name === undefined
          ? target.selector !== undefined && labelMatcher(target.selector)(pod.metadata?.labels)
          : pod.metadata?.name === target.name,
      )
      .filter((pod) => this.#fleet.kubelet(pod.spec?.nodeName ?? '') !== undefined)
      .flatMap((pod) =>
        (pod.status?.containerStatuses ?? [])
          .filter(({ name, state }) => state?.running && (target.container === undefined || name === target.container))
          .map(({ name }) => `${pod.metadata?.namespace}/${pod.metadata?.name}/${name}`),
      );
  }
}
