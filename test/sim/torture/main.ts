/**
 * `npm run torture -- [--cycles N] [--seed N] [--members K] [--upkeep]`: see `torture.ts`, and `upkeep.ts` for the last.
 * Exits with 1 when a promise was broken.
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../../../base/system.ts';
import { freePorts } from './member-processes.ts';
import { torture } from './torture.ts';
import { upkeep } from './upkeep.ts';

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    members: { type: 'string', default: '3' },
    upkeep: { type: 'boolean', default: false },
  },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const script = path.resolve('dist', 'sampan.js');
if (!fs.existsSync(script)) throw new Error(`${script} is missing: run npm run build, from the root of the repository`);
const options = {
  script,
  ports: await freePorts(2 * Number(values.members)),
  cycles: Number(values.cycles),
  seed: Number(values.seed),
  clock: systemClock,
};
const broken = await (values.upkeep ? keepUp() : tearDown());
for (const words of broken.slice(0, 10)) say(`  BROKEN ${words}`);
say(broken.length === 0 ? '  every promise was kept' : `  ${broken.length} promises were broken`);
process.exit(broken.length === 0 ? 0 : 1);

async function tearDown(): Promise<readonly string[]> {
  const report = await torture(options);
  const { kills, stops, elapsedMs } = report;
  say(`${values.members} members, ${kills} times killed, ${stops} times stopped, ${(elapsedMs / 1000).toFixed(0)} s`);
  say(
    `  requests ${report.requests}, not answered ${report.unanswered}, longest time without an answer ${report.longestGapMs.toFixed(0)} ms`,
  );
  say(`  acknowledged writes ${report.acknowledgedWrites}, lost ${report.lostWrites}`);
  say(`  judged for linearizability ${report.judged} operations over ${report.revisions} revisions`);
  say(`  hashes ${report.hashes.join(', ')}`);
  return report.violations.map(({ judge, words }) => `${judge}: ${words}`);
}

async function keepUp(): Promise<readonly string[]> {
  const report = await upkeep(options);
  say(`${values.members} members, ${report.kills} times killed, ${(report.elapsedMs / 1000).toFixed(0)} s`);
  say(
    `  compactions ${report.compactions}, defragmentations ${report.defragmentations}, snapshots ${report.snapshots}`,
  );
  say(`  acknowledged writes ${report.acknowledgedWrites} over ${report.revisions} revisions`);
  say(`  hashes ${report.hashes.join(', ')}`);
  return report.violations;
}
