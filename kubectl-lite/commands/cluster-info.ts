/** `cluster-info`: where the control plane and its services are. */
import type { Group, Leaf } from '../command-line/command.ts';
import type { KubeObject } from '../documents.ts';

interface Service extends KubeObject {
  readonly spec?: { readonly ports?: readonly { readonly name?: string; readonly port: number }[] };
}

const addresses: Leaf = {
  usage: '[flags]',
  summary: 'show where the control plane and its services are',
  flags: [],
  async run(context) {
    const { server } = context.connection;
    const paint = (text: string, colour: number): string =>
      context.host.colours ? `\u001b[0;${colour}m${text}\u001b[0m` : text;
    const { items } = await context.rest.json<{ items?: readonly Service[] | null }>({
      path: '/api/v1/namespaces/kube-system/services',
      query: { labelSelector: 'kubernetes.io/cluster-service=true' },
    });
    context.print(`${paint('Kubernetes control plane', 32)} is running at ${paint(server, 33)}\n`);
    for (const { metadata, spec } of items ?? []) {
      const [port] = spec?.ports ?? [];
      const suffix = port?.name === undefined || port.name === '' ? '' : `:${port.name}`;
      const name = metadata.labels?.['kubernetes.io/name'] ?? metadata.name ?? '';
      const address = `${server}/api/v1/namespaces/kube-system/services/${metadata.name ?? ''}${suffix}/proxy`;
      context.print(`${paint(name, 32)} is running at ${paint(address, 33)}\n`);
    }
    context.print("\nTo further debug and diagnose cluster problems, use 'kubectl-lite cluster-info dump'.\n");
  },
};

export const clusterInfo: Group = {
  summary: addresses.summary,
  self: addresses,
  subcommands: {
    dump: {
      summary: 'print all that helps to find what is wrong',
      load: async () => (await import('./cluster-info-dump.ts')).dump,
    },
  },
};
