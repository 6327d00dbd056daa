/** `sampan store get|history|members`: looks into a running cluster's store, for those who have no etcdctl. */
import { prefixEnd } from '../../base/bytes.ts';
import { UsageError } from '../../base/errors.ts';
import type { KeyValue, Store } from '../../store/index.ts';
import { command, integer, parse } from '../flags.ts';
import { openRunningStore, type StoreAccess, storeAccessFlags } from '../store-access.ts';

const USAGE = 'Usage: sampan store get KEY | history KEY | members   (--help after each tells its flags)\n';

export async function store(args: readonly string[]): Promise<number> {
  const [action, ...rest] = args;
  switch (action) {
    case 'get':
      return get(rest);
    case 'history':
      return history(rest);
    case 'members':
      return members(rest);
    case '--help':
    case '-h':
      process.stdout.write(USAGE);
      return 0;
    default:
      throw new UsageError('say what to do: get, history or members');
  }
}

interface GetFlags extends StoreAccess {
  readonly prefix?: boolean;
  readonly keysOnly?: boolean;
  readonly rev: number;
}

async function get(args: readonly string[]): Promise<number> {
  const parser = storeAccessFlags(
    command('store get', 'Prints keys and their values, as etcdctl get does.').argument(
      '<key>',
      'the key, or a prefix',
    ),
  )
    .option('--prefix', 'every key that begins so')
    .option('--keys-only', 'without the values')
    .option('--rev <revision>', 'as it was at this revision', integer(0), 0);
  const flags = parse<GetFlags>(parser, args);
  const [key = ''] = parser.args;
  return withStore(flags, async (opened) => {
    const { kvs } = await opened.range({
      key,
      revision: flags.rev,
      ...(flags.prefix === true ? { rangeEnd: prefixEnd(key) } : {}),
      ...(flags.keysOnly === true ? { keysOnly: true } : {}),
    });
    for (const kv of kvs) print(`${kv.key}\n${flags.keysOnly === true ? '' : `${textOf(kv)}\n`}`);
  });
}

interface HistoryFlags extends StoreAccess {
  readonly limit: number;
}

async function history(args: readonly string[]): Promise<number> {
  const parser = storeAccessFlags(
    command(
      'store history',
      'Prints every value that a key had, newest first, as far as nothing is compacted.',
    ).argument('<key>'),
  ).option('--limit <count>', 'at most so many', integer(1), 20);
  const flags = parse<HistoryFlags>(parser, args);
  const [key = ''] = parser.args;
  return withStore(flags, async (opened) => {
    let revision = (await opened.status()).header.revision;
    for (let told = 0; told < flags.limit && revision > 0; told++) {
      const found = await valueBefore(opened, key, revision);
      if (found === undefined) break;
      print(`revision ${found.modRevision}, version ${found.version}:\n${textOf(found)}\n`);
      revision = found.modRevision - 1;
    }
  });
}

/** What the key held at a revision; undefined when nothing, or when that revision is compacted. */
async function valueBefore(opened: Store, key: string, revision: number): Promise<KeyValue | undefined> {
  try {
    return (await opened.range({ key, revision })).kvs[0];
  } catch (thrown) {
    if (thrown instanceof Error && /compacted/.test(thrown.message)) return undefined;
    throw thrown;
  }
}

async function members(args: readonly string[]): Promise<number> {
  const parser = storeAccessFlags(command('store members', 'Lists the members, and says who leads.'));
  const flags = parse<StoreAccess>(parser, args);
  return withStore(flags, async (opened) => {
    const [status, { members: found }] = await Promise.all([opened.status(), opened.members()]);
    const rows = [
      ['NAME', 'ID', 'ROLE', 'TERM', 'CLIENT URL'],
      ...found.map(({ name, id, isLearner, clientUrls }) => [
        name,
        id.toString(16),
        id === status.leader ? 'leader' : isLearner ? 'learner' : 'follower',
        String(status.header.raftTerm),
        clientUrls.join(','),
      ]),
    ];
    const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
    for (const row of rows)
      print(
        `${row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join('   ')
          .trimEnd()}\n`,
      );
  });
}

async function withStore(access: StoreAccess, use: (opened: Store) => Promise<void>): Promise<number> {
  const opened = openRunningStore(access);
  try {
    await use(opened);
    return 0;
  } finally {
    await opened.close();
  }
}

function textOf({ value }: KeyValue): string {
  return Buffer.from(value).toString('utf8');
}

function print(text: string): void {
  process.stdout.write(text);
}
