/**
 * The words of a CEL expression, as far as complaints need them: what stands before and after a place, and what no rule
 * of the language can read. Of the latter cel-go tells first, and goes on without it.
 */

export interface CelToken {
  readonly text: string;
  readonly at: number;
}

/** Something wrong at a place of the text, in cel-go's words. */
export interface CelIssue {
  readonly at: number;
  readonly says: string;
}

export interface CelText {
  readonly tokens: readonly CelToken[];
  /** The text with what cannot be read blanked out, so that places stay what they are. */
  readonly readable: string;
  readonly issues: readonly CelIssue[];
  /** Where names begin with a dot, which stands for the outermost scope. */
  readonly rooted: ReadonlySet<number>;
}

const WORD =
  /\s+|\/\/[^\n]*|[rRbB]{0,2}(?:"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\.|[^"\\\n\r])*"|'(?:\\.|[^'\\\n\r])*')|0x[0-9a-fA-F]+u?|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?u?|\.\d+(?:[eE][+-]?\d+)?|[A-Za-z_]\w*|`[\w./ -]+`|==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()[\]{}]/y;

/** What begins like a longer word: the next character is read, too, before it is given up. */
const HALF_WORDS = /["'&|=`]/;

export function readCelText(text: string): CelText {
  const tokens: CelToken[] = [];
  const issues: CelIssue[] = [];
  const characters = text.split('');
  for (let at = 0; at < text.length; ) {
    WORD.lastIndex = at;
    const word = WORD.exec(text)?.[0];
    if (word !== undefined) {
      if (!/^\s|^\/\//.test(word)) tokens.push({ text: word, at });
      at += word.length;
      continue;
    }
    const end = at + unreadableLength(text, at);
    issues.push({ at, says: `Syntax error: token recognition error at: '${text.slice(at, end)}'` });
    for (; at < end; at++) if (characters[at] !== '\n') characters[at] = ' ';
  }
  const rooted = new Set<number>();
  for (const [index, { text: word, at }] of tokens.entries()) {
    const next = tokens[index + 1];
    if (word !== '.' || next === undefined || !isName(next.text) || endsOperand(tokens[index - 1]?.text)) continue;
    characters[at] = ' ';
    rooted.add(next.at);
  }
  return { tokens, readable: characters.join(''), issues, rooted };
}

function unreadableLength(text: string, at: number): number {
  const first = text[at] ?? '';
  if (!HALF_WORDS.test(first)) return String.fromCodePoint(text.codePointAt(at) ?? 0).length;
  if (first !== '"' && first !== "'") return Math.min(2, text.length - at);
  const line = text.indexOf('\n', at);
  return (line < 0 ? text.length : line + 1) - at;
}

export function isName(word: string): boolean {
  return /^[A-Za-z_]\w*$/.test(word);
}

/** Whether a word may be the last of an operand, so that an operator has to follow. */
function endsOperand(word: string | undefined): boolean {
  return (
    word !== undefined && (/^[\w"'`]|["']$/.test(word) || word === ')' || word === ']' || word === '}') && word !== 'in'
  );
}

/** Places of a text with their line and column, and a picture of the place, as cel-go prints issues. */
export function printIssues(text: string, issues: readonly CelIssue[]): string {
  return issues.map(({ at, says }) => printIssue(text, at, says)).join('\n');
}

function printIssue(text: string, at: number, says: string): string {
  // A text without a line has no place in it.
  if (text === '') return `ERROR: <input>:1:0: ${says}`;
  const before = text.slice(0, at).split('\n');
  const lineText = text.split('\n')[before.length - 1] ?? '';
  const column = [...(before.at(-1) ?? '')].length;
  const picture = `\n | ${lineText.replaceAll('\t', ' ')}\n | ${'.'.repeat(column)}^`;
  return `ERROR: <input>:${before.length}:${column + 1}: ${says}${picture}`;
}
