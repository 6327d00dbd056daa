/** Starts the built `sampan` as a user does, on free ports in a fresh directory, and runs command lines against it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { root } from '../source-tree.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function temporaryDirectory(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'sampan-e2e-'));
}

export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs a program to its end. */
export function run(
  program: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; input?: string; timeoutMs?: number; cwd?: string } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      [...args],
      {
        env: { ...process.env, ...options.env },
        timeout: options.timeoutMs ?? 60_000,
        maxBuffer: 64 << 20,
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 124;
        resolve({ code, stdout, stderr });
      },
    );
    // A program that ends without reading is not a failure of the writer.
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input ?? '');
  });
}

/** Whether a program answers at all. */
export function hasProgram(name: string): boolean {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => fs.existsSync(path.join(folder, name)));
}

/** Longer than any command takes to end, on a busy machine. */
const END_MS = 120_000;

export class SampanProcess {
  readonly dataDir: string;
  readonly port: number;
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';

  private constructor(child: ChildProcess, dataDir: string, port: number) {
    this.child = child;
    this.dataDir = dataDir;
    this.port = port;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
  }

  /** `sampan COMMAND FLAGS`; resolves once the line that says it is ready was printed. */
  static async start(
    command: string,
    flags: readonly string[],
    options: { dataDir?: string; port?: number } = {},
  ): Promise<SampanProcess> {
    const dataDir = options.dataDir ?? temporaryDirectory();
    const port = options.port ?? (await freePort());
    const args = [
      path.join(root, 'dist', 'sampan.js'),
      command,
      `--data-dir=${dataDir}`,
      `--secure-port=${port}`,
      // Tests run side by side: only those of the page have one, on a free port.
      ...(command === 'up' && !flags.some((flag) => flag.startsWith('--dashboard-port')) ? ['--no-dashboard'] : []),
      ...flags,
    ];
    const started = new SampanProcess(
      spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] }),
      dataDir,
      port,
    );
    await started.#ready();
    return started;
  }

  async #ready(): Promise<void> {
    const endAt = performance.now() + 30_000;
    while (!/ready in/.test(this.stdout)) {
      if (this.child.exitCode !== null || performance.now() > endAt) {
        this.child.kill('SIGKILL');
        throw new Error(
          `sampan did not become ready (exit code ${this.child.exitCode}):\n${this.stdout}\n${this.stderr}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  get kubeconfig(): string {
    return path.join(this.dataDir, 'admin.kubeconfig');
  }

  kubectl(args: readonly string[], input?: string): Promise<Ran> {
    return run('kubectl', args, { env: { KUBECONFIG: this.kubeconfig }, ...(input === undefined ? {} : { input }) });
  }

  kubectlLite(args: readonly string[], input?: string): Promise<Ran> {
    return run(process.execPath, [path.join(root, 'dist', 'kubectl-lite.cjs'), ...args], {
      env: { KUBECONFIG: this.kubeconfig },
      ...(input === undefined ? {} : { input }),
    });
  }

  /** GET with the administrator's certificate. */
  async json<T>(requestPath: string): Promise<T> {
    const { code, stdout, stderr } = await this.kubectlLite(['get', '--raw', requestPath]);
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as T;
  }

  /** SIGTERM, and how it ended. It bounds its own end; one that does not is killed, and the test fails. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const exited = new Promise<number | null>((resolve) => this.child.once('exit', (code) => resolve(code)));
    this.child.kill(signal);
    let lingers = false;
    const timer = setTimeout(() => {
      lingers = true;
      this.child.kill('SIGKILL');
    }, END_MS);
    const code = await exited;
    clearTimeout(timer);
    if (lingers)
      throw new Error(`sampan did not end within ${END_MS / 1000} s of ${signal}:\n${this.stdout}\n${this.stderr}`);
    return code;
  }

  /** The processes below this one, from /proc. */
  descendants(): number[] {
    const below = (pid: number): number[] => {
      try {
        const children = fs
          .readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
          .split(' ')
          .filter(Boolean)
          .map(Number);
        return children.flatMap((child) => [child, ...below(child)]);
      } catch {
        return [];
      }
    };
    return below(this.child.pid ?? 0);
  }
}

/** Asks until `condition` holds; fails with what it said last. */
export async function eventually(what: string, condition: () => Promise<boolean>, timeoutMs = 50_000): Promise<void> {
  const endAt = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < endAt) {
    try {
      if (await condition()) return;
    } catch (thrown) {
      last = thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what}: not within ${timeoutMs / 1000} s${last === undefined ? '' : ` (${String(last)})`}`);
}

/** One HTTPS request with a bearer token; code 0 when the connection failed. */
export function request(
  port: number,
  method: string,
  requestPath: string,
  token: string,
  body?: unknown,
): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const outgoing = https.request(
      {
        host: '127.0.0.1',
        port,
        method,
        path: requestPath,
        rejectUnauthorized: false,
        timeout: 30_000,
        headers: {
          authorization: `Bearer ${token}`,
          ...(payload === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
        },
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('end', () => resolve({ code: answer.statusCode ?? 0, text }));
        answer.on('error', () => resolve({ code: 0, text }));
      },
    );
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', (error) => resolve({ code: 0, text: error.message }));
    outgoing.end(payload);
  });
}
