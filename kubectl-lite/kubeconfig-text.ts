/**
 * Reads the text of a kubeconfig. Nearly every one is JSON, or plain block YAML of mappings, lists and one-line values;
 * that is read here, without the YAML library, which would cost more time than everything else that a `get` does.
 * Whatever looks different is left to the library.
 */

type Node = Record<string, unknown> | unknown[];

interface Level {
  readonly indent: number;
  readonly node: Node;
}

/** The value, or undefined when the text uses more of YAML than is read here. */
export function readPlainYaml(text: string): unknown {
  if (text.trimStart().startsWith('{')) {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  }
  const root: Record<string, unknown> = {};
  const levels: Level[] = [{ indent: 0, node: root }];
  let open: { readonly holder: Record<string, unknown>; readonly key: string; readonly indent: number } | undefined;
  for (const line of text.split('\n')) {
    if (line.trim() === '' || /^\s*#/.test(line)) continue;
    const [, spaces = '', dash = '', key, rest = ''] = /^( *)((?:- )?)([\w./-]+):(?: (.*))?$/.exec(line) ?? [];
    if (key === undefined) return undefined;
    let indent = spaces.length;
    if (open !== undefined) {
      const deeper = indent > open.indent || (dash !== '' && indent === open.indent);
      const node: Node | null = deeper ? (dash === '' ? {} : []) : null;
      open.holder[open.key] = node;
      if (node !== null) levels.push({ indent, node });
      open = undefined;
    }
    while (levels.length > 1 && !belongs(levels.at(-1), indent, dash !== '')) levels.pop();
    let level = levels.at(-1);
    if (level === undefined || level.indent !== indent) return undefined;
    if (dash !== '') {
      if (!Array.isArray(level.node)) return undefined;
      const item: Record<string, unknown> = {};
      level.node.push(item);
      indent += 2;
      level = { indent, node: item };
      levels.push(level);
    }
    if (Array.isArray(level.node)) return undefined;
    const value = scalar(rest);
    if (value === undefined) return undefined;
    if (rest === '') open = { holder: level.node, key, indent };
    else level.node[key] = value.is;
  }
  if (open !== undefined) open.holder[open.key] = null;
  return root;
}

/** Whether a line at this indentation continues this level. */
function belongs(level: Level | undefined, indent: number, isItem: boolean): boolean {
  if (level === undefined || level.indent > indent) return false;
  return level.indent < indent ? false : Array.isArray(level.node) === isItem;
}

function scalar(text: string): { readonly is: unknown } | undefined {
  const value = text.trim();
  if (/^"[^"\\]*"$/.test(value)) return { is: value.slice(1, -1) };
  if (/^'[^']*'$/.test(value)) return { is: value.slice(1, -1) };
  if (value === '{}') return { is: {} };
  if (value === '[]') return { is: [] };
  if (value === 'true' || value === 'false') return { is: value === 'true' };
  if (value === '' || value === 'null') return { is: null };
  // Plain words that no YAML reading turns into anything else.
  return /^[A-Za-z/][\w./+=@:-]*$/.test(value) &&
    !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(value) &&
    !value.endsWith(':')
    ? { is: value }
    : undefined;
}
