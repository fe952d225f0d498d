// Are the tests any good? node scripts/mutation.js [room …]: changes every line of a room, one at a time, and runs the tests beside it.
// Writes what no test noticed to test/mutation/survivors/<room>.txt, and fails where a room is below its bar. A big room is tried by a sample of
// its declarations. node scripts/mutation.js access src/access/roles.ts: these files (or lines: roles.ts:10-20) alone, told and not written down.
// MUTATION_WORKERS=2: that many at a time. MUTATION_TESTS=providers/http.test.ts,core: against these files and folders below test/unit alone.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rooms } from '../test/mutation/rooms.js';
import { sample } from '../test/mutation/sample.js';
import { run } from './run.js';

const paths = process.argv.slice(2).filter((word) => word.includes('/'));
const asked = process.argv.slice(2).filter((word) => !word.includes('/'));
const unknown = asked.filter((name) => !(name in rooms));
if (unknown.length > 0) {
  process.stderr.write(`no room ${unknown.join(', ')}; there are ${Object.keys(rooms).join(', ')}\n`);
  process.exit(1);
}
const chosen = Object.entries(rooms).filter(([name]) => asked.length === 0 || asked.includes(name));
mkdirSync('test-output', { recursive: true });
mkdirSync('test/mutation/survivors', { recursive: true });

const failed = [];
for (const [name, { folder = name, apart = [], tests, without = [], atLeast, oneIn = 1 }] of chosen) {
  const whole = oneIn === 1 ? [`src/${folder}/**/*.ts`, ...apart.map((room) => `!src/${folder}/${room}/**`)] : sample(`src/${folder}`, oneIn);
  const result = `test-output/mutation-${name}.json`;
  const config = {
    testRunner: 'vitest',
    vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
    plugins: ['@stryker-mutator/vitest-runner', './test/mutation/ignore-words.js'],
    ignorers: ['words'],
    coverageAnalysis: 'perTest',
    // The sources carry no types that a change could break before a test sees it, and a test compares a generated one letter by letter.
    disableTypeChecks: false,
    // A busy machine must not make a survivor look noticed.
    timeoutMS: 60_000,
    dryRunTimeoutMinutes: 60,
    ignoreStatic: true,
    mutate: paths.length > 0 ? paths : whole,
    reporters: ['clear-text', 'json', 'progress-append-only'],
    clearTextReporter: { reportTests: false, reportMutants: false, allowColor: false },
    jsonReporter: { fileName: result },
    concurrency: Number(process.env['MUTATION_WORKERS'] ?? 1),
    tempDirName: 'test-output/stryker',
    ignorePatterns: ['dist', '.authctl', 'test-output', 'infra/*/*/node_modules'],
  };
  const file = `test-output/stryker-${name}.config.json`;
  writeFileSync(file, JSON.stringify(config));
  const { code } = await run('npx', ['stryker', 'run', file], { env: { ...process.env, MUTATION_TESTS: process.env['MUTATION_TESTS'] ?? tests.join(','), MUTATION_WITHOUT: without.join(',') } });
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
  const share = `${score.toFixed(1)} % of ${counts.noticed + counts.missed} changes`;
  if (paths.length > 0) {
    process.stdout.write(`${[...survivors, `mutation ${paths.join(', ')}: ${share}`].join('\n')}\n`);
    continue;
  }
  const sampled = oneIn === 1 ? '' : `, a sample: one declaration in ${oneIn}`;
  writeFileSync(`test/mutation/survivors/${name}.txt`, `${[`${share} noticed${sampled}`, ...survivors].join('\n')}\n`);
  process.stdout.write(`mutation ${name}: ${share}${sampled}, at least ${atLeast} %\n`);
  if (!(score >= atLeast)) failed.push(`${name} at ${score.toFixed(1)} %`);
}
if (failed.length > 0) process.stdout.write(`below the bar: ${failed.join(', ')}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
