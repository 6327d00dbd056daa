/** A few cycles of `npm run torture`, which does a hundred, and of `npm run torture -- --upkeep`. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../base/system.ts';
import { freePorts } from './member-processes.ts';
import { torture } from './torture.ts';
import { upkeep } from './upkeep.ts';

const script = path.join(import.meta.dirname, '..', '..', '..', 'dist', 'sampan.js');

describe('three real members that are killed and stopped under load', () => {
  it.skipIf(!fs.existsSync(script))('lose nothing and stay one store (5 cycles)', { timeout: 300_000 }, async () => {
    const report = await torture({ script, ports: await freePorts(6), cycles: 5, seed: 1, clock: systemClock });
    expect(report.violations).toEqual([]);
    expect(report.lostWrites).toBe(0);
    expect(new Set(report.hashes).size).toBe(1);
    expect(report.hashes.length).toBe(3);
    expect(report.kills + report.stops).toBe(5);
    expect(report.acknowledgedWrites).toBeGreaterThan(20);
    expect(report.judged).toBeGreaterThan(40);
  });

  it.skipIf(!fs.existsSync(script))(
    'keep every value while they are kept up (4 cycles)',
    { timeout: 300_000 },
    async () => {
      const report = await upkeep({ script, ports: await freePorts(6), cycles: 4, seed: 1, clock: systemClock });
      expect(report.violations).toEqual([]);
      expect(report.hashes.length).toBe(3);
      expect(report.kills).toBe(2);
      expect(report.defragmentations).toBeGreaterThan(0);
      expect(report.compactions).toBeGreaterThan(0);
      expect(report.snapshots).toBeGreaterThan(0);
      expect(report.acknowledgedWrites).toBeGreaterThan(20);
    },
  );
});
