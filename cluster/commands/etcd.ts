/** `sampan etcd`: a store member alone, with etcd's flags, environment and exit codes. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { codeOf, messageOf, UsageError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { silentRecorder } from '../../base/moments.ts';
import { RingRecorder } from '../../base/ring-recorder.ts';
import { systemClock, systemRandom } from '../../base/system.ts';
import type { EtcdOptions } from '../../store/etcd/flags/etcd-options.ts';
import type { MakeCertificate } from '../../store/etcd/tls-files.ts';
import type { Transport } from '../../store/transport/transport.ts';
import { untilSignal } from '../exit-signals.ts';
import { KEEP_MOMENTS, type MemberNotice } from '../member-channel.ts';
import { MemberHindrances } from '../member-hindrances.ts';
import { serveParent } from '../member-parent.ts';
import { processLogger } from '../process-logger.ts';

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
/** What etcd ends with when its command line cannot be read. */
const SYNTAX_EXIT_CODE = 2;

export async function etcd(args: readonly string[]): Promise<number> {
  const { parseEtcdFlags } = await import('../../store/etcd/flags/etcd-options.ts');
  const { FlagSyntaxError } = await import('../../store/etcd/flags/flag-values.ts');
  if (args[0] === 'gateway') return (await import('./etcd-gateway.ts')).etcdGateway(args.slice(1));
  if (args[0] === 'grpc-proxy') {
    throw new UsageError(
      'etcd grpc-proxy gathers watches and leases of many clients; it is not here: use etcd gateway, or let clients name the members',
    );
  }
  try {
    const parsed = parseEtcdFlags(args, process.env, readConfigFile);
    if (parsed.type === 'run') return await run(parsed.options);
    process.stdout.write(parsed.text);
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof FlagSyntaxError)) throw thrown;
    const { usageText } = await import('../../store/etcd/flags/help.ts');
    process.stderr.write(`${thrown.message}\n${usageText}`);
    return SYNTAX_EXIT_CODE;
  }
}

async function run(options: EtcdOptions): Promise<number> {
  const { runEtcd } = await import('../../store/etcd/run-etcd.ts');
  const logger = processLogger(options.logLevel, 'etcd', options.logOutputs);
  const ring = process.env[KEEP_MOMENTS] === undefined ? undefined : new RingRecorder(systemClock, limits.momentsMax);
  const hindrances = new MemberHindrances(systemClock);
  serveParent({ process, clock: systemClock, ring, hindrances });
  const running = await runEtcd(options, {
    clock: systemClock,
    random: systemRandom,
    logger,
    makeCertificate,
    recorder: ring ?? silentRecorder,
    // Only a parent makes faults on purpose.
    ...(process.send === undefined
      ? {}
      : { disk: hindrances.disk, aroundTransport: (inner: Transport) => hindrances.hinder(inner) }),
  });
  const { core } = running.member;
  const tellRole = (): void => {
    process.send?.({ type: 'role', leads: core.isLeader } satisfies MemberNotice);
  };
  core.onRole(tellRole);
  tellRole();
  process.send?.({ type: 'ready', replayedEntries: running.replayedEntries } satisfies MemberNotice);
  tellSystemd();
  const closed = untilSignal(systemClock, () => running.close());
  // A member that fails by itself (its disk, say) ends its process, so that whoever watches it knows.
  const failed = running.stopped.then((failure) => {
    if (failure === undefined) return closed;
    process.stderr.write(`sampan etcd: ${messageOf(failure)}\n`);
    return 1;
  });
  return Promise.race([closed, failed]);
}

function readConfigFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new UsageError(`cannot read --config-file ${path}: ${codeOf(thrown) ?? messageOf(thrown)}`);
  }
}

const makeCertificate: MakeCertificate = async ({ hosts, validityYears }) => {
  const { makeSelfSigned } = await import('../../apiserver/auth/certificates.ts');
  return makeSelfSigned(
    { names: hosts, organization: 'etcd', validMs: validityYears * YEAR_MS },
    { nowMs: systemClock.nowMs(), random: systemRandom },
  );
};

/**
 * A unit of `Type=notify`, as etcd's are, waits to be told that it runs. Node has no datagrams on Unix sockets, so
 * systemd's own program says it, which the unit must allow with `NotifyAccess=all`.
 */
function tellSystemd(): void {
  if (!process.env.NOTIFY_SOCKET) return;
  spawn('systemd-notify', ['--ready', `--pid=${process.pid}`], { stdio: 'ignore' }).on('error', () => {});
}
