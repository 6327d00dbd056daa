/** The judge judged: a register, with histories that can and cannot be. */
import { describe, expect, it } from 'vitest';
import { checkLinearizable, type HistoryOperation, type Model } from './linearizability.ts';

type Request = { readonly write: number } | 'read';
type Operation = HistoryOperation<number, Request, number>;

const register: Model<number, Request, number> = {
  initial: 0,
  step: (state, request) => (request === 'read' ? [state, state] : [request.write, request.write]),
  agrees: (predicted, seen) => predicted === seen,
  fingerprint: String,
};

const write = (value: number, startedAt: number, endedAt: number): Operation => {
  return { request: { write: value }, startedAt, endedAt, response: value };
};
const read = (value: number, startedAt: number, endedAt: number): Operation => {
  return { request: 'read', startedAt, endedAt, response: value };
};
const lost = (value: number, startedAt: number): Operation => {
  return { request: { write: value }, startedAt, endedAt: Number.POSITIVE_INFINITY, response: undefined };
};
const judge = (...history: Operation[]): boolean | 'unknown' => checkLinearizable(register, history).linearizable;

describe('the linearizability checker', () => {
  it('accepts operations one after the other, and reads beside a write that see either', () => {
    expect(judge(write(1, 1, 2), read(1, 3, 4), write(2, 5, 6), read(2, 7, 8))).toBe(true);
    expect(judge(write(1, 1, 10), read(0, 2, 3), read(1, 4, 5))).toBe(true);
  });

  it('refuses a stale read, and a read that goes back', () => {
    expect(judge(write(1, 1, 2), read(0, 3, 4))).toBe(false);
    expect(judge(write(1, 1, 10), read(1, 2, 3), read(0, 4, 5))).toBe(false);
  });

  it('lets a write of unknown outcome happen at any time, or never, but once', () => {
    expect(judge(lost(1, 1), read(0, 2, 3), read(1, 4, 5))).toBe(true);
    expect(judge(lost(1, 1), read(0, 2, 3), read(0, 4, 5))).toBe(true);
    expect(judge(lost(1, 1), write(2, 2, 3), read(1, 4, 5), write(3, 6, 7), read(1, 8, 9))).toBe(false);
    expect(judge(read(1, 1, 2), lost(1, 3))).toBe(false);
  });

  it('asks other witnesses of an unknown outcome', () => {
    const history: Operation[] = [{ ...lost(1, 1), mayHaveDone: () => false }, read(1, 2, 3)];
    expect(judge(...history)).toBe(false);
  });

  it('decides long histories of concurrent operations', () => {
    const history: Operation[] = [];
    for (let at = 0; at < 300; at++)
      history.push(write(at, 10 * at, 10 * at + 25), read(at, 10 * at + 26, 10 * at + 29));
    // Three writes overlap at any time; the read between sees one of them.
    expect(
      checkLinearizable(
        register,
        history.filter((_, at) => at % 2 === 0),
      ).linearizable,
    ).toBe(true);
    expect(checkLinearizable(register, [...history.slice(0, 40), read(1, 1000, 1001)]).linearizable).toBe(false);
  });

  it('gives up rather than search for ever', () => {
    const writes = Array.from({ length: 12 }, (_, at) => write(at + 1, at + 1, 100 + at));
    expect(checkLinearizable(register, [...writes, read(99, 200, 201)], 1000).linearizable).toBe('unknown');
  });
});
