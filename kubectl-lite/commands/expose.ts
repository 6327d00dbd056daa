/** `expose TYPE NAME`: a service in front of a workload, a pod or another service. */
import type { Leaf } from '../command-line/command.ts';
import { text } from '../command-line/flag.ts';
import { creationFlags, fileFlags } from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import type { KubeObject } from '../documents.ts';
import { asFailure, Failure, throwGathered } from '../failure.ts';
import { type Info, select, selectionFlags } from '../selection.ts';
import { podSpecOf } from '../writing/pod-template.ts';
import { createAndTell, metadataOf } from './create/creation.ts';
import { labelsOf, numberOrText } from './create/simple.ts';
import { overridden } from './run.ts';

export const expose: Leaf = {
  usage:
    '(-f FILE | TYPE NAME) [--port=PORT] [--protocol=TCP|UDP|SCTP] [--target-port=PORT] [--name=NAME] [--type=TYPE] [flags]',
  summary: 'make a service in front of a workload or a pod',
  flags: [
    ...creationFlags('kubectl-expose').filter(({ name }) => name !== 'validate'),
    ...fileFlags,
    text('port', 'the port of the service'),
    text('protocol', 'TCP, UDP or SCTP'),
    text('target-port', 'the port of the pods'),
    text('name', 'the name of the service'),
    text('type', 'ClusterIP, NodePort, LoadBalancer or ExternalName'),
    text('selector', 'labels of the pods'),
    text('labels,l', 'labels of the service'),
    text('external-ip', 'another address of the service'),
    text('cluster-ip', 'its address; None: headless'),
    text('session-affinity', 'None or ClientIP'),
    text('load-balancer-ip', "the load balancer's address"),
    text('overrides', 'JSON to change the object with'),
    text('override-type', 'merge, json or strategic', { initial: 'merge' }),
  ],
  async run(context, flags) {
    const { infos, failures } = await select(context, {
      ...selectionFlags(without(flags)),
      enforceNamespace: true,
      continueOnError: true,
    });
    const all = [...failures];
    for (const info of infos) {
      try {
        const service = serviceFor(context, flags, info);
        await createAndTell(context, flags, await overridden(flags, service), 'exposed');
      } catch (thrown) {
        all.push(asFailure(thrown));
      }
    }
    throwGathered(all);
  },
};

/** `--selector` is the service's here, and chooses nothing. */
function without(flags: FlagSet): FlagSet {
  return new Proxy(flags, {
    get(target, property) {
      if (property === 'given') return (name: string) => (name === 'selector' ? undefined : target.given(name));
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const EXPOSABLE = new Set(['ReplicationController', 'Service', 'Pod', 'Deployment', 'ReplicaSet']);

interface Port {
  readonly containerPort?: number;
  readonly port?: number;
  readonly protocol?: string;
}

function serviceFor(context: Context, flags: FlagSet, { resource, name, object }: Info): KubeObject {
  if (!EXPOSABLE.has(resource.kind)) {
    const kind = resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`;
    throw new Failure(`cannot expose a ${kind}`);
  }
  const selector = flags.text('selector') === '' ? selectorOf(object) : labelsOf(flags.text('selector'));
  const found = portsOf(object);
  const headless = flags.text('cluster-ip') === 'None';
  const wanted = flags.text('port') === '' ? found.map(({ port }) => String(port)) : flags.text('port').split(',');
  if (wanted.length === 0 && !headless) throw new Failure("couldn't find port via --port flag or introspection");
  const several = wanted.length > 1;
  const target = flags.text('target-port');
  const ports = wanted.map((port, at) => ({
    ...(several ? { name: `port-${at + 1}` } : {}),
    protocol: flags.text('protocol') || (found.find((each) => String(each.port) === port)?.protocol ?? 'TCP'),
    port: Number(port),
    targetPort: target === '' ? Number(port) : numberOrText(target),
  }));
  const labels = flags.text('labels') === '' ? object.metadata.labels : labelsOf(flags.text('labels'));
  const option = (flag: string, field: string): object =>
    flags.text(flag) === '' ? {} : { [field]: flags.text(flag) };
  const external = flags.text('external-ip');
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: metadataOf(context, flags.text('name') || name.slice(0, 63), labels === undefined ? {} : { labels }),
    spec: {
      ...(ports.length === 0 ? {} : { ports }),
      selector,
      ...option('cluster-ip', 'clusterIP'),
      ...option('type', 'type'),
      ...(external === '' ? {} : { externalIPs: [external] }),
      ...option('session-affinity', 'sessionAffinity'),
      ...option('load-balancer-ip', 'loadBalancerIP'),
    },
  };
}

function selectorOf(object: KubeObject): Record<string, string> {
  const failure = (why: string): Failure =>
    new Failure(`couldn't retrieve selectors via --selector flag or introspection: ${why}`);
  if (object.kind === 'Pod') {
    const { labels } = object.metadata;
    if (labels === undefined || Object.keys(labels).length === 0)
      throw failure('the pod has no labels and cannot be exposed');
    return labels;
  }
  const { selector } = (object.spec ?? {}) as {
    selector?: { matchLabels?: Record<string, string>; matchExpressions?: readonly unknown[] } & Record<
      string,
      unknown
    >;
  };
  if ((selector?.matchExpressions?.length ?? 0) > 0)
    throw failure('couldn\'t convert expressions - "[]" to map-based selector format');
  const labels = selector?.matchLabels ?? (selector as Record<string, string> | undefined);
  if (labels === undefined || Object.keys(labels).length === 0)
    throw failure(`invalid ${object.kind.toLowerCase()}: no selectors, therefore cannot be exposed`);
  return labels;
}

function portsOf(object: KubeObject): { port: number; protocol: string }[] {
  const listed: readonly Port[] =
    object.kind === 'Service'
      ? ((object.spec as { ports?: readonly Port[] }).ports ?? [])
      : (podSpecOf(object)?.containers ?? []).flatMap(({ ports }) => (ports ?? []) as readonly Port[]);
  return listed.map(({ containerPort, port, protocol = 'TCP' }) => ({ port: port ?? containerPort ?? 0, protocol }));
}
