/** What the controllers of workloads share: equality, hashes, claims, slow starts, revisions. */
import { describe, expect, it } from 'vitest';
import { labelMatcher } from '../../../base/label-selector.ts';
import { planClaims } from '../../../controllers/workload/claims.ts';
import { planRevisions, revisionsToTrim } from '../../../controllers/workload/controller-revisions.ts';
import { scaledValue } from '../../../controllers/workload/int-or-percent.ts';
import { safeEncode, sameTemplate, templateHash } from '../../../controllers/workload/pod-template.ts';
import { semanticEqual } from '../../../controllers/workload/semantic-equal.ts';
import { slowStart } from '../../../controllers/workload/slow-start.ts';
import type { V1Pod } from '../../../generated/kubernetes.d.ts';
import { at } from '../build-objects.ts';

describe('semanticEqual', () => {
  it.each([
    [{ a: 1, b: [1] }, { b: [1], a: 1 }, true],
    [{ a: undefined, b: null, c: [], d: {} }, {}, true],
    [{ a: { b: {} } }, {}, false],
    [{ a: [1, 2] }, { a: [2, 1] }, false],
    [{ a: 0 }, {}, false],
    [[], {}, true],
    ['', undefined, false],
  ])('%j and %j: %s', (a, b, expected) => {
    expect(semanticEqual(a, b)).toBe(expected);
    expect(semanticEqual(b, a)).toBe(expected);
  });
});

describe('templates', () => {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'a', image: 'x' }] } };

  it('hash in the safe alphabet, the same for the same template, another after a collision', () => {
    const hash = templateHash(template, undefined);
    expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5,10}$/);
    expect(
      templateHash({ spec: template.spec, metadata: { ...template.metadata, creationTimestamp: null } }, undefined),
    ).toBe(hash);
    expect(templateHash(template, 1)).not.toBe(hash);
    expect(safeEncode('0123456789')).toBe('456789bcdf');
  });

  it('are the same apart from the hash label', () => {
    const labels = { app: 'web', 'pod-template-hash': 'abc' };
    expect(sameTemplate(template, { ...template, metadata: { labels } })).toBe(true);
    expect(sameTemplate(template, { ...template, metadata: { labels: { app: 'db' } } })).toBe(false);
  });
});

describe('planClaims', () => {
  const owner = { metadata: { uid: 'me' } };
  const of = (name: string, app: string, uid?: string, deleting = false): V1Pod => ({
    metadata: {
      name,
      labels: { app },
      ...(uid === undefined
        ? {}
        : { ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid, controller: true }] }),
      ...(deleting ? { deletionTimestamp: at(0) } : {}),
    },
  });
  const objects = [
    of('mine', 'web', 'me'),
    of('strayed', 'db', 'me'),
    of('other', 'web', 'other'),
    of('orphan', 'web'),
    of('dying orphan', 'web', undefined, true),
    of('foreign orphan', 'db'),
  ];
  const names = (pods: readonly V1Pod[]) => pods.map(({ metadata }) => metadata?.name);

  it('adopts orphans it picks, releases what it no longer picks', () => {
    const plan = planClaims(owner, labelMatcher({ matchLabels: { app: 'web' } }), objects);
    expect([names(plan.owned), names(plan.adopt), names(plan.release)]).toEqual([['mine'], ['orphan'], ['strayed']]);
  });

  it('does neither while it is being deleted', () => {
    const dying = { metadata: { uid: 'me', deletionTimestamp: at(0) } };
    const plan = planClaims(dying, labelMatcher({ matchLabels: { app: 'web' } }), objects);
    expect([names(plan.owned), names(plan.adopt), names(plan.release)]).toEqual([['mine'], [], []]);
  });
});

describe('slowStart', () => {
  it('doubles after each success', async () => {
    const batches: number[] = [];
    let running = 0;
    const result = await slowStart(10, async () => {
      running++;
      await Promise.resolve();
      if (running > 0) batches.push(running);
      running = 0;
    });
    expect(result).toEqual({ succeeded: 10, failure: undefined });
    expect(batches.filter((size) => size > 0)).toEqual([1, 2, 4, 3]);
  });

  it('stops after a batch with a failure', async () => {
    let calls = 0;
    const result = await slowStart(100, (at_) => {
      calls++;
      return at_ === 2 ? Promise.reject(new Error('quota')) : Promise.resolve();
    });
    expect(calls).toBe(3);
    expect(result.succeeded).toBe(2);
    expect(result.failure).toMatchObject({ message: 'quota' });
  });
});

describe('revisions', () => {
  const revision = (name: string, number: number, data: unknown) => ({ metadata: { name }, revision: number, data });

  it('the current one is the one that holds the spec; going back raises its number', () => {
    const all = [revision('a', 1, { x: 1 }), revision('b', 2, { x: 2 })];
    expect(planRevisions({ x: 2 }, all)).toMatchObject({ current: { metadata: { name: 'b' } }, number: 2 });
    expect(planRevisions({ x: 1 }, all)).toMatchObject({ current: { metadata: { name: 'a' } }, number: 3 });
    expect(planRevisions({ x: 3 }, all)).toMatchObject({ current: undefined, number: 3 });
  });

  it('keeps those that live, and the newest of the others', () => {
    const all = [1, 2, 3, 4].map((number) => revision(`r${number}`, number, number));
    const trimmed = revisionsToTrim(all, 2, ({ metadata }) => metadata?.name === 'r1');
    expect(trimmed.map(({ metadata }) => metadata?.name)).toEqual(['r2', 'r3']);
  });
});

it.each([
  [3, 10, 'up', 3],
  ['25%', 10, 'up', 3],
  ['25%', 10, 'down', 2],
  ['100%', 7, 'down', 7],
  ['x', 7, 'up', 0],
  [undefined, 7, 'up', 0],
] as const)('scaledValue %s of %i rounded %s is %i', (value, total, rounding, expected) => {
  expect(scaledValue(value, total, rounding)).toBe(expected);
});
