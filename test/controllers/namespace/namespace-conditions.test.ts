/** What a namespace says while it is being emptied. */
import { expect, it } from 'vitest';
import { deletionConditions } from '../../../controllers/namespace/namespace-conditions.ts';
import { configMaps, pods } from '../../../controllers/runtime/resources.ts';
import { START_MS } from '../build-objects.ts';

it('tells what remains and what holds it, in upstream’s words, and changes only what changed', () => {
  const remains = [
    { ref: pods, count: 2, finalizers: new Map([['example.com/x', 1]]) },
    { ref: configMaps, count: 0, finalizers: new Map() },
  ];
  const first = deletionConditions([], remains, ['forbidden'], START_MS) ?? [];
  expect(first.map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`)).toEqual([
    'NamespaceDeletionDiscoveryFailure=False ResourcesDiscovered: All resources successfully discovered',
    'NamespaceDeletionGroupVersionParsingFailure=False ParsedGroupVersions: All legacy kube types successfully parsed',
    'NamespaceDeletionContentFailure=True ContentDeletionFailed: Failed to delete all resource types, 1 remaining: forbidden',
    'NamespaceContentRemaining=True SomeResourcesRemain: Some resources are remaining: pods. has 2 resource instances',
    'NamespaceFinalizersRemaining=True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: ' +
      'example.com/x in 1 resource instances',
  ]);
  expect(deletionConditions(first, remains, ['forbidden'], START_MS + 5000)).toBeUndefined();
  const last = deletionConditions(first, [], [], START_MS + 5000) ?? [];
  expect(last.every(({ status }) => status === 'False')).toBe(true);
  expect(last.map(({ lastTransitionTime }) => lastTransitionTime?.slice(17, 19))).toEqual([
    '00',
    '00',
    '05',
    '05',
    '05',
  ]);
});
