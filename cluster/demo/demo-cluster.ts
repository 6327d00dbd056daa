/** A cluster of its own for a demo, with moments to narrate. */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { RingRecorder } from '../../base/ring-recorder.ts';
import { systemClock } from '../../base/system.ts';
import type { Cluster } from '../cluster.ts';
import { programPath } from '../package-root.ts';
import { startTemporaryCluster, type TemporaryCluster } from '../temporary-cluster.ts';
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
  readonly #temporary: TemporaryCluster;

  private constructor(temporary: TemporaryCluster, narrator: Narrator, root: string) {
    this.cluster = temporary.cluster;
    this.narrator = narrator;
    this.#root = root;
    this.#temporary = temporary;
  }

  static async start(options: DemoOptions): Promise<DemoCluster> {
    const { root, nodes, nodeMonitorGraceMs, tolerationSeconds } = options;
    const moments = new RingRecorder(systemClock);
    const narrator = new Narrator(moments, options);
    const temporary = await startTemporaryCluster({
      name: 'demo',
      members: 1,
      memberCommand: [process.execPath, ''],
      nodes,
      nodeMonitorGraceMs,
      tolerationSeconds,
      moments,
    });
    return new DemoCluster(temporary, narrator, root);
  }

  /** Writes a manifest into the demo's folder and gives its path. */
  file(name: string, text: string): string {
    const place = path.join(this.#temporary.folder, name);
    fs.writeFileSync(place, text);
    return place;
  }

  /** Runs the real command line and narrates it. Rejects when it fails. @param shown arguments as the reader sees them */
  async kubectlLite(args: readonly string[], shown: readonly string[] = args): Promise<string> {
    this.narrator.command(`kubectl-lite ${shown.join(' ')}`);
    const script = programPath(this.#root, 'kubectl-lite');
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
    await this.#temporary.stop();
  }
}
