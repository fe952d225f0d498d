import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { authctl, byHand, verify } from './authctl.ts';

const apply = async (): Promise<void> => {
  const ended = await authctl('apply', 'blueprints/sso.yaml', '--yes');
  if (ended.exitCode !== 0) throw new Error(`apply failed:\n${ended.stdout}${ended.stderr}`);
};
const named = (id: string) => ({ instance_name }: { readonly instance_name: string }): boolean => instance_name === id;
const SET = 'shop.token_cookie.set';
const CLEAR = 'shop.token_cookie.clear';
const evil = { allowed_origins: ['https://evil.example', 'https://shop.example'] };

/** What somebody with the Admin API does to the cookie of a sign-in, and the checks that must fail: these, and no other of the group. */
const sins = [
  { sin: 'another SameSite', commit: () => byHand().patchPlugins(named(`${SET}.cookie`), { same_site: 'Lax' }), fails: ['COO-01'] },
  { sin: 'another name', commit: () => byHand().patchPlugins(named(`${SET}.cookie`), { cookie: '__Host-other' }), fails: ['COO-02', 'COO-12'] },
  { sin: 'a foreign origin let in to set it', commit: () => byHand().patchPlugins(named(`${SET}.cookie`), evil), fails: ['COO-10'] },
  { sin: 'a foreign origin let in to clear it', commit: () => byHand().patchPlugins(named(`${CLEAR}.cookie`), evil), fails: ['COO-11'] },
  { sin: 'tokens of every client taken', commit: () => byHand().patchPlugins(named(`${SET}.guard`), { clients: [], audience: 'orders' }), fails: ['COO-10'] },
];

describe('the cookie that the gateway sets', () => {
  beforeAll(apply);
  afterEach(apply);

  it('is as the blueprint says, and what it cannot do is measured', async () => {
    const { exitCode, notPassed, verdicts } = await verify('--only', 'COO');
    expect([exitCode, notPassed]).toEqual([0, []]);
    expect(verdicts.find(({ id }) => id === 'COO-12')?.limit).toMatch(
      /^a copy made before signing out still passed \d+ ms after it, and passes for ([12]\d\d|300) s more, until the token ends$/,
    );
  });

  it.each(sins)('$sin: $fails', async ({ commit, fails }) => {
    await commit();
    const drift = await authctl('drift', 'blueprints/sso.yaml');
    expect([drift.exitCode, drift.stdout.includes('shop.token_cookie.')]).toEqual([2, true]);
    const { exitCode, bad } = await verify('--only', 'COO');
    expect([exitCode, bad]).toEqual([2, fails]);
  });
});
