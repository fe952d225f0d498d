import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/core/report.ts';
import { saboteur } from '../../scripts/sabotage.js';
import { hasNothingToDo, isPutRight, passedIn, standsEveryAttack } from './contract.ts';
import { ownStack } from './own.ts';

/** Every example that is a whole architecture, by what it shows. */
const EXAMPLES = ['sso', 'storefront', 'session', 'jwt', 'opaque', 'aws', 'decentralised', 'hybrid', 'mixed', 'routes', 'functions', 'bound', 'step-up'];
/** Where the counts go, for the last lines of a test run. */
const COUNTS = 'test-output/patterns';

const skippedIn = (verdicts: readonly Verdict[]): ReadonlySet<string> => new Set(verdicts.filter(({ status }) => status === 'skipped').map(({ id }) => id));

describe('each pattern, brought up on real parts, attacked and torn down', () => {
  it.each(EXAMPLES)('%s', async (name) => {
    const blueprint = `blueprints/${name}.yaml`;
    const stack = ownStack(blueprint);
    try {
      await stack.succeed('stack', 'up', blueprint);
      await stack.succeed('apply', blueprint, '--yes');
      const verdicts = await standsEveryAttack({ blueprint, stack }, name === 'sso' ? 100 : 30);
      await hasNothingToDo({ blueprint, stack });
      if (name === 'sso') await isPutRight({ blueprint, stack }, 'shop');
      if (name === 'mixed') await keysAreFollowed(stack.env());
      mkdirSync(COUNTS, { recursive: true });
      writeFileSync(`${COUNTS}/${name}.txt`, `${passedIn(verdicts).size} checks passed, ${verdicts.length} verdicts, ${skippedIn(verdicts).size} checks with a skip\n`);
    } finally {
      await stack.down();
    }
  });

  it('leaves no example out', () => {
    const listed = readFileSync('README.md', 'utf8').match(/blueprints\/[a-z-]+\.yaml/g) ?? [];
    for (const name of EXAMPLES) expect(listed).toContain(`blueprints/${name}.yaml`);
  });
});

/** Keycloak rotates its key while requests run, and withdraws the old one: nobody runs apply. */
const keysAreFollowed = async (env: Readonly<Record<string, string>>): Promise<void> => {
  const { KEYCLOAK_URL = '', KONG_PROXY_URL = '', LEDGER_SECRET = '' } = env;
  const hand = saboteur(env, 'fair');
  const fresh = async (): Promise<string> => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'ledger', client_secret: LEDGER_SECRET });
    const answer = await fetch(`${KEYCLOAK_URL}/realms/fair/protocol/openid-connect/token`, { method: 'POST', body });
    return ((await answer.json()) as { access_token: string }).access_token;
  };
  const kidOf = (token: string): string => (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;
  const status = async (token: string): Promise<number> => (await fetch(`${KONG_PROXY_URL}/orders`, { headers: { authorization: `Bearer ${token}` } })).status;
  // Longer than the cool-down that the last unknown key of verify began.
  const quiet = (): Promise<void> => setTimeout(2500);

  await quiet();
  const before = await fresh();
  const counts: Record<string, number> = {};
  let [running, rotated] = [true, false];
  const load = async (): Promise<void> => {
    while (running) {
      for (const token of [before, await fresh()]) {
        const kind = `${kidOf(token) === kidOf(before) ? 'old' : 'new'} key: ${await status(token)}`;
        counts[kind] = (counts[kind] ?? 0) + 1;
      }
      rotated ||= Object.keys(counts).some((kind) => kind.startsWith('new'));
    }
  };
  const loads = Array.from({ length: 8 }, load);
  await hand.rotateKey(700);
  while (!rotated) await setTimeout(50);
  await setTimeout(1000);
  running = false;
  await Promise.all(loads);
  expect(Object.keys(counts).toSorted()).toEqual(['new key: 200', 'old key: 200']);

  await hand.retireKeys();
  await quiet();
  // A key id that nobody knows makes Kong look again, before the old set has come to its end.
  const [, payload, signature] = before.split('.');
  const unknown = `${Buffer.from(JSON.stringify({ alg: 'RS256', typ: 'JWT', kid: 'unknown' })).toString('base64url')}.${payload ?? ''}.${signature ?? ''}`;
  expect([await status(unknown), await status(before), await status(await fresh())]).toEqual([401, 401, 200]);
};
