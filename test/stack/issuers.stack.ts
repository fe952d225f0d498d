import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedAws, startEmbeddedKong } from 'authctl-stand-ins';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partsOf, signJws } from '../../src/checks/kit/jws.ts';
import type { Verdict } from '../../src/core/report.ts';
import { stackNeeds } from '../../src/stack/needs/index.ts';
import type { Child } from '../../src/stack/child.ts';
import { startGuarded } from '../../src/stack/servers/guarded.ts';
import { startUpstream } from '../../src/stack/servers/upstream.ts';
import { authctlWith, stackEnv } from './authctl.ts';
import { keycloakByHand } from './sabotages/keycloak-by-hand.ts';

/** blueprints/issuers.yaml with a realm of its own, and another realm of the same Keycloak for its further issuer. */
const directory = mkdtempSync(join(tmpdir(), 'authctl-issuers-'));
const FERRY = 'blueprints/issuers.yaml';
const AGENCIES = 'test/stack/issuers/agencies.yaml';
const keycloak = keycloakByHand('agencies');
const closing: (() => unknown)[] = [];
/** The partner's signing key, of which this test holds the private half. */
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
let env: Record<string, string>;

const run = async (...args: readonly string[]) => {
  const { exitCode, stdout, stderr } = await authctlWith(env, ...args, '--json');
  if (stdout === '') throw new Error(`authctl ${args.join(' ')} ended with ${exitCode} and said nothing:\n${stderr}`);
  const report = JSON.parse(stdout) as {
    readonly problems: readonly { readonly code: string; readonly message: string; readonly at?: { readonly line: number } }[];
    readonly changes?: readonly { readonly action: string; readonly address: string; readonly severity?: string }[];
    readonly verdicts?: readonly Verdict[];
  };
  const told = (report.changes ?? []).filter(({ action }) => action !== 'keep').map(({ action, address, severity }) => `${action === 'danger' ? (severity ?? '') : action} ${address}`);
  const idsOf = (...wanted: readonly string[]): readonly string[] => [...new Set((report.verdicts ?? []).filter(({ status }) => wanted.includes(status)).map(({ id }) => id))].toSorted();
  return { exitCode, ...report, told, idsOf };
};
const kong = async <Body>(method: string, path: string, body?: unknown): Promise<Body> => {
  const answer = await fetch(`${env.KONG_ADMIN_URL ?? ''}${path}`, { method, headers: { 'content-type': 'application/json' }, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text) as Body;
};
const tokenOf = async (realm: string, id: string, secret: string): Promise<string> => {
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret });
  const answer = await fetch(`${env.KEYCLOAK_URL ?? ''}/realms/${realm}/protocol/openid-connect/token`, { method: 'POST', body: form });
  return ((await answer.json()) as { access_token: string }).access_token;
};
const status = async (path: string, token: string): Promise<number> => (await fetch(`${env.KONG_PROXY_URL ?? ''}${path}`, { headers: { authorization: `Bearer ${token}` } })).status;
const gone = async (): Promise<void> => {
  for (const realm of ['agencies', 'ferry']) await keycloak.ask('DELETE', `/${realm}`, undefined, { below: '', missing: true });
};

beforeAll(async () => {
  await gone();
  const { KEYCLOAK_URL = '', KEYCLOAK_CLIENT_SECRET = '' } = stackEnv();
  const gateway = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
  const aws = await startEmbeddedAws({ controlPort: 0, dataPort: 0, allowHttpIssuers: true });
  const [sailings, bookings, tariffs] = await Promise.all(['sailings', 'bookings', 'tariffs'].map((service) => startUpstream({ service, port: 0 })));
  closing.push(() => gateway.close(), () => aws.close(), () => sailings?.close(), () => bookings?.close(), () => tariffs?.close(), gone);
  env = {
    KEYCLOAK_URL, KEYCLOAK_CLIENT_SECRET, KONG_ADMIN_URL: gateway.admin.url, KONG_PROXY_URL: gateway.proxy.url, AWS_ENDPOINT: aws.control.url, AWS_ACCESS_KEY_ID: 'of-a-test', AWS_SECRET_ACCESS_KEY: 'of-a-test',
    PARTNER_URL: `${KEYCLOAK_URL}/realms/agencies`, AUTHCTL_STACK_DIR: join(directory, 'none'), AUTHCTL_STATE_DIR: join(directory, 'state'),
    BOARD_SECRET: 'secret-of-the-board-1', AGENCY_SECRET: 'secret-of-the-agency-1', PORT_SECRET: 'secret-of-the-port-1', PETRA_PASSWORD: 'password-of-petra-1', OTTO_PASSWORD: 'password-of-otto-1',
    SAILINGS_URL: sailings?.url ?? '', SAILINGS_RECORDER_URL: sailings?.url ?? '', BOOKINGS_URL: bookings?.url ?? '', BOOKINGS_RECORDER_URL: bookings?.url ?? '', TARIFFS_URL: tariffs?.url ?? '', TARIFFS_RECORDER_URL: tariffs?.url ?? '',
  };
  expect(await run('apply', AGENCIES, '--yes')).toMatchObject({ exitCode: 0, problems: [] });
  const { id } = await keycloak.ask<{ id: string }>('GET', '');
  await keycloak.ask('POST', '/components', {
    name: 'held-by-this-test', providerId: 'rsa', providerType: 'org.keycloak.keys.KeyProvider', parentId: id,
    config: { priority: ['200'], enabled: ['true'], active: ['true'], algorithm: ['RS256'], privateKey: [privateKey.export({ type: 'pkcs8', format: 'pem' })] },
  });
  const children: Child[] = [];
  closing.push(() => Promise.all(children.map((child) => child.stop(3))));
  const { needs } = await stackNeeds(FERRY, env);
  const started = await startGuarded({ dir: directory, log: (name) => join(directory, `${name}.log`), signal: new AbortController().signal, spawned: (child) => void children.push(child) }, needs, {}, { KEYCLOAK_URL });
  env = { ...env, ...started.env, MANIFESTS_RECORDER_URL: started.env.MANIFESTS_URL ?? '' };
  expect(await run('apply', FERRY, '--yes')).toMatchObject({ exitCode: 0, problems: [] });
});
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
  rmSync(directory, { recursive: true, force: true });
});

describe('a service that takes tokens of two issuers, and one beside it that takes ours alone', () => {
  it('are as stated, and every attack on either issuer is refused', async () => {
    expect(await run('drift', FERRY)).toMatchObject({ exitCode: 0, problems: [], told: [] });
    const { verdicts = [], problems, idsOf } = await run('verify', FERRY, '--disruptive', '--only', 'ISS,AZ,KONG,AWS-12,CLM-08');
    expect(problems).toEqual([]);
    expect(verdicts.filter(({ status: said }) => said !== 'passed' && said !== 'skipped').map(({ id, subject, why }) => [id, subject, why])).toEqual([]);
    expect(idsOf('passed').filter((id) => id.startsWith('ISS-'))).toEqual(['ISS-01', 'ISS-02', 'ISS-03', 'ISS-04', 'ISS-05', 'ISS-06']);
    // A write with a good token is sent to no service that gives no leave for it.
    const cells = verdicts.filter(({ cell }) => cell?.who.startsWith('partner/'));
    expect(cells.filter(({ status: said }) => said === 'passed').flatMap(({ cell }) => (cell?.allowed ? [`${cell.gateway} ${cell.route} ${cell.who}`] : [])).toSorted()).toEqual([
      'aws tariffs.list partner/port', 'kong manifests.list partner/agency', 'kong sailings.health partner/agency', 'kong sailings.health partner/port', 'kong sailings.held partner/agency', 'kong sailings.held partner/port',
      'kong sailings.list partner/agency',
    ]);
  });

  it('believe a key of the partner in nothing that says another issuer, and theirs nowhere but where it is named', async () => {
    const [theirs, ours] = [await tokenOf('agencies', 'agency', env.AGENCY_SECRET ?? ''), await tokenOf('ferry', 'board', env.BOARD_SECRET ?? '')];
    const { header, payload } = partsOf(theirs);
    const [own, known] = [partsOf(ours).payload, partsOf(ours).header];
    // The very key that the partner signs with: what it has signed here passes as theirs does.
    const signed = (claims: object, kid: unknown = header.kid): string => signJws({ ...header, kid }, { ...claims }, privateKey, 'RS256');
    expect([await status('/sailings', signed(payload)), await status('/manifests', signed(payload))]).toEqual([200, 200]);
    for (const kid of [header.kid, known.kid])
      for (const claims of [own, { ...payload, iss: own.iss }, { ...payload, iss: 'https://evil.example' }, { ...payload, iss: [own.iss, payload.iss] }, { ...payload, iss: undefined }])
        expect([claims.iss, kid, await status('/sailings', signed(claims, kid)), await status('/manifests', signed({ ...claims, aud: 'manifests', scope: 'manifests:read' }, kid))]).toEqual([claims.iss, kid, 401, 401]);
    // It has the audience, the scope and even a role of that name.
    expect([payload.aud, String(payload.scope).split(' '), payload.realm_access]).toEqual([expect.arrayContaining(['bookings']), expect.arrayContaining(['bookings:read']), { roles: expect.arrayContaining(['purser']) }]);
    expect(await status('/bookings', theirs)).toBe(401);
  });

  interface Guard { readonly id: string; readonly config: { readonly further_issuers: readonly Readonly<Record<string, unknown>>[] } }
  const guardOf = async (service: string): Promise<Guard> => (await kong<{ data: readonly (Guard & { readonly instance_name: string })[] }>('GET', '/plugins?size=1000')).data.find(({ instance_name: name }) => name === `ferry.${service}.guard`)!;
  const taking = async (service: string, further: readonly object[]): Promise<void> => void (await kong('PATCH', `/plugins/${(await guardOf(service)).id}`, { config: { further_issuers: further } }));

  const rows = [
    ['the partner is taken by a service that does not name it', 'bookings', (partner: object) => [{ ...partner, audience: 'bookings' }], ['AZ-06', 'ISS-01', 'KONG-02']],
    ['the keys of the partner are looked for elsewhere', 'sailings', (partner: object) => [{ ...partner, jwks_url: `${stackEnv().KEYCLOAK_URL ?? ''}/realms/master/protocol/openid-connect/certs` }], ['AZ-06', 'KONG-02']],
    ['somebody else is taken', 'sailings', (partner: object) => [partner, { ...partner, issuer: 'https://evil.example', jwks_url: `${stackEnv().KEYCLOAK_URL ?? ''}/realms/master/protocol/openid-connect/certs` }], ['KONG-02']],
    ['the partner is taken with another audience', 'sailings', (partner: object) => [{ ...partner, audience: 'tariffs' }], ['AZ-06', 'KONG-02']],
    ['the partner is gone', 'sailings', () => [], ['AZ-06', 'KONG-02']],
  ] as const;
  // Each is seen by the worlds of the unit tests, too; all of them on the real server by `make test-long`.
  it.each(process.env.AUTHCTL_ISSUER_SABOTAGES === 'all' ? rows : rows.slice(0, 2))('are told from each other by drift and verify when %s', async (_what, service, changed, failed) => {
    const before = (await guardOf(service)).config.further_issuers;
    const [partner = {}] = (await guardOf('sailings')).config.further_issuers;
    await taking(service, changed(partner));
    try {
      const { exitCode, told } = await run('drift', FERRY);
      expect([exitCode, told]).toEqual([2, expect.arrayContaining([`update kong.plugin/ferry.${service}.guard`])]);
      // Whoever else's keys count is told as open; the partner gone shuts its clients out.
      if (changed(partner).length > 0) expect(told).toEqual(expect.arrayContaining([`opens kong.plugin/ferry.${service}.guard`]));
      const { idsOf } = await run('verify', FERRY, '--only', 'ISS-01,KONG-02,AZ-06');
      expect(idsOf('failed')).toEqual(failed);
    } finally {
      await taking(service, before);
    }
    expect(await run('drift', FERRY)).toMatchObject({ exitCode: 0, told: [] });
  });

  it('say before the first write that the issuer is another one, or its keys are elsewhere', async () => {
    const file = join(directory, 'wrong.yaml');
    const text = readFileSync(FERRY, 'utf8');
    const told = async (from: string, to: string) => {
      expect(text).toContain(from);
      writeFileSync(file, text.replace(from, to));
      return (await run('plan', file)).problems.map(({ code, at }) => [code, text.split('\n')[(at?.line ?? 0) - 1]?.trim().split(':')[0]]);
    };
    expect(await told('realms/agencies}"\n', 'realms/agencies}/"\n')).toEqual([['ISSUER_OTHER', 'url']]);
    expect(await told('/protocol/openid-connect/certs"', '/protocol/openid-connect/other"')).toEqual([['ISSUER_KEYS', 'jwksUri']]);
    expect(await told('    tokenType: { value: Bearer }', '    algorithm: RS384')).toEqual([['ISSUER_KEYS', 'tokenType']]);
  });
});
