/**
 * How values are kept: each begins with the name of the provider and the key that sealed it. The first provider seals;
 * all may open, so that keys are changed by putting the new one second, then first, then taking the old one out.
 */
import type { ValueCipher } from './value-ciphers.ts';

export interface OpenedValue {
  readonly bytes: Uint8Array;
  /** Not as it would be sealed now. */
  readonly stale: boolean;
}

export interface ValueTransformer {
  toStorage(key: string, bytes: Uint8Array): Uint8Array;
  /** Throws when no key opens it. The error names neither the value nor a key's bytes. */
  fromStorage(key: string, bytes: Uint8Array): OpenedValue;
}

/** A way to seal, with the prefix that its values have; '' is none at all. */
export interface SealedForm {
  /** `k8s:enc:aesgcm:v1:key1:` */
  readonly prefix: string;
  readonly cipher: ValueCipher;
}

const SEALED_PREFIX = 'k8s:enc:';

/** Values as they are. What is sealed cannot be read this way. */
export const identity: SealedForm = {
  prefix: '',
  cipher: {
    seal: (plain) => plain,
    open(sealed) {
      if (startsWith(sealed, SEALED_PREFIX)) throw new Error('the stored value is encrypted');
      return sealed;
    },
  },
};

/** @param forms at least one; the first seals */
export function transformerOf(forms: readonly SealedForm[]): ValueTransformer {
  return {
    toStorage(key, bytes) {
      const [first = identity] = forms;
      const sealed = first.cipher.seal(bytes, key);
      return first.prefix === '' ? sealed : Buffer.concat([Buffer.from(first.prefix, 'latin1'), sealed]);
    },
    fromStorage(key, bytes) {
      for (const [index, { prefix, cipher }] of forms.entries()) {
        if (!startsWith(bytes, prefix)) continue;
        try {
          return { bytes: cipher.open(bytes.subarray(prefix.length), key), stale: index > 0 };
        } catch {
          // The same name with another key may come later in the list.
        }
      }
      throw new Error(`no key opens the value of ${key}`);
    },
  };
}

function startsWith(bytes: Uint8Array, prefix: string): boolean {
  if (bytes.length < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[i] !== prefix.charCodeAt(i)) return false;
  return true;
}
