/** Desired beside actual, as the demos judge it: from the API alone. */
import type { Client } from '../../controllers/runtime/client.ts';
import { deployments, pods } from '../../controllers/runtime/resources.ts';
import type { V1Deployment, V1Pod } from '../../generated/kubernetes.d.ts';

export interface DeploymentState {
  readonly desired: number;
  /** Pods that run, are ready, are not being deleted, and have the image asked for. */
  readonly ready: readonly V1Pod[];
  /** Pods being deleted, or not ready. */
  readonly others: readonly V1Pod[];
}

export async function deploymentState(client: Client, name: string): Promise<DeploymentState> {
  const deployment = await client.get<V1Deployment>(deployments, name, 'default');
  const image = deployment.spec?.template.spec?.containers[0]?.image;
  const { items } = await client.list<V1Pod>(pods, { namespace: 'default', labelSelector: `app=${name}` });
  const isReady = (pod: V1Pod): boolean =>
    pod.metadata?.deletionTimestamp === undefined &&
    pod.spec?.containers[0]?.image === image &&
    pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  return {
    desired: deployment.spec?.replicas ?? 0,
    ready: items.filter(isReady),
    others: items.filter((pod) => !isReady(pod)),
  };
}

/** Exactly as many ready pods as desired, and nothing else. */
export function hasConverged({ desired, ready, others }: DeploymentState): boolean {
  return ready.length === desired && others.length === 0;
}

export function manifestOf(name: string, replicas: number, image: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: ${replicas}
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      terminationGracePeriodSeconds: 5
      containers:
        - name: ${name}
          image: ${image}
`;
}
