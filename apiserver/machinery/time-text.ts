/**
 * Times as Kubernetes reads and writes them: metav1.Time (RFC 3339, whole seconds, UTC) and metav1.MicroTime
 * (RFC 3339 with exactly six digits of a second). Complaints are Go's time.ParseError.
 */

export type ParsedTime = { readonly text: string; readonly error?: undefined } | { readonly error: string };

const CANONICAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/;
const LAYOUT = '2006-01-02T15:04:05Z07:00';
const MICRO_LAYOUT = '2006-01-02T15:04:05.000000Z07:00';

export function canonicalTime(text: string): ParsedTime {
  if (CANONICAL.test(text) && !Number.isNaN(Date.parse(text))) return { text };
  const match = RFC3339.exec(text);
  const ms = match === null ? Number.NaN : Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(ms)) return { error: parseComplaint(text, LAYOUT) };
  return { text: `${new Date(ms).toISOString().slice(0, 19)}Z` };
}

export function canonicalMicroTime(text: string): ParsedTime {
  const match = RFC3339.exec(text);
  const ms = match === null ? Number.NaN : Date.parse(`${match[1]}${match[3]}`);
  if (match === null || match[2]?.length !== 6 || Number.isNaN(ms)) {
    return { error: parseComplaint(text, MICRO_LAYOUT) };
  }
  return { text: `${new Date(ms).toISOString().slice(0, 19)}.${match[2]}Z` };
}

const PIECES: readonly (readonly [RegExp, string])[] = [
  [/^\d{4}/, '2006'],
  [/^-/, '-'],
  [/^\d\d/, '01'],
  [/^-/, '-'],
  [/^\d\d/, '02'],
  [/^T/, 'T'],
  [/^\d\d/, '15'],
  [/^:/, ':'],
  [/^\d\d/, '04'],
  [/^:/, ':'],
  [/^\d\d/, '05'],
  [/^\.\d{6}/, '.000000'],
  [/^(Z|[+-]\d\d:\d\d)/, 'Z07:00'],
];

/** `parsing time "x" as "2006…": cannot parse "x" as "2006"`. */
function parseComplaint(text: string, layout: string): string {
  let rest = text;
  for (const [pattern, element] of PIECES) {
    if (element === '.000000' && layout === LAYOUT) {
      rest = rest.replace(/^[.,]\d+/, '');
      continue;
    }
    const match = pattern.exec(rest);
    if (match === null) {
      return `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(element)}`;
    }
    rest = rest.slice(match[0].length);
  }
  if (rest !== '') return `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}`;
  return `parsing time ${JSON.stringify(text)}: ${outOfRange(text)} out of range`;
}

function outOfRange(text: string): string {
  const [month, hour, minute, second] = [text.slice(5, 7), text.slice(11, 13), text.slice(14, 16), text.slice(17, 19)];
  if (Number(month) < 1 || Number(month) > 12) return 'month';
  if (Number(hour) > 23) return 'hour';
  if (Number(minute) > 59) return 'minute';
  return Number(second) > 59 ? 'second' : 'day';
}
