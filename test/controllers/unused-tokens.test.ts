import { describe, expect, it } from 'vitest';
import { planUnusedTokens, UNUSED_MS } from '../../controllers/service-account-tokens/unused-tokens.ts';
import type { V1Pod, V1Secret, V1ServiceAccount } from '../../generated/kubernetes.d.ts';

const NOW_MS = Date.UTC(2026, 5, 15);
const LAST_USED = 'kubernetes.io/legacy-token-last-used';
const INVALID_SINCE = 'kubernetes.io/legacy-token-invalid-since';

const bot: V1ServiceAccount = {
  metadata: { name: 'bot', namespace: 'ns', uid: 'u1' },
  secrets: [{ name: 't' }],
};

function secret(labels: Record<string, string> = {}, more: object = {}): V1Secret {
  return {
    type: 'kubernetes.io/service-account-token',
    metadata: {
      name: 't',
      namespace: 'ns',
      creationTimestamp: '2024-01-01T00:00:00Z',
      annotations: { 'kubernetes.io/service-account.name': 'bot', 'kubernetes.io/service-account.uid': 'u1' },
      labels,
      ...more,
    },
  };
}

function plan(each: V1Secret, { since = '2024-01-01', account = bot, pods = [] as V1Pod[] } = {}): string[] {
  const view = { secrets: [each], account: () => account, podsIn: () => pods };
  return planUnusedTokens(view, since, NOW_MS, UNUSED_MS).map((made) =>
    made.action === 'mark' ? `mark ${made.since}` : 'delete',
  );
}

describe('a token that nobody uses', () => {
  it('is marked first, and deleted a year after that', () => {
    expect(plan(secret())).toEqual(['mark 2026-06-15']);
    expect(plan(secret({ [LAST_USED]: '2025-06-14' }))).toEqual(['mark 2026-06-15']);
    expect(plan(secret({ [INVALID_SINCE]: 'no date' }))).toEqual(['mark 2026-06-15']);
    expect(plan(secret({ [INVALID_SINCE]: '2025-06-15' }))).toEqual([]);
    expect(plan(secret({ [INVALID_SINCE]: '2025-06-14' }))).toEqual(['delete']);
  });

  it.each<[string, V1Secret, Parameters<typeof plan>[1]]>([
    ['it was used within a year', secret({ [LAST_USED]: '2025-06-15' }), {}],
    ['when it was used cannot be read', secret({ [LAST_USED]: 'yesterday' }), {}],
    ['it is younger than a year', secret({}, { creationTimestamp: '2025-07-01T00:00:00Z' }), {}],
    ['it is being deleted', secret({}, { deletionTimestamp: '2026-06-14T00:00:00Z' }), {}],
    ['it was made by hand', secret(), { account: { ...bot, secrets: [] } }],
    ['its account is another', secret(), { account: { ...bot, metadata: { ...bot.metadata, uid: 'u2' } } }],
    ['use was not noted long enough', secret(), { since: '2025-06-15' }],
    ['nobody knows since when it was', secret(), { since: '' }],
    [
      'a pod mounts it',
      secret(),
      { pods: [{ spec: { containers: [], volumes: [{ name: 'v', secret: { secretName: 't' } }] } }] },
    ],
    [
      'a pod has it in a variable',
      secret(),
      {
        pods: [
          {
            spec: {
              containers: [
                { name: 'c', env: [{ name: 'T', valueFrom: { secretKeyRef: { name: 't', key: 'token' } } }] },
              ],
            },
          },
        ],
      },
    ],
  ])('stays when %s', (_why, each, options) => {
    expect(plan(each, options)).toEqual([]);
  });
});
