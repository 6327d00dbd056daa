/** A leader's heartbeats: they hold elections off, carry the commit index, and number the rounds that confirm reads. */
import type { RaftCore } from './raft-core.ts';

export function broadcastHeartbeat(core: RaftCore): void {
  const context = core.reads.beginRound(core.now);
  for (const [id, progress] of core.tracker.all) {
    if (id === core.id) continue;
    // Not beyond what is known to match: a follower must not commit entries that the leader does not have.
    const commit = Math.min(progress.match, core.log.committed);
    core.send({ type: 'heartbeat', to: id, commit, context });
    progress.sentCommit(commit);
    core.resignation?.told(id, commit, context);
  }
}
