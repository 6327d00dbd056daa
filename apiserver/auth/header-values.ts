/**
 * Reading headers that may be given several times. `ApiRequest.headers` holds one text a name, repeated headers joined
 * with `, ` as Node does; a value that itself contains `, ` is therefore read as two.
 */
import type { ApiRequest } from '../machinery/api-server.ts';

/** `name` in lower case. Empty values are left out. */
export function headerValues(headers: ApiRequest['headers'], name: string): string[] {
  const value = headers[name];
  return value === undefined ? [] : value.split(', ').filter((each) => each !== '');
}

/** The values of all headers that begin with one of the prefixes, by the rest of their name, percent-decoded. */
export function headersWithPrefix(
  headers: ApiRequest['headers'],
  prefixes: readonly string[],
): Record<string, string[]> {
  const found = new Map<string, string[]>();
  for (const prefix of prefixes) {
    for (const name of Object.keys(headers)) {
      if (!name.startsWith(prefix)) continue;
      const key = decodedKey(name.slice(prefix.length));
      found.set(key, [...(found.get(key) ?? []), ...headerValues(headers, name)]);
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
