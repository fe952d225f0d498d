import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

/**
 * Temporary files of a run have a place of their own, and the run fails where a test has left something there when it ended. What may be a stack that
 * still runs stays, so that it can be stopped by what stands there.
 */
export default ({ config }: TestProject): (() => void) => {
  const before = process.env['TMPDIR'];
  const place = mkdtempSync(join(tmpdir(), 'authctl-run-'));
  process.env['TMPDIR'] = place;
  return () => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    const left = readdirSync(place).toSorted();
    const stacks = readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('stack.json'));
    if (stacks.length === 0) rmSync(place, { recursive: true, force: true });
    // Of a part of a file (`-t`) what the rest has prepared is not taken away.
    if (left.length === 0 || config.testNamePattern !== undefined) return;
    process.stderr.write(`tests have left what they made among the temporary files: ${left.join(', ')}\n${stacks.map((path) => `a stack may still run: ${join(place, path)}\n`).join('')}`);
    // Vitest tells of what a teardown throws, and ends as if nothing had been.
    process.exitCode = 1;
  };
};
