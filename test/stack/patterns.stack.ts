import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/core/report.ts';
import { ownStack } from './own.ts';

/** Every example that is a whole architecture, by what it shows. */
const EXAMPLES = ['sso', 'storefront', 'session', 'jwt', 'opaque', 'aws', 'decentralised', 'hybrid', 'mixed', 'routes', 'functions'];
/** Where the counts go, for the last lines of a test run. */
const COUNTS = 'test-output/patterns';

const count = (verdicts: readonly Verdict[], ...wanted: readonly string[]): number =>
  new Set(verdicts.filter(({ status }) => wanted.includes(status)).map(({ id }) => id)).size;

describe('each pattern, brought up on real parts, attacked and torn down', () => {
  it.each(EXAMPLES)('%s', { timeout: 400_000 }, async (name) => {
    const blueprint = `blueprints/${name}.yaml`;
    const stack = ownStack(blueprint);
    try {
      await stack.succeed('stack', 'up', blueprint);
      await stack.succeed('apply', blueprint, '--yes');
      const { exitCode, verdicts } = await stack.verify();
      const bad = verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped');
      expect(bad.map(({ id, subject, status, why }) => [id, subject, status, why])).toEqual([]);
      expect(exitCode).toBe(0);
      // What the pattern is about has been looked at, and not only skipped.
      const passed = count(verdicts, 'passed');
      expect(passed).toBeGreaterThan(30);
      expect(await stack.succeed('plan', blueprint, '--exit-code')).toContain('no changes');
      mkdirSync(COUNTS, { recursive: true });
      writeFileSync(`${COUNTS}/${name}.txt`, `${passed} checks passed, ${verdicts.length} verdicts, ${count(verdicts, 'skipped')} checks with a skip\n`);
    } finally {
      await stack.down();
    }
  });

  it('leaves no example out', () => {
    const listed = readFileSync('README.md', 'utf8').match(/blueprints\/[a-z]+\.yaml/g) ?? [];
    for (const name of EXAMPLES) expect(listed).toContain(`blueprints/${name}.yaml`);
  });
});
