/**
 * YAML as upstream writes it (sigs.k8s.io/yaml, go-yaml): keys in natural order, lists no deeper than the key that they are
 * under, texts plain where they can be. It does not fold long lines.
 *
 *     name: it's      plain            when: "2026-01-31"   read as something else when plain
 *     key: 'a: b'     not plain        tab: "a\tb"          not printable
 */
import { Document, isPair, isScalar, Scalar, visit } from 'yaml';

const FLOAT = 'tag:yaml.org,2002:float';

export function yamlOf(object: unknown): string {
  const document = new Document(object, {
    sortMapEntries: (left, right) => (isNaturallyLess(keyOf(left), keyOf(right)) ? -1 : 1),
    aliasDuplicateObjects: false,
    version: '1.1',
    // The package would not take a lone dot for a text.
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || tag.tag !== FLOAT),
  });
  visit(document, (_, node) => {
    if (!isScalar(node) || typeof node.value !== 'string') return;
    if (seemsOther(node.value) || needsEscapes(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    else if (/^(?:'|---|\.\.\.)/.test(node.value)) node.type = Scalar.QUOTE_SINGLE;
  });
  return document.toString({ lineWidth: 0, indentSeq: false, singleQuote: true });
}

function keyOf(pair: unknown): string {
  const key: unknown = isPair(pair) ? pair.key : undefined;
  return String(isScalar(key) ? key.value : key);
}

const LETTER = /^\p{L}$/u;
const DIGIT = /^\d$/;

/** Numbers in names count as numbers: `k2` comes before `k10`, and letters after what is none. */
export function isNaturallyLess(left: string, right: string): boolean {
  const [a, b] = [[...left], [...right]];
  let afterDigit = false;
  for (let at = 0; at < a.length && at < b.length; at++) {
    const [x = '', y = ''] = [a[at], b[at]];
    if (x === y) {
      afterDigit = DIGIT.test(x);
      continue;
    }
    const letters = [LETTER.test(x), LETTER.test(y)];
    if (letters[0] && letters[1]) return x < y;
    if (letters[0] || letters[1]) return (afterDigit ? letters[0] : letters[1]) === true;
    const [m, n] = [numberAt(a, at), numberAt(b, at)];
    if (m.value !== n.value) return m.value < n.value;
    return m.length === n.length ? x < y : m.length < n.length;
  }
  return a.length < b.length;
}

/** The number at a place; one that goes on from digits before it has them in front, however they count. */
function numberAt(text: readonly string[], at: number): { readonly value: number; readonly length: number } {
  let end = at;
  while (DIGIT.test(text[end] ?? '')) end++;
  let begin = at;
  while (begin > 0 && DIGIT.test(text[begin - 1] ?? '')) begin--;
  const carried = text.slice(begin, at).some((digit) => digit !== '0') ? '1' : '0';
  return { value: Number(`${carried}${text.slice(at, end).join('')}`), length: end - at };
}

const OTHERS: readonly RegExp[] = [
  /^(?:~|null|Null|NULL|y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF|true|True|TRUE|false|False|FALSE|)$/,
  /^[-+]?(?:\d[\d_]*|0b[01_]+|0o?[0-7_]+|0x[\da-fA-F_]+)$/,
  /^[-+]?(?:\.\d[\d_]*|\d[\d_]*(?:\.[\d_]*)?)(?:[eE][-+]?\d+)?$/,
  /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/,
  /^\d{4}-\d\d?-\d\d?(?:(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::?\d\d)?))?)?$/,
];

/** Whether a plain text would be read as something else. */
function seemsOther(text: string): boolean {
  return OTHERS.some((form) => form.test(text));
}

/** Tabs, and a text of nothing but space. */
function needsEscapes(text: string): boolean {
  return text.includes('\t') || /^ +\n/.test(text);
}
