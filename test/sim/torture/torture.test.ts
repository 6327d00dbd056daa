/** A few cycles of `npm run torture`, which does a hundred. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../base/system.ts';
import { freePorts } from './member-processes.ts';
import { torture } from './torture.ts';

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
});
