/** `create token`: asks for a token of a service account, and prints it. */
import { type Leaf, onlyName } from '../../command-line/command.ts';
import { array, duration, text } from '../../command-line/flag.ts';
import { printFlags } from '../../command-line/flag-groups.ts';
import { pathOf } from '../../discovery.ts';
import { Failure, ServerFailure } from '../../failure.ts';
import { printerOf } from '../../printers/choose.ts';

export const token: Leaf = {
  usage: 'SERVICE_ACCOUNT_NAME [flags]',
  summary: 'make a token of a service account',
  flags: [
    ...printFlags,
    array('audience', 'who shall take the token; may be repeated'),
    duration('duration', 'how long it shall hold'),
    text('bound-object-kind', 'Node, Pod or Secret: the token dies with it'),
    text('bound-object-name', 'its name'),
    text('bound-object-uid', 'its uid'),
  ],
  async run(context, flags) {
    const name = onlyName(context, flags.args);
    const kind = flags.text('bound-object-kind');
    const boundName = flags.text('bound-object-name');
    if (flags.changed('duration') && flags.number('duration') <= 0)
      throw new Failure('--duration must be greater than or equal to 0');
    if (kind === '' && boundName !== '')
      throw new Failure('--bound-object-name can only be set if --bound-object-kind is provided');
    const uid = flags.text('bound-object-uid');
    const reference = { kind, apiVersion: 'v1', name: boundName, ...(uid === '' ? {} : { uid }) };
    const accounts = await (await context.resources()).resolve('serviceaccounts');
    let answer: Record<string, unknown> & { status?: { token?: string } };
    try {
      answer = await context.rest.json({
        method: 'POST',
        path: pathOf(accounts, context.namespace, name, 'token'),
        body: {
          kind: 'TokenRequest',
          apiVersion: 'authentication.k8s.io/v1',
          spec: {
            audiences: flags.texts('audience').length === 0 ? null : flags.texts('audience'),
            ...(flags.changed('duration') ? { expirationSeconds: Math.floor(flags.number('duration') / 1000) } : {}),
            ...(kind === '' ? {} : { boundObjectRef: reference }),
          },
        },
      });
    } catch (thrown) {
      if (thrown instanceof ServerFailure) throw new Failure(`failed to create token: ${thrown.message}`);
      throw thrown;
    }
    const printer = await printerOf(flags);
    context.print(printer === undefined ? `${answer.status?.token ?? ''}\n` : printer(answer));
  },
};
