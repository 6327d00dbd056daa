/** The objects that live tests begin with. */

import { BUILT_IN_PROVISIONER } from '../../../controllers/persistent-volume/volume-plan.ts';
import type {
  V1CronJob,
  V1DaemonSet,
  V1Deployment,
  V1Job,
  V1JobSpec,
  V1PodSpec,
  V1ReplicaSet,
  V1Service,
  V1ServiceSpec,
  V1StatefulSet,
  V1StatefulSetSpec,
  V1StorageClass,
} from '../../../generated/kubernetes.d.ts';

function workload(name: string, spec: Partial<V1PodSpec> = {}) {
  return {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name, image: `${name}:1` }], ...spec },
    },
  };
}

export function deployment(name: string, replicas: number, spec: Partial<V1PodSpec> = {}): V1Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: { replicas, ...workload(name, spec) },
  };
}

export function replicaSet(name: string, replicas: number, spec: Partial<V1PodSpec> = {}): V1ReplicaSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, namespace: 'default' },
    spec: { replicas, ...workload(name, spec) },
  };
}

export function daemonSet(name: string, spec: Partial<V1PodSpec> = {}): V1DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: 'default' },
    spec: workload(name, spec),
  };
}

export function statefulSet(name: string, replicas: number, spec: Partial<V1StatefulSetSpec> = {}): V1StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, namespace: 'default' },
    spec: { replicas, serviceName: name, ...workload(name), ...spec },
  };
}

/** Its container runs `script` with a shell. */
export function job(name: string, script: string, spec: Partial<V1JobSpec> = {}): V1Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'default' },
    spec: { template: taskTemplate(name, script), ...spec },
  };
}

export function cronJob(name: string, schedule: string, script: string): V1CronJob {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, namespace: 'default' },
    spec: { schedule, jobTemplate: { spec: { template: taskTemplate(name, script) } } },
  };
}

function taskTemplate(name: string, script: string) {
  return {
    metadata: { labels: { app: name } },
    spec: {
      restartPolicy: 'Never',
      containers: [{ name, image: 'busybox:1', command: ['sh', '-c', script] }],
    },
  };
}

export function service(name: string, spec: Partial<V1ServiceSpec> = {}): V1Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }], ...spec },
  };
}

export function storageClass(name: string, changes: Partial<V1StorageClass> = {}): V1StorageClass {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: BUILT_IN_PROVISIONER,
    ...changes,
  };
}
