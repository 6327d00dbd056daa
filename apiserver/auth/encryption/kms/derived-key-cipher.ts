/**
 * AES-GCM with a key of its own for every value, derived from a seed and 32 random bytes that precede the value: HKDF's
 * expansion with SHA-256 (RFC 5869, 2.3), of which one block is one key. A seed may seal any number of values so.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { aesGcm, type ValueCipher } from '../value-ciphers.ts';

export const SEED_BYTES = 32;
const INFO_BYTES = 32;

export function derivedKeyCipher(seed: Uint8Array): ValueCipher {
  if (seed.length < SEED_BYTES) throw new Error(`invalid seed length ${seed.length} used for key generation`);
  const cipherFor = (info: Uint8Array): ValueCipher =>
    aesGcm(createHmac('sha256', seed).update(info).update(Uint8Array.of(1)).digest());
  return {
    seal(plain, storageKey) {
      const info = randomBytes(INFO_BYTES);
      return Buffer.concat([info, cipherFor(info).seal(plain, storageKey)]);
    },
    open(sealed, storageKey) {
      if (sealed.length < INFO_BYTES) throw new Error('the stored value is too short');
      return cipherFor(sealed.subarray(0, INFO_BYTES)).open(sealed.subarray(INFO_BYTES), storageKey);
    },
  };
}
