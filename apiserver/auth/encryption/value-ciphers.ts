/**
 * The ciphers of values at rest, byte for byte as kube-apiserver lays them out, so that either can read what the other
 * wrote (k8s.io/apiserver/pkg/storage/value/encrypt).
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export interface ValueCipher {
  seal(plain: Uint8Array, storageKey: string): Uint8Array;
  /** Throws when the key is another, or the value was changed. */
  open(sealed: Uint8Array, storageKey: string): Uint8Array;
}

const GCM_NONCE_BYTES = 12;
const GCM_TAG_BYTES = 16;
const CBC_BLOCK_BYTES = 16;
const SECRETBOX_NONCE_BYTES = 24;

/** AES-GCM: nonce, ciphertext, tag. The value is bound to its storage key, so that nobody can put it in another's place. */
export function aesGcm(key: Uint8Array): ValueCipher {
  const algorithm = gcmAlgorithm(key);
  return {
    seal(plain, storageKey) {
      const nonce = randomBytes(GCM_NONCE_BYTES);
      const cipher = createCipheriv(algorithm, key, nonce);
      cipher.setAAD(Buffer.from(storageKey, 'latin1'));
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, storageKey) {
      if (sealed.length < GCM_NONCE_BYTES + GCM_TAG_BYTES) throw new Error('the stored value is too short');
      const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, GCM_NONCE_BYTES));
      decipher.setAAD(Buffer.from(storageKey, 'latin1'));
      decipher.setAuthTag(sealed.subarray(-GCM_TAG_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(GCM_NONCE_BYTES, -GCM_TAG_BYTES)), decipher.final()]);
    },
  };
}

/** AES-CBC: initialization vector, ciphertext, padded by PKCS #7. It does not notice every change of a value. */
export function aesCbc(key: Uint8Array): ValueCipher {
  const algorithm = `aes-${key.length * 8}-cbc`;
  return {
    seal(plain) {
      const vector = randomBytes(CBC_BLOCK_BYTES);
      const cipher = createCipheriv(algorithm, key, vector);
      return Buffer.concat([vector, cipher.update(plain), cipher.final()]);
    },
    open(sealed) {
      if (sealed.length < CBC_BLOCK_BYTES) throw new Error('the stored value is too short');
      const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, CBC_BLOCK_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(CBC_BLOCK_BYTES)), decipher.final()]);
    },
  };
}

/** XSalsa20 and Poly1305 as NaCl has them: nonce, tag, ciphertext. */
export async function secretbox(key: Uint8Array): Promise<ValueCipher> {
  const { xsalsa20poly1305 } = await import('@noble/ciphers/salsa.js');
  return {
    seal(plain) {
      const nonce = randomBytes(SECRETBOX_NONCE_BYTES);
      return Buffer.concat([nonce, xsalsa20poly1305(key, nonce).encrypt(plain)]);
    },
    open(sealed) {
      const nonce = sealed.subarray(0, SECRETBOX_NONCE_BYTES);
      return xsalsa20poly1305(key, nonce).decrypt(sealed.subarray(SECRETBOX_NONCE_BYTES));
    },
  };
}

function gcmAlgorithm(key: Uint8Array): 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm' {
  if (key.length === 16) return 'aes-128-gcm';
  return key.length === 24 ? 'aes-192-gcm' : 'aes-256-gcm';
}
