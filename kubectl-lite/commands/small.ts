/** `options`, and commands that are refused with a reason. */
import type { Leaf } from '../command-line/command.ts';
import { Failure } from '../failure.ts';

export const options: Leaf = {
  usage: '',
  summary: 'tell the flags that every command has',
  flags: [],
  async run(context) {
    context.print((await import('../command-line/help.ts')).optionsHelp());
  },
};

export const alpha: Leaf = {
  usage: '',
  summary: 'commands that may change or go: there are none',
  flags: [],
  async run({ host }) {
    host.err('No alpha commands are available in this version of kubectl-lite\n');
  },
};

function refused(summary: string, reason: string): Leaf {
  return {
    usage: '',
    summary,
    flags: [],
    async run() {
      throw new Failure(`error: ${reason}`);
    },
  };
}

export const kustomize = refused(
  'refused: kubectl-lite does not build kustomizations',
  'kubectl-lite does not build kustomizations; build them first (kubectl kustomize) and pass the result with -f',
);
