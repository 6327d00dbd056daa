/**
 * Commands of others: `kubectl-lite foo bar` runs the program `kubectl-lite-foo-bar` or `kubectl-foo-bar` of the PATH
 * where neither `foo` nor, below `create`, `bar` is a command of ours. The longest name that there is wins.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Host } from './context.ts';
import { Exit, Failure } from './failure.ts';

/** What a plugin's name begins with; programs for kubectl are programs for us. */
const PREFIXES = ['kubectl-lite-', 'kubectl-'];

/**
 * Runs the plugin that the words name, and ends with its exit code.
 * @param least how many words its name has at the least
 * @returns where there is none
 * @throws Exit after it ran; Failure where flags stand before the name
 */
export function runPlugin(host: Host, words: readonly string[], least: number): void {
  const end = words.findIndex((word) => word.startsWith('-'));
  const names = (end < 0 ? words : words.slice(0, end)).map((word) => word.replaceAll('-', '_'));
  if (names.length === 0) throw new FlagsBefore(`flags cannot be placed before plugin name: ${words[0] ?? ''}`);
  for (let count = names.length; count >= least; count--) {
    const file = lookedUp(host, names.slice(0, count).join('-'));
    if (file === undefined) continue;
    const { status, signal, error } = spawnSync(file, words.slice(count), { stdio: 'inherit', env: host.env });
    if (error !== undefined) throw new FlagsBefore(`fork/exec ${file}: ${error.message}`);
    if (signal !== null) process.kill(process.pid, signal);
    throw new Exit(status ?? 1);
  }
}

class FlagsBefore extends Failure {
  override get alone(): string {
    return `Error: ${this.message}`;
  }
}

function lookedUp(host: Host, name: string): string | undefined {
  for (const prefix of PREFIXES)
    for (const folder of foldersOf(host)) {
      const file = path.join(folder, `${prefix}${name}`);
      if (isExecutable(file) === true) return file;
    }
  return undefined;
}

/** The PATH's folders, each once. */
export function foldersOf({ env }: Host): string[] {
  return [...new Set((env.PATH ?? '').split(path.delimiter))].filter((folder) => folder.trim() !== '');
}

/** Undefined for what is not there. */
export function isExecutable(file: string): boolean | undefined {
  try {
    const stat = fs.statSync(file);
    return stat.isFile() && (stat.mode & 0o111) !== 0;
  } catch {
    return undefined;
  }
}
