/** Random changes to requests: to values, to JSON text, to paths, queries and media types. */
import { isRecord } from '../../../apiserver/machinery/copy-value.ts';
import type { TypeNode } from '../../../apiserver/machinery/type-nodes.ts';
import type { Random } from '../../../base/random.ts';

const STRINGS = [
  '',
  ' ',
  'a',
  'A',
  'a.b',
  'a/b',
  '-a',
  'a_b',
  '..',
  '.',
  '*',
  '%',
  '$(A)',
  '{{',
  '\0',
  '\n',
  'ä',
  '\u{1f600}',
  '\ud800',
  'x'.repeat(64),
  'x'.repeat(254),
  'x'.repeat(5000),
  '10.0.0.1',
  '::1',
  '10.0.0.0/8',
  '10.0.0.1/8',
  '300.1.1.1',
  '80',
  '1Gi',
  '1e3',
  '-1',
  '1.5',
  '0x10',
  '1e400',
  '10%',
  '-10%',
  '101%',
  'Inf',
  'NaN',
  'true',
  'null',
  'TCP',
  'None',
  'Always',
  '2026-01-31T12:00:00Z',
  '2026-13-31T12:00:00Z',
  '2026-01-31T12:00:00.000000Z',
  '* * * * *',
  '@every 5s',
  'AAE=',
  '_',
  'kubernetes.io/x',
  'constructor',
  '__proto__',
  'hasOwnProperty',
  '/',
  '//',
  '/../..',
  'http://a',
  '[a',
  '(',
  '\\',
];
const NUMBERS = [
  0, -0, 1, -1, 2, 80, 443, 65535, 65536, 1e9, 2147483647, 2147483648, -2147483649, 9007199254740991, 1e19, 1e308, 0.5,
  -1.5, 5e-324,
];
const KEYS = [
  '__proto__',
  'constructor',
  'toString',
  'metadata',
  'name',
  'spec',
  'status',
  'kind',
  'items',
  '',
  'x',
  '$patch',
  '$setElementOrder/containers',
  '$retainKeys',
  '$deleteFromPrimitiveList/finalizers',
];
const DIRECTIVES = ['replace', 'delete', 'merge', 'nonsense', ['a', 1], { a: null }];

export class Mutations {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  one<T>(choices: readonly T[]): T {
    return choices[this.#random.below(choices.length)] as T;
  }

  chance(part: number): boolean {
    return this.#random.next() < part;
  }

  below(max: number): number {
    return this.#random.below(max);
  }

  /** Any JSON value. */
  anything(depth = 0): unknown {
    switch (this.below(depth > 3 ? 5 : 8)) {
      case 0:
        return null;
      case 1:
        return this.chance(0.5);
      case 2:
        return this.one(NUMBERS);
      case 3:
      case 4:
        return this.one(STRINGS);
      case 5:
      case 6:
        return Array.from({ length: this.below(4) }, () => this.anything(depth + 1));
      default:
        return Object.fromEntries(
          Array.from({ length: this.below(4) }, () => [
            this.one(this.chance(0.5) ? KEYS : STRINGS),
            this.anything(depth + 1),
          ]),
        );
    }
  }

  /** A copy with `times` changes at random places. */
  changed(value: unknown, times: number): unknown {
    const copy: unknown = structuredClone(value);
    for (let time = 0; time < times; time++) this.#change(copy);
    return copy;
  }

  #change(value: unknown): void {
    if (Array.isArray(value)) {
      const at = this.below(value.length + 1);
      const item: unknown = value[at];
      if (typeof item === 'object' && item !== null && this.chance(0.85)) this.#change(item);
      else if (this.chance(0.3)) value.splice(at, 1);
      else if (this.chance(0.4) && value.length > 0) value.push(structuredClone(this.one(value)));
      else value[at] = this.anything();
      return;
    }
    if (!isRecord(value)) return;
    const keys = Object.keys(value);
    const key = keys.length === 0 || this.chance(0.05) ? this.one(KEYS) : this.one(keys);
    const inner = Object.hasOwn(value, key) ? value[key] : undefined;
    if (typeof inner === 'object' && inner !== null && this.chance(0.85)) this.#change(inner);
    else if (this.chance(0.25)) delete value[key];
    else if (this.chance(0.1)) this.#extend(value);
    else if (typeof inner === 'string' && this.chance(0.6)) value[key] = this.one(STRINGS);
    else if (typeof inner === 'number' && this.chance(0.6)) value[key] = this.one(NUMBERS);
    else this.#define(value, key, this.anything());
  }

  #extend(value: object): void {
    if (this.chance(0.5)) this.#define(value, this.one(['$patch', '$retainKeys']), this.one(DIRECTIVES));
    else this.#define(value, this.one(KEYS), this.anything());
  }

  #define(target: object, key: string, value: unknown): void {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  }

  /** A value of a type, mostly: deep enough to reach most rules of a kind. */
  ofType(type: TypeNode, depth = 0): unknown {
    if (this.chance(0.02)) return this.anything();
    switch (type.kind) {
      case 'list':
        return Array.from({ length: depth > 7 ? 0 : this.below(3) }, () => this.ofType(type.item, depth + 1));
      case 'map':
        return Object.fromEntries(
          Array.from({ length: depth > 7 ? 0 : this.below(3) }, () => [
            this.one(STRINGS),
            this.ofType(type.value, depth + 1),
          ]),
        );
      case 'struct': {
        const share = depth < 2 ? 0.9 : depth < 4 ? 0.35 : 0.15;
        const fields = [...type.fields.values()].filter(
          ({ name, required }) =>
            (required || this.chance(share)) && name !== 'apiVersion' && name !== 'kind' && depth < 12,
        );
        return Object.fromEntries(fields.map(({ name, type: inner }) => [name, this.ofType(inner, depth + 1)]));
      }
      case 'scalar':
        switch (type.scalar) {
          case 'boolean':
            return this.chance(0.5);
          case 'int32':
          case 'int64':
          case 'double':
            return this.chance(0.5) ? this.below(100) : this.one(NUMBERS);
          case 'int-or-string':
            return this.chance(0.5) ? this.one(NUMBERS) : this.one(STRINGS);
          case 'any':
            return this.anything();
          case 'time':
          case 'micro-time':
            return this.chance(0.7) ? '2026-01-31T12:00:00Z' : this.one(STRINGS);
          case 'quantity':
            return this.chance(0.7) ? this.one(['1', '100m', '1Gi', '1e3', 5]) : this.one(STRINGS);
          case 'bytes':
            return this.chance(0.7) ? 'AAE=' : this.one(STRINGS);
          case 'string':
            return this.one(STRINGS);
        }
    }
  }

  /** Text with some characters other, gone, or twice. */
  garbled(text: string): string {
    let garbled = text;
    for (let times = this.below(3) + 1; times > 0; times--) {
      const at = this.below(garbled.length + 1);
      const middle = this.one([
        '',
        '"',
        '{',
        '}',
        '[',
        ',',
        ':',
        '0',
        '\\',
        '\u0000',
        '\t',
        'é',
        garbled.slice(at, at + 20),
        '[[[[[[',
      ]);
      garbled = garbled.slice(0, at) + middle + garbled.slice(at + this.below(4));
    }
    return garbled;
  }

  /** Operations of a JSON patch against `object`. */
  jsonPatch(object: unknown): unknown {
    const operations = Array.from({ length: this.below(4) }, () => ({
      op: this.one(['add', 'remove', 'replace', 'move', 'copy', 'test', 'nonsense']),
      path: this.#pointer(object),
      from: this.#pointer(object),
      value: this.anything(),
    }));
    return this.chance(0.9) ? operations : this.anything();
  }

  #pointer(object: unknown): string {
    let pointer = '';
    let value = object;
    while (typeof value === 'object' && value !== null && (pointer === '' || this.chance(0.7))) {
      const keys = Object.keys(value);
      const key = keys.length === 0 || this.chance(0.1) ? this.one([...STRINGS, '-', '~', '0', '99']) : this.one(keys);
      pointer += `/${this.chance(0.95) ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key}`;
      value = (value as Record<string, unknown>)[key];
    }
    return this.chance(0.97) ? pointer : this.one(STRINGS);
  }

  query(first: '?' | '&'): string {
    const pairs: string[] = [];
    while (this.chance(0.5)) {
      const name = this.one(Object.keys(QUERIES));
      const value = this.chance(0.8) ? this.one(QUERIES[name] ?? ['']) : this.one(STRINGS).replaceAll('\ud800', '');
      pairs.push(this.chance(0.95) ? `${name}=${encodeURIComponent(value)}` : `${name}=${value}`);
    }
    return pairs.length === 0 ? '' : `${first}${pairs.join(this.one(['&', '&', '&', ';', '&&']))}`;
  }

  path(path: string): string {
    const parts = path.split('/');
    const at = 1 + this.below(parts.length - 1);
    const replaced = this.one([
      ...STRINGS.slice(0, 24),
      '%2F',
      '%00',
      '%zz',
      '%ff',
      'pods',
      'status',
      'scale',
      'namespaces',
      'watch',
      'v1',
    ]);
    if (this.chance(0.3)) parts.splice(at, 1);
    else if (this.chance(0.5)) parts.splice(at, 0, replaced);
    else parts[at] = replaced;
    return parts.join('/').replaceAll('\ud800', '');
  }

  mediaType(): string {
    return this.one([
      'application/json',
      'application/yaml',
      'application/json;as=Table;v=v1;g=meta.k8s.io',
      'text/html',
      '*/*',
      '',
      'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
      'application/vnd.kubernetes.protobuf',
      ';',
      'a',
      'a/b;c',
      'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io, */*;q=0',
      'application/json;q=x',
      'application/*',
      'application/merge-patch+json',
      'application/json-patch+json',
      'application/strategic-merge-patch+json',
      'application/apply-patch+yaml',
      'application/json; charset=utf-8',
      'application/json;;',
      '"',
      'x'.repeat(5000),
    ]);
  }
}

const QUERIES: Readonly<Record<string, readonly string[]>> = {
  dryRun: ['All', 'All', 'all', ''],
  fieldManager: ['me', 'x'.repeat(129), '\u0001'],
  fieldValidation: ['Strict', 'Warn', 'Ignore', 'strict'],
  force: ['true', 'false', 'x'],
  labelSelector: ['app=a', 'a in (b,c)', '!a', 'a>1', 'a==b,c!=d', 'a,', '(', 'x in ()'],
  fieldSelector: ['metadata.name=a', 'status.phase!=Running', 'spec.nodeName=', 'a=b=c', 'metadata.namespace=default'],
  limit: ['1', '2', '0', '-1', '500', '9999999999999'],
  continue: ['x', 'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6NSwic3RhcnQiOiJhXHUwMDAwIn0', ''],
  resourceVersion: ['0', '1', '5', '99999999', '-1', '18446744073709551616'],
  resourceVersionMatch: ['Exact', 'NotOlderThan', 'x'],
  timeoutSeconds: ['1', '0', '-1', '99999999999'],
  allowWatchBookmarks: ['true', 'false', '1', 'x'],
  sendInitialEvents: ['true', 'false', 'x'],
  watch: ['true', '1', 'false', 'x'],
  pretty: ['true', 'false'],
  gracePeriodSeconds: ['0', '30', '-1'],
  propagationPolicy: ['Foreground', 'Background', 'Orphan', 'x'],
  orphanDependents: ['true', 'x'],
  includeObject: ['None', 'Metadata', 'Object', 'x'],
  timeout: ['1s', '0', '-5s', '1h', 'x'],
  container: ['c'],
  tailLines: ['5', '-1'],
  path: ['/x'],
};
