/** Secrets that hold tokens of service accounts: filled, repaired, and gone with their account. */
import { afterEach, describe, expect, it } from 'vitest';
import { secrets, serviceAccounts } from '../../../controllers/runtime/resources.ts';
import type { V1Secret, V1ServiceAccount } from '../../../generated/kubernetes.d.ts';
import { type LiveCluster, startLiveCluster } from '../live-cluster.ts';

let cluster: LiveCluster;
afterEach(() => cluster.stop());

const NAME = 'kubernetes.io/service-account.name';
const UID = 'kubernetes.io/service-account.uid';

function account(name: string): V1ServiceAccount {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'default' } };
}

function tokenSecret(name: string, forAccount: string, more: Partial<V1Secret> = {}): V1Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'default', annotations: { [NAME]: forAccount } },
    type: 'kubernetes.io/service-account-token',
    ...more,
  };
}

async function start(): Promise<void> {
  cluster = await startLiveCluster({
    options: {
      rootCaCertificate: 'PEM',
      signSecretToken: async ({ namespace, name, uid }, secret) => `token ${namespace}/${name}/${uid} in ${secret}`,
    },
  });
}

function shown({ data = {} }: V1Secret): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

const names = async (): Promise<string[]> =>
  (await cluster.list<V1Secret>(secrets, 'default')).map(({ metadata }) => metadata?.name ?? '');

describe('a secret for a token', () => {
  it('gets the token, the namespace and the authority, and the account that it is for', async () => {
    await start();
    const bot = await cluster.create(serviceAccounts, account('bot'));
    const uid = bot.metadata?.uid ?? '';
    await cluster.create(secrets, tokenSecret('t', 'bot', { data: { mine: Buffer.from('kept').toString('base64') } }));
    await cluster.advance(1000);
    const filled = await cluster.get<V1Secret>(secrets, 't', 'default');
    expect(shown(filled)).toEqual({
      mine: 'kept',
      'ca.crt': 'PEM',
      namespace: 'default',
      token: `token default/bot/${uid} in t`,
    });
    expect(filled.metadata?.annotations).toEqual({ [NAME]: 'bot', [UID]: uid });
    await cluster.patch(secrets, 't', 'default', { data: { token: null, 'ca.crt': 'Zm9yZ2Vk' } });
    await cluster.advance(1000);
    expect(shown(await cluster.get<V1Secret>(secrets, 't', 'default'))).toEqual(shown(filled));
  });

  it('goes with its account, and at once when there is none; others stay', async () => {
    await start();
    await cluster.create(serviceAccounts, account('bot'));
    await cluster.create(secrets, tokenSecret('t', 'bot'));
    await cluster.create(secrets, tokenSecret('lost', 'nobody'));
    await cluster.create(secrets, { ...tokenSecret('plain', 'bot'), type: 'Opaque' });
    await cluster.advance(1000);
    expect(await names()).toEqual(['plain', 't']);
    await cluster.delete(serviceAccounts, 'bot', 'default');
    await cluster.create(serviceAccounts, account('bot'));
    await cluster.until('it is gone', async () => (await names()).join() === 'plain');
  });

  it('is taken from the list of its account when it is deleted', async () => {
    await start();
    await cluster.create(serviceAccounts, { ...account('bot'), secrets: [{ name: 'other' }, { name: 't' }] });
    await cluster.create(secrets, tokenSecret('t', 'bot'));
    await cluster.advance(1000);
    await cluster.delete(secrets, 't', 'default');
    const listed = async (): Promise<string> =>
      ((await cluster.get<V1ServiceAccount>(serviceAccounts, 'bot', 'default')).secrets ?? [])
        .map(({ name }) => name)
        .join();
    await cluster.until('it is not listed', async () => (await listed()) === 'other');
  });
});
