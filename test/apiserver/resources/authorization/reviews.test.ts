import { describe, expect, it } from 'vitest';
import type { RegistryServices, ResourceRow, SpecialRequest } from '../../../../apiserver/machinery/resource-row.ts';
import { StatusError } from '../../../../apiserver/machinery/status.ts';
import { makeBuiltinRows } from '../../../../apiserver/resources/all.ts';
import type { ReviewHandler } from '../../../../apiserver/resources/authorization/review.ts';
import { defaulted } from '../row-fixture.ts';

const allow: ReviewHandler = async (review) => ({ ...review, status: { allowed: true } });
const rows = makeBuiltinRows({
  reviews: {
    tokenReview: allow,
    selfSubjectReview: allow,
    subjectAccessReview: allow,
    localSubjectAccessReview: allow,
    selfSubjectAccessReview: allow,
    selfSubjectRulesReview: allow,
  },
});

function rowOf(kind: string): ResourceRow {
  const row = rows.find((each) => each.kind === kind);
  if (row === undefined) throw new Error(`no ${kind}`);
  return row;
}

async function ask(kind: string, review: object): Promise<unknown> {
  const row = rowOf(kind);
  const nobody = { name: undefined, namespace: undefined };
  const { metadata, ...rest } = review as { metadata?: object };
  const object = defaulted(row, { metadata: { ...nobody, ...metadata }, ...rest });
  try {
    return await row.virtual?.create(object, {} as SpecialRequest, {} as RegistryServices);
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
}

const pods = { verb: 'get', resource: 'pods' };
const isInvalid = '.authorization.k8s.io "" is invalid: ';

describe('reviews', () => {
  it('are not served when nobody answers them', () => {
    const isReview = (row: ResourceRow): boolean => row.virtual !== undefined && row.kind.endsWith('Review');
    expect(makeBuiltinRows().filter(isReview)).toEqual([]);
    expect(rows.filter(isReview).map((row) => [row.resource, row.verbs])).toEqual([
      ['selfsubjectreviews', ['create']],
      ['tokenreviews', ['create']],
      ['localsubjectaccessreviews', ['create']],
      ['selfsubjectaccessreviews', ['create']],
      ['selfsubjectrulesreviews', ['create']],
      ['subjectaccessreviews', ['create']],
    ]);
  });

  it('are answered by their handler', async () => {
    const spec = { user: 'u', resourceAttributes: pods };
    expect(await ask('SubjectAccessReview', { spec })).toMatchObject({ spec, status: { allowed: true } });
    expect(await ask('TokenReview', { spec: {} })).toMatchObject({ status: { allowed: true } });
  });

  it.each([
    [
      'SubjectAccessReview',
      { spec: {} },
      '[spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified, spec.user: Invalid value: "": at least one of user or group must be specified]',
    ],
    [
      'SelfSubjectAccessReview',
      { spec: { resourceAttributes: pods, nonResourceAttributes: { path: '/x' } } },
      'spec.nonResourceAttributes: Invalid value: {"Path":"/x","Verb":""}: cannot be specified in combination with resourceAttributes',
    ],
    [
      'SelfSubjectAccessReview',
      { metadata: { name: 'x' }, spec: { resourceAttributes: pods } },
      'metadata: Invalid value: {"name":"x"}: must be empty',
    ],
    [
      'LocalSubjectAccessReview',
      { metadata: { namespace: 'a' }, spec: { groups: ['g'], resourceAttributes: { ...pods, namespace: 'b' } } },
      'spec.resourceAttributes.namespace: Invalid value: "b": must match metadata.namespace',
    ],
    [
      'LocalSubjectAccessReview',
      { metadata: { namespace: 'a' }, spec: { groups: ['g'], nonResourceAttributes: { path: '/x', verb: 'get' } } },
      'spec.nonResourceAttributes: Invalid value: {"Path":"/x","Verb":"get"}: disallowed on this kind of request',
    ],
    [
      'SelfSubjectAccessReview',
      { spec: { resourceAttributes: { ...pods, labelSelector: {}, fieldSelector: { requirements: [{}] } } } },
      '[spec.resourceAttributes.fieldSelector.requirements[0].key: Required value: must be specified, spec.resourceAttributes.labelSelector.requirements: Required value: when spec.resourceAttributes.labelSelector is specified, requirements or rawSelector is required]',
    ],
    [
      'SelfSubjectAccessReview',
      {
        spec: {
          resourceAttributes: {
            ...pods,
            labelSelector: {
              rawSelector: 'a',
              requirements: [
                { key: 'a', operator: 'In' },
                { key: 'b', operator: '~' },
              ],
            },
          },
        },
      },
      "[spec.resourceAttributes.labelSelector.rawSelector: Invalid value: \"a\": may not specified at the same time as requirements, spec.resourceAttributes.labelSelector.requirements[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn']",
    ],
  ])('refuse a %s that asks wrongly (%#)', async (kind, review, complaints) => {
    expect(await ask(kind, review)).toBe(isInvalid + complaints);
  });
});
