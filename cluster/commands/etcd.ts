/** `sampan etcd`: a store member alone, with etcd's flags and environment. */
import { messageOf } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { silentRecorder } from '../../base/moments.ts';
import { RingRecorder } from '../../base/ring-recorder.ts';
import { systemClock, systemRandom } from '../../base/system.ts';
import { untilSignal } from '../exit-signals.ts';
import { KEEP_MOMENTS, type MemberNotice } from '../member-channel.ts';
import { serveParent } from '../member-parent.ts';
import { processLogger } from '../process-logger.ts';

export async function etcd(args: readonly string[]): Promise<number> {
  const { parseEtcdFlags } = await import('../../store/etcd/flags.ts');
  const { runEtcd } = await import('../../store/etcd/run-etcd.ts');
  const parsed = parseEtcdFlags(args, process.env);
  if (parsed.type === 'help' || parsed.type === 'version') {
    process.stdout.write(parsed.text);
    return 0;
  }
  const logger = await processLogger(parsed.options.logLevel, 'etcd');
  const ring = process.env[KEEP_MOMENTS] === undefined ? undefined : new RingRecorder(systemClock, limits.momentsMax);
  const running = await runEtcd(parsed.options, {
    clock: systemClock,
    random: systemRandom,
    logger,
    recorder: ring ?? silentRecorder,
  });
  serveParent({ process, clock: systemClock, ring });
  process.send?.({ type: 'ready', replayedEntries: running.replayedEntries } satisfies MemberNotice);
  const closed = untilSignal(systemClock, () => running.close());
  // A member that fails by itself (its disk, say) ends its process, so that whoever watches it knows.
  const failed = running.stopped.then((failure) => {
    if (failure === undefined) return closed;
    process.stderr.write(`sampan etcd: ${messageOf(failure)}\n`);
    return 1;
  });
  return Promise.race([closed, failed]);
}
