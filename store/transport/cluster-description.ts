/** A cluster's description as JSON, ids in hexadecimal. */
import type { ClusterDescription } from './transport.ts';

export interface ClusterDescriptionText {
  readonly clusterId: string;
  readonly members: readonly {
    readonly id: string;
    readonly name: string;
    readonly peerUrls: readonly string[];
    readonly clientUrls: readonly string[];
    readonly isLearner: boolean;
  }[];
}

export function encodeDescription({ clusterId, members }: ClusterDescription): ClusterDescriptionText {
  return {
    clusterId: clusterId.toString(16),
    members: members.map((member) => ({ ...member, id: member.id.toString(16) })),
  };
}

export function decodeDescription(text: ClusterDescriptionText): ClusterDescription {
  return {
    clusterId: BigInt(`0x${text.clusterId}`),
    members: text.members.map((member) => ({ ...member, id: BigInt(`0x${member.id}`) })),
  };
}
