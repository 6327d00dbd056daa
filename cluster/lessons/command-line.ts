/**
 * A command line as the lessons' prompt takes it: words with quotes, `> FILE` for the output, `< FILE` for the input, and
 * `&` at the end to go on at once. No shell runs it, so nothing else has a meaning: a line that wants more (pipes, `$(…)`)
 * is refused with a reason, and belongs into a terminal of the learner's own.
 */
import { UsageError } from '../../base/errors.ts';

export interface CommandLine {
  readonly words: readonly string[];
  readonly outputFile?: string;
  readonly inputFile?: string;
  readonly inBackground: boolean;
}

type Token = { readonly type: 'word'; readonly text: string } | { readonly type: 'mark'; readonly text: string };

const MARKS = new Set(['>', '<', '&', '|', ';']);

/**
 * `kubectl-lite get cm a -o yaml > "a b.yaml"` becomes four words and an output file.
 * @throws UsageError
 */
export function parseCommandLine(line: string): CommandLine {
  const tokens = tokensOf(line);
  const words: string[] = [];
  let outputFile: string | undefined;
  let inputFile: string | undefined;
  let inBackground = false;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (token === undefined) continue;
    if (token.type === 'word') {
      words.push(token.text);
      continue;
    }
    const next = tokens[at + 1];
    if (token.text === '&') {
      if (next !== undefined) throw new UsageError('& can only end a line here; type one command after the other');
      inBackground = true;
    } else if (token.text === '>' || token.text === '<') {
      if (next?.type !== 'word') throw new UsageError(`a file's name must follow ${token.text}`);
      if (token.text === '>') outputFile = next.text;
      else inputFile = next.text;
      at++;
    } else {
      throw new UsageError(`${token.text} means nothing here; use a terminal of your own for what needs a shell`);
    }
  }
  return {
    words,
    inBackground,
    ...(outputFile === undefined ? {} : { outputFile }),
    ...(inputFile === undefined ? {} : { inputFile }),
  };
}

function tokensOf(line: string): Token[] {
  const tokens: Token[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  const end = (): void => {
    if (word !== undefined) tokens.push({ type: 'word', text: word });
    word = undefined;
  };
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else if (character === '\\' && quote === '"' && /["\\]/.test(line.charAt(at + 1))) word += line.charAt(++at);
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === '\\' && at + 1 < line.length) {
      word = (word ?? '') + line.charAt(++at);
    } else if (/\s/.test(character)) {
      end();
    } else if (MARKS.has(character)) {
      end();
      tokens.push({ type: 'mark', text: character });
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== undefined) throw new UsageError(`a ${quote} is not closed`);
  end();
  return tokens;
}
