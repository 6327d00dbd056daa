/**
 * A whole cluster, wired: store, API server, controllers, scheduler, nodes, faults, and the control plane's own pods.
 * `sampan up`, the demos and the test library all start this one. Everything is given its clock, randomness, logger and
 * recorder here; nothing below makes its own.
 */
import path from 'node:path';
import { CertificateSigner } from '../apiserver/auth/certificate-signing.ts';
import { ensureKubeconfig } from '../apiserver/auth/kubeconfig.ts';
import { ensurePki, type Pki } from '../apiserver/auth/pki.ts';
import {
  administratorUser,
  controllerManagerUser,
  controllerUser,
  nodeUser,
  schedulerUser,
} from '../apiserver/auth/users.ts';
import type { BuiltApiServer } from '../apiserver/machinery/build-api-server.ts';
import type { UserInfo } from '../apiserver/machinery/resource-row.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { type Recorder, silentRecorder } from '../base/moments.ts';
import type { Random } from '../base/random.ts';
import type { RingRecorder } from '../base/ring-recorder.ts';
import type { ControllerOptions } from '../controllers/controller-registry.ts';
import type { Client } from '../controllers/runtime/client.ts';
import { activeAtStart, FaultRunner } from '../nodes/faults/fault-runner.ts';
import { NodeFaults } from '../nodes/faults/node-faults.ts';
import { NodeFleet } from '../nodes/node-fleet.ts';
import { BackupScheduler } from '../store/index.ts';
import { createAddons } from './addons.ts';
import { type ApiServerOptions, hostApiServer } from './api-server-host.ts';
import { type Component, ControlPlanePods } from './control-plane-pods.ts';
import { prepareDataDirectory } from './data-directory.ts';
import { defined } from './identity-flags.ts';
import { administratorKubeconfig, ensureComponentKubeconfigs } from './kubeconfigs.ts';
import { LoopbackClient } from './loopback-client.ts';
import { momentsPaths } from './moments-paths.ts';
import { podLogsOf } from './node-logs.ts';
import { addonsIdentity, controlPlanePodsIdentity, faultRunnerIdentity, ownPolicy } from './own-identities.ts';
import { openStore, type StoreBacking, type StoreChoice } from './store-backing.ts';

export interface ClusterOptions {
  /** `sampan`: part of the names of members and control-plane pods. */
  readonly name: string;
  /** Where everything is kept; the kubeconfig is `<dataDir>/admin.kubeconfig`. */
  readonly dataDir: string;
  readonly store:
    | { readonly members: number; readonly clientPort: number; readonly command: readonly [string, string] }
    | { readonly etcd: StoreChoice & { type: 'external' } };
  readonly api: Omit<ApiServerOptions, 'pki' | 'store' | 'podLogs' | 'extraPaths'>;
  readonly nodes: number;
  /** Milliseconds without a heartbeat until a node counts as gone; nodes renew four times as often as half of it. */
  readonly nodeMonitorGraceMs: number;
  /** Backups by themselves; absent: none. */
  readonly backup?: { readonly schedule: string; readonly retention: number; readonly directory: string };
  /** The folder of add-ons to create; absent: none. */
  readonly addonsFolder?: string;
}

export interface ClusterDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Where all parts say what they do; absent: nobody will look. */
  readonly moments?: RingRecorder | undefined;
}

type PartDeps = ClusterDeps & { readonly recorder: Recorder };

export interface Cluster {
  readonly port: number;
  readonly api: BuiltApiServer;
  readonly kubeconfig: string;
  readonly replayedEntries: number | undefined;
  readonly store: StoreBacking;
  readonly nodes: NodeFleet;
  readonly pki: Pki;
  /** The API as some user sees it, through the whole request chain. */
  client(user?: UserInfo, userAgent?: string): Client;
  stop(): Promise<void>;
}

/** Upstream's lease: renewed every 10 s, for 40 s. */
const LEASE_MS = 40_000;
export const KUBERNETES_VERSION = 'v1.34.0';

/** Resolves when the API serves, the nodes are registered and the control plane's pods are there. */
export async function startCluster(options: ClusterOptions, deps: ClusterDeps): Promise<Cluster> {
  prepareDataDirectory(options.dataDir);
  const undo: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of undo.splice(0).reverse()) await end();
  };
  try {
    return await start(options, { ...deps, recorder: deps.moments ?? silentRecorder }, undo, stop);
  } catch (thrown) {
    await stop().catch(() => {});
    throw thrown;
  }
}

async function start(
  options: ClusterOptions,
  deps: PartDeps,
  undo: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Cluster> {
  const { clock, logger } = deps;
  const startedAtMs = clock.nowMs();
  const pki = pkiOf(options, deps);
  pki.catch(() => {});
  const store = await openStore(
    storeChoice(options, () => pki),
    deps,
  );
  undo.push(() => store.stop());
  if (options.backup !== undefined) {
    const backups = new BackupScheduler({ ...deps, store: store.store, ...options.backup });
    undo.push(() => backups.stop());
  }
  let fleet: NodeFleet | undefined;
  const podLogs = podLogsOf(
    () => fleet,
    () => clock.nowMs(),
  );
  const extraPaths =
    deps.moments === undefined ? {} : momentsPaths({ ring: deps.moments, pull: () => store.pullMoments(), clock });
  const componentsHere = ['scheduler', 'controller-manager'] as const;
  const api = await hostApiServer(
    {
      ...asKubeadm(options.api),
      policy: ownPolicy(),
      pki: await pki,
      store: store.store,
      podLogs,
      componentsHere,
      extraPaths,
    },
    deps,
  );
  undo.push(() => api.close());
  const kubeconfigContext = { pki: await pki, server: api.url, clusterName: options.name, clock };
  const { file: kubeconfig } = administratorKubeconfig(options.dataDir);
  await ensureKubeconfig(administratorKubeconfig(options.dataDir), kubeconfigContext);

  const client = (user: UserInfo = administratorUser, userAgent = 'sampan'): Client =>
    new LoopbackClient(api.server, user, userAgent);
  const authority = (await pki).authority('ca');
  await startControllersAndScheduler(options, deps, client, undo, {
    rootCaCertificate: authority.certificatePem,
    // An authority whose key is kept elsewhere signs there.
    ...(authority.keyPem === ''
      ? {}
      : {
          certificateAuthority: new CertificateSigner(authority, { clock, random: deps.random.fork('certificates') }),
        }),
    signSecretToken: api.signSecretToken,
  });
  fleet = await startNodes(options, deps, client, store, undo);
  await showControlPlane(options, deps, client(controlPlanePodsIdentity.user), store, startedAtMs, undo);
  if (options.addonsFolder !== undefined) await createAddons(client(addonsIdentity.user), options.addonsFolder);
  const ending = new AbortController();
  const writing = ensureComponentKubeconfigs(options.dataDir, fleet.names, kubeconfigContext, ending.signal).catch(
    (thrown) => logger.warn({ error: messageOf(thrown) }, 'kubeconfigs of components not written'),
  );
  undo.push(async () => {
    ending.abort();
    await writing;
  });
  logger.info({ port: api.port }, 'cluster started');
  return {
    port: api.port,
    api: api.server,
    kubeconfig,
    replayedEntries: store.replayedEntries,
    store,
    nodes: fleet,
    pki: await pki,
    client,
    stop,
  };
}

/** kubeadm turns NodeRestriction on, and whoever turns it off may. */
function asKubeadm(api: ClusterOptions['api']): ClusterOptions['api'] {
  const { enableAdmissionPlugins: enabled, disableAdmissionPlugins: disabled } = api;
  if ([...enabled, ...disabled].includes('NodeRestriction')) return api;
  return { ...api, enableAdmissionPlugins: [...enabled, 'NodeRestriction'] };
}

function pkiOf(options: ClusterOptions, { clock, random, logger }: ClusterDeps): Promise<Pki> {
  return ensurePki({
    ...options.api.names,
    directory: path.join(options.dataDir, 'pki'),
    store: 'members' in options.store,
    otherDataExists: false,
    clock,
    random,
    logger,
  });
}

function storeChoice({ store, dataDir, name, api }: ClusterOptions, pki: () => Promise<Pki>): StoreChoice {
  if ('etcd' in store) return store.etcd;
  const kept = defined({ compactionMs: api.behaviour?.etcdCompactionInterval });
  if (store.members === 1) return { type: 'embedded', dataDir, name, ...kept, etcd: { port: store.clientPort, pki } };
  return {
    type: 'processes',
    dataDir,
    name,
    count: store.members,
    clientPort: store.clientPort,
    ...kept,
    pki,
    command: store.command,
  };
}

async function startControllersAndScheduler(
  options: ClusterOptions,
  deps: PartDeps,
  client: (user: UserInfo, userAgent: string) => Client,
  undo: (() => Promise<void>)[],
  controllerOptions: Pick<ControllerOptions, 'rootCaCertificate' | 'certificateAuthority' | 'signSecretToken'>,
): Promise<void> {
  const [{ startControllers }, { startScheduler }] = await Promise.all([
    import('../controllers/controller-manager.ts'),
    import('../controllers/scheduler/scheduler.ts'),
  ]);
  const clientFor = (component: string): Client =>
    component === 'kube-controller-manager'
      ? client(controllerManagerUser, 'kube-controller-manager')
      : client(controllerUser(component), 'kube-controller-manager');
  const controllers = await startControllers({
    ...deps,
    clientFor,
    options: { nodeMonitorGracePeriodMs: options.nodeMonitorGraceMs, ...controllerOptions },
  });
  undo.push(() => controllers.stop());
  const scheduler = await startScheduler({ ...deps, clientFor: () => client(schedulerUser, 'kube-scheduler') });
  undo.push(() => scheduler.stop());
}

async function startNodes(
  options: ClusterOptions,
  deps: PartDeps,
  client: (user?: UserInfo, userAgent?: string) => Client,
  store: StoreBacking,
  undo: (() => Promise<void>)[],
): Promise<NodeFleet> {
  const fleet = new NodeFleet(
    { ...deps, clientFor: (name) => client(nodeUser(name), 'kubelet') },
    {
      count: options.nodes,
      kubeletVersion: KUBERNETES_VERSION,
      leaseDurationMs: Math.min(LEASE_MS, options.nodeMonitorGraceMs),
    },
  );
  const faultClient = client(faultRunnerIdentity.user, 'sampan-faults');
  const down = await activeAtStart(faultClient, ['NodeCrash', 'NodeFreeze', 'KubeletStop']);
  await fleet.start(down);
  undo.push(() => fleet.stop());
  const injectors = [new NodeFaults(fleet, faultClient), store.faults];
  const faults = new FaultRunner({ ...deps, client: faultClient, injectors });
  faults.start();
  undo.push(() => faults.stop());
  return fleet;
}

async function showControlPlane(
  options: ClusterOptions,
  deps: ClusterDeps,
  client: Client,
  store: StoreBacking,
  startedAtMs: number,
  undo: (() => Promise<void>)[],
): Promise<void> {
  const own = (component: string): Component => ({
    component,
    podName: `${component}-${options.name}`,
    image: `sampan/${component}:0.1.0`,
    command: ['sampan', 'up'],
    state: () => ({ running: true, restarts: 0, startedAtMs }),
  });
  const components = [...store.components, ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map(own)];
  const shown = new ControlPlanePods({ ...deps, client }, components);
  await shown.start();
  undo.push(() => shown.stop());
}
