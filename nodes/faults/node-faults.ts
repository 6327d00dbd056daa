/** Faults of machines and of what runs on them: crash, freeze, a stopped kubelet, a container's death. */
import { labelMatcher } from '../../base/label-selector.ts';
import type { Client } from '../../controllers/runtime/client.ts';
import { nodes, pods } from '../../controllers/runtime/resources.ts';
import type { V1Node, V1Pod } from '../../generated/kubernetes.d.ts';
import type { NodeFleet } from '../node-fleet.ts';
import type { Fault, FaultType } from './fault.ts';
import type { FaultInjector } from './fault-runner.ts';

export class NodeFaults implements FaultInjector {
  readonly types = ['NodeCrash', 'NodeFreeze', 'KubeletStop', 'ContainerExit'] as const;
  readonly #fleet: NodeFleet;
  readonly #client: Client;

  constructor(fleet: NodeFleet, client: Client) {
    this.#fleet = fleet;
    this.#client = client;
  }

  async targets(fault: Fault): Promise<readonly string[]> {
    return fault.spec.type === 'ContainerExit' ? this.#containers(fault) : this.#machines(fault);
  }

  async inject(type: FaultType, target: string): Promise<void> {
    if (type === 'ContainerExit') {
      await this.#killContainer(target);
      return;
    }
    const kubelet = this.#fleet.kubelet(target);
    if (type === 'NodeCrash') kubelet?.crash();
    else if (type === 'NodeFreeze') kubelet?.freeze();
    else if (type === 'KubeletStop') kubelet?.stopKubelet();
  }

  async heal(type: FaultType, target: string): Promise<void> {
    // A container that was killed is the kubelet's to restart.
    if (type !== 'ContainerExit') await this.#fleet.kubelet(target)?.heal();
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
      .filter((pod) => pod.spec?.nodeName !== undefined)
      .flatMap((pod) =>
        (pod.spec?.containers ?? [])
          .filter(({ name }) => target.container === undefined || name === target.container)
          .map(({ name }) => `${pod.metadata?.namespace}/${pod.metadata?.name}/${name}`),
      );
  }

  async #killContainer(target: string): Promise<void> {
    const [namespace = '', name = '', container = ''] = target.split('/');
    const pod = await this.#client.get<V1Pod>(pods, name, namespace);
    this.#fleet.kubelet(pod.spec?.nodeName ?? '')?.killContainer(pod.metadata?.uid ?? '', container);
  }
}
