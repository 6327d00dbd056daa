/**
 * The lease by which an API server says that it is there: `apiserver-…` in kube-system, named after its host and renewed
 * as long as it runs (pkg/controlplane: kube-apiserver-identity-lease-controller).
 */
import { createHash } from 'node:crypto';
import { microTimestamp } from '../../../base/clock.ts';
import type { KubeObject, RegistryServices } from '../../machinery/resource-row.ts';
import { createIfMissing } from './create-if-missing.ts';

const LEASES = { group: 'coordination.k8s.io', resource: 'leases' };
const NAMESPACE = 'kube-system';
const DURATION_SECONDS = 3600;
/** How often upstream renews it. */
export const IDENTITY_RENEWAL_MS = 10_000;

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const HASH_BYTES = 16;

export interface ApiServerIdentity {
  /** The lease's name: the same host has the same one. */
  readonly name: string;
  /** This very process. */
  readonly holder: string;
  readonly hostname: string;
}

/** @param uid of this process */
export function apiServerIdentity(hostname: string, uid: string): ApiServerIdentity {
  const hash = createHash('sha256').update(hostname).digest().subarray(0, HASH_BYTES);
  const name = `apiserver-${base32(hash)}`;
  return { name, holder: `${name}_${uid}`, hostname };
}

/** RFC 4648, in lower case, without padding. */
function base32(bytes: Uint8Array): string {
  let text = '';
  let [pending, bits] = [0, 0];
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(pending >> (bits - 5)) & 31];
    pending &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + BASE32[(pending << (5 - bits)) & 31];
}

export async function renewIdentityLease(identity: ApiServerIdentity, services: RegistryServices): Promise<void> {
  const renewTime = microTimestamp(services.nowMs());
  const labels = {
    'apiserver.kubernetes.io/identity': 'kube-apiserver',
    'kubernetes.io/hostname': identity.hostname,
  };
  const spec = { holderIdentity: identity.holder, leaseDurationSeconds: DURATION_SECONDS, renewTime };
  const metadata = { name: identity.name, namespace: NAMESPACE, labels };
  if (await createIfMissing(services, { resource: LEASES, object: { metadata, spec } })) return;
  await services.update(LEASES, NAMESPACE, identity.name, (lease) => ({
    ...lease,
    spec: { ...specOf(lease), ...spec },
  }));
}

function specOf(lease: KubeObject): object {
  return (lease.spec as object | undefined) ?? {};
}
