/** How often a mistake in an update's metadata is told, by kind: the counts of a real kube-apiserver 1.36. */
import { describe, expect, it } from 'vitest';
import { startBuiltin } from '../builtin-server.ts';
import { validObjects } from '../fuzz/valid-objects.ts';

/** Causes of a bad annotation key, of a finalizer that is no qualified name, and of one without a domain. */
const CAUSES: Readonly<Record<string, readonly [annotation: number, finalizer: number, domain: number]>> = {
  '/api/v1 configmaps': [4, 2, 2],
  '/api/v1 limitranges': [3, 2, 1],
  '/api/v1 persistentvolumeclaims': [4, 2, 2],
  '/api/v1 podtemplates': [3, 1, 1],
  '/api/v1 secrets': [4, 2, 2],
  '/api/v1 serviceaccounts': [4, 2, 2],
  '/apis/apps/v1 deployments': [3, 1, 1],
  '/apis/apps/v1 controllerrevisions': [4, 2, 2],
  '/apis/batch/v1 jobs': [4, 2, 2],
  '/apis/batch/v1 cronjobs': [3, 1, 1],
  '/apis/coordination.k8s.io/v1 leases': [3, 1, 0],
  '/apis/discovery.k8s.io/v1 endpointslices': [3, 2, 1],
  '/apis/networking.k8s.io/v1 ingresses': [4, 2, 2],
  '/apis/networking.k8s.io/v1 networkpolicies': [3, 1, 1],
  '/apis/policy/v1 poddisruptionbudgets': [2, 1, 0],
  '/apis/rbac.authorization.k8s.io/v1 roles': [4, 2, 2],
};

describe('metadata on an update', () => {
  it('V3 is told of once for every kind, and again by the validation of each', async () => {
    const fixture = await startBuiltin();
    for (const [key, counts] of Object.entries(CAUSES)) {
      const [root = '', resource = ''] = key.split(' ');
      const [, , group = ''] = root.split('/');
      const valid = validObjects[root === '/api/v1' ? resource : `${resource}.${group}`] as { metadata?: object };
      const path = `${root}/namespaces/default/${resource}`;
      const made = await fixture.call('POST', path, { ...valid, metadata: { name: 'm', ...valid.metadata } });
      expect(made.code, key).toBe(201);
      const { metadata } = made.body as { metadata: { name: string } };
      const causesOf = async (change: object): Promise<number> => {
        const body = { ...made.body, metadata: { ...metadata, ...change } };
        const answer = await fixture.call('PUT', `${path}/${metadata.name}?dryRun=All`, body);
        return ((answer.body as { details?: { causes?: unknown[] } }).details?.causes ?? []).length;
      };
      const told = [
        await causesOf({ annotations: { 'bad key!': 'v' } }),
        await causesOf({ finalizers: ['A_b.c/d'] }),
        await causesOf({ finalizers: ['x'] }),
      ];
      expect(told, key).toEqual(counts);
    }
    await fixture.close();
  });
});
