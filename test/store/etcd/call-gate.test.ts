/** Who is refused before a handler runs, and whose streams end when there is no leader. */
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import type { StoreAdmin } from '../../../store/admin.ts';
import { CallGate } from '../../../store/etcd/call-gate.ts';
import type { AnyCall } from '../../../store/etcd/grpc/router.ts';

class FakeCall {
  readonly headers: Record<string, string>;
  failure: unknown;

  constructor(headers: Record<string, string> = {}) {
    this.headers = headers;
  }

  metadata(name: string): string | undefined {
    return this.headers[name];
  }

  fail(thrown: unknown): void {
    this.failure = thrown;
  }
}

function setup(state: { leader: bigint; learner?: boolean }) {
  const clock = new VirtualClock();
  const admin = { leaderId: () => state.leader, isLearner: () => state.learner ?? false };
  const gate = new CallGate(admin as unknown as StoreAdmin, clock, 1000);
  const enter = (path: string, isStream: boolean, call: FakeCall) =>
    gate.enter(path, isStream, call as unknown as AnyCall);
  return { clock, enter };
}

const PUT = '/etcdserverpb.KV/Put';
const WATCH = '/etcdserverpb.Watch/Watch';
const wantsLeader = { hasleader: 'true' };

describe('the gate before the handlers', () => {
  it('refuses who wants a leader while there is none, and only them', () => {
    const { enter } = setup({ leader: 0n });
    expect(() => enter(PUT, false, new FakeCall(wantsLeader))).toThrow('etcdserver: no leader');
    expect(enter(PUT, false, new FakeCall())).toBeUndefined();
  });

  it('ends the streams of who wants a leader after three election timeouts without one', async () => {
    const state = { leader: 1n };
    const { clock, enter } = setup(state);
    const wants = new FakeCall(wantsLeader);
    const left = new FakeCall(wantsLeader);
    const patient = new FakeCall();
    enter(WATCH, true, wants);
    enter(WATCH, true, left)?.();
    enter(WATCH, true, patient);
    state.leader = 0n;
    await clock.advance(2500);
    expect(wants.failure).toBeUndefined();
    state.leader = 2n;
    await clock.advance(1000);
    state.leader = 0n;
    await clock.advance(2000);
    expect(wants.failure).toBeUndefined();
    await clock.advance(1000);
    expect(wants.failure).toMatchObject({ reason: 'noLeader' });
    expect(left.failure).toBeUndefined();
    expect(patient.failure).toBeUndefined();
  });

  it('lets a learner serve its status, snapshots and ranges alone', () => {
    const { enter } = setup({ leader: 1n, learner: true });
    for (const path of ['/etcdserverpb.Maintenance/Status', '/etcdserverpb.KV/Range', '/grpc.health.v1.Health/Check']) {
      expect(enter(path, false, new FakeCall())).toBeUndefined();
    }
    for (const path of [PUT, WATCH]) {
      expect(() => enter(path, path === WATCH, new FakeCall())).toThrow('rpc not supported for learner');
    }
  });
});
