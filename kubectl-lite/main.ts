/** The `kubectl-lite` command: gives the machine to `program.ts`, prints what failed as kubectl does, and exits. */
import { codeOf } from '../base/errors.ts';
import { systemClock, systemRandom } from '../base/system.ts';
import type { Host } from './context.ts';
import { Failure } from './failure.ts';
import { runCommandLine } from './program.ts';

async function main(words: readonly string[]): Promise<number> {
  const interrupted = new AbortController();
  process.on('SIGINT', () => {
    if (interrupted.signal.aborted) process.exit(130);
    interrupted.abort();
  });
  // A reader that has gone (`| head`) ends the command quietly.
  process.stdout.on('error', (error) => process.exit(codeOf(error) === 'EPIPE' ? 0 : 1));
  const { env } = process;
  const host: Host = {
    // Opened when asked for: that takes time, and few commands read it.
    get stdin() {
      return process.stdin;
    },
    env,
    clock: systemClock,
    random: systemRandom,
    signal: interrupted.signal,
    colours: process.stdout.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb',
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  };
  try {
    await runCommandLine(host, words);
    return 0;
  } catch (thrown) {
    if (interrupted.signal.aborted) return 130;
    if (!(thrown instanceof Failure)) {
      host.err(`error: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`);
      return 1;
    }
    const message = thrown.alone;
    if (message !== '') host.err(message.endsWith('\n') ? message : `${message}\n`);
    return thrown.exitCode;
  }
}

void main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
  // With all said there is nothing to wait for, least of all for connections to close.
  if (process.stdout.writableLength === 0 && process.stderr.writableLength === 0) process.exit();
});
