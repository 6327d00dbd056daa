/** `serviceaccounts/token`: makes a token for a service account, for so long, for whom, and bound to what is asked for. */
import { timestamp } from '../../../base/clock.ts';
import { FieldErrors } from '../../machinery/field-errors.ts';
import type {
  GroupResource,
  KubeObject,
  RegistryServices,
  SpecialAnswer,
  SpecialRequest,
  SubresourceRow,
} from '../../machinery/resource-row.ts';
import { badRequest, conflict, invalid, notFound, quoted } from '../../machinery/status.ts';
import { identityOf, makeClaims, type ObjectIdentity } from './token-claims.ts';
import type { TokenIssuer } from './token-issuer.ts';

const GROUP = 'authentication.k8s.io';
/** Audit annotation: which token was given out (k8s.io/kubernetes/pkg/serviceaccount). */
const ISSUED_CREDENTIAL_ID = 'authentication.kubernetes.io/issued-credential-id';
const EXPIRATION_DEFAULT_SECONDS = 3600;
const EXPIRATION_LEAST_SECONDS = 600;
const EXPIRATION_MOST_SECONDS = 2 ** 32;
/** Clients that never renew the token they are given in a pod get one that lives long, and is known by this number. */
const MOUNTED_EXPIRATION_SECONDS = 3607;
const MOUNTED_EXTENDED_SECONDS = 365 * 24 * 60 * 60;

interface BoundObjectReference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly uid?: string;
}

interface TokenRequestObject extends KubeObject {
  /** In its wire form a list that was not given is null. */
  spec: { audiences?: string[] | null; expirationSeconds?: number; boundObjectRef?: BoundObjectReference | null };
}

interface Binding {
  readonly pod?: KubeObject;
  readonly secret?: KubeObject;
  readonly node?: ObjectIdentity;
}

export function serviceAccountTokenSubresource(issuer: TokenIssuer): SubresourceRow {
  return {
    type: 'special',
    verbs: ['create'],
    group: GROUP,
    version: 'v1',
    kind: 'TokenRequest',
    model: 'AuthenticationV1TokenRequest',
    handle: (request, services) => requestToken(issuer, request, services),
  };
}

async function requestToken(
  issuer: TokenIssuer,
  request: SpecialRequest,
  services: RegistryServices,
): Promise<SpecialAnswer> {
  const { namespace = '', name } = request;
  const asked = (request.body ?? { metadata: {} }) as TokenRequestObject;
  requireSame(asked, namespace, name);
  const account = await read(services, 'serviceaccounts', namespace, name);
  const { uid } = account.metadata;
  if (asked.metadata.uid !== undefined && asked.metadata.uid !== '' && asked.metadata.uid !== uid) {
    const why = `the UID in the token request (${asked.metadata.uid}) does not match the UID of the service account (${uid})`;
    throw conflict({ group: GROUP, resource: 'TokenRequest' }, name, why);
  }
  const spec = asked.spec ?? {};
  const { managedFields } = asked.metadata;
  const named = spec.audiences ?? [];
  const audiences = named.length === 0 ? issuer.apiAudiences : named;
  const wantedSeconds = spec.expirationSeconds ?? EXPIRATION_DEFAULT_SECONDS;
  judgeExpiration(wantedSeconds);
  const expirationSeconds = Math.min(wantedSeconds, issuer.maxExpirationSeconds ?? wantedSeconds);
  const boundObjectRef = spec.boundObjectRef ?? undefined;
  const binding = await bind(boundObjectRef, namespace, name, services);
  const nowMs = services.nowMs();
  const extended =
    issuer.extendExpiration &&
    binding.pod !== undefined &&
    expirationSeconds === MOUNTED_EXPIRATION_SECONDS &&
    audiences.every((audience) => issuer.apiAudiences.includes(audience));
  const claims = makeClaims({
    issuer: issuer.issuer,
    account,
    ...binding,
    audiences,
    nowMs,
    expirationSeconds: extended ? MOUNTED_EXTENDED_SECONDS : expirationSeconds,
    ...(extended ? { warnAfterSeconds: expirationSeconds } : {}),
    id: services.random.uuid(),
  });
  const object: KubeObject = {
    apiVersion: `${GROUP}/v1`,
    kind: 'TokenRequest',
    metadata: {
      name,
      namespace,
      ...(uid === undefined ? {} : { uid }),
      creationTimestamp: timestamp(nowMs),
      ...(managedFields === undefined ? {} : { managedFields }),
    },
    spec: { audiences: [...audiences], expirationSeconds, boundObjectRef: boundObjectRef ?? null },
    status: { token: await issuer.sign(claims), expirationTimestamp: timestamp(nowMs + expirationSeconds * 1000) },
  };
  request.annotate(ISSUED_CREDENTIAL_ID, `JTI=${claims.jti}`);
  return { code: 201, object };
}

function requireSame(asked: TokenRequestObject, namespace: string, name: string): void {
  const errors = new FieldErrors();
  const { metadata } = asked;
  if (metadata.name !== undefined && metadata.name !== '' && metadata.name !== name) {
    errors.invalid('metadata.name', metadata.name, 'must match the service account name if specified');
  } else if (metadata.namespace !== undefined && metadata.namespace !== '' && metadata.namespace !== namespace) {
    errors.invalid('metadata.namespace', metadata.namespace, 'must match the service account namespace if specified');
  }
  if (!errors.empty) throw invalid(GROUP, 'TokenRequest', name, errors.list);
}

function judgeExpiration(seconds: number): void {
  const errors = new FieldErrors();
  if (seconds < EXPIRATION_LEAST_SECONDS) {
    errors.invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes');
  }
  if (seconds > EXPIRATION_MOST_SECONDS) {
    errors.invalid('spec.expirationSeconds', seconds, 'may not specify a duration larger than 2^32 seconds');
  }
  if (!errors.empty) throw invalid(GROUP, 'TokenRequest', '', errors.list);
}

async function bind(
  ref: BoundObjectReference | undefined,
  namespace: string,
  account: string,
  services: RegistryServices,
): Promise<Binding> {
  if (ref === undefined) return {};
  const { apiVersion = '', kind = '', name = '' } = ref;
  if (apiVersion === 'v1' && kind === 'Pod') {
    const pod = await read(services, 'pods', namespace, name);
    const spec = pod.spec as { serviceAccountName?: string; nodeName?: string } | undefined;
    if (spec?.serviceAccountName !== account) {
      throw badRequest(
        `cannot bind token for serviceaccount ${quoted(account)} to pod running with different serviceaccount name.`,
      );
    }
    checkUid(ref, pod);
    const nodeName = spec.nodeName ?? '';
    if (nodeName === '') return { pod };
    const node = await services.get({ group: '', resource: 'nodes' }, undefined, nodeName);
    return { pod, node: node === undefined ? { name: nodeName } : identityOf(node) };
  }
  if (apiVersion === 'v1' && kind === 'Node') {
    const node = await read(services, 'nodes', undefined, name);
    checkUid(ref, node);
    return { node: identityOf(node) };
  }
  if (apiVersion === 'v1' && kind === 'Secret') {
    const secret = await read(services, 'secrets', namespace, name);
    checkUid(ref, secret);
    return { secret };
  }
  throw badRequest(
    `cannot bind token to object of type ${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`,
  );
}

function checkUid(ref: BoundObjectReference, { metadata }: KubeObject): void {
  const { uid = '', kind = '', name = '' } = ref;
  if (uid === '' || uid === metadata.uid) return;
  const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  throw conflict({ group: '', resource: kind }, name, why);
}

async function read(
  services: RegistryServices,
  resource: string,
  namespace: string | undefined,
  name: string,
): Promise<KubeObject> {
  const which: GroupResource = { group: '', resource };
  const found = await services.get(which, namespace, name);
  if (found === undefined) throw notFound(which, name);
  return found;
}
