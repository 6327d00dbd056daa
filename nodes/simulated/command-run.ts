/** One command run to its end inside a simulated container: by an exec probe or a lifecycle hook. */
import { commandSteps, type Step } from './command-script.ts';
import type { ContainerFiles } from './container-files.ts';

export interface CommandResult {
  readonly code: number;
  /** Both streams. */
  readonly output: string;
  readonly tookMs: number;
}

/** What a program does that is not known: it succeeds, in no time. */
export function runCommand(words: readonly string[], files: ContainerFiles, nowMs: number): CommandResult {
  let code = 0;
  let output = '';
  let tookMs = 0;
  for (const step of commandSteps(words)) {
    if (step.do === 'wait') {
      tookMs += step.ms;
      continue;
    }
    if (step.do === 'exit') return { code: step.code, output, tookMs };
    const done = takeStep(step, files, nowMs + tookMs);
    code = done.code;
    if (done.printed !== undefined) output += `${done.printed}\n`;
  }
  return { code, output, tookMs };
}

/** Takes a step that takes no time; its exit code, and the line it prints. */
export function takeStep(
  step: Exclude<Step, { do: 'wait' | 'exit' }>,
  files: ContainerFiles,
  nowMs: number,
): { readonly code: number; readonly printed?: string } {
  switch (step.do) {
    case 'print':
      return { code: 0, printed: step.text };
    case 'date':
      return { code: 0, printed: new Date(nowMs).toUTCString() };
    case 'write':
      files.write(step.path, step.text, step.append);
      return { code: 0 };
    case 'remove':
      files.remove(step.path);
      return { code: 0 };
    case 'read': {
      if (!files.has(step.path)) return { code: 1, ...(step.missing === '' ? {} : { printed: step.missing }) };
      const text = step.prints ? files.read(step.path).replace(/\n$/, '') : '';
      return text === '' ? { code: 0 } : { code: 0, printed: text };
    }
  }
}
