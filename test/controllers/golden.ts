/** Compares a text with a golden file beside the test. `UPDATE_GOLDEN=1` writes it anew. */
import fs from 'node:fs';
import { expect } from 'vitest';

/** @param url of the golden file: `new URL('./name.golden', import.meta.url)` */
export function expectGolden(url: URL, actual: string): void {
  const text = actual.endsWith('\n') ? actual : `${actual}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') fs.writeFileSync(url, text);
  expect(text).toBe(fs.existsSync(url) ? fs.readFileSync(url, 'utf8') : '(no golden file: run with UPDATE_GOLDEN=1)');
}
