import { exitCodeOf } from 'authctl';
import type { Report } from 'authctl';
import { describe, expect, it } from 'vitest';
import { addressOfChange, changesOf } from '../../../src/core/plan.ts';
import { titleOf } from '../../../src/report/change.ts';
import { awsHands } from '../../stack/sabotages/aws-by-hand.ts';
import { awsRows, tellPlaces } from './demand/aws-rows.ts';
import { kongHand } from './demand/kong-hand.ts';
import { kongRows } from './demand/kong-rows.ts';
import { pool, poolAtKong, startPool } from './pool.ts';

/** `make test-long` attacks with every check, `make test` with those that a change of a route, a guard or a limit shows in. */
const whole = process.env.AUTHCTL_DEMAND === 'whole';
const only = whole ? {} : { only: ['POS', 'KONG', 'RCH', 'AZ-23', 'STR-01', 'SIG-01'] };

const told = (report: Report): readonly string[] => (report.plan ? changesOf(report.plan).filter(({ action }) => action !== 'keep').map((change) => `${titleOf(change, report)} ${addressOfChange(change)}`) : []);
const bad = ({ verdicts = [] }: Report) => verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped').map(({ id, subject, status, why }) => [id, subject, status, why]);

type Started = Awaited<ReturnType<typeof startPool>>;

/** Said in a blueprint, in force, nothing left to do, attacked without a failure, and found when somebody undoes it. */
const holds = async ({ open, file }: Started, attacked: boolean, sabotage: () => Promise<unknown>, expected: RegExp, tried?: string): Promise<void> => {
  const authctl = open({ SCANNER_KEY: 'key-of-the-scanner-1' });
  const valid = await authctl.validate(file);
  expect([valid.problems, exitCodeOf(valid)]).toEqual([[], 0]);
  const applied = await authctl.apply(file, { approve: true });
  expect([applied.problems, exitCodeOf(applied)]).toEqual([[], 0]);
  const again = await authctl.drift(file);
  expect([again.problems, told(again), exitCodeOf(again)]).toEqual([[], [], 0]);
  if (attacked) {
    const verified = await authctl.verify(file, only);
    expect([verified.problems, bad(verified), exitCodeOf(verified)]).toEqual([[], [], 0]);
    expect((verified.verdicts ?? []).filter(({ status }) => status === 'passed').length).toBeGreaterThan(3);
    if (tried !== undefined) expect((verified.verdicts ?? []).filter(({ id }) => id === tried).map(({ status }) => status)).toEqual(['passed']);
  }
  await sabotage();
  const found = await authctl.drift(file);
  expect([exitCodeOf(found), told(found).filter((line) => expected.test(line)).length > 0 || told(found)]).toEqual([2, true]);
};

describe.each(['database', 'dbless'] as const)('what people have at a Kong with its configuration in: %s', (store) => {
  it.each(kongRows)('$feature', async ({ edit, sabotage, told: expected, tried }) => {
    const started = await startPool(edit(poolAtKong).replace('proxy: {', `store: ${store}, proxy: {`), { dbless: store === 'dbless' });
    // The proxy does the same in both: without a database it is attacked by `make test-long` alone.
    await holds(started, whole || store === 'database', () => sabotage(kongHand(started.kong.admin.url, store === 'dbless')), expected, tried);
  });
});

describe('what people have at API Gateway', () => {
  it.each(awsRows)('$feature', async ({ edit, sabotage, told: expected, functions = [], listeners = {}, domains = [] }) => {
    const started = await startPool(edit(pool));
    const { aws, upstream, issuer } = started;
    await tellPlaces(aws.control.url, upstream.url, { functions, listeners });
    const hands = awsHands({ region: 'eu-central-1', endpoint: aws.control.url, upstream: upstream.url, issuer: issuer.url });
    for (const domain of domains) await hands.makeDomain(domain);
    await holds(started, true, () => sabotage(hands), expected);
  });
});

const SERVER = '  parcels:\n    upstream: "${UPSTREAM}"\n';
const LISTENER = 'arn:aws:elasticloadbalancing:eu-central-1:000000000000:listener/net/parcels/0123456789abcdef/fedcba9876543210';
const FUNCTION = 'arn:aws:lambda:eu-central-1:000000000000:function:parcels';

it('what a service is may change at API Gateway, and nothing of what it was is left', async () => {
  const { open, file, rewrite, aws, upstream } = await startPool();
  await tellPlaces(aws.control.url, upstream.url, { functions: ['parcels'], listeners: { [LISTENER]: 'abc123' } });
  const authctl = open();
  for (const stated of [SERVER, `  parcels:\n    upstream: ${FUNCTION}\n`, `  parcels:\n    upstream: ${LISTENER}\n    vpcLink: { id: abc123 }\n`, SERVER]) {
    rewrite(() => pool.replace(SERVER, stated));
    const applied = await authctl.apply(file, { approve: true });
    expect([applied.problems, exitCodeOf(applied)]).toEqual([[], 0]);
    const again = await authctl.drift(file);
    expect([again.problems, told(again), exitCodeOf(again)]).toEqual([[], [], 0]);
    const verified = await authctl.verify(file, { only: ['POS', 'SIG-01'] });
    expect([bad(verified), exitCodeOf(verified)]).toEqual([[], 0]);
  }
});

const ROLE = 'arn:aws:iam::000000000000:role/theirs';

it.each([
  ['as whom a function is asked', `  parcels:\n    upstream: ${FUNCTION}\n`, { CredentialsArn: ROLE }, `weakens the function is asked as ${ROLE}`, `    lambda: { role: "${ROLE}" }\n`],
  ['whose certificate a listener may have', `  parcels:\n    upstream: ${LISTENER}\n    vpcLink: { id: abc123 }\n`, { TlsConfig: { ServerNameToVerify: 'theirs.example' } }, 'weakens the certificate of theirs.example is taken', '    vpcLink: { id: abc123, serverName: theirs.example }\n'],
] as const)('what is set by hand where the blueprint has none is put back, and so is what it has no more: %s', async (_what, stated, set, danger, named) => {
  const { open, file, rewrite, aws, upstream, issuer } = await startPool(pool.replace(SERVER, stated));
  await tellPlaces(aws.control.url, upstream.url, { functions: ['parcels'], listeners: { [LISTENER]: 'abc123' } });
  const authctl = open();
  const hands = awsHands({ region: 'eu-central-1', endpoint: aws.control.url, upstream: upstream.url, issuer: issuer.url });
  const [field = ''] = Object.keys(set);
  const apply = async (): Promise<void> => {
    const applied = await authctl.apply(file, { approve: true });
    expect([applied.problems, exitCodeOf(applied)]).toEqual([[], 0]);
    expect(told(await authctl.drift(file))).toEqual([]);
  };
  await apply();
  await hands.changeIntegration('parcels.list', set);
  const drift = await authctl.drift(file);
  expect(told(drift).filter((line) => /integration/.test(line))).toContain('changed aws.integration/parcels/parcels.list');
  expect(changesOf(drift.plan!).flatMap((change) => (change.action === 'danger' ? [`${change.danger.effect} ${change.danger.what}`] : []))).toContain(danger);
  await apply();
  expect(await hands.integrationOf('parcels.list')).not.toHaveProperty(field);
  // Every route leads where it did, and no integration is left over.
  const verified = await authctl.verify(file, { only: ['POS', 'SIG-01'] });
  expect([bad(verified), exitCodeOf(verified)]).toEqual([[], 0]);

  const link = named.startsWith('    vpcLink') ? stated.replace('    vpcLink: { id: abc123 }\n', named) : `${stated}${named}`;
  rewrite(() => pool.replace(SERVER, link));
  await apply();
  expect(await hands.integrationOf('parcels.list')).toMatchObject(set);
  rewrite(() => pool.replace(SERVER, stated));
  await apply();
  expect(await hands.integrationOf('parcels.list')).not.toHaveProperty(field);
});

it("takes a domain over from somebody else's API when it is told to, and not before", async () => {
  const { open, file, aws, upstream, issuer } = await startPool(pool.replace('endpoint: "${AWS_ENDPOINT}" }', 'endpoint: "${AWS_ENDPOINT}", domains: [{ name: depot.example, path: v1 }] }'));
  const authctl = open();
  const missing = await authctl.plan(file);
  expect(missing.problems).toEqual([expect.objectContaining({ code: 'AWS_REFUSED' })]);
  const hands = awsHands({ region: 'eu-central-1', endpoint: aws.control.url, upstream: upstream.url, issuer: issuer.url });
  await hands.makeDomain('depot.example');
  expect(exitCodeOf(await authctl.apply(file, { approve: true }))).toBe(0);
  await hands.remapDomain('depot.example', { Stage: '$default', theirs: true });
  expect(told(await authctl.plan(file))).toEqual([expect.stringMatching(/blocked aws\.mapping\/parcels\/depot\.example\/v1$/)]);
  expect(exitCodeOf(await authctl.apply(file, { approve: true, adopt: true }))).toBe(0);
  expect(told(await authctl.drift(file))).toEqual([]);
});
