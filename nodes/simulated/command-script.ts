/**
 * What a simulated container does when its command is run: enough of a shell for the commands that examples and tests use
 * (`sleep 5`, `sh -c 'echo hi; exit 3'`, `touch /tmp/healthy`, `while true; do date; sleep 1; done`). Anything else counts as a program that
 * takes a moment and succeeds, or, in a pod that restarts its containers, as a server that runs until it is stopped.
 */
import type { V1Container } from '../../generated/kubernetes.d.ts';

export type Step =
  | { readonly do: 'print'; readonly text: string }
  | { readonly do: 'date' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'write'; readonly path: string; readonly text: string; readonly append: boolean }
  | { readonly do: 'remove'; readonly path: string }
  /** Fails, and prints `missing` unless it is empty, when the file is not there. */
  | { readonly do: 'read'; readonly path: string; readonly prints: boolean; readonly missing: string }
  | { readonly do: 'exit'; readonly code: number };

export interface Script {
  readonly steps: readonly Step[];
  /** After the steps: again from `repeatFrom`, go on until stopped, or exit with the last command's code. */
  readonly after: 'repeat' | 'run' | 'exit';
  readonly repeatFrom?: number;
}

/** How long an unknown program takes. */
const PROGRAM_MS = 100;
/** How long a container without a command runs in a pod that ends (a Job's). */
const TASK_MS = 1_000;

export function scriptOf(container: V1Container, restartPolicy: string): Script {
  const words = [...(container.command ?? []), ...(container.args ?? [])];
  if (words.length === 0) {
    return restartPolicy === 'Always'
      ? { steps: [], after: 'run' }
      : { steps: [{ do: 'wait', ms: TASK_MS }], after: 'exit' };
  }
  const script = shellScript(words);
  if (script !== undefined) return interpret(script);
  const steps = known(words);
  if (steps === undefined) {
    return restartPolicy === 'Always'
      ? { steps: [], after: 'run' }
      : { steps: [{ do: 'wait', ms: TASK_MS }], after: 'exit' };
  }
  return steps === 'forever' ? { steps: [], after: 'run' } : { steps, after: 'exit' };
}

/** What a command does that is run in a container beside its own; unknown programs do nothing. */
export function commandSteps(words: readonly string[]): readonly Step[] {
  const script = shellScript(words);
  if (script !== undefined) return interpret(script).steps;
  const steps = known(words);
  return steps === undefined || steps === 'forever' ? [] : steps;
}

/** The text after `sh -c`, if the words are such a call. */
function shellScript(words: readonly string[]): string | undefined {
  const shell = words[0]?.split('/').at(-1);
  if (shell !== 'sh' && shell !== 'bash' && shell !== 'ash') return undefined;
  const flagAt = words.findIndex((word, at) => at > 0 && /^-[a-z]*c[a-z]*$/.test(word));
  return flagAt < 0 ? undefined : words[flagAt + 1];
}

function interpret(text: string): Script {
  const loop = /^([\s\S]*?)\bwhile\s+(?:true|:)\s*;\s*do\s+([\s\S]*?)\s*;?\s*done\b/.exec(text);
  if (loop !== null) {
    const before = statements(loop[1] ?? '');
    const body = statements(loop[2] ?? '');
    if (before.ended) return { steps: before.steps, after: 'exit' };
    if (body.ended) return { steps: [...before.steps, ...body.steps], after: 'exit' };
    const waits = body.steps.some((step) => step.do === 'wait' && step.ms > 0);
    return {
      steps: [...before.steps, ...body.steps, ...(waits ? [] : [{ do: 'wait', ms: 1000 } as const])],
      after: body.forever ? 'run' : 'repeat',
      repeatFrom: before.steps.length,
    };
  }
  const { steps, forever } = statements(text);
  return { steps, after: forever ? 'run' : 'exit' };
}

function statements(text: string): { steps: Step[]; ended: boolean; forever: boolean } {
  const steps: Step[] = [];
  for (const part of splitStatements(text)) {
    const { words, target } = splitWords(part);
    const found = redirected(known(words), target);
    if (found === 'forever') return { steps, ended: false, forever: true };
    steps.push(...(found ?? [{ do: 'wait', ms: PROGRAM_MS } as const]));
    if (steps.at(-1)?.do === 'exit') return { steps, ended: true, forever: false };
  }
  return { steps, ended: false, forever: false };
}

/** What a known program does; undefined for an unknown one. */
function known(words: readonly string[]): readonly Step[] | 'forever' | undefined {
  const [program = '', ...args] = words;
  switch (program.split('/').at(-1)) {
    case 'sleep': {
      if (args[0] === 'infinity' || args[0] === 'inf') return 'forever';
      const ms = args.reduce((sum, arg) => sum + sleepMs(arg), 0);
      return [{ do: 'wait', ms }];
    }
    case 'exit':
      return [{ do: 'exit', code: Number.parseInt(args[0] ?? '0', 10) & 0xff }];
    case 'true':
    case ':':
      return [];
    case 'false':
      return [{ do: 'exit', code: 1 }];
    case 'echo':
      return [{ do: 'print', text: args.filter((arg, at) => !(at === 0 && /^-[neE]+$/.test(arg))).join(' ') }];
    case 'printf':
      return [{ do: 'print', text: (args[0] ?? '').replaceAll('\\n', '') }];
    case 'date':
      return [{ do: 'date' }];
    case 'tail':
      return args.includes('-f') || args.includes('-F') ? 'forever' : [];
    case 'pause':
      return 'forever';
    case 'cat':
      return args.length === 0 ? 'forever' : filesOf(args).map((path) => reading('cat', path));
    case 'ls':
    case 'stat':
      return filesOf(args).map((path) => reading(program, path));
    case 'test':
    case '[':
      return /^-[defrswx]$/.test(args[0] ?? '') && args[1] !== undefined
        ? [{ do: 'read', path: args[1], prints: false, missing: '' }]
        : undefined;
    case 'touch':
      return filesOf(args).map((path) => ({ do: 'write', path, text: '', append: true }));
    case 'rm':
      return filesOf(args).map((path) => ({ do: 'remove', path }));
    case 'wait':
    case 'set':
    case 'trap':
    case 'export':
    case 'cd':
    case 'mkdir':
      return [];
    default:
      return undefined;
  }
}

function sleepMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(text);
  if (match === null) return 0;
  const unit = { '': 1000, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match[2] ?? ''] ?? 1000;
  return Number(match[1]) * unit;
}

/** Splits at `;`, `&&`, `&` and line ends outside quotes, not within `>&2`. */
function splitStatements(text: string): string[] {
  const parts = text.match(/(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[<>]&|[^;&\n'"\\])+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function filesOf(args: readonly string[]): readonly string[] {
  return args.filter((arg) => !arg.startsWith('-'));
}

function reading(program: string, path: string): Step {
  const why = 'No such file or directory';
  const missing =
    program === 'cat'
      ? `cat: can't open '${path}': ${why}`
      : program === 'ls'
        ? `ls: ${path}: ${why}`
        : `stat: can't stat '${path}': ${why}`;
  return { do: 'read', path, prints: program === 'cat', missing };
}

interface Target {
  readonly path: string;
  readonly append: boolean;
}

/** What would be printed goes to the file. */
function redirected(
  steps: readonly Step[] | 'forever' | undefined,
  target: Target | undefined,
): readonly Step[] | 'forever' | undefined {
  if (steps === undefined || steps === 'forever' || target === undefined) return steps;
  return steps.map((step) => (step.do === 'print' ? { do: 'write', ...target, text: `${step.text}\n` } : step));
}

/** Splits into words, quotes taken away; where its output goes, if not to the log. What comes after a pipe or `||` is dropped. */
function splitWords(text: string): { words: readonly string[]; target?: Target } {
  const quoted = text.match(/(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+/g) ?? [];
  const plain = quoted.map((word) =>
    word.replace(
      /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g,
      (_all, single, double, escaped) => single ?? double ?? escaped,
    ),
  );
  const pipeAt = plain.findIndex((word) => word === '|' || word === '||');
  const command = pipeAt < 0 ? plain : plain.slice(0, pipeAt);
  const redirectAt = command.findIndex((word) => /^[012]?>{1,2}/.test(word));
  if (redirectAt < 0) return { words: command };
  const words = command.slice(0, redirectAt);
  const [, stream = '', arrow = '', attached = ''] = /^([012]?)(>{1,2})(.*)$/.exec(command[redirectAt] ?? '') ?? [];
  const path = attached === '' ? (command[redirectAt + 1] ?? '') : attached;
  // Errors alone, and what goes to the other stream, are in the log as well.
  if (stream === '2' || path.startsWith('&') || path === '/dev/stdout' || path === '/dev/stderr') return { words };
  return { words, target: { path, append: arrow === '>>' } };
}
