/** The simulator is worth what it finds: each planted bug must be found within its bound of seeds. */
import { afterAll, describe, expect, it } from 'vitest';
import { findMutation, mutated, removeBundles } from './mutated-simulator.ts';
import { mutations } from './mutations.ts';

afterAll(removeBundles);

describe('planted bugs', () => {
  it('are at least fifteen, each in a place of its own', () => {
    expect(mutations.length).toBeGreaterThanOrEqual(15);
    expect(new Set(mutations.map(({ name }) => name)).size).toBe(mutations.length);
    expect(() => mutated({ name: 'none', file: 'store/index.ts', from: 'not there', to: '', seedsMax: 1 })).toThrow(
      '0 places',
    );
  });

  for (const mutation of mutations) {
    it(`${mutation.name}: found within ${mutation.seedsMax} seeds`, { timeout: 600_000 }, async () => {
      const { failed } = await findMutation(mutation);
      expect(failed, 'it was not found').toBeDefined();
      // Not because the simulator fails in itself, or cannot say.
      expect(['thrown', 'undecided']).not.toContain(failed?.violations[0]?.judge);
    });
  }
});
