/** apiserver/SPEC.md and the tests name the same promises: none untested, no unknown id, for every section that exists. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** The ids of the promises, in order. */
const promised = [...readFileSync(join(root, 'apiserver/SPEC.md'), 'utf8').matchAll(/^\*\*([A-Z]+\d+)\*\*/gm)].map(
  (match) => match[1] ?? '',
);
const sections = new Set(promised.map((id) => id.replace(/\d+$/, '')));

/** The ids with which titles of tests begin: `W4 …`, or several as in `W2 Ordered, W3 Unique: …`. */
function titledIds(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const titles = [...text.matchAll(/\b(?:test|it)(?:\.\w+(?:\((?:[^()]|\([^()]*\))*\))?)*\(\s*(['"`])(.*?)\1/g)].map(
    (match) => match[2] ?? '',
  );
  return titles
    .filter((title) => /^[A-Z]{1,2}\d+\b/.test(title))
    .flatMap((title) => [...title.matchAll(/\b([A-Z]{1,2}\d+)\b/g)].map((match) => match[1] ?? ''));
}

const tested = new Map<string, string>();
/** Some promises only show where a server is hosted. */
for (const folder of ['test/apiserver', 'test/cluster']) {
  for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.test.ts')) continue;
    const file = join(folder, name);
    for (const id of titledIds(file)) if (sections.has(id.replace(/\d+$/, ''))) tested.set(id, file);
  }
}

describe('apiserver/SPEC.md', () => {
  it('promises nothing twice', () => {
    expect(promised.filter((id, at) => promised.indexOf(id) !== at)).toEqual([]);
    expect(promised.length).toBeGreaterThan(60);
  });

  it('promises nothing that no test shows', () => {
    expect(promised.filter((id) => !tested.has(id))).toEqual([]);
  });

  it('knows every id that a test names', () => {
    expect([...tested].filter(([id]) => !promised.includes(id))).toEqual([]);
  });
});
