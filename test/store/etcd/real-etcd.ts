/** A real etcd on free loopback ports and a temporary directory, where one is installed. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Tests that need `etcd` or `etcdctl` are skipped, visibly, where they are missing. */
const etcdVersion = /etcd Version: (\d+)\.(\d+)/.exec(String(spawnSync('etcd', ['--version']).stdout));
export const hasEtcd = etcdVersion !== null;
/** Before 3.6: some of what we do like the newest was different then. */
export const realEtcdIsOld = Number(etcdVersion?.[1]) === 3 && Number(etcdVersion?.[2]) < 6;
/** What was changed in 3.5, we do like that. */
export const realEtcdIsVeryOld = Number(etcdVersion?.[1]) === 3 && Number(etcdVersion?.[2]) < 5;
export const hasEtcdctl = spawnSync('etcdctl', ['version'], { env: { ...process.env, ETCDCTL_API: '3' } }).status === 0;

export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class RealEtcd {
  readonly url: string;
  readonly #healthUrl: string;
  readonly #peerUrl: string;
  readonly #dataDir: string;
  readonly #flags: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(ports: readonly [client: number, peer: number, health: number], flags: readonly string[]) {
    const [port, peerPort, healthPort] = ports;
    this.url = `${flags.includes('--cert-file') ? 'https' : 'http'}://127.0.0.1:${port}`;
    this.#healthUrl = `http://127.0.0.1:${healthPort}`;
    this.#peerUrl = `http://127.0.0.1:${peerPort}`;
    this.#dataDir = mkdtempSync(join(tmpdir(), 'sampan-etcd-'));
    this.#flags = flags;
  }

  /** With `--cert-file` among the flags, clients come by https. */
  static async start(flags: readonly string[] = []): Promise<RealEtcd> {
    const etcd = new RealEtcd([await freePort(), await freePort(), await freePort()], flags);
    await etcd.run();
    return etcd;
  }

  /** Starts it, also again after `kill`, and waits until it serves. */
  async run(): Promise<void> {
    const flags = [
      ['--name', 'default'],
      ['--data-dir', this.#dataDir],
      ['--listen-client-urls', this.url],
      ['--advertise-client-urls', this.url],
      ['--listen-metrics-urls', this.#healthUrl],
      ['--listen-peer-urls', this.#peerUrl],
      ['--initial-advertise-peer-urls', this.#peerUrl],
      ['--initial-cluster', `default=${this.#peerUrl}`],
      ['--log-level', 'error'],
      this.#flags,
    ].flat();
    this.#process = spawn('etcd', flags, { stdio: 'ignore' });
    for (let attempt = 0; attempt < 200; attempt++) {
      const healthy = await fetch(`${this.#healthUrl}/health`).then(
        (response) => response.ok,
        () => false,
      );
      if (healthy) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('etcd did not start');
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  }

  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }
}
