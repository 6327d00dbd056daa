/**
 * What servers serve, remembered on disk beside kubectl's own cache, one file a server, for as long as kubectl remembers
 * it. It is forgotten early when a type is asked for that it does not have, or the server cannot be asked. A cache that
 * cannot be read or written is no cache; nothing fails for it.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Host } from './context.ts';
import type { Resource } from './discovery.ts';

export interface CachePlace {
  readonly server: string;
  /** What `--cache-dir` said. */
  readonly cacheDir: string | undefined;
}

const LIFETIME_MS = 6 * 3_600_000;
/** Rises with the shape of `Resource`. */
const FORM = 1;

interface Remembered {
  readonly form: number;
  readonly savedMs: number;
  readonly resources: readonly Resource[];
}

export function cacheDirectory(cacheDir: string | undefined, env: NodeJS.ProcessEnv): string {
  const own = env.KUBECACHEDIR ?? '';
  return cacheDir ?? (own === '' ? path.join(env.HOME ?? os.homedir(), '.kube', 'cache') : own);
}

function fileOf({ server, cacheDir }: CachePlace, env: NodeJS.ProcessEnv): string {
  const name = server.replace(/^https?:\/\//, '').replace(/[^\w.-]/g, '_');
  return path.join(cacheDirectory(cacheDir, env), 'kubectl-lite', `${name}.json`);
}

export function recall(
  place: CachePlace,
  { env, clock }: Pick<Host, 'env' | 'clock'>,
): readonly Resource[] | undefined {
  try {
    const { form, savedMs, resources } = JSON.parse(fs.readFileSync(fileOf(place, env), 'utf8')) as Remembered;
    const ageMs = clock.nowMs() - savedMs;
    return form === FORM && ageMs >= 0 && ageMs < LIFETIME_MS ? resources : undefined;
  } catch {
    return undefined;
  }
}

export function remember(
  place: CachePlace,
  { env, clock }: Pick<Host, 'env' | 'clock'>,
  resources: readonly Resource[],
): void {
  const file = fileOf(place, env);
  const whole: Remembered = { form: FORM, savedMs: clock.nowMs(), resources };
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o750 });
    // Written aside and renamed, so that nobody reads half of it.
    const aside = `${file}.${process.pid}`;
    fs.writeFileSync(aside, JSON.stringify(whole), { mode: 0o640 });
    fs.renameSync(aside, file);
  } catch {
    // Without a cache every command asks the server.
  }
}

export function forget(place: CachePlace, { env }: Pick<Host, 'env' | 'clock'>): void {
  fs.rmSync(fileOf(place, env), { force: true });
}
