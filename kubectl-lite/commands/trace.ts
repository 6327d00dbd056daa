/** `trace pod/NAME`: follows an object from whoever asked for it through every part to what it is now. */
import type { Trace } from '../../base/trace/trace.ts';
import type { Context } from '../context.ts';
import { Failure, ServerFailure } from '../failure.ts';
import { traceText } from '../printers/trace.ts';
import { targetsOf } from '../targets.ts';

const TRACE_PATH = '/debug/moments/trace';

export interface TraceFlags {
  readonly output?: string | undefined;
  /** Also what only keeps books. */
  readonly everything?: boolean | undefined;
}

export async function trace(context: Context, args: readonly string[], flags: TraceFlags): Promise<void> {
  if (flags.output !== undefined && flags.output !== 'json')
    throw new Failure(
      `error: unable to match a printer suitable for the output format "${flags.output}", allowed formats are: json`,
    );
  const [target, ...more] = targetsOf(await context.resources(), args);
  if (target?.name === undefined || more.length > 0)
    throw new Failure('error: name one object to trace, for example `trace pod/web` or `trace deployment/web`');
  const { resource, name } = target;
  const found = await context.rest
    .json<Trace>({
      path: TRACE_PATH,
      query: {
        resource: resource.group === '' ? resource.name : `${resource.name}.${resource.group}`,
        namespace: resource.namespaced ? context.namespace : undefined,
        name,
        everything: flags.everything === true ? 'true' : undefined,
      },
    })
    .catch((thrown: unknown) => {
      throw notTraced(thrown);
    });
  context.print(flags.output === 'json' ? `${JSON.stringify(found, null, 4)}\n` : traceText(found));
}

function notTraced(thrown: unknown): unknown {
  if (!(thrown instanceof ServerFailure) || thrown.code !== 404) return thrown;
  if (thrown.reason === 'NotFound') return new Failure(`error: ${thrown.message}`);
  return new Failure(
    'error: the server keeps no moments to trace with: it is not a Sampan server, or it was started with --moments=0',
  );
}
