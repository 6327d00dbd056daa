import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Two workers: the suite starts real servers and real processes, and is meant for small machines.
    maxWorkers: 2,
    pool: 'forks',
  },
});
