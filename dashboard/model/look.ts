/** How things look: each state has one name, which a shape, a colour and a word are chosen by. Pure. */
import type { ContainerRow, FaultRow, NodeRow, PodRow } from './rows.ts';
import type { MemberState, State } from './state.ts';

export type PodLook = 'running' | 'starting' | 'pending' | 'failing' | 'ending' | 'done' | 'lost';

export function podLook(pod: PodRow): PodLook {
  if (pod.phase === 'Succeeded') return 'done';
  if (pod.phase === 'Failed') return 'failing';
  if (pod.phase === 'Unknown') return 'lost';
  if (pod.deleting === true) return 'ending';
  if (pod.containers.some(isFailing)) return 'failing';
  if (pod.phase === 'Running') return pod.ready ? 'running' : 'starting';
  return pod.node === undefined ? 'pending' : 'starting';
}

function isFailing({ state, reason }: ContainerRow): boolean {
  if (state === 'terminated') return reason !== 'Completed';
  return state === 'waiting' && reason !== undefined && /BackOff|Err|Invalid/.test(reason);
}

export const POD_LOOKS: readonly PodLook[] = ['running', 'starting', 'pending', 'failing', 'ending', 'done', 'lost'];

export type NodeLook = 'ready' | 'unready' | 'silent' | 'cordoned';

export function nodeLook(node: NodeRow): NodeLook {
  if (node.ready === 'Unknown') return 'silent';
  if (node.ready !== 'True') return 'unready';
  return node.cordoned ? 'cordoned' : 'ready';
}

export type MemberLook = 'leader' | 'follower' | 'candidate' | 'down' | 'paused' | 'starting';

export function memberLook(member: MemberState): MemberLook {
  switch (member.state) {
    case 'running':
      break;
    case 'paused':
      return 'paused';
    case 'starting':
      return 'starting';
    default:
      return 'down';
  }
  if (member.role === 'leader') return 'leader';
  return member.role === 'candidate' || member.role === 'preCandidate' ? 'candidate' : 'follower';
}

/** The faults that hold a target now, the oldest first. */
export function faultsOn(state: State, target: string): readonly FaultRow[] {
  const found: FaultRow[] = [];
  for (const fault of state.faults.values()) {
    const hits = fault.targets.includes(target) || (fault.targets.length === 0 && fault.target === target);
    if (hits && (fault.phase === 'Active' || fault.phase === 'Pending')) found.push(fault);
  }
  return found.sort((a, b) => a.createdMs - b.createdMs);
}

export type LinkLook = 'whole' | 'cut' | 'slow';

/** How the network between two members is, by the faults that strike now. */
export function linkLook(state: State, one: string, other: string): LinkLook {
  let look: LinkLook = 'whole';
  for (const fault of linkFaults(state)) {
    const ends = fault.targets.length === 0 ? [fault.target] : fault.targets;
    const meets = (end: string, peer: string): boolean => ends.includes(end) && (fault.peers?.includes(peer) ?? true);
    if (fault.phase !== 'Active' || !(meets(one, other) || meets(other, one))) continue;
    if (fault.type === 'StoreMemberPartition') return 'cut';
    look = 'slow';
  }
  return look;
}

/** The faults of the network between members that strike, or will, the oldest first. */
export function linkFaults(state: State): readonly FaultRow[] {
  return [...state.faults.values()]
    .filter(({ type, phase }) => LINK_FAULTS.has(type) && (phase === 'Active' || phase === 'Pending'))
    .sort((a, b) => a.createdMs - b.createdMs);
}

const LINK_FAULTS: ReadonlySet<string> = new Set(['StoreMemberPartition', 'StoreMemberDelay']);
