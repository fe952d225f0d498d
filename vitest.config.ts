import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * One process runs many files, and loads a module once for all of them: half the processor time. So a test leaves nothing behind in a module, and
 * puts back what it changes of the process.
 */
const SHARED = {
  isolate: false,
  // What a test makes is soon let go of: a bigger nursery spares the collector a good part of its work.
  execArgv: ['--max-semi-space-size=64'],
  testTimeout: 180_000,
  hookTimeout: 180_000,
  globalSetup: ['test/nothing-left.ts'],
  setupFiles: ['test/more-draws.ts'],
};

/**
 * Whole tables in whole worlds, whole commands against stand-ins, LuaJIT, thousands of requests: `make test` runs them, `npm run check` says that it
 * does not.
 */
const SWEEPS = 'test/unit/**/*.sweep.test.ts';

export default defineConfig({
  // As in tsconfig.json: the packages of this repository are their sources.
  resolve: {
    alias: {
      authctl: here('src/app/index.ts'),
      'authctl-service': here('src/service/index.ts'),
      'authctl-stand-ins': here('infra/stand-ins/src/index.ts'),
    },
  },
  test: {
    // As far as `FAR` of test/eventually.ts: a second, which is the default, is over on a busy machine before a browser has drawn.
    expect: { poll: { timeout: 150_000 } },
    // Limits far beyond what two busy cores need: they end what hangs, and decide nothing.
    projects: [
      { extends: true, test: { name: 'unit', ...SHARED, include: ['test/unit/**/*.test.ts'], exclude: [SWEEPS] } },
      { extends: true, test: { name: 'sweeps', ...SHARED, include: [SWEEPS] } },
      { extends: true, test: { name: 'cli', ...SHARED, include: ['test/cli/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'stack',
          include: ['test/stack/**/*.stack.ts'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          // One local stack serves the whole project, and the tests break it on purpose: one after the other.
          fileParallelism: false,
          globalSetup: ['test/stack/setup.ts'],
          setupFiles: ['test/stack/left-as-found.ts'],
        },
      },
      {
        extends: true,
        test: { name: 'containers', include: ['test/containers/**/*.test.ts'], testTimeout: 900_000, hookTimeout: 900_000, fileParallelism: false, globalSetup: ['test/containers/setup.ts'] },
      },
    ],
  },
});
