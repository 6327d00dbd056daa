/** A cluster of its own for a demo: a temporary directory, free ports, and moments to narrate; all gone at the end. */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silentLogger } from '../../base/logger.ts';
import { RingRecorder } from '../../base/ring-recorder.ts';
import { systemClock, systemRandom } from '../../base/system.ts';
import { type ApiFlags, apiFlags, apiOptions } from '../api-flags.ts';
import { type Cluster, startCluster } from '../cluster.ts';
import { command, parse } from '../flags.ts';
import { Narrator } from './narrator.ts';

export interface DemoOptions {
  readonly root: string;
  readonly out: (text: string) => void;
  readonly about: RegExp;
  readonly nodes: number;
  readonly nodeMonitorGraceMs: number;
  readonly tolerationSeconds: number;
}

export class DemoCluster {
  readonly cluster: Cluster;
  readonly narrator: Narrator;
  readonly #root: string;
  readonly #folder: string;

  private constructor(cluster: Cluster, narrator: Narrator, root: string, folder: string) {
    this.cluster = cluster;
    this.narrator = narrator;
    this.#root = root;
    this.#folder = folder;
  }

  static async start(options: DemoOptions): Promise<DemoCluster> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sampan-demo-'));
    const recorder = new RingRecorder(systemClock);
    const narrator = new Narrator(recorder, options);
    try {
      const tolerations = ['--default-not-ready-toleration-seconds', '--default-unreachable-toleration-seconds'].map(
        (flag) => `${flag}=${options.tolerationSeconds}`,
      );
      const flags = parse<ApiFlags>(apiFlags(command('demo', ''), 0), tolerations);
      const cluster = await startCluster(
        {
          name: 'demo',
          dataDir: path.join(folder, 'data'),
          store: { members: 1, clientPort: 0, command: [process.execPath, ''] },
          api: apiOptions({ ...flags, dataDir: path.join(folder, 'data') }),
          nodes: options.nodes,
          nodeMonitorGraceMs: options.nodeMonitorGraceMs,
        },
        { clock: systemClock, random: systemRandom, logger: silentLogger, moments: recorder },
      );
      return new DemoCluster(cluster, narrator, options.root, folder);
    } catch (thrown) {
      fs.rmSync(folder, { recursive: true, force: true });
      throw thrown;
    }
  }

  /** Writes a manifest into the demo's folder and gives its path. */
  file(name: string, text: string): string {
    const place = path.join(this.#folder, name);
    fs.writeFileSync(place, text);
    return place;
  }

  /** Runs the real command line and narrates it. Rejects when it fails. @param shown arguments as the reader sees them */
  async kubectlLite(args: readonly string[], shown: readonly string[] = args): Promise<string> {
    this.narrator.command(`kubectl-lite ${shown.join(' ')}`);
    const script = path.join(this.#root, 'dist', 'kubectl-lite.js');
    const stdout = await new Promise<string>((resolve, reject) => {
      execFile(
        process.execPath,
        [script, ...args],
        { env: { ...process.env, KUBECONFIG: this.cluster.kubeconfig } },
        (error, out, err) => {
          if (error === null) resolve(out);
          else reject(new Error(`kubectl-lite ${shown.join(' ')}: ${err.trim()}`));
        },
      );
    });
    this.narrator.printed(stdout);
    return stdout;
  }

  /** Waits until `condition` holds; false when it does not within the time. */
  async until(condition: () => Promise<boolean>, timeoutMs: number): Promise<boolean> {
    const endMs = systemClock.monotonicMs() + timeoutMs;
    while (systemClock.monotonicMs() < endMs) {
      if (await condition()) return true;
      await systemClock.sleep(100);
    }
    return false;
  }

  async stop(): Promise<void> {
    this.narrator.close();
    await this.cluster.stop();
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }
}
