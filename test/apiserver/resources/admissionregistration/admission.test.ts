import { describe, expect, it } from 'vitest';
import {
  mutatingAdmissionPolicyBindingRow,
  mutatingAdmissionPolicyRow,
  validatingAdmissionPolicyBindingRow,
  validatingAdmissionPolicyRow,
} from '../../../../apiserver/resources/admissionregistration/policies.ts';
import {
  mutatingWebhookConfigurationRow,
  validatingWebhookConfigurationRow,
} from '../../../../apiserver/resources/admissionregistration/webhook-configurations.ts';
import { cellsOf, created, defaulted, refused } from '../row-fixture.ts';

const rule = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] };
const webhook = {
  name: 'a.b.c',
  clientConfig: { service: { name: 's', namespace: 'n' } },
  rules: [rule],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};
const complained = (more: object): string[] =>
  refused(validatingWebhookConfigurationRow, { webhooks: [{ ...webhook, ...more }] });

describe('webhook configurations', () => {
  it('fail closed, for every object, within ten seconds', () => {
    const defaults = {
      ...webhook,
      clientConfig: { service: { name: 's', namespace: 'n', port: 443 } },
      rules: [{ ...rule, scope: '*' }],
      failurePolicy: 'Fail',
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: 10,
    };
    expect(defaulted(validatingWebhookConfigurationRow, { webhooks: [webhook] }).webhooks).toEqual([defaults]);
    expect(defaulted(mutatingWebhookConfigurationRow, { webhooks: [webhook] }).webhooks).toEqual([
      { ...defaults, reinvocationPolicy: 'Never' },
    ]);
  });

  it.each([
    ['a good one', {}, []],
    [
      'names',
      { name: 'hook' },
      ['webhooks[0].name: Invalid value: "hook": should be a domain with at least three segments separated by dots'],
    ],
    [
      'rules',
      {
        rules: [
          {
            operations: ['*', 'SING'],
            apiGroups: [],
            apiVersions: ['', 'v1'],
            resources: ['*', 'pods', 'a/*', 'a/b', '*/c', 'd/c', ''],
            scope: 'Galaxy',
          },
        ],
      },
      [
        'webhooks[0].rules[0].operations: Invalid value: ["*","SING"]: if \'*\' is present, must not specify other operations',
        'webhooks[0].rules[0].operations[1]: Unsupported value: "SING": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"',
        'webhooks[0].rules[0].apiGroups: Required value',
        'webhooks[0].rules[0].apiVersions[0]: Required value',
        'webhooks[0].rules[0].resources[3]: Invalid value: "a/b": if \'a/*\' is present, must not specify a/b',
        'webhooks[0].rules[0].resources[5]: Invalid value: "d/c": if \'*/c\' is present, must not specify d/c',
        'webhooks[0].rules[0].resources[6]: Required value',
        'webhooks[0].rules[0].resources: Invalid value: ["*","pods","a/*","a/b","*/c","d/c",""]: if \'*\' is present, must not specify other resources without subresources',
        'webhooks[0].rules[0].scope: Unsupported value: "Galaxy": supported values: "*", "Cluster", "Namespaced"',
      ],
    ],
    [
      'policies',
      { failurePolicy: 'Pray', matchPolicy: 'Vague', sideEffects: 'Some', timeoutSeconds: 31 },
      [
        'webhooks[0].failurePolicy: Unsupported value: "Pray": supported values: "Fail", "Ignore"',
        'webhooks[0].matchPolicy: Unsupported value: "Vague": supported values: "Equivalent", "Exact"',
        'webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
        'webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds',
      ],
    ],
    [
      'side effects that nobody tells',
      { sideEffects: undefined },
      ['webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun'],
    ],
    [
      'clients',
      { clientConfig: {} },
      ['webhooks[0].clientConfig: Required value: exactly one of url or service is required'],
    ],
    [
      'addresses',
      { clientConfig: { url: 'http://u@h/?q#f' } },
      [
        expect.stringMatching(/^webhooks\[0\]\.clientConfig\.url: Invalid value: "http": 'https' is the only allowed/),
        expect.stringMatching(
          /^webhooks\[0\]\.clientConfig\.url: Invalid value: "u": user information is not permitted/,
        ),
        expect.stringMatching(/^webhooks\[0\]\.clientConfig\.url: Invalid value: "f": fragments are not permitted/),
        expect.stringMatching(/^webhooks\[0\]\.clientConfig\.url: Invalid value: "q": query parameters are not/),
      ],
    ],
    [
      'versions of reviews',
      { admissionReviewVersions: ['v3', 'v3', '1'] },
      [
        'webhooks[0].admissionReviewVersions[1]: Invalid value: "v3": duplicate version',
        expect.stringMatching(/^webhooks\[0\]\.admissionReviewVersions\[2\]: Invalid value: "1": a DNS-1035 label/),
        'webhooks[0].admissionReviewVersions: Invalid value: ["v3","v3","1"]: must include at least one of v1, v1beta1',
      ],
    ],
    [
      'conditions',
      {
        matchConditions: [
          { name: 'a', expression: 'true' },
          { name: 'a', expression: ' ' },
        ],
      },
      [
        'webhooks[0].matchConditions[1].expression: Required value',
        'webhooks[0].matchConditions[1].name: Duplicate value: "a"',
      ],
    ],
  ])('judge %s', (_, more, complaints) => {
    expect(complained(more)).toEqual(complaints);
  });

  it('have webhooks of different names', () => {
    expect(refused(mutatingWebhookConfigurationRow, { webhooks: [webhook, webhook] })).toEqual([
      'webhooks[1].name: Duplicate value: "a.b.c"',
    ]);
  });

  it('count their webhooks', () => {
    const metadata = { name: 'w', creationTimestamp: '2026-01-31T11:55:00Z' };
    expect(cellsOf(validatingWebhookConfigurationRow, { metadata, webhooks: [webhook] })).toEqual(['w', 1, '5m']);
  });
});

const policy = {
  matchConstraints: { resourceRules: [rule] },
  validations: [{ expression: 'true' }],
};

describe('admission policies', () => {
  it('fail closed, without a status', () => {
    expect(created(validatingAdmissionPolicyRow, { spec: policy, status: { observedGeneration: 1 } })).toMatchObject({
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          matchPolicy: 'Equivalent',
          namespaceSelector: {},
          objectSelector: {},
          resourceRules: [{ ...rule, scope: '*' }],
        },
      },
      status: {},
    });
  });

  it.each([
    ['a good one', {}, []],
    [
      'what is missing',
      { matchConstraints: undefined, validations: [] },
      [
        'spec.matchConstraints: Required value',
        'spec.validations: Required value: validations or auditAnnotations must contain at least one item',
        'spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item',
      ],
    ],
    [
      'kinds of parameters',
      { paramKind: { apiVersion: 'a/b/c', kind: '-' } },
      [
        'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
        expect.stringMatching(
          /^spec\.paramKind\.kind: Invalid value: "-": may have mixed case, but should otherwise match: a DNS-1035 label/,
        ),
      ],
    ],
    [
      'variables',
      { variables: [{ name: 'for', expression: '' }] },
      [
        'spec.variables[0].name: Invalid value: "for": must be a valid CEL identifier',
        'spec.variables[0].expression: Required value: expression is not specified',
      ],
    ],
    [
      'validations',
      { validations: [{ expression: ' ', message: 'a\nb', messageExpression: ' ', reason: 'Mood' }] },
      [
        'spec.validations[0].expression: Required value: expression is not specified',
        'spec.validations[0].messageExpression: Invalid value: " ": must be non-empty if specified',
        'spec.validations[0].message: Invalid value: "a\\nb": must not contain line breaks',
        'spec.validations[0].reason: Unsupported value: "Mood": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
      ],
    ],
    [
      'annotations',
      {
        auditAnnotations: [
          { key: 'k', valueExpression: '' },
          { key: 'k', valueExpression: '"x"' },
        ],
      },
      [
        'spec.auditAnnotations[0].valueExpression: Required value: valueExpression is not specified',
        'spec.auditAnnotations[1].key: Duplicate value: "k"',
      ],
    ],
  ])('judge %s', (_, more, complaints) => {
    expect(refused(validatingAdmissionPolicyRow, { spec: { ...policy, ...more } })).toEqual(complaints);
  });

  it('change nothing that is deleted', () => {
    const spec = {
      matchConstraints: { resourceRules: [{ ...rule, operations: ['DELETE'] }] },
      mutations: [{ patchType: 'JSONPatch', applyConfiguration: { expression: 'x' } }, { patchType: 'Sticker' }],
    };
    expect(refused(mutatingAdmissionPolicyRow, { spec })).toEqual([
      'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
      'spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch',
      'spec.mutations[0].applyConfiguration: Invalid value: "{applyConfiguration}": must not be specified when patchType is JSONPatch',
      'spec.mutations[1].patchType: Unsupported value: "Sticker": supported values: "ApplyConfiguration", "JSONPatch"',
      'spec.reinvocationPolicy: Required value',
    ]);
  });

  it.each([
    ['a good one', { policyName: 'p', validationActions: ['Deny'] }, []],
    [
      'what is missing',
      {},
      [
        'spec.policyName: Required value',
        'spec.validationActions: Required value: at least one validation action is required',
      ],
    ],
    [
      'actions',
      { policyName: 'p', validationActions: ['Deny', 'Warn', 'Warn', 'Shout'] },
      [
        'spec.validationActions[2]: Duplicate value: "Warn"',
        'spec.validationActions[3]: Unsupported value: "Shout": supported values: "Audit", "Deny", "Warn"',
        'spec.validationActions: Invalid value: ["Deny","Warn","Warn","Shout"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
      ],
    ],
    [
      'parameters',
      { policyName: 'p', validationActions: ['Audit'], paramRef: { name: 'a', selector: {} } },
      [
        'spec.paramRef.name: Forbidden: name and selector are mutually exclusive',
        'spec.paramRef.selector: Forbidden: name and selector are mutually exclusive',
        'spec.paramRef.parameterNotFoundAction: Required value',
      ],
    ],
  ])('judge bindings: %s', (_, spec, complaints) => {
    expect(refused(validatingAdmissionPolicyBindingRow, { spec })).toEqual(complaints);
  });

  it('show what their parameters are', () => {
    const metadata = { name: 'p', creationTimestamp: '2026-01-31T11:55:00Z' };
    const spec = { ...policy, paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } };
    expect(cellsOf(validatingAdmissionPolicyRow, { metadata, spec })).toEqual(['p', 1, 'v1/ConfigMap', '5m']);
    const selector = { matchLabels: { b: 'c', a: 'd' } };
    expect(
      cellsOf(mutatingAdmissionPolicyBindingRow, { metadata, spec: { policyName: 'q', paramRef: { selector } } }),
    ).toEqual([
      ...[
        'p',
        'q',
        '&LabelSelector{MatchLabels:map[string]string{a: d,b: c,},MatchExpressions:[]LabelSelectorRequirement{},}',
        '5m',
      ],
    ]);
  });
});
