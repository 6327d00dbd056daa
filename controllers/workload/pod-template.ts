/** From a pod template to pods: the hash that tells templates apart, and the pod that a controller creates. */
import type { V1OwnerReference, V1Pod, V1PodTemplateSpec } from '../../generated/kubernetes.d.ts';
import { canonicalJson, semanticEqual } from './semantic-equal.ts';

export const POD_TEMPLATE_HASH = 'pod-template-hash';

const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * A short name for a template: FNV-1a (32 bits) of its canonical form, in the alphabet that upstream uses because it
 * spells no words. Two different templates of one owner may rarely get the same one: `collisionCount` makes another.
 */
export function templateHash(template: unknown, collisionCount: number | undefined): string {
  let hash = fnv1a(0x811c9dc5, canonicalJson(template));
  if (collisionCount !== undefined) hash = fnv1a(hash, String(collisionCount));
  return safeEncode(String(hash));
}

/** Each character of a text as one of the safe alphabet. */
export function safeEncode(text: string): string {
  let encoded = '';
  for (let i = 0; i < text.length; i++) encoded += SAFE_ALPHABET[text.charCodeAt(i) % SAFE_ALPHABET.length];
  return encoded;
}

/** FNV-1a, 32 bits, over the UTF-8 bytes of `text`, going on from `hash`. */
function fnv1a(hash: number, text: string): number {
  let result = hash;
  for (const byte of Buffer.from(text, 'utf8')) {
    result = Math.imul(result ^ byte, 0x01000193);
  }
  return result >>> 0;
}

/** Whether two templates make the same pods, apart from the hash label that a Deployment adds. */
export function sameTemplate(a: V1PodTemplateSpec | undefined, b: V1PodTemplateSpec | undefined): boolean {
  return semanticEqual(withoutHash(a), withoutHash(b));
}

function withoutHash(template: V1PodTemplateSpec | undefined): unknown {
  const labels = { ...template?.metadata?.labels };
  delete labels[POD_TEMPLATE_HASH];
  return { ...template, metadata: { ...template?.metadata, labels, creationTimestamp: undefined } };
}

const NAME_MAX = 253;

/** The pod that `owner` creates from `template`; the server completes its name from `<owner>-`. */
export function podFromTemplate(
  template: V1PodTemplateSpec | undefined,
  namespace: string,
  ownerName: string,
  owner: V1OwnerReference,
): V1Pod {
  const metadata = template?.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: ownerName.length + 1 <= NAME_MAX ? `${ownerName}-` : ownerName,
      namespace,
      labels: { ...metadata?.labels },
      ...(metadata?.annotations === undefined ? {} : { annotations: { ...metadata.annotations } }),
      ...(metadata?.finalizers === undefined ? {} : { finalizers: [...metadata.finalizers] }),
      ownerReferences: [owner],
    },
    spec: template?.spec,
  };
}
