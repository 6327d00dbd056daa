/** Whole rollouts, turn by turn, as golden transcripts; and the rules behind single decisions as tables. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planDeployment } from '../../../controllers/deployment/deployment-plan.ts';
import { ROLLBACK_TO } from '../../../controllers/deployment/revisions.ts';
import { fenceposts } from '../../../controllers/deployment/sizes.ts';
import type { V1Deployment, V1ReplicaSet } from '../../../generated/kubernetes.d.ts';
import { expectGolden } from '../golden.ts';
import { RolloutModel, template } from './rollout-model.ts';

function golden(name: string, model: RolloutModel): void {
  expectGolden(new URL(`./${name}.golden`, import.meta.url), model.render());
}

describe('planDeployment', () => {
  it('creates, then rolls to a new template within maxSurge and maxUnavailable', () => {
    const model = new RolloutModel({});
    model.note('created');
    model.settle();
    model.note('image v2; pods come up two at a time');
    model.change({ template: template('v2') });
    model.settle(2);
    model.note('back to v1 by its template: the old ReplicaSet gets a new revision');
    model.change({ template: template('v1') });
    model.settle();
    golden('rolling-update', model);
  });

  it('never has fewer available or more pods than allowed', () => {
    for (const [replicas, maxSurge, maxUnavailable] of [
      [10, '25%', '25%'],
      [1, 1, 0],
      [7, 0, 1],
      [5, '100%', 0],
      [3, 0, '50%'],
    ] as const) {
      const model = new RolloutModel({
        replicas,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
      });
      model.settle();
      model.change({ template: template('v2') });
      const { maxSurge: surge, maxUnavailable: unavailable } = fenceposts(model.deployment);
      for (let step = 0; step < 60; step++) {
        model.turn();
        const size = model.replicaSets.reduce((sum, { spec }) => sum + (spec?.replicas ?? 0), 0);
        const available = model.replicaSets.reduce(
          (sum, { spec, status }) => sum + Math.min(spec?.replicas ?? 0, status?.availableReplicas ?? 0),
          0,
        );
        expect(size).toBeLessThanOrEqual(replicas + surge);
        expect(available).toBeGreaterThanOrEqual(replicas - unavailable);
        model.podsFollow(1);
      }
      expect(model.deployment.status).toMatchObject({
        updatedReplicas: replicas,
        replicas,
        availableReplicas: replicas,
      });
    }
  });

  it('never has fewer available than allowed, however late ReplicaSets tell what they have', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 2 }),
        fc.integer({ min: 0, max: 2 }),
        fc.array(fc.record({ turn: fc.boolean(), starts: fc.boolean(), tells: fc.integer({ min: 0, max: 3 }) }), {
          minLength: 10,
          maxLength: 40,
        }),
        (replicas, maxSurge, maxUnavailable, steps) => {
          const model = new RolloutModel({
            replicas,
            strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
          });
          model.settle();
          const available = new Map(model.replicaSets.map(({ metadata }) => [metadata?.name ?? '', replicas]));
          model.change({ template: template('v2') });
          const least = replicas - fenceposts(model.deployment).maxUnavailable;
          for (const { turn, starts, tells } of steps) {
            if (turn) model.turn();
            const left = model.podsFollowUntold(
              available,
              starts,
              (each) => (tells >> model.replicaSets.indexOf(each)) % 2 === 1,
            );
            expect(left).toBeGreaterThanOrEqual(least);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('stops at a broken image, says so after the deadline, and takes broken pods first when rolled back', () => {
    const model = new RolloutModel({});
    model.settle();
    model.note('a broken image');
    model.change({ template: template('broken') });
    const isBroken = (replicaSet: V1ReplicaSet) => replicaSet.spec?.template?.spec?.containers[0]?.image === 'broken';
    model.settle(10, isBroken);
    model.note('ten minutes later');
    model.nowMs += 601_000;
    model.settle(10, isBroken);
    model.note('rolled back');
    model.change({}, { [ROLLBACK_TO]: '0' });
    model.settle(10, isBroken);
    golden('broken-image', model);
  });

  it('spreads a change of size over both ReplicaSets in the middle of a rollout', () => {
    const model = new RolloutModel({});
    model.settle();
    model.note('v2, half way');
    model.change({ template: template('v2') });
    model.turn();
    model.podsFollow(2);
    model.turn();
    model.note('scaled to 20');
    model.change({ replicas: 20 });
    model.turn();
    model.note('scaled to 4');
    model.change({ replicas: 4 });
    model.turn();
    model.settle();
    golden('proportional-scaling', model);
  });

  it('Recreate stops all old pods before it starts new ones', () => {
    const model = new RolloutModel({ replicas: 3, strategy: { type: 'Recreate' } });
    model.settle();
    model.note('v2; the old pods take their time to stop');
    model.change({ template: template('v2') });
    model.stopping = [{ metadata: { name: 'old', ownerReferences: [] }, status: { phase: 'Running' } }];
    model.settle();
    model.note('they are gone');
    model.stopping = [];
    model.settle();
    golden('recreate', model);
  });

  it('a paused Deployment only scales; when it goes on its deadline starts anew', () => {
    const model = new RolloutModel({ replicas: 2 });
    model.settle();
    model.note('paused, with a new image and another size');
    model.change({ paused: true, template: template('v2'), replicas: 4 });
    model.settle();
    model.note('resumed after an hour');
    model.nowMs += 3_600_000;
    model.change({ paused: false });
    model.settle();
    golden('paused', model);
  });

  it('keeps revisionHistoryLimit old ReplicaSets', () => {
    const model = new RolloutModel({ replicas: 1, revisionHistoryLimit: 2 });
    for (const image of ['v1', 'v2', 'v3', 'v4', 'v5']) {
      model.change({ template: template(image) });
      model.settle();
    }
    model.change({}, { note: 'a last turn cleans up' });
    model.settle();
    const images = model.replicaSets.map(({ spec }) => spec?.template?.spec?.containers[0]?.image);
    expect(images).toEqual(['v3', 'v4', 'v5']);
  });

  it('is level-based: a second look at a settled Deployment does nothing', () => {
    const model = new RolloutModel({});
    model.settle();
    const plan = planDeployment(model.deployment, model.replicaSets, [], model.nowMs + 1_000_000);
    expect(plan.actions).toEqual([]);
  });

  it('only counts for a Deployment that is being deleted', () => {
    const model = new RolloutModel({});
    model.settle();
    model.change({ template: template('v2') });
    const dying: V1Deployment = {
      ...model.deployment,
      metadata: { ...model.deployment.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    };
    const plan = planDeployment(dying, model.replicaSets, [], model.nowMs);
    expect(plan.actions.map(({ type }) => type)).toEqual(['update-status']);
  });

  it('rounds surge up and unavailability down, and never lets both be nothing', () => {
    const of = (replicas: number, maxSurge: number | string, maxUnavailable: number | string) =>
      fenceposts({
        spec: {
          replicas,
          selector: {},
          template: {},
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
        },
      });
    expect(of(10, '25%', '25%')).toEqual({ maxSurge: 3, maxUnavailable: 2 });
    expect(of(2, 0, '1%')).toEqual({ maxSurge: 0, maxUnavailable: 1 });
    expect(of(1, '1%', '25%')).toEqual({ maxSurge: 1, maxUnavailable: 0 });
    expect(of(2, 0, 5)).toEqual({ maxSurge: 0, maxUnavailable: 2 });
    expect(of(0, '25%', '25%')).toEqual({ maxSurge: 0, maxUnavailable: 0 });
  });
});
