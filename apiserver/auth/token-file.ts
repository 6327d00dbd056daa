/**
 * The static token file: `token,user,uid` and optionally a quoted list of groups, one user a line, as RFC 4180 has CSV
 * (kube-apiserver's `--token-auth-file`). Read once, at the start.
 */
import { UsageError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { UserInfo } from '../machinery/resource-row.ts';
import { readTextIfPresent } from './secret-file.ts';
import type { TokenAuthenticator } from './token-authenticators.ts';
import { makeUser } from './users.ts';

/** UsageError naming file and line for what cannot be read or is no CSV. */
export async function loadTokenFile(file: string, logger: Logger): Promise<TokenAuthenticator> {
  const text = await readTextIfPresent(file);
  if (text === undefined) throw new UsageError(`token file ${file} does not exist`);
  const users = parseTokenFile(text, file, (line, what) => logger.warn({ file, line }, what));
  return { authenticate: (token) => found(users.get(token)) };
}

function found(user: UserInfo | undefined): { user: UserInfo } | undefined {
  return user === undefined ? undefined : { user };
}

/** Users by token; of several lines with one token the last counts. `warn` gets no token. */
export function parseTokenFile(
  text: string,
  file: string,
  warn: (line: number, what: string) => void,
): Map<string, UserInfo> {
  const users = new Map<string, UserInfo>();
  for (const { line, fields } of parseCsv(text, file)) {
    const [token, name, uid, groups] = fields;
    if (token === undefined || name === undefined || uid === undefined) {
      throw new UsageError(
        `token file ${file}, line ${line}: at least 3 columns are needed (token, user name, user uid), found ${fields.length}`,
      );
    }
    if (token === '') {
      warn(line, 'empty token in the token file');
      continue;
    }
    if (users.has(token)) warn(line, 'duplicate token in the token file');
    users.set(token, makeUser(name, groups === undefined ? [] : groups.split(','), uid));
  }
  return users;
}

interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/** Go's encoding/csv in its strict default: empty lines are skipped, a quote inside an unquoted field is an error. */
function parseCsv(text: string, file: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|\r?$)/y;
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const empty = /\r?\n/y;
    empty.lastIndex = at;
    if (empty.test(text)) {
      at = empty.lastIndex;
      line++;
      continue;
    }
    const fields: string[] = [];
    const start = line;
    for (;;) {
      field.lastIndex = at;
      const match = field.exec(text);
      if (match === null) throw new UsageError(`token file ${file}, line ${line}: a quote that does not fit`);
      at = field.lastIndex;
      const [whole, quoted, bare, end] = match;
      fields.push(quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'));
      line += whole.split('\n').length - 1;
      if (end !== ',') break;
    }
    records.push({ line: start, fields });
  }
  return records;
}
