/** `version`: of this program and of the server. */
import type { Leaf } from '../command-line/command.ts';
import { bool, text } from '../command-line/flag.ts';
import { Failure } from '../failure.ts';
import { goJson } from '../printers/objects.ts';
import { yamlOf } from '../yaml/write.ts';

/** The Kubernetes version whose kubectl this program does as. */
const CLIENT = { major: '1', minor: '33', gitVersion: 'v1.33.0+kubectl-lite.0.1.0' };
const KUSTOMIZE = 'none';

export const version: Leaf = {
  usage: '[flags]',
  summary: 'show the versions of this program and of the server',
  flags: [bool('client', 'do not ask the server'), text('output,o', 'json or yaml')],
  async run(context, flags) {
    const output = flags.text('output');
    if (flags.args.length > 0) throw new Failure(`extra arguments: [${flags.args.join(' ')}]`);
    if (output !== '' && output !== 'json' && output !== 'yaml') throw new Failure("--output must be 'yaml' or 'json'");
    const clientVersion = {
      ...CLIENT,
      platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
    };
    let failure: unknown;
    let serverVersion: { gitVersion?: string; minor?: string } | undefined;
    if (!flags.bool('client')) {
      try {
        serverVersion = await context.rest.json<{ gitVersion?: string; minor?: string }>({ path: '/version' });
      } catch (thrown) {
        failure = thrown;
      }
    }
    const whole = {
      clientVersion,
      kustomizeVersion: KUSTOMIZE,
      ...(serverVersion === undefined ? {} : { serverVersion }),
    };
    if (output === 'json') context.print(`${goJson(whole, 2)}\n`);
    else if (output === 'yaml') context.print(yamlOf(whole));
    else {
      context.print(`Client Version: ${CLIENT.gitVersion}\nKustomize Version: ${KUSTOMIZE}\n`);
      if (serverVersion !== undefined) context.print(`Server Version: ${serverVersion.gitVersion ?? ''}\n`);
    }
    if (failure !== undefined) throw failure;
  },
};
