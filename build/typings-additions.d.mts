/** Types of `typings-additions.mjs`, which says what they mean. */
export const additions: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
