/** Which keys of the store hold encrypted values: those of the resources that the configuration names. */
import type { Clock } from '../../../base/clock.ts';
import { messageOf, UsageError } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import type { Store } from '../../../store/index.ts';
import type { GroupResource, ResourceRow } from '../../machinery/resource-row.ts';
import { loadConfigFile } from '../config-file.ts';
import { followFile } from '../followed-file.ts';
import { EncryptingStore, type TransformerOfKey } from './encrypting-store.ts';
import { type EncryptionConfig, readEncryptionConfig } from './encryption-config.ts';

const ROOT = '/registry/';

export interface EncryptionFile {
  readonly file: string;
  /** `--encryption-provider-config-automatic-reload`: a changed file counts as soon as it is seen. */
  readonly reload: boolean;
}

interface Deps {
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface EncryptedStore {
  readonly store: EncryptingStore;
  /** Ends looking after the file. */
  stop(): void;
}

/** The store with the encryption that the file asks for. UsageError naming file and field. */
export async function encryptStore(
  store: Store,
  { file, reload }: EncryptionFile,
  rows: readonly ResourceRow[],
  { clock, logger }: Deps,
): Promise<EncryptedStore> {
  const load = async (): Promise<TransformerOfKey> => {
    const node = await loadConfigFile(file, 'EncryptionConfiguration', ['apiserver.config.k8s.io/v1']);
    return transformerOfKeys(await readEncryptionConfig(node), rows, file);
  };
  let transformerOf = await load();
  const takeOver = async (): Promise<void> => {
    try {
      transformerOf = await load();
      logger.info({ file }, 'reloaded encryption config');
    } catch (thrown) {
      logger.error({ file, error: messageOf(thrown) }, 'encryption config not reloaded; the one before goes on');
    }
  };
  return {
    store: new EncryptingStore(store, (key) => transformerOf(key)),
    stop: reload ? followFile(file, clock, () => void takeOver()) : () => {},
  };
}

/** Remembers the answer for each resource: keys are asked for at every read and write. */
export function transformerOfKeys(
  config: EncryptionConfig,
  rows: readonly Pick<ResourceRow, 'storagePrefix' | 'group' | 'resource'>[],
  file: string,
): TransformerOfKey {
  const known = new Map<string, ReturnType<TransformerOfKey>>();
  for (const { storagePrefix, group, resource } of rows) {
    if (known.has(storagePrefix)) continue;
    const transformer = config.transformerFor({ group, resource });
    known.set(storagePrefix, transformer === undefined ? undefined : withFile(transformer, file));
  }
  const ofPrefix = (prefix: string, resource: GroupResource): ReturnType<TransformerOfKey> => {
    if (!known.has(prefix)) {
      const transformer = config.transformerFor(resource);
      known.set(prefix, transformer === undefined ? undefined : withFile(transformer, file));
    }
    return known.get(prefix);
  };
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
