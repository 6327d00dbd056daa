/** `set resources`. */
import { canonicalQuantity, parseQuantity, quantityComplaint } from '../../../base/quantity.ts';
import type { Leaf } from '../../command-line/command.ts';
import { text } from '../../command-line/flag.ts';
import { Failure } from '../../failure.ts';
import { podSpecOf } from '../../writing/pod-template.ts';
import { wildcard } from './env.ts';
import { changeEach, setFlags } from './set.ts';

export const resources: Leaf = {
  usage: '(-f FILE | TYPE NAME) ([--limits=LIMITS & --requests=REQUESTS]) [flags]',
  summary: 'set requests and limits of containers',
  flags: [
    ...setFlags,
    text('containers,c', 'containers of these names, * for any letters', { initial: '*' }),
    text('limits', 'cpu=100m,memory=256Mi'),
    text('requests', 'cpu=100m,memory=256Mi'),
  ],
  async run(context, flags) {
    const limits = amounts(flags.text('limits'));
    const requests = amounts(flags.text('requests'));
    if (limits === undefined && requests === undefined)
      throw new Failure('you must specify an update to requests or limits (in the form of --requests/--limits)');
    const matches = wildcard(flags.text('containers'));
    await changeEach(context, flags, flags.args, 'resource requirements updated', (info) => {
      const spec = podSpecOf(info.object);
      const all = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
      const chosen = all.filter(({ name }) => matches(name));
      if (chosen.length === 0) throw new Failure(`error: unable to find container named ${flags.text('containers')}`);
      for (const container of chosen) {
        container.resources = {
          ...container.resources,
          ...(limits === undefined ? {} : { limits: { ...container.resources?.limits, ...limits } }),
          ...(requests === undefined ? {} : { requests: { ...container.resources?.requests, ...requests } }),
        };
      }
      return info.object;
    });
  },
};

function amounts(list: string): Record<string, string> | undefined {
  if (list === '') return undefined;
  return Object.fromEntries(
    list.split(',').map((pair) => {
      const [key = '', amount, ...more] = pair.split('=');
      if (amount === undefined || more.length > 0)
        throw new Failure(`Invalid argument syntax ${pair}, expected <resource>=<value>`);
      if (parseQuantity(amount) === undefined)
        throw new Failure(quantityComplaint(amount) ?? `invalid quantity ${amount}`);
      return [key, canonicalQuantity(amount)];
    }),
  );
}
