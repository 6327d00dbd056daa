import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom } from '../../../base/random.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { createEmbeddedStore } from '../../../store/index.ts';
import { describeStore } from '../../contract/store.ts';
import { eventually, MemoryCluster } from './cluster-fixture.ts';
import { DrivenClock } from './driven-clock.ts';

describeStore('embedded in memory, in virtual time', async () => {
  const clock = new VirtualClock();
  const member = await createEmbeddedStore({ clock, random: new SeededRandom(1), defer: queueMicrotask });
  return { store: member.store, passTime: (ms) => clock.advance(ms), dispose: () => member.close() };
});

describeStore('embedded on disk', async () => {
  const clock = new DrivenClock();
  const dataDir = mkdtempSync(join(tmpdir(), 'sampan-member-'));
  const member = await createEmbeddedStore({ dataDir, clock, random: new SeededRandom(1) });
  return {
    store: member.store,
    passTime: (ms) => clock.passTime(ms),
    dispose: async () => {
      await member.close();
      await clock.stop();
      rmSync(dataDir, { recursive: true });
    },
  };
});

for (const role of ['leader', 'follower'] as const) {
  describeStore(`the ${role} of three members`, async () => {
    const clock = new DrivenClock();
    const cluster = new MemoryCluster({ size: 3, clock });
    await cluster.start();
    await eventually('a leader is there', () => cluster.leader !== undefined);
    const member = cluster.running.find((candidate) => candidate.isLeader === (role === 'leader'));
    if (member === undefined) throw new Error(`there is no ${role}`);
    await member.ready();
    const dispose = async (): Promise<void> => {
      await cluster.stop();
      await clock.stop();
    };
    return { store: member.store, passTime: (ms) => clock.passTime(ms), dispose };
  });
}
