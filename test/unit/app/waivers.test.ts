import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthctl, exitCodeOf } from 'authctl';
import { expect, it, onTestFinished } from 'vitest';

const withWaivers = (text: string): string => {
  const directory = mkdtempSync(join(tmpdir(), 'authctl-waivers-'));
  onTestFinished(() => { rmSync(directory, { recursive: true }); });
  cpSync('policies', join(directory, 'policies'), { recursive: true });
  const file = join(directory, 'blueprints.yaml');
  writeFileSync(file, `${readFileSync('blueprints/sso.yaml', 'utf8').replaceAll('../policies', 'policies')}\n${text}\n`);
  return file;
};
const authctl = createAuthctl({ env: {}, localStack: false });

it('a waiver of a check that there is not is a problem of the blueprint, at its line; each of them', async () => {
  const report = await authctl.validate(withWaivers("waivers:\n  - { check: SGI-03, reason: known }\n  - { check: SIG-03, reason: known, on: 'kong *', until: 2027-01-31 }\n  - { check: XY-1, reason: known }"));
  expect([exitCodeOf(report), report.problems.map(({ code, message }) => [code, message])]).toEqual([
    1,
    [
      ['BLUEPRINT_UNKNOWN_CHECK', 'there is no check "SGI-03" to waive'],
      ['BLUEPRINT_UNKNOWN_CHECK', 'there is no check "XY-1" to waive'],
    ],
  ]);
  expect(report.problems[0]?.hint).toMatch(/did you mean "SIG-\d+"\? docs\/checks.md lists them all/);
  expect(report.problems.map(({ at }) => at?.line)).toEqual([expect.any(Number), (report.problems[0]?.at?.line ?? 0) + 2]);
});

it('a waiver of a check that there is not is told together with whatever else is wrong, in reading order', async () => {
  const file = withWaivers('waivers:\n  - { check: SGI-03, reason: known }\n  - { check: sig, reason: known }\n  - { reason: known }');
  writeFileSync(file, readFileSync(file, 'utf8').replace('client: storefront', 'client: storefrnt'));
  const report = await authctl.validate(file);
  expect(report.problems.map(({ code }) => code)).toEqual(['BLUEPRINT_UNKNOWN_CLIENT', 'BLUEPRINT_UNKNOWN_CHECK', 'BLUEPRINT_WRONG_VALUE', 'BLUEPRINT_MISSING_KEY']);
});

it('a waiver names one check, a reason, and a day', async () => {
  const report = await authctl.validate(withWaivers('waivers:\n  - { check: SIG, reason: known }\n  - { check: SIG-03 }\n  - { check: SIG-03, reason: known, until: soon }'));
  expect(report.problems.map(({ message }) => message)).toHaveLength(3);
  expect(exitCodeOf(await authctl.validate(withWaivers('waivers: [{ check: SIG-03, reason: known }]')))).toBe(0);
});
