import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 30_000 } },
      { test: { name: 'cli', include: ['test/cli/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'stack',
          include: ['test/stack/**/*.stack.ts'],
          testTimeout: 180_000,
          hookTimeout: 600_000,
          // One local stack serves the whole project, and the tests break it on purpose: one after the other.
          fileParallelism: false,
          globalSetup: ['test/stack/setup.ts'],
        },
      },
      { test: { name: 'containers', include: ['test/containers/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 300_000 } },
    ],
  },
});
