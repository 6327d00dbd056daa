/** `trace pod/NAME`: follows an object from whoever asked for it through every part to what it is now. */
import type { Trace } from '../../base/trace/trace.ts';
import type { Leaf } from '../command-line/command.ts';
import { bool, text } from '../command-line/flag.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { Failure, ServerFailure } from '../failure.ts';
import { noPrinter } from '../printers/choose.ts';
import { traceText } from '../printers/trace.ts';
import { targetsOf } from '../selection.ts';

const TRACE_PATH = '/debug/moments/trace';

export const trace: Leaf = {
  usage: 'TYPE/NAME [flags]',
  summary: 'follow an object from whoever asked for it through every part, with times',
  flags: [text('output,o', 'json'), bool('everything', 'also what only keeps books: status of workloads, endpoints')],
  run,
};

async function run(context: Context, flags: FlagSet): Promise<void> {
  const output = flags.text('output');
  if (output !== '' && output !== 'json') throw noPrinter(output, 'json');
  const { targets } = await targetsOf(context, { args: flags.args, typeAloneIsAll: true });
  const [target, ...more] = targets;
  if (target === undefined || target.name === '' || more.length > 0)
    throw new Failure('error: name one object to trace, for example `trace pod/web` or `trace deployment/web`');
  const { resource, name } = target;
  const found = await context.rest
    .json<Trace>({
      path: TRACE_PATH,
      query: {
        resource: resource.group === '' ? resource.name : `${resource.name}.${resource.group}`,
        namespace: resource.namespaced ? context.namespace : undefined,
        name,
        everything: flags.bool('everything') ? 'true' : undefined,
      },
    })
    .catch((thrown: unknown) => {
      throw notTraced(thrown);
    });
  context.print(output === 'json' ? `${JSON.stringify(found, null, 4)}\n` : traceText(found));
}

function notTraced(thrown: unknown): unknown {
  if (!(thrown instanceof ServerFailure) || thrown.code !== 404) return thrown;
  if (thrown.reason === 'NotFound') return new Failure(`error: ${thrown.message}`);
  return new Failure(
    'error: the server keeps no moments to trace with: it is not a Sampan server, or it was started with --moments=0',
  );
}
