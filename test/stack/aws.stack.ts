import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { saboteur } from '../../scripts/sabotage.js';
import { ownStack } from './own.ts';

// A service whose tokens come from elsewhere: any issuer that is there will do, and Keycloak's own realm is one.
const PARTNERS = `
  partners:
    upstream: "\${RATES_URL:-https://rates.internal.example}"
    recorder: "\${RATES_RECORDER_URL:-}"
    gateways: [aws]
    authentication: { pattern: aws, issuer: "\${KEYCLOAK_URL:-http://localhost:8080}/realms/master" }
    routes:
      list: { match: GET /partners, scopes: [partners:read] }
personas:`;

const directory = mkdtempSync(join(tmpdir(), 'authctl-aws-'));
const blueprint = join(directory, 'aws.yaml');
writeFileSync(blueprint, readFileSync('blueprints/aws.yaml', 'utf8').replace('\npersonas:', PARTNERS));

describe('the pattern aws on a running stack', () => {
  const stack = ownStack(blueprint);
  const byHand = () => saboteur(stack.env(), 'parcels');
  beforeAll(async () => {
    await stack.succeed('stack', 'up', 'blueprints/aws.yaml');
    await stack.succeed('apply', blueprint, '--yes');
  });
  afterEach(() => stack.succeed('apply', blueprint, '--yes'));
  afterAll(async () => {
    await stack.down();
    rmSync(directory, { recursive: true, force: true });
  });

  it('passes every check, that of the other issuer among them', async () => {
    const { exitCode, idsOf } = await stack.verify();
    expect([exitCode, idsOf('failed', 'crashed', 'inconclusive')]).toEqual([0, []]);
    expect(idsOf('passed')).toEqual(expect.arrayContaining(['AWS-01', 'AWS-02', 'AWS-03', 'AWS-04', 'AWS-05', 'AWS-08', 'AWS-09', 'AWS-12']));
  });

  it.each([
    ['an authorizer taken off a route', () => byHand().removeAuthorizer('GET /parcels'), ['AWS-01', 'AWS-02', 'AWS-03', 'AWS-05', 'AWS-08', 'AWS-13', 'AWS-15', 'AWS-19', 'AWS-20']],
    ['a scope taken off a route', () => byHand().dropAwsScope('GET /parcels'), ['AWS-03', 'AWS-20']],
    ['an authorizer that trusts the realm in the place of another issuer', () => byHand().changeAuthorizer('partners', { Issuer: `${stack.env().KEYCLOAK_URL}/realms/parcels`, Audience: ['parcels'] }), ['AWS-12', 'AWS-20']],
  ] as const)('names %s, and nothing else', async (_what, commit, expected) => {
    await commit();
    const { exitCode, idsOf } = await stack.verify('--only', 'AWS');
    expect([exitCode, idsOf('failed', 'crashed', 'inconclusive')]).toEqual([2, expected]);
  });
});
