/**
 * Who may look at the page. The printed address carries a token that lets one browser in, once; the browser gets a
 * cookie for it, and the next address has another token. `<data-dir>/dashboard-address` holds the address that is good
 * now, for the owner of the directory alone.
 *
 * Invariants: a token is compared in constant time, never logged, and worth nothing after its first use; a cookie is
 * signed with a key that lies beside the data, so that a page stays open over a restart, and is void when the key is gone.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Random } from '../../base/random.ts';

const PRIVATE_MODE = 0o600;
const KEY_FILE = 'dashboard-key';
export const ADDRESS_FILE = 'dashboard-address';
const KEY_BYTES = 32;
const TOKEN_BYTES = 24;

export class Visitors {
  readonly #random: Random;
  readonly #dataDir: string;
  readonly #key: Uint8Array;
  #token = '';
  #origin = '';

  constructor(dataDir: string, random: Random) {
    this.#random = random;
    this.#dataDir = dataDir;
    this.#key = keyOf(dataDir, random);
  }

  /** The address that lets the next browser in. @param origin `http://127.0.0.1:8080` */
  open(origin: string): string {
    this.#origin = origin;
    return this.#nextAddress();
  }

  get addressFile(): string {
    return path.join(this.#dataDir, ADDRESS_FILE);
  }

  /** The value of a new visitor's cookie, once for each token; undefined for a token that is not the present one. */
  admit(token: string): string | undefined {
    if (this.#token === '' || !same(token, this.#token)) return undefined;
    this.#nextAddress();
    const id = text(this.#random.bytes(TOKEN_BYTES));
    return `${id}.${this.#signature(id)}`;
  }

  knows(cookie: string | undefined): boolean {
    const [id = '', signature = '', ...rest] = (cookie ?? '').split('.');
    return id !== '' && rest.length === 0 && same(signature, this.#signature(id));
  }

  /** Nobody is let in any more. */
  close(): void {
    this.#token = '';
    fs.rmSync(this.addressFile, { force: true });
  }

  #nextAddress(): string {
    this.#token = text(this.#random.bytes(TOKEN_BYTES));
    const address = `${this.#origin}/?token=${this.#token}`;
    const { addressFile } = this;
    fs.writeFileSync(`${addressFile}.new`, `${address}\n`, { mode: PRIVATE_MODE });
    fs.renameSync(`${addressFile}.new`, addressFile);
    return address;
  }

  #signature(id: string): string {
    return createHmac('sha256', this.#key).update(id).digest('base64url');
  }
}

function keyOf(dataDir: string, random: Random): Uint8Array {
  const file = path.join(dataDir, KEY_FILE);
  if (fs.existsSync(file)) {
    const key = Buffer.from(fs.readFileSync(file, 'utf8').trim(), 'base64url');
    if (key.length === KEY_BYTES) return key;
  }
  const key = random.bytes(KEY_BYTES);
  fs.writeFileSync(file, `${text(key)}\n`, { mode: PRIVATE_MODE });
  fs.chmodSync(file, PRIVATE_MODE);
  return key;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function same(one: string, other: string): boolean {
  const a = Buffer.from(one);
  const b = Buffer.from(other);
  return a.length === b.length && timingSafeEqual(a, b);
}
