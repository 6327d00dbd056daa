/** What flow control says of itself: in headers, metrics and dumps, and to those whom it refuses. */
import { describe, expect, it } from 'vitest';
import { FairFlowControl } from '../../../../apiserver/auth/flow-control/flow-control.ts';
import { dumpLevels, dumpQueues, dumpRequests } from '../../../../apiserver/auth/flow-control/flow-dump.ts';
import { RetryAfter } from '../../../../apiserver/auth/flow-control/retry-after.ts';
import type { FlowClassification } from '../../../../apiserver/machinery/steps.ts';
import { VirtualClock } from '../../../../base/virtual-clock.ts';
import { requestOf, userOf } from './flow-requests.ts';

const jane = userOf('jane');
const admin = userOf('admin', 'system:masters');

function make() {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const control = new FairFlowControl({ clock, seats: 1, defer: () => {} });
  const queuing = { queues: 2, handSize: 1, queueLengthLimit: 1 };
  control.configure(
    [
      {
        metadata: { name: 'l', uid: 'level-uid' },
        spec: {
          type: 'Limited',
          limited: {
            nominalConcurrencyShares: 1000,
            borrowingLimitPercent: 0,
            limitResponse: { type: 'Queue', queuing },
          },
        },
      },
    ],
    [
      {
        metadata: { name: 's', uid: 'schema-uid' },
        spec: {
          priorityLevelConfiguration: { name: 'l' },
          matchingPrecedence: 100,
          distinguisherMethod: { type: 'ByUser' },
          rules: [
            {
              subjects: [{ kind: 'User', user: { name: 'jane' } }],
              resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }],
            },
          ],
        },
      },
    ],
  );
  return { clock, control };
}

/** The level's line: executing, waiting and what became of the others. */
function cells(text: string, name: string): string[] {
  const line = text.split('\n').find((each) => each.startsWith(`${name},`)) ?? '';
  return line.split(',').map((cell) => cell.trim());
}

describe('flow control', () => {
  it('says at once where a request belongs, of the exempt, too', () => {
    const { control } = make();
    const told: FlowClassification[] = [];
    const classified = (where: FlowClassification): void => void told.push(where);
    void control.acquire(requestOf(jane, { classified }));
    void control.acquire(requestOf(admin, { classified }));
    void control.acquire(
      requestOf(jane, { classified, longRunning: true, attributes: { ...requestOf(jane).attributes, verb: 'get' } }),
    );
    expect(told).toEqual([
      { level: 'l', levelUid: 'level-uid', schemaUid: 'schema-uid' },
      { level: 'exempt', levelUid: '', schemaUid: '' },
    ]);
  });

  it('shows levels, queues and requests', async () => {
    const { control, clock } = make();
    const first = await control.acquire(requestOf(jane));
    const second = control.acquire(requestOf(jane));
    expect(control.acquire(requestOf(jane))).toBeUndefined();
    const header = dumpLevels(control.dump()).split('\n')[0] ?? '';
    expect(header.split(',').map((cell) => cell.trim())).toEqual([
      'PriorityLevelName',
      'ActiveQueues',
      'IsIdle',
      'IsQuiescing',
      'WaitingRequests',
      'ExecutingRequests',
      'DispatchedRequests',
      'RejectedRequests',
      'TimedoutRequests',
      'CancelledRequests',
    ]);
    expect(cells(dumpLevels(control.dump()), 'l')).toEqual(['l', '1', 'false', 'false', '1', '1', '1', '1', '0', '0']);
    expect(dumpQueues(control.dump()).trim().split('\n')).toHaveLength(3);
    const requests = dumpRequests(control.dump(), true);
    expect(requests.match(/^l, /gm)).toHaveLength(2);
    expect(cells(requests, 'l').slice(-8)).toEqual([
      'jane',
      'list',
      '/api/v1/namespaces/default/pods',
      'default',
      '',
      'v1',
      'pods',
      '',
    ]);
    await clock.advance(15_000);
    expect(await second).toBeUndefined();
    first?.();
    expect(cells(dumpLevels(control.dump()), 'l')).toEqual(['l', '0', 'true', 'false', '0', '0', '1', '1', '1', '0']);
  });

  it('counts under the names that upstream has', async () => {
    const { control, clock } = make();
    const release = await control.acquire(requestOf(jane));
    void control.acquire(requestOf(jane));
    void control.acquire(requestOf(jane));
    const labels = 'priority_level="l",flow_schema="s"';
    const text = control.metricsText();
    for (const line of [
      `apiserver_flowcontrol_dispatched_requests_total{${labels}} 1`,
      `apiserver_flowcontrol_rejected_requests_total{${labels},reason="queue-full"} 1`,
      `apiserver_flowcontrol_current_inqueue_requests{${labels}} 1`,
      `apiserver_flowcontrol_current_executing_requests{${labels}} 1`,
      `apiserver_flowcontrol_current_executing_seats{${labels}} 1`,
      'apiserver_flowcontrol_nominal_limit_seats{priority_level="exempt"} 0',
    ]) {
      expect(text).toContain(line);
    }
    await clock.advance(15_000);
    release?.();
    const later = control.metricsText();
    expect(later).toContain(`apiserver_flowcontrol_rejected_requests_total{${labels},reason="time-out"} 1`);
    expect(later).toContain(`apiserver_flowcontrol_request_execution_seconds_count{${labels},type="regular"} 1`);
    expect(later).toContain(`apiserver_flowcontrol_request_wait_duration_seconds_count{${labels},execute="false"} 1`);
    expect(later).toContain(`apiserver_flowcontrol_current_executing_requests{${labels}} 0`);
  });
});

describe('those who are refused', () => {
  it('stay away for a second at first, longer while many are refused, and less as that gets better', async () => {
    const clock = new VirtualClock(0);
    const wait = new RetryAfter(clock);
    const seen: number[] = [];
    for (let second = 0; second < 80; second++) {
      for (let i = 0; i < 40; i++) wait.refused();
      seen.push(wait.seconds);
      await clock.advance(1000);
    }
    expect(seen[0]).toBe(1);
    expect([...new Set(seen)]).toEqual([1, 2, 4, 8, 16, 32]);
    for (let second = 0; second < 400; second++) {
      if (second % 40 === 0) wait.refused();
      await clock.advance(1000);
    }
    expect(wait.seconds).toBeLessThan(32);
    expect(wait.seconds).toBeGreaterThanOrEqual(1);
  });
});
