/**
 * The real API server on a memory store, with controllers, the scheduler and simulated nodes, all in virtual time: what
 * takes minutes passes in milliseconds, and a run repeats exactly. Everybody acts under upstream's identity and default
 * roles; a request that those do not allow fails the test when the cluster is stopped.
 */

import { admissionDefaults } from '../../apiserver/admission/admission-config.ts';
import { createAdmissionChain } from '../../apiserver/admission/chain.ts';
import { createAuthenticator } from '../../apiserver/auth/authentication.ts';
import { type AuthorizerChoice, createAuthorization } from '../../apiserver/auth/authorization.ts';
import { FrontProxy, frontProxyDefaults } from '../../apiserver/auth/front-proxy.ts';
import type { ObjectCache } from '../../apiserver/auth/object-cache.ts';
import { applyPolicy } from '../../apiserver/auth/rbac/bootstrap.ts';
import { type DefaultPolicy, defaultPolicy } from '../../apiserver/auth/rbac/defaults/default-policy.ts';
import {
  apiServerUser,
  controllerManagerUser,
  controllerUser,
  nodeUser,
  schedulerUser,
} from '../../apiserver/auth/users.ts';
import { type BuiltApiServer, buildApiServer } from '../../apiserver/machinery/build-api-server.ts';
import type { UserInfo } from '../../apiserver/machinery/resource-row.ts';
import type { AuthorizationAttributes, Authorizer } from '../../apiserver/machinery/steps.ts';
import { makeBuiltinRows } from '../../apiserver/resources/all.ts';
import { toWireForm } from '../../apiserver/resources/wire-form.ts';
import type { Logger } from '../../base/logger.ts';
import { silentLogger } from '../../base/logger.ts';
import { SeededRandom } from '../../base/random.ts';
import { RingRecorder } from '../../base/ring-recorder.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { LoopbackClient } from '../../cluster/loopback-client.ts';
import { generatedSchemas } from '../../cluster/schemas.ts';
import { type RunningControllers, startControllers } from '../../controllers/controller-manager.ts';
import type { ControllerOptions } from '../../controllers/controller-registry.ts';
import type { ApiObject, Client, ResourceRef } from '../../controllers/runtime/client.ts';
import { events, namespaces, pods } from '../../controllers/runtime/resources.ts';
import { startScheduler } from '../../controllers/scheduler/scheduler.ts';
import type { CoreV1Event, V1Pod } from '../../generated/kubernetes.d.ts';
import { NodeFleet } from '../../nodes/node-fleet.ts';
import { createMemoryStore } from '../../store/index.ts';

export interface LiveOptions {
  readonly nodes?: number;
  readonly only?: readonly string[];
  readonly options?: ControllerOptions;
  readonly scheduler?: boolean;
  readonly logger?: Logger;
  readonly seed?: string;
  /** Who may do what; default: upstream's default policy. */
  readonly rights?: Rights;
}

export interface Rights {
  readonly policy: DefaultPolicy;
  readonly chain: readonly AuthorizerChoice[];
}

export class LiveCluster {
  readonly clock = new VirtualClock();
  readonly recorder = new RingRecorder(this.clock, 200_000);
  readonly client: Client;
  readonly server: BuiltApiServer;
  fleet: NodeFleet | undefined;
  #controllers: RunningControllers | undefined;
  #startControllers: (() => Promise<RunningControllers>) | undefined;
  readonly #random: SeededRandom;
  readonly #logger: Logger;
  readonly #stops: (() => Promise<void>)[] = [];
  readonly #denied = new Set<string>();
  readonly #rights: Rights;
  #authorization: Authorizer | undefined;

  constructor(seed: string, logger: Logger, rights: Rights = { policy: defaultPolicy(), chain: ['Node', 'RBAC'] }) {
    this.#rights = rights;
    this.#random = new SeededRandom(seed);
    this.#logger = logger;
    const { clock } = this;
    const random = this.#random.fork('server');
    const { recorder } = this;
    const store = createMemoryStore({ clock, random: this.#random.fork('store'), recorder });
    this.server = buildApiServer({
      store,
      clock,
      random,
      logger,
      recorder,
      rows: makeBuiltinRows({ serviceClusterIpRanges: ['10.96.0.0/16'] }),
      schemas: generatedSchemas,
      wireForm: toWireForm,
      authenticator: createAuthenticator({ frontProxy: new FrontProxy(frontProxyDefaults), anonymous: true }),
      authorizer: ({ objects }) => this.#authorizer(objects),
      admission: ({ objects, resourcesOfKind }) =>
        createAdmissionChain(
          { enable: [], disable: [] },
          {
            cache: objects,
            clock,
            random,
            authorizer: this.#authorizer(objects),
            tolerationSeconds: { notReady: 300, unreachable: 300 },
            config: admissionDefaults,
            resourcesOfKind,
          },
        ),
    });
    this.client = this.as(apiServerUser);
    this.#stops.push(() => this.server.close());
  }

  #authorizer(cache: ObjectCache): Authorizer {
    if (this.#authorization === undefined) {
      const authorization = createAuthorization({ chain: this.#rights.chain, cache });
      applyPolicy(this.#rights.policy, authorization.index);
      this.#stops.push(async () => unfollow());
      const unfollow = authorization.follow();
      this.#authorization = {
        authorize: async (attributes) => {
          const decision = await authorization.authorizer.authorize(attributes);
          if (decision.decision !== 'allow') this.#denied.add(`${attributes.user.name} ${describe(attributes)}`);
          return decision;
        },
      };
    }
    return this.#authorization;
  }

  as(user: UserInfo): Client {
    return new LoopbackClient(this.server, user, 'test');
  }

  async start({ nodes = 0, only, options, scheduler = true }: LiveOptions): Promise<void> {
    const deps = { clock: this.clock, logger: this.#logger, recorder: this.recorder };
    await this.#settle(this.server.ready());
    for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
      await this.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
    this.#startControllers = () =>
      startControllers({
        ...deps,
        clientFor: (component) =>
          this.as(component === 'kube-controller-manager' ? controllerManagerUser : controllerUser(component)),
        random: this.#random.fork('controllers'),
        ...(only === undefined ? {} : { only }),
        options: { namespaceDeletionDelayMs: 0, ...options },
      });
    this.#controllers = await this.#startControllers();
    this.#stops.push(async () => this.#controllers?.stop());
    if (scheduler) {
      const random = this.#random.fork('scheduler');
      const starting = startScheduler({ ...deps, random, clientFor: () => this.as(schedulerUser) });
      const running = await this.#settle(starting);
      this.#stops.push(() => running.stop());
    }
    if (nodes > 0) {
      const graceMs = options?.nodeMonitorGracePeriodMs ?? 50_000;
      const fleet = new NodeFleet(
        { ...deps, random: this.#random.fork('nodes'), clientFor: (name) => this.as(nodeUser(name)) },
        { count: nodes, kubeletVersion: 'v1.34.0', leaseDurationMs: Math.min(40_000, graceMs * 0.8) },
      );
      this.fleet = fleet;
      await this.#settle(fleet.start());
      this.#stops.push(() => fleet.stop());
    }
    await this.advance(1000);
  }

  async restartControllers(): Promise<void> {
    await this.#settle(this.#controllers?.stop() ?? Promise.resolve());
    this.#controllers = await this.#startControllers?.();
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }

  /** Lets time pass until `condition` holds; fails after `withinMs`. */
  async until(what: string, condition: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<void> {
    const endMs = this.clock.monotonicMs() + withinMs;
    for (;;) {
      if (await this.#settle(Promise.resolve(condition()))) return;
      if (this.clock.monotonicMs() >= endMs) throw new Error(`not within ${withinMs} ms: ${what}`);
      await this.clock.advance(100);
    }
  }

  async list<T extends ApiObject>(ref: ResourceRef, namespace?: string): Promise<readonly T[]> {
    const listing = this.client.list<T>(ref, namespace === undefined ? {} : { namespace });
    return (await this.#settle(listing)).items;
  }

  async get<T extends ApiObject>(ref: ResourceRef, name: string, namespace?: string): Promise<T> {
    return this.#settle(this.client.get<T>(ref, name, namespace));
  }

  async create<T extends ApiObject>(ref: ResourceRef, object: T): Promise<T> {
    return this.#settle(this.client.create<T>(ref, object));
  }

  async update(...parameters: Parameters<Client['update']>): Promise<void> {
    await this.#settle(this.client.update(...parameters));
  }

  async patch(ref: ResourceRef, name: string, namespace: string | undefined, patch: unknown): Promise<void> {
    await this.#settle(this.client.patch(ref, name, namespace, 'merge', patch));
  }

  async delete(...parameters: Parameters<Client['delete']>): Promise<void> {
    await this.#settle(this.client.delete(...parameters));
  }

  /** `name phase ready node`, sorted by name. */
  async podLines(namespace = 'default'): Promise<string[]> {
    const found = await this.list<V1Pod>(pods, namespace);
    return found.map(podLine).sort();
  }

  async runningPods(namespace = 'default'): Promise<readonly V1Pod[]> {
    const found = await this.list<V1Pod>(pods, namespace);
    return found.filter((pod) => pod.metadata?.deletionTimestamp === undefined && isReady(pod));
  }

  /** `reason: message (source)` of the events about an object, in the order in which they came. */
  async eventLines(kind: string, name: string, namespace = 'default'): Promise<string[]> {
    const found = await this.list<CoreV1Event>(events, namespace);
    return found
      .filter(({ involvedObject: about }) => about.kind === kind && about.name === name)
      .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
      .map(({ reason, message, reportingComponent }) => `${reason}: ${message} (${reportingComponent})`);
  }

  /** What was not allowed since the last call: `user verb resource`. */
  takeDenied(): string[] {
    const denied = [...this.#denied];
    this.#denied.clear();
    return denied;
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) await this.#settle(stop());
    if (this.#denied.size > 0) throw new Error(`not allowed by the default roles:\n${[...this.#denied].join('\n')}`);
  }

  /** Lets time pass while a promise is pending: some of what it waits for may be timers. */
  async #settle<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    const settled = promise.finally(() => {
      done = true;
    });
    settled.catch(() => undefined);
    for (let turns = 0; !done; turns++) await this.clock.advance(turns < 50 ? 0 : 10);
    return settled;
  }
}

function describe({ verb, path, resourceRequest, group, resource, subresource }: AuthorizationAttributes): string {
  if (!resourceRequest) return `${verb} ${path}`;
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  return `${verb} ${what}${group === '' ? '' : `.${group}`}`;
}

export async function startLiveCluster(options: LiveOptions = {}): Promise<LiveCluster> {
  const cluster = new LiveCluster(options.seed ?? 'live', options.logger ?? silentLogger, options.rights);
  await cluster.start(options);
  return cluster;
}

function isReady(pod: V1Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

function podLine(pod: V1Pod): string {
  const deleting = pod.metadata?.deletionTimestamp === undefined ? '' : ' deleting';
  const node = pod.spec?.nodeName ?? '-';
  return `${pod.metadata?.name} ${pod.status?.phase} ${isReady(pod) ? 'ready' : 'not-ready'} ${node}${deleting}`;
}
