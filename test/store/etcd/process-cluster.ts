/** Members of one cluster as processes of their own, on free loopback ports, that can be stopped, killed and started again. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { freePort } from './real-etcd.ts';

interface Host {
  readonly name: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
  child: ChildProcess | undefined;
}

export class ProcessCluster {
  readonly hosts: Host[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'sampan-members-'));
  readonly #flags: readonly string[];
  #script = '';

  private constructor(flags: readonly string[]) {
    this.#flags = flags;
  }

  static async start(size: number, flags: readonly string[] = []): Promise<ProcessCluster> {
    const cluster = new ProcessCluster(flags);
    cluster.#script = await bundle();
    for (let at = 1; at <= size; at++) {
      const clientUrl = `http://127.0.0.1:${await freePort()}`;
      const peerUrl = `http://127.0.0.1:${await freePort()}`;
      cluster.hosts.push({ name: `m${at}`, clientUrl, peerUrl, child: undefined });
    }
    await Promise.all(cluster.hosts.map((_, at) => cluster.run(at)));
    return cluster;
  }

  get urls(): string[] {
    return this.hosts.map(({ clientUrl }) => clientUrl);
  }

  /** Starts a member, also again; resolves when it serves. */
  async run(at: number): Promise<void> {
    const host = this.host(at);
    const initialCluster = this.hosts.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
    const child = fork(this.#script, [
      `--name=${host.name}`,
      `--data-dir=${join(this.#folder, host.name)}`,
      `--listen-client-urls=${host.clientUrl}`,
      `--advertise-client-urls=${host.clientUrl}`,
      `--listen-peer-urls=${host.peerUrl}`,
      `--initial-advertise-peer-urls=${host.peerUrl}`,
      `--initial-cluster=${initialCluster}`,
      ...this.#flags,
    ]);
    host.child = child;
    await new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', () => reject(new Error(`${host.name} did not start`)));
    });
  }

  signal(at: number, signal: NodeJS.Signals): void {
    this.host(at).child?.kill(signal);
  }

  async kill(at: number): Promise<void> {
    const host = this.host(at);
    const { child } = host;
    host.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.hosts.map((_, at) => this.kill(at)));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  host(at: number): Host {
    const host = this.hosts[at];
    if (host === undefined) throw new Error(`there is no host ${at}`);
    return host;
  }
}

/** Where packages are found: below the project. */
async function bundle(): Promise<string> {
  const root = join(import.meta.dirname, '..', '..', '..');
  const folder = join(root, 'node_modules', '.cache', 'sampan-test');
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `member-${process.pid}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, 'member-entry.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile,
    logLevel: 'error',
  });
  return outfile;
}
