/**
 * One user floods a server, another asks now and then. Counted is not time, which depends on the machine, but how many of
 * the flood's requests are answered between the other's question and its answer.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FairFlowControl } from '../../../../apiserver/auth/flow-control/flow-control.ts';
import { DEFAULT_SEATS } from '../../../../apiserver/auth/security.ts';
import type { UserInfo } from '../../../../apiserver/machinery/resource-row.ts';
import { makeBuiltinRows } from '../../../../apiserver/resources/all.ts';
import { systemClock } from '../../../../base/system.ts';
import { type Fixture, startServer } from '../../machinery/server-fixture.ts';
import { userOf } from './flow-requests.ts';

const FLOODING = 200;
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

const users: Readonly<Record<string, UserInfo>> = { noisy: userOf('noisy'), calm: userOf('calm') };
let fixture: Fixture;

beforeAll(async () => {
  fixture = await startServer(makeBuiltinRows(), {
    clock: systemClock,
    flowControl: new FairFlowControl({ clock: systemClock, seats: DEFAULT_SEATS }),
    authenticator: { authenticate: ({ headers }) => users[headers['x-user'] ?? ''] },
  });
});
afterAll(() => fixture.close());

describe('a flood', () => {
  it.each([
    ['list', 200, () => ['GET', CONFIG_MAPS] as const],
    [
      'create',
      201,
      (user: string, n: number) => ['POST', CONFIG_MAPS, { metadata: { name: `${user}-${n}` } }] as const,
    ],
  ])('O5 does not hold up another user (%s)', async (_, expected, requestOf) => {
    let flooding = true;
    let answered = 0;
    let n = 0;
    const ask = async (user: string): Promise<void> => {
      const [method, path, body] = requestOf(user, n++);
      const { code } = await fixture.call(method, path, body, { 'x-user': user });
      if (user === 'noisy') answered++;
      expect(code).toBe(expected);
    };
    const flood = Array.from({ length: FLOODING }, async () => {
      while (flooding) await ask('noisy');
    });
    const between: number[] = [];
    for (let question = 0; question < 30; question++) {
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      const before = answered;
      await ask('calm');
      between.push(answered - before);
    }
    flooding = false;
    await Promise.all(flood);
    // Those that were begun with it in one turn, and a few of the next; without turns it is all the 200. Now and then the
    // machine stops for a moment in the middle of a question, and charges that to whoever asked it.
    expect(between.filter((others) => others > 12).length).toBeLessThanOrEqual(3);
    expect(answered).toBeGreaterThan(FLOODING);
  });
});
