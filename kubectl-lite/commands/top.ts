/** `top node|pod`: what nodes and pods use, where the server has a metrics API. */
import { parseQuantity, type Quantity, quantityOf } from '../../base/quantity.ts';
import { type Group, type Leaf, usageError } from '../command-line/command.ts';
import { bool, text } from '../command-line/flag.ts';
import { allNamespacesFlag, fieldSelectorFlag, selectorFlag } from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { pathOf } from '../discovery.ts';
import { Failure } from '../failure.ts';
import { byCodePoints } from '../printers/objects.ts';
import { alignTabs, TABLE_COLUMNS } from '../printers/tab-writer.ts';

interface Usage {
  readonly cpu?: string;
  readonly memory?: string;
}
interface Metrics {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly usage?: Usage;
  readonly containers?: readonly { readonly name: string; readonly usage: Usage }[];
}

const common = [
  selectorFlag,
  text('sort-by', 'cpu or memory'),
  bool('no-headers', 'leave the first line out'),
  bool('use-protocol-buffers', 'taken for compatibility', { initial: true }),
];

async function metricsOf(context: Context, flags: FlagSet, type: 'pods' | 'nodes'): Promise<readonly Metrics[]> {
  const sortBy = flags.text('sort-by');
  if (sortBy !== '' && sortBy !== 'cpu' && sortBy !== 'memory')
    throw new Failure('--sort-by accepts only cpu or memory');
  const [name, ...others] = flags.args;
  if (others.length > 0) throw usageError(context, `${type === 'pods' ? 'pod' : 'node'} [NAME | -l label]`);
  if (name !== undefined && (flags.text('selector') !== '' || flags.text('field-selector') !== ''))
    throw new Failure('only one of NAME or selector can be provided');
  const resources = await context.resources();
  const served = resources.all.find(({ group, name }) => group === 'metrics.k8s.io' && name === type);
  if (served === undefined) throw new Failure('Metrics API not available');
  const namespace = type === 'nodes' || flags.bool('all-namespaces') ? undefined : context.namespace;
  const query = { labelSelector: flags.given('selector'), fieldSelector: flags.given('field-selector') };
  const answer = await context.rest.json<Metrics & { items?: readonly Metrics[] | null }>({
    path: pathOf(served, namespace, name),
    query,
  });
  return name === undefined ? (answer.items ?? []) : [answer];
}

const milliCpu = (quantity: Quantity): string => `${Math.ceil(quantity.approximate * 1000 - 1e-9)}m`;
const mebibytes = (quantity: Quantity): string => `${Math.floor(quantity.approximate / 2 ** 20)}Mi`;

const node: Leaf = {
  usage: '[NAME | -l label] [flags]',
  summary: 'what nodes use',
  flags: [...common, bool('show-capacity', 'percentages of capacity in place of allocatable')],
  async run(context, flags) {
    const metrics = await metricsOf(context, flags, 'nodes');
    const { items } = await context.rest.json<{
      items?: readonly { metadata: { name: string }; status?: Record<string, Record<string, string>> }[] | null;
    }>({ path: '/api/v1/nodes' });
    const field = flags.bool('show-capacity') ? 'capacity' : 'allocatable';
    const rows = sorted(metrics, flags, (each) => each.usage ?? {}).map(({ metadata, usage }) => {
      const whole = items?.find((each) => each.metadata.name === metadata.name)?.status?.[field];
      const share = (used: Quantity, of: string | undefined): string =>
        of === undefined ? '<unknown>' : `${Math.trunc((used.approximate / quantityOf(of).approximate) * 100)}%`;
      const cpu = quantityOf(usage?.cpu);
      const memory = quantityOf(usage?.memory);
      return [metadata.name, milliCpu(cpu), share(cpu, whole?.cpu), mebibytes(memory), share(memory, whole?.memory)];
    });
    print(context, flags, ['NAME', 'CPU(cores)', 'CPU(%)', 'MEMORY(bytes)', 'MEMORY(%)'], rows);
  },
};

const pod: Leaf = {
  usage: '[NAME | -l label] [flags]',
  summary: 'what pods use',
  flags: [
    ...common,
    fieldSelectorFlag,
    allNamespacesFlag,
    bool('containers', 'a line for each container'),
    bool('sum', 'a line with the sum'),
  ],
  async run(context, flags) {
    const metrics = await metricsOf(context, flags, 'pods');
    const everywhere = flags.bool('all-namespaces');
    const total = ({ containers = [] }: Metrics): Usage => ({
      cpu: sum(containers.map(({ usage }) => usage.cpu)),
      memory: sum(containers.map(({ usage }) => usage.memory)),
    });
    const rows = sorted(metrics, flags, total).flatMap((each) => {
      const place = everywhere ? [each.metadata.namespace ?? ''] : [];
      const cells = ({ cpu, memory }: Usage): string[] => [milliCpu(quantityOf(cpu)), mebibytes(quantityOf(memory))];
      return flags.bool('containers')
        ? (each.containers ?? []).map(({ name, usage }) => [...place, each.metadata.name, name, ...cells(usage)])
        : [[...place, each.metadata.name, ...cells(total(each))]];
    });
    const head = [
      ...(everywhere ? ['NAMESPACE'] : []),
      ...(flags.bool('containers') ? ['POD'] : []),
      'NAME',
      'CPU(cores)',
      'MEMORY(bytes)',
    ];
    print(context, flags, head, rows);
  },
};

function sum(amounts: readonly (string | undefined)[]): string {
  return amounts
    .map(quantityOf)
    .reduce((total, each) => total.plus(each), quantityOf('0'))
    .toString();
}

function sorted(metrics: readonly Metrics[], flags: FlagSet, usageOf: (each: Metrics) => Usage): Metrics[] {
  const key = flags.text('sort-by') as 'cpu' | 'memory' | '';
  return [...metrics].sort((a, b) => {
    if (key === '') return byCodePoints(a.metadata.name, b.metadata.name);
    const [x, y] = [parseQuantity(usageOf(a)[key] ?? '0'), parseQuantity(usageOf(b)[key] ?? '0')];
    return x === undefined || y === undefined ? 0 : y.compare(x);
  });
}

function print(context: Context, flags: FlagSet, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = [...(flags.bool('no-headers') ? [] : [head]), ...rows].map((cells) => `${cells.join('\t')}\n`);
  context.print(alignTabs(lines.join(''), TABLE_COLUMNS));
}

export const top: Group = {
  summary: 'show what nodes and pods use; needs a metrics API',
  subcommands: {
    node: { summary: node.summary, aliases: ['nodes', 'no'], load: async () => node },
    pod: { summary: pod.summary, aliases: ['pods', 'po'], load: async () => pod },
  },
};
