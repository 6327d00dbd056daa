/** The pod template of an object: of pods themselves, of workloads, of jobs and cron jobs. */
import type { KubeObject } from '../documents.ts';

export interface EnvVariable {
  name: string;
  value?: string;
  valueFrom?: Record<string, Record<string, unknown>>;
}

export interface Container {
  name: string;
  image?: string;
  env?: EnvVariable[];
  resources?: { limits?: Record<string, string>; requests?: Record<string, string> };
  [field: string]: unknown;
}

export interface PodSpec {
  containers?: Container[];
  initContainers?: Container[];
  serviceAccountName?: string;
  [field: string]: unknown;
}

/** Where the pod's spec stands in the object; undefined for kinds without one. */
export function podSpecPath({ kind }: Pick<KubeObject, 'kind'>): readonly string[] | undefined {
  switch (kind) {
    case 'Pod':
      return ['spec'];
    case 'Deployment':
    case 'DaemonSet':
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'ReplicationController':
    case 'Job':
      return ['spec', 'template', 'spec'];
    case 'CronJob':
      return ['spec', 'jobTemplate', 'spec', 'template', 'spec'];
    default:
      return undefined;
  }
}

export function podSpecOf(object: KubeObject): PodSpec | undefined {
  let value: unknown = object;
  const path = podSpecPath(object);
  if (path === undefined) return undefined;
  for (const key of path) value = (value as Record<string, unknown> | undefined)?.[key];
  return value as PodSpec | undefined;
}

/** `value` under the pod's spec: a patch. */
export function atPodSpec(object: KubeObject, value: object): object {
  return (podSpecPath(object) ?? []).reduceRight<object>((inner, key) => ({ [key]: inner }), value);
}
