/**
 * What a service account's token says: who it is for, until when, and which object it lives and dies with
 * (k8s.io/kubernetes/pkg/serviceaccount/claims.go).
 */
import type { KubeObject } from '../../machinery/resource-row.ts';
import { serviceAccountUserName } from '../users.ts';

/** An object, by name and by the uid that a later one of that name does not have. */
export interface ObjectIdentity {
  readonly name: string;
  readonly uid?: string;
}

export interface KubernetesClaims {
  readonly namespace: string;
  readonly serviceaccount: ObjectIdentity;
  readonly pod?: ObjectIdentity;
  readonly secret?: ObjectIdentity;
  /** With a pod: where it runs, for information. Alone: the object that the token is bound to. */
  readonly node?: ObjectIdentity;
  /** In seconds since the epoch: after this the token should have been renewed. */
  readonly warnafter?: number;
}

/** Times in whole seconds since the epoch, as JWTs have them. */
export interface TokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly nbf: number;
  readonly jti: string;
  readonly 'kubernetes.io': KubernetesClaims;
}

export interface ClaimsInput {
  readonly issuer: string;
  readonly account: KubeObject;
  readonly pod?: KubeObject;
  readonly secret?: KubeObject;
  readonly node?: ObjectIdentity;
  readonly audiences: readonly string[];
  readonly nowMs: number;
  readonly expirationSeconds: number;
  readonly warnAfterSeconds?: number;
  readonly id: string;
}

export function makeClaims(input: ClaimsInput): TokenClaims {
  const { account, pod, secret, node, warnAfterSeconds } = input;
  const now = Math.floor(input.nowMs / 1000);
  const { namespace = '', name = '' } = account.metadata;
  return {
    aud: input.audiences,
    exp: now + input.expirationSeconds,
    iat: now,
    iss: input.issuer,
    jti: input.id,
    'kubernetes.io': {
      namespace,
      ...(node === undefined ? {} : { node }),
      ...(pod === undefined ? {} : { pod: identityOf(pod) }),
      ...(secret === undefined ? {} : { secret: identityOf(secret) }),
      serviceaccount: identityOf(account),
      ...(warnAfterSeconds === undefined ? {} : { warnafter: now + warnAfterSeconds }),
    },
    nbf: now,
    sub: serviceAccountUserName(namespace, name),
  };
}

export function identityOf({ metadata }: KubeObject): ObjectIdentity {
  return { name: metadata.name ?? '', ...(metadata.uid === undefined ? {} : { uid: metadata.uid }) };
}

/** The claims in a payload that somebody sent, as far as they have the right shape; undefined when they do not. */
export function readKubernetesClaims(payload: Readonly<Record<string, unknown>>): KubernetesClaims | undefined {
  const claims = payload['kubernetes.io'];
  if (!isRecord(claims) || typeof claims.namespace !== 'string') return undefined;
  const serviceaccount = readIdentity(claims.serviceaccount);
  if (serviceaccount === undefined) return undefined;
  const optional: Record<string, ObjectIdentity> = {};
  for (const kind of ['pod', 'secret', 'node']) {
    if (claims[kind] === undefined) continue;
    const identity = readIdentity(claims[kind]);
    if (identity === undefined) return undefined;
    optional[kind] = identity;
  }
  const { warnafter } = claims;
  return {
    namespace: claims.namespace,
    serviceaccount,
    ...optional,
    ...(typeof warnafter === 'number' ? { warnafter } : {}),
  };
}

function readIdentity(value: unknown): ObjectIdentity | undefined {
  if (!isRecord(value) || typeof value.name !== 'string') return undefined;
  return { name: value.name, ...(typeof value.uid === 'string' ? { uid: value.uid } : {}) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
