import { describe, expect, it } from 'vitest';
import { NodeRestriction } from '../../../apiserver/admission/node-restriction.ts';
import { denyAll } from '../../../apiserver/auth/simple-authorizers.ts';
import { makeUser, nodeUser } from '../../../apiserver/auth/users.ts';
import { admit, Objects, pod, type Request } from './fixture.ts';

const owner = { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'node-uid', controller: true };
const token = (boundObjectRef: object | undefined, audiences: string[] = []): object => ({
  metadata: { name: 'robot', namespace: 'ns' },
  spec: { audiences, ...(boundObjectRef === undefined ? {} : { boundObjectRef }) },
});
const mounted = {
  volumes: [
    {
      name: 'v',
      projected: {
        sources: [{ serviceAccountToken: { path: 't' } }, { serviceAccountToken: { path: 'u', audience: 'vault' } }],
      },
    },
  ],
};

const objects = new Objects()
  .put('nodes', { metadata: { name: 'n1', uid: 'node-uid' } })
  .put('pods', pod('own', { nodeName: 'n1', ...mounted }, { uid: 'own-uid' }))
  .put('pods', pod('other', { nodeName: 'n2' }, { uid: 'other-uid' }));

function mirror(spec: object = {}, metadata: object = {}): object {
  const annotations = { 'kubernetes.io/config.mirror': 'x' };
  return pod('m', { nodeName: 'n1', ...spec }, { annotations, ownerReferences: [owner], ...metadata });
}

async function judge(request: Request, user = nodeUser('n1')): Promise<string> {
  const answer = await admit(new NodeRestriction(objects, denyAll), { ...request, user }, objects);
  return typeof answer === 'string' ? answer : 'ok';
}

const node = (labels: object = {}, spec: object = {}, more: object = {}): object => ({
  metadata: { name: 'n1', labels, ...more },
  spec,
});
const nodeUpdate = (object: object, old = node()): Request => ({
  operation: 'UPDATE',
  resource: 'nodes',
  namespace: '',
  object,
  old,
});

describe('NodeRestriction', () => {
  it.each<[string, Request, string]>([
    [
      'a pod that is no mirror pod',
      { resource: 'pods', object: pod('p', { nodeName: 'n1' }) },
      'can only create mirror pods',
    ],
    ['a mirror pod', { resource: 'pods', object: mirror() }, 'ok'],
    [
      'a mirror pod of another node',
      { resource: 'pods', object: mirror({ nodeName: 'n2' }) },
      'can only create pods with spec.nodeName set to itself',
    ],
    [
      'a mirror pod without owner',
      { resource: 'pods', object: mirror({}, { ownerReferences: [] }) },
      'can only create pods with an owner reference set to itself',
    ],
    [
      'a mirror pod of another owner',
      { resource: 'pods', object: mirror({}, { ownerReferences: [{ ...owner, kind: 'Pod' }] }) },
      'can only create pods with an owner reference set to itself',
    ],
    [
      'a mirror pod of two owners',
      { resource: 'pods', object: mirror({}, { ownerReferences: [owner, owner] }) },
      'with a single owner reference set to itself',
    ],
    [
      'a mirror pod of another uid',
      { resource: 'pods', object: mirror({}, { ownerReferences: [{ ...owner, uid: 'x' }] }) },
      'node n1 UID mismatch: expected x got node-uid',
    ],
    [
      'a mirror pod with a secret',
      { resource: 'pods', object: mirror({ volumes: [{ name: 'v', secret: { secretName: 's' } }] }) },
      'can not create pods that reference secrets',
    ],
    [
      'a mirror pod with an account',
      { resource: 'pods', object: mirror({ serviceAccountName: 's' }) },
      'can not create pods that reference serviceaccounts',
    ],
    [
      'deleting an own pod',
      { operation: 'DELETE', resource: 'pods', name: 'own', old: pod('own', { nodeName: 'n1' }) },
      'ok',
    ],
    [
      'deleting another pod',
      { operation: 'DELETE', resource: 'pods', name: 'other', old: pod('other', { nodeName: 'n2' }) },
      'can only delete pods with spec.nodeName set to itself',
    ],
    [
      'evicting an own pod',
      { resource: 'pods', subresource: 'eviction', name: 'own', object: { metadata: { name: 'own' } } },
      'ok',
    ],
    [
      'evicting another pod',
      { resource: 'pods', subresource: 'eviction', name: 'other', object: { metadata: { name: 'other' } } },
      'can only evict pods with spec.nodeName set to itself',
    ],
    [
      'the status of an own pod',
      {
        operation: 'UPDATE',
        resource: 'pods',
        subresource: 'status',
        object: pod('own', { nodeName: 'n1' }),
        old: pod('own', { nodeName: 'n1' }),
      },
      'ok',
    ],
    [
      'the status of another pod',
      {
        operation: 'UPDATE',
        resource: 'pods',
        subresource: 'status',
        object: pod('o', { nodeName: 'n1' }),
        old: pod('o', { nodeName: 'n2' }),
      },
      'can only update pod status for pods with spec.nodeName set to itself',
    ],
    [
      'labels through the status',
      {
        operation: 'UPDATE',
        resource: 'pods',
        subresource: 'status',
        object: pod('own', { nodeName: 'n1' }, { labels: { a: 'b' } }),
        old: pod('own', { nodeName: 'n1' }),
      },
      'cannot update labels through pod status',
    ],
    [
      'another subresource',
      { resource: 'pods', subresource: 'binding', name: 'own', object: { metadata: {} } },
      "unexpected pod subresource \"binding\", only 'status' and 'eviction' are allowed",
    ],
    [
      'its own node',
      {
        resource: 'nodes',
        namespace: '',
        object: node({ 'kubernetes.io/hostname': 'n1', mine: 'yes', 'kubelet.kubernetes.io/x': 'y' }),
      },
      'ok',
    ],
    [
      'another node',
      { resource: 'nodes', namespace: '', object: { metadata: { name: 'n2' } } },
      'node "n1" is not allowed to modify node "n2"',
    ],
    [
      'a node with labels of others',
      {
        resource: 'nodes',
        namespace: '',
        object: node({ 'node-role.kubernetes.io/control-plane': '', 'node-restriction.kubernetes.io/x': '' }),
      },
      'is not allowed to set the following labels: node-restriction.kubernetes.io/x, node-role.kubernetes.io/control-plane',
    ],
    [
      'changing such a label',
      nodeUpdate(node({ 'node-restriction.kubernetes.io/x': '' })),
      'is not allowed to modify labels: node-restriction.kubernetes.io/x',
    ],
    [
      'removing its taints',
      nodeUpdate(node(), node({}, { taints: [{ key: 'k', effect: 'NoSchedule' }] })),
      'is not allowed to modify taints',
    ],
    [
      'changing its owners',
      nodeUpdate(node({}, {}, { ownerReferences: [owner] })),
      'is not allowed to modify ownerReferences',
    ],
    [
      'a token bound to an own pod',
      {
        resource: 'serviceaccounts',
        subresource: 'token',
        object: token({ apiVersion: 'v1', kind: 'Pod', name: 'own', uid: 'own-uid' }),
      },
      'ok',
    ],
    [
      'a token for a mounted audience',
      {
        resource: 'serviceaccounts',
        subresource: 'token',
        object: token({ apiVersion: 'v1', kind: 'Pod', name: 'own', uid: 'own-uid' }, ['vault']),
      },
      'ok',
    ],
    [
      'a token for another audience',
      {
        resource: 'serviceaccounts',
        subresource: 'token',
        object: token({ apiVersion: 'v1', kind: 'Pod', name: 'own', uid: 'own-uid' }, ['bank']),
      },
      'audience "bank" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience',
    ],
    [
      'a token bound to nothing',
      { resource: 'serviceaccounts', subresource: 'token', object: token(undefined) },
      'node requested token not bound to a pod',
    ],
    [
      'a token without uid',
      {
        resource: 'serviceaccounts',
        subresource: 'token',
        object: token({ apiVersion: 'v1', kind: 'Pod', name: 'own' }),
      },
      'without a uid',
    ],
    [
      'a token for an earlier pod',
      {
        resource: 'serviceaccounts',
        subresource: 'token',
        object: token({ apiVersion: 'v1', kind: 'Pod', name: 'own', uid: 'x' }),
      },
      'does not match the UID in record',
    ],
    [
      'a token for a pod elsewhere',
      {
        resource: 'serviceaccounts',
        subresource: 'token',
        object: token({ apiVersion: 'v1', kind: 'Pod', name: 'other', uid: 'other-uid' }),
      },
      'bound to a pod scheduled on a different node',
    ],
    [
      'its lease',
      { resource: 'leases.coordination.k8s.io', namespace: 'kube-node-lease', object: { metadata: { name: 'n1' } } },
      'ok',
    ],
    [
      'another lease',
      { resource: 'leases.coordination.k8s.io', namespace: 'kube-node-lease', object: { metadata: { name: 'n2' } } },
      'can only access node lease with the same name as the requesting node',
    ],
    [
      'a claim itself',
      {
        operation: 'UPDATE',
        resource: 'persistentvolumeclaims',
        object: { metadata: { name: 'c' } },
        old: { metadata: { name: 'c' } },
      },
      'may only update PVC status',
    ],
    ['events', { resource: 'events', object: { metadata: { name: 'e' } } }, 'ok'],
  ])('%s', async (_title, request, expected) => {
    expect(await judge(request)).toContain(expected);
  });

  const missingPod = { resource: 'pods', subresource: 'eviction', name: 'nosuch', object: { metadata: {} } };
  const tokenFor = (ref: object | null, ...audiences: string[]): Request => ({
    resource: 'serviceaccounts',
    subresource: 'token',
    object: { metadata: { name: 'robot', namespace: 'ns' }, spec: { audiences, boundObjectRef: ref } },
  });
  const volumes = { apiVersion: 'v1', kind: 'Pod', name: 'volumes', uid: 'volumes-uid' };
  it.each<[string, Request, string]>([
    ['an eviction of a pod that is gone', missingPod, '404 pod "nosuch" not found'],
    ['a token for a pod that is gone', tokenFor({ ...volumes, name: 'nosuch' }), '404 pod "nosuch" not found'],
    [
      'a token bound to null',
      tokenFor(null),
      '403 serviceaccounts "robot" is forbidden: node requested token not bound to a pod',
    ],
    ['an audience of a claim’s driver', tokenFor(volumes, 'storage'), 'ok'],
    ['an audience of a driver that was built in', tokenFor(volumes, 'cloud'), 'ok'],
    [
      'an audience that nothing wants, with volumes that lead nowhere',
      tokenFor(volumes, 'a'),
      '403 serviceaccounts "robot" is forbidden: error validating audience "a": [csidriver.storage.k8s.io "d.example.com" not found, persistentvolumeclaim "volumes-eph" not found, persistentvolume "" not found]',
    ],
  ])('G4 %s', async (_title, request, expected) => {
    const claim = (name: string): object => ({ persistentVolumeClaim: { claimName: name } });
    const more = new Objects()
      .put('persistentvolumeclaims', { metadata: { name: 'bound', namespace: 'ns' }, spec: { volumeName: 'pv' } })
      .put('persistentvolumeclaims', { metadata: { name: 'pending', namespace: 'ns' }, spec: {} })
      .put('persistentvolumes', { metadata: { name: 'pv' }, spec: { csi: { driver: 'known.example.com' } } })
      .put('csidrivers', {
        metadata: { name: 'known.example.com' },
        spec: { tokenRequests: [{ audience: 'storage' }] },
      })
      .put('csidrivers', { metadata: { name: 'ebs.csi.aws.com' }, spec: { tokenRequests: [{ audience: 'cloud' }] } })
      .put(
        'pods',
        pod(
          'volumes',
          {
            nodeName: 'n1',
            volumes: [
              { name: 'csi', csi: { driver: 'd.example.com' } },
              { name: 'eph', ephemeral: { volumeClaimTemplate: { spec: {} } } },
              { name: 'pending', ...claim('pending') },
              { name: 'bound', ...claim('bound') },
              { name: 'old', awsElasticBlockStore: { volumeID: 'v' } },
              { name: 'dir', emptyDir: {} },
            ],
          },
          { uid: 'volumes-uid' },
        ),
      );
    const answer = await admit(new NodeRestriction(more, denyAll), { ...request, user: nodeUser('n1') }, more);
    expect(typeof answer === 'string' ? answer : 'ok').toBe(expected);
  });

  const claim = {
    metadata: { name: 'claim', namespace: 'ns', uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, volumeName: 'pv1' },
    status: { phase: 'Pending' },
  };
  const sentence =
    '403 persistentvolumeclaims "claim" is forbidden: node "n1" is not allowed to update fields other than status.quantity and status.conditions: ';
  it.each<[string, object, string]>([
    ['its capacity', { ...claim, status: { ...claim.status, capacity: { storage: '2Gi' } } }, 'ok'],
    [
      'its phase',
      { ...claim, status: { phase: 'Bound' } },
      `${sentence}@@ -22,7 +22,7 @@\n   "VolumeAttributesClassName": null\n  },\n  "Status": {\n-  "Phase": "Pending",\n+  "Phase": "Bound",\n   "AccessModes": null,\n   "Capacity": null,\n   "Conditions": null,\n`,
    ],
    [
      'its labels',
      { ...claim, metadata: { ...claim.metadata, labels: { a: 'b' } } },
      `${sentence}@@ -3,6 +3,9 @@\n  "namespace": "ns",\n  "uid": "u",\n  "creationTimestamp": "2026-01-01T00:00:00Z",\n+ "labels": {\n+  "a": "b"\n+ },\n  "Spec": {\n   "AccessModes": [\n    "ReadWriteOnce"\n`,
    ],
  ])('G4 through the status of a claim: %s', async (_title, object, expected) => {
    const request: Request = { operation: 'UPDATE', resource: 'persistentvolumeclaims', subresource: 'status' };
    expect(await judge({ ...request, object, old: claim })).toBe(expected);
  });

  it('leaves everybody else alone, and stops nodes without a name', async () => {
    const request: Request = { resource: 'nodes', namespace: '', object: { metadata: { name: 'n2' } } };
    expect(await judge(request, makeUser('alice'))).toBe('ok');
    expect(await judge(request, makeUser('system:node:', ['system:nodes']))).toContain(
      'could not determine node from user',
    );
  });
});
