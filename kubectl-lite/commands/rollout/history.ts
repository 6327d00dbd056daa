/** `rollout history`: the revisions of a workload, or one of them. */
import type { Leaf } from '../../command-line/command.ts';
import { integer } from '../../command-line/flag.ts';
import type { FlagSet } from '../../command-line/flag-set.ts';
import type { Context } from '../../context.ts';
import { describePodTemplate } from '../../describe/pod-parts.ts';
import { PrefixWriter } from '../../describe/prefix-writer.ts';
import { asFailure, Failure, throwGathered } from '../../failure.ts';
import { printerOf } from '../../printers/choose.ts';
import { objectName } from '../../printers/objects.ts';
import { alignTabs, DESCRIBE_COLUMNS } from '../../printers/tab-writer.ts';
import type { Info } from '../../selection.ts';
import { revisionsOf, type Template } from './revisions.ts';
import { rolloutFlags, workloads } from './rollout.ts';

export const history: Leaf = {
  usage: '(TYPE NAME | TYPE/NAME) [flags]',
  summary: 'show the revisions of a workload',
  flags: [...rolloutFlags, integer('revision', 'the details of this one')],
  run,
};

async function run(context: Context, flags: FlagSet): Promise<void> {
  const { infos, failures } = await workloads(context, flags);
  const revision = flags.number('revision');
  if (revision < 0) throw new Failure(`revision must be a positive integer: ${revision}`);
  const printer = await printerOf(flags);
  const all = [...failures];
  for (const info of infos) {
    try {
      if (printer === undefined) await show(context, info, revision);
      else {
        const revisions = await revisionsOf(context, info);
        const wanted = revision === 0 ? revisions : revisions.filter(({ number }) => number === revision);
        if (wanted.length === 0 && revision > 0) throw new Failure('unable to find the specified revision');
        for (const { object } of wanted) context.print(printer(object));
      }
    } catch (thrown) {
      all.push(asFailure(thrown));
    }
  }
  throwGathered(all);
}

async function show(context: Context, info: Info, revision: number): Promise<void> {
  const revisions = await revisionsOf(context, info);
  let text: string;
  if (revisions.length === 0) text = 'No rollout history found.';
  else if (revision > 0) {
    const found = revisions.find(({ number }) => number === revision);
    if (found === undefined) throw new Failure('unable to find the specified revision');
    text = templateText(found.template);
  } else {
    const rows = revisions.map(
      ({ number, changeCause }) => `${number}\t${changeCause === '' ? '<none>' : changeCause}\n`,
    );
    text = alignTabs(`REVISION\tCHANGE-CAUSE\n${rows.join('')}`, DESCRIBE_COLUMNS);
  }
  const which = revision > 0 ? `with revision #${revision}` : '';
  context.print(`${objectName(info.object)} ${which}\n${text}\n`);
}

/** Not aligned: its tabs stay. */
export function templateText(template: Template): string {
  const writer = new PrefixWriter();
  describePodTemplate(writer, template as never);
  return writer.text;
}
