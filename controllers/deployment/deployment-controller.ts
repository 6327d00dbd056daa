/**
 * The Deployment controller: watches Deployments, their ReplicaSets and pods, and carries out `planDeployment`.
 *
 * A ReplicaSet whose name is taken by another template is a hash collision: `status.collisionCount` goes up and the next
 * turn tries another name.
 */
import { isEmptySelector, labelMatcher } from '../../base/label-selector.ts';
import type { V1Deployment, V1Pod, V1ReplicaSet } from '../../generated/kubernetes.d.ts';
import { type Client, isAlreadyExists, isNotFound } from '../runtime/client.ts';
import type { Controller, ControllerDeps } from '../runtime/controller.ts';
import { byController, byNamespace, orphansIn } from '../runtime/indexes.ts';
import type { Informer } from '../runtime/informer.ts';
import { generationOf, labelsOf, nameOf, namespaceOf, type ObjectKey, uidOf } from '../runtime/metadata.ts';
import { controllerOf } from '../runtime/owner-references.ts';
import { type ReconcileContext, ReconcileLoop, type ReconcileResult } from '../runtime/reconcile-loop.ts';
import { deployments, pods, replicaSets } from '../runtime/resources.ts';
import { claim } from '../workload/claims.ts';
import { sameTemplate } from '../workload/pod-template.ts';
import { isNamespaceTerminating } from '../workload/pod-writes.ts';
import { type DeploymentAction, type DeploymentEvent, planDeployment } from './deployment-plan.ts';
import { progressDeadlineMs, setCondition } from './deployment-status.ts';

export class DeploymentController implements Controller {
  readonly name = 'deployment-controller';
  readonly #deps: ControllerDeps;
  readonly #deployments: Informer<V1Deployment>;
  readonly #replicaSets: Informer<V1ReplicaSet>;
  readonly #pods: Informer<V1Pod>;
  readonly #loop: ReconcileLoop;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#loop = new ReconcileLoop(this, deps);
    this.#deployments = deps.informers.of<V1Deployment>(deployments);
    this.#replicaSets = deps.informers.of<V1ReplicaSet>(replicaSets);
    this.#pods = deps.informers.of<V1Pod>(pods);
    this.#deployments.addIndex(byNamespace);
    this.#replicaSets.addIndex(byController);
    this.#pods.addIndex(byController);
    this.#deployments.subscribe({
      added: (deployment) => this.#loop.enqueue(deployment),
      updated: (deployment) => this.#loop.enqueue(deployment),
      deleted: (deployment) => this.#loop.enqueue(deployment),
    });
    this.#replicaSets.subscribe({
      added: (replicaSet) => this.#wake(replicaSet),
      updated: (replicaSet, old) => {
        if (controllerOf(old)?.uid !== controllerOf(replicaSet)?.uid) this.#wake(old);
        this.#wake(replicaSet);
      },
      deleted: (replicaSet) => this.#wake(replicaSet),
    });
    // Recreate waits until the last old pod is really gone.
    this.#pods.subscribe({ deleted: (pod) => this.#wakeRecreate(pod) });
  }

  start(): void {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  async reconcile({ namespace, name }: ObjectKey, context: ReconcileContext): Promise<ReconcileResult | undefined> {
    const { client } = context;
    const deployment = this.#deployments.get(name, namespace);
    if (deployment === undefined) return undefined;
    if (isEmptySelector(deployment.spec?.selector)) return this.#refuse(client, deployment);
    const candidates = [
      ...this.#replicaSets.by(byController, uidOf(deployment)),
      ...this.#replicaSets.by(byController, orphansIn(namespace)),
    ];
    const selector = deployment.spec?.selector;
    const owned = await claim(client, deployments, deployment, selector, replicaSets, candidates);
    const recreate = deployment.spec?.strategy?.type === 'Recreate';
    const ownedPods = recreate ? owned.flatMap((replicaSet) => this.#pods.by(byController, uidOf(replicaSet))) : [];
    const plan = planDeployment(deployment, owned, ownedPods, context.nowMs);
    if (plan.actions.length > 0) context.decided(() => plan.words);
    for (const action of plan.actions) {
      if (!(await this.#carryOut(client, deployment, action, context.nowMs))) return undefined;
    }
    return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
  }

  /** False: the picture was too old to go on; the change that is on its way to us brings the next turn. */
  async #carryOut(client: Client, deployment: V1Deployment, action: DeploymentAction, nowMs: number): Promise<boolean> {
    switch (action.type) {
      case 'create-replica-set':
        return this.#create(client, deployment, action.replicaSet, action.event, nowMs);
      case 'update-replica-set':
        await client.update(replicaSets, action.replicaSet);
        this.#tell(deployment, action.event);
        return true;
      case 'delete-replica-set':
        await client.delete(replicaSets, nameOf(action.replicaSet), namespaceOf(deployment)).catch(unlessNotFound);
        return true;
      case 'update-deployment':
        await client.update(deployments, action.deployment);
        this.#tell(deployment, action.event);
        return true;
      case 'update-status':
        await client.update(deployments, action.deployment, { subresource: 'status' });
        return true;
    }
  }

  async #create(
    client: Client,
    deployment: V1Deployment,
    replicaSet: V1ReplicaSet,
    event: DeploymentEvent | undefined,
    nowMs: number,
  ): Promise<boolean> {
    try {
      await client.create(replicaSets, replicaSet);
    } catch (thrown) {
      if (isNamespaceTerminating(thrown)) return false;
      if (isAlreadyExists(thrown)) return this.#resolveCollision(client, deployment, replicaSet);
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      const message = `Failed to create new replica set "${nameOf(replicaSet)}": ${why}`;
      this.#tell(deployment, { type: 'Warning', reason: 'ReplicaSetCreateError', message });
      if (progressDeadlineMs(deployment) !== undefined) {
        const before = deployment.status?.conditions ?? [];
        const conditions = setCondition(before, 'Progressing', 'False', 'ReplicaSetCreateError', message, nowMs);
        const status = { ...deployment.status, conditions: [...conditions] };
        // The failure to create is the one to report; the next turn writes the status again.
        await client.update(deployments, { ...deployment, status }, { subresource: 'status' }).catch(() => undefined);
      }
      throw thrown;
    }
    this.#tell(deployment, event);
    return true;
  }

  async #resolveCollision(client: Client, deployment: V1Deployment, wanted: V1ReplicaSet): Promise<boolean> {
    const found = await client.get<V1ReplicaSet>(replicaSets, nameOf(wanted), namespaceOf(wanted));
    const ours = controllerOf(found)?.uid === uidOf(deployment);
    if (ours && sameTemplate(found.spec?.template, deployment.spec?.template)) return false;
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    const status = { ...deployment.status, collisionCount };
    await client.update(deployments, { ...deployment, status }, { subresource: 'status' });
    return false;
  }

  async #refuse(client: Client, deployment: V1Deployment): Promise<undefined> {
    const message = 'This deployment is selecting all pods. A non-empty selector is required.';
    this.#tell(deployment, { type: 'Warning', reason: 'SelectingAll', message });
    const observedGeneration = generationOf(deployment);
    if ((deployment.status?.observedGeneration ?? 0) >= observedGeneration) return;
    const status = { ...deployment.status, observedGeneration };
    await client.update(deployments, { ...deployment, status }, { subresource: 'status' });
  }

  #tell(deployment: V1Deployment, event: DeploymentEvent | undefined): void {
    if (event !== undefined) this.#deps.events.event(deployment, event.type, event.reason, event.message);
  }

  #wake(replicaSet: V1ReplicaSet): void {
    const owner = this.#ownerOf(replicaSet);
    if (owner !== undefined) {
      this.#loop.enqueue(owner);
    } else if (controllerOf(replicaSet) === undefined) {
      for (const deployment of this.#deployments.by(byNamespace, namespaceOf(replicaSet))) {
        if (labelMatcher(deployment.spec?.selector)(labelsOf(replicaSet))) this.#loop.enqueue(deployment);
      }
    }
  }

  #wakeRecreate(pod: V1Pod): void {
    const controller = controllerOf(pod);
    if (controller?.kind !== 'ReplicaSet') return;
    const replicaSet = this.#replicaSets.get(controller.name, namespaceOf(pod));
    const owner = replicaSet === undefined ? undefined : this.#ownerOf(replicaSet);
    if (owner?.spec?.strategy?.type === 'Recreate') this.#loop.enqueue(owner);
  }

  #ownerOf(replicaSet: V1ReplicaSet): V1Deployment | undefined {
    const controller = controllerOf(replicaSet);
    if (controller?.kind !== 'Deployment') return undefined;
    const deployment = this.#deployments.get(controller.name, namespaceOf(replicaSet));
    return deployment !== undefined && uidOf(deployment) === controller.uid ? deployment : undefined;
  }
}

function unlessNotFound(thrown: unknown): void {
  if (!isNotFound(thrown)) throw thrown;
}
