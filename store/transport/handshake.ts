/**
 * Who may talk to whom: every connection between members begins with an HTTP request whose headers say which version
 * speaks, for which cluster, from whom and to whom. Whoever is asked refuses anything that does not fit.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { MemberId } from '../raft/types.ts';

/** Counts up with every change of the frames that an older member could not read. */
export const PROTOCOL_VERSION = 1;

/** For messages and calls, both ways open as long as both live. */
export const MESSAGES_PATH = '/raft';
/** For one state, from the leader. */
export const SNAPSHOT_PATH = '/raft/snapshot';
/** Who the members are, as JSON: for those who want to join. */
export const MEMBERS_PATH = '/members';

const VERSION_HEADER = 'x-sampan-protocol';
const CLUSTER_HEADER = 'x-sampan-cluster-id';
const FROM_HEADER = 'x-sampan-from';
const TO_HEADER = 'x-sampan-to';

export interface Handshake {
  readonly clusterId: bigint;
  readonly from: MemberId;
  readonly to: MemberId;
}

export interface Refusal {
  readonly status: 400 | 410 | 412;
  readonly reason: string;
}

/** The answer to a member that was removed: it should stop asking. */
export const REMOVED_STATUS = 410;

export function handshakeHeaders({ clusterId, from, to }: Handshake): Record<string, string> {
  return {
    [VERSION_HEADER]: String(PROTOCOL_VERSION),
    [CLUSTER_HEADER]: clusterId.toString(16),
    [FROM_HEADER]: from.toString(16),
    [TO_HEADER]: to.toString(16),
  };
}

/** Whose connection this is, or why it is refused. */
export function checkHandshake(
  headers: IncomingHttpHeaders,
  own: { readonly clusterId: bigint; readonly id: MemberId; readonly isRemoved: (id: MemberId) => boolean },
): MemberId | Refusal {
  const version = headers[VERSION_HEADER];
  if (version !== String(PROTOCOL_VERSION)) {
    return refuse(412, `protocol version ${version ?? 'missing'}, this member speaks ${PROTOCOL_VERSION}`);
  }
  const clusterId = parseId(headers[CLUSTER_HEADER]);
  const from = parseId(headers[FROM_HEADER]);
  const to = parseId(headers[TO_HEADER]);
  if (clusterId === undefined || from === undefined || to === undefined) return refuse(400, 'an id is missing');
  if (clusterId !== own.clusterId) {
    return refuse(412, `cluster ${clusterId.toString(16)}, this member is of ${own.clusterId.toString(16)}`);
  }
  if (to !== own.id) return refuse(412, `member ${to.toString(16)} is wanted, this is ${own.id.toString(16)}`);
  if (own.isRemoved(from)) return refuse(REMOVED_STATUS, `member ${from.toString(16)} was removed from the cluster`);
  return from;
}

function refuse(status: Refusal['status'], reason: string): Refusal {
  return { status, reason };
}

function parseId(text: string | string[] | undefined): bigint | undefined {
  return typeof text === 'string' && /^[0-9a-f]{1,16}$/.test(text) ? BigInt(`0x${text}`) : undefined;
}
