/**
 * Runs what the learner types: the real programs, without a shell, in the lesson's folder, where `.sampan` is the cluster's
 * data directory and `KUBECONFIG` is set. What was left running with `&` ends with the lesson.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { codeOf, messageOf, UsageError } from '../../base/errors.ts';
import { programPath } from '../package-root.ts';
import { endpointsOf } from '../store-backing.ts';
import { parseCommandLine } from './command-line.ts';
import type { LessonWorld } from './lesson-world.ts';

/** How long what runs in the background has to end before it is killed. */
const END_MS = 5_000;
/** How long what is left running may take to say its first word before the next line is run all the same. */
const FIRST_WORD_MS = 2_000;
const OUTSIDE = ['kubectl', 'etcdctl', 'cat', 'ls'] as const;

export type Output = (text: string) => void;

export class LessonConsole {
  readonly #world: LessonWorld;
  readonly #folder: string;
  readonly #jobs = new Map<number, ChildProcess>();
  #jobNumber = 0;

  constructor(world: LessonWorld, folder: string) {
    this.#world = world;
    this.#folder = folder;
  }

  /**
   * Resolves with the exit code; of a line that ends in `&`, with 0 once it has said something, so that what is typed next
   * finds it at work (a program takes longer to start than the next line to be sent). A line that cannot be run says why and
   * counts as 2, an unknown program as 127. @param signal interrupts it, as Ctrl-C would
   */
  async run(line: string, out: Output, signal?: AbortSignal): Promise<number> {
    try {
      const { words, inputFile, outputFile, inBackground } = parseCommandLine(line);
      const [name, ...args] = words;
      if (name === undefined) return 0;
      if (name === 'kill') return this.#kill(args, out);
      const [program, ...first] = this.#programOf(name);
      const input = inputFile === undefined ? 'ignore' : fs.openSync(this.#place(inputFile), 'r');
      const output = outputFile === undefined ? 'pipe' : fs.openSync(this.#place(outputFile), 'w', 0o600);
      const child = spawn(program, [...first, ...args], {
        cwd: this.#folder,
        env: this.#environment(),
        stdio: [input, output, 'pipe'],
      });
      for (const file of [input, output]) if (typeof file === 'number') fs.closeSync(file);
      if (inBackground) {
        await this.#keep(child, line, out);
        return 0;
      }
      return await ended(child, out, signal);
    } catch (thrown) {
      out(`${messageOf(thrown)}\n`);
      return 2;
    }
  }

  /** Ends everything that runs in the background. */
  async stopJobs(): Promise<void> {
    const jobs = [...this.#jobs.values()];
    this.#jobs.clear();
    await Promise.all(
      jobs.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const over = new Promise<void>((resolve) => child.once('exit', () => resolve()));
        child.kill('SIGTERM');
        const timer = this.#world.clock.after(END_MS, () => child.kill('SIGKILL'));
        await over;
        timer.cancel();
      }),
    );
  }

  /** `kill %2`, as in a shell: the second of what was left running; without mercy, as a crash has none. */
  #kill(args: readonly string[], out: Output): number {
    const number = Number(/^%(\d+)$/.exec(args.join(' '))?.[1]);
    const child = this.#jobs.get(number);
    if (child === undefined) {
      const running = [...this.#jobs.keys()].map((each) => `%${each}`).join(', ');
      out(`kill: name what to end, one of: ${running === '' ? '(nothing runs in the background)' : running}\n`);
      return 1;
    }
    child.kill('SIGKILL');
    return 0;
  }

  /** Resolves when it has said its first word, or has had the time for it. */
  #keep(child: ChildProcess, line: string, out: Output): Promise<void> {
    const number = ++this.#jobNumber;
    this.#jobs.set(number, child);
    out(`[${number}] ${line}\n`);
    return new Promise((resolve) => {
      const timer = this.#world.clock.after(FIRST_WORD_MS, resolve);
      const begun = (): void => {
        timer.cancel();
        resolve();
      };
      const told = (text: string): void => {
        begun();
        out(text.replace(/^(?=.)/gm, `[${number}] `));
      };
      void ended(child, told).then((code) => {
        begun();
        if (this.#jobs.delete(number)) out(`[${number}] ended with code ${code}\n`);
      });
    });
  }

  #programOf(name: string): readonly [string, ...string[]] {
    if (name === 'kubectl-lite' || name === 'sampan') return [process.execPath, programPath(this.#world.root, name)];
    if (OUTSIDE.some((each) => each === name)) return [name];
    throw new UsageError(
      `${name} is not run here, only kubectl-lite, sampan, ${OUTSIDE.join(', ')}; in a terminal of your own: export KUBECONFIG=${this.#world.kubeconfig}`,
    );
  }

  /** A file of the lesson's folder. */
  #place(file: string): string {
    const place = path.resolve(this.#folder, file);
    if (!place.startsWith(`${this.#folder}${path.sep}`)) {
      throw new UsageError(`${file} lies outside the lesson's folder ${this.#folder}`);
    }
    return place;
  }

  #environment(): NodeJS.ProcessEnv {
    const pki = path.join(this.#world.dataDir, 'pki');
    return {
      PATH: process.env.PATH,
      HOME: this.#folder,
      KUBECONFIG: this.#world.kubeconfig,
      ETCDCTL_API: '3',
      ETCDCTL_ENDPOINTS: endpointsOf(this.#world.dataDir).join(','),
      ETCDCTL_CACERT: path.join(pki, 'etcd', 'ca.crt'),
      ETCDCTL_CERT: path.join(pki, 'apiserver-etcd-client.crt'),
      ETCDCTL_KEY: path.join(pki, 'apiserver-etcd-client.key'),
    };
  }
}

/** Resolves with the exit code; 130 when it was interrupted, 127 when there is no such program. */
function ended(child: ChildProcess, out: Output, signal?: AbortSignal): Promise<number> {
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', out);
  const interrupt = (): void => void child.kill('SIGINT');
  signal?.addEventListener('abort', interrupt, { once: true });
  return new Promise<number>((resolve) => {
    child.once('error', (error) => {
      const isUnknown = codeOf(error) === 'ENOENT';
      out(isUnknown ? `${child.spawnfile} is not installed here\n` : `${error.message}\n`);
      resolve(isUnknown ? 127 : 126);
    });
    child.once('close', (code, killedBy) => resolve(code ?? (killedBy === 'SIGINT' ? 130 : 128)));
  }).finally(() => signal?.removeEventListener('abort', interrupt));
}
