import { describe, expect, it } from 'vitest';
import { ServiceAccountStep } from '../../../apiserver/admission/service-account.ts';
import type { KubeObject } from '../../../apiserver/machinery/resource-row.ts';
import { SeededRandom } from '../../../base/random.ts';
import { admit, attributesOf, Objects, pod } from './fixture.ts';

const account = (name: string, more: object = {}): object => ({ metadata: { name, namespace: 'ns' }, ...more });

async function create(object: KubeObject, ...accounts: object[]): Promise<KubeObject | string | undefined> {
  const objects = new Objects();
  for (const each of accounts) objects.put('serviceaccounts', each);
  const step = new ServiceAccountStep(objects, objects.clock, new SeededRandom(1));
  return admit(step, { resource: 'pods', object }, objects);
}

const spec = (answer: KubeObject | string | undefined): Record<string, unknown> =>
  (answer as KubeObject).spec as Record<string, unknown>;

describe('ServiceAccount', () => {
  it('gives a pod the default account, its token in every container, and the volume for it', async () => {
    const answer = spec(await create(pod('p', { initContainers: [{ name: 'init', image: 'i' }] }), account('default')));
    expect(answer.serviceAccountName).toBe('default');
    expect(answer.serviceAccount).toBe('default');
    const [volume] = answer.volumes as { name: string }[];
    expect(volume?.name).toMatch(/^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    const mounts = [{ name: volume?.name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }];
    expect(answer.containers).toEqual([{ name: 'web', image: 'nginx', volumeMounts: mounts }]);
    expect(answer.initContainers).toEqual([{ name: 'init', image: 'i', volumeMounts: mounts }]);
    expect(volume).toEqual({
      name: volume?.name,
      projected: {
        defaultMode: 420,
        sources: [
          { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
          { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          {
            downwardAPI: {
              items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
            },
          },
        ],
      },
    });
  });

  it.each([
    ['the pod says no', { automountServiceAccountToken: false }, {}, false],
    ['the account says no', {}, { automountServiceAccountToken: false }, false],
    [
      'the pod overrules the account',
      { automountServiceAccountToken: true },
      { automountServiceAccountToken: false },
      true,
    ],
  ])('%s', async (_title, podSpec, accountFields, mounted) => {
    const answer = spec(await create(pod('p', podSpec), account('default', accountFields)));
    expect(answer.volumes !== undefined).toBe(mounted);
  });

  it('leaves a mount in that place alone, and uses a token volume that is there', async () => {
    const path = '/var/run/secrets/kubernetes.io/serviceaccount';
    const own = [{ name: 'mine', mountPath: path }];
    const alone = spec(
      await create(pod('p', { containers: [{ name: 'c', image: 'i', volumeMounts: own }] }), account('default')),
    );
    expect(alone.volumes).toBeUndefined();
    const volumes = [{ name: 'kube-api-access-old', projected: { sources: [] } }];
    const kept = spec(await create(pod('p', { volumes }), account('default')));
    expect(kept.volumes).toEqual(volumes);
    expect(kept.containers).toMatchObject([{ volumeMounts: [{ name: 'kube-api-access-old', mountPath: path }] }]);
  });

  it('gives pull secrets to pods that have none', async () => {
    const robot = account('robot', { imagePullSecrets: [{ name: 'registry' }] });
    expect(spec(await create(pod('p', { serviceAccountName: 'robot' }), robot)).imagePullSecrets).toEqual([
      { name: 'registry' },
    ]);
    const own = pod('p', { serviceAccountName: 'robot', imagePullSecrets: [{ name: 'own' }] });
    expect(spec(await create(own, robot)).imagePullSecrets).toEqual([{ name: 'own' }]);
  });

  it('refuses an account that does not exist', async () => {
    expect(await create(pod('p', { serviceAccountName: 'nobody' }))).toBe(
      '403 pods "p" is forbidden: error looking up service account ns/nobody: serviceaccount "nobody" not found',
    );
  });

  it('waits for the default account of a new namespace', async () => {
    const objects = new Objects();
    const step = new ServiceAccountStep(objects, objects.clock, new SeededRandom(1));
    const answer = admit(step, { resource: 'pods', object: pod('p') }, objects);
    await objects.clock.advance(300);
    objects.put('serviceaccounts', account('default'), true);
    await objects.clock.advance(300);
    expect(spec(await answer).serviceAccountName).toBe('default');
  });

  it('gives up on a default account that never comes', async () => {
    const objects = new Objects();
    const step = new ServiceAccountStep(objects, objects.clock, new SeededRandom(1));
    const answer = admit(step, { resource: 'pods', object: pod('p') }, objects);
    await objects.clock.advance(5000);
    expect(await answer).toContain('error looking up service account ns/default');
  });

  it.each([
    [{ serviceAccountName: 'a' }, 'a mirror pod may not reference service accounts'],
    [{ imagePullSecrets: [{ name: 's' }] }, 'a mirror pod may not reference secrets'],
    [{ volumes: [{ name: 'v', secret: { secretName: 's' } }] }, 'a mirror pod may not reference secrets'],
    [
      { containers: [{ name: 'c', image: 'i', envFrom: [{ secretRef: { name: 's' } }] }] },
      'a mirror pod may not reference secrets',
    ],
    [
      { volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] },
      'a mirror pod may not use ServiceAccountToken volume projections',
    ],
  ])('a mirror pod with %j', async (podSpec, why) => {
    const mirror = pod('p', podSpec, { annotations: { 'kubernetes.io/config.mirror': 'hash' } });
    expect(await create(mirror)).toBe(`403 pods "p" is forbidden: ${why}`);
  });

  it('G4 a mirror pod is judged before whatever comes after', async () => {
    const step = new ServiceAccountStep(new Objects(), new Objects().clock, new SeededRandom(1));
    const object = pod('p', { serviceAccountName: 'a' }, { annotations: { 'kubernetes.io/config.mirror': 'hash' } });
    const attributes = attributesOf({ resource: 'pods', object });
    expect(() => step.mutate(attributes, new Objects().services)).toThrow('may not reference service accounts');
  });

  it('a mirror pod is not changed', async () => {
    const mirror = pod('p', {}, { annotations: { 'kubernetes.io/config.mirror': 'hash' } });
    expect(await create(mirror)).toEqual(mirror);
  });

  it.each([
    [
      { volumes: [{ name: 'v', secret: { secretName: 's' } }] },
      'volume with secret.secretName="s" is not allowed because service account default does not reference that secret',
    ],
    [
      {
        containers: [
          { name: 'c', image: 'i', env: [{ name: 'E', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] },
        ],
      },
      'container c with envVar E referencing secret.secretName="s" is not allowed because service account default does not reference that secret',
    ],
    [
      { imagePullSecrets: [{ name: 's' }] },
      'imagePullSecrets[0].name="s" is not allowed because service account default does not reference that imagePullSecret',
    ],
    [{ volumes: [{ name: 'v', secret: { secretName: 'mine' } }] }, ''],
  ])('an account that limits secrets: %j', async (podSpec, why) => {
    const limiting = {
      metadata: {
        name: 'default',
        namespace: 'ns',
        annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' },
      },
      secrets: [{ name: 'mine' }],
    };
    const answer = await create(pod('p', { automountServiceAccountToken: false, ...podSpec }), limiting);
    if (why === '') expect(typeof answer).toBe('object');
    else expect(answer).toBe(`403 pods "p" is forbidden: ${why}`);
  });
});
