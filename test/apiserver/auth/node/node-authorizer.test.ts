import { describe, expect, it } from 'vitest';
import { NodeAuthorizer } from '../../../../apiserver/auth/node/node-authorizer.ts';
import { NodeIndex } from '../../../../apiserver/auth/node/node-index.ts';
import { systemRoles } from '../../../../apiserver/auth/rbac/defaults/system-roles.ts';
import { makeUser, nodeUser } from '../../../../apiserver/auth/users.ts';
import type { UserInfo } from '../../../../apiserver/machinery/resource-row.ts';
import { Objects, pod } from '../../admission/fixture.ts';
import { attributes } from '../requests.ts';

const rules = systemRoles.find(({ metadata }) => metadata.name === 'system:node')?.rules ?? [];

const web = {
  nodeName: 'n1',
  serviceAccountName: 'robot',
  imagePullSecrets: [{ name: 'pull' }],
  containers: [
    {
      name: 'c',
      image: 'i',
      env: [{ name: 'E', valueFrom: { secretKeyRef: { name: 'env', key: 'k' } } }],
      envFrom: [{ configMapRef: { name: 'settings' } }],
    },
  ],
  volumes: [
    { name: 'a', secret: { secretName: 'volume' } },
    {
      name: 'b',
      projected: { sources: [{ configMap: { name: 'kube-root-ca.crt' } }, { secret: { name: 'projected' } }] },
    },
    { name: 'c', persistentVolumeClaim: { claimName: 'claim' } },
    { name: 'd', ephemeral: { volumeClaimTemplate: {} } },
  ],
};

function cluster(): { objects: Objects; decide: (user: UserInfo, words: string, fieldSelector?: string) => string } {
  const objects = new Objects()
    .put('pods', pod('web', web))
    .put('pods', pod('other', { nodeName: 'n2', volumes: [{ name: 'a', secret: { secretName: 'others' } }] }))
    .put('pods', pod('pending', { volumes: [{ name: 'a', secret: { secretName: 'later' } }] }))
    .put(
      'pods',
      pod(
        'mirror',
        { nodeName: 'n1', volumes: [{ name: 'a', secret: { secretName: 'stolen' } }] },
        { annotations: { 'kubernetes.io/config.mirror': 'x' } },
      ),
    )
    .put('persistentvolumes', {
      metadata: { name: 'pv' },
      spec: {
        claimRef: { namespace: 'ns', name: 'claim' },
        csi: {
          driver: 'd',
          nodeStageSecretRef: { name: 'stage', namespace: 'storage' },
          controllerPublishSecretRef: { name: 'controller', namespace: 'storage' },
        },
      },
    })
    .put('persistentvolumes', { metadata: { name: 'free' }, spec: {} })
    .put('resourceslices', { metadata: { name: 'mine' }, spec: { nodeName: 'n1' } })
    .put('resourceslices', { metadata: { name: 'theirs' }, spec: { nodeName: 'n2' } })
    .put('resourceslices', { metadata: { name: 'network' }, spec: { allNodes: true } })
    .put('volumeattachments', { metadata: { name: 'va' }, spec: { nodeName: 'n1' } });
  const index = new NodeIndex();
  index.follow(objects);
  const authorizer = new NodeAuthorizer(index, rules);
  return {
    objects,
    decide: (user, words, fieldSelector) => {
      const asked = { ...attributes(user, words), ...(fieldSelector === undefined ? {} : { fieldSelector }) };
      const { decision, reason } = authorizer.authorize(asked);
      return decision === 'allow' ? 'allow' : `no${reason === '' ? '' : `: ${reason}`}`;
    },
  };
}

const n1 = nodeUser('n1');
const unrelated = "no: no relationship found between node 'n1' and this object";

describe('the Node authorizer', () => {
  it.each([
    ['get secrets volume -n ns', 'allow'],
    ['get secrets projected -n ns', 'allow'],
    ['get secrets env -n ns', 'allow'],
    ['watch secrets pull -n ns', 'allow'],
    ['get secrets stage -n storage', 'allow'],
    ['get secrets controller -n storage', unrelated],
    ['get secrets others -n ns', unrelated],
    ['get secrets later -n ns', unrelated],
    ['get secrets stolen -n ns', unrelated],
    ['get secrets volume -n other', unrelated],
    ['list secrets -n ns', 'no: No Object name found'],
    ['list secrets', 'no: can only read namespaced object of this type'],
    ['delete secrets volume -n ns', 'no: can only read resources of this type'],
    ['get configmaps settings -n ns', 'allow'],
    ['get configmaps kube-root-ca.crt -n ns', 'allow'],
    ['get configmaps other -n ns', unrelated],
    ['get persistentvolumeclaims claim -n ns', 'allow'],
    ['get persistentvolumeclaims web-d -n ns', 'allow'],
    ['patch persistentvolumeclaims/status claim -n ns', 'allow'],
    ['list persistentvolumeclaims -n ns', 'no: can only get individual resources of this type'],
    ['get persistentvolumes pv', 'allow'],
    ['get persistentvolumes free', unrelated],
    ['get volumeattachments.storage.k8s.io va', 'allow'],
    ['get serviceaccounts robot -n ns', 'allow'],
    ['get serviceaccounts default -n ns', unrelated],
    ['create serviceaccounts/token robot -n ns', 'allow'],
    ['create serviceaccounts/token default -n ns', unrelated],
    ['get nodes n1', 'allow'],
    ['get nodes n2', "no: node 'n1' cannot read 'n2', only its own Node object"],
    ['list nodes', "no: node 'n1' cannot read all nodes, only its own Node object"],
    ['create nodes', 'allow'],
    ['patch nodes/status n1', 'allow'],
    ['delete nodes n1', 'no'],
    ['get pods web -n ns', 'allow'],
    ['get pods other -n ns', unrelated],
    ['list pods', 'no: can only list/watch pods with spec.nodeName field selector'],
    ['patch pods/status web -n ns', 'allow'],
    ['create pods/eviction web -n ns', 'allow'],
    ['update pods web -n ns', 'no'],
    ['create pods/exec web -n ns', 'no'],
    ['update leases.coordination.k8s.io n1 -n kube-node-lease', 'allow'],
    [
      'update leases.coordination.k8s.io n2 -n kube-node-lease',
      'no: can only access node lease with the same name as the requesting node',
    ],
    [
      'update leases.coordination.k8s.io n1 -n default',
      'no: can only access leases in the "kube-node-lease" system namespace',
    ],
    [
      'list leases.coordination.k8s.io -n kube-node-lease',
      'no: can only get, create, update, patch, or delete a node lease',
    ],
    ['list services', 'allow'],
    ['create events -n ns', 'allow'],
    ['list runtimeclasses.node.k8s.io', 'allow'],
    ['list deployments.apps', 'no'],
    ['get /healthz', 'no'],
  ])('%s: %s', (words, expected) => {
    expect(cluster().decide(n1, words)).toBe(expected);
  });

  it('a node lists and watches its own pods alone', () => {
    const { decide } = cluster();
    expect(decide(n1, 'watch pods', 'spec.nodeName=n1')).toBe('allow');
    expect(decide(n1, 'watch pods', 'spec.nodeName=n2')).not.toBe('allow');
    expect(decide(n1, 'watch pods', 'spec.nodeName!=n1')).not.toBe('allow');
    expect(decide(n1, 'watch pods', 'metadata.name=n1')).not.toBe('allow');
  });

  const bySelector = 'no: can only list/watch/deletecollection resourceslices with nodeName field selector';
  it.each<[string, string | undefined, string]>([
    ['create resourceslices.resource.k8s.io', undefined, 'allow'],
    ['get resourceslices.resource.k8s.io mine', undefined, 'allow'],
    ['update resourceslices.resource.k8s.io mine', undefined, 'allow'],
    ['patch resourceslices.resource.k8s.io mine', undefined, 'allow'],
    ['delete resourceslices.resource.k8s.io mine', undefined, 'allow'],
    ['get resourceslices.resource.k8s.io theirs', undefined, unrelated],
    ['delete resourceslices.resource.k8s.io theirs', undefined, unrelated],
    ['get resourceslices.resource.k8s.io network', undefined, unrelated],
    ['get resourceslices.resource.k8s.io nosuch', undefined, unrelated],
    ['list resourceslices.resource.k8s.io', undefined, bySelector],
    ['list resourceslices.resource.k8s.io', 'spec.nodeName=n1', 'allow'],
    ['watch resourceslices.resource.k8s.io', 'spec.nodeName=n1', 'allow'],
    ['deletecollection resourceslices.resource.k8s.io', 'spec.nodeName=n1', 'allow'],
    ['deletecollection resourceslices.resource.k8s.io', 'spec.nodeName=n2', bySelector],
    ['deletecollection resourceslices.resource.k8s.io', undefined, bySelector],
    ['get resourceslices.resource.k8s.io/status mine', undefined, 'no: cannot authorize ResourceSlice subresources'],
  ])('Z2 %s by %s: %s', (words, fieldSelector, expected) => {
    expect(cluster().decide(n1, words, fieldSelector)).toBe(expected);
  });

  it('Z2 rights go with the slice', () => {
    const { decide, objects } = cluster();
    objects.remove('resourceslices', '', 'mine');
    expect(decide(n1, 'get resourceslices.resource.k8s.io mine')).toBe(unrelated);
  });

  it('rights go with the pod', () => {
    const { decide, objects } = cluster();
    objects.remove('pods', 'ns', 'web');
    expect(decide(n1, 'get secrets volume -n ns')).toBe(unrelated);
    expect(decide(n1, 'get persistentvolumes pv')).toBe(unrelated);
    objects.put('pods', pod('pending', { nodeName: 'n1', volumes: [{ name: 'a', secret: { secretName: 'later' } }] }));
    expect(decide(n1, 'get secrets later -n ns')).toBe('allow');
    objects.put(
      'pods',
      pod('pending', {
        nodeName: 'n1',
        ephemeralContainers: [{ name: 'd', image: 'i', envFrom: [{ secretRef: { name: 'debug' } }] }],
      }),
    );
    expect(decide(n1, 'get secrets debug -n ns')).toBe('allow');
  });

  it('has no opinion of others, and none of members of the group without a name', () => {
    const { decide } = cluster();
    expect(decide(makeUser('alice', ['system:nodes']), 'get nodes n1')).toBe('no');
    expect(decide(makeUser('system:node:n1'), 'get nodes n1')).toBe('no');
    expect(decide(makeUser('system:node:', ['system:nodes']), 'get nodes n1')).toBe(
      'no: unknown node for user "system:node:"',
    );
  });
});
