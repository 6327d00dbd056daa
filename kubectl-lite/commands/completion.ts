/** `completion bash|zsh|fish`: scripts that ask this program, by its hidden command `__complete`, what could follow. */
import type { Leaf } from '../command-line/command.ts';
import { usageError } from '../command-line/command.ts';

const BASH = `# bash completion for kubectl-lite
_kubectl_lite() {
  local IFS=$'\\n'
  COMPREPLY=($(kubectl-lite __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= || \${COMPREPLY[0]} == */ ]] && compopt -o nospace
}
complete -o default -F _kubectl_lite kubectl-lite
`;

const ZSH = `#compdef kubectl-lite
# zsh completion for kubectl-lite
_kubectl_lite() {
  local -a found
  found=("\${(@f)$(kubectl-lite __complete "\${words[@]:1:$((CURRENT - 1))}" 2>/dev/null)}")
  compadd -- \${found:#}
}
compdef _kubectl_lite kubectl-lite
`;

const FISH = `# fish completion for kubectl-lite
function __kubectl_lite_complete
  set -l words (commandline -opc) (commandline -ct)
  kubectl-lite __complete $words[2..-1] 2>/dev/null
end
complete -c kubectl-lite -f -a '(__kubectl_lite_complete)'
`;

const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

export const completion: Leaf = {
  usage: '(bash | zsh | fish)',
  summary: 'print a script that completes command lines in your shell',
  about: 'bash: source <(kubectl-lite completion bash)',
  flags: [],
  async run(context, flags) {
    const [shell, ...more] = flags.args;
    if (shell === undefined) throw usageError(context, 'Shell not specified.');
    if (more.length > 0) throw usageError(context, 'Too many arguments. Expected only the shell type.');
    const script = SCRIPTS[shell];
    if (script === undefined) throw usageError(context, `Unsupported shell type ${JSON.stringify(shell)}.`);
    context.print(script);
  },
};
