/** Who is who: ids derived from names and addresses exactly as etcd derives them, so that every founder comes to the same. */
import { createHash } from 'node:crypto';

/**
 * A member's id (etcd: membership.computeMemberID).
 *
 * @param addedAtSeconds only for a member that is added to a running cluster: a second member at the same address, later,
 *   is another one
 */
export function memberIdOf(peerUrls: readonly string[], clusterToken: string, addedAtSeconds?: number): bigint {
  const hash = createHash('sha1');
  for (const url of [...peerUrls].sort()) hash.update(url);
  hash.update(clusterToken);
  if (addedAtSeconds !== undefined) hash.update(String(addedAtSeconds));
  return hash.digest().readBigUInt64BE(0);
}

/** The id of the cluster that these members found (etcd: RaftCluster.genID). */
export function clusterIdOf(memberIds: readonly bigint[]): bigint {
  const bytes = Buffer.alloc(8 * memberIds.length);
  const ascending = [...memberIds].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  for (const [at, id] of ascending.entries()) bytes.writeBigUInt64BE(id, at * 8);
  return createHash('sha1').update(bytes).digest().readBigUInt64BE(0);
}

/** How ids are written: hexadecimal, as etcd writes them. */
export function idText(id: bigint): string {
  return id.toString(16);
}
