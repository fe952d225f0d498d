import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../../src/core/problem.ts';
import type { Spec } from '../../../src/core/resource.ts';
import { matrixOf } from '../../../src/access/index.ts';
import { expand } from '../../../src/patterns/index.ts';
import { load, repository } from '../blueprint/loading.ts';

const env = {
  KEYCLOAK_CLIENT_SECRET: 'keycloak-secret',
  TRACKER_SECRET: 'tracker-secret',
  DORA_PASSWORD: 'dora-password',
  CLEO_PASSWORD: 'cleo-password',
  AWS_ENDPOINT: 'http://127.0.0.1:9',
};
const example = await readFile(join(repository, 'blueprints/aws.yaml'), 'utf8');
const PARTNERS = `
  partners:
    upstream: https://partners.internal.example
    gateways: [aws]
    authentication: { pattern: aws, issuer: "https://id.partner.example" }
    routes:
      list: { match: GET /partners, scopes: [partners:read] }
personas:`;
const loaded = (edit: (text: string) => string = (text) => text) => load(edit(example), { env });
const specOf = async (address: string, edit?: (text: string) => string): Promise<Spec | undefined> =>
  expand(await loaded(edit)).desired.find(({ kind, id }) => `${kind}/${id}` === address)?.spec;

describe('the pattern aws', () => {
  it('bounds the stage as the blueprint says', async () => {
    expect(await specOf('aws.stage/parcels/$default')).toMatchObject({ DefaultRouteSettings: { ThrottlingBurstLimit: 500, ThrottlingRateLimit: 1000 } });
    expect(
      await specOf('aws.stage/parcels/$default', (text) => text.replace('throttle: { rate: 1000, burst: 500 }', 'throttle: { rate: 20, burst: 5 }')),
    ).toMatchObject({ DefaultRouteSettings: { ThrottlingBurstLimit: 5, ThrottlingRateLimit: 20 } });
  });

  it('logs who asked and why a token was refused, and never the token', async () => {
    const arn = 'arn:aws:logs:ap-northeast-1:123456789012:log-group:/parcels/access';
    const stage = await specOf('aws.stage/parcels/$default', (text) => text.replace('    region:', `    accessLog: ${arn}\n    region:`));
    const { DestinationArn, Format } = stage?.AccessLogSettings as { DestinationArn: string; Format: string };
    expect(DestinationArn).toBe(arn);
    expect(JSON.parse(Format)).toMatchObject({
      requestId: '$context.requestId',
      subject: '$context.authorizer.claims.sub',
      authorizerError: '$context.authorizer.error',
    });
    expect(Format).not.toMatch(/authorization|\n/);
    expect((await specOf('aws.stage/parcels/$default'))?.AccessLogSettings).toBeUndefined();
  });

  it('tags the API and its stage', async () => {
    expect((await specOf('aws.api/parcels'))?.Tags).toEqual({ team: 'parcels' });
    expect((await specOf('aws.stage/parcels/$default'))?.Tags).toEqual({ team: 'parcels' });
    const problems = await loaded((text) => text.replace('tags: { team: parcels }', 'tags: { authctl: other }')).catch(problemsOf);
    expect(problems).toEqual([expect.objectContaining({ code: 'BLUEPRINT_BAD_NAME' })]);
  });

  it('gives a service that trusts another issuer an authorizer of its own, and nobody of the realm a way in', async () => {
    const edit = (text: string): string => text.replace('\npersonas:', PARTNERS);
    expect((await specOf('aws.authorizer/parcels/partners', edit))?.JwtConfiguration).toEqual({
      Issuer: 'https://id.partner.example',
      Audience: ['partners'],
    });
    expect((await specOf('aws.authorizer/parcels/rates', edit))?.JwtConfiguration).toMatchObject({ Issuer: 'http://localhost:8080/realms/parcels' });
    const cells = matrixOf(await loaded(edit), undefined).cells.filter(({ service }) => service === 'partners');
    expect(cells.map(({ who, passes, refusal }) => [who, passes, refusal])).toEqual([
      ...['dora', 'cleo', 'tracker'].map((who) => [who, false, 'only tokens of https://id.partner.example count there']),
      ['anonymous', false, 'there is no token'],
    ]);
  });

  it('refuses a cell that nobody could prove', async () => {
    const problems = await loaded((text) => text.replace('\npersonas:', PARTNERS).replace('rates: [list] }', 'rates: [list], partners: [list] }')).catch(problemsOf);
    expect(problems).toEqual([
      expect.objectContaining({ code: 'BLUEPRINT_EXPECT', message: '"dora" cannot pass partners.list: only tokens of https://id.partner.example count there' }),
    ]);
  });

  it('asks for an issuer that AWS can reach', async () => {
    const problems = await load(example.replace('\npersonas:', PARTNERS.replace('https://id', 'http://id')), { env: { ...env, AWS_ENDPOINT: undefined, KEYCLOAK_URL: 'https://id.example' } }).catch(problemsOf);
    expect(problems).toEqual([expect.objectContaining({ code: 'BLUEPRINT_AWS_ISSUER' })]);
  });
});

describe('the pattern aws in front of Lambda functions', () => {
  const functions = async (edit: (text: string) => string = (text) => text) =>
    load(edit(await readFile(join(repository, 'blueprints/functions.yaml'), 'utf8')), { env: { ...env, PAULA_PASSWORD: 'paula-password', GUS_PASSWORD: 'gus-password' } });
  const integrationOf = async (key: string, edit?: (text: string) => string) =>
    expand(await functions(edit)).desired.find(({ kind, id }) => kind === 'aws.integration' && id === `bookings/${key}`)?.spec;

  it('asks each as the blueprint says, by POST whatever the route', async () => {
    const arn = 'arn:aws:lambda:ap-northeast-1:000000000000:function';
    const asked = { IntegrationType: 'AWS_PROXY', IntegrationMethod: 'POST', CredentialsArn: null };
    expect(await integrationOf('bookings.read')).toEqual({ ...asked, IntegrationUri: `${arn}:bookings:live`, PayloadFormatVersion: '2.0', TimeoutInMillis: 20_000, Description: 'authctl bookings.read' });
    expect(await integrationOf('rooms.all')).toEqual({ ...asked, IntegrationUri: `${arn}:rooms`, PayloadFormatVersion: '1.0', TimeoutInMillis: 10_000, Description: 'authctl rooms.all' });
    expect(await integrationOf('rooms.all', (text) => text.replace('    lambda: { payload: "1.0" }\n', ''))).toMatchObject({ PayloadFormatVersion: '2.0', TimeoutInMillis: 10_000 });
  });

  it('has the stages of the blueprint', async () => {
    const { desired } = expand(await functions());
    expect(desired.flatMap(({ kind, spec }) => (kind === 'aws.stage' ? [spec.StageName] : []))).toEqual(['live', 'canary']);
  });

  it('asks as a role where the blueprint names one', async () => {
    const role = 'arn:aws:iam::000000000000:role/gateway';
    expect(await integrationOf('rooms.all', (text) => text.replace('{ payload: "1.0" }', `{ role: "${role}" }`))).toMatchObject({ CredentialsArn: role });
  });

  it.each([
    ['a wait that is too long', 'timeout: 20s', 'timeout: 31s'],
    ['an address for its status', 'gateways: [aws]\n    routes:\n      list', 'gateways: [aws]\n    status: http://localhost:1\n    routes:\n      list'],
  ])('refuses %s', async (_what, from, to) => {
    expect(await functions((text) => text.replace(from, to)).catch(problemsOf)).toEqual([expect.objectContaining({ code: 'BLUEPRINT_LAMBDA' })]);
  });
});
