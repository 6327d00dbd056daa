/**
 * Certificate signing requests: what somebody asks to be certified, who asks, and what became of it. Requester and spec
 * are fixed by the create; `approval` decides, `status` delivers the certificate.
 */
import { timestamp } from '../../../base/clock.ts';
import { humanDuration } from '../../../base/human-duration.ts';
import type {
  V1CertificateSigningRequest,
  V1CertificateSigningRequestCondition,
} from '../../../generated/kubernetes.d.ts';
import type { UserInfo } from '../../machinery/resource-row.ts';
import { defineRow, type Filled, keepField, partOf } from '../row.ts';
import { ageOf, nameOf, orNone } from '../table/cells.ts';
import { ageColumn, fieldDoc, nameColumn, textColumn } from '../table/columns.ts';
import { validateSigningRequest, validateSigningRequestUpdate } from './signing-request-validation.ts';

type Request = Filled<V1CertificateSigningRequest>;
type Condition = V1CertificateSigningRequestCondition;

const MODEL = 'V1CertificateSigningRequest';

function setRequester({ spec }: Request, { name, uid, groups, extra }: UserInfo): void {
  for (const field of ['username', 'uid', 'groups', 'extra'] as const) delete spec[field];
  if (name !== '') spec.username = name;
  if (uid !== '') spec.uid = uid;
  if (groups.length > 0) spec.groups = [...groups];
  for (const [key, values] of Object.entries(extra)) spec.extra = { ...spec.extra, [key]: [...values] };
}

/** Decisions that are as many as they were are as they were. */
function keepDecisions({ status }: Request, old: Request): void {
  const conditions = status.conditions ?? [];
  for (const type of ['Approved', 'Denied']) {
    const before = (old.status.conditions ?? []).filter((condition) => condition.type === type);
    const indices = conditions.flatMap((condition, index) => (condition.type === type ? [index] : []));
    if (before.length !== indices.length) continue;
    for (const [i, index] of indices.entries()) {
      const condition = before[i];
      if (condition !== undefined) conditions[index] = { ...condition };
    }
  }
}

function fillTimes({ status }: Request, old: Request, nowMs: number): void {
  for (const condition of status.conditions ?? []) {
    condition.lastUpdateTime ||= timestamp(nowMs);
    condition.lastTransitionTime ||= transitionTime(condition, old.status.conditions ?? []) ?? timestamp(nowMs);
  }
}

/** Of the same condition before. */
function transitionTime(condition: Condition, old: readonly Condition[]): string | undefined {
  const same = old.find(
    (each) => each.type === condition.type && each.status === condition.status && Boolean(each.lastTransitionTime),
  );
  return same?.lastTransitionTime;
}

/** What became of it, in upstream's words. */
function formatState({ status }: Request): string {
  const types = (status.conditions ?? []).map(({ type }) => type);
  const decision = types.includes('Denied') ? 'Denied' : types.includes('Approved') ? 'Approved' : 'Pending';
  const failed = types.includes('Failed') ? ',Failed' : '';
  return decision + failed + (status.certificate ? ',Issued' : '');
}

export const certificateSigningRequestRow = defineRow<V1CertificateSigningRequest>({
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  namespaced: false,
  shortNames: ['csr'],
  model: MODEL,
  nameRule: () => [],
  strategy: {
    resetFields: ['spec', 'status'],
    prepareForCreate(request, { user }) {
      setRequester(request, user);
      request.status = {};
    },
    prepareForUpdate(request, old) {
      request.spec = old.spec;
      keepField(request, old, 'status');
    },
    validate: (request, errors) => validateSigningRequest(request, undefined, errors),
    metaOnUpdate: ['content', 'change'],
    validateUpdate: (request, old, errors) => validateSigningRequestUpdate(request, old, errors, {}),
  },
  table: {
    columns: [
      nameColumn,
      ageColumn,
      textColumn('SignerName', fieldDoc('V1CertificateSigningRequestSpec.signerName')),
      textColumn('Requestor', fieldDoc('V1CertificateSigningRequestSpec.request')),
      textColumn('RequestedDuration', fieldDoc('V1CertificateSigningRequestSpec.expirationSeconds')),
      textColumn('Condition', fieldDoc('V1CertificateSigningRequestStatus.conditions')),
    ],
    cells(request, nowMs) {
      const { signerName, username = '', expirationSeconds } = request.spec;
      return [
        nameOf(request),
        ageOf(request, nowMs),
        orNone(signerName),
        username,
        expirationSeconds === undefined ? '<none>' : humanDuration(expirationSeconds * 1000),
        formatState(request),
      ];
    },
  },
  fieldLabels: { 'spec.signerName': ({ spec }) => spec.signerName },
  subresources: {
    approval: partOf<V1CertificateSigningRequest>(MODEL, {
      resetFields: ['spec', 'status.certificate'],
      prepareForUpdate(request, old, { nowMs }) {
        fillTimes(request, old, nowMs);
        request.spec = old.spec;
        const { conditions } = request.status;
        request.status = { ...old.status };
        if (conditions === undefined) delete request.status.conditions;
        else request.status.conditions = conditions;
      },
      metaOnUpdate: ['content', 'change'],
      validateUpdate: (request, old, errors) => validateSigningRequestUpdate(request, old, errors, { approval: true }),
    }),
    status: partOf<V1CertificateSigningRequest>(MODEL, {
      resetFields: ['spec', 'status.conditions'],
      prepareForUpdate(request, old, { nowMs }) {
        request.spec = old.spec;
        keepDecisions(request, old);
        fillTimes(request, old, nowMs);
      },
      metaOnUpdate: ['content', 'change'],
      validateUpdate: (request, old, errors) =>
        validateSigningRequestUpdate(request, old, errors, { certificate: true }),
    }),
  },
});
