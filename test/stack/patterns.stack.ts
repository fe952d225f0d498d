import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/core/report.ts';
import { saboteur } from '../../scripts/sabotage.js';
import { hasNothingToDo, isPutRight, passedIn, standsEveryAttack } from './contract.ts';
import { ownStack } from './own.ts';

/** Every example that is a whole architecture, by what it shows. */
const EXAMPLES = ['sso', 'storefront', 'session', 'jwt', 'opaque', 'aws', 'decentralised', 'hybrid', 'mixed', 'routes', 'functions', 'bound', 'step-up', 'grpc'];
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
      if (name === 'grpc') await callsAreGuarded({ blueprint, stack });
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

/** What is broken by hand before routes of gRPC is told, found by calls, and put right. */
const callsAreGuarded = async ({ blueprint, stack }: { readonly blueprint: string; readonly stack: ReturnType<typeof ownStack> }): Promise<void> => {
  const admin = stack.env().KONG_ADMIN_URL ?? '';
  const ask = async (method: string, path: string, body?: object): Promise<{ readonly status: number; readonly said: string }> => {
    const answer = await fetch(`${admin}${path}`, { method, ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
    return { status: answer.status, said: await answer.text() };
  };
  const idOf = async (instance: string): Promise<string> => {
    const { data } = JSON.parse((await ask('GET', '/plugins?size=1000')).said) as { readonly data: readonly { readonly id: string; readonly instance_name: string }[] };
    return data.find(({ instance_name: name }) => name === instance)?.id ?? '';
  };
  const isFound = async (told: RegExp, only: string, subject: RegExp): Promise<void> => {
    const drift = await stack.authctl('drift', blueprint);
    expect([drift.exitCode, drift.stdout]).toEqual([2, expect.stringMatching(told)]);
    const { exitCode, verdicts } = await stack.verify('--only', only);
    expect([exitCode, verdicts.filter(({ status }) => status === 'failed').map(({ subject: name }) => name)]).toEqual([2, expect.arrayContaining([expect.stringMatching(subject)])]);
    await stack.succeed('apply', blueprint, '--yes');
    expect(await stack.succeed('drift', blueprint)).toContain('no changes');
  };
  // Kong runs a plugin for calls whichever protocols of HTTP it names, and takes none of them away where all routes are of gRPC.
  const narrowed = await ask('PATCH', `/plugins/${await idOf('depot.stock.guard')}`, { protocols: ['http', 'https'] });
  expect(narrowed).toMatchObject({ status: 400, said: expect.stringContaining('must match the protocols of at least one route') as string });

  for (const instance of ['depot.stock.guard', 'depot.stock.jwt', 'depot.stock.scope', 'depot.stock.read.scope']) await ask('PATCH', `/plugins/${await idOf(instance)}`, { enabled: false });
  await isFound(/lets in kong stock\.read \(GRPC \/depot\.v1\.Stock\/Get\) for anonymous/, 'AZ-06', /^kong stock\.read as anonymous$/);
  await ask('PATCH', `/plugins/${await idOf('depot.stock.move.scope')}`, { config: { roles: [], scopes: ['stock:read'] } });
  await isFound(/kong\.plugin\/depot\.stock\.move\.scope/, 'AZ-06', /^kong stock\.move as cleo$/);
  // A way of somebody else's to the same upstream, met by calls alone.
  const { port } = new URL(stack.env().STOCK_URL ?? '');
  await ask('POST', '/services', { name: 'side', protocol: 'grpc', host: '127.0.0.1', port: Number(port) });
  await ask('POST', '/services/side/routes', { name: 'side-door', protocols: ['grpc', 'grpcs'], paths: ['/side.v1.Door/'] });
  const drift = await stack.authctl('drift', blueprint);
  expect([drift.exitCode, drift.stdout]).toEqual([2, expect.stringMatching(/opens kong\.route\/side-door/)]);
  expect((await stack.verify('--only', 'RCH-01')).verdicts).toMatchObject([{ status: 'failed' }]);
  await ask('DELETE', '/routes/side-door');
  expect((await stack.verify('--only', 'RCH-01')).verdicts).toMatchObject([{ status: 'passed' }]);
};

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
