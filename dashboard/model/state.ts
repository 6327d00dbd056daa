/** Everything the page knows at one moment. Never changed in place: `reduce.ts` makes the next one of it. */
import type { WatchRow } from './moment.ts';
import type { FaultRow, NamespaceRow, NodeRow, PodRow, WorkloadRow } from './rows.ts';
import { Table } from './table.ts';

export interface LogEntry {
  readonly index: number;
  readonly term: number;
  /** How far it has come at this member. */
  readonly stage: 'append' | 'durable' | 'commit' | 'apply';
}

export interface MemberState {
  readonly name: string;
  /** In hexadecimal. */
  readonly id: string;
  /** Of its process: `running`, `paused`, `crashed`, `starting`, `unreachable`. */
  readonly state: string;
  readonly pid?: number;
  readonly restarts: number;
  /** `leader`, `follower`, `candidate`, `preCandidate`; '' while nobody has told. */
  readonly role: string;
  readonly term: number;
  /** The name of whom it follows. */
  readonly leader: string;
  readonly lastIndex: number;
  readonly commit: number;
  readonly applied: number;
  readonly revision: number;
  readonly bytes: number;
  /** How long it has not heard from a leader, and when it would stand for election; as it said at `toldAtMs`. */
  readonly election?: { readonly elapsedMs: number; readonly timeoutMs: number; readonly toldAtMs: number };
  /** The end of its log, the oldest first. */
  readonly tail: readonly LogEntry[];
}

export interface PeerMessage {
  readonly place: number;
  readonly from: string;
  readonly to: string;
  readonly message: string;
  readonly term: number;
  readonly index: number;
  readonly entries: number;
  readonly reject: boolean;
  readonly sentMs: number;
  readonly receivedMs?: number;
}

/** Something that happened to the members as a group. */
export interface Turning {
  readonly place: number;
  readonly atMs: number;
  readonly kind: 'asked' | 'granted' | 'refused' | 'elected' | 'stood' | 'followed';
  readonly member: string;
  readonly other: string;
  readonly term: number;
  readonly pre: boolean;
}

export interface KeyRow {
  readonly revision: number;
  readonly version: number;
  readonly atMs: number;
}

export interface FolderRow {
  /** Keys below it. */
  readonly keys: number;
  /** The last change below it. */
  readonly atMs: number;
  /** The names right below it, each a folder when it ends in a slash. */
  readonly children: Table<true>;
}

export interface Decision {
  readonly place: number;
  readonly atMs: number;
  readonly key: string;
  readonly words: string;
}

export interface ControllerState {
  readonly name: string;
  readonly queueLength: number;
  /** What it has taken and not finished. */
  readonly working: readonly string[];
  readonly lastKey: string;
  readonly lastAtMs: number;
  readonly takes: number;
  readonly failures: number;
  readonly lastFailure?: string;
  /** The newest first. */
  readonly decisions: readonly Decision[];
}

export interface State {
  /** Of the last moment that it holds. */
  readonly place: number;
  readonly atMs: number;
  readonly cluster: string;
  readonly revision: number;
  readonly pods: Table<PodRow>;
  readonly nodes: Table<NodeRow>;
  readonly workloads: Table<WorkloadRow>;
  readonly faults: Table<FaultRow>;
  readonly namespaces: Table<NamespaceRow>;
  /** Keys of pods by their node's name ('' without one), and by their owner's uid. */
  readonly podsByNode: Table<Table<true>>;
  readonly podsByOwner: Table<Table<true>>;
  /** How many pods look like what (`look.ts`). */
  readonly podCounts: ReadonlyMap<string, number>;
  readonly members: ReadonlyMap<string, MemberState>;
  readonly messages: readonly PeerMessage[];
  readonly turnings: readonly Turning[];
  readonly keys: Table<KeyRow>;
  readonly folders: Table<FolderRow>;
  readonly watches: readonly WatchRow[];
  readonly controllers: ReadonlyMap<string, ControllerState>;
  /** What happened on each node lately, in words, the newest first. */
  readonly nodeWords: ReadonlyMap<string, readonly Decision[]>;
  /** How many moments were left out since too many came: lately, each time. */
  readonly skipped: readonly { readonly atMs: number; readonly count: number }[];
  /** Changes of objects and keys that wait to be told. */
  readonly behind: number;
}

export const emptyState: State = {
  place: 0,
  atMs: 0,
  cluster: '',
  revision: 0,
  pods: Table.empty(),
  nodes: Table.empty(),
  workloads: Table.empty(),
  faults: Table.empty(),
  namespaces: Table.empty(),
  podsByNode: Table.empty(),
  podsByOwner: Table.empty(),
  podCounts: new Map(),
  members: new Map(),
  messages: [],
  turnings: [],
  keys: Table.empty(),
  folders: Table.empty(),
  watches: [],
  controllers: new Map(),
  nodeWords: new Map(),
  skipped: [],
  behind: 0,
};
