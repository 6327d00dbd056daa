/** The built page (`dist/dashboard`), read from disk when it is first asked for. Nothing outside that folder is served. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../../base/errors.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};

export interface StaticFile {
  readonly contentType: string;
  /** Names below `assets/` carry a hash of the content: they never change. */
  readonly immutable: boolean;
  readonly body: Buffer;
}

export class StaticFiles {
  readonly #folder: string;
  readonly #read = new Map<string, Promise<StaticFile | undefined>>();

  constructor(folder: string) {
    this.#folder = path.resolve(folder);
  }

  /** @param name `/assets/index-abc.js`; undefined: there is no such file */
  async get(name: string): Promise<StaticFile | undefined> {
    if (!/^\/[\w./-]*$/.test(name) || name.includes('..')) return undefined;
    // Only what never changes is kept: the page may be built anew while the server runs.
    if (!name.startsWith('/assets/')) return this.#load(name);
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const reading = this.#load(name);
    this.#read.set(name, reading);
    // What is missing is not remembered: names must not pile up.
    if ((await reading) === undefined) this.#read.delete(name);
    return reading;
  }

  async #load(name: string): Promise<StaticFile | undefined> {
    const contentType = TYPES[path.extname(name)];
    if (contentType === undefined) return undefined;
    try {
      const body = await fs.readFile(path.join(this.#folder, name));
      return { contentType, immutable: name.startsWith('/assets/'), body };
    } catch (thrown) {
      if (['ENOENT', 'EISDIR', 'ENOTDIR'].includes(codeOf(thrown) ?? '')) return undefined;
      throw thrown;
    }
  }
}
