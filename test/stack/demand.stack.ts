import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthctl, exitCodeOf } from 'authctl';
import type { Report } from 'authctl';
import { afterAll, describe, expect, it } from 'vitest';
import { addressOfChange, changesOf } from '../../src/core/plan.ts';
import { titleOf } from '../../src/report/change.ts';
import { awsRows, tellPlaces } from '../unit/app/demand/aws-rows.ts';
import { kongHand } from '../unit/app/demand/kong-hand.ts';
import { kongRows } from '../unit/app/demand/kong-rows.ts';
import { pool, poolAtKong } from '../unit/app/pool.ts';
import { ownStack } from './own.ts';
import { awsHands } from './sabotages/aws-by-hand.ts';

/** For `make test-long`; `make test` tries every row in one process (test/unit/app/demand.sweep.test.ts). */
const whole = process.env.AUTHCTL_DEMAND === 'whole';

/** The pool's two services, people and machine, where the realm is one of Keycloak's and made by the blueprint. */
const atKeycloak = (text: string): string =>
  text
    .replace('targets:\n', 'targets:\n  keycloak: { url: "${KEYCLOAK_URL}", credentials: { clientSecret: "${KEYCLOAK_CLIENT_SECRET}" } }\n')
    .replace(/\nissuer:\n( {2}.*\n)+/, `
realm:
  scopes:
    parcels:read: { audience: parcels }
    parcels:send: { audience: parcels }
    rates:read: { audience: rates }
  clients:
    web: { type: public, redirectUris: ["https://parcels.example/callback"], scopes: [parcels/read, parcels/send, rates/read] }
    tracker: { type: service, secret: "\${TRACKER_SECRET}", scopes: [parcels/read] }
`)
    .replace('dora: { token: "${DORA_TOKEN}", idToken: "${DORA_ID_TOKEN}" }', 'dora: { password: "${DORA_PASSWORD}" }')
    .replace('client: web }', 'client: web, origins: [] }')
    .replaceAll(/\b(parcels|rates)\/(read|send)\b(?=[,\]])/g, '$1:$2');

const told = (report: Report): readonly string[] => (report.plan ? changesOf(report.plan).filter(({ action }) => action !== 'keep' && action !== 'orphan').map((change) => `${titleOf(change, report)} ${addressOfChange(change)}`) : []);
const bad = ({ verdicts = [] }: Report) => verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped').map(({ id, subject, status, why }) => [id, subject, status, why]);

const dir = mkdtempSync(join(tmpdir(), 'authctl-demand-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Said in a blueprint, in force, nothing left to do, attacked without a failure, and found when somebody undoes it. */
const holds = async (text: string, env: Readonly<Record<string, string>>, sabotage: () => Promise<unknown>, expected: RegExp, tried?: string): Promise<void> => {
  const file = join(dir, 'parcels.yaml');
  writeFileSync(file, text);
  const own = { UPSTREAM: env.PARCELS_URL ?? '', TRACKER_SECRET: 'secret-of-the-tracker-1', DORA_PASSWORD: 'password-of-dora-1', SCANNER_KEY: 'key-of-the-scanner-1' };
  const authctl = createAuthctl({ env: { ...env, ...own }, localStack: false, cwd: dir });
  const valid = await authctl.validate(file);
  expect([valid.problems, exitCodeOf(valid)]).toEqual([[], 0]);
  const applied = await authctl.apply(file, { approve: true, prune: true });
  expect([applied.problems, exitCodeOf(applied)]).toEqual([[], 0]);
  const again = await authctl.drift(file);
  expect([again.problems, told(again)]).toEqual([[], []]);
  const verified = await authctl.verify(file);
  expect([verified.problems, bad(verified), exitCodeOf(verified)]).toEqual([[], [], 0]);
  expect((verified.verdicts ?? []).filter(({ status }) => status === 'passed').length).toBeGreaterThan(3);
  if (tried !== undefined) expect((verified.verdicts ?? []).filter(({ id }) => id === tried).map(({ status }) => status)).toEqual(['passed']);
  await sabotage();
  const found = await authctl.drift(file);
  const away = await authctl.destroy(file, { approve: true });
  expect([away.problems, exitCodeOf(away)]).toEqual([[], 0]);
  expect([exitCodeOf(found), told(found).filter((line) => expected.test(line)).length > 0 || told(found)]).toEqual([2, true]);
};

/** A stack with both gateways for the pool's services, a Keycloak and a Kong that keeps what it has where `flags` say. */
const stackOf = (...flags: readonly string[]) => {
  const blueprint = join(dir, `stack${flags.join('')}.yaml`);
  const stack = ownStack(blueprint);
  afterAll(() => stack.down());
  it('starts', async () => {
    writeFileSync(blueprint, atKeycloak(poolAtKong).replace('targets:\n', 'targets:\n  aws: { region: eu-central-1, endpoint: "${AWS_ENDPOINT}" }\n').replaceAll('"${UPSTREAM}"', 'http://upstream.example'));
    await stack.succeed('stack', 'up', blueprint, ...flags);
  });
  return stack;
};

describe.skipIf(!whole)('what people have, on the local stack with its Keycloak', () => {
  const stack = stackOf();

  it.each(kongRows)('at Kong: $feature', async ({ edit, sabotage, told: expected, tried }) => {
    const env = stack.env();
    await holds(atKeycloak(edit(poolAtKong)), env, () => sabotage(kongHand(env.KONG_ADMIN_URL ?? '', false)), expected, tried);
  });

  it.each(awsRows)('at API Gateway: $feature', async ({ edit, sabotage, told: expected, functions = [], listeners = {}, domains = [] }) => {
    const env = stack.env();
    const { AWS_ENDPOINT: endpoint = '', PARCELS_URL: upstream = '', KEYCLOAK_URL: keycloak = '' } = env;
    await tellPlaces(endpoint, upstream, { functions, listeners });
    const hands = awsHands({ region: 'eu-central-1', endpoint, upstream, issuer: `${keycloak}/realms/parcels`, keycloak });
    for (const domain of domains) await hands.makeDomain(domain);
    await holds(atKeycloak(edit(pool)), env, () => sabotage(hands), expected);
  });
});

describe.skipIf(!whole)('what people have, at a Kong without a database', () => {
  const stack = stackOf('--dbless');

  it.each(kongRows)('$feature', async ({ edit, sabotage, told: expected, tried }) => {
    const env = stack.env();
    const text = atKeycloak(edit(poolAtKong)).replace('proxy: {', 'store: dbless, proxy: {');
    await holds(text, env, () => sabotage(kongHand(env.KONG_ADMIN_URL ?? '', true)), expected, tried);
  });
});
