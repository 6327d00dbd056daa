/** Starts the built `sampan` as a user would, on free ports and a fresh directory, and measures its start. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

export interface ServerProcess {
  readonly port: number;
  readonly token: string;
  readonly dataDir: string;
  /** From the start of the process until `/readyz` answered ok. */
  readonly readyMs: number;
  /** Resident bytes of the process and its children now. */
  residentBytes(): number;
  /** Processor time that the process (without its children) has used so far. */
  processorMs(): number;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * @param args beside the data directory, the port and the token file, which are given
 * @param users more lines of the token file (`token,name,uid,"group"`) than the administrator's
 */
export async function startServer(
  command: string,
  args: readonly string[],
  users: readonly string[] = [],
): Promise<ServerProcess> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'sampan-bench-'));
  const token = 'bench-token';
  const tokenFile = path.join(dataDir, 'tokens.csv');
  const lines = [`${token},bench,bench-uid,"system:masters"`, ...users];
  fs.writeFileSync(tokenFile, `${lines.join('\n')}\n`, { mode: 0o600 });
  const port = await freePort();
  const env = { ...process.env };
  // Loading an extra bundle of certificates costs a tenth of a second that users do not pay.
  delete env.NODE_EXTRA_CA_CERTS;
  const startedAt = performance.now();
  const flags = [`--data-dir=${path.join(dataDir, 'data')}`, `--secure-port=${port}`, `--token-auth-file=${tokenFile}`];
  const child = spawn(process.execPath, [path.join(root, 'dist', 'sampan.js'), command, ...flags, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  });
  endWith(child);
  await ready(port, child);
  const readyMs = performance.now() - startedAt;
  return {
    port,
    token,
    dataDir,
    readyMs,
    residentBytes: () => residentBytes(child.pid ?? 0),
    processorMs: () => processorMs(child.pid ?? 0),
    stop: async () => {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await exited;
      fs.rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** However this process ends, killed or not, its server ends, too: the end of a pipe tells a shell beside them. */
function endWith(child: ChildProcess): void {
  const guard = spawn('sh', ['-c', `cat > /dev/null; kill -9 ${child.pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // A Ctrl-C must not end the guard first.
    detached: true,
  });
  guard.unref();
  if (guard.stdin instanceof net.Socket) guard.stdin.unref();
  child.once('exit', () => guard.kill('SIGKILL'));
}

async function ready(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`sampan ended with ${child.exitCode} before it was ready`);
    const ok = await new Promise<boolean>((resolve) => {
      const request = https.get(
        { host: '127.0.0.1', port, path: '/readyz', rejectUnauthorized: false, agent: false },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode === 200);
        },
      );
      request.on('error', () => resolve(false));
    });
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Of a process and all below it, from /proc. */
function residentBytes(pid: number): number {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  const own = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
  const tasks = fs.readdirSync(`/proc/${pid}/task`);
  const children = tasks.flatMap((task) =>
    fs.readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  );
  return children.reduce((sum, child) => sum + residentBytes(Number(child)), own);
}

/** Of all threads, from /proc. */
function processorMs(pid: number): number {
  const nanoseconds = fs
    .readdirSync(`/proc/${pid}/task`)
    .map((task) => Number(fs.readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]));
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6;
}
