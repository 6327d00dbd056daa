/** A pod as `debug` changes it: only the fields that it knows. */
import type { KubeObject } from '../documents.ts';

export interface SecurityContext {
  privileged?: boolean;
  runAsUser?: number;
  runAsNonRoot?: boolean;
  allowPrivilegeEscalation?: boolean;
  capabilities?: { add?: string[]; drop?: string[] };
  seccompProfile?: { type: string };
}

export interface DebugContainer {
  name: string;
  image?: string;
  command?: readonly string[];
  args?: readonly string[];
  env?: readonly { readonly name: string; readonly value: string }[];
  imagePullPolicy?: string;
  terminationMessagePolicy?: string;
  targetContainerName?: string;
  stdin?: boolean;
  tty?: boolean;
  securityContext?: SecurityContext;
  volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  livenessProbe?: unknown;
  readinessProbe?: unknown;
  startupProbe?: unknown;
}

export interface DebugPodSpec {
  containers: DebugContainer[];
  initContainers?: DebugContainer[];
  ephemeralContainers?: DebugContainer[];
  volumes?: readonly { readonly name: string; readonly [source: string]: unknown }[];
  securityContext?: { readonly runAsUser?: number };
  nodeName?: string;
  restartPolicy?: string;
  tolerations?: readonly { readonly operator: string }[];
  shareProcessNamespace?: boolean;
  hostNetwork?: boolean;
  hostPID?: boolean;
  hostIPC?: boolean;
}

export interface DebugPod extends KubeObject {
  spec: DebugPodSpec;
}

export function containersOf({ spec }: DebugPod): DebugContainer[] {
  return [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])];
}
