/** The store of a running cluster, as the commands reach it: by its data directory, or by endpoints and certificates. */
import fs from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { messageOf, UsageError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { systemClock, systemRandom } from '../base/system.ts';
import { createRemoteStore, type Store } from '../store/index.ts';
import { list } from './flags.ts';
import { endpointsOf } from './store-backing.ts';

export interface StoreAccess {
  readonly dataDir: string;
  readonly endpoints?: readonly string[];
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
}

export function storeAccessFlags(parser: Command): Command {
  return parser
    .option('--data-dir <directory>', 'the data directory of the running cluster', '.sampan')
    .option('--endpoints <urls>', 'its store members; default: those of the data directory', list)
    .option('--cacert <file>', 'the authority of their certificates')
    .option('--cert <file>', 'our certificate towards them')
    .option('--key <file>', 'and its key');
}

/** @throws UsageError when no cluster was started on the directory, or a file cannot be read */
export function openRunningStore(access: StoreAccess): Store {
  const pki = path.join(access.dataDir, 'pki');
  const endpoints = access.endpoints ?? endpointsOf(access.dataDir);
  const secure = endpoints.some((each) => each.startsWith('https:'));
  return createRemoteStore({
    endpoints,
    ...(secure
      ? {
          tls: {
            ca: read(access.cacert ?? path.join(pki, 'etcd', 'ca.crt')),
            cert: read(access.cert ?? path.join(pki, 'apiserver-etcd-client.crt')),
            key: read(access.key ?? path.join(pki, 'apiserver-etcd-client.key')),
          },
        }
      : {}),
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  });
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new UsageError(`cannot read ${file}: ${messageOf(thrown)}`);
  }
}
