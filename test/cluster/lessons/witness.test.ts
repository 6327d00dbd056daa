import { describe, expect, it } from 'vitest';
import { RingRecorder } from '../../../base/ring-recorder.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { fieldOf } from '../../../cluster/lessons/stored-objects.ts';
import { substitutedDeep } from '../../../cluster/lessons/variables.ts';
import { momentsOf, revisionsOf, Witness } from '../../../cluster/lessons/witness.ts';

const change = (member: string, key: string, revision: number) =>
  ({ type: 'store.change', member, change: 'put', key, revision, version: 1, index: revision, term: 1 }) as const;

describe('what a lesson remembers', () => {
  it('is what happened after a place, of the types that checks ask about', () => {
    const ring = new RingRecorder(new VirtualClock());
    const witness = new Witness(ring);
    ring.record(change('a', 'k', 2));
    const place = witness.now();
    ring.record({ type: 'raft.append', member: 'a', first: 3, last: 3, term: 1 });
    ring.record(change('a', 'k', 3));
    expect(witness.since(place).map(({ type }) => type)).toEqual(['store.change']);
    expect(momentsOf(witness.since(0), 'store.change').map(({ revision }) => revision)).toEqual([2, 3]);
    witness.close();
    ring.record(change('a', 'k', 4));
    expect(witness.since(0)).toHaveLength(2);
  });

  it('counts a change once, though each member states it', () => {
    const ring = new RingRecorder(new VirtualClock());
    const witness = new Witness(ring);
    for (const member of ['a', 'b', 'c']) ring.record(change(member, 'k', 7));
    ring.record(change('b', 'k', 5));
    ring.record(change('b', 'other', 6));
    expect(revisionsOf(witness.since(0), 'k')).toEqual([5, 7]);
  });
});

describe('fields and variables', () => {
  it('are found by path', () => {
    const object = { a: { b: [{ c: 1 }, { c: 'x' }] }, none: null };
    expect(fieldOf(object, 'a.b[1].c')).toBe('x');
    expect(fieldOf(object, 'a.b[0].c')).toBe('1');
    expect(fieldOf(object, 'a.b[2].c')).toBeUndefined();
    expect(fieldOf(object, 'none')).toBeUndefined();
    expect(fieldOf(object, 'constructor.name')).toBeUndefined();
  });

  it('are put into every text, and a name without a value stays', () => {
    const values = new Map([['POD', 'web-1']]);
    expect(substitutedDeep({ type: ['delete pod $POD', 'on $NODE'], times: 1 }, values)).toEqual({
      type: ['delete pod web-1', 'on $NODE'],
      times: 1,
    });
  });
});
