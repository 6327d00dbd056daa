/** A JSON value as Go's `%v` prints it, which some messages contain: `map[a:1 b:[x y]]`, keys sorted. */
export function goValue(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goValue).join(' ')}]`;
  if (typeof value === 'object') {
    const fields = value as Record<string, unknown>;
    const shown = Object.keys(fields)
      .sort()
      .map((key) => `${key}:${goValue(fields[key])}`);
    return `map[${shown.join(' ')}]`;
  }
  return String(value);
}
