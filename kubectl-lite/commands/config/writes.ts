/** The parts of `config` that choose, rename and forget what kubeconfigs hold. */
import type { Leaf } from '../../command-line/command.ts';
import { Failure } from '../../failure.ts';
import type { ConfigFile } from '../../kubeconfig.ts';
import { entriesOf, filesOf, oneArgument, type Section, save } from './config-files.ts';

export const useContext: Leaf = {
  usage: 'CONTEXT_NAME',
  summary: 'use another context',
  flags: [],
  async run(context, flags) {
    const name = oneArgument(flags);
    const files = await filesOf(context);
    const exists = files.some(({ config }) => entriesOf(config, 'contexts').some((each) => each.name === name));
    if (!exists) throw new Failure(`no context exists with the name: ${JSON.stringify(name)}`);
    setCurrent(files, name);
    context.print(`Switched to context ${JSON.stringify(name)}.\n`);
  },
};

function setCurrent(files: readonly ConfigFile[], name: string): void {
  const holder = files.find(({ config }) => (config['current-context'] ?? '') !== '') ?? files[0];
  if (holder === undefined) return;
  holder.config['current-context'] = name;
  save(holder);
}

function deletion(section: Section, what: string): Leaf {
  return {
    usage: 'NAME',
    summary: `forget a ${what}`,
    flags: [],
    async run(context, flags) {
      const name = oneArgument(flags);
      const files = await filesOf(context);
      const holder = files.find(({ config }) => entriesOf(config, section).some((each) => each.name === name));
      if (holder === undefined) {
        const shown = files[0]?.file ?? '';
        throw new Failure(`cannot delete ${what} ${name}, not in ${shown}`);
      }
      if (section === 'contexts' && holder.config['current-context'] === name)
        context.host.err(
          'warning: this removed your active context, use "kubectl config use-context" to select a different one\n',
        );
      holder.config[section] = entriesOf(holder.config, section).filter((each) => each.name !== name) as never;
      save(holder);
      context.print(`deleted ${what} ${name} from ${holder.file}\n`);
    },
  };
}

export const deleteCluster = deletion('clusters', 'cluster');
export const deleteContext = deletion('contexts', 'context');
export const deleteUser = deletion('users', 'user');

export const renameContext: Leaf = {
  usage: 'CONTEXT_NAME NEW_NAME',
  summary: 'give a context another name',
  flags: [],
  async run(context, flags) {
    const [from = '', to = '', ...more] = flags.args;
    if (to === '' || more.length > 0) throw new Failure(`Unexpected args: [${flags.args.join(' ')}]`);
    const files = await filesOf(context);
    const holder = files.find(({ config }) => entriesOf(config, 'contexts').some((each) => each.name === from));
    if (holder === undefined)
      throw new Failure(`cannot rename the context ${JSON.stringify(from)}, it's not in ${files[0]?.file ?? ''}`);
    if (files.some(({ config }) => entriesOf(config, 'contexts').some((each) => each.name === to)))
      throw new Failure(
        `cannot rename the context ${JSON.stringify(from)}, the context ${JSON.stringify(to)} already exists in ${holder.file}`,
      );
    for (const entry of entriesOf(holder.config, 'contexts')) if (entry.name === from) entry.name = to;
    if (holder.config['current-context'] === from) holder.config['current-context'] = to;
    save(holder);
    context.print(`Context ${JSON.stringify(from)} renamed to ${JSON.stringify(to)}.\n`);
  },
};
