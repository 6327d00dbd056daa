/** The persistent volume binder, with a built-in provisioner: carries out `planClaim` and `planVolume`. */
import { messageOf } from '../../base/errors.ts';
import type { V1PersistentVolume, V1PersistentVolumeClaim, V1StorageClass } from '../../generated/kubernetes.d.ts';
import { type Client, isAlreadyExists, isNotFound } from '../runtime/client.ts';
import type { Controller, ControllerDeps } from '../runtime/controller.ts';
import type { Informer } from '../runtime/informer.ts';
import { isBeingDeleted, keyFrom, nameOf, namespaceOf, type ObjectKey, uidOf } from '../runtime/metadata.ts';
import { type ReconcileContext, ReconcileLoop, type ReconcileResult } from '../runtime/reconcile-loop.ts';
import { persistentVolumeClaims, persistentVolumes, storageClasses } from '../runtime/resources.ts';
import { semanticEqual } from '../workload/semantic-equal.ts';
import { classOf, findVolume } from './volume-match.ts';
import {
  boundClaim,
  boundVolume,
  type ClaimPlan,
  describeClaim,
  planClaim,
  planVolume,
  type VolumeEvent,
} from './volume-plan.ts';

/** Upstream looks at everything again this often; so does a claim that nothing was found for. */
const RESYNC_MS = 15_000;

export class PersistentVolumeController implements Controller {
  readonly name = 'persistentvolume-binder-controller';
  readonly #deps: ControllerDeps;
  readonly #claims: Informer<V1PersistentVolumeClaim>;
  readonly #volumes: Informer<V1PersistentVolume>;
  readonly #storageClasses: Informer<V1StorageClass>;
  readonly #claimLoop: ReconcileLoop;
  readonly #volumeLoop: ReconcileLoop;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    // One of each at a time: two claims must not find the same volume.
    this.#claimLoop = new ReconcileLoop(this, deps, { workers: 1 });
    this.#volumeLoop = new ReconcileLoop(
      { name: this.name, reconcile: (key, context) => this.#reconcileVolume(key, context) },
      deps,
      { workers: 1 },
    );
    this.#claims = deps.informers.of<V1PersistentVolumeClaim>(persistentVolumeClaims);
    this.#volumes = deps.informers.of<V1PersistentVolume>(persistentVolumes);
    this.#storageClasses = deps.informers.of<V1StorageClass>(storageClasses);
    this.#claims.subscribe({
      added: (claim) => this.#claimLoop.enqueue(claim),
      updated: (claim) => this.#claimLoop.enqueue(claim),
      deleted: (claim) => {
        const { volumeName } = claim.spec ?? {};
        if (volumeName !== undefined && volumeName !== '') this.#volumeLoop.enqueueKey(volumeName);
      },
    });
    this.#volumes.subscribe({
      added: (volume) => this.#volumeChanged(volume),
      updated: (volume) => this.#volumeChanged(volume),
      deleted: (volume) => this.#wakeClaimOf(volume),
    });
    this.#storageClasses.subscribe({ added: () => this.#wakePending() });
  }

  start(): void {
    this.#claimLoop.start();
    this.#volumeLoop.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#claimLoop.stop(), this.#volumeLoop.stop()]);
  }

  async reconcile({ namespace, name }: ObjectKey, context: ReconcileContext): Promise<ReconcileResult | undefined> {
    const claim = this.#claims.get(name, namespace);
    if (claim === undefined || (isBeingDeleted(claim) && claim.status?.phase !== 'Bound')) return undefined;
    const plan = planClaim(claim, {
      named: this.#volumes.get(claim.spec?.volumeName ?? ''),
      match: () => findVolume(claim, this.#volumes.all()),
      storageClass: this.#storageClasses.get(classOf(claim)),
    });
    return this.#carryOut(claim, plan, context);
  }

  async #carryOut(
    claim: V1PersistentVolumeClaim,
    plan: ClaimPlan,
    context: ReconcileContext,
  ): Promise<ReconcileResult | undefined> {
    const { client } = context;
    switch (plan.type) {
      case 'bind':
        await this.#bind(claim, plan.volume, context);
        return undefined;
      case 'provision':
        await this.#provision(plan.claim, plan.volume, context);
        return undefined;
      case 'await':
        this.#tell(claim, plan.event);
        if (!semanticEqual(plan.claim.metadata, claim.metadata))
          await client.update(persistentVolumeClaims, plan.claim);
        await this.#setClaimStatus(client, claim, { phase: 'Pending' });
        return { requeueAfterMs: RESYNC_MS };
      case 'pending':
        this.#tell(claim, plan.event);
        await this.#setClaimStatus(client, claim, { phase: 'Pending' });
        return { requeueAfterMs: RESYNC_MS };
      case 'lost':
        if (claim.status?.phase !== 'Lost') this.#tell(claim, plan.event);
        await this.#setClaimStatus(client, claim, { phase: 'Lost' });
        return undefined;
    }
  }

  async #bind(claim: V1PersistentVolumeClaim, volume: V1PersistentVolume, context: ReconcileContext): Promise<void> {
    const { client } = context;
    const reserved = boundVolume(volume, claim);
    let current = volume;
    if (reserved !== undefined) {
      current = await client.update<V1PersistentVolume>(persistentVolumes, reserved);
      context.decided(() => `bound ${describeClaim(claim)} to volume ${nameOf(volume)}`);
    }
    await this.#setPhase(client, current, 'Bound');
    const bound = boundClaim(claim, volume);
    const latest =
      bound === undefined ? claim : await client.update<V1PersistentVolumeClaim>(persistentVolumeClaims, bound);
    const { accessModes, capacity } = volume.spec ?? {};
    await this.#setClaimStatus(client, latest, {
      phase: 'Bound',
      ...(accessModes === undefined ? {} : { accessModes }),
      ...(capacity === undefined ? {} : { capacity }),
    });
  }

  async #provision(
    claim: V1PersistentVolumeClaim,
    volume: V1PersistentVolume,
    context: ReconcileContext,
  ): Promise<void> {
    const { client } = context;
    const told = await client.update<V1PersistentVolumeClaim>(persistentVolumeClaims, claim);
    try {
      await client.create(persistentVolumes, volume);
    } catch (thrown) {
      if (isAlreadyExists(thrown)) return;
      const message = `Failed to provision volume with StorageClass "${classOf(claim)}": ${messageOf(thrown)}`;
      this.#tell(told, { type: 'Warning', reason: 'ProvisioningFailed', message });
      throw thrown;
    }
    context.decided(() => `provisioned volume ${nameOf(volume)} for ${describeClaim(claim)}`);
    const message = `Successfully provisioned volume ${nameOf(volume)}`;
    this.#tell(told, { type: 'Normal', reason: 'ProvisioningSucceeded', message });
  }

  async #reconcileVolume({ name }: ObjectKey, context: ReconcileContext): Promise<undefined> {
    const { client } = context;
    const volume = this.#volumes.get(name);
    if (volume === undefined) return;
    const { events } = this.#deps;
    const plan = planVolume(volume, await this.#claimOf(client, volume));
    switch (plan.type) {
      case 'phase':
        await this.#setPhase(client, volume, plan.phase);
        return;
      case 'wait':
        this.#wakeClaimOf(volume);
        return;
      case 'release':
        await client.update(persistentVolumes, plan.volume);
        return;
      case 'delete':
        context.decided(() => `deleting volume ${name}: its claim is gone`);
        try {
          await client.delete(persistentVolumes, name, undefined, { preconditions: { uid: uidOf(volume) } });
        } catch (thrown) {
          if (isNotFound(thrown)) return;
          events.event(volume, 'Warning', 'VolumeFailedDelete', messageOf(thrown));
          throw thrown;
        }
    }
  }

  /** The claim that the volume names. When our copy does not have it the server is asked: data may hang on it. */
  async #claimOf(client: Client, volume: V1PersistentVolume): Promise<V1PersistentVolumeClaim | undefined> {
    const { name = '', namespace = '', uid = '' } = volume.spec?.claimRef ?? {};
    if (uid === '') return undefined;
    const known = this.#claims.get(name, namespace);
    if (known !== undefined && uidOf(known) === uid) return known;
    try {
      const found = await client.get<V1PersistentVolumeClaim>(persistentVolumeClaims, name, namespace);
      return uidOf(found) === uid ? found : undefined;
    } catch (thrown) {
      if (isNotFound(thrown)) return undefined;
      throw thrown;
    }
  }

  async #setPhase(client: Client, volume: V1PersistentVolume, phase: string): Promise<void> {
    if (volume.status?.phase === phase) return;
    const status = { ...volume.status, phase };
    await client.update(persistentVolumes, { ...volume, status }, { subresource: 'status' });
  }

  async #setClaimStatus(
    client: Client,
    claim: V1PersistentVolumeClaim,
    changes: NonNullable<V1PersistentVolumeClaim['status']>,
  ): Promise<void> {
    const status = { ...claim.status, ...changes };
    if (semanticEqual(claim.status, status)) return;
    await client.update(persistentVolumeClaims, { ...claim, status }, { subresource: 'status' });
  }

  #tell(claim: V1PersistentVolumeClaim, event: VolumeEvent | undefined): void {
    if (event === undefined) return;
    const named = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...claim };
    this.#deps.events.event(named, event.type, event.reason, event.message);
  }

  #volumeChanged(volume: V1PersistentVolume): void {
    this.#volumeLoop.enqueue(volume);
    if (volume.status?.phase === 'Available') this.#wakePending();
    else this.#wakeClaimOf(volume);
  }

  #wakeClaimOf(volume: V1PersistentVolume): void {
    const { name, namespace } = volume.spec?.claimRef ?? {};
    if (name !== undefined && namespace !== undefined) this.#claimLoop.enqueueKey(keyFrom(namespace, name));
  }

  #wakePending(): void {
    for (const claim of this.#claims.all()) {
      if (claim.status?.phase !== 'Bound') this.#claimLoop.enqueueKey(keyFrom(namespaceOf(claim), nameOf(claim)));
    }
  }
}
