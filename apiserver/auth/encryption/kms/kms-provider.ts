/**
 * Envelope encryption by a KMS plugin, version 2: values are sealed with keys from a seed of ours, and the seed, sealed by
 * the plugin with a key that only it has, is kept beside each value. A plugin that is asked for its status every minute
 * says which key it uses; when that changes, a new seed is made and what was sealed with another counts as stale
 * (k8s.io/apiserver/pkg/server/options/encryptionconfig, …/encrypt/envelope/kmsv2).
 *
 * Invariants: a seed is never written anywhere but sealed; what is sealed can be opened as long as the plugin answers, or
 * the seed was seen in the last day; nothing is sealed with a seed that the plugin has not confirmed for three minutes. A
 * plugin may start later than the server: what is to be opened waits until it has answered once.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../../base/clock.ts';
import { Deferred } from '../../../../base/deferred.ts';
import { messageOf } from '../../../../base/errors.ts';
import type { Logger } from '../../../../base/logger.ts';
import type { Random } from '../../../../base/random.ts';
import { aesGcm, type ValueCipher } from '../value-ciphers.ts';
import { derivedKeyCipher, SEED_BYTES } from './derived-key-cipher.ts';
import type { KmsClient } from './kms-client.ts';
import { keyIdComplaint, keyIdHash, objectComplaint } from './kms-limits.ts';
import {
  decodeObject,
  type EncryptedObject,
  encodeObject,
  type KmsStatus,
  type SealedSeed,
  seedTypes,
} from './kms-messages.ts';

const HEALTHY_POLL_MS = 60_000;
const FAILING_POLL_MS = 10_000;
const SEED_CONFIRMED_MS = 3 * 60_000;
/** How long a status answers for the next who asks. */
const HEALTHY_KNOWN_MS = 20_000;
const FAILING_KNOWN_MS = 3000;
const SEED_REMEMBERED_MS = 24 * 60 * 60_000;
const VERSIONS = ['v2', 'v2beta1'];

interface WriteState {
  readonly seed: SealedSeed;
  readonly cipher: ValueCipher;
  /** On the monotonic clock. */
  readonly untilMs: number;
}

export interface KmsProviderDeps {
  readonly client: KmsClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A cipher whose keys may have to be fetched before a value can be opened. */
export interface FetchingCipher extends ValueCipher {
  /** Resolves when `open` can be called; undefined: it can be called now. Rejects with what the plugin says. */
  prepare(sealed: Uint8Array): Promise<void> | undefined;
  /** Not sealed with the key that the plugin uses now. */
  isStale(sealed: Uint8Array): boolean;
}

export class KmsProvider implements FetchingCipher {
  readonly name: string;
  readonly #deps: KmsProviderDeps;
  /** Opened seeds, by what is kept of them. */
  readonly #opened = new Map<string, { readonly cipher: ValueCipher; readonly untilMs: number }>();
  readonly #fetching = new Map<string, Promise<void>>();
  readonly #ending = new AbortController();
  readonly #answered = new Deferred<void>();
  #state: WriteState | undefined;
  #version: string | undefined;
  #known: { readonly failure: string | undefined; readonly untilMs: number } | undefined;
  #checking: Promise<string | undefined> | undefined;

  constructor(name: string, deps: KmsProviderDeps) {
    this.name = name;
    this.#deps = deps;
  }

  /** Asks the plugin once, and from then on in the background. A plugin that does not answer yet is waited for there. */
  async start(): Promise<void> {
    const first = await this.#checkAndLog();
    void this.#poll(first);
  }

  stop(): void {
    this.#ending.abort();
    this.#answered.resolve();
    this.#deps.client.close();
  }

  /** What is wrong with the plugin; undefined when all is well. */
  check(): Promise<string | undefined> {
    const { clock } = this.#deps;
    if (this.#known !== undefined && this.#known.untilMs > clock.monotonicMs()) {
      return Promise.resolve(this.#known.failure);
    }
    this.#checking ??= this.#ask()
      .then((failure) => {
        const knownMs = failure === undefined ? HEALTHY_KNOWN_MS : FAILING_KNOWN_MS;
        this.#known = { failure, untilMs: clock.monotonicMs() + knownMs };
        if (failure === undefined) this.#answered.resolve();
        return failure;
      })
      .finally(() => {
        this.#checking = undefined;
      });
    return this.#checking;
  }

  seal(plain: Uint8Array, storageKey: string): Uint8Array {
    const state = this.#state;
    if (state === undefined) throw new Error(`KMS provider ${this.name} has not given a key yet`);
    if (state.untilMs < this.#deps.clock.monotonicMs()) {
      throw new Error(
        `encryptedDEKSource with keyID hash ${JSON.stringify(keyIdHash(state.seed.keyId))} expired: KMS provider ${this.name} has not been healthy for ${SEED_CONFIRMED_MS / 60_000} minutes`,
      );
    }
    return encodeObject({
      data: state.cipher.seal(plain, storageKey),
      seed: state.seed,
      seedType: seedTypes.derived,
    });
  }

  open(sealed: Uint8Array, storageKey: string): Uint8Array {
    const object = readObject(sealed);
    const known = this.#opened.get(seedKey(object));
    if (known === undefined) throw new Error('the key of the stored value was not fetched');
    return known.cipher.open(object.data, storageKey);
  }

  isStale(sealed: Uint8Array): boolean {
    const { seed, seedType } = readObject(sealed);
    return seed.keyId !== this.#state?.seed.keyId || seedType !== seedTypes.derived;
  }

  prepare(sealed: Uint8Array): Promise<void> | undefined {
    let object: EncryptedObject;
    try {
      object = readObject(sealed);
    } catch {
      // `open` says it.
      return undefined;
    }
    const key = seedKey(object);
    const nowMs = this.#deps.clock.monotonicMs();
    const known = this.#opened.get(key);
    if (known !== undefined && known.untilMs > nowMs) return undefined;
    const fetching = this.#fetching.get(key) ?? this.#fetch(key, object).finally(() => this.#fetching.delete(key));
    this.#fetching.set(key, fetching);
    return fetching;
  }

  async #fetch(key: string, { seed, seedType }: EncryptedObject): Promise<void> {
    const { client, random } = this.#deps;
    await this.#answered.promise;
    const plain = await client.decrypt(seed, random.uuid()).catch((thrown: unknown) => {
      throw new Error(`failed to decrypt DEK, error: ${messageOf(thrown)}`);
    });
    this.#remember(key, seedType === seedTypes.derived ? derivedKeyCipher(plain) : aesGcm(plain));
  }

  #remember(key: string, cipher: ValueCipher): void {
    const nowMs = this.#deps.clock.monotonicMs();
    for (const [other, { untilMs }] of this.#opened) if (untilMs <= nowMs) this.#opened.delete(other);
    this.#opened.set(key, { cipher, untilMs: nowMs + SEED_REMEMBERED_MS });
  }

  async #poll(first: string | undefined): Promise<void> {
    const { clock } = this.#deps;
    const { signal } = this.#ending;
    let failure = first;
    while (!signal.aborted) {
      await clock.sleep(failure === undefined ? HEALTHY_POLL_MS : FAILING_POLL_MS, signal);
      if (!signal.aborted) failure = await this.#checkAndLog();
    }
  }

  async #checkAndLog(): Promise<string | undefined> {
    const failure = await this.check();
    if (failure !== undefined) {
      this.#deps.logger.error({ name: this.name, error: failure }, 'kms plugin failed health check probe');
    }
    return failure;
  }

  async #ask(): Promise<string | undefined> {
    let status: KmsStatus;
    try {
      status = await this.#deps.client.status();
    } catch (thrown) {
      return `failed to perform status section of the healthz check for KMS Provider ${this.name}, error: ${messageOf(thrown)}`;
    }
    const wrong = [...this.#complaints(status)];
    const keyId = keyIdComplaint(status.keyId);
    if (keyId !== undefined) {
      wrong.push(`got invalid KMSv2 KeyID hash ${JSON.stringify(keyIdHash(status.keyId))}: ${keyId}`);
    } else {
      const failure = await this.#follow(status.keyId);
      if (failure !== undefined) wrong.push(failure);
    }
    if (wrong.length === 0) return undefined;
    return `kmsv2 Provider ${this.name} is not healthy, error: ${wrong.length > 1 ? `[${wrong.join(', ')}]` : wrong[0]}`;
  }

  *#complaints({ healthz, version }: KmsStatus): Iterable<string> {
    if (healthz !== 'ok') yield `got unexpected healthz status: ${healthz}`;
    if (!VERSIONS.includes(version)) {
      yield `expected KMSv2 API version v2, got ${version}`;
      return;
    }
    this.#version ??= version;
    if (version !== this.#version) {
      yield `KMSv2 API version should not change after the initial status response version ${this.#version}, got ${version}`;
    }
  }

  /** Confirms the seed when the plugin's key is the same, else makes a new one. The one before goes on when that fails. */
  async #follow(keyId: string): Promise<string | undefined> {
    const { client, clock, random } = this.#deps;
    const untilMs = clock.monotonicMs() + SEED_CONFIRMED_MS;
    if (this.#state?.seed.keyId === keyId) {
      this.#state = { ...this.#state, untilMs };
      return undefined;
    }
    const fail = (why: string): string =>
      `failed to rotate DEK: ${why}, statusKeyIDHash=${JSON.stringify(keyIdHash(keyId))}, stateKeyIDHash=${JSON.stringify(keyIdHash(this.#state?.seed.keyId ?? ''))}`;
    const plain = randomBytes(SEED_BYTES);
    let seed: SealedSeed;
    try {
      seed = await client.encrypt(plain, random.uuid());
    } catch (thrown) {
      return fail(`failed to encrypt DEK, error: ${messageOf(thrown)}`);
    }
    const object: EncryptedObject = { data: Uint8Array.of(0), seed, seedType: seedTypes.derived };
    const complaint = objectComplaint(object);
    if (complaint !== undefined) return fail(complaint);
    if (seed.keyId !== keyId) return fail(`encryptKeyIDHash=${JSON.stringify(keyIdHash(seed.keyId))}`);
    const cipher = derivedKeyCipher(plain);
    this.#remember(seedKey(object), cipher);
    this.#state = { seed, cipher, untilMs };
    return undefined;
  }
}

/** Throws for what is no such value. */
function readObject(sealed: Uint8Array): EncryptedObject {
  const object = decodeObject(sealed);
  const complaint = objectComplaint(object);
  if (complaint !== undefined) throw new Error(complaint);
  return object;
}

function seedKey({ seed, seedType }: EncryptedObject): string {
  const annotations = [...seed.annotations].map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return JSON.stringify([
    seedType,
    Buffer.from(seed.ciphertext).toString('base64'),
    seed.keyId,
    annotations.sort(([one = ''], [other = '']) => (one < other ? -1 : 1)),
  ]);
}
