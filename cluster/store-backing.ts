/**
 * What holds the cluster's state: a member in this process, members in processes of their own, or an etcd cluster that
 * is there already. The API server gets a `Store` in each case and knows no difference.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { Pki } from '../apiserver/auth/pki.ts';
import type { Clock } from '../base/clock.ts';
import { codeOf, UsageError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Recorder } from '../base/moments.ts';
import type { Random } from '../base/random.ts';
import type { RingRecorder } from '../base/ring-recorder.ts';
import type { FaultInjector } from '../nodes/faults/fault-injector.ts';
import {
  createEmbeddedStore,
  createRemoteStore,
  type EtcdServer,
  type RunningMember,
  type Store,
  serveEtcd,
} from '../store/index.ts';
import type { Component } from './control-plane-pods.ts';
import { MemberFaults, NoMemberFaults } from './member-faults.ts';
import { MemberMoments } from './member-moments.ts';
import { type MemberState, startMemberProcesses } from './member-processes.ts';
import { StoreCompactor } from './store-compactor.ts';

export interface StoreBacking {
  readonly store: Store;
  /** Log entries that were read back at the start; undefined for an etcd of somebody else. */
  readonly replayedEntries: number | undefined;
  /** A pod to show for each member. */
  readonly components: readonly Component[];
  /** The members that are ours, each to be asked by itself. */
  readonly members: readonly BackingMember[];
  /** Carries out faults of members, or says why it cannot. */
  readonly faults: FaultInjector;
  /** Fetches the moments that members in other processes keep. */
  pullMoments(): Promise<void>;
  stop(): Promise<void>;
}

/** One member, as the process that keeps it knows it. */
export interface BackingMember {
  readonly name: string;
  state(): MemberState;
  restarts(): number;
  /** Of its process, when it has one of its own. */
  pid(): number | undefined;
  /** A store that asks this member and no other. `close` gives back what `open` took, and closes no member. */
  open(): Pick<Store, 'status' | 'close'>;
}

export interface StoreBackingDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly recorder: Recorder;
  /** The recorder, where it keeps what it hears. */
  readonly moments?: RingRecorder | undefined;
}

export type StoreChoice =
  /** One member in this process; `dataDir` absent: in memory. */
  | {
      readonly type: 'embedded';
      readonly dataDir: string | undefined;
      readonly name: string;
      /** How long old revisions are kept; 0: for ever, absent: as long as kube-apiserver has it. */
      readonly compactionMs?: number;
      /** Where to serve the etcd API beside; absent: not at all. Port 0: a free one. */
      readonly etcd?: { readonly port: number; readonly pki: () => Promise<Pki> };
    }
  | {
      readonly type: 'processes';
      readonly dataDir: string;
      readonly name: string;
      readonly count: number;
      readonly clientPort: number;
      readonly compactionMs?: number;
      readonly pki: () => Promise<Pki>;
      readonly command: readonly [string, string];
    }
  | {
      readonly type: 'external';
      readonly endpoints: readonly string[];
      /** How often what was there then is forgotten; 0: others see to it. */
      readonly compactionMs?: number;
      readonly caFile?: string;
      readonly certFile?: string;
      readonly keyFile?: string;
    };

const ETCD_IMAGE = 'sampan/etcd:0.1.0';
/** As kube-apiserver has it compacted: what is older than five minutes is forgotten. */
const COMPACTION_MS = 5 * 60_000;

export async function openStore(choice: StoreChoice, deps: StoreBackingDeps): Promise<StoreBacking> {
  switch (choice.type) {
    case 'embedded':
      return openEmbedded(choice, deps);
    case 'processes':
      return openProcesses(choice, deps);
    case 'external':
      return openExternal(choice, deps);
  }
}

async function openEmbedded(choice: StoreChoice & { type: 'embedded' }, deps: StoreBackingDeps): Promise<StoreBacking> {
  const { clock } = deps;
  if (choice.dataDir !== undefined && fs.existsSync(path.join(choice.dataDir, 'members'))) {
    throw new UsageError(
      `${choice.dataDir} holds a store of several members, but one was asked for; start with the --members of before, or with another --data-dir`,
    );
  }
  const { compactionMs = COMPACTION_MS } = choice;
  const startedAtMs = clock.nowMs();
  const member = await createEmbeddedStore({
    ...deps,
    name: choice.name,
    clusterToken: choice.name,
    ...(choice.dataDir === undefined ? {} : { dataDir: path.join(choice.dataDir, 'store') }),
    ...(compactionMs === 0 ? {} : { autoCompaction: { mode: 'periodic', retentionMs: compactionMs } }),
  });
  let etcd: EtcdServer | undefined;
  try {
    etcd = choice.etcd === undefined ? undefined : await serveMember(member, choice.etcd, deps);
    if (etcd !== undefined && choice.dataDir !== undefined) keepEndpoints(choice.dataDir, [etcd.url]);
  } catch (thrown) {
    await member.close();
    throw thrown;
  }
  return {
    store: member.store,
    replayedEntries: member.replayedEntries,
    components: [componentOf(choice.name, () => ({ running: true, restarts: 0, startedAtMs }))],
    members: [
      {
        name: choice.name,
        state: () => 'running',
        restarts: () => 0,
        pid: () => undefined,
        open: () => ({ status: (options) => member.store.status(options), close: async () => {} }),
      },
    ],
    faults: new NoMemberFaults(
      'the only store member lives in the process of the API server and cannot be broken without it: start with --members 3',
    ),
    pullMoments: async () => {},
    stop: async () => {
      await etcd?.close();
      await member.close();
    },
  };
}

/** The member's etcd API on loopback, for etcdctl and backups: TLS, and only for holders of a client certificate. */
async function serveMember(
  member: RunningMember,
  { port, pki }: { readonly port: number; readonly pki: () => Promise<Pki> },
  deps: StoreBackingDeps,
): Promise<EtcdServer> {
  const keys = await pki();
  const { certificatePem: cert, keyPem: key } = keys.leaf('etcd/server');
  const tls = { cert, key, clientCa: keys.authority('etcd/ca').certificatePem };
  try {
    return await serveEtcd({
      ...deps,
      store: member.store,
      admin: member.admin,
      listen: { host: '127.0.0.1', port },
      tls,
    });
  } catch (thrown) {
    if (codeOf(thrown) !== 'EADDRINUSE') throw thrown;
    throw new UsageError(
      `port ${port} on 127.0.0.1 is in use, and the store needs it; stop what listens there, or choose another with --store-port`,
    );
  }
}

const ENDPOINTS_FILE = 'store-endpoints.json';

/** Where a running cluster's store is reached is kept beside its data: `sampan snapshot` looks there. */
function keepEndpoints(dataDir: string, endpoints: readonly string[]): void {
  fs.writeFileSync(path.join(dataDir, ENDPOINTS_FILE), `${JSON.stringify(endpoints)}\n`);
}

/** UsageError when no cluster was started on the directory. */
export function endpointsOf(dataDir: string): readonly string[] {
  const file = path.join(dataDir, ENDPOINTS_FILE);
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as readonly string[];
  } catch {
    throw new UsageError(
      `${file} cannot be read: start a cluster on ${dataDir} first, or name its store with --endpoints`,
    );
  }
}

async function openProcesses(
  choice: StoreChoice & { type: 'processes' },
  deps: StoreBackingDeps,
): Promise<StoreBacking> {
  const { clock, logger, random } = deps;
  if (fs.existsSync(path.join(choice.dataDir, 'store'))) {
    throw new UsageError(
      `${choice.dataDir} holds a store of one member, but ${choice.count} were asked for; start without --members, or with another --data-dir`,
    );
  }
  const pki = await choice.pki();
  const server = pki.leaf('etcd/server');
  const peer = pki.leaf('etcd/peer');
  const client = pki.leaf('apiserver-etcd-client');
  const authority = pki.authority('etcd/ca');
  const processes = await startMemberProcesses(
    {
      dataDir: choice.dataDir,
      clusterName: choice.name,
      count: choice.count,
      clientPort: choice.clientPort,
      compactionMs: choice.compactionMs ?? COMPACTION_MS,
      command: choice.command,
      keepMoments: deps.moments !== undefined,
      tls: {
        ca: authority.certificateFile,
        serverCert: server.certificateFile,
        serverKey: server.keyFile,
        peerCert: peer.certificateFile,
        peerKey: peer.keyFile,
      },
    },
    clock,
    logger,
  );
  const moments = deps.moments && new MemberMoments(processes.members, deps.moments, clock);
  keepEndpoints(
    choice.dataDir,
    processes.members.map(({ address }) => address.clientUrl),
  );
  const tls = { ca: authority.certificatePem, cert: client.certificatePem, key: client.keyPem };
  const reach = (endpoints: readonly string[]): Store => createRemoteStore({ endpoints, tls, clock, random, logger });
  const store = reach(processes.members.map(({ address }) => address.clientUrl));
  return {
    store,
    replayedEntries: processes.replayedEntries,
    components: processes.members.map((member) =>
      componentOf(member.address.name, () => ({
        running: member.state === 'running',
        restarts: member.restarts,
        startedAtMs: member.startedAtMs,
      })),
    ),
    members: processes.members.map((member) => ({
      name: member.address.name,
      state: () => member.state,
      restarts: () => member.restarts,
      pid: () => member.pid,
      open: () => reach([member.address.clientUrl]),
    })),
    faults: new MemberFaults(processes.members),
    pullMoments: async () => moments?.pull(),
    stop: async () => {
      await store.close();
      await processes.stop();
    },
  };
}

async function openExternal(
  choice: StoreChoice & { type: 'external' },
  { clock, random, logger }: StoreBackingDeps,
): Promise<StoreBacking> {
  const { caFile, certFile, keyFile, endpoints } = choice;
  const tls = {
    ...(caFile === undefined ? {} : { ca: readPem(caFile, '--etcd-cafile') }),
    ...(certFile === undefined ? {} : { cert: readPem(certFile, '--etcd-certfile') }),
    ...(keyFile === undefined ? {} : { key: readPem(keyFile, '--etcd-keyfile') }),
  };
  const secured = Object.keys(tls).length > 0;
  const store = createRemoteStore({ endpoints, clock, random, logger, ...(secured ? { tls } : {}) });
  const { compactionMs = COMPACTION_MS } = choice;
  const compactor = compactionMs === 0 ? undefined : new StoreCompactor(store, { clock, logger }, compactionMs);
  return {
    store,
    replayedEntries: undefined,
    components: [],
    members: [],
    faults: new NoMemberFaults('the store is an etcd cluster of somebody else, whose members are not ours to break'),
    pullMoments: async () => {},
    stop: async () => {
      compactor?.stop();
      await store.close();
    },
  };
}

function readPem(file: string, flag: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new UsageError(`${flag}: cannot read ${file}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

function componentOf(name: string, state: Component['state']): Component {
  return {
    component: 'etcd',
    podName: `etcd-${name}`,
    image: ETCD_IMAGE,
    command: ['sampan', 'etcd', `--name=${name}`],
    state,
  };
}
