/** `create service clusterip|nodeport|loadbalancer|externalname`. */
import type { Group } from '../../command-line/command.ts';
import { integer, list, text } from '../../command-line/flag.ts';
import type { FlagSet } from '../../command-line/flag-set.ts';
import { Failure } from '../../failure.ts';
import { creation, metadataOf } from './creation.ts';
import { numberOrText } from './simple.ts';

const tcpFlag = list('tcp', 'PORT or PORT:TARGETPORT; may be repeated');

function portsOf(flags: FlagSet, nodePort: number): object[] {
  return flags.texts('tcp').map((spec) => {
    const [port = '', target = port, ...more] = spec.split(':');
    if (more.length > 0) throw new Failure('too many ports in the port specification');
    if (!/^\d+$/.test(port)) throw new Failure(`strconv.ParseUint: parsing ${JSON.stringify(port)}: invalid syntax`);
    if (Number(port) < 1 || Number(port) > 65535) throw new Failure(`must be between 1 and 65535, inclusive`);
    return {
      name: spec.replace(':', '-'),
      protocol: 'TCP',
      port: Number(port),
      targetPort: numberOrText(target),
      ...(nodePort > 0 ? { nodePort } : {}),
    };
  });
}

function serviceOf(type: string, usage: string, summary: string) {
  const own = {
    ClusterIP: [text('clusterip', 'its address; None: headless')],
    NodePort: [integer('node-port', 'the port on every node')],
    LoadBalancer: [],
    ExternalName: [text('external-name', 'the name that it stands for', { required: true })],
  }[type];
  return creation({
    usage,
    summary,
    flags: [tcpFlag, ...(own ?? [])],
    build(context, flags, name) {
      const clusterIP = flags.text('clusterip');
      if (clusterIP === 'None' && flags.texts('tcp').length > 0 && type !== 'ClusterIP')
        throw new Failure('can not map ports with clusterip=None');
      if (type !== 'ExternalName' && clusterIP !== 'None' && flags.texts('tcp').length === 0)
        throw new Failure('at least one tcp port specifier must be provided');
      const ports = portsOf(flags, flags.number('node-port'));
      const externalName = flags.text('external-name');
      return {
        kind: 'Service',
        apiVersion: 'v1',
        metadata: metadataOf(context, name, { labels: { app: name } }),
        spec: {
          ...(ports.length === 0 ? {} : { ports }),
          selector: { app: name },
          ...(clusterIP === '' ? {} : { clusterIP }),
          type,
          ...(externalName === '' ? {} : { externalName }),
        },
      };
    },
  });
}

export const service: Group = {
  summary: 'make a service',
  subcommands: {
    clusterip: {
      summary: 'inside the cluster',
      load: async () =>
        serviceOf('ClusterIP', 'NAME --tcp=PORT[:TARGETPORT] [flags]', 'make a service inside the cluster'),
    },
    nodeport: {
      summary: 'on a port of every node',
      load: async () =>
        serviceOf('NodePort', 'NAME --tcp=PORT[:TARGETPORT] [flags]', 'make a service on a port of every node'),
    },
    loadbalancer: {
      summary: 'behind a load balancer',
      load: async () =>
        serviceOf('LoadBalancer', 'NAME --tcp=PORT[:TARGETPORT] [flags]', 'make a service behind a load balancer'),
    },
    externalname: {
      summary: 'for a name outside',
      load: async () =>
        serviceOf('ExternalName', 'NAME --external-name=NAME [flags]', 'make a service that stands for a name outside'),
    },
  },
};
