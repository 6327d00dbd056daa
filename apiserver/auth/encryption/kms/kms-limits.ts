/** What a KMS plugin may answer, and what may be read from the store; in kube-apiserver's words. */
import { createHash } from 'node:crypto';
import { dns1123SubdomainComplaints } from '../../../machinery/name-formats.ts';
import { type Annotations, type EncryptedObject, seedTypes } from './kms-messages.ts';

const KEY_ID_BYTES_MAX = 1024;
const SEED_BYTES_MAX = 1024;
const ANNOTATIONS_BYTES_MAX = 32 * 1024;

export function keyIdComplaint(keyId: string): string | undefined {
  if (keyId === '') return 'keyID is empty';
  const bytes = Buffer.byteLength(keyId);
  if (bytes <= KEY_ID_BYTES_MAX) return undefined;
  return `keyID is ${bytes} bytes, which exceeds the max size of ${KEY_ID_BYTES_MAX}`;
}

export function objectComplaint({ data, seed, seedType }: EncryptedObject): string | undefined {
  if (seedType !== seedTypes.key && seedType !== seedTypes.derived) {
    return `unknown encryptedDEKSourceType: ${seedType}`;
  }
  if (data.length === 0) return 'encrypted data is empty';
  const { ciphertext } = seed;
  if (ciphertext.length === 0) return 'failed to validate encrypted DEK source: encrypted DEK source is empty';
  if (ciphertext.length > SEED_BYTES_MAX) {
    return `failed to validate encrypted DEK source: encrypted DEK source is ${ciphertext.length} bytes, which exceeds the max size of ${SEED_BYTES_MAX}`;
  }
  const keyId = keyIdComplaint(seed.keyId);
  if (keyId !== undefined) return `failed to validate key id: ${keyId}`;
  const annotations = annotationsComplaint(seed.annotations);
  return annotations === undefined ? undefined : `failed to validate annotations: ${annotations}`;
}

function annotationsComplaint(annotations: Annotations): string | undefined {
  const complaints: string[] = [];
  let bytes = 0;
  for (const [key, value] of annotations) {
    bytes += Buffer.byteLength(key) + value.length;
    const why = domainComplaint(key);
    if (why !== undefined) complaints.push(`annotations: ${why}`);
  }
  if (bytes > ANNOTATIONS_BYTES_MAX) {
    complaints.push(`total size of annotations is ${bytes}, which exceeds the max size of ${ANNOTATIONS_BYTES_MAX}`);
  }
  return complaints.length > 1 ? `[${complaints.join(', ')}]` : complaints[0];
}

/** A domain name of at least two parts; a dot at its end does not count. */
function domainComplaint(name: string): string | undefined {
  if (name === '') return 'Required value';
  const plain = name.endsWith('.') ? name.slice(0, -1) : name;
  const [complaint] = dns1123SubdomainComplaints(plain);
  if (complaint !== undefined) return `Invalid value: ${JSON.stringify(plain)}: ${complaint}`;
  if (plain.includes('.')) return undefined;
  return `Invalid value: ${JSON.stringify(plain)}: should be a domain with at least two segments separated by dots`;
}

/** Ids of keys are told by their hash alone. */
export function keyIdHash(keyId: string): string {
  return keyId === '' ? '' : `sha256:${createHash('sha256').update(keyId).digest('hex')}`;
}
