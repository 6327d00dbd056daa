/**
 * What kube-apiserver 1.36 refused: valid objects (`fuzz/valid-objects.ts`) of every kind, each with one field set to
 * something else, and the answers, one line each in `refusals.golden`.
 */
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyValue } from '../../apiserver/machinery/copy-value.ts';
import { startBuiltin } from './builtin-server.ts';
import { validObjects } from './fuzz/valid-objects.ts';
import type { Fixture } from './machinery/server-fixture.ts';

interface Refusal {
  readonly resource: string;
  readonly path: string;
  /** The field that is set, and to what. */
  readonly set: readonly (string | number)[];
  readonly to: unknown;
  readonly code: number;
  /** Field, reason and message of each cause; absent for what has none. */
  readonly causes?: readonly (readonly string[])[];
  readonly message?: string;
}

type Fields = Record<string | number, unknown>;

function sent({ resource, path, set, to }: Refusal): object {
  const [, group = '', version = ''] = /^\/(?:api|apis\/([^/]+))\/([^/]+)/.exec(path) ?? [];
  const valid = copyValue(validObjects[resource] ?? {}) as { metadata?: object };
  const body = { apiVersion: group === '' ? version : `${group}/${version}`, ...valid };
  const object: Fields = { ...body, metadata: { name: 'f', ...valid.metadata } };
  let place = object;
  for (const [index, key] of set.slice(0, -1).entries()) {
    if (typeof place[key] !== 'object' || place[key] === null)
      place[key] = typeof set[index + 1] === 'number' ? [] : {};
    place = place[key] as Fields;
  }
  place[set.at(-1) ?? ''] = to;
  return object;
}

function grouped(): [string, Refusal[]][] {
  const groups = new Map<string, Refusal[]>();
  const lines = fs
    .readFileSync(new URL('refusals.golden', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  for (const each of lines.map((line) => JSON.parse(line) as Refusal)) {
    const key = `${each.resource} at ${each.path}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups];
}

describe('refusals', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startBuiltin();
    await fixture.call('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
  });
  afterAll(() => fixture.close());

  it.each(grouped())('V5 of %s are told as kube-apiserver tells them', async (_, refusals) => {
    for (const refusal of refusals) {
      const { code, body } = await fixture.call('POST', refusal.path, sent(refusal));
      const causes = (body as { details?: { causes?: { field?: string; reason?: string; message?: string }[] } })
        .details?.causes;
      const told = causes?.map(({ field, reason, message }) => [field, reason, message]);
      const label = `${refusal.set.join('.')} = ${JSON.stringify(refusal.to)}`;
      if (refusal.causes !== undefined) expect([code, told], label).toEqual([refusal.code, refusal.causes]);
      else expect([code, body.message], label).toEqual([refusal.code, refusal.message]);
    }
  });
});
