/** Values like `3` or `25%` (IntOrString), as rollouts and disruption budgets use them. */

/** The value for a whole of `total`; percentages are rounded up or down. What is neither a number nor a percentage is 0. */
export function scaledValue(value: number | string | undefined, total: number, rounding: 'up' | 'down'): number {
  if (value === undefined) return 0;
  if (typeof value === 'number') return value;
  const percent = /^([0-9]+)%$/.exec(value)?.[1];
  if (percent === undefined) return 0;
  const part = (Number(percent) * total) / 100;
  return rounding === 'up' ? Math.ceil(part) : Math.floor(part);
}
