/**
 * A Deployment and its ReplicaSets as values, for tests of `planDeployment`: turns are taken one after the other, their
 * actions carried out on the values, and between them pods come up. Renders what happens, one line a step.
 */

import { planDeployment } from '../../../controllers/deployment/deployment-plan.ts';
import { REVISION } from '../../../controllers/deployment/revisions.ts';
import type { V1Deployment, V1Pod, V1ReplicaSet } from '../../../generated/kubernetes.d.ts';

const START_MS = Date.UTC(2026, 0, 1);

export class RolloutModel {
  deployment: V1Deployment;
  replicaSets: V1ReplicaSet[] = [];
  /** Old pods that are still being stopped, for Recreate. */
  stopping: V1Pod[] = [];
  readonly lines: string[] = [];
  nowMs = START_MS;
  #names = new Map<string, string>();

  constructor(spec: Record<string, unknown>) {
    this.deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default', uid: 'd', generation: 1, annotations: {} },
      spec: {
        replicas: 10,
        selector: { matchLabels: { app: 'web' } },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
        progressDeadlineSeconds: 600,
        revisionHistoryLimit: 10,
        template: template('v1'),
        ...spec,
      },
      status: {},
    };
  }

  note(line: string): void {
    this.lines.push('', `# ${line}`);
  }

  change(spec: Record<string, unknown>, annotations: Record<string, string> = {}): void {
    const { metadata, spec: before } = this.deployment;
    this.deployment = {
      ...this.deployment,
      metadata: {
        ...metadata,
        generation: (metadata?.generation ?? 0) + 1,
        annotations: { ...metadata?.annotations, ...annotations },
      },
      spec: { selector: {}, template: {}, ...before, ...spec },
    };
  }

  /** One turn. Says whether it did anything. */
  turn(): boolean {
    const plan = planDeployment(this.deployment, this.replicaSets, this.stopping, this.nowMs);
    if (plan.actions.length === 0) return false;
    this.lines.push(plan.words);
    for (const action of plan.actions) {
      switch (action.type) {
        case 'create-replica-set': {
          const { metadata } = action.replicaSet;
          const creationTimestamp = new Date(this.nowMs).toISOString();
          this.replicaSets.push({
            ...action.replicaSet,
            metadata: { ...metadata, uid: metadata?.name, creationTimestamp, generation: 1 },
            status: { replicas: 0 },
          });
          break;
        }
        case 'update-replica-set':
          this.replicaSets = this.replicaSets.map((replicaSet) =>
            replicaSet.metadata?.uid === action.replicaSet.metadata?.uid ? action.replicaSet : replicaSet,
          );
          break;
        case 'delete-replica-set':
          this.replicaSets = this.replicaSets.filter((replicaSet) => replicaSet !== action.replicaSet);
          break;
        case 'update-deployment':
          this.deployment = action.deployment;
          break;
        case 'update-status':
          this.deployment = action.deployment;
          break;
      }
      if ('event' in action && action.event !== undefined) {
        this.lines.push(`  event ${action.event.type} ${action.event.reason}: ${action.event.message}`);
      }
    }
    this.lines.push(`  ${this.picture()}`);
    return true;
  }

  /** The ReplicaSet controller's and the kubelets' part: pods follow sizes; at most `ready` new ones become available each. */
  podsFollow(ready = Number.POSITIVE_INFINITY, isBroken: (replicaSet: V1ReplicaSet) => boolean = () => false): void {
    this.nowMs += 1000;
    this.replicaSets = this.replicaSets.map((replicaSet) => {
      const replicas = replicaSet.spec?.replicas ?? 0;
      const before = Math.min(replicas, replicaSet.status?.availableReplicas ?? 0);
      const available = isBroken(replicaSet) ? before : Math.min(replicas, before + ready);
      const observedGeneration = replicaSet.metadata?.generation;
      return {
        ...replicaSet,
        status: {
          replicas,
          readyReplicas: available,
          availableReplicas: available,
          terminatingReplicas: 0,
          ...(observedGeneration === undefined ? {} : { observedGeneration }),
        },
      };
    });
  }

  /**
   * Pods follow sizes of which statuses tell late: pods that are too many go at once, with `starts` one more of
   * each becomes available, `tells` which statuses are written. Returns how many pods are available in truth.
   */
  podsFollowUntold(
    available: Map<string, number>,
    starts: boolean,
    tells: (replicaSet: V1ReplicaSet) => boolean,
  ): number {
    this.nowMs += 1000;
    let all = 0;
    this.replicaSets = this.replicaSets.map((replicaSet) => {
      const { metadata, spec } = replicaSet;
      const name = metadata?.name ?? '';
      const replicas = spec?.replicas ?? 0;
      const now = Math.min(replicas, (available.get(name) ?? 0) + (starts ? 1 : 0));
      available.set(name, now);
      all += now;
      if (!tells(replicaSet)) return replicaSet;
      return { ...replicaSet, status: { replicas, readyReplicas: now, availableReplicas: now } };
    });
    return all;
  }

  /** Turns until nothing is left to do; pods follow in between. */
  settle(ready?: number, isBroken?: (replicaSet: V1ReplicaSet) => boolean): void {
    for (let step = 0; step < 60; step++) {
      const acted = this.turn();
      const before = JSON.stringify(this.replicaSets);
      this.podsFollow(ready, isBroken);
      if (!acted && JSON.stringify(this.replicaSets) === before) return;
    }
    throw new Error('the rollout does not come to rest');
  }

  picture(): string {
    const sets = this.replicaSets
      .map(({ metadata, spec, status }) => {
        const revision = metadata?.annotations?.[REVISION];
        return `${this.#short(metadata?.name)}(rev ${revision}) ${spec?.replicas}/${status?.availableReplicas ?? 0}`;
      })
      .join(', ');
    const { conditions = [], updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = this.deployment.status ?? {};
    const said = conditions.map(({ type, status, reason }) => `${type}=${status}(${reason})`).join(' ');
    return `[${sets}] status ${updatedReplicas} new, ${replicas} all, ${availableReplicas} available; ${said}`;
  }

  render(): string {
    return this.lines
      .map((line) => line.replace(/web-[a-z0-9]+/g, (name) => this.#short(name)))
      .join('\n')
      .trimStart();
  }

  #short(name = ''): string {
    let short = this.#names.get(name);
    if (short === undefined) {
      short = `web-${String.fromCharCode(65 + this.#names.size)}`;
      if (/^web-[A-Z]$/.test(name)) return name;
      this.#names.set(name, short);
    }
    return short;
  }
}

export function template(image: string) {
  return { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }] } };
}
