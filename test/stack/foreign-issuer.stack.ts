import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedAws, startEmbeddedKong } from 'authctl-stand-ins';
import type { EmbeddedAws, EmbeddedKong } from 'authctl-stand-ins';
import type { Verdict } from '../../src/core/report.ts';
import { startUpstream } from '../../src/stack/servers/upstream.ts';
import { authctlWith, stackEnv } from './authctl.ts';

// Somebody else's realm, made by hand: the blueprint knows its discovery document, a token and a client's secret, and no way to log in there.
const REALM = 'city-hall';
const secrets = { TRACKER_SECRET: 'secret-of-the-tracker', CLERK_SECRET: 'secret-of-the-clerks-desk', PASSWORD: 'password-of-dora-1' };
const blueprint = `
apiVersion: authctl/v1
name: permits
targets:
  kong: { admin: { url: "\${KONG_ADMIN_URL}" }, proxy: { url: "\${KONG_PROXY_URL}" } }
  aws: { region: eu-central-1, endpoint: "\${AWS_ENDPOINT}" }
issuer:
  url: "\${ISSUER_URL}"
  tokenType: { claim: typ, value: Bearer }
  scopes:
    permits:read: { audience: permits }
    permits:grant: { audience: permits }
    fees:read: { audience: fees }
  clients:
    desk: { type: confidential, clientId: clerks-desk, scopes: [permits:read, permits:grant] }
    tracker: { type: service, clientSecret: "\${TRACKER_SECRET}", scopes: [fees:read] }
authentication: { pattern: sso, client: desk }
services:
  permits:
    upstream: "\${UPSTREAM}"
    recorder: "\${UPSTREAM}"
    gateways: [kong, aws]
    routes:
      list: { match: GET /permits, scopes: [permits:read] }
      grant: { match: "POST /permits/{id}", scopes: [permits:grant] }
      health: { match: GET /permits/health, public: true }
  fees:
    upstream: "\${UPSTREAM}"
    recorder: "\${UPSTREAM}"
    gateways: [kong, aws]
    routes:
      list: { match: GET /fees, scopes: [fees:read] }
personas:
  dora: { token: "\${DORA_TOKEN}", idToken: "\${DORA_ID_TOKEN}" }
expect:
  dora: { permits: [list, grant] }
  tracker: { fees: [list] }
  anonymous: { permits: [health] }
`;

describe("somebody else's Keycloak as the issuer", () => {
  const directory = mkdtempSync(join(tmpdir(), 'authctl-foreign-'));
  const file = join(directory, 'permits.yaml');
  let env: Record<string, string>;
  let kong: EmbeddedKong;
  let aws: EmbeddedAws;
  let upstream: Awaited<ReturnType<typeof startUpstream>>;

  const keycloak = () => stackEnv().KEYCLOAK_URL ?? '';
  const form = async (realm: string, fields: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> => {
    const answer = await fetch(`${keycloak()}/realms/${realm}/protocol/openid-connect/token`, { method: 'POST', body: new URLSearchParams(fields) });
    expect(answer.status).toBe(200);
    return (await answer.json()) as Record<string, string>;
  };
  /** As whoever owns that realm. */
  const admin = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const { access_token } = await form('master', { grant_type: 'client_credentials', client_id: 'authctl', client_secret: stackEnv().KEYCLOAK_CLIENT_SECRET ?? '' });
    const answer = await fetch(`${keycloak()}/admin/realms${path}`, { method, headers: { authorization: `Bearer ${String(access_token)}`, 'content-type': 'application/json' }, ...(body !== undefined && { body: JSON.stringify(body) }) });
    expect([method, path, answer.ok]).toEqual([method, path, true]);
    const text = await answer.text();
    return text === '' ? undefined : JSON.parse(text);
  };
  /** Everything in the realm that a tool could have touched. */
  const everything = async (): Promise<unknown> =>
    Promise.all(['', '/clients', '/client-scopes', '/roles', '/users', '/components', '/keys', '/groups'].map((part) => admin('GET', `/${REALM}${part}`)));
  const run = async (...args: readonly string[]) => {
    const { exitCode, stdout, stderr } = await authctlWith({ ...env, AUTHCTL_STACK_DIR: join(directory, 'none'), AUTHCTL_STATE_DIR: join(directory, 'state') }, ...args, '--json');
    expect(stdout === '' ? stderr : '').toBe('');
    const report = JSON.parse(stdout) as { readonly problems: readonly { readonly code: string }[]; readonly verdicts?: readonly Verdict[]; readonly changes?: readonly { readonly action: string; readonly address: string }[] };
    const bad = (report.verdicts ?? []).filter(({ status }) => status !== 'passed' && status !== 'skipped');
    return { exitCode, ...report, bad: bad.map(({ id, subject, why }) => [id, subject, why]), told: (report.changes ?? []).filter(({ action }) => action !== 'keep').map(({ address }) => address) };
  };

  beforeAll(async () => {
    [kong, aws, upstream] = await Promise.all([
      startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' }),
      startEmbeddedAws({ controlPort: 0, dataPort: 0, allowHttpIssuers: true }),
      startUpstream({ service: 'permits', port: 0 }),
    ]);
    const scope = (name: string, audience: string): object => ({
      name, protocol: 'openid-connect', attributes: { 'include.in.token.scope': 'true' },
      protocolMappers: [{ name: 'audience', protocol: 'openid-connect', protocolMapper: 'oidc-audience-mapper', config: { 'included.custom.audience': audience, 'access.token.claim': 'true' } }],
    });
    await admin('POST', '', {
      realm: REALM,
      enabled: true,
      accessTokenLifespan: 3600,
      clientScopes: [...['basic', 'roles', 'acr', 'profile', 'email'].map((name) => ({ name, protocol: 'openid-connect' })), scope('permits:read', 'permits'), scope('permits:grant', 'permits'), scope('fees:read', 'fees')],
      clients: [
        { clientId: 'clerks-desk', secret: secrets.CLERK_SECRET, directAccessGrantsEnabled: true, standardFlowEnabled: false, defaultClientScopes: ['permits:read', 'permits:grant'],
          protocolMappers: [{ name: 'sub', protocol: 'openid-connect', protocolMapper: 'oidc-sub-mapper', config: { 'access.token.claim': 'true' } }] },
        { clientId: 'tracker', secret: secrets.TRACKER_SECRET, serviceAccountsEnabled: true, standardFlowEnabled: false, defaultClientScopes: ['fees:read'],
          protocolMappers: [{ name: 'sub', protocol: 'openid-connect', protocolMapper: 'oidc-sub-mapper', config: { 'access.token.claim': 'true' } }] },
      ],
      users: [{ username: 'dora', email: 'dora@city.test', emailVerified: true, firstName: 'Dora', lastName: 'Clerk', enabled: true, credentials: [{ type: 'password', value: secrets.PASSWORD }] }],
    });
    const dora = await form(REALM, { grant_type: 'password', client_id: 'clerks-desk', client_secret: secrets.CLERK_SECRET, username: 'dora', password: secrets.PASSWORD, scope: 'openid' });
    env = {
      ISSUER_URL: `${keycloak()}/realms/${REALM}`, TRACKER_SECRET: secrets.TRACKER_SECRET, DORA_TOKEN: dora.access_token ?? '', DORA_ID_TOKEN: dora.id_token ?? '', UPSTREAM: upstream.url,
      KONG_ADMIN_URL: kong.admin.url, KONG_PROXY_URL: kong.proxy.url, AWS_ENDPOINT: aws.control.url, AWS_ACCESS_KEY_ID: 'of-nobody', AWS_SECRET_ACCESS_KEY: 'of-nobody-at-all',
    };
    writeFileSync(file, blueprint);
  });
  afterAll(async () => {
    await Promise.all([kong.close(), aws.close(), upstream.close(), admin('DELETE', `/${REALM}`)]);
    rmSync(directory, { recursive: true, force: true });
  });

  it('is trusted by both gateways, verified, found out where a guard is weakened, and never touched', async () => {
    const before = await everything();
    expect(await run('apply', file, '--yes')).toMatchObject({ exitCode: 0, problems: [] });
    expect(await run('plan', file, '--exit-code')).toMatchObject({ exitCode: 0, problems: [], told: [] });
    const verified = await run('verify', file, '--disruptive');
    expect([verified.problems, verified.bad, verified.exitCode]).toEqual([[], [], 0]);
    const passed = (id: string): readonly string[] => (verified.verdicts ?? []).filter((one) => one.id === id && one.status === 'passed').map(({ subject }) => subject);
    expect(passed('SIG-01')).toEqual(expect.arrayContaining(['kong permits.list', 'aws permits.list', 'kong fees.list', 'aws fees.list']));
    expect(passed('CLM-01')).toEqual(expect.arrayContaining(['kong permits.list', 'aws permits.list']));
    expect(passed('CLM-04')).toEqual(expect.arrayContaining(['kong permits.list', 'aws permits.list']));
    expect(verified.verdicts?.filter(({ id, status, why }) => id.startsWith('IDP-') && status === 'skipped' && why === 'realm: the issuer is not ours').length).toBeGreaterThan(10);

    const plugins = (await (await fetch(`${kong.admin.url}/plugins?size=1000`)).json()) as { readonly data: readonly { readonly id: string; readonly instance_name: string }[] };
    const guard = plugins.data.find(({ instance_name }) => instance_name === 'permits.permits.list.scope');
    await fetch(`${kong.admin.url}/plugins/${guard?.id ?? ''}`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ config: { scopes: [] } }) });
    const weakened = await run('verify', file, '--only', 'KONG');
    expect([weakened.exitCode, weakened.bad]).toEqual([2, [['KONG-04', 'kong permits.list', 'the scope guard does not demand permits:read']]]);
    expect(await run('drift', file)).toMatchObject({ exitCode: 2, told: expect.arrayContaining(['kong.plugin/permits.permits.list.scope']) as string[] });

    expect(await run('destroy', file, '--yes')).toMatchObject({ exitCode: 0, problems: [] });
    expect(await everything()).toEqual(before);
  });

  it('signs with another key one day, and apply takes it over', async () => {
    expect(await run('apply', file, '--yes')).toMatchObject({ exitCode: 0 });
    const { id } = (await admin('GET', `/${REALM}`)) as { readonly id: string };
    await admin('POST', `/${REALM}/components`, { name: 'newer', providerId: 'rsa-generated', providerType: 'org.keycloak.keys.KeyProvider', parentId: id, config: { priority: ['200'], algorithm: ['RS256'] } });
    const { exitCode, told } = await run('drift', file);
    expect([exitCode, told.filter((address) => address.startsWith('kong.jwt_secret/permits.issuer/')).length]).toEqual([2, 1]);
    expect(await run('apply', file, '--yes')).toMatchObject({ exitCode: 0, problems: [] });
    expect(await run('drift', file)).toMatchObject({ exitCode: 0 });
    // AWS keeps the keys that it has read for up to two hours: new tokens are refused there until then.
    aws.forgetKeys();
    expect((await run('verify', file, '--only', 'POS,KONG')).bad).toEqual([]);
    expect(await run('destroy', file, '--yes')).toMatchObject({ exitCode: 0 });
  });
});
