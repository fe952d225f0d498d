import { defineConfig } from 'vitest/config';
import all from '../../vitest.config.ts';

const { resolve = {} } = all;
/** The tests beside one room, as scripts/mutation.js names them: folders, or files. */
const folders = (process.env['MUTATION_TESTS'] ?? 'core').split(',');
const without = (process.env['MUTATION_WITHOUT'] ?? '').split(',').filter((file) => file !== '');

export default defineConfig({
  resolve,
  test: {
    // Each change meets modules that remember nothing of the one before: what worlds/runs.ts keeps of a run, others keep of a key.
    isolate: true,
    include: folders.map((one) => (one.endsWith('.ts') ? `test/unit/${one}` : `test/unit/${one}/**/*.test.ts`)),
    exclude: without.map((file) => `test/unit/${file}`),
    testTimeout: 30_000,
  },
});
