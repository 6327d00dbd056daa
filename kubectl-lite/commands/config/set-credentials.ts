/** `config set-credentials`: makes or changes a user: certificates, a token, a password, or a program that gives them. */
import type { Leaf } from '../../command-line/command.ts';
import { array, bool, list, text } from '../../command-line/flag.ts';
import type { FlagSet } from '../../command-line/flag-set.ts';
import { Failure } from '../../failure.ts';
import { certificate, checkFile, type Fields, filesOf, nameOrHelp, shownWithHelp, upsert } from './config-files.ts';

export const setCredentials: Leaf = {
  usage:
    'NAME [--client-certificate=FILE] [--client-key=FILE] [--token=TOKEN] [--username=USER] [--password=PASSWORD] [--exec-command=PROGRAM --exec-api-version=VERSION]',
  summary: 'make or change a user',
  flags: [
    bool('embed-certs', 'keep the content of files'),
    text('auth-provider', 'the name of an auth provider'),
    list('auth-provider-arg', 'KEY=VALUE for it, KEY- to drop one; may be repeated'),
    text('exec-command', 'a program that gives credentials'),
    text('exec-api-version', 'the version of ExecCredential that it speaks'),
    list('exec-arg', 'its arguments; may be repeated'),
    array('exec-env', 'KEY=VALUE of its environment, KEY- to drop one; may be repeated'),
    text('exec-interactive-mode', 'whether it asks the user: IfAvailable, Never or Always'),
    bool('exec-provide-cluster-info', 'tell it of the cluster'),
  ],
  async run(context, flags) {
    const name = await nameOrHelp(context, flags, setCredentials);
    let pairs: Pairs;
    try {
      pairs = { provider: pairsOf(flags, 'auth-provider-arg'), env: pairsOf(flags, 'exec-env') };
    } catch (thrown) {
      return shownWithHelp(context, setCredentials, (thrown as Failure).message);
    }
    validate(flags, name);
    upsert(await filesOf(context), 'users', name, (before) => userOf(before, flags, pairs));
    context.print(`User ${JSON.stringify(name)} set.\n`);
  },
};

interface Changes {
  readonly set: ReadonlyMap<string, string>;
  readonly dropped: ReadonlySet<string>;
}

interface Pairs {
  readonly provider: Changes;
  readonly env: Changes;
}

/** `KEY=VALUE` sets, `KEY-` drops. */
function pairsOf(flags: FlagSet, name: string): Changes {
  const set = new Map<string, string>();
  const dropped = new Set<string>();
  for (const pair of flags.texts(name)) {
    const at = pair.indexOf('=');
    if (at > 0) set.set(pair.slice(0, at), pair.slice(at + 1));
    else if (at < 0 && pair.endsWith('-') && pair.length > 1) dropped.add(pair.slice(0, -1));
    else throw new Failure(`invalid ${name} format: ${pair}`);
  }
  const both = [...set.keys()].find((key) => dropped.has(key));
  if (both !== undefined) throw new Failure(`can not both modify and remove ${name} in the same command`);
  return { set, dropped };
}

function validate(flags: FlagSet, name: string): void {
  if (name === '') throw new Failure('you must specify a non-empty user name');
  const basic = flags.text('username') !== '' || flags.text('password') !== '';
  if (flags.text('token') !== '' && basic)
    throw new Failure(
      'you cannot specify more than one authentication method at the same time: --token, --username/--password',
    );
  if (flags.bool('embed-certs')) {
    const files = ['client-certificate', 'client-key'].map((field) => [field, flags.text(field)] as const);
    if (files.every(([, file]) => file === ''))
      throw new Failure('you must specify a --client-certificate or --client-key to embed');
    for (const [field, file] of files) if (file !== '') checkFile(field, file);
  }
  const mode = flags.given('exec-interactive-mode');
  if (mode !== undefined && !['IfAvailable', 'Never', 'Always'].includes(mode))
    throw new Failure('invalid interactive mode type, can be only IfAvailable, Never, Always');
}

function userOf(before: Fields, flags: FlagSet, pairs: Pairs): Fields {
  const embed = flags.bool('embed-certs');
  const certificates = ['client-certificate', 'client-key'].flatMap((field) => {
    const given = flags.given(field);
    return given === undefined ? [] : Object.entries(certificate(field, given, embed));
  });
  const user: Fields = { ...before, ...Object.fromEntries(certificates) };
  for (const field of ['token', 'username', 'password'])
    if (flags.changed(field)) user[field] = flags.text(field) || undefined;
  // Whoever comes with a token comes without a password.
  if (flags.text('token') !== '') for (const field of ['username', 'password']) user[field] = undefined;
  if (flags.text('username') !== '' || flags.text('password') !== '') user.token = undefined;
  user['auth-provider'] = providerOf(user['auth-provider'] as Provider | undefined, flags, pairs.provider);
  user.exec = programOf(user.exec as Fields | undefined, flags, pairs.env);
  return user;
}

interface Provider {
  readonly name: string;
  readonly config?: Readonly<Record<string, string>> | null;
}

function providerOf(before: Provider | undefined, flags: FlagSet, { set, dropped }: Changes): Provider | undefined {
  const named = flags.given('auth-provider');
  const provider = named !== undefined && named !== before?.name ? { name: named } : before;
  if (provider === undefined) return undefined;
  const kept = Object.entries(provider.config ?? {}).filter(([key]) => !dropped.has(key));
  return { name: provider.name, config: { ...Object.fromEntries(kept), ...Object.fromEntries(set) } };
}

interface Variable {
  readonly name: string;
  readonly value: string;
}

/** Without a program there is none whose version, arguments or environment could be set. */
function programOf(before: Fields | undefined, flags: FlagSet, { set, dropped }: Changes): Fields | undefined {
  const command = flags.given('exec-command');
  if (command === undefined && before === undefined) return undefined;
  const exec: Fields = { apiVersion: '', args: null, env: null, provideClusterInfo: false, ...before };
  if (command !== undefined) {
    exec.command = command;
    exec.args = null;
  }
  if (flags.changed('exec-api-version')) exec.apiVersion = flags.text('exec-api-version');
  if (flags.texts('exec-arg').length > 0) exec.args = flags.texts('exec-arg');
  if (flags.changed('exec-interactive-mode')) exec.interactiveMode = flags.text('exec-interactive-mode');
  if (flags.changed('exec-provide-cluster-info')) exec.provideClusterInfo = flags.bool('exec-provide-cluster-info');
  const variables = (exec.env as readonly Variable[] | null) ?? [];
  const kept = variables
    .filter(({ name }) => !dropped.has(name))
    .map(({ name, value }) => ({ name, value: set.get(name) ?? value }));
  const added = [...set].filter(([name]) => kept.every((each) => each.name !== name));
  if (set.size > 0 || dropped.size > 0) exec.env = [...kept, ...added.map(([name, value]) => ({ name, value }))];
  return exec;
}
