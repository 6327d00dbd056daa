/** `npm run torture -- [--cycles N] [--seed N] [--members K]`: see `torture.ts`. Exits with 1 when a promise was broken. */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../../../base/system.ts';
import { freePorts } from './member-processes.ts';
import { torture } from './torture.ts';

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    members: { type: 'string', default: '3' },
  },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const script = path.resolve('dist', 'sampan.js');
if (!fs.existsSync(script)) throw new Error(`${script} is missing: run npm run build, from the root of the repository`);
const report = await torture({
  script,
  ports: await freePorts(2 * Number(values.members)),
  cycles: Number(values.cycles),
  seed: Number(values.seed),
  clock: systemClock,
});
const { violations, kills, stops, elapsedMs } = report;
say(`${values.members} members, ${kills} times killed, ${stops} times stopped, ${(elapsedMs / 1000).toFixed(0)} s`);
say(
  `  requests ${report.requests}, not answered ${report.unanswered}, longest time without an answer ${report.longestGapMs.toFixed(0)} ms`,
);
say(`  acknowledged writes ${report.acknowledgedWrites}, lost ${report.lostWrites}`);
say(`  judged for linearizability ${report.judged} operations over ${report.revisions} revisions`);
say(`  hashes ${report.hashes.join(', ')}`);
for (const { judge, words } of violations.slice(0, 10)) say(`  BROKEN ${judge}: ${words}`);
say(violations.length === 0 ? '  every promise was kept' : `  ${violations.length} promises were broken`);
process.exit(violations.length === 0 ? 0 : 1);
