import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/report.ts';
import { opaAtHand } from '../../src/stack/opa/find.ts';
import { oldPolicy, variants, variantText } from '../rego-variants.ts';
import type { Variant } from '../rego-variants.ts';
import { authctl, byHand } from './authctl.ts';
import { publishAllowAll } from './policy.ts';

const dir = mkdtempSync(join(tmpdir(), 'authctl-rego-'));
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  expect((await authctl('apply', 'blueprints/sso.yaml', '--yes')).exitCode).toBe(0);
});

/** `make test-long` attacks with every check, `make test` with those that ask the policy for every cell. */
const only = process.env.AUTHCTL_DEMAND === 'whole' ? [] : ['--only', 'AZ-01,AZ-02,AZ-06'];

type Plugin = Readonly<Record<string, unknown>>;
const isQuestion = ({ name }: Plugin): boolean => name === 'authctl-opa';
const asked = (change: object) => async (): Promise<void> => expect(await byHand().patchPlugins(isQuestion, change)).toBeGreaterThan(5);
const CHANGED = /changed kong\.plugin\/shop\.orders\.list\.opa/;
interface Sabotage {
  readonly by: () => Promise<void>;
  readonly told: RegExp;
}
/** What somebody does by hand to the question, to whoever asks it, or to the policy. */
const SABOTAGE: Readonly<Record<Variant, Sabotage>> = {
  envoy: { by: asked({ input: 'authctl' }), told: CHANGED },
  kong: { by: asked({ decision: 'gateway/orders/reading' }), told: CHANGED },
  mapping: { by: asked({ fields: ['verb=request.method', 'page=request.segments'] }), told: CHANGED },
  roots: { by: publishAllowAll, told: /changed opa\.bundle\/shop/ },
  unused: {
    by: async () => expect(await byHand().removePlugins((plugin: Plugin) => plugin['instance_name'] === 'shop.orders.list.opa')).toBe(1),
    told: /missing kong\.plugin\/shop\.orders\.list\.opa/,
  },
  old: { by: asked({ answer: 'reading' }), told: CHANGED },
};

const run = async (...args: readonly string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await authctl(...args);
  return `${String(exitCode)} ${stdout}${stderr}`;
};

/** Taken, in force, nothing left to do, attacked without a failure, and found when somebody undoes it. */
const holds = async (variant: Variant, blueprint: string): Promise<void> => {
  expect(await run('validate', blueprint)).toMatch(/^0 /);
  expect(await run('apply', blueprint, '--yes')).toMatch(/^0 /);
  expect(await run('plan', blueprint, '--exit-code')).toMatch(/^0 [\s\S]*no changes/);
  const { verdicts = [] } = JSON.parse((await authctl('verify', blueprint, '--json', ...only)).stdout) as Report;
  const bad = verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped');
  expect(bad.map(({ id, subject, why }) => `${id} ${subject}: ${why ?? ''}`)).toEqual([]);
  expect(verdicts.filter(({ status }) => status === 'passed').length).toBeGreaterThan(40);
  await SABOTAGE[variant].by();
  const found = await run('drift', blueprint);
  expect(found).toMatch(/^2 /);
  expect(found).toMatch(SABOTAGE[variant].told);
};

const written = (variant: Variant, policy?: string): string => {
  const blueprint = join(dir, `${variant}.yaml`);
  writeFileSync(blueprint, variantText(variant, policy));
  return blueprint;
};

describe('a policy that was written for something else', () => {
  it.each(variants)('is asked in the shape it knows: %s', (variant) => holds(variant, written(variant)));

  it('is refused where it was written before OPA 1.0, with the command that rewrites it, and then holds', async () => {
    const policy = join(dir, 'old');
    cpSync(oldPolicy, policy, { recursive: true });
    const blueprint = written('old', policy);
    const refused = await run('validate', blueprint);
    expect(refused).toMatch(/^1 [\s\S]*OPA_POLICY/);
    const [, command = ''] = /opa (fmt --v0-v1 --write \S+\.rego) rewrites it/.exec(refused) ?? [];
    execFileSync((await opaAtHand()) ?? 'opa', command.split(' '));
    await holds('old', blueprint);
  });
});
