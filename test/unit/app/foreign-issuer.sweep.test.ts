import { ApiGatewayV2Client, GetApisCommand, GetAuthorizersCommand, UpdateAuthorizerCommand } from '@aws-sdk/client-apigatewayv2';
import { exitCodeOf } from 'authctl';
import { describe, expect, it } from 'vitest';
import { poolAtKong, startPool } from './pool.ts';
import type { Verdict } from '../../../src/core/report.ts';

const codes = ({ problems }: { readonly problems: readonly { readonly code: string; readonly expected?: string | undefined }[] }) => problems.map(({ code }) => code);

describe('an issuer that is not ours', () => {
  it('is trusted by AWS without a realm, and nothing is left to do', async () => {
    const { open, file, issuer } = await startPool();
    const authctl = open();
    const applied = await authctl.apply(file, { approve: true });
    expect([applied.problems, exitCodeOf(applied)]).toEqual([[], 0]);
    expect(applied.applied?.filter(({ address }) => !address.startsWith('aws.'))).toEqual([]);
    const authorizers = applied.plan?.waves.flat().flatMap((change) => ('desired' in change && change.desired.kind === 'aws.authorizer' ? [[change.desired.id, change.desired.spec['JwtConfiguration']]] : []));
    expect(authorizers).toEqual([
      ['parcels/parcels', { Issuer: issuer.url, Audience: ['4h57klweb', '6trackme'] }],
      ['parcels/rates', { Issuer: issuer.url, Audience: ['4h57klweb'] }],
    ]);
    const drift = await authctl.drift(file);
    expect([drift.problems, exitCodeOf(drift)]).toEqual([[], 0]);
    expect(drift.plan?.unseen).toEqual([expect.objectContaining({ target: 'issuer' })]);
    expect(drift.requests?.['issuer']).toEqual({ reads: 2, writes: 0 });
    const destroyed = await authctl.destroy(file, { approve: true });
    expect([destroyed.problems, destroyed.plan?.removals.some((change) => 'live' in change && change.live && !change.live.kind.startsWith('aws.'))]).toEqual([[], false]);
    expect(issuer.requests.every((request) => request.startsWith('GET '))).toBe(true);
  });

  it('is not what the blueprint says: nothing is written', async () => {
    const { open, file, issuer, aws } = await startPool();
    const apply = () => open().apply(file, { approve: true });
    issuer.says({ issuer: 'https://somebody.example' });
    const other = await apply();
    expect([codes(other), other.problems[0]?.expected, exitCodeOf(other)]).toEqual([['ISSUER_OTHER'], issuer.url, 1]);
    issuer.says({ jwks_uri: 'http://keys.example/keys' });
    expect(codes(await apply())).toEqual(['ISSUER_KEYS']);
    issuer.says({ jwks_uri: issuer.url });
    expect(codes(await apply())).toEqual(['ISSUER_KEYS']);
    issuer.says({});
    expect(codes(await open({ ISSUER_URL: `${issuer.url}/nothing` }).apply(file, { approve: true }))).toEqual(['ISSUER_NO_DISCOVERY']);
    const away = await open({ ISSUER_URL: 'http://127.0.0.1:9' }).apply(file, { approve: true });
    expect([codes(away), exitCodeOf(away)]).toEqual([['TARGET_UNREACHABLE'], 3]);
    expect(aws.requests().writes).toBe(0);
  });

  it('is what doctor looks at, by its discovery document and its keys', async () => {
    const { open, file, issuer } = await startPool();
    const findings = async (env = {}) => ((await open(env).doctor(file)).data?.findings ?? []).filter(({ target }) => target === 'issuer').map(({ what, state, found }) => [what, state, found]);
    expect(await findings()).toEqual([['discovery document', 'good', `${issuer.url} is the issuer that the blueprint names, with 1 key for signatures`]]);
    issuer.says({ issuer: 'https://somebody.example' });
    expect(await findings()).toEqual([['issuer', 'bad', expect.stringContaining('ISSUER_OTHER')]]);
    expect(await findings({ ISSUER_URL: 'http://127.0.0.1:9' })).toEqual([[expect.any(String), 'bad', expect.stringContaining('TARGET_UNREACHABLE')]]);
  });

  it('signs by an algorithm, and has keys at a place, that the blueprint may state', async () => {
    const { open, file, issuer, rewrite } = await startPool();
    rewrite((text) => text.replace('  audienceClaim', '  algorithm: RS512\n  audienceClaim'));
    expect(codes(await open().plan(file))).toEqual(['ISSUER_KEYS']);
    rewrite((text) => text.replace('  audienceClaim', '  jwksUri: "${ISSUER_URL}/keys"\n  audienceClaim'));
    expect(codes(await open().plan(file))).toEqual([]);
    issuer.says({ jwks_uri: `${issuer.url}/other-keys` });
    expect(codes(await open().plan(file))).toEqual(['ISSUER_KEYS']);
  });
});

const of = (verdicts: readonly Verdict[] | undefined, id: string) => (verdicts ?? []).filter((one) => one.id === id).map(({ subject, status, why }) => [subject, status, ...(why === undefined ? [] : [why])]);
const bad = (verdicts: readonly Verdict[] | undefined) => (verdicts ?? []).filter(({ status }) => status !== 'passed' && status !== 'skipped').map(({ id, subject, status, why }) => [id, subject, status, why]);

describe('verify with an issuer that is not ours', () => {
  it('uses given tokens and client credentials, fails nothing, and says what nobody but the issuer could show', async () => {
    const { open, file, env } = await startPool();
    await open().apply(file, { approve: true });
    const { verdicts, problems, ...report } = await open().verify(file, { disruptive: true });
    expect([problems, bad(verdicts)]).toEqual([[], []]);
    expect(exitCodeOf({ ...report, problems })).toBe(0);
    for (const name of ['DORA_TOKEN', 'DORA_ID_TOKEN', 'TRACKER_SECRET']) expect(JSON.stringify(verdicts)).not.toContain(env[name]?.slice(-20));
    expect(of(verdicts, 'AZ-06').filter(([, status]) => status === 'passed').length).toBeGreaterThan(6);
    expect(of(verdicts, 'CLM-01')).toContainEqual(['aws rates.list', 'passed']);
    expect(of(verdicts, 'CLM-04')).toContainEqual(['aws parcels.list', 'passed']);
    expect(of(verdicts, 'SIG-01').map(([, status]) => status)).toEqual(['passed', 'passed', 'passed']);
    expect(of(verdicts, 'IDP-01')).toEqual([[expect.stringMatching(/./), 'skipped', 'realm: the issuer is not ours']]);
    expect(of(verdicts, 'TIM-01').every(([, , why]) => why === 'issuer-key: the issuer is not ours')).toBe(true);
  });

  it('skips by name what nobody gave a token for', async () => {
    const { open, file, rewrite } = await startPool();
    await open().apply(file, { approve: true });
    rewrite((text) => text.replace(/dora: \{ token.*\}/, 'dora: {}').replace(', clientSecret: "${TRACKER_SECRET}"', ''));
    const { verdicts, problems } = await open().verify(file);
    expect([problems, bad(verdicts)]).toEqual([[], []]);
    const why = verdicts?.filter(({ subject }) => subject.startsWith('aws rates.list')).map((one) => one.why);
    expect(why).toContain('no token of dora is given (personas.dora.token)');
    expect(of(verdicts, 'SIG-01').map(([, status]) => status)).toEqual(['skipped', 'skipped', 'skipped']);
    rewrite((text) => text.replace(', idToken: "${DORA_ID_TOKEN}"', ''));
    expect(of((await open().verify(file, { only: ['CLM-04'] })).verdicts, 'CLM-04')).toContainEqual(['aws parcels.list', 'skipped', 'no ID token is given (personas.<name>.idToken)']);
  });

  it('tells of a given token what is wrong with it, and takes it for no proof', async () => {
    const { open, file, issuer } = await startPool();
    await open().apply(file, { approve: true });
    const web = { sub: 'dora', client_id: '4h57klweb', scope: 'parcels/read parcels/send rates/read' };
    const tokens = {
      'ended at': await issuer.access(web, 1),
      'is of the client 6trackme': await issuer.access({ ...web, client_id: '6trackme' }),
      'lacks the scope rates/read': await issuer.access({ ...web, scope: 'parcels/read parcels/send' }),
      'is no access token: its token_use is "id"': await issuer.id({ sub: 'dora', aud: '4h57klweb' }),
      'is of the issuer https://somebody.example': await issuer.access({ ...web, iss: 'https://somebody.example' }),
      'is no JWT': 'opaque-token-of-auth0',
    };
    for (const [what, token] of Object.entries(tokens)) {
      const report = await open({ DORA_TOKEN: token }).verify(file, { only: ['POS-01'] });
      expect(of(report.verdicts, 'POS-01').find(([subject]) => subject === 'aws rates.list')).toEqual(['aws rates.list', 'inconclusive', expect.stringContaining(`the token given for dora ${what}`)]);
      expect(exitCodeOf(report)).toBe(2);
      expect(JSON.stringify(report)).not.toContain(token.slice(-20));
    }
  });

  it('takes any token for the service where a route asks for no scope, and says that an ID token is one', async () => {
    const { open, file, rewrite } = await startPool();
    rewrite((text) => text.replace('match: GET /rates, scopes: [rates/read]', 'match: GET /rates, anyToken: true').replace('tracker: { parcels: [list] }', 'tracker: { parcels: [list], rates: [list] }'));
    expect((await open().apply(file, { approve: true })).problems).toEqual([]);
    const { verdicts, problems } = await open().verify(file, { only: ['AZ', 'CLM', 'AWS'] });
    expect([problems, bad(verdicts)]).toEqual([[], []]);
    expect(of(verdicts, 'CLM-04')).toContainEqual(['aws rates.list', 'skipped', 'the route demands no scope, and AWS looks at nothing else that an ID token lacks']);
  });

  it('finds an authorizer that takes the tokens of another client, and drift names it', async () => {
    const { open, file, aws, env } = await startPool();
    await open().apply(file, { approve: true });
    const client = new ApiGatewayV2Client({ endpoint: aws.control.url, region: 'eu-central-1', credentials: { accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '' } });
    const [api] = (await client.send(new GetApisCommand({}))).Items ?? [];
    const authorizer = ((await client.send(new GetAuthorizersCommand({ ApiId: api?.ApiId }))).Items ?? []).find(({ Name }) => Name === 'rates');
    await client.send(new UpdateAuthorizerCommand({ ApiId: api?.ApiId, AuthorizerId: authorizer?.AuthorizerId, JwtConfiguration: { ...authorizer?.JwtConfiguration, Audience: ['4h57klweb', '6trackme'] } }));
    const { verdicts } = await open().verify(file, { only: ['CLM', 'AZ'] });
    expect(of(verdicts, 'CLM-01')).toContainEqual(['aws rates.list', 'failed', 'expected 401, got 403']);
    const drift = await open().drift(file);
    expect([exitCodeOf(drift), drift.plan?.dangers.map((change) => 'danger' in change && change.danger.what)]).toEqual([2, ['tokens for 6trackme pass where tokens for rates are asked for']]);
  });
});

describe('an issuer that is not ours, behind Kong', () => {
  it('is trusted by its pinned keys, and verify fails nothing', async () => {
    const { open, file } = await startPool(poolAtKong);
    const applied = await open().apply(file, { approve: true });
    expect([applied.problems, applied.applied?.filter(({ address }) => /^kong\.jwt.?secret/i.test(address)).length]).toEqual([[], 1]);
    const drift = await open().drift(file);
    expect([drift.problems, exitCodeOf(drift), drift.plan?.unseen.map(({ target }) => target)]).toEqual([[], 0, ['issuer']]);
    const { verdicts, problems } = await open().verify(file, { disruptive: true });
    expect([problems, bad(verdicts)]).toEqual([[], []]);
    expect(of(verdicts, 'CLM-04')).toContainEqual(['kong parcels.list', 'passed']);
    expect(of(verdicts, 'KONG-05')).toEqual([['kong credentials', 'passed']]);
    expect(of(verdicts, 'CLM-01')).toContainEqual(['kong rates.list', 'passed']);
  });

  it('has other keys one day: drift and verify tell, and apply takes them over', async () => {
    const { open, file, issuer } = await startPool(poolAtKong);
    await open().apply(file, { approve: true });
    await issuer.rotate('key-2');
    const drift = await open().drift(file);
    expect([exitCodeOf(drift), drift.plan?.waves.flat().flatMap((change) => ('desired' in change && change.action === 'create' ? [change.desired.id] : []))]).toEqual([2, ['parcels.issuer/key-2']]);
    expect(of((await open().verify(file, { only: ['KONG-05'] })).verdicts, 'KONG-05')).toEqual([['kong credentials', 'failed', 'Kong trusts 1 key(s) the issuer does not publish; Kong lacks 1 published key(s)']]);
    expect((await open().apply(file, { approve: true })).problems).toEqual([]);
    expect(exitCodeOf(await open().drift(file))).toBe(0);
  });
});

describe('an issuer that is not ours, whose keys Kong follows', () => {
  const following = (text: string): string => text.replace('proxy: { url: "${KONG_PROXY_URL}" }', 'proxy: { url: "${KONG_PROXY_URL}" }, keys: followed, followed: { coolDown: 1s }').replace('  audienceClaim', '  jwksUri: "${ISSUER_URL}/keys"\n  audienceClaim');
  const about = /^kong\.(jwt_secret|consumer)\/|^kong\.plugin\/.*\.jwt$/;
  const statusOf = async (url: string, token = '') => (await fetch(`${url}/parcels`, { headers: { authorization: `Bearer ${token}` } })).status;

  it('is trusted by what it publishes, and a rotation is nobody\'s work', async () => {
    const { open, file, issuer, kong } = await startPool(following(poolAtKong));
    const applied = await open().apply(file, { approve: true });
    expect([applied.problems, applied.applied?.filter(({ address }) => about.test(address))]).toEqual([[], []]);
    const { verdicts, problems } = await open().verify(file, { disruptive: true });
    expect([problems, bad(verdicts), of(verdicts, 'KONG-05').map(([, status]) => status), of(verdicts, 'KONG-02').map(([, status]) => status)]).toEqual([[], [], ['skipped'], ['passed', 'passed', 'passed']]);
    await issuer.rotate('key-2');
    const token = await issuer.access({ sub: 'dora', client_id: '4h57klweb', scope: 'parcels/read' });
    // The cool-down that the last made-up key of verify began.
    await expect.poll(() => statusOf(kong.proxy.url, token)).toBe(200);
    expect(exitCodeOf(await open().drift(file))).toBe(0);
  });

  it('was pinned before: nothing of that goes unasked, tokens pass before and after, and back again', async () => {
    const { open, file, kong, env, rewrite } = await startPool(poolAtKong);
    const good = () => statusOf(kong.proxy.url, env['DORA_TOKEN']);
    await open().apply(file, { approve: true });
    expect(await good()).toBe(200);
    rewrite(() => following(poolAtKong));
    const left = await open().apply(file, { approve: true });
    const orphans = left.plan?.orphans.flatMap((change) => ('live' in change && change.live ? [`${change.live.kind}/${change.live.id}`] : [])).filter((address) => about.test(address)) ?? [];
    expect([left.problems, orphans.toSorted()]).toEqual([[], ['kong.consumer/parcels.issuer', 'kong.jwt_secret/parcels.issuer/key-1', 'kong.plugin/parcels.parcels.jwt', 'kong.plugin/parcels.rates.jwt']]);
    expect(await good()).toBe(200);
    const pruned = await open().apply(file, { approve: true, prune: true });
    expect([pruned.problems, exitCodeOf(await open().drift(file)), await good(), await statusOf(kong.proxy.url)]).toEqual([[], 0, 200, 401]);
    rewrite(() => poolAtKong);
    expect((await open().apply(file, { approve: true })).problems).toEqual([]);
    expect([exitCodeOf(await open().drift(file)), await good(), await statusOf(kong.proxy.url)]).toEqual([0, 200, 401]);
  });
});
