/**
 * A log file that is set aside when it is full: `audit.log` becomes `audit-2026-01-31T12-00-00.000.log`, and what is too
 * old, or too much, is removed. One writer a file.
 *
 * Lines are written as they come, each whole: an audit log must not lose what happened right before a crash.
 */
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Clock } from '../../../base/clock.ts';
import { codeOf, messageOf, UsageError } from '../../../base/errors.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface RotationLimits {
  /** Megabytes until a file is set aside; 0: never. Upstream's default is 0, lumberjack's 100. */
  readonly maxSizeMegabytes: number;
  /** Days that a file set aside is kept; 0: for ever. */
  readonly maxAgeDays: number;
  /** Files set aside that are kept; 0: all. */
  readonly maxBackups: number;
  /** Files set aside are compressed (`.gz`). */
  readonly compress?: boolean;
}

export class RotatingFile {
  readonly #file: string;
  readonly #limits: RotationLimits;
  readonly #clock: Clock;
  #descriptor: number;
  #bytes: number;

  /** UsageError when the file cannot be written. */
  constructor(file: string, limits: RotationLimits, clock: Clock) {
    this.#file = file;
    this.#limits = limits;
    this.#clock = clock;
    try {
      makeFolder(path.dirname(file));
      this.#descriptor = openForAppend(file);
      this.#bytes = fs.fstatSync(this.#descriptor).size;
    } catch (thrown) {
      throw new UsageError(`cannot write ${file}: ${codeOf(thrown) ?? messageOf(thrown)}`, { cause: thrown });
    }
  }

  /** Writes the line, with a newline. Throws what the disk says. */
  write(line: string): void {
    const bytes = Buffer.from(`${line}\n`, 'utf8');
    const { maxSizeMegabytes } = this.#limits;
    const full = maxSizeMegabytes > 0 && this.#bytes + bytes.length > maxSizeMegabytes * 1024 * 1024;
    if (full && this.#bytes > 0) this.#rotate();
    for (let written = 0; written < bytes.length; ) {
      written += fs.writeSync(this.#descriptor, bytes, written, bytes.length - written);
    }
    this.#bytes += bytes.length;
  }

  close(): void {
    fs.closeSync(this.#descriptor);
  }

  #rotate(): void {
    fs.closeSync(this.#descriptor);
    const stamp = new Date(this.#clock.nowMs()).toISOString().slice(0, -1).replaceAll(':', '-');
    const { dir, name, ext } = path.parse(this.#file);
    let aside = path.join(dir, `${name}-${stamp}${ext}`);
    for (let again = 1; fs.existsSync(aside); again++) aside = path.join(dir, `${name}-${stamp}.${again}${ext}`);
    fs.renameSync(this.#file, aside);
    this.#descriptor = openForAppend(this.#file);
    this.#bytes = 0;
    this.#removeOld();
    if (this.#limits.compress === true) void compress(aside);
  }

  #removeOld(): void {
    const { maxAgeDays, maxBackups } = this.#limits;
    const { dir, name, ext } = path.parse(this.#file);
    const aside = fs
      .readdirSync(dir === '' ? '.' : dir)
      .filter((each) => stampOf(each, name, ext) !== undefined)
      .sort()
      .reverse();
    const oldestMs = this.#clock.nowMs() - maxAgeDays * DAY_MS;
    aside.forEach((each, index) => {
      const tooMany = maxBackups > 0 && index >= maxBackups;
      const tooOld = maxAgeDays > 0 && (stampOf(each, name, ext) ?? 0) < oldestMs;
      if (tooMany || tooOld) fs.rmSync(path.join(dir, each), { force: true });
    });
  }
}

/** One after the other: Node's own way never ends where a folder cannot be made although its parent is there (/proc). */
function makeFolder(folder: string): void {
  if (fs.existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  fs.mkdirSync(folder);
}

/** Audit logs tell much: they are their owner's alone. */
function openForAppend(file: string): number {
  return fs.openSync(file, 'a', 0o600);
}

/** The file stays as it is when that fails: the log matters more than the space. */
async function compress(file: string): Promise<void> {
  const packed = `${file}.gz`;
  try {
    const source = fs.createReadStream(file);
    await pipeline(source, createGzip(), fs.createWriteStream(`${packed}.new`, { mode: 0o600 }));
    await fs.promises.rename(`${packed}.new`, packed);
    await fs.promises.rm(file);
  } catch {
    await fs.promises.rm(`${packed}.new`, { force: true });
  }
}

function stampOf(file: string, name: string, ext: string): number | undefined {
  const plain = file.endsWith('.gz') ? file.slice(0, -'.gz'.length) : file;
  if (!plain.startsWith(`${name}-`) || !plain.endsWith(ext)) return undefined;
  const stamp = plain.slice(name.length + 1, plain.length - ext.length);
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3})(\.\d+)?$/.exec(stamp);
  return match === null ? undefined : Date.parse(`${match[1]}T${match[2]}:${match[3]}:${match[4]}Z`);
}
