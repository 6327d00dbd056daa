import { describe, expect, it } from 'vitest';
import { NamespaceLifecycle } from '../../../apiserver/admission/namespace-lifecycle.ts';
import type { StatusError } from '../../../apiserver/machinery/status.ts';
import { admit, attributesOf, Objects } from './fixture.ts';

const active = (name: string): object => ({ metadata: { name }, status: { phase: 'Active' } });
const terminating = (name: string): object => ({ metadata: { name }, status: { phase: 'Terminating' } });
const configMap = { metadata: { name: 'a', namespace: 'ns' } };

async function create(objects: Objects, resource = 'configmaps'): Promise<unknown> {
  return admit(new NamespaceLifecycle(objects, objects.clock), { resource, object: configMap }, objects);
}

describe('NamespaceLifecycle', () => {
  it('lets in what belongs to a namespace that is there', async () => {
    expect(await create(new Objects().put('namespaces', active('ns')))).toEqual(configMap);
  });

  it('a namespace that only the store has yet is there', async () => {
    expect(await create(new Objects().put('namespaces', active('ns'), true))).toEqual(configMap);
  });

  it('a namespace that is not there is not found', async () => {
    expect(await create(new Objects())).toBe('404 namespaces "ns" not found');
  });

  it('nothing new goes into a namespace that is going away', async () => {
    const objects = new Objects().put('namespaces', terminating('ns'));
    expect(await create(objects)).toBe(
      '403 configmaps "a" is forbidden: unable to create new content in namespace ns because it is being terminated',
    );
    const step = new NamespaceLifecycle(objects, objects.clock);
    const refusal = (() => {
      try {
        return step.mutate(attributesOf({ resource: 'configmaps', object: configMap }), objects.services);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect((refusal as StatusError).details?.causes).toEqual([
      { reason: 'NamespaceTerminating', message: 'namespace ns is being terminated', field: 'metadata.namespace' },
    ]);
  });

  it('but updates and deletions go on', async () => {
    const objects = new Objects().put('namespaces', terminating('ns'));
    const step = new NamespaceLifecycle(objects, objects.clock);
    const update = { operation: 'UPDATE', resource: 'configmaps', object: configMap, old: configMap } as const;
    expect(await admit(step, update, objects)).toEqual(configMap);
    expect(await admit(step, { operation: 'DELETE', resource: 'configmaps', old: configMap }, objects)).toBe(
      'unhandled',
    );
  });

  it('a namespace deleted a moment ago is looked up in the store', async () => {
    const objects = new Objects().put('namespaces', active('ns'));
    const step = new NamespaceLifecycle(objects, objects.clock);
    await admit(step, { operation: 'DELETE', resource: 'namespaces', namespace: '', name: 'ns' }, objects);
    objects.put('namespaces', terminating('ns'), true);
    expect(await admit(step, { resource: 'configmaps', object: configMap }, objects)).toContain('403');
    await objects.clock.advance(30_000);
    expect(await admit(step, { resource: 'configmaps', object: configMap }, objects)).toEqual(configMap);
  });

  it.each(['default', 'kube-system', 'kube-public'])('namespace %s stays', async (name) => {
    const step = new NamespaceLifecycle(new Objects(), new Objects().clock);
    const request = { operation: 'DELETE', resource: 'namespaces', namespace: '', name } as const;
    expect(await admit(step, request)).toBe(`403 namespaces "${name}" is forbidden: this namespace may not be deleted`);
  });

  it('access reviews tell nothing about namespaces', async () => {
    expect(await create(new Objects(), 'localsubjectaccessreviews.authorization.k8s.io')).toBe('unhandled');
  });
});
