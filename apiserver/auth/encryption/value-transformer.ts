/**
 * How values are kept: each begins with the name of the provider and the key that sealed it. The first provider seals;
 * all may open, so that keys are changed by putting the new one second, then first, then taking the old one out.
 */
import type { FetchingCipher } from './kms/kms-provider.ts';
import type { ValueCipher } from './value-ciphers.ts';

export interface OpenedValue {
  readonly bytes: Uint8Array;
  /** Not as it would be sealed now. */
  readonly stale: boolean;
}

export interface ValueTransformer {
  /**
   * Resolves when `fromStorage` can open the value; undefined: it can at once. Rejects when the key cannot be fetched.
   */
  prepare(key: string, bytes: Uint8Array): Promise<void> | undefined;
  toStorage(key: string, bytes: Uint8Array): Uint8Array;
  /** Throws when no key opens it. The error names neither the value nor a key's bytes. */
  fromStorage(key: string, bytes: Uint8Array): OpenedValue;
}

/** A way to seal, with the prefix that its values have; '' is none at all. */
export interface SealedForm {
  /** `k8s:enc:aesgcm:v1:key1:` */
  readonly prefix: string;
  readonly cipher: ValueCipher | FetchingCipher;
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
    prepare(_key, bytes) {
      const form = forms.find(({ prefix, cipher }) => 'prepare' in cipher && startsWith(bytes, prefix));
      if (form === undefined || !('prepare' in form.cipher)) return undefined;
      return form.cipher.prepare(bytes.subarray(form.prefix.length));
    },
    toStorage(key, bytes) {
      const [first = identity] = forms;
      const sealed = first.cipher.seal(bytes, key);
      return first.prefix === '' ? sealed : Buffer.concat([Buffer.from(first.prefix, 'latin1'), sealed]);
    },
    fromStorage(key, bytes) {
      for (const [index, { prefix, cipher }] of forms.entries()) {
        if (!startsWith(bytes, prefix)) continue;
        try {
          const sealed = bytes.subarray(prefix.length);
          const stale = index > 0 || ('isStale' in cipher && cipher.isStale(sealed));
          return { bytes: cipher.open(sealed, key), stale };
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
