/** The simulated machines of one process: makes them, starts them, and finds a pod's logs among them. */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Recorder } from '../base/moments.ts';
import type { Random } from '../base/random.ts';
import type { Client } from '../controllers/runtime/client.ts';
import type { V1Pod } from '../generated/kubernetes.d.ts';
import type { ContainerRuntime } from './container-runtime.ts';
import { Kubelet } from './kubelet.ts';
import type { Machine } from './node-object.ts';
import type { FoundLog } from './pod-logs.ts';
import { type Latencies, SimulatedRuntime } from './simulated/simulated-runtime.ts';

export interface NodeFleetDeps {
  /** Each node has its own identity: `system:node:<name>` in `system:nodes`. */
  readonly clientFor: (nodeName: string) => Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly recorder: Recorder;
}

export interface NodeFleetOptions {
  readonly count: number;
  /** `node` makes node-1, node-2 … */
  readonly namePrefix?: string;
  /** What each machine has; as quantities. */
  readonly cpu?: string;
  readonly memory?: string;
  readonly podsMax?: number;
  readonly kubeletVersion: string;
  readonly leaseDurationMs?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly latencies?: Latencies;
}

/** Pod CIDRs are the /24s from 10.244.0.0 up, then those of 10.0.0.0 to 10.95.255.255, below the services' addresses. */
const MACHINES_MAX = 27_000;

export class NodeFleet {
  readonly #kubelets = new Map<string, Kubelet>();

  constructor(deps: NodeFleetDeps, options: NodeFleetOptions) {
    for (let index = 1; index <= Math.min(options.count, MACHINES_MAX); index++) {
      const name = `${options.namePrefix ?? 'node'}-${index}`;
      const random = deps.random.fork(name);
      const runtime: ContainerRuntime = new SimulatedRuntime({
        clock: deps.clock,
        random,
        ...(options.latencies === undefined ? {} : { latencies: options.latencies }),
      });
      const machine = machineOf(name, index, options, runtime.version);
      const kubelet = new Kubelet(
        {
          client: deps.clientFor(name),
          clock: deps.clock,
          random,
          logger: deps.logger.child({ node: name }),
          recorder: deps.recorder,
          runtime,
        },
        { machine, leaseDurationMs: options.leaseDurationMs ?? 40_000 },
      );
      this.#kubelets.set(name, kubelet);
    }
  }

  get names(): string[] {
    return [...this.#kubelets.keys()];
  }

  kubelet(name: string): Kubelet | undefined {
    return this.#kubelets.get(name);
  }

  /** Starts every machine but those named; resolves when all are registered and ready. */
  async start(except: ReadonlySet<string> = new Set()): Promise<void> {
    await Promise.all(
      [...this.#kubelets.values()].filter(({ name }) => !except.has(name)).map((kubelet) => kubelet.start()),
    );
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#kubelets.values()].map((kubelet) => kubelet.stop()));
  }

  /** The log of a container of a pod on its node, or why there is none; undefined when the node is not up. */
  logs(pod: V1Pod, container: string, previous: boolean): FoundLog | undefined {
    const kubelet = this.#kubelets.get(pod.spec?.nodeName ?? '');
    return kubelet?.state === 'running' ? kubelet.logs(pod, container, previous) : undefined;
  }
}

function machineOf(name: string, index: number, options: NodeFleetOptions, runtimeVersion: string): Machine {
  const high = Math.floor(index / 256);
  const low = index % 256;
  return {
    name,
    ip: `172.18.${high}.${low}`,
    podCidr: `10.${high < 12 ? 244 + high : high - 12}.${low}.0/24`,
    cpu: options.cpu ?? '4',
    memory: options.memory ?? '8Gi',
    pods: options.podsMax ?? 110,
    kubeletVersion: options.kubeletVersion,
    runtimeVersion,
    labels: options.labels ?? {},
    machineId: index.toString(16).padStart(32, '0'),
  };
}
