/** nodes/SPEC.md and the tests name the same promises: none untested, no unknown id. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const promised = [...readFileSync(join(root, 'nodes/SPEC.md'), 'utf8').matchAll(/^\*\*([A-Z]+\d+)\*\*/gm)].map(
  (match) => match[1] ?? '',
);
const tested = new Set(
  readdirSync(join(root, 'test/nodes'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .flatMap((name) => [
      ...readFileSync(join(root, 'test/nodes', name), 'utf8').matchAll(/\bit\(\s*(['"`])([A-Z]\d+) /g),
    ])
    .map((match) => match[2] ?? ''),
);

describe('nodes/SPEC.md', () => {
  it('promises nothing twice', () => {
    expect(promised.filter((id, at) => promised.indexOf(id) !== at)).toEqual([]);
    expect(promised.length).toBeGreaterThan(8);
  });

  it('promises nothing that no test shows, and knows every id that a test names', () => {
    expect([...tested].sort()).toEqual([...promised].sort());
  });
});
