import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 90_000,
    // Two workers: the suite starts real servers and real processes, and is meant for small machines.
    maxWorkers: 2,
    pool: 'forks',
  },
});
