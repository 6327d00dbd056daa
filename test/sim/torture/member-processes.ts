/** Members of one cluster, as users run them: `sampan etcd`, each in a process, on free loopback ports. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Clock } from '../../../base/clock.ts';

interface MemberHost {
  readonly name: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
  child: ChildProcess | undefined;
}

export class MemberProcesses {
  readonly hosts: readonly MemberHost[];
  readonly #script: string;
  readonly #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sampan-torture-'));

  /** @param script the built `sampan` */
  constructor(script: string, ports: readonly number[]) {
    this.#script = script;
    this.hosts = Array.from({ length: ports.length / 2 }, (_, at) => ({
      name: `m${at + 1}`,
      clientUrl: `http://127.0.0.1:${ports[2 * at]}`,
      peerUrl: `http://127.0.0.1:${ports[2 * at + 1]}`,
      child: undefined,
    }));
  }

  get urls(): string[] {
    return this.hosts.map(({ clientUrl }) => clientUrl);
  }

  /** Starts a member that does not run. */
  start(host: MemberHost): void {
    if (host.child !== undefined) return;
    const flags = {
      name: host.name,
      'data-dir': path.join(this.#folder, host.name),
      'listen-client-urls': host.clientUrl,
      'advertise-client-urls': host.clientUrl,
      'listen-peer-urls': host.peerUrl,
      'initial-advertise-peer-urls': host.peerUrl,
      'initial-cluster': this.hosts.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(','),
      // So that logs are cut and states are sent while it lasts.
      'snapshot-count': '2000',
      'log-level': 'error',
    };
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    host.child = spawn(process.execPath, [this.#script, 'etcd', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(host: MemberHost): Promise<void> {
    const { child } = host;
    host.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  }

  async pause(host: MemberHost, clock: Clock, forMs: number): Promise<void> {
    const { child } = host;
    child?.kill('SIGSTOP');
    await clock.sleep(forMs);
    child?.kill('SIGCONT');
  }

  async dispose(): Promise<void> {
    await Promise.all(this.hosts.map((host) => this.kill(host)));
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Ports that are free now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = net.createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
