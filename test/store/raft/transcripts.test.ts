/**
 * Golden transcripts: each file in `transcripts/` is a lesson. Comments begin with #; commands follow, one a line;
 * after `----` comes what they printed. `UPDATE_GOLDEN=1` rewrites what is printed; the commands stay as they are.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Interaction } from './interaction.ts';

const folder = new URL('./transcripts/', import.meta.url);

test.each(readdirSync(folder).filter((name) => name.endsWith('.golden')))('%s', (name) => {
  const file = new URL(name, folder);
  const golden = readFileSync(file, 'utf8');
  const actual = replay(golden);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, actual);
  else expect(actual).toBe(golden);
});

/** The same transcript with what its commands print now. */
function replay(golden: string): string {
  const interaction = new Interaction();
  const blocks = golden.trimEnd().split(/\n\n+/);
  const replayed = blocks.map((block) => {
    const lines = block.split('\n');
    const end = lines.indexOf('----');
    const input = end < 0 ? lines : lines.slice(0, end);
    const commands = input.filter((line) => !line.startsWith('#'));
    if (commands.length === 0) return block;
    const output = commands.flatMap((command) => interaction.run(command));
    return [...input, '----', ...(output.length > 0 ? output : ['ok'])].join('\n');
  });
  return `${replayed.join('\n\n')}\n`;
}
