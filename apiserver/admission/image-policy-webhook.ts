/** Asks a webhook whether the images of a pod may be used (imagepolicy.k8s.io/v1alpha1, ImageReview). */
import path from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { ConfigNode } from '../auth/config-file.ts';
import { AnswerCache } from '../auth/webhook/answer-cache.ts';
import { askWebhook, type PostText, webhookOfKubeconfig } from '../auth/webhook/webhook-client.ts';
import type { ResourceRow } from '../machinery/resource-row.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { isPods, type PodObject, podOf } from './pods.ts';
import { refuse } from './refusal.ts';

const ANNOTATIONS = '.image-policy.k8s.io/';
const AUDIT_PREFIX = 'imagepolicywebhook.image-policy.k8s.io/';
const TIMEOUT_MS = 30_000;
const ANSWERS_MAX = 1024;

export interface ImagePolicy {
  readonly post: PostText;
  /** How long a yes, and a no, counts; 0: not at all. */
  readonly allowTtlMs: number;
  readonly denyTtlMs: number;
  /** Until the webhook is asked again when it does not answer; every further time half as long again. */
  readonly retryBackoffMs: number;
  /** What becomes of pods while the webhook does not answer. */
  readonly defaultAllow: boolean;
}

/** `imagePolicy`, a mapping without a version. UsageError with file and field. */
export async function readImagePolicy(node: ConfigNode): Promise<ImagePolicy> {
  node.only('imagePolicy');
  const config = node.field('imagePolicy');
  config.only('kubeConfigFile', 'allowTTL', 'denyTTL', 'retryBackoff', 'defaultAllow');
  const span = (name: string, unitMs: number, byDefaultMs: number, leastMs: number, mostMs: number): number => {
    const value = config.field(name).optionalNumber() ?? 0;
    if (value === -1) return 0;
    if (value === 0) return byDefaultMs;
    const ms = value * unitMs;
    return ms >= leastMs && ms <= mostMs
      ? ms
      : config.field(name).fail(`valid value is between ${leastMs} ms and ${mostMs} ms, got ${ms} ms`);
  };
  const kubeconfig = config.field('kubeConfigFile').text();
  return {
    post: await webhookOfKubeconfig(path.resolve(path.dirname(node.file), kubeconfig)),
    allowTtlMs: span('allowTTL', 1000, 5 * 60_000, 1000, 30 * 60_000),
    denyTtlMs: span('denyTTL', 1000, 30_000, 1000, 30 * 60_000),
    retryBackoffMs: span('retryBackoff', 1, 500, 1, 5 * 60_000),
    defaultAllow: config.field('defaultAllow').optionalBoolean() ?? false,
  };
}

interface ImageReviewStatus {
  readonly allowed?: boolean;
  readonly reason?: string;
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

export class ImagePolicyWebhook implements AdmissionStep {
  readonly name = 'ImagePolicyWebhook';
  readonly #policy: ImagePolicy;
  readonly #clock: Clock;
  readonly #answers: AnswerCache<ImageReviewStatus>;

  constructor(policy: ImagePolicy, clock: Clock) {
    this.#policy = policy;
    this.#clock = clock;
    this.#answers = new AnswerCache(ANSWERS_MAX, clock);
  }

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    const looked = subresource === '' || subresource === 'ephemeralcontainers';
    return (operation === 'CREATE' || operation === 'UPDATE') && looked && isPods(row);
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const pod = podOf(attributes.object);
    if (pod === undefined) return;
    const status = await this.#review(attributes, pod);
    for (const [key, value] of Object.entries(status.auditAnnotations ?? {})) {
      attributes.annotate(AUDIT_PREFIX + key, value);
    }
    if (status.allowed === true) return;
    const { reason = '' } = status;
    throw refuse(
      attributes,
      reason === ''
        ? 'one or more images rejected by webhook backend'
        : `image policy webhook backend denied one or more images: ${reason}`,
    );
  }

  async #review(attributes: AdmissionAttributes, { spec, metadata }: PodObject): Promise<ImageReviewStatus> {
    const containers =
      attributes.subresource === ''
        ? [...spec.containers, ...(spec.initContainers ?? [])]
        : (spec.ephemeralContainers ?? []);
    const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) => key.includes(ANNOTATIONS));
    const asked = {
      containers: containers.map(({ image = '' }) => ({ image })),
      annotations: Object.fromEntries(annotations),
      namespace: attributes.namespace,
    };
    const key = JSON.stringify(asked);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const { post, allowTtlMs, denyTtlMs, retryBackoffMs, defaultAllow } = this.#policy;
    try {
      const review = { apiVersion: 'imagepolicy.k8s.io/v1alpha1', kind: 'ImageReview', spec: asked };
      const answer = await askWebhook(post, review, TIMEOUT_MS, this.#clock, retryBackoffMs);
      const status = (answer as { status?: ImageReviewStatus }).status ?? {};
      this.#answers.set(key, status, status.allowed === true ? allowTtlMs : denyTtlMs);
      return status;
    } catch (thrown) {
      if (!defaultAllow) throw refuse(attributes, messageOf(thrown));
      attributes.annotate(`${AUDIT_PREFIX}failed-open`, 'true');
      return { allowed: true };
    }
  }
}
