/** Flow control on a server that stores priority levels and flow schemas (plain rows stand in for theirs). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLOW_GROUP } from '../../../../apiserver/auth/flow-control/default-flows.ts';
import { FairFlowControl } from '../../../../apiserver/auth/flow-control/flow-control.ts';
import { FlowKeeper } from '../../../../apiserver/auth/flow-control/flow-keeper.ts';
import type { ResourceRow, UserInfo } from '../../../../apiserver/machinery/resource-row.ts';
import { defineRow } from '../../../../apiserver/resources/row.ts';
import { silentLogger } from '../../../../base/logger.ts';
import { VirtualClock } from '../../../../base/virtual-clock.ts';
import { admin, type Fixture, startServer } from '../../machinery/server-fixture.ts';
import { userOf } from './flow-requests.ts';

const FLOWS = `/apis/${FLOW_GROUP}/v1`;

function row(kind: string, resource: string): ResourceRow {
  return defineRow({
    group: FLOW_GROUP,
    version: 'v1',
    kind,
    resource,
    namespaced: false,
    model: `V1${kind}`,
    strategy: {},
    table: { columns: [], cells: () => [] },
  });
}

const clock = new VirtualClock();
const control = new FairFlowControl({ clock, seats: 20 });
let keeper: FlowKeeper;
let fixture: Fixture;
let user: UserInfo = admin;

beforeAll(async () => {
  fixture = await startServer(
    [row('PriorityLevelConfiguration', 'prioritylevelconfigurations'), row('FlowSchema', 'flowschemas')],
    {
      clock,
      flowControl: () => control,
      authenticator: { authenticate: () => user },
      async bootstrap({ objects, services, serves }) {
        expect(serves({ group: FLOW_GROUP, resource: 'flowschemas' })).toBe(true);
        expect(serves({ group: FLOW_GROUP, resource: 'others' })).toBe(false);
        keeper = new FlowKeeper({ control, objects, services, clock, logger: silentLogger });
        await keeper.start();
      },
    },
  );
});
afterAll(async () => {
  keeper.stop();
  await fixture.close();
});

/** The watch cache hears of it, and the keeper gets to it. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(50);
  }
}

const stateOf = (name: string) => [...control.levels()].find((level) => level.name === name);

function listBy(by: UserInfo) {
  const attributes = {
    user: by,
    verb: 'list',
    resourceRequest: true,
    group: FLOW_GROUP,
    version: 'v1',
    resource: 'flowschemas',
    subresource: '',
    namespace: '',
    name: '',
    path: `${FLOWS}/flowschemas`,
  };
  return { user: by, attributes, longRunning: false, gone: false };
}

async function as<T>(caller: UserInfo, action: () => Promise<T>): Promise<T> {
  user = caller;
  try {
    return await action();
  } finally {
    user = admin;
  }
}

describe('a server with flow objects', () => {
  it('has the default ones when it is ready', async () => {
    const { body } = await fixture.call('GET', `${FLOWS}/flowschemas`);
    expect((body as unknown as { items: unknown[] }).items.length).toBe(11);
    expect((await fixture.call('GET', `${FLOWS}/prioritylevelconfigurations/exempt`)).code).toBe(200);
    await settled();
    expect(stateOf('workload-low')?.nominal).toBe(9);
  });

  it('enforces what is stored, says what dangles, and goes back when it is deleted', async () => {
    const schema = {
      metadata: { name: 'strict' },
      spec: {
        priorityLevelConfiguration: { name: 'closed' },
        matchingPrecedence: 50,
        rules: [
          {
            subjects: [{ kind: 'User', user: { name: 'jane' } }],
            resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true }],
          },
        ],
      },
    };
    const closed = {
      metadata: { name: 'closed' },
      spec: {
        type: 'Limited',
        limited: { nominalConcurrencyShares: 0, borrowingLimitPercent: 0, limitResponse: { type: 'Reject' } },
      },
    };
    const list = () => as(userOf('jane'), () => fixture.call('GET', `${FLOWS}/flowschemas`));
    const dangling = async (): Promise<string | undefined> => {
      const { body } = await fixture.call('GET', `${FLOWS}/flowschemas/strict`);
      const { conditions = [] } = (body.status ?? {}) as { conditions?: { status: string }[] };
      return conditions[0]?.status;
    };
    expect((await fixture.call('POST', `${FLOWS}/flowschemas`, schema)).code).toBe(201);
    await settled();
    expect(await dangling()).toBe('True');
    expect((await list()).code).toBe(200);

    expect((await fixture.call('POST', `${FLOWS}/prioritylevelconfigurations`, closed)).code).toBe(201);
    await settled();
    expect(await dangling()).toBe('False');
    // One at a time passes even without seats.
    const held = control.acquire(listBy(userOf('jane')));
    const refused = await list();
    expect(refused.code).toBe(429);
    if (typeof held === 'function') held();
    expect(refused.headers['retry-after']).toBe('1');
    const [flowSchema, priorityLevel] = await Promise.all(
      ['flowschemas/strict', 'prioritylevelconfigurations/closed'].map((path) =>
        fixture.call('GET', `${FLOWS}/${path}`),
      ),
    );
    expect(refused.headers['x-kubernetes-pf-flowschema-uid']).toBe(flowSchema?.body.metadata.uid);
    expect(refused.headers['x-kubernetes-pf-prioritylevel-uid']).toBe(priorityLevel?.body.metadata.uid);

    await fixture.call('DELETE', `${FLOWS}/flowschemas/strict`);
    await fixture.call('DELETE', `${FLOWS}/prioritylevelconfigurations/closed`);
    await settled();
    expect((await list()).code).toBe(200);
    expect(stateOf('closed')).toBeUndefined();
  });

  it('makes a default one again within a minute', async () => {
    await fixture.call('DELETE', `${FLOWS}/flowschemas/probes`);
    await settled();
    expect((await fixture.call('GET', `${FLOWS}/flowschemas/probes`)).code).toBe(404);
    await clock.advance(60_000);
    await settled();
    expect((await fixture.call('GET', `${FLOWS}/flowschemas/probes`)).code).toBe(200);
  });

  it('answers who has to wait, not at once but in the end', async () => {
    const held = Array.from({ length: 20 }, () => control.acquire(listBy(userOf('joe'))));
    let answered = 0;
    const waiting = as(userOf('jane'), () => fixture.call('GET', `${FLOWS}/flowschemas`)).then(({ code }) => {
      answered = code;
    });
    // No time passes, and no seats are moved.
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(0);
    for (const release of held) if (typeof release === 'function') release();
    await settled();
    await waiting;
    expect(answered).toBe(200);
    await Promise.all(held.map(async (pending) => (await pending)?.()));
    expect(stateOf('global-default')).toMatchObject({ inUse: 0, waiting: 0 });
  });
});
