/**
 * The functions that Kubernetes adds to CEL beyond its standard ones (k8s.io/apiserver/pkg/cel/library): here lists, regex
 * and strings; what has types of its own is in the libraries beside. Patterns run in time that is linear in the text, whoever wrote either.
 */
import type { Environment } from '@marcbachmann/cel-js';
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { RE2JS } from 're2js';
import { messageOf } from '../../../base/errors.ts';
import { registerAddresses } from './address-library.ts';
import { registerFormats } from './format-library.ts';
import { registerQuantities } from './quantity-library.ts';
import { registerSemvers } from './semver-library.ts';
import { registerSets } from './set-library.ts';
import { registerUrls } from './url-library.ts';

/** Compiled patterns remembered; expressions bring few, and data may bring any number. */
const PATTERNS_MAX = 256;
const patterns = new Map<string, RE2JS>();

/** The name that `matches` has once an expression is read: the library's own runs JavaScript's patterns. */
export const LINEAR_MATCHES = 'matchesInLinearTime';

const libraries = [registerQuantities, registerAddresses, registerUrls, registerSemvers, registerFormats, registerSets];

export function registerKubernetesFunctions(environment: Environment): Environment {
  for (const register of libraries) register(environment);
  return environment
    .registerFunction(`string.${LINEAR_MATCHES}(string): bool`, matches)
    .registerFunction('matches(string, string): bool', matches)
    .registerFunction('string.find(string): string', (text: string, pattern: string) => findAll(text, pattern)[0] ?? '')
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) => findAll(text, pattern))
    .registerFunction('string.findAll(string, int): list<string>', (text: string, pattern: string, most: bigint) =>
      most < 0n ? findAll(text, pattern) : findAll(text, pattern).slice(0, Number(most)),
    )
    .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) =>
      text.split(from).join(to),
    )
    .registerFunction(
      'string.replace(string, string, int): string',
      (text: string, from: string, to: string, most: bigint) => replaceSome(text, from, to, Number(most)),
    )
    .registerFunction('string.charAt(int): string', (text: string, index: bigint) => {
      const characters = [...text];
      if (index < 0n || index > BigInt(characters.length)) throw new Error(`index out of range: ${index}`);
      return characters[Number(index)] ?? '';
    })
    .registerFunction('string.reverse(): string', (text: string) => [...text].reverse().join(''))
    .registerFunction('list<dyn>.isSorted(): bool', (list: readonly Comparable[]) =>
      list.every((each, index) => index === 0 || (list[index - 1] ?? each) <= each),
    )
    .registerFunction('list<dyn>.indexOf(dyn): int', (list: readonly unknown[], wanted: unknown) =>
      BigInt(list.map(plain).indexOf(plain(wanted))),
    )
    .registerFunction('list<dyn>.lastIndexOf(dyn): int', (list: readonly unknown[], wanted: unknown) =>
      BigInt(list.map(plain).lastIndexOf(plain(wanted))),
    )
    .registerFunction('list<dyn>.min(): dyn', (list: readonly Comparable[]) => extreme('min', list, (a, b) => a < b))
    .registerFunction('list<dyn>.max(): dyn', (list: readonly Comparable[]) => extreme('max', list, (a, b) => a > b))
    .registerFunction('list<int>.sum(): int', (list: readonly bigint[]) =>
      inRange(
        list.reduce((sum, each) => sum + each, 0n),
        64,
      ),
    )
    .registerFunction(
      'list<uint>.sum(): uint',
      (list: readonly UnsignedInt[]) => new UnsignedInt(list.reduce((sum, each) => sum + BigInt(each.value), 0n)),
    )
    .registerFunction('list<google.protobuf.Duration>.sum(): google.protobuf.Duration', (list: readonly Duration[]) =>
      list.reduce((sum, each) => sum.addDuration(each), new Duration(0n)),
    )
    .registerFunction('list<double>.sum(): double', (list: readonly number[]) =>
      list.reduce((sum, each) => sum + each, 0),
    );
}

/** Unsigned numbers and durations are objects, of which no two are the same: what can be compared in their place. */
function plain(value: unknown): unknown {
  return value instanceof UnsignedInt || value instanceof Duration ? String(value) : value;
}

function inRange(value: bigint, bits: number): bigint {
  if (BigInt.asIntN(bits, value) !== value) throw new Error('integer overflow');
  return value;
}

type Comparable = string | number | bigint | boolean;

function extreme(
  name: string,
  list: readonly Comparable[],
  better: (a: Comparable, b: Comparable) => boolean,
): Comparable {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error(`${name} called on empty list`);
  return rest.reduce((best, each) => (better(each, best) ? each : best), first);
}

function matches(text: string, pattern: string): boolean {
  return compiled(pattern).matcher(text).find();
}

function findAll(text: string, pattern: string): string[] {
  const matcher = compiled(pattern).matcher(text);
  const found: string[] = [];
  while (matcher.find()) found.push(matcher.group() ?? '');
  return found;
}

function replaceSome(text: string, from: string, to: string, most: number): string {
  if (most < 0) return text.split(from).join(to);
  const parts = text.split(from);
  const kept = parts.slice(0, most + 1);
  const rest = parts.slice(most + 1);
  return kept.join(to) + rest.map((part) => from + part).join('');
}

/** Whether a text is a pattern that `matches` can run. */
export function isPattern(text: string): boolean {
  try {
    compiled(text);
    return true;
  } catch {
    return false;
  }
}

function compiled(pattern: string): RE2JS {
  const known = patterns.get(pattern);
  if (known !== undefined) return known;
  let made: RE2JS;
  try {
    made = RE2JS.compile(pattern);
  } catch (thrown) {
    throw new Error(`Illegal regex: ${messageOf(thrown)}`);
  }
  if (patterns.size >= PATTERNS_MAX) patterns.clear();
  patterns.set(pattern, made);
  return made;
}
