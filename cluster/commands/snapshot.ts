/** `sampan snapshot save|status|restore`: backups of the store, and new clusters from them. */
import fs from 'node:fs';
import path from 'node:path';
import { Option } from 'commander';
import { unreachable } from '../../base/assert.ts';
import { UsageError } from '../../base/errors.ts';
import { systemClock } from '../../base/system.ts';
import { restoreSnapshot, type SnapshotStatus, saveSnapshot, snapshotStatus } from '../../store/index.ts';
import { command, integer, parse, port } from '../flags.ts';
import { memberAddresses } from '../member-processes.ts';
import { openRunningStore, type StoreAccess, storeAccessFlags } from '../store-access.ts';

const USAGE = 'Usage: sampan snapshot save FILE | status FILE | restore FILE   (--help after each tells its flags)\n';

export async function snapshot(args: readonly string[]): Promise<number> {
  const [action, ...rest] = args;
  switch (action) {
    case 'save':
      return await save(rest);
    case 'status':
      return await status(rest);
    case 'restore':
      return await restore(rest);
    case '--help':
    case '-h':
      process.stdout.write(USAGE);
      return 0;
    default:
      throw new UsageError('say what to do: save, status or restore');
  }
}

async function save(args: readonly string[]): Promise<number> {
  const parser = storeAccessFlags(
    command('snapshot save', 'Saves a snapshot of a running cluster to a file.').argument(
      '<file>',
      'the file to write',
    ),
  );
  const access = parse<StoreAccess>(parser, args);
  const [file = ''] = parser.args;
  const store = openRunningStore(access);
  try {
    const saved = await saveSnapshot(store, path.resolve(file));
    process.stdout.write(`saved ${file}: ${inWords(saved)}\n`);
    return 0;
  } finally {
    await store.close();
  }
}

async function status(args: readonly string[]): Promise<number> {
  const parser = command(
    'snapshot status',
    'Reads a snapshot through and says what is in it; a damaged one is refused.',
  )
    .argument('<file>', 'the file to read')
    .option('--json', 'the same as -w json, with the hash in hexadecimal')
    .addOption(
      new Option('-w, --write-out <form>', "simple, or a form of etcdctl's").choices([
        'simple',
        'json',
        'table',
        'fields',
      ]),
    );
  const { json, writeOut = 'simple' } = parse<{ json?: boolean; writeOut?: StatusForm }>(parser, args);
  const [file = ''] = parser.args;
  const found = await snapshotStatus(path.resolve(file));
  process.stdout.write(
    json === true ? `${JSON.stringify({ ...found, hash: hex(found.hash) })}\n` : statusText(file, found, writeOut),
  );
  return 0;
}

type StatusForm = 'simple' | 'json' | 'table' | 'fields';

/** As `etcdctl snapshot status` writes it, but for `simple`, which says what is what. */
function statusText(file: string, found: SnapshotStatus, form: StatusForm): string {
  const { hash, revision, totalKeys, totalSize } = found;
  switch (form) {
    case 'simple':
      return `${file}: ${inWords(found)}\n`;
    case 'json':
      return `${JSON.stringify({ hash, revision, totalKey: totalKeys, totalSize })}\n`;
    case 'fields':
      return `"Hash" : ${hash}\n"Revision" : ${revision}\n"Keys" : ${totalKeys}\n"Size" : ${totalSize}\n`;
    case 'table': {
      const cells = [hex(hash), String(revision), String(totalKeys), `${totalSize} B`];
      const rule = cells.map((_, at) => '-'.repeat(widthOf(at, cells) + 2)).join('+');
      const row = (texts: readonly string[]): string =>
        `|${texts.map((text, at) => ` ${text.padStart(widthOf(at, cells))} `).join('|')}|`;
      return `+${rule}+\n${row(TITLES)}\n+${rule}+\n${row(cells)}\n+${rule}+\n`;
    }
    default:
      return unreachable(form);
  }
}

const TITLES = ['HASH', 'REVISION', 'TOTAL KEYS', 'TOTAL SIZE'];

function widthOf(column: number, cells: readonly string[]): number {
  return Math.max(TITLES[column]?.length ?? 0, cells[column]?.length ?? 0);
}

interface RestoreFlags {
  readonly dataDir: string;
  readonly name: string;
  readonly members: number;
  readonly storePort: number;
  readonly bumpRevision: number;
}

/** Nobody listens there: it only gives a sole member its id, as when it is started. */
const NO_PEER_URL = 'http://localhost:2380';

async function restore(args: readonly string[]): Promise<number> {
  const parser = command(
    'snapshot restore',
    'Makes a new data directory, of a new cluster, from a snapshot; start it with `sampan up`.',
  )
    .argument('<file>', 'the snapshot')
    .option('--data-dir <directory>', 'the directory to make; it must not hold a store', '.sampan')
    .option('--name <name>', 'the name of the cluster, as for `sampan up`', 'sampan')
    .option('--members <count>', 'store members, as for `sampan up`', integer(1, 7), 1)
    .option('--store-port <port>', 'the first port of the store members', port, 2379)
    .option('--bump-revision <count>', 'add to the revision, so that no client takes old for new', integer(0), 0);
  const flags = parse<RestoreFlags>(parser, args);
  const [file = ''] = parser.args;
  const { dataDir, name, members, storePort } = flags;
  for (const taken of ['store', 'members']) {
    if (fs.existsSync(path.join(dataDir, taken)))
      throw new UsageError(`${path.join(dataDir, taken)} is there already; restore into another --data-dir`);
  }
  // The snapshot is judged before anything is made.
  await snapshotStatus(path.resolve(file));
  const addresses =
    members === 1
      ? [{ name, peerUrl: NO_PEER_URL, folder: path.join(dataDir, 'store') }]
      : (await memberAddresses({ dataDir, count: members, clientPort: storePort, clusterName: name })).map(
          (address) => ({ ...address, folder: path.join(dataDir, 'members', address.name) }),
        );
  fs.mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const initialCluster = addresses.map((address) => ({ name: address.name, peerUrl: address.peerUrl }));
  let revision = 0;
  for (const member of addresses) {
    const restored = await restoreSnapshot({
      snapshotPath: path.resolve(file),
      dataDir: path.resolve(member.folder),
      name: member.name,
      clusterToken: name,
      initialCluster,
      clock: systemClock,
      ...(flags.bumpRevision === 0 ? {} : { bumpRevision: flags.bumpRevision }),
    });
    revision = restored.revision;
  }
  process.stdout.write(
    `restored ${file} into ${dataDir} at revision ${revision}; start it with: sampan up --data-dir ${dataDir}${members === 1 ? '' : ` --members ${members}`}\n`,
  );
  return 0;
}

function inWords(found: SnapshotStatus): string {
  return `revision ${found.revision}, ${found.totalKeys} keys, ${found.totalSize} bytes, hash ${hex(found.hash)}`;
}

function hex(hash: number): string {
  return (hash >>> 0).toString(16).padStart(8, '0');
}
