/** `apply view-last-applied`: the configuration that was applied last, from the annotation that keeps it. */
import type { Leaf } from '../command-line/command.ts';
import { bool, text } from '../command-line/flag.ts';
import { fileFlags, selectorFlag } from '../command-line/flag-groups.ts';
import { Failure } from '../failure.ts';
import { goJson } from '../printers/objects.ts';
import { select, selectionFlags } from '../selection.ts';
import { LAST_APPLIED } from '../writing/patching.ts';
import { yamlOf } from '../yaml/write.ts';

export const viewLastApplied: Leaf = {
  usage: '(TYPE [NAME | -l label] | TYPE/NAME | -f FILE) [flags]',
  summary: 'show the configuration that was applied last',
  flags: [
    ...fileFlags,
    selectorFlag,
    bool('all', 'all of the type in the namespace'),
    text('output,o', 'yaml or json', { initial: 'yaml' }),
  ],
  async run(context, flags) {
    const output = flags.text('output');
    if (output !== 'yaml' && output !== 'json')
      throw new Failure(`Unexpected -o output mode: ${output}, the flag 'output' must be one of yaml|json`);
    const { infos } = await select(context, { ...selectionFlags(flags), enforceNamespace: true });
    for (const { name, object } of infos) {
      const kept = object.metadata.annotations?.[LAST_APPLIED];
      if (kept === undefined) throw new Failure(`no last-applied-configuration annotation found on resource: ${name}`);
      const value: unknown = JSON.parse(kept);
      context.print(output === 'json' ? `${goJson(value, 2)}\n` : yamlOf(value));
    }
  },
};
