/**
 * Which Pod Security Standard holds in a namespace: three modes, each a level and the version in whose words it is
 * meant, read from the namespace's labels (k8s.io/pod-security-admission/api).
 */
import { FieldErrors } from '../../machinery/field-errors.ts';

export type Level = 'privileged' | 'baseline' | 'restricted';
export type Mode = 'enforce' | 'audit' | 'warn';

/** The minor version of Kubernetes 1.x; Infinity is `latest`. */
export type PolicyVersion = number;

export interface LevelVersion {
  readonly level: Level;
  readonly version: PolicyVersion;
}

export type Policy = Readonly<Record<Mode, LevelVersion>>;

const LEVELS: readonly Level[] = ['privileged', 'baseline', 'restricted'];
const PREFIX = 'pod-security.kubernetes.io/';

export const LATEST: PolicyVersion = Number.POSITIVE_INFINITY;
export const privileged: LevelVersion = { level: 'privileged', version: LATEST };

/** Kubernetes' own default: nothing is forbidden where nothing is said. */
export const defaultPolicy: Policy = { enforce: privileged, audit: privileged, warn: privileged };

export function labelOf(mode: Mode, part: 'level' | 'version'): string {
  return `${PREFIX}${mode}${part === 'level' ? '' : '-version'}`;
}

/** `restricted:latest`, `baseline:v1.25`. */
export function showLevel({ level, version }: LevelVersion): string {
  return `${level}:${version === LATEST ? 'latest' : `v1.${version}`}`;
}

/** Negative when `a` is less strict than `b`. */
export function compareLevels(a: Level, b: Level): number {
  return LEVELS.indexOf(a) - LEVELS.indexOf(b);
}

export function sameLevel(a: LevelVersion, b: LevelVersion): boolean {
  return a.level === b.level && a.version === b.version;
}

export function fullyPrivileged(policy: Policy): boolean {
  return Object.values(policy).every(({ level }) => level === 'privileged');
}

export function parseLevel(text: string): Level | undefined {
  return LEVELS.find((level) => level === text);
}

export function parseVersion(text: string): PolicyVersion | undefined {
  if (text === 'latest') return LATEST;
  const minor = /^v1\.(0|[1-9][0-9]{0,8})$/.exec(text)?.[1];
  return minor === undefined ? undefined : Number(minor);
}

/**
 * The policy that labels ask for; there is always one. A label that cannot be read is an error, and is taken for the
 * strictest where it would be enforced and for nothing where it would only be said.
 */
export function policyOf(
  labels: Readonly<Record<string, string>>,
  defaults: Policy,
): { policy: Policy; errors: FieldErrors } {
  const errors = new FieldErrors();
  const read = (mode: Mode): { found: LevelVersion; saysLevel: boolean; saysVersion: boolean; valid: boolean } => {
    const levelText = labels[labelOf(mode, 'level')];
    const versionText = labels[labelOf(mode, 'version')];
    let { level, version } = defaults[mode];
    const parsed = levelText === undefined ? undefined : parseLevel(levelText);
    if (levelText !== undefined) {
      level = parsed ?? (mode === 'enforce' ? 'restricted' : 'privileged');
      if (parsed === undefined) complain(errors, mode, 'level', levelText);
    }
    if (versionText !== undefined) {
      const parsedVersion = parseVersion(versionText);
      version = parsedVersion ?? LATEST;
      if (parsedVersion === undefined) complain(errors, mode, 'version', versionText);
    }
    return {
      found: { level, version },
      saysLevel: levelText !== undefined,
      saysVersion: versionText !== undefined,
      valid: parsed !== undefined,
    };
  };
  const [enforce, audit, warn] = [read('enforce'), read('audit'), read('warn')];
  let warned = warn.found;
  // Who enforces more than is warned of is warned of what will be enforced on pod templates.
  if (!warn.saysLevel && enforce.valid && compareLevels(enforce.found.level, warned.level) > 0) {
    warned = {
      level: enforce.found.level,
      version: warn.saysVersion ? warned.version : enforce.found.version,
    };
  }
  return { policy: { enforce: enforce.found, audit: audit.found, warn: warned }, errors };
}

function complain(errors: FieldErrors, mode: Mode, part: 'level' | 'version', value: string): void {
  errors.invalid(
    `metadata.labels[${labelOf(mode, part)}]`,
    value,
    part === 'level' ? `must be one of ${LEVELS.join(', ')}` : 'must be "latest" or "v1.x"',
  );
}
