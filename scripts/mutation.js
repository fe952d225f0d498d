// Are the tests any good? node scripts/mutation.js [room …]: changes every line of a room, one at a time, and runs the tests beside it.
// Writes what no test noticed to test/mutation/survivors/<room>.txt, and fails where a room is below its bar.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rooms } from '../test/mutation/rooms.js';
import { run } from './run.js';

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in rooms));
if (unknown.length > 0) {
  process.stderr.write(`no room ${unknown.join(', ')}; there are ${Object.keys(rooms).join(', ')}\n`);
  process.exit(1);
}
const chosen = Object.entries(rooms).filter(([name]) => asked.length === 0 || asked.includes(name));
mkdirSync('test-output', { recursive: true });
mkdirSync('test/mutation/survivors', { recursive: true });

const failed = [];
for (const [name, { tests, atLeast, mutate = [`src/${name}/**/*.ts`] }] of chosen) {
  const result = `test-output/mutation-${name}.json`;
  const config = {
    testRunner: 'vitest',
    vitest: { configFile: 'test/mutation/vitest.config.ts' },
    plugins: ['@stryker-mutator/vitest-runner', './test/mutation/ignore-words.js'],
    ignorers: ['words'],
    coverageAnalysis: 'perTest',
    ignoreStatic: true,
    mutate,
    reporters: ['clear-text', 'json'],
    clearTextReporter: { reportTests: false, reportMutants: false, allowColor: false },
    jsonReporter: { fileName: result },
    concurrency: 2,
    tempDirName: 'test-output/stryker',
    ignorePatterns: ['dist', '.authctl', 'test-output', 'docs', 'infra/*/*/node_modules'],
  };
  const file = `test-output/stryker-${name}.config.json`;
  writeFileSync(file, JSON.stringify(config));
  const { code } = await run('npx', ['stryker', 'run', file], { env: { ...process.env, MUTATION_TESTS: tests.join(',') } });
  if (code !== 0) {
    failed.push(`${name} could not be tried`);
    continue;
  }
  /** @type {{ files: Record<string, { source: string, mutants: { status: string, mutatorName: string, replacement?: string, location: { start: { line: number, column: number }, end: { line: number, column: number } } }[] }> }} */
  const { files } = JSON.parse(readFileSync(result, 'utf8'));
  const counts = { noticed: 0, missed: 0 };
  const survivors = [];
  for (const [path, { source, mutants }] of Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    for (const { status, mutatorName, replacement = '', location: { start, end } } of mutants) {
      if (status === 'Killed' || status === 'Timeout') counts.noticed += 1;
      if (status !== 'Survived' && status !== 'NoCoverage') continue;
      counts.missed += 1;
      const line = source.split('\n')[start.line - 1] ?? '';
      const before = line.slice(start.column - 1, end.line === start.line ? end.column - 1 : undefined);
      const after = replacement.replace(/\s+/g, ' ');
      survivors.push(`${path}:${start.line} ${mutatorName}: ${before.slice(0, 80)} -> ${after.slice(0, 80)}`);
    }
  const score = (100 * counts.noticed) / (counts.noticed + counts.missed);
  writeFileSync(`test/mutation/survivors/${name}.txt`, `${[`${score.toFixed(1)} % of ${counts.noticed + counts.missed} changes noticed`, ...survivors].join('\n')}\n`);
  process.stdout.write(`mutation ${name}: ${score.toFixed(1)} % of ${counts.noticed + counts.missed}, at least ${atLeast}\n`);
  if (!(score >= atLeast)) failed.push(`${name} at ${score.toFixed(1)} %`);
}
if (failed.length > 0) process.stdout.write(`below the bar: ${failed.join(', ')}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
