import { defineConfig } from 'vitest/config';

/** The tests beside one room, as scripts/mutation.js names them. */
const folders = (process.env['MUTATION_TESTS'] ?? 'core').split(',');

export default defineConfig({ test: { include: folders.map((folder) => `test/unit/${folder}/**/*.test.ts`), testTimeout: 30_000 } });
