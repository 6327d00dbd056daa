/**
 * Whether a user's roles together permit an access to a range. Permissions that touch or overlap count as one: a range
 * may be covered by several.
 */
import type { ByteString } from '../../../base/bytes.ts';
import type { AuthState, Permission, User } from './auth-state.ts';

interface Interval {
  readonly start: ByteString;
  /** undefined: no end. */
  readonly end: ByteString | undefined;
}

export function permits(
  state: AuthState,
  user: User,
  access: 'read' | 'write',
  key: ByteString,
  rangeEnd: ByteString | undefined,
): boolean {
  const granted = state.roles
    .filter((role) => user.roles.includes(role.name))
    .flatMap((role) => role.permissions)
    .filter((permission) => permission.access === access || permission.access === 'readwrite')
    .map(intervalOf);
  return covers(granted, intervalOf({ key, rangeEnd: rangeEnd ?? '' }));
}

function intervalOf({ key, rangeEnd }: Pick<Permission, 'key' | 'rangeEnd'>): Interval {
  if (rangeEnd === '') return { start: key, end: `${key}\0` };
  return { start: key, end: rangeEnd === '\0' ? undefined : rangeEnd };
}

/** Walks from the start of what is wanted as far as the granted intervals carry. */
function covers(granted: readonly Interval[], { start, end }: Interval): boolean {
  let reached = start;
  const byStart = [...granted].sort((a, b) => (a.start < b.start ? -1 : 1));
  for (const interval of byStart) {
    if (interval.start > reached) return false;
    if (interval.end === undefined) return true;
    if (interval.end > reached) reached = interval.end;
    if (end !== undefined && reached >= end) return true;
  }
  return false;
}
