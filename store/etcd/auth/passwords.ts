/**
 * Passwords, kept as scrypt hashes (RFC 7914, with Node's default cost): `scrypt$<salt>$<hash>` in hexadecimal. etcd
 * keeps bcrypt hashes; a client never sees either.
 */
import { scrypt, timingSafeEqual } from 'node:crypto';
import type { Random } from '../../../base/random.ts';

const SALT_BYTES = 16;
const HASH_BYTES = 32;

export async function hashPassword(password: string, random: Random): Promise<string> {
  const salt = Buffer.from(random.bytes(SALT_BYTES));
  return `scrypt$${salt.toString('hex')}$${(await derive(password, salt)).toString('hex')}`;
}

export async function passwordMatches(password: string, hash: string): Promise<boolean> {
  const [, salt = '', expected = ''] = hash.split('$');
  const derived = await derive(password, Buffer.from(salt, 'hex'));
  const wanted = Buffer.from(expected, 'hex');
  return derived.length === wanted.length && timingSafeEqual(derived, wanted);
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, (error, derived) => (error === null ? resolve(derived) : reject(error)));
  });
}
