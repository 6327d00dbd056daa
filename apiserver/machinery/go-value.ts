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

/** The type that Go gives a JSON value (`%T`). */
export function goType(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64';
    default:
      return 'map[string]interface {}';
  }
}

/** A JSON value as Go's `%#v` prints it: `map[string]interface {}{"a":1}`, keys sorted. */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (typeof value === 'object') {
    const fields = value as Record<string, unknown>;
    const shown = Object.keys(fields)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${goSyntax(fields[key])}`);
    return `map[string]interface {}{${shown.join(', ')}}`;
  }
  return JSON.stringify(value);
}
