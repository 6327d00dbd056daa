import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { type ProgramName, programPath } from '../../cluster/package-root.ts';

it('the programs are where the manifest says', () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const { bin } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    readonly bin: Readonly<Record<ProgramName, string>>;
  };
  for (const name of Object.keys(bin) as ProgramName[])
    expect(programPath(root, name)).toBe(path.join(root, bin[name]));
});
