/** What was created lately, by name, and by whom. Pure: the server reads it from its ring, the page from what it holds. */
import type { Moment, SystemMoment } from './moment.ts';

export interface Written {
  readonly target: { readonly resource: string; readonly namespace?: string; readonly name: string };
  readonly atMs: number;
  /** Empty when whoever asked for it is not among the moments. */
  readonly user: string;
}

/** What is made all the time, or is about another object. */
const BOOKKEEPING = /^(events|leases|endpoint|controllerrev|faults)/;

/** @param wanted part of the name; '' finds all */
export function recentWrites(
  newestFirst: Iterable<SystemMoment | Moment>,
  wanted: string,
  max: number,
): readonly Written[] {
  const found = new Map<string, Written>();
  const users = new Map<string, string>();
  for (const moment of newestFirst) {
    if (moment.type === 'api.request') users.set(moment.request, moment.user);
    if (moment.type !== 'api.write' || moment.change !== 'create') continue;
    const { resource, namespace, name, atMs, request = '' } = moment;
    if (BOOKKEEPING.test(resource) || !name.includes(wanted)) continue;
    const target = { resource, name, ...(namespace === undefined ? {} : { namespace }) };
    const key = `${resource} ${namespace ?? ''} ${name}`;
    if (!found.has(key)) found.set(key, { target, atMs, user: users.get(request) ?? '' });
    if (found.size >= max) break;
  }
  return [...found.values()];
}
