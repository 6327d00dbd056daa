/** Bytes come whole (pkg/api: fractional byte values). */
import { quantityOf } from '../../../base/quantity.ts';

export function fractionalByteWarnings(
  amounts: Readonly<Record<string, string>> | undefined,
  names: readonly string[],
  path: string,
): string[] {
  return names.flatMap((name) => {
    const amount = amounts?.[name];
    if (amount === undefined || quantityOf(amount).milliValue % 1000 === 0) return [];
    return [`${path}[${name}]: fractional byte value "${amount}" is invalid, must be an integer`];
  });
}
