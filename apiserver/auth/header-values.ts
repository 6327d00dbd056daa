/** Reading headers that may be given several times: each time is one value, whatever is in it. */
import type { ApiRequest } from '../machinery/api-server.ts';

type SentHeaders = Pick<ApiRequest, 'headers' | 'valuesOf'>;

/** `name` in lower case. Empty values are left out. */
export function headerValues(request: SentHeaders, name: string): string[] {
  const value = request.headers[name];
  if (value === undefined) return [];
  return (request.valuesOf?.(name) ?? [value]).filter((each) => each !== '');
}

/** The values of all headers that begin with one of the prefixes, by the rest of their name, percent-decoded. */
export function headersWithPrefix(request: SentHeaders, prefixes: readonly string[]): Record<string, string[]> {
  const found = new Map<string, string[]>();
  for (const prefix of prefixes) {
    for (const name of Object.keys(request.headers)) {
      if (!name.startsWith(prefix)) continue;
      const key = decodedKey(name.slice(prefix.length));
      found.set(key, [...(found.get(key) ?? []), ...headerValues(request, name)]);
    }
  }
  return Object.fromEntries(found);
}

function decodedKey(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
