/**
 * `npm run sim -- [--seed N | --seeds COUNT] [--from N] [--steps M] [--members K] [--minutes T]`: simulated runs of the whole
 * store. The first failure is made as short as can be found, printed with its seed, and ends the command with status 1;
 * `--keep-going` tells every failure as it is, and goes on. `--members 0` (the default) lets each seed choose 1, 3 or 5.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { systemClock } from '../../base/system.ts';
import { actionWords } from './plan.ts';
import { shrink } from './shrink.ts';
import { planOf, type Report, simulate } from './simulation.ts';
import { Totals } from './totals.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '0' },
    steps: { type: 'string', default: '120' },
    members: { type: 'string', default: '0' },
    minutes: { type: 'string' },
    json: { type: 'boolean', default: false },
    print: { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
  },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const steps = Number(values.steps);
const deadlineMs =
  values.minutes === undefined ? Infinity : systemClock.monotonicMs() + Number(values.minutes) * 60_000;

function membersOf(seed: number): number {
  return Number(values.members) || ([3, 3, 3, 1, 5, 3][seed % 6] ?? 3);
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return 'not known';
  }
}

async function fail(seed: number, report: Report): Promise<void> {
  const members = membersOf(seed);
  say(`FAILED  seed ${seed}  --steps ${steps} --members ${members}  commit ${commit()}`);
  for (const { judge, words } of report.violations.slice(0, 5)) say(`  ${judge}: ${words}`);
  if (values['no-shrink'] || values['keep-going']) return;
  const short = await shrink(planOf({ seed, steps, members }), report.violations[0]?.judge ?? '');
  say(`the shortest history found, ${short.plan.actions.length} actions:`);
  for (const action of short.plan.actions) say(`  ${actionWords(action)}`);
  for (const { judge, words } of short.report.violations.slice(0, 5)) say(`  ${judge}: ${words}`);
  for (const line of short.report.history) say(`    ${line}`);
  say(`again: npm run sim -- --seed ${seed} --steps ${steps} --members ${members}`);
}

const totals = new Totals();
const beganAtMs = systemClock.monotonicMs();
const cpuBefore = process.cpuUsage();
let failed: { seed: number; report: Report } | undefined;
let seed = first;
for (; seed < first + count && systemClock.monotonicMs() < deadlineMs; seed++) {
  const report = await simulate(planOf({ seed, steps, members: membersOf(seed) }));
  totals.add(report);
  if (values.print) for (const line of report.history) say(line);
  if (report.violations.length > 0) {
    failed = { seed, report };
    if (!values['keep-going']) break;
    await fail(seed, report);
  }
  // Files, signals and the like get their turn.
  if (seed % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
}
const elapsedMs = systemClock.monotonicMs() - beganAtMs;
if (values.json) {
  say(
    JSON.stringify({
      seeds: totals.seeds,
      failed: failed && { seed: failed.seed, violations: failed.report.violations },
    }),
  );
} else {
  const { user, system } = process.cpuUsage(cpuBefore);
  say(totals.words(elapsedMs, (user + system) / 1000));
  if (failed !== undefined && !values['keep-going']) await fail(failed.seed, failed.report);
}
process.exitCode = failed === undefined || values.json ? 0 : 1;
