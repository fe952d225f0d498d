import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/report.ts';
import { variants, variantText } from '../rego-variants.ts';
import type { Variant } from '../rego-variants.ts';
import { authctl, byHand } from './authctl.ts';

const dir = mkdtempSync(join(tmpdir(), 'authctl-rego-'));
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  expect((await authctl('apply', 'blueprints/sso.yaml', '--yes')).exitCode).toBe(0);
});

const isQuestion = ({ name }: { readonly name: string }): boolean => name === 'authctl-opa';
/** What somebody does to the question by hand. */
const SABOTAGE: Readonly<Record<Variant, object>> = {
  envoy: { input: 'authctl' },
  kong: { decision: 'gateway/orders/reading' },
  mapping: { fields: ['verb=request.method', 'page=request.segments'] },
};

describe('a policy that was written for something else', () => {
  it.each(variants)('is asked in the shape it knows: %s', async (variant) => {
    const blueprint = join(dir, `${variant}.yaml`);
    writeFileSync(blueprint, variantText(variant));
    const run = async (...args: readonly string[]): Promise<string> => {
      const { exitCode, stdout, stderr } = await authctl(...args);
      return `${String(exitCode)} ${stdout}${stderr}`;
    };
    expect(await run('apply', blueprint, '--yes')).toMatch(/^0 /);
    expect(await run('plan', blueprint, '--exit-code')).toMatch(/^0 [\s\S]*no changes/);
    const judged = async (...only: readonly string[]): Promise<readonly string[]> => {
      const { verdicts = [] } = JSON.parse((await authctl('verify', blueprint, '--json', '--only', only.join(','))).stdout) as Report;
      const bad = verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped');
      expect(verdicts.filter(({ status }) => status === 'passed').length).toBeGreaterThan(bad.length === 0 ? 40 : 0);
      return bad.map(({ id, subject, why }) => `${id} ${subject}: ${why ?? ''}`);
    };
    expect(await judged('AZ-01', 'AZ-02', 'AZ-06')).toEqual([]);
    expect(await byHand().patchPlugins(isQuestion, SABOTAGE[variant])).toBeGreaterThan(5);
    expect(await run('drift', blueprint)).toMatch(/^2 [\s\S]*changed kong\.plugin\/shop\.orders\.list\.opa/);
  });
});
