/** ReplicaSets and ReplicationControllers differ in how they write their selector, and in little else. */
import type { LabelSelectorObject } from '../../base/label-selector.ts';
import type { V1ReplicaSet, V1ReplicationController } from '../../generated/kubernetes.d.ts';
import type { ResourceRef } from '../runtime/client.ts';
import { replicaSets, replicationControllers } from '../runtime/resources.ts';

export type ReplicaOwner = V1ReplicaSet | V1ReplicationController;

export interface ReplicaOwnerKind {
  /** The controller's name in logs and moments. */
  readonly name: string;
  readonly ref: ResourceRef;
  selectorOf(owner: ReplicaOwner): LabelSelectorObject | undefined;
  /** Whether the status counts pods that are going away. */
  readonly countsTerminating: boolean;
}

export const replicaSetKind: ReplicaOwnerKind = {
  name: 'replicaset-controller',
  ref: replicaSets,
  selectorOf: (owner) => (owner as V1ReplicaSet).spec?.selector,
  countsTerminating: true,
};

export const replicationControllerKind: ReplicaOwnerKind = {
  name: 'replicationcontroller-controller',
  ref: replicationControllers,
  selectorOf: (owner) => {
    const selector = (owner as V1ReplicationController).spec?.selector;
    return selector === undefined ? undefined : { matchLabels: selector };
  },
  countsTerminating: false,
};
