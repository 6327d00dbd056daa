/**
 * The control plane shows itself: a pod in `kube-system` for every member and component, as kubeadm's static pods. They
 * run in this process tree and on no node, so they carry no nodeName; their status is what the processes really do: a
 * member that died is not ready, and its restarts are counted. Delete one, and it is there again.
 */
import { type Clock, type Timer, timestamp } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { type Client, isAlreadyExists, isNotFound } from '../controllers/runtime/client.ts';
import { pods } from '../controllers/runtime/resources.ts';
import type { V1ContainerState, V1Pod, V1PodStatus } from '../generated/kubernetes.d.ts';

export interface Component {
  /** `etcd`, `kube-apiserver` … */
  readonly component: string;
  /** Of the pod: `etcd-sampan-1`. */
  readonly podName: string;
  readonly image: string;
  readonly command: readonly string[];
  state(): ComponentState;
}

export interface ComponentState {
  readonly running: boolean;
  readonly restarts: number;
  /** When the present run began, wall milliseconds. */
  readonly startedAtMs: number;
}

const NAMESPACE = 'kube-system';
const PERIOD_MS = 1000;
/** No scheduler has this name: nothing is to place these pods. */
const SCHEDULER_NAME = 'sampan-control-plane';

export class ControlPlanePods {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #components: readonly Component[];
  readonly #written = new Map<string, string>();
  #timer: Timer | undefined;
  #busy: Promise<void> | undefined;
  #stopped = false;

  constructor(deps: { client: Client; clock: Clock; logger: Logger }, components: readonly Component[]) {
    this.#client = deps.client;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#components = components;
  }

  /** Resolves once every pod is there; keeps them true from then on. */
  async start(): Promise<void> {
    await this.#reconcile();
    this.#timer = this.#clock.every(PERIOD_MS, () => {
      this.#busy ??= this.#reconcile().finally(() => {
        this.#busy = undefined;
      });
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#busy;
  }

  async #reconcile(): Promise<void> {
    let present: ReadonlySet<string>;
    try {
      const list = await this.#client.list<V1Pod>(pods, {
        namespace: NAMESPACE,
        labelSelector: 'tier=control-plane',
        resourceVersion: '0',
      });
      present = new Set(list.items.map((pod) => pod.metadata?.name ?? ''));
    } catch (thrown) {
      this.#logger.debug({ error: messageOf(thrown) }, 'control-plane pods not listed; trying again');
      return;
    }
    await Promise.all(this.#components.map((component) => this.#show(component, present.has(component.podName))));
  }

  async #show(component: Component, present: boolean): Promise<void> {
    if (this.#stopped) return;
    try {
      if (!present) {
        this.#written.delete(component.podName);
        await this.#client.create<V1Pod>(pods, podOf(component)).catch((thrown) => {
          if (!isAlreadyExists(thrown)) throw thrown;
        });
      }
      const state = JSON.stringify(component.state());
      if (this.#written.get(component.podName) === state) return;
      const status = statusOf(component, this.#clock.nowMs());
      await this.#client.patch(pods, component.podName, NAMESPACE, 'merge', { status }, { subresource: 'status' });
      this.#written.set(component.podName, state);
    } catch (thrown) {
      if (isNotFound(thrown)) return;
      this.#logger.debug(
        { pod: component.podName, error: messageOf(thrown) },
        'control-plane pod not shown; trying again',
      );
    }
  }
}

function podOf({ component, podName, image, command }: Component): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: podName, namespace: NAMESPACE, labels: { component, tier: 'control-plane' } },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: true,
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
      schedulerName: SCHEDULER_NAME,
      tolerations: [{ effect: 'NoExecute', operator: 'Exists' }],
      containers: [{ name: component, image, command: [...command], imagePullPolicy: 'IfNotPresent' }],
    },
  };
}

function statusOf({ component, image, state }: Component, nowMs: number): V1PodStatus {
  const { running, restarts, startedAtMs } = state();
  const ready = running ? 'True' : 'False';
  const now = timestamp(nowMs);
  const startedAt = timestamp(startedAtMs);
  const containerState: V1ContainerState = running
    ? { running: { startedAt } }
    : { terminated: { exitCode: 137, reason: 'Error', startedAt, finishedAt: now } };
  const condition = (type: string, status: string) => ({ type, status, lastTransitionTime: now });
  return {
    phase: 'Running',
    hostIP: '127.0.0.1',
    hostIPs: [{ ip: '127.0.0.1' }],
    podIP: '127.0.0.1',
    podIPs: [{ ip: '127.0.0.1' }],
    startTime: startedAt,
    qosClass: 'BestEffort',
    conditions: [
      condition('PodReadyToStartContainers', ready),
      condition('Initialized', 'True'),
      condition('Ready', ready),
      condition('ContainersReady', ready),
      condition('PodScheduled', 'True'),
    ],
    containerStatuses: [
      {
        name: component,
        image,
        imageID: image,
        ready: running,
        started: running,
        restartCount: restarts,
        state: containerState,
        lastState: {},
      },
    ],
  };
}
