/** `cluster-info dump`: what there is in some namespaces, and the logs of their pods, as one text or as files. */
import fs from 'node:fs';
import path from 'node:path';
import type { Leaf } from '../command-line/command.ts';
import { duration, list, text } from '../command-line/flag.ts';
import { allNamespacesFlag, printFlags } from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { pathOf, type Resource } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { Failure } from '../failure.ts';
import { type ObjectPrinter, printerOf } from '../printers/choose.ts';
import type { Pod } from '../writing/pods.ts';

export const dump: Leaf = {
  usage: '[flags]',
  summary: 'print all that helps to find what is wrong in a cluster',
  flags: [
    ...printFlags.map((flag) => (flag.name === 'output' ? { ...flag, initial: 'json' } : flag)),
    text('output-directory', 'where to put files; -: standard output'),
    list('namespaces', 'the namespaces, with commas between; else kube-system and that of the flags'),
    allNamespacesFlag,
    duration('pod-running-timeout', 'taken for compatibility', { hidden: true, initial: 20_000 }),
  ],
  run,
};

/** In the order of their files. */
const KINDS: readonly (readonly [type: string, file: string])[] = [
  ['events.v1.', 'events'],
  ['replicationcontrollers', 'replication-controllers'],
  ['services', 'services'],
  ['daemonsets.apps', 'daemonsets'],
  ['deployments.apps', 'deployments'],
  ['replicasets.apps', 'replicasets'],
  ['pods', 'pods'],
];

/** kubectl's name printer takes no typed list. */
const noNames: ObjectPrinter = ({ kind }) => {
  throw new Failure(`list types are not supported by name printing: *v1.${String(kind)}`);
};

interface List {
  readonly metadata?: object;
  readonly items?: readonly KubeObject[] | null;
}

async function run(context: Context, flags: FlagSet): Promise<void> {
  const printer = flags.text('output') === 'name' ? noNames : await printerOf(flags);
  if (printer === undefined) throw new Failure('no output format was given');
  const dumping = new Dump(context, printer, flags.text('output-directory'), flags.text('output'));
  const resources = await context.resources();
  await dumping.all(await resources.resolve('nodes'), '', 'nodes');
  for (const namespace of await namespacesOf(context, flags)) {
    for (const [type, file] of KINDS) {
      const { items } = await dumping.all(await resources.resolve(type), namespace, path.join(namespace, file));
      if (type === 'pods') for (const pod of items ?? []) await dumping.logs(await resources.resolve(type), pod as Pod);
    }
  }
  if (!dumping.toOutput) context.print(`Cluster info dumped to ${flags.text('output-directory')}\n`);
}

async function namespacesOf(context: Context, flags: FlagSet): Promise<readonly string[]> {
  if (flags.bool('all-namespaces')) {
    const { items } = await context.rest.json<List>({ path: '/api/v1/namespaces' });
    return (items ?? []).map(({ metadata: { name = '' } }) => name);
  }
  const named = flags.texts('namespaces');
  return named.length > 0 ? named : ['kube-system', context.namespace];
}

class Dump {
  readonly toOutput: boolean;
  readonly #context: Context;
  readonly #printer: ObjectPrinter;
  readonly #folder: string;
  readonly #extension: string;

  constructor(context: Context, printer: ObjectPrinter, folder: string, format: string) {
    this.toOutput = folder === '' || folder === '-';
    this.#context = context;
    this.#printer = printer;
    this.#folder = folder;
    this.#extension = format === 'json' || format === 'yaml' ? `.${format}` : '.txt';
  }

  /** @param file without its extension */
  async all(resource: Resource, namespace: string, file: string): Promise<List> {
    const list = await this.#context.rest.json<List>({ path: pathOf(resource, namespace) });
    const { group, version, kind } = resource;
    const apiVersion = group === '' ? version : `${group}/${version}`;
    this.#write(`${file}${this.#extension}`, this.#printer({ ...list, kind: `${kind}List`, apiVersion }));
    return list;
  }

  async logs(pods: Resource, pod: Pod): Promise<void> {
    const { name = '', namespace = '' } = pod.metadata;
    const { containers = [], initContainers = [] } = pod.spec ?? {};
    const file = path.join(namespace, name, 'logs.txt');
    if (!this.toOutput) this.#write(file, '');
    for (const container of [...initContainers, ...containers]) {
      const of = `logs for container ${container.name} of pod ${namespace}/${name} ====\n`;
      const lines = await this.#logOf(pathOf(pods, namespace, name, 'log'), container.name);
      this.#write(file, `==== START ${of}${lines}==== END ${of}`, 'a');
    }
  }

  async #logOf(logPath: string, container: string): Promise<string> {
    let lines = '';
    try {
      const { signal } = this.#context.host;
      for await (const chunk of this.#context.rest.chunks({
        path: logPath,
        query: { container },
        accept: '*/*',
        signal,
      }))
        lines += chunk;
      return lines;
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      return `Request log error: ${thrown.message}\n`;
    }
  }

  #write(file: string, content: string, flag: 'w' | 'a' = 'w'): void {
    if (this.toOutput) {
      this.#context.print(content);
      return;
    }
    const whole = path.join(this.#folder, file);
    fs.mkdirSync(path.dirname(whole), { recursive: true });
    fs.writeFileSync(whole, content, { flag });
  }
}
