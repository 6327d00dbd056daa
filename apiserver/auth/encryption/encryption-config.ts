/**
 * `--encryption-provider-config`: which resources are kept encrypted, and with what (apiserver.config.k8s.io/v1,
 * EncryptionConfiguration). The first entry that names a resource holds for it.
 */
import { parseDuration } from '../../../base/duration.ts';
import type { GroupResource } from '../../machinery/resource-row.ts';
import type { ConfigNode } from '../config-file.ts';
import type { KmsProvider } from './kms/kms-provider.ts';
import { aesCbc, aesGcm, secretbox, type ValueCipher } from './value-ciphers.ts';
import { identity, type SealedForm, transformerOf, type ValueTransformer } from './value-transformer.ts';

export interface EncryptionConfig {
  /** Of a resource that no entry names: its values are kept as they are, and what is encrypted cannot be read. */
  transformerFor(resource: GroupResource): ValueTransformer;
  /** The plugins that it names, not started yet. */
  readonly kms: readonly KmsProvider[];
}

export interface KmsPlan {
  readonly name: string;
  /** `unix:///run/kms.sock` */
  readonly endpoint: string;
  readonly timeoutMs: number;
}

export type MakeKmsProvider = (plan: KmsPlan) => KmsProvider;

interface Reading {
  readonly makeKms: MakeKmsProvider;
  readonly kms: KmsProvider[];
}

const AES_KEY_BYTES = [16, 24, 32];
const SECRETBOX_KEY_BYTES = [32];
const KMS_TIMEOUT_MS = 3000;
const PROVIDERS = ['kms', 'aesgcm', 'aescbc', 'secretbox', 'identity'];

const providers: Readonly<
  Record<string, { sizes: readonly number[]; make(key: Uint8Array): ValueCipher | Promise<ValueCipher> }>
> = {
  aescbc: { sizes: AES_KEY_BYTES, make: aesCbc },
  aesgcm: { sizes: AES_KEY_BYTES, make: aesGcm },
  secretbox: { sizes: SECRETBOX_KEY_BYTES, make: secretbox },
};

const asItIs = transformerOf([identity]);

/** @throws UsageError with file, field and reason; never with a key */
export async function readEncryptionConfig(node: ConfigNode, makeKms: MakeKmsProvider): Promise<EncryptionConfig> {
  node.only('apiVersion', 'kind', 'resources');
  const items = node.field('resources').items();
  if (items.length === 0) node.field('resources').fail('at least one resources is required');
  const reading: Reading = { makeKms, kms: [] };
  // `secrets`, `deployments.apps`, `*.apps`, `*.` (the core group), `*.*`: what several entries say of one counts in turn.
  const formsOf = new Map<string, SealedForm[]>();
  for (const item of items) {
    const { resources, forms } = await readEntry(item, reading);
    for (const resource of resources) {
      const text = resource.text();
      const earlier = [...formsOf.keys()].find(
        (pattern) => (pattern === '*.*' || pattern.startsWith('*.')) && covers(pattern, parseResource(text)),
      );
      if (earlier !== undefined) {
        resource.fail(`resource ${JSON.stringify(text)} is masked by earlier rule ${JSON.stringify(earlier)}`);
      }
      formsOf.set(text, [...(formsOf.get(text) ?? []), ...forms]);
    }
  }
  const transformers = new Map([...formsOf].map(([pattern, forms]) => [pattern, transformerOf(forms)]));
  return {
    kms: reading.kms,
    transformerFor({ group, resource }) {
      const exact = group === '' ? resource : `${resource}.${group}`;
      return transformers.get(exact) ?? transformers.get(`*.${group}`) ?? transformers.get('*.*') ?? asItIs;
    },
  };
}

async function readEntry(
  node: ConfigNode,
  reading: Reading,
): Promise<{ resources: readonly ConfigNode[]; forms: readonly SealedForm[] }> {
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
  for (const choice of choices) forms.push(...(await readProvider(choice, reading)));
  return { resources: list.items(), forms };
}

function judgeResource(node: ConfigNode): void {
  const text = node.text();
  if (text !== text.toLowerCase()) node.fail('resource name should not contain capital letters');
  if (text === '*')
    node.fail("use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources");
  if (['apiserveripinfo', 'serviceipallocations', 'servicenodeportallocations'].includes(text) || text.includes('/')) {
    node.fail('resources which do not have REST API/s cannot be encrypted');
  }
  const { group, resource } = parseResource(text);
  if (group === 'events.k8s.io') {
    node.fail(
      "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file",
    );
  }
  if (group === 'extensions') node.fail("'extensions' group has been removed and cannot be used for encryption");
  if (group === '*' && resource !== '*') node.fail('encrypting the same resource across groups is not supported');
}

/** One provider a list element; each of its keys is a form, the first of which seals. */
async function readProvider(node: ConfigNode, reading: Reading): Promise<SealedForm[]> {
  const [name, ...more] = node.names();
  if (name === undefined) {
    return node.fail(
      'provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity',
    );
  }
  if (more.length > 0) {
    return node.fail('more than one provider specified in a single element, should split into different list elements');
  }
  if (name === 'identity') return [identity];
  if (name === 'kms') return [readKms(node.field(name), reading)];
  const provider = Object.hasOwn(providers, name) ? providers[name] : undefined;
  if (provider === undefined) {
    return node.field(name).fail(`is no provider: must be one of ${PROVIDERS.join(', ')}`);
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

/** Which version is meant when none is said is v1, which is no more. */
function readKms(node: ConfigNode, { makeKms, kms }: Reading): SealedForm {
  node.only('apiVersion', 'name', 'cachesize', 'endpoint', 'timeout');
  const version = node.field('apiVersion').optionalText() ?? 'v1';
  const name = node.field('name').text();
  if (name === '') node.field('name').fail('name is a mandatory field for a provider');
  if (version !== 'v1' && version !== 'v2') {
    node.field('apiVersion').fail(`unsupported apiVersion ${version} for KMS provider, only v1 and v2 are supported`);
  }
  const timeoutMs = readTimeout(node.field('timeout'));
  const endpoint = readEndpoint(node.field('endpoint'));
  if (version === 'v1') {
    node
      .field('apiVersion')
      .fail(
        `KMS provider ${name} is of version v1: KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 instead (apiVersion: v2)`,
      );
  }
  if (name.includes(':')) node.field('name').fail(`invalid KMS provider name ${name}, must not contain ':'`);
  if (kms.some((other) => other.name === name)) {
    node.field('name').fail(`duplicate KMS provider name ${name}, names must be unique`);
  }
  if (node.field('cachesize').present) node.field('cachesize').fail('cachesize is not supported in v2');
  const cipher = makeKms({ name, endpoint, timeoutMs });
  kms.push(cipher);
  return { prefix: `k8s:enc:kms:v2:${name}:`, cipher };
}

function readTimeout(node: ConfigNode): number {
  const text = node.optionalText();
  if (text === undefined) return KMS_TIMEOUT_MS;
  const ms = parseDuration(text);
  if (ms === undefined) return node.fail('must be a duration such as 3s or 1m30s');
  return ms > 0 ? ms : node.fail('timeout should be a positive value');
}

function readEndpoint(node: ConfigNode): string {
  const endpoint = node.optionalText() ?? '';
  if (endpoint === '') node.fail('endpoint is a mandatory field for a kms');
  if (!URL.canParse(endpoint)) node.fail(`invalid endpoint for kms provider: ${endpoint} is no URL`);
  const scheme = new URL(endpoint).protocol.slice(0, -1);
  return scheme === 'unix'
    ? endpoint
    : node.fail(`unsupported scheme "${scheme}" for KMS provider, only unix is supported`);
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
