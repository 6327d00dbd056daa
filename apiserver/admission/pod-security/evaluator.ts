/** Which checks a level means in a version, and what they find in a pod. */
import { baselineChecks } from './baseline-checks.ts';
import type { Check, CheckedPod, CheckVersion, Violation } from './check.ts';
import type { LevelVersion } from './policy.ts';
import { restrictedChecks } from './restricted-checks.ts';

type Judge = CheckVersion['judge'];

const newestMinor = Math.max(
  ...[...baselineChecks, ...restrictedChecks].flatMap(({ versions }) => versions.map(({ since }) => since)),
);

const judgesOf = new Map<string, readonly Judge[]>();

/** All violations, in the order in which upstream lists them; none for a privileged level. */
export function evaluatePod({ level, version }: LevelVersion, pod: CheckedPod): Violation[] {
  if (level === 'privileged') return [];
  const minor = Math.min(version, newestMinor);
  const key = `${level}:${minor}`;
  const judges = judgesOf.get(key) ?? selectJudges(level, minor);
  judgesOf.set(key, judges);
  return judges.flatMap((judge) => judge(pod) ?? []);
}

function selectJudges(level: 'baseline' | 'restricted', minor: number): Judge[] {
  const baseline = current(baselineChecks, minor);
  if (level === 'baseline') return baseline.map(([, { judge }]) => judge);
  const restricted = current(restrictedChecks, minor);
  const overridden = new Set(restricted.flatMap(([, { overrides }]) => overrides ?? []));
  return [...baseline.filter(([id]) => !overridden.has(id)), ...restricted].map(([, { judge }]) => judge);
}

/** Of each check the version that holds, in the order of ids. */
function current(checks: readonly Check[], minor: number): (readonly [string, CheckVersion])[] {
  return [...checks]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .flatMap(({ id, versions }) => {
      const version = versions.findLast(({ since }) => since <= minor);
      return version === undefined ? [] : [[id, version] as const];
    });
}

/** `privileged (container "a" must not …), host namespaces (hostPID=true)`. */
export function showDetails(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ');
}

export function showReasons(violations: readonly Violation[]): string {
  return violations.map(({ reason }) => reason).join(', ');
}
