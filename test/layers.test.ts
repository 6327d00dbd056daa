import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { layers } from './layers.ts';
import { codeFiles, root } from './source-tree.ts';

/** The folders and files of ours that a source file imports, relative to the root. */
function imports(file: string): string[] {
  const text = fs.readFileSync(path.join(root, file), 'utf8');
  const specifiers = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map(
    (match) => match[1] ?? '',
  );
  return specifiers.map((specifier) => path.posix.join(path.posix.dirname(file), specifier));
}

function within(file: string, place: string): boolean {
  return file === place || file.startsWith(`${place}/`);
}

/** The most specific row of the table that a file falls under. */
function layerOf(file: string): string | undefined {
  return Object.keys(layers)
    .filter((layer) => within(file, layer))
    .sort((a, b) => b.length - a.length)[0];
}

describe('layers', () => {
  it('every import goes where the table allows', () => {
    const broken: string[] = [];
    for (const file of codeFiles()) {
      const layer = layerOf(file);
      if (layer === undefined) continue;
      const allowed = [layer, 'generated', ...(layers[layer] ?? [])];
      for (const imported of imports(file)) {
        if (!allowed.some((place) => within(imported, place))) {
          broken.push(
            `${file} imports ${imported}, but ${layer} may import only ${allowed.join(', ')} (test/layers.ts)`,
          );
        }
      }
    }
    expect(broken).toEqual([]);
  });

  it('every folder of code has a row', () => {
    const without = codeFiles().filter(
      (file) => layerOf(file) === undefined && !/^(dashboard|bench|build)\//.test(file),
    );
    expect(without).toEqual([]);
  });
});
