/** etcd's `/debug/vars`: the process's command line, memory and limit of files, and where its consensus is. */
import { getHeapStatistics } from 'node:v8';
import type { ConsensusStatus } from '../admin.ts';
import { descriptorLimit } from './metrics/descriptors.ts';

/** In Go's form of published variables: by name, one a line. */
export function debugVars(status: ConsensusStatus | undefined): string {
  const variables = {
    cmdline: process.argv,
    file_descriptor_limit: descriptorLimit() ?? 0,
    memstats: memory(),
    'raft.status': status === undefined ? null : raft(status),
  };
  const lines = Object.entries(variables).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}

/** What of Go's names this runtime has a figure for. */
function memory(): Record<string, number> {
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  const { malloced_memory } = getHeapStatistics();
  return {
    Alloc: heapUsed,
    Sys: rss,
    HeapAlloc: heapUsed,
    HeapSys: heapTotal,
    HeapIdle: heapTotal - heapUsed,
    HeapInuse: heapUsed,
    OtherSys: malloced_memory,
  };
}

function raft({ id, term, vote, commit, leader, role, applied, progress, transferee }: ConsensusStatus): object {
  const hex = (member: bigint): string => member.toString(16);
  return {
    id: hex(id),
    term,
    vote: hex(vote),
    commit,
    lead: hex(leader),
    raftState: named('State', role),
    applied,
    progress: Object.fromEntries(
      [...progress].map(([member, { match, next, state }]) => [
        hex(member),
        { match, next, state: named('State', state) },
      ]),
    ),
    leadtransferee: hex(transferee),
  };
}

/** `leader` is StateLeader, `preCandidate` is StatePreCandidate. */
function named(prefix: string, word: string): string {
  return `${prefix}${word[0]?.toUpperCase() ?? ''}${word.slice(1)}`;
}
