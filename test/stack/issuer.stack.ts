import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedKong } from '../../infra/stand-ins/src/kong/index.ts';
import type { EmbeddedKong } from '../../infra/stand-ins/src/kong/index.ts';
import type { Verdict } from '../../src/core/report.ts';
import { stackNeeds } from '../../src/stack/needs/index.ts';
import { startUpstream } from '../../src/stack/servers/upstream.ts';
import { authctlWith } from './authctl.ts';
import { startKeycloakBeside, startOtherName } from './keycloak-beside.ts';

/** The library: each service verifies the JWT itself, so that issuer, keys and gateway must agree on who Keycloak is. */
const library = readFileSync('blueprints/jwt.yaml', 'utf8');
const secrets = { INVENTORY_SECRET: 'inventory-secret-of-this-test', RITA_PASSWORD: 'password-of-rita-1', LUKE_PASSWORD: 'password-of-luke-1' };

let directory = '';
let kong: EmbeddedKong;
let keycloak: Awaited<ReturnType<typeof startKeycloakBeside>>;
let otherName: Awaited<ReturnType<typeof startOtherName>>;

const start = async (setup: { readonly path?: string; readonly behind?: boolean }): Promise<void> => {
  directory = mkdtempSync(join(tmpdir(), 'authctl-issuer-'));
  otherName = await startOtherName();
  // What is built for a path is built without token exchange, too: one build for both.
  keycloak = await startKeycloakBeside({ ...(setup.path !== undefined && { path: setup.path, without: ['token-exchange-standard'] }), ...(setup.behind && { hostname: otherName.url }) });
  otherName.leadTo(keycloak.url);
};
const stop = async (): Promise<void> => {
  otherName.close();
  await keycloak.stop();
  rmSync(directory, { recursive: true, force: true });
};

/** A realm of its own, with these lines in the place of `targets.keycloak.url`. */
const blueprintOf = (name: string, target: string, raw = ''): string => {
  const file = join(directory, `${name}.yaml`);
  const text = library.replace('name: library', `name: ${name}`).replace(/^ {4}url: .*$/m, target.split('\n').map((line) => `    ${line}`).join('\n'));
  writeFileSync(file, `${text}\n${raw}`);
  return file;
};
/** Services that look for their issuer at this base. */
const upstreams = async (file: string, base: string): Promise<Record<string, string>> => {
  const { needs } = await stackNeeds(file, {});
  return { ...(await keycloak.guarded(needs, base)) };
};
const run = async (env: Readonly<Record<string, string>>, ...args: readonly string[]) => {
  const { exitCode, stdout, stderr } = await authctlWith(
    { ...secrets, KONG_ADMIN_URL: kong.admin.url, KONG_PROXY_URL: kong.proxy.url, KEYCLOAK_CLIENT_SECRET: keycloak.secret, AUTHCTL_STACK_DIR: join(directory, 'none'), AUTHCTL_STATE_DIR: join(directory, 'state'), ...env },
    ...args,
    '--json',
  );
  const report = JSON.parse(stdout) as {
    readonly problems: readonly { readonly code: string; readonly message: string; readonly expected?: string; readonly hint?: string; readonly at?: { readonly line: number } }[];
    readonly changes?: readonly { readonly action: string; readonly address: string }[];
    readonly verdicts?: readonly Verdict[];
    readonly requests?: Readonly<Record<string, { readonly writes: number }>>;
  };
  return { exitCode, stderr, ...report, told: (report.changes ?? []).filter(({ action }) => action !== 'keep') };
};
/** Applied, nothing left to do, and every attack on who issued a token is refused. */
const holds = async (file: string, env: Readonly<Record<string, string>>): Promise<void> => {
  expect(await run(env, 'apply', file, '--yes')).toMatchObject({ exitCode: 0, problems: [] });
  expect(await run(env, 'plan', file, '--exit-code')).toMatchObject({ exitCode: 0, problems: [], told: [] });
  const { verdicts = [], problems } = await run(env, 'verify', file, '--disruptive', '--only', 'POS,SIG,KEY,CLM,JWT,IDP');
  expect(problems).toEqual([]);
  expect(verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped')).toEqual([]);
  expect(verdicts.filter(({ id, status }) => /^(POS|SIG|CLM)-/.test(id) && status === 'passed').length).toBeGreaterThan(30);
};
const realmAt = async (base: string, realm: string): Promise<number> => (await fetch(`${base}/realms/${realm}`)).status;

// Every blueprint here has the same paths: each gets a gateway of its own.
beforeEach(async () => {
  kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
});
afterEach(() => kong.close());

describe('Keycloak below a path', () => {
  beforeAll(() => start({ path: '/auth' }));
  afterAll(stop);

  it('is found where the blueprint says so, and nowhere else', async () => {
    const without = blueprintOf('path', `url: ${new URL(keycloak.url).origin}`);
    expect((await run({}, 'plan', without)).problems).toMatchObject([
      { code: 'KEYCLOAK_NOT_KEYCLOAK', message: expect.stringMatching(/\(404\)/) as string, hint: expect.stringContaining('/auth') as string },
    ]);
    const file = blueprintOf('path', `url: ${keycloak.url}`);
    await holds(file, await upstreams(file, keycloak.url));
  });

  it('and without the feature token exchange gives the JWT behind a token by introspection, or says before the first write why it gives none', async () => {
    const tickets = (jwt: string): string => {
      const file = join(directory, `${jwt}.yaml`);
      writeFileSync(file, readFileSync('blueprints/opaque.yaml', 'utf8').replace('name: tickets', 'name: unchanged').replace('jwt: auto', `jwt: ${jwt}`));
      return file;
    };
    const upstream = await startUpstream({ service: 'events', port: 0 });
    const env = { KEYCLOAK_URL: keycloak.url, LEDGER_SECRET: 'ledger-secret-of-this-test', GATEWAY_SECRET: 'gateway-secret-of-this-test', VERA_PASSWORD: 'password-of-vera-1', OTTO_PASSWORD: 'password-of-otto-1', EVENTS_URL: upstream.url, TICKETS_URL: upstream.url };
    const refused = await run(env, 'apply', tickets('exchange'), '--yes');
    expect(refused).toMatchObject({ exitCode: 1, problems: [{ code: 'KEYCLOAK_NO_EXCHANGE', hint: expect.stringContaining('token-exchange-standard') as string }] });
    expect(await realmAt(keycloak.url, 'unchanged')).toBe(404);
    expect(await run(env, 'apply', tickets('auto'), '--yes')).toMatchObject({ exitCode: 0, problems: [] });
    const { verdicts = [], problems } = await run(env, 'verify', tickets('auto'), '--only', 'POS-01');
    await upstream.close();
    expect(problems).toEqual([]);
    expect(verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped').map(({ id, subject, status, why }) => [id, subject, status, why])).toEqual([]);
    expect(verdicts.filter(({ status }) => status === 'passed').map(({ subject }) => subject)).toEqual(expect.arrayContaining(['kong events.list', 'kong tickets.list']));
  });
});

describe('Keycloak that calls itself by another name', () => {
  beforeAll(() => start({ behind: true }));
  afterAll(stop);

  it('is told apart before the first write, with what to state', async () => {
    const file = blueprintOf('mistaken', `url: ${keycloak.url}`);
    for (const command of [['plan'], ['drift'], ['apply', '--yes'], ['verify']] as const) {
      const [name, ...flags] = command;
      const { exitCode, problems, requests } = await run({}, name, file, ...flags);
      expect(exitCode).toBe(1);
      expect(problems).toMatchObject([
        { code: 'KEYCLOAK_ISSUER', expected: `${keycloak.url}/realms/mistaken`, hint: expect.stringContaining(`targets.keycloak.issuer: ${otherName.url}/realms/mistaken`) as string, at: { line: 9 } },
      ]);
      expect(Object.values(requests ?? {}).every(({ writes }) => writes === 0)).toBe(true);
    }
    expect(await realmAt(keycloak.url, 'mistaken')).toBe(404);
  });

  it('serves browsers there, and its Admin API here', async () => {
    const file = blueprintOf('named', `url: ${otherName.url}\nadmin: ${keycloak.url}`);
    await holds(file, await upstreams(file, otherName.url));
  });

  it('is verified where it can be reached, if nobody here can reach what its tokens say', async () => {
    const file = blueprintOf('far', `url: ${keycloak.url}\nissuer: ${otherName.url}/realms/far`);
    const env = await upstreams(file, otherName.url);
    await holds(file, env);
    // What a check asks of the issuer goes to `url`: the name leads nowhere now.
    otherName.leadTo('http://127.0.0.1:9');
    const { verdicts = [], problems } = await run(env, 'verify', file, '--only', 'IDP');
    otherName.leadTo(keycloak.url);
    expect(problems).toEqual([]);
    expect(verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped')).toEqual([]);
  });

  it('is asked behind its public name where the gateway has another for it', async () => {
    const file = join(directory, 'docked.yaml');
    const target = `    url: ${otherName.url}\n    admin: ${keycloak.url}\n    backchannel: ${keycloak.url}`;
    writeFileSync(file, readFileSync('blueprints/opaque.yaml', 'utf8').replace('name: tickets', 'name: docked').replace(/^ {4}url: .*$/m, target));
    const upstream = await startUpstream({ service: 'events', port: 0 });
    const env = { LEDGER_SECRET: 'ledger-secret-of-this-test', GATEWAY_SECRET: 'gateway-secret-of-this-test', VERA_PASSWORD: 'password-of-vera-1', OTTO_PASSWORD: 'password-of-otto-1', EVENTS_URL: upstream.url, TICKETS_URL: upstream.url };
    expect(await run(env, 'apply', file, '--yes')).toMatchObject({ exitCode: 0, problems: [] });
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'ledger', client_secret: env.LEDGER_SECRET });
    const token = async (): Promise<string> => ((await (await fetch(`${otherName.url}/realms/docked/protocol/openid-connect/token`, { method: 'POST', body: form })).json()) as { access_token: string }).access_token;
    const status = async (bearer: string): Promise<number> => (await fetch(`${kong.proxy.url}/events`, { headers: { authorization: `Bearer ${bearer}` } })).status;
    const good = await token();
    // Nobody but browsers uses the name: a gateway that did would know of no token now.
    otherName.leadTo('http://127.0.0.1:9');
    const answers = [await status(good), await status(`${good.slice(0, -4)}AAAA`)];
    otherName.leadTo(keycloak.url);
    await upstream.close();
    expect(answers).toEqual([200, 401]);
  });

  it('gives a realm the address that is its own', async () => {
    const own = await startOtherName();
    own.leadTo(keycloak.url);
    const file = blueprintOf('own', `url: ${own.url}\nadmin: ${keycloak.url}`, `raw: { keycloak: { realm: { attributes: { frontendUrl: "${own.url}" } } } }\n`);
    await holds(file, await upstreams(file, own.url));
    own.close();
  });
});
