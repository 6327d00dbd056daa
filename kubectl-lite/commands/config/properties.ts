/** `config set|unset PROPERTY`: one value by its path, `contexts.dev.namespace`. */
import type { Leaf } from '../../command-line/command.ts';
import { bool } from '../../command-line/flag.ts';
import type { FlagSet } from '../../command-line/flag-set.ts';
import { Failure } from '../../failure.ts';
import type { ConfigFile, Kubeconfig } from '../../kubeconfig.ts';
import { entriesOf, type Fields, filesOf, oneArgument, PART, type Section, save } from './config-files.ts';

type Kind = 'text' | 'bool' | 'bytes' | 'texts' | 'nested';

const TOP: Readonly<Record<string, Kind>> = {
  kind: 'text',
  apiVersion: 'text',
  'current-context': 'text',
  preferences: 'nested',
};

const FIELDS: Readonly<Record<Section, Readonly<Record<string, Kind>>>> = {
  clusters: {
    server: 'text',
    'tls-server-name': 'text',
    'insecure-skip-tls-verify': 'bool',
    'certificate-authority': 'text',
    'certificate-authority-data': 'bytes',
    'proxy-url': 'text',
    'disable-compression': 'bool',
    extensions: 'nested',
  },
  contexts: { cluster: 'text', user: 'text', namespace: 'text', extensions: 'nested' },
  users: {
    'client-certificate': 'text',
    'client-certificate-data': 'bytes',
    'client-key': 'text',
    'client-key-data': 'bytes',
    token: 'text',
    tokenFile: 'text',
    'act-as': 'text',
    'act-as-uid': 'text',
    'act-as-groups': 'texts',
    'act-as-user-extra': 'nested',
    username: 'text',
    password: 'text',
    'auth-provider': 'nested',
    exec: 'nested',
    extensions: 'nested',
  },
};

/** Names that files have for what the path calls otherwise. */
const IN_FILES: Readonly<Record<string, string>> = {
  'act-as': 'as',
  'act-as-uid': 'as-uid',
  'act-as-groups': 'as-groups',
  'act-as-user-extra': 'as-user-extra',
};

type Place =
  | { readonly at: 'top'; readonly field: string; readonly kind: Kind }
  | { readonly at: 'entry'; readonly section: Section; readonly name: string }
  | {
      readonly at: 'field';
      readonly section: Section;
      readonly name: string;
      readonly field: string;
      readonly kind: Kind;
    };

/** An entry's name may hold dots: it ends where a field's name begins, or with the path. */
function placeOf(property: string): Place {
  const [first = '', ...rest] = property.split('.');
  if (first in PART) {
    const section = first as Section;
    const end = rest.findIndex((part, at) => at > 0 && Object.hasOwn(FIELDS[section], part));
    if (end < 0) return { at: 'entry', section, name: rest.join('.') };
    const field = rest[end] ?? '';
    const kind = FIELDS[section][field];
    if (kind === undefined || kind === 'nested' || end < rest.length - 1)
      throw new Failure(`unable to parse one or more field values of ${property}`);
    return { at: 'field', section, name: rest.slice(0, end).join('.'), field, kind };
  }
  const kind = TOP[first];
  if (kind === undefined) throw new Failure(`unable to parse ${property} after [] at api.Config`);
  if (kind === 'nested' || rest.length > 0)
    throw new Failure(`unable to parse one or more field values of ${property}`);
  return { at: 'top', field: first, kind };
}

export const setValue: Leaf = {
  usage: 'PROPERTY_NAME PROPERTY_VALUE',
  summary: 'set one value',
  flags: [bool('set-raw-bytes', 'the value is the bytes themselves, not base64 of them')],
  async run(context, flags) {
    const [property, value, ...more] = flags.args;
    if (property === undefined || value === undefined || more.length > 0)
      throw new Failure(`Unexpected args: [${flags.args.join(' ')}]`);
    const place = placeOf(property);
    if (place.at === 'entry')
      throw new Failure(`can't set a map to a value: ${place.section}.${place.name} has fields of its own`);
    const files = await filesOf(context);
    const holder = holderOf(files, place);
    if (holder === undefined) return;
    const fields = place.at === 'top' ? (holder.config as Fields) : entry(holder.config, place.section, place.name);
    const field = IN_FILES[place.field] ?? place.field;
    fields[field] = parsedValue(place.kind, value, flags);
    if (fields[field] === false) delete fields[field];
    save(holder);
    context.print(`Property ${JSON.stringify(property)} set.\n`);
  },
};

function holderOf(files: readonly ConfigFile[], place: Place): ConfigFile | undefined {
  const has = ({ config }: ConfigFile): boolean =>
    place.at === 'top'
      ? ((config as Fields)[place.field] ?? '') !== ''
      : entriesOf(config, place.section).some(({ name }) => name === place.name);
  return files.find(has) ?? files[0];
}

function entry(config: Kubeconfig, section: Section, name: string): Fields {
  const entries = entriesOf(config, section);
  const part = PART[section];
  const found = entries.find((each) => each.name === name);
  if (found !== undefined) return found[part] as Fields;
  const made: Fields =
    section === 'contexts' ? { cluster: '', user: '' } : section === 'clusters' ? { server: '' } : {};
  config[section] = [...entries, { name, [part]: made }].sort((a, b) => (a.name < b.name ? -1 : 1)) as never;
  return made;
}

function parsedValue(kind: Kind, value: string, flags: FlagSet): unknown {
  switch (kind) {
    case 'bool':
      if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true;
      if (/^(0|f|F|FALSE|false|False)$/.test(value)) return false;
      throw new Failure(`strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
    case 'bytes': {
      if (flags.bool('set-raw-bytes')) return Buffer.from(value).toString('base64');
      const bytes = Buffer.from(value, 'base64');
      if (bytes.toString('base64') === value) return value;
      throw new Failure(`error decoding input value: illegal base64 data at input byte ${illegalAt(value)}`);
    }
    case 'texts':
      throw new Failure('unrecognized slice type. string');
    case 'text':
    case 'nested':
      return value;
  }
}

function illegalAt(value: string): number {
  const at = value.search(/[^A-Za-z0-9+/\r\n]/);
  return at >= 0 ? at : value.length - (value.length % 4);
}

export const unsetValue: Leaf = {
  usage: 'PROPERTY_NAME',
  summary: 'remove one value',
  flags: [],
  async run(context, flags) {
    const property = oneArgument(flags);
    const place = placeOf(property);
    const holder = holderOf(await filesOf(context), place);
    if (holder === undefined) return;
    if (place.at === 'top') delete (holder.config as Fields)[place.field];
    else {
      const entries = entriesOf(holder.config, place.section);
      const found = entries.find(({ name }) => name === place.name);
      if (place.at === 'entry') holder.config[place.section] = entries.filter((each) => each !== found) as never;
      else if (found === undefined) throw new Failure(`current map key \`${place.name}\` is invalid`);
      else delete (found[PART[place.section]] as Fields)[IN_FILES[place.field] ?? place.field];
    }
    save(holder);
    context.print(`Property ${JSON.stringify(property)} unset.\n`);
  },
};
