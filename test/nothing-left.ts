import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { TestProject } from 'vitest/node';

const PREFIX = 'authctl-run-';

/**
 * Temporary files of a run have a place of their own, and the run fails where a test has left something there when it ended. What may be a stack that
 * still runs stays, so that it can be stopped by what stands there. Several projects of a run share the place: looked at is it when the last has ended.
 */
export default ({ config }: TestProject): void => {
  const before = tmpdir();
  if (basename(before).startsWith(PREFIX)) return;
  const place = mkdtempSync(join(before, PREFIX));
  process.env['TMPDIR'] = place;
  process.once('exit', () => {
    const left = readdirSync(place).toSorted();
    const stacks = readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('stack.json'));
    if (stacks.length === 0) rmSync(place, { recursive: true, force: true });
    // Of a part of a file (`-t`) what the rest has prepared is not taken away.
    if (left.length === 0 || config.testNamePattern !== undefined) return;
    process.stderr.write(`tests have left what they made among the temporary files: ${left.join(', ')}\n${stacks.map((path) => `a stack may still run: ${join(place, path)}\n`).join('')}`);
    process.exitCode = 1;
  });
};
