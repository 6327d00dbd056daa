/** `semver("1.2.3")` in CEL (k8s.io/apiserver/pkg/cel/library/semverlib.go). */
import type { Environment } from '@marcbachmann/cel-js';

const TYPE = 'kubernetes.Semver';

class Semver {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly prerelease: readonly string[];

  constructor(numbers: readonly [bigint, bigint, bigint], prerelease: readonly string[]) {
    this.numbers = numbers;
    this.prerelease = prerelease;
  }
}

export function registerSemvers(environment: Environment): void {
  const valid = (text: string): boolean => typeof parse(text) !== 'string';
  environment
    .registerType(TYPE, Semver)
    .registerFunction(`semver(string): ${TYPE}`, mustParse)
    .registerFunction(`semver(string, bool): ${TYPE}`, (text: string, normalize: boolean) =>
      mustParse(normalize ? normalized(text) : text),
    )
    .registerFunction('isSemver(string): bool', valid)
    .registerFunction('isSemver(string, bool): bool', (text: string, normalize: boolean) =>
      valid(normalize ? normalized(text) : text),
    )
    .registerFunction(`${TYPE}.isGreaterThan(${TYPE}): bool`, (a: Semver, b: Semver) => compare(a, b) > 0)
    .registerFunction(`${TYPE}.isLessThan(${TYPE}): bool`, (a: Semver, b: Semver) => compare(a, b) < 0)
    .registerFunction(`${TYPE}.compareTo(${TYPE}): int`, (a: Semver, b: Semver) => BigInt(compare(a, b)))
    .registerFunction(`${TYPE}.major(): int`, ({ numbers }: Semver) => numbers[0])
    .registerFunction(`${TYPE}.minor(): int`, ({ numbers }: Semver) => numbers[1])
    .registerFunction(`${TYPE}.patch(): int`, ({ numbers }: Semver) => numbers[2])
    .registerOperator(`${TYPE} == ${TYPE}`, (a: Semver, b: Semver) => compare(a, b) === 0);
}

function mustParse(text: string): Semver {
  const version = parse(text);
  if (typeof version === 'string') throw new Error(version);
  return version;
}

/** Or what is wrong with it, in the words of the library that Kubernetes uses. */
function parse(text: string): Semver | string {
  if (text === '') return 'Version string empty';
  const [core = ''] = /^[^-+]*/.exec(text) ?? [];
  const parts = core.split('.');
  if (parts.length !== 3) return 'No Major.Minor.Patch elements found';
  const labels = ['major', 'minor', 'patch'];
  for (const [index, part] of parts.entries()) {
    const shown = JSON.stringify(part);
    if (!/^\d+$/.test(part)) return `Invalid character(s) found in ${labels[index]} number ${shown}`;
    if (/^0\d/.test(part)) return `${capital(labels[index])} number must not contain leading zeroes ${shown}`;
  }
  const match = /^(?:-([^+]*))?(?:\+(.*))?$/s.exec(text.slice(core.length));
  const prerelease = match?.[1]?.split('.') ?? [];
  for (const part of prerelease) {
    if (part === '') return 'Prerelease is empty';
    if (!/^[0-9A-Za-z-]+$/.test(part)) return `Invalid character(s) found in prerelease ${JSON.stringify(part)}`;
    if (/^0\d+$/.test(part))
      return `Numeric PreRelease version must not contain leading zeroes ${JSON.stringify(part)}`;
  }
  for (const part of match?.[2]?.split('.') ?? []) {
    if (part === '') return 'Build meta data is empty';
    if (!/^[0-9A-Za-z-]+$/.test(part)) return `Invalid character(s) found in build meta data ${JSON.stringify(part)}`;
  }
  const [major = '0', minor = '0', patch = '0'] = parts;
  return new Semver([BigInt(major), BigInt(minor), BigInt(patch)], prerelease);
}

function capital(text = ''): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Without a `v`, with all three numbers and without their leading zeros: `v01.2` is `1.2.0`. */
function normalized(text: string): string {
  const [core = ''] = /^[^-+]*/.exec(text.replace(/^v/, '')) ?? [];
  const rest = text.replace(/^v/, '').slice(core.length);
  const parts = core.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  if (rest === '') while (parts.length < 3) parts.push('0');
  return parts.join('.') + rest;
}

/** Semver 2.0.0's precedence: build metadata does not count. */
function compare(a: Semver, b: Semver): number {
  for (const index of [0, 1, 2] as const) {
    if (a.numbers[index] !== b.numbers[index]) return a.numbers[index] < b.numbers[index] ? -1 : 1;
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0) {
    return Math.sign(b.prerelease.length - a.prerelease.length);
  }
  for (let index = 0; index < Math.max(a.prerelease.length, b.prerelease.length); index++) {
    const [mine, other] = [a.prerelease[index], b.prerelease[index]];
    if (mine === undefined || other === undefined) return mine === undefined ? -1 : 1;
    if (mine === other) continue;
    const [mineIsNumber, otherIsNumber] = [/^\d+$/.test(mine), /^\d+$/.test(other)];
    if (mineIsNumber && otherIsNumber) return BigInt(mine) < BigInt(other) ? -1 : 1;
    if (mineIsNumber !== otherIsNumber) return mineIsNumber ? -1 : 1;
    return mine < other ? -1 : 1;
  }
  return 0;
}
