/**
 * Golden transcripts: each file in `transcripts/` is a lesson. Comments begin with #; commands follow, one a line;
 * after `----` comes what they printed. `UPDATE_GOLDEN=1` rewrites what is printed; the commands stay as they are.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { Interaction } from './interaction.ts';

const folder = new URL('./transcripts/', import.meta.url);
const replayed = new Set<string>();

test('R1 R3 a majority elects a leader, and who cannot win disturbs nobody', () => check('01-election'));
test('R1 R2 a split vote elects nobody; the next term does', () => check('02-split-vote'));
test('R4 a leader without a quorum steps down', () => check('03-check-quorum'));
test("R5 logs that went apart become the leader's", () => check('04-divergence'));
test('R6 an entry of an earlier term waits for one of this term', () => check('05-old-term'));
test('R7 what is sent without an answer is limited', () => check('06-flow-control'));
test('R8 what is uncommitted is limited', () => check('07-uncommitted-limit'));
test('R9 who is too far behind gets a snapshot', () => check('08-snapshot'));
test('R10 a member joins as a learner and becomes a voter', () => check('09-add-member'));
test('R12 a removed leader stays until the others know', () => check('10-remove-leader'));
test('R11 two members are replaced at once', () => check('11-joint'));
test('R11 a joint configuration stays until it is told to end', () => check('12-joint-explicit'));
test('R14 leadership is handed over', () => check('13-transfer'));
test('R15 a read waits for a quorum', () => check('14-read-index'));
test('R16 a read waits for the first entry of a new leader', () => check('15-read-early'));
test('R17 a read by lease waits for nobody while the lease holds', () => check('16-read-lease'));
test('R18 a leader that is known to be gone is forgotten', () => check('17-forget-leader'));
test('R13 votes tell what is committed', () => check('18-votes-tell'));

afterAll(() => {
  const all = readdirSync(folder).filter((name) => name.endsWith('.golden'));
  if (replayed.size > 1) expect([...replayed].sort()).toEqual(all.sort());
});

function check(lesson: string): void {
  const name = `${lesson}.golden`;
  const file = new URL(name, folder);
  const golden = readFileSync(file, 'utf8');
  const actual = replay(golden);
  replayed.add(name);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, actual);
  else expect(actual).toBe(golden);
}

/** The same transcript with what its commands print now. */
function replay(golden: string): string {
  const interaction = new Interaction();
  const blocks = golden.trimEnd().split(/\n\n+/);
  const printed = blocks.map((block) => {
    const lines = block.split('\n');
    const end = lines.indexOf('----');
    const input = end < 0 ? lines : lines.slice(0, end);
    const commands = input.filter((line) => !line.startsWith('#'));
    if (commands.length === 0) return block;
    const output = commands.flatMap((command) => interaction.run(command));
    return [...input, '----', ...(output.length > 0 ? output : ['ok'])].join('\n');
  });
  return `${printed.join('\n\n')}\n`;
}
