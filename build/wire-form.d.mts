/** Types of `wire-form.mjs`, which says what they mean. */
export type WireForm = Readonly<Record<string, readonly (readonly [string, string, string?])[]>>;
export function makeWireForm(): WireForm;
export function writeWireForm(folder: string): void;
