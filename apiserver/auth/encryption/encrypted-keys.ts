/** Which keys of the store hold encrypted values: those of the resources that the configuration names. */
import type { Clock } from '../../../base/clock.ts';
import { messageOf, UsageError } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import type { Random } from '../../../base/random.ts';
import type { Key, Store } from '../../../store/index.ts';
import type { HealthCheck } from '../../machinery/health.ts';
import type { GroupResource, ResourceRow } from '../../machinery/resource-row.ts';
import { loadConfigFile } from '../config-file.ts';
import { followFile } from '../followed-file.ts';
import { EncryptingStore, type TransformerOfKey } from './encrypting-store.ts';
import { type EncryptionConfig, type KmsPlan, readEncryptionConfig } from './encryption-config.ts';
import { UnixKmsClient } from './kms/kms-client.ts';
import { KmsProvider } from './kms/kms-provider.ts';

const ROOT = '/registry/';
const OLD_PLUGINS_MS = 60_000;

export interface EncryptionFile {
  readonly file: string;
  /** `--encryption-provider-config-automatic-reload`: a changed file counts as soon as it is seen. */
  readonly reload: boolean;
}

interface Deps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface EncryptedStore {
  readonly store: EncryptingStore;
  /** Whether the plugins answer; none when there are no plugins and never will be. */
  readonly healthChecks: readonly HealthCheck[];
  /** Ends looking after the file, and the connections to plugins. */
  stop(): void;
}

interface Generation {
  readonly transformerOf: TransformerOfKey;
  readonly kms: readonly KmsProvider[];
}

/**
 * The store with the encryption that the file asks for. UsageError naming file and field.
 *
 * @param keyOf a key as the rows have it, of the one in the store, where they differ (`--etcd-prefix`)
 */
export async function encryptStore(
  store: Store,
  { file, reload }: EncryptionFile,
  rows: readonly ResourceRow[],
  deps: Deps,
  keyOf: (stored: Key) => Key = (stored) => stored,
): Promise<EncryptedStore> {
  const { clock, logger } = deps;
  const makeKms = ({ name, endpoint, timeoutMs }: KmsPlan): KmsProvider =>
    new KmsProvider(name, { ...deps, client: new UnixKmsClient(endpoint, timeoutMs, clock) });
  const load = async (): Promise<Generation> => {
    const node = await loadConfigFile(file, 'EncryptionConfiguration', ['apiserver.config.k8s.io/v1']);
    const config = await readEncryptionConfig(node, makeKms);
    await Promise.all(config.kms.map((each) => each.start()));
    return { transformerOf: transformerOfKeys(config, rows, file), kms: config.kms };
  };
  let present = await load();
  let reloads = Promise.resolve();
  const takeOver = async (): Promise<void> => {
    try {
      const next = await load();
      const failure = await failureOf(next.kms);
      if (failure !== undefined) {
        stopAll(next.kms);
        throw new Error(failure);
      }
      const before = present;
      present = next;
      // What is under way with the plugins before may end.
      clock.after(OLD_PLUGINS_MS, () => stopAll(before.kms));
      logger.info({ file }, 'reloaded encryption config');
    } catch (thrown) {
      logger.error({ file, error: messageOf(thrown) }, 'encryption config not reloaded; the one before goes on');
    }
  };
  const unfollow = reload
    ? followFile(file, clock, () => {
        reloads = reloads.then(takeOver);
      })
    : () => {};
  const health: HealthCheck = { name: 'kms-providers', check: () => failureOf(present.kms) };
  return {
    store: new EncryptingStore(store, (key) => present.transformerOf(keyOf(key))),
    healthChecks: reload || present.kms.length > 0 ? [health] : [],
    stop() {
      unfollow();
      stopAll(present.kms);
    },
  };
}

async function failureOf(kms: readonly KmsProvider[]): Promise<string | undefined> {
  const failures: string[] = [];
  for (const [index, provider] of kms.entries()) {
    const failure = await provider.check();
    if (failure !== undefined) failures.push(`kms-provider-${index}: ${failure}`);
  }
  return failures.length > 1 ? `[${failures.join(', ')}]` : failures[0];
}

function stopAll(kms: readonly KmsProvider[]): void {
  for (const provider of kms) provider.stop();
}

/** Remembers the answer for each resource: keys are asked for at every read and write. */
export function transformerOfKeys(
  config: Pick<EncryptionConfig, 'transformerFor'>,
  rows: readonly Pick<ResourceRow, 'storagePrefix' | 'group' | 'resource'>[],
  file: string,
): TransformerOfKey {
  const known = new Map<string, ReturnType<TransformerOfKey>>();
  const ofPrefix = (prefix: string, resource: GroupResource): ReturnType<TransformerOfKey> => {
    const found = known.get(prefix) ?? withFile(config.transformerFor(resource), file);
    known.set(prefix, found);
    return found;
  };
  for (const { storagePrefix, group, resource } of rows) ofPrefix(storagePrefix, { group, resource });
  return (key) => {
    if (!key.startsWith(ROOT)) return undefined;
    const first = key.indexOf('/', ROOT.length);
    if (first < 0) return undefined;
    const short = key.slice(0, first);
    if (known.has(short)) return known.get(short);
    const second = key.indexOf('/', first + 1);
    const long = second < 0 ? key : key.slice(0, second);
    if (known.has(long)) return known.get(long);
    // A resource made at run time is kept below its group.
    const group = key.slice(ROOT.length, first);
    return group.includes('.') && second >= 0
      ? ofPrefix(long, { group, resource: key.slice(first + 1, second) })
      : undefined;
  };
}

type Transformer = NonNullable<ReturnType<TransformerOfKey>>;

/** Says which file lacks the key. */
function withFile(transformer: Transformer, file: string): Transformer {
  return {
    prepare: (key, bytes) =>
      transformer.prepare(key, bytes)?.catch((cause: unknown) => {
        throw new UsageError(`${key} cannot be decrypted with the keys in ${file}: ${messageOf(cause)}`, { cause });
      }),
    toStorage: (key, bytes) => transformer.toStorage(key, bytes),
    fromStorage(key, bytes) {
      try {
        return transformer.fromStorage(key, bytes);
      } catch (cause) {
        throw new UsageError(`${key} cannot be decrypted with the keys in ${file}`, { cause });
      }
    },
  };
}
