/**
 * What a plain YAML 1.1 scalar stands for, as kubectl reads and writes it (sigs.k8s.io/yaml, which keeps to go-yaml 2):
 * `0555` is 365, `yes` is true, `1_000` is 1000, `12:30` is text, dates are text that is quoted when written.
 */

const WORDS = new Map<string, boolean | null | number>();
for (const word of ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']) WORDS.set(word, true);
for (const word of ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']) WORDS.set(word, false);
for (const word of ['', '~', 'null', 'Null', 'NULL']) WORDS.set(word, null);
for (const word of ['.nan', '.NaN', '.NAN']) WORDS.set(word, Number.NaN);
for (const word of ['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF']) WORDS.set(word, Number.POSITIVE_INFINITY);
for (const word of ['-.inf', '-.Inf', '-.INF']) WORDS.set(word, Number.NEGATIVE_INFINITY);

const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|[1-9][0-9]*|0)$/;
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const TIMESTAMP =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt](\d\d?):(\d\d?):(\d\d?)(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))|(?: (\d\d?):(\d\d?):(\d\d?)(?:\.\d+)?))?$/;

/** The value of an unquoted scalar: text where nothing else fits. */
export function resolveScalar(text: string): string | number | boolean | null {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const [first = ''] = text;
  if (first === '.') return /^\.\d+([eE][-+]?\d+)?$/.test(text) ? Number(text) : text;
  if (!/[0-9+-]/.test(first) || isTimestamp(text)) return text;
  const plain = text.replaceAll('_', '');
  const [, sign = '', digits] = INTEGER.exec(plain) ?? [];
  if (digits !== undefined) return Number(`${integerOf(digits)}`) * (sign === '-' ? -1 : 1);
  return FLOAT.test(plain) ? Number(plain) : text;
}

function integerOf(digits: string): bigint {
  return BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
}

/** Whether text would be read as something else if it were written without quotes. */
export function needsQuotes(text: string): boolean {
  return typeof resolveScalar(text) !== 'string' || isTimestamp(text) || text === '<<' || BASE_60.test(text);
}

function isTimestamp(text: string): boolean {
  const match = TIMESTAMP.exec(text);
  if (match === null) return false;
  const [year = 0, month = 0, day = 0, ...times] = match.slice(1).map((part) => Number(part ?? 0));
  const [hour = 0, minute = 0, second = 0, hour2 = 0, minute2 = 0, second2 = 0] = times;
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const timesFit = Math.max(hour, hour2) < 24 && Math.max(minute, minute2, second, second2) < 60;
  return month >= 1 && month <= 12 && day >= 1 && day <= days && timesFit;
}
