/**
 * Tokens in secrets that were once made for their accounts and that nobody has used for a year: they are marked invalid
 * first, and deleted when nobody missed them for as long again. Secrets that somebody made by hand stay
 * (k8s.io/kubernetes/pkg/controller/serviceaccount/legacy_serviceaccount_token_cleaner.go).
 */
import type { V1ConfigMap, V1Pod, V1Secret, V1ServiceAccount } from '../../generated/kubernetes.d.ts';
import { isConflict, isNotFound } from '../runtime/client.ts';
import type { Controller, ControllerDeps } from '../runtime/controller.ts';
import type { Informer } from '../runtime/informer.ts';
import { createdMs, isBeingDeleted, labelsOf, nameOf, namespaceOf, uidOf } from '../runtime/metadata.ts';
import { Passes } from '../runtime/passes.ts';
import { configMaps, pods, secrets, serviceAccounts } from '../runtime/resources.ts';
import { accountOf } from './token-secrets.ts';

const DAY_MS = 24 * 60 * 60_000;
export const UNUSED_MS = 365 * DAY_MS;
const LAST_USED_LABEL = 'kubernetes.io/legacy-token-last-used';
const INVALID_SINCE_LABEL = 'kubernetes.io/legacy-token-invalid-since';
const TRACKING = 'kube-apiserver-legacy-service-account-token-tracking';

export interface UnusedTokenView {
  readonly secrets: Iterable<V1Secret>;
  account(namespace: string, name: string): V1ServiceAccount | undefined;
  podsIn(namespace: string): Iterable<V1Pod>;
}

export type UnusedTokenPlan =
  | { readonly action: 'mark'; readonly secret: V1Secret; readonly since: string }
  | { readonly action: 'delete'; readonly secret: V1Secret };

/** What is to be done with unused tokens, given that their use was noted down since the day `since`. Pure. */
export function planUnusedTokens(
  view: UnusedTokenView,
  since: string,
  nowMs: number,
  unusedMs: number,
): UnusedTokenPlan[] {
  const sinceMs = dayMs(since);
  if (sinceMs === undefined || nowMs < sinceMs + DAY_MS + unusedMs) return [];
  const keptFromMs = nowMs - unusedMs;
  const keptFromDay = dayOf(keptFromMs);
  const mounted = new Map<string, ReadonlySet<string>>();
  const isMounted = (namespace: string, name: string): boolean => {
    const names = mounted.get(namespace) ?? new Set([...view.podsIn(namespace)].flatMap(secretNames));
    mounted.set(namespace, names);
    return names.has(name);
  };
  const plans: UnusedTokenPlan[] = [];
  for (const secret of view.secrets) {
    const wanted = accountOf(secret);
    if (wanted === undefined || createdMs(secret) >= keptFromMs || isBeingDeleted(secret)) continue;
    const { [LAST_USED_LABEL]: lastUsed, [INVALID_SINCE_LABEL]: invalidSince = '' } = labelsOf(secret);
    if (lastUsed !== undefined && (dayMs(lastUsed) === undefined || lastUsed >= keptFromDay)) continue;
    const account = view.account(wanted.namespace, wanted.name);
    const isItsOwn = account !== undefined && (wanted.uid === '' || wanted.uid === uidOf(account));
    if (!isItsOwn || account.secrets?.some(({ name }) => name === nameOf(secret)) !== true) continue;
    if (isMounted(wanted.namespace, nameOf(secret))) continue;
    if (dayMs(invalidSince) === undefined) plans.push({ action: 'mark', secret, since: dayOf(nowMs) });
    else if (invalidSince < keptFromDay) plans.push({ action: 'delete', secret });
  }
  return plans;
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function dayMs(day: string): number | undefined {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(day) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

/** The secrets that a pod names anywhere. */
function secretNames({ spec }: V1Pod): string[] {
  if (spec === undefined) return [];
  const containers = [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])];
  const inContainers = containers.flatMap(({ env = [], envFrom = [] }) => [
    ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
    ...envFrom.map(({ secretRef }) => secretRef?.name),
  ]);
  const inVolumes = (spec.volumes ?? []).flatMap((volume) => [
    volume.secret?.secretName,
    volume.azureFile?.secretName,
    volume.csi?.nodePublishSecretRef?.name,
    ...[volume.cephfs, volume.flexVolume, volume.rbd, volume.scaleIO, volume.iscsi, volume.storageos].map(
      (source) => source?.secretRef?.name,
    ),
    ...(volume.projected?.sources ?? []).map(({ secret }) => secret?.name),
  ]);
  const all = [...inContainers, ...inVolumes, ...(spec.imagePullSecrets ?? []).map(({ name }) => name)];
  return all.filter((name): name is string => name !== undefined && name !== '');
}

export class UnusedTokenCleaner implements Controller {
  readonly #deps: ControllerDeps;
  readonly #unusedMs: number;
  readonly #secrets: Informer<V1Secret>;
  readonly #accounts: Informer<V1ServiceAccount>;
  readonly #pods: Informer<V1Pod>;
  readonly #passes: Passes;

  constructor(deps: ControllerDeps, unusedMs: number) {
    this.#deps = deps;
    this.#unusedMs = unusedMs;
    this.#secrets = deps.informers.of<V1Secret>(secrets);
    this.#accounts = deps.informers.of<V1ServiceAccount>(serviceAccounts);
    this.#pods = deps.informers.of<V1Pod>(pods);
    const { clock, logger } = deps;
    const failed = 'unused service-account tokens not looked for';
    this.#passes = new Passes({ clock, logger, periodMs: DAY_MS, failed }, (signal) => this.#clean(signal));
  }

  start(): void {
    this.#passes.start();
  }

  stop(): Promise<void> {
    return this.#passes.stop();
  }

  async #clean(signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#deps;
    const map = await client.get<V1ConfigMap>(configMaps, TRACKING, 'kube-system').catch((thrown: unknown) => {
      if (isNotFound(thrown)) return undefined;
      throw thrown;
    });
    const view: UnusedTokenView = {
      secrets: this.#secrets.all(),
      account: (namespace, name) => this.#accounts.get(name, namespace),
      podsIn: (namespace) => [...this.#pods.all()].filter((pod) => namespaceOf(pod) === namespace),
    };
    for (const plan of planUnusedTokens(view, map?.data?.since ?? '', clock.nowMs(), this.#unusedMs)) {
      if (signal.aborted) return;
      await this.#carryOut(plan);
    }
  }

  async #carryOut(plan: UnusedTokenPlan): Promise<void> {
    const { client, logger } = this.#deps;
    const { secret } = plan;
    const [namespace, name] = [namespaceOf(secret), nameOf(secret)];
    try {
      if (plan.action === 'mark') {
        const labels = { [INVALID_SINCE_LABEL]: plan.since };
        await client.patch(secrets, name, namespace, 'merge', { metadata: { uid: uidOf(secret), labels } });
        logger.info({ namespace, name }, 'marked an unused service-account token as invalid');
      } else {
        const { resourceVersion } = secret.metadata ?? {};
        const preconditions = resourceVersion === undefined ? {} : { resourceVersion };
        await client.delete(secrets, name, namespace, { preconditions });
        logger.info({ namespace, name }, 'deleted an unused service-account token');
      }
    } catch (thrown) {
      if (!isNotFound(thrown) && !isConflict(thrown)) throw thrown;
    }
  }
}
