import { defineConfig } from 'vitest/config';
import all from '../../vitest.config.ts';

const { resolve = {} } = all;
/** The tests beside one room, as scripts/mutation.js names them. */
const folders = (process.env['MUTATION_TESTS'] ?? 'core').split(',');

export default defineConfig({ resolve, test: { include: folders.map((folder) => `test/unit/${folder}/**/*.test.ts`), testTimeout: 30_000 } });
