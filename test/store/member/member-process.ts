/**
 * One member in a process of its own, to be killed: writes numbered keys as fast as `--callers` allow, and prints each
 * number once it is acknowledged. Bundled and started by `process.test.ts`.
 */
import { silentLogger } from '../../../base/logger.ts';
import { systemClock, systemRandom } from '../../../base/system.ts';
import { createEmbeddedStore } from '../../../store/index.ts';

const [dataDir = '', first = '0', callers = '8'] = process.argv.slice(2);

const member = await createEmbeddedStore({ dataDir, clock: systemClock, random: systemRandom, logger: silentLogger });
process.stdout.write(`open ${member.replayedEntries}\n`);
let next = Number(first);
await Promise.all(
  Array.from({ length: Number(callers) }, async () => {
    for (;;) {
      const number = next++;
      await member.store.put({ key: `k/${number}`, value: Buffer.alloc(200, number & 0xff) });
      process.stdout.write(`${number}\n`);
    }
  }),
);
