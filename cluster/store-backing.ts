/**
 * What holds the cluster's state: a member in this process, members in processes of their own, or an etcd cluster that
 * is there already. The API server gets a `Store` in each case and knows no difference.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { Pki } from '../apiserver/auth/pki.ts';
import type { Clock } from '../base/clock.ts';
import { UsageError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Recorder } from '../base/moments.ts';
import type { Random } from '../base/random.ts';
import type { FaultInjector } from '../nodes/faults/fault-runner.ts';
import { createEmbeddedStore, type Store } from '../store/index.ts';
import type { Component } from './control-plane-pods.ts';
import { MemberFaults } from './member-faults.ts';
import { startMemberProcesses } from './member-processes.ts';

export interface StoreBacking {
  readonly store: Store;
  /** Log entries that were read back at the start; undefined for an etcd of somebody else. */
  readonly replayedEntries: number | undefined;
  /** A pod to show for each member. */
  readonly components: readonly Component[];
  /** Carries out faults of members, where members can be killed. */
  readonly faults: FaultInjector | undefined;
  stop(): Promise<void>;
}

export interface StoreBackingDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly recorder: Recorder;
}

export type StoreChoice =
  /** One member in this process; `dataDir` absent: in memory. */
  | { readonly type: 'embedded'; readonly dataDir: string | undefined; readonly name: string }
  | {
      readonly type: 'processes';
      readonly dataDir: string;
      readonly name: string;
      readonly count: number;
      readonly clientPort: number;
      readonly pki: () => Promise<Pki>;
      readonly command: readonly [string, string];
    }
  | {
      readonly type: 'external';
      readonly endpoints: readonly string[];
      readonly caFile?: string;
      readonly certFile?: string;
      readonly keyFile?: string;
    };

const ETCD_IMAGE = 'sampan/etcd:0.1.0';

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
  const startedAtMs = clock.nowMs();
  const member = await createEmbeddedStore({
    ...deps,
    name: choice.name,
    clusterToken: choice.name,
    ...(choice.dataDir === undefined ? {} : { dataDir: path.join(choice.dataDir, 'store') }),
    autoCompaction: { mode: 'periodic', retentionMs: 5 * 60_000 },
  });
  return {
    store: member.store,
    replayedEntries: member.replayedEntries,
    components: [componentOf(choice.name, () => ({ running: true, restarts: 0, startedAtMs }))],
    faults: undefined,
    stop: () => member.close(),
  };
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
      command: choice.command,
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
  const { createRemoteStore } = await import('../store/etcd/remote-store.ts');
  const store = createRemoteStore({
    endpoints: processes.members.map(({ address }) => address.clientUrl),
    tls: { ca: authority.certificatePem, cert: client.certificatePem, key: client.keyPem },
    clock,
    random,
    logger,
  });
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
    faults: new MemberFaults(processes.members),
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
  const { createRemoteStore } = await import('../store/etcd/remote-store.ts');
  const { caFile, certFile, keyFile, endpoints } = choice;
  const tls = {
    ...(caFile === undefined ? {} : { ca: readPem(caFile, '--etcd-cafile') }),
    ...(certFile === undefined ? {} : { cert: readPem(certFile, '--etcd-certfile') }),
    ...(keyFile === undefined ? {} : { key: readPem(keyFile, '--etcd-keyfile') }),
  };
  const secured = Object.keys(tls).length > 0;
  const store = createRemoteStore({ endpoints, clock, random, logger, ...(secured ? { tls } : {}) });
  return { store, replayedEntries: undefined, components: [], faults: undefined, stop: () => store.close() };
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
