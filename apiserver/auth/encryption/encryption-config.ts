/**
 * `--encryption-provider-config`: which resources are kept encrypted, and with what (apiserver.config.k8s.io/v1,
 * EncryptionConfiguration). The first entry that names a resource holds for it.
 */
import type { GroupResource } from '../../machinery/resource-row.ts';
import type { ConfigNode } from '../config-file.ts';
import { aesCbc, aesGcm, secretbox, type ValueCipher } from './value-ciphers.ts';
import { identity, type SealedForm, transformerOf, type ValueTransformer } from './value-transformer.ts';

export interface EncryptionConfig {
  /** Undefined for resources that no entry names: they are kept as they are. */
  transformerFor(resource: GroupResource): ValueTransformer | undefined;
}

interface Entry {
  /** `secrets`, `deployments.apps`, `*.apps`, `*.` (the core group), `*.*`. */
  readonly resources: readonly string[];
  readonly transformer: ValueTransformer;
}

const AES_KEY_BYTES = [16, 24, 32];
const SECRETBOX_KEY_BYTES = [32];

const providers: Readonly<
  Record<string, { sizes: readonly number[]; make(key: Uint8Array): ValueCipher | Promise<ValueCipher> }>
> = {
  aescbc: { sizes: AES_KEY_BYTES, make: aesCbc },
  aesgcm: { sizes: AES_KEY_BYTES, make: aesGcm },
  secretbox: { sizes: SECRETBOX_KEY_BYTES, make: secretbox },
};

/** @throws UsageError with file, field and reason; never with a key */
export async function readEncryptionConfig(node: ConfigNode): Promise<EncryptionConfig> {
  node.only('apiVersion', 'kind', 'resources');
  const items = node.field('resources').items();
  if (items.length === 0) node.field('resources').fail('at least one resources is required');
  const entries: Entry[] = [];
  for (const item of items) entries.push(await readEntry(item));
  return {
    transformerFor: (resource) =>
      entries.find(({ resources }) => resources.some((pattern) => covers(pattern, resource)))?.transformer,
  };
}

async function readEntry(node: ConfigNode): Promise<Entry> {
  node.only('resources', 'providers');
  const list = node.field('resources');
  const resources = list.texts();
  if (resources.length === 0) list.fail('at least one resource is required');
  for (const item of list.items()) judgeResource(item);
  resources.forEach((resource, index) => {
    if (resources.indexOf(resource) !== index) list.fail('the same resource cannot be specified multiple times');
    const masked = resources.some((other) => other !== resource && covers(other, parseResource(resource)));
    if (masked)
      list.fail(
        'using overlapping resources such as secrets and *. in the same list is not allowed: they will be masked',
      );
  });
  const choices = node.field('providers').items();
  if (choices.length === 0) node.field('providers').fail('at least one provider is required');
  const forms: SealedForm[] = [];
  for (const choice of choices) forms.push(...(await readProvider(choice)));
  return { resources, transformer: transformerOf(forms) };
}

function judgeResource(node: ConfigNode): void {
  const text = node.text();
  if (text !== text.toLowerCase()) node.fail('resource name should not contain capital letters');
  if (text === '*')
    node.fail("use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources");
  if (text.startsWith('*.') && text.endsWith('events.k8s.io')) {
    node.fail("events of events.k8s.io are kept as the core group's: use events instead");
  }
  if (text.includes('/')) node.fail('resources without storage of their own cannot be encrypted');
}

/** One provider a list element; each of its keys is a form, the first of which seals. */
async function readProvider(node: ConfigNode): Promise<SealedForm[]> {
  const [name, ...more] = node.names();
  if (name === undefined || more.length > 0) {
    return node.fail('exactly one provider in a list element: split into different elements');
  }
  if (name === 'identity') return [identity];
  const provider = Object.hasOwn(providers, name) ? providers[name] : undefined;
  if (provider === undefined) {
    return node
      .field(name)
      .fail(`is no provider: must be one of ${[...Object.keys(providers), 'identity'].join(', ')}`);
  }
  const keys = node.field(name).field('keys').items();
  if (keys.length === 0) node.field(name).field('keys').fail('at least one key is required');
  const forms: SealedForm[] = [];
  for (const key of keys) {
    key.only('name', 'secret');
    const keyName = key.field('name').text();
    if (keyName === '') key.field('name').fail('is required');
    const bytes = readSecret(key.field('secret'), provider.sizes);
    forms.push({ prefix: `k8s:enc:${name}:v1:${keyName}:`, cipher: await provider.make(bytes) });
  }
  return forms;
}

function readSecret(node: ConfigNode, sizes: readonly number[]): Uint8Array {
  const text = node.text();
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) node.fail('secrets must be base64 encoded');
  const bytes = Buffer.from(text, 'base64');
  if (sizes.includes(bytes.length)) return bytes;
  return node.fail(`secret is not of the expected length, got ${bytes.length}, expected one of [${sizes.join(' ')}]`);
}

function parseResource(text: string): GroupResource {
  const dot = text.indexOf('.');
  return dot < 0 ? { group: '', resource: text } : { group: text.slice(dot + 1), resource: text.slice(0, dot) };
}

function covers(pattern: string, { group, resource }: GroupResource): boolean {
  if (pattern === '*.*') return true;
  const wanted = parseResource(pattern);
  if (wanted.group !== group) return false;
  return wanted.resource === '*' ? pattern.includes('.') : wanted.resource === resource;
}
