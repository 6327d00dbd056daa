/** Who owns whom, and what each change makes worth looking at. */
import { describe, expect, it } from 'vitest';
import { OwnershipGraph, type Suspects } from '../../../controllers/garbage-collector/ownership-graph.ts';
import type { ApiObject } from '../../../controllers/runtime/client.ts';
import { pods, replicaSets } from '../../../controllers/runtime/resources.ts';

const resolve = (_apiVersion: string, kind: string) => (kind === 'ReplicaSet' ? replicaSets : undefined);

function object(uid: string, owners: string[] = [], extra: NonNullable<ApiObject['metadata']> = {}): ApiObject {
  const ownerReferences = owners.map((owner) => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: owner,
    uid: owner,
    blockOwnerDeletion: true,
  }));
  return { metadata: { namespace: 'default', name: uid, uid, ownerReferences, ...extra } };
}

function names({ toDelete, toOrphan }: Suspects): string {
  const list = (nodes: Suspects['toDelete']) => nodes.map(({ uid, virtual }) => (virtual ? `(${uid})` : uid)).join(' ');
  return `delete: ${list(toDelete)}; orphan: ${list(toOrphan)}`;
}

describe('OwnershipGraph', () => {
  it('an owner that was never seen is looked for once, and leads to its dependents when it is not there', () => {
    const graph = new OwnershipGraph();
    expect(names(graph.put(pods, object('p1', ['rs']), resolve))).toBe('delete: (rs); orphan: ');
    expect(names(graph.put(pods, object('p2', ['rs']), resolve))).toBe('delete: ; orphan: ');
    expect(graph.get('rs')).toMatchObject({ virtual: true, ref: replicaSets, namespace: 'default', name: 'rs' });
    expect(names(graph.remove('rs'))).toBe('delete: p1 p2; orphan: ');
  });

  it('an owner that appears takes the place of the virtual one', () => {
    const graph = new OwnershipGraph();
    graph.put(pods, object('p1', ['rs']), resolve);
    expect(names(graph.put(replicaSets, object('rs'), resolve))).toBe('delete: ; orphan: ');
    expect(graph.get('rs')).toMatchObject({ virtual: false });
    expect(names(graph.remove('rs'))).toBe('delete: p1; orphan: ');
  });

  it('a foreground deletion looks at the dependents and then, when they go, at the owner', () => {
    const graph = new OwnershipGraph();
    graph.put(replicaSets, object('rs'), resolve);
    graph.put(pods, object('p1', ['rs']), resolve);
    const dying = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['foregroundDeletion'] };
    expect(names(graph.put(replicaSets, object('rs', [], dying), resolve))).toBe('delete: p1 rs; orphan: ');
    expect(names(graph.put(replicaSets, object('rs', [], dying), resolve))).toBe('delete: ; orphan: ');
    expect(names(graph.remove('p1'))).toBe('delete: rs; orphan: ');
  });

  it('an orphaning deletion is told once', () => {
    const graph = new OwnershipGraph();
    const dying = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['orphan'] };
    graph.put(replicaSets, object('rs'), resolve);
    expect(names(graph.put(replicaSets, object('rs', [], dying), resolve))).toBe('delete: ; orphan: rs');
    expect(names(graph.put(replicaSets, object('rs', [], dying), resolve))).toBe('delete: ; orphan: ');
  });

  it('a dependent that leaves a waiting owner makes it worth a look', () => {
    const graph = new OwnershipGraph();
    const dying = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['foregroundDeletion'] };
    graph.put(replicaSets, object('rs', [], dying), resolve);
    graph.put(pods, object('p1', ['rs']), resolve);
    expect(names(graph.put(pods, object('p1'), resolve))).toBe('delete: rs; orphan: ');
    expect(graph.get('rs')?.dependents.size).toBe(0);
  });

  it('an owner in another namespace is none', () => {
    const graph = new OwnershipGraph();
    graph.put(replicaSets, object('rs', [], { namespace: 'elsewhere' }), resolve);
    expect(names(graph.put(pods, object('p1', ['rs']), resolve))).toBe('delete: p1; orphan: ');
  });

  it('forgets virtual owners that nobody names any more', () => {
    const graph = new OwnershipGraph();
    graph.put(pods, object('p1', ['rs']), resolve);
    graph.remove('p1');
    expect(graph.size).toBe(0);
  });
});
