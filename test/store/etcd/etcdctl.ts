/** Drives Debian's `etcdctl`, and takes out of its output what nature makes different: ids, sizes, times, terms. */
import { type ChildProcess, spawn } from 'node:child_process';
import * as pb from '../../../store/etcd/proto/gen/etcdserverpb.ts';
import { decode } from '../../../store/etcd/proto/wire.ts';

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  /** What it says of its failure, without its log. */
  readonly errors: string[];
  readonly raw: Buffer;
}

const environment = { ...process.env, ETCDCTL_API: '3' };

export function etcdctl(endpoints: readonly string[], args: readonly string[], input = ''): Promise<Outcome> {
  const child = spawn('etcdctl', [`--endpoints=${endpoints.join(',')}`, ...args], { env: environment });
  const out: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  // A command that does not read may be gone before this is written.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const raw = Buffer.concat(out);
      const lines = Buffer.concat(errors).toString('utf8').split('\n');
      resolve({
        code,
        stdout: raw.toString('utf8'),
        errors: lines.filter((line) => line !== '' && !line.startsWith('{')),
        raw,
      });
    });
  });
}

/** A command that goes on until it is stopped. */
export class LongCommand {
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;

  constructor(endpoints: readonly string[], args: readonly string[], input?: string) {
    this.#child = spawn('etcdctl', [`--endpoints=${endpoints.join(',')}`, ...args], { env: environment });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    if (input !== undefined) this.#child.stdin?.write(input);
  }

  async until(holds: (stdout: string) => boolean): Promise<void> {
    for (let waited = 0; waited < 10_000; waited += 20) {
      if (holds(this.stdout)) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`waited in vain; stdout so far: ${this.stdout}; stderr: ${this.stderr}`);
  }

  async lines(count: number): Promise<string> {
    await this.until((stdout) => stdout.split('\n').length > count);
    return this.stdout;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.kill(signal);
    await closed;
  }
}

/** The same text with ids, terms and addresses hidden. */
export function normalized(text: string): string {
  return text
    .replace(/"(cluster_id|member_id|raft_term|ID|memberID|leader|raftIndex|raftTerm|raftAppliedIndex)":\d+/g, '"$1":*')
    .replace(/"(ClusterID|MemberID|RaftTerm|ID)" ?: ?\d+/g, '"$1":*')
    .replace(/"(db_?size[a-z_]*|dbSize\w*|version|hash)":("[^"]*"|\d+)/gi, '"$1":*')
    .replace(/\b[0-9a-f]{13,16}\b/g, '<id>')
    .replace(/127\.0\.0\.1:\d+/g, '<address>')
    .replace(/took = [\d.]+[µm]?s/g, 'took = <time>')
    .replace(/remaining\(\d+s\)/g, 'remaining(<time>)')
    .replace(
      /attached keys\(\[(.*?)\]\)/g,
      (_, keys: string) => `attached keys([${keys.split(' ').sort().join(' ')}])`,
    );
}

/** `-w protobuf` writes the answer's message. */
export function rangeOf(raw: Buffer): unknown {
  const { kvs, more, count, header } = decode(pb.rangeResponseCodec, raw);
  return { kvs: kvs.map((kv) => ({ ...kv, value: String(Buffer.from(kv.value)) })), more, count, at: header.revision };
}
