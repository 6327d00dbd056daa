/** Objects in informers are shared by everyone who asks: they are frozen, so that a mistake fails where it is made. */

/** Freezes a JSON value and all it holds. What is already frozen at the root is taken to be frozen throughout. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const key in value) deepFreeze(value[key]);
  return Object.freeze(value);
}
