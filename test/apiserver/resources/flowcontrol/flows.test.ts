import { describe, expect, it } from 'vitest';
import { flowSchemaRow } from '../../../../apiserver/resources/flowcontrol/flow-schema.ts';
import { priorityLevelRow } from '../../../../apiserver/resources/flowcontrol/priority-level.ts';
import { cellsOf, created, defaulted, refused, updateRefused } from '../row-fixture.ts';

const rule = {
  subjects: [{ kind: 'Group', group: { name: 'g' } }],
  resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], namespaces: ['a'] }],
};
const schema = (spec: object): object => ({
  spec: { priorityLevelConfiguration: { name: 'level' }, rules: [rule], ...spec },
});

describe('flow schemas', () => {
  it('stand in the middle unless told otherwise, without a status', () => {
    expect(created(flowSchemaRow, { ...schema({}), status: { conditions: [] } })).toMatchObject({
      spec: { matchingPrecedence: 1000 },
      status: {},
    });
  });

  it.each([
    ['a good one', {}, []],
    [
      'what every one has',
      { matchingPrecedence: -1, distinguisherMethod: { type: 'ByMood' }, priorityLevelConfiguration: { name: '' } },
      [
        'spec.matchingPrecedence: Invalid value: -1: must be a positive value',
        'spec.distinguisherMethod.type: Unsupported value: {"Type":"ByMood"}: supported values: "ByNamespace", "ByUser"',
        'spec.priorityLevelConfiguration.name: Required value: must reference a priority level',
      ],
    ],
    [
      'the first place',
      { matchingPrecedence: 1 },
      ["spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1"],
    ],
    [
      'the last place',
      { matchingPrecedence: 10_001 },
      ['spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000'],
    ],
    [
      'empty rules',
      { rules: [{ subjects: [] }] },
      [
        'spec.rules[0].subjects: Required value: subjects must contain at least one value',
        'spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty',
      ],
    ],
    [
      'subjects',
      {
        rules: [
          {
            ...rule,
            subjects: [
              { kind: 'Cat' },
              { kind: 'User' },
              { kind: 'Group', group: { name: '' }, user: { name: 'u' } },
              { kind: 'ServiceAccount', serviceAccount: { name: 'A', namespace: '' } },
              { kind: 'ServiceAccount', serviceAccount: { name: '*', namespace: 'n' } },
            ],
          },
        ],
      },
      [
        'spec.rules[0].subjects[0].kind: Unsupported value: "Cat": supported values: "Group", "ServiceAccount", "User"',
        "spec.rules[0].subjects[1].user: Required value: user is required when subject kind is 'User'",
        'spec.rules[0].subjects[2].group.name: Required value',
        "spec.rules[0].subjects[2].user: Forbidden: user is forbidden when subject kind is not 'User'",
        expect.stringMatching(
          /^spec\.rules\[0\]\.subjects\[3\]\.serviceAccount\.name: Invalid value: "A": a lowercase RFC 1123 subdomain/,
        ),
        'spec.rules[0].subjects[3].serviceAccount.namespace: Required value: must specify namespace for service account',
      ],
    ],
    [
      'rules of resources',
      {
        rules: [
          {
            ...rule,
            resourceRules: [
              { verbs: ['get', '*'], apiGroups: ['*', 'a'], resources: [], namespaces: [] },
              { verbs: ['fly'], apiGroups: [], resources: ['*', 'a'], clusterScope: true },
              { verbs: [], apiGroups: ['*'], resources: ['*'], namespaces: ['A'] },
            ],
          },
        ],
      },
      [
        'spec.rules[0].resourceRules[0].verbs: Invalid value: ["get","*"]: if \'*\' is present, must not specify other verbs',
        'spec.rules[0].resourceRules[0].apiGroups: Invalid value: ["*","a"]: if \'*\' is present, must not specify other api groups',
        'spec.rules[0].resourceRules[0].resources: Required value: resource rules must supply at least one resource',
        'spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace',
        'spec.rules[0].resourceRules[1].verbs: Unsupported value: ["fly"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
        'spec.rules[0].resourceRules[1].apiGroups: Required value: resource rules must supply at least one api group',
        'spec.rules[0].resourceRules[1].resources: Invalid value: ["*","a"]: if \'*\' is present, must not specify other resources',
        'spec.rules[0].resourceRules[2].verbs: Required value: verbs must contain at least one value',
        expect.stringMatching(
          /^spec\.rules\[0\]\.resourceRules\[2\]\.namespaces\[0\]: Invalid value: "A": each member of this list must be '\*' or a DNS-1123 label; a lowercase/,
        ),
      ],
    ],
    [
      'rules of URLs',
      {
        rules: [
          {
            ...rule,
            nonResourceRules: [
              { verbs: ['get'], nonResourceURLs: ['', '/', 'a', '/a b', '/a//b', '/a*', '/a/*'] },
              { verbs: ['get'], nonResourceURLs: [] },
            ],
          },
        ],
      },
      [
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "": must not be empty',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[2]: Invalid value: "a": must start with slash',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[3]: Invalid value: "/a b": must not contain white-space',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[4]: Invalid value: "/a//b": must not contain double slash',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[5]: Invalid value: "/a*": wildcard can only do suffix matching',
        'spec.rules[0].nonResourceRules[1].nonResourceURLs: Required value: nonResourceURLs must contain at least one value',
      ],
    ],
  ])('judge %s', (_, spec, complaints) => {
    expect(refused(flowSchemaRow, schema(spec))).toEqual(complaints);
  });

  it('stay as they are where the server itself depends on them', () => {
    expect(refused(flowSchemaRow, { metadata: { name: 'catch-all' }, ...schema({}) })).toEqual([
      expect.stringMatching(
        /^spec: Invalid value: \{"PriorityLevelConfiguration":.*: spec of 'catch-all' must equal the fixed value$/,
      ),
    ]);
  });

  it('have conditions of different types', () => {
    const conditions = [{ type: 'Dangling' }, { type: 'Dangling' }, {}];
    expect(updateRefused(flowSchemaRow, schema({}), { ...schema({}), status: { conditions } }, 'status')).toEqual([
      'status.conditions[1].type: Duplicate value: "Dangling"',
      'status.conditions[2].type: Required value',
    ]);
  });

  it('show where they lead', () => {
    const metadata = { name: 's', creationTimestamp: '2026-01-31T11:55:00Z' };
    const status = { conditions: [{ type: 'Dangling', status: 'False' }] };
    expect(
      cellsOf(flowSchemaRow, { metadata, ...schema({ distinguisherMethod: { type: 'ByUser' } }), status }),
    ).toEqual(['s', 'level', 1000, 'ByUser', '5m', 'False']);
    expect(cellsOf(flowSchemaRow, { metadata, ...schema({}), status: {} })).toEqual([
      ...['s', 'level', 1000, '<none>', '5m', '?'],
    ]);
  });
});

const level = (spec: object): object => ({ spec: { type: 'Limited', ...spec } });
const queue = (queuing: object): object => level({ limited: { limitResponse: { type: 'Queue', queuing } } });

describe('priority levels', () => {
  it('have shares and queues unless told otherwise', () => {
    expect(defaulted(priorityLevelRow, queue({})).spec).toEqual({
      type: 'Limited',
      limited: {
        nominalConcurrencyShares: 30,
        lendablePercent: 0,
        limitResponse: { type: 'Queue', queuing: { handSize: 8, queues: 64, queueLengthLimit: 50 } },
      },
    });
    expect(defaulted(priorityLevelRow, { spec: { type: 'Exempt', exempt: {} } }).spec).toEqual({
      type: 'Exempt',
      exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 },
    });
  });

  it.each([
    ['a good one', queue({}), []],
    ['types', level({ type: 'Huge' }), ['spec.type: Unsupported value: "Huge": supported values: "Exempt", "Limited"']],
    [
      'the exempt',
      level({ type: 'Exempt' }),
      ["spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if `name` is 'exempt'"],
    ],
    ['limits that are missing', level({}), ['spec.limited: Required value: must not be empty when type is Limited']],
    [
      'shares',
      level({
        limited: {
          nominalConcurrencyShares: -1,
          lendablePercent: 101,
          borrowingLimitPercent: -1,
          limitResponse: { type: 'Reject' },
        },
        exempt: {},
      }),
      [
        'spec.exempt: Forbidden: must be nil if the type is Limited',
        'spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer',
        'spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive',
        'spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer',
      ],
    ],
    [
      'queues',
      queue({ queues: -1, handSize: -2, queueLengthLimit: -3 }),
      [
        'spec.limited.limitResponse.queuing.queueLengthLimit: Invalid value: -3: must be positive',
        'spec.limited.limitResponse.queuing.queues: Invalid value: -1: must be positive',
        'spec.limited.limitResponse.queuing.handSize: Invalid value: -2: must be positive',
      ],
    ],
    [
      'hands greater than the deck',
      queue({ queues: 4, handSize: 5 }),
      ['spec.limited.limitResponse.queuing.handSize: Invalid value: 5: should not be greater than queues (4)'],
    ],
    [
      'hands that take too many bits',
      queue({ queues: 1024, handSize: 7 }),
      [
        'spec.limited.limitResponse.queuing.handSize: Invalid value: 7: required entropy bits of deckSize 1024 and handSize 7 should not be greater than 60',
      ],
    ],
    [
      'queues without use',
      level({ limited: { limitResponse: { type: 'Reject', queuing: {} } } }),
      ['spec.limited.limitResponse.queuing: Forbidden: must be nil if limited.limitResponse.type is not Limited'],
    ],
  ])('judge %s', (_, parts, complaints) => {
    expect(refused(priorityLevelRow, parts)).toEqual(complaints);
  });

  it('let nobody change the last resort', () => {
    expect(refused(priorityLevelRow, { metadata: { name: 'catch-all' }, ...queue({}) })).toEqual([
      expect.stringMatching(
        /^spec: Invalid value: \{"Type":"Limited",.*: spec of 'catch-all' must equal the fixed value$/,
      ),
    ]);
    const exempt = { metadata: { name: 'exempt' }, spec: { type: 'Exempt', exempt: { lendablePercent: 50 } } };
    expect(refused(priorityLevelRow, exempt)).toEqual([]);
  });

  it('show their queues', () => {
    const metadata = { name: 'l', creationTimestamp: '2026-01-31T11:55:00Z' };
    expect(cellsOf(priorityLevelRow, { metadata, ...queue({}) })).toEqual(['l', 'Limited', 30, 64, 8, 50, '5m']);
    expect(cellsOf(priorityLevelRow, { metadata, spec: { type: 'Exempt' } })).toEqual([
      ...['l', 'Exempt', '<none>', '<none>', '<none>', '<none>', '5m'],
    ]);
  });
});
