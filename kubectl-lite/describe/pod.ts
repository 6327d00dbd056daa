/** `describe pod`, and the pod template that workloads describe. */
import type { Outline } from './outline.ts';
import { annotations, type Condition, controlledBy, longTime, type Meta, pairs } from './parts.ts';

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: {
    readonly reason?: string;
    readonly message?: string;
    readonly exitCode: number;
    readonly signal?: number;
    readonly startedAt?: string;
    readonly finishedAt?: string;
  };
}

interface Status {
  readonly name: string;
  readonly containerID?: string;
  readonly imageID?: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

interface Probe {
  readonly httpGet?: {
    readonly scheme?: string;
    readonly host?: string;
    readonly port: number | string;
    readonly path?: string;
  };
  readonly tcpSocket?: { readonly host?: string; readonly port: number | string };
  readonly exec?: { readonly command?: readonly string[] };
  readonly grpc?: { readonly port: number; readonly service?: string };
  readonly initialDelaySeconds?: number;
  readonly timeoutSeconds?: number;
  readonly periodSeconds?: number;
  readonly successThreshold?: number;
  readonly failureThreshold?: number;
}

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly ports?: readonly {
    readonly containerPort: number;
    readonly hostPort?: number;
    readonly protocol?: string;
    readonly name?: string;
  }[];
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly resources?: {
    readonly limits?: Readonly<Record<string, string>>;
    readonly requests?: Readonly<Record<string, string>>;
  };
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  }[];
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
    readonly subPath?: string;
  }[];
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly nodeName?: string;
  readonly serviceAccountName?: string;
  readonly priority?: number;
  readonly priorityClassName?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly {
    readonly key?: string;
    readonly operator?: string;
    readonly value?: string;
    readonly effect?: string;
    readonly tolerationSeconds?: number;
  }[];
  readonly volumes?: readonly ({ readonly name: string } & Readonly<Record<string, unknown>>)[];
}

export interface Pod {
  readonly metadata: Meta;
  readonly spec: PodSpec;
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly hostIP?: string;
    readonly podIP?: string;
    readonly podIPs?: readonly { readonly ip: string }[];
    readonly startTime?: string;
    readonly qosClass?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly Status[];
    readonly initContainerStatuses?: readonly Status[];
  };
}

export function describePod(outline: Outline, pod: Pod): void {
  const { metadata, spec, status = {} } = pod;
  const terminating = metadata.deletionTimestamp !== undefined;
  outline
    .field('Name', metadata.name)
    .field('Namespace', metadata.namespace)
    .fieldIf('Priority', spec.priority)
    .fieldIf('Priority Class Name', spec.priorityClassName)
    .field('Service Account', spec.serviceAccountName)
    .field(
      'Node',
      spec.nodeName === undefined
        ? undefined
        : status.hostIP === undefined
          ? `${spec.nodeName}/`
          : `${spec.nodeName}/${status.hostIP}`,
    )
    .fieldIf('Start Time', status.startTime === undefined ? undefined : longTime(status.startTime))
    .list('Labels', pairs(metadata.labels))
    .list('Annotations', annotations(metadata));
  if (terminating) {
    outline
      .field('Status', `Terminating (${longTime(metadata.deletionTimestamp)})`)
      .field('Termination Grace Period', `${metadata.deletionGracePeriodSeconds ?? 0}s`);
  } else {
    outline.field('Status', status.phase);
  }
  outline
    .fieldIf('Reason', status.reason)
    .fieldIf('Message', status.message)
    .text(status.podIP === undefined ? 'IP:               ' : `IP:               ${status.podIP}`);
  if (status.podIPs === undefined || status.podIPs.length === 0) outline.text('IPs:              <none>');
  else
    outline.section('IPs', (inside) => {
      for (const { ip } of status.podIPs ?? []) inside.field('IP', ip);
    });
  const owner = controlledBy(metadata);
  if (owner !== undefined) outline.text(`Controlled By:  ${owner}`);
  containers(outline, 'Init Containers', spec.initContainers ?? [], status.initContainerStatuses ?? []);
  containers(outline, 'Containers', spec.containers, status.containerStatuses ?? []);
  if (status.conditions !== undefined && status.conditions.length > 0) {
    outline.section('Conditions', (inside) =>
      inside.table(
        ['Type', 'Status'],
        (status.conditions ?? []).map(({ type, status: value }) => [type, value]),
      ),
    );
  }
  volumes(outline, spec);
  outline
    .field('QoS Class', status.qosClass)
    .list('Node-Selectors', pairs(spec.nodeSelector))
    .list('Tolerations', tolerations(spec));
}

export function tolerations(spec: PodSpec): string[] {
  return (spec.tolerations ?? []).map(({ key = '', operator, value = '', effect = '', tolerationSeconds }) => {
    const what = `${key}${value === '' ? '' : `=${value}`}${effect === '' ? '' : `:${effect}`}`;
    const how = operator === 'Exists' && value === '' ? ' op=Exists' : '';
    return `${what}${how}${tolerationSeconds === undefined ? '' : ` for ${tolerationSeconds}s`}`;
  });
}

/** The pod template of a workload. */
export function podTemplate(
  outline: Outline,
  template: { readonly metadata?: Meta; readonly spec: PodSpec } | undefined,
): void {
  if (template === undefined) return;
  outline.section('Pod Template', (inside) => {
    inside.list('Labels', pairs(template.metadata?.labels));
    const notes = annotations(template.metadata ?? {});
    if (notes.length > 0) inside.list('Annotations', notes);
    inside.fieldIf('Service Account', template.spec.serviceAccountName);
    containers(inside, 'Init Containers', template.spec.initContainers ?? [], []);
    containers(inside, 'Containers', template.spec.containers, []);
    volumes(inside, template.spec);
    inside.list('Node-Selectors', pairs(template.spec.nodeSelector)).list('Tolerations', tolerations(template.spec));
  });
}

function containers(outline: Outline, title: string, list: readonly Container[], statuses: readonly Status[]): void {
  if (list.length === 0) return;
  outline.section(title, (inside) => {
    for (const container of list) {
      const status = statuses.find(({ name }) => name === container.name);
      inside.section(container.name, (body) => describeContainer(body, container, status));
    }
  });
}

function describeContainer(body: Outline, container: Container, status: Status | undefined): void {
  if (status !== undefined) body.field('Container ID', status.containerID);
  body.field('Image', container.image);
  if (status !== undefined) body.field('Image ID', status.imageID);
  const ports = container.ports ?? [];
  const port = (value: number | undefined, each: (typeof ports)[number]): string =>
    `${value ?? 0}/${each.protocol ?? 'TCP'}${each.name === undefined ? '' : ` (${each.name})`}`;
  body.field(ports.length > 1 ? 'Ports' : 'Port', ports.map((each) => port(each.containerPort, each)).join(', '));
  body.field(ports.length > 1 ? 'Host Ports' : 'Host Port', ports.map((each) => port(each.hostPort, each)).join(', '));
  if ((container.command ?? []).length > 0) {
    body.section('Command', (inside) => {
      for (const word of container.command ?? []) inside.text(word);
    });
  }
  if ((container.args ?? []).length > 0) {
    body.section('Args', (inside) => {
      for (const word of container.args ?? []) inside.text(word);
    });
  }
  if (status !== undefined) {
    state(body, 'State', status.state ?? {});
    if (status.lastState?.terminated !== undefined) state(body, 'Last State', status.lastState);
    body.field('Ready', status.ready ? 'True' : 'False').field('Restart Count', status.restartCount);
  }
  for (const [title, amounts] of [
    ['Limits', container.resources?.limits],
    ['Requests', container.resources?.requests],
  ] as const) {
    if (amounts === undefined || Object.keys(amounts).length === 0) continue;
    body.section(title, (inside) => {
      for (const [name, amount] of Object.entries(amounts).sort()) inside.field(name, amount);
    });
  }
  body
    .fieldIf('Liveness', probeText(container.livenessProbe))
    .fieldIf('Readiness', probeText(container.readinessProbe))
    .fieldIf('Startup', probeText(container.startupProbe));
  const env = container.env ?? [];
  if (env.length === 0) body.field('Environment', '<none>');
  else
    body.section('Environment', (inside) => {
      for (const { name, value, valueFrom } of env)
        inside.field(name, valueFrom === undefined ? value : sourceText(valueFrom));
    });
  const mounts = container.volumeMounts ?? [];
  if (mounts.length === 0) body.field('Mounts', '<none>');
  else
    body.section('Mounts', (inside) => {
      for (const { name, mountPath, readOnly, subPath } of mounts)
        inside.text(
          `${mountPath} from ${name} (${readOnly === true ? 'ro' : 'rw'}${subPath === undefined ? '' : `,path="${subPath}"`})`,
        );
    });
}

function state(body: Outline, title: string, value: ContainerState): void {
  const { running, waiting, terminated } = value;
  if (running !== undefined) {
    body.field(title, 'Running');
    body.field('  Started', longTime(running.startedAt));
  } else if (terminated !== undefined) {
    body
      .field(title, 'Terminated')
      .fieldIf('  Reason', terminated.reason)
      .fieldIf('  Message', terminated.message)
      .field('  Exit Code', terminated.exitCode);
    body
      .fieldIf('  Signal', terminated.signal)
      .field('  Started', longTime(terminated.startedAt))
      .field('  Finished', longTime(terminated.finishedAt));
  } else {
    body.field(title, 'Waiting').fieldIf('  Reason', waiting?.reason);
  }
}

function probeText(probe: Probe | undefined): string | undefined {
  if (probe === undefined) return undefined;
  const { httpGet, tcpSocket, exec, grpc } = probe;
  const what =
    httpGet !== undefined
      ? `http-get ${(httpGet.scheme ?? 'HTTP').toLowerCase()}://${httpGet.host ?? ''}:${httpGet.port}${httpGet.path ?? ''}`
      : tcpSocket !== undefined
        ? `tcp-socket ${tcpSocket.host ?? ''}:${tcpSocket.port}`
        : exec !== undefined
          ? `exec [${(exec.command ?? []).join(' ')}]`
          : `grpc <pod>:${grpc?.port ?? 0} ${grpc?.service ?? ''}`;
  return `${what} delay=${probe.initialDelaySeconds ?? 0}s timeout=${probe.timeoutSeconds ?? 1}s period=${probe.periodSeconds ?? 10}s #success=${probe.successThreshold ?? 1} #failure=${probe.failureThreshold ?? 3}`;
}

function sourceText(source: Readonly<Record<string, Readonly<Record<string, unknown>>>>): string {
  const { fieldRef, configMapKeyRef, secretKeyRef, resourceFieldRef } = source;
  if (fieldRef !== undefined) return ` (${fieldRef.apiVersion ?? 'v1'}:${fieldRef.fieldPath})`;
  if (configMapKeyRef !== undefined)
    return `<set to the key '${configMapKeyRef.key}' of config map '${configMapKeyRef.name}'>  Optional: ${configMapKeyRef.optional ?? false}`;
  if (secretKeyRef !== undefined)
    return `<set to the key '${secretKeyRef.key}' in secret '${secretKeyRef.name}'>  Optional: ${secretKeyRef.optional ?? false}`;
  return resourceFieldRef === undefined ? '' : `${resourceFieldRef.containerName ?? ''} (${resourceFieldRef.resource})`;
}

const VOLUMES: Readonly<Record<string, string>> = {
  configMap: 'ConfigMap (a volume populated by a ConfigMap)',
  secret: 'Secret (a volume populated by a Secret)',
  emptyDir: "EmptyDir (a temporary directory that shares a pod's lifetime)",
  hostPath: 'HostPath (bare host directory volume)',
  persistentVolumeClaim: 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)',
  projected: 'Projected (a volume that contains injected data from multiple sources)',
  downwardAPI: 'DownwardAPI (a volume populated by information about the pod)',
};

function volumes(outline: Outline, spec: PodSpec): void {
  const list = spec.volumes ?? [];
  if (list.length === 0) {
    outline.field('Volumes', '<none>');
    return;
  }
  outline.section('Volumes', (inside) => {
    for (const volume of list) {
      const type = Object.keys(volume).find((key) => key !== 'name') ?? '';
      const source = (volume[type] ?? {}) as { name?: string; secretName?: string; claimName?: string; path?: string };
      inside.section(volume.name, (body) => {
        body.field('Type', VOLUMES[type] ?? type);
        body
          .fieldIf('Name', source.name)
          .fieldIf('SecretName', source.secretName)
          .fieldIf('ClaimName', source.claimName)
          .fieldIf('Path', source.path);
      });
    }
  });
}
