import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { loadBlueprint } from '../../../src/blueprint/index.ts';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { createFixtures, noJournal } from '../../../src/checks/kit/fixtures/index.ts';
import { publishHarness } from '../../../src/checks/kit/issuer-key.ts';
import { realNetwork } from '../../../src/checks/kit/network.ts';
import { createTokens } from '../../../src/checks/kit/tokens.ts';
import { withVisitor } from '../../../src/checks/kit/keycloak.ts';
import { problemsOf } from '../../../src/core/problem.ts';
import { Secret } from '../../../src/core/secret.ts';
import { shopEnv } from '../../cli/run.ts';

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

type Answer = readonly [status: number, body?: object, location?: string];

const startServer = async (answer: (seen: Seen) => Answer): Promise<{ readonly url: string; readonly seen: readonly Seen[] }> => {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
      seen.push(one);
      const [status, said = {}, location] = answer(one);
      response.writeHead(status, { 'content-type': 'application/json', ...(location !== undefined && { location }) });
      response.end(status === 204 ? undefined : JSON.stringify(said));
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
};

/** A Keycloak that knows its client, sends `path` somewhere else by 307, and is empty otherwise. */
const startKeycloak = (elsewhere: string, moved: (seen: Seen) => boolean) => {
  const keycloakHolds: object[] = [];
  return startServer((seen) => {
    if (moved(seen)) return [307, {}, `${elsewhere}/stolen`];
    if (seen.path.endsWith('/token')) return [200, { access_token: 'admin-token' }];
    if (seen.path.endsWith('/keys')) return [200, { keys: [{ kid: 'k', providerId: 'c' }] }];
    if (seen.method === 'GET' && seen.path.includes('/components')) return [200, keycloakHolds];
    if (seen.method === 'DELETE') return [204];
    if (seen.method === 'POST' && seen.path.includes('/components')) keycloakHolds.push({ id: 'c', ...(JSON.parse(seen.body) as object) });
    return [seen.method === 'POST' ? 201 : 200, seen.path.includes('/users') ? [] : { id: 'realm' }];
  });
};

const blueprintAt = async (keycloak: string, kong: string): Promise<Blueprint> => {
  const blueprint = await loadBlueprint('blueprints/sso.yaml', { env: { ...shopEnv, KEYCLOAK_URL: keycloak, KONG_ADMIN_URL: kong } });
  const { kong: target } = blueprint.targets;
  return { ...blueprint, targets: { ...blueprint.targets, ...(target && { kong: { ...target, admin: { ...target.admin, token: new Secret('admin-of-kong') } } }) } };
};

const network = realNetwork();
const codesOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'done', (thrown: unknown) => problemsOf(thrown)?.map(({ code }) => code) ?? thrown);
const harness = async (blueprint: Blueprint): Promise<void> => {
  const fixtures = createFixtures({ blueprint, send: network.send, journal: noJournal });
  await publishHarness({ blueprint, send: network.send, local: false, disruptive: true, fixtures }).finally(() => fixtures.releaseAll());
};

it('sends neither a private key nor a credential to where a redirect leads', async () => {
  const elsewhere = await startServer(() => [200, { access_token: 'x' }]);
  const key = await startKeycloak(elsewhere.url, ({ method, path }) => method === 'POST' && path.includes('/components'));
  expect(await codesOf(harness(await blueprintAt(key.url, elsewhere.url)))).toEqual(['VERIFY_NO_HARNESS_KEY']);
  expect(key.seen.some(({ body }) => body.includes('PRIVATE KEY'))).toBe(true);

  const login = await startKeycloak(elsewhere.url, ({ path }) => path.endsWith('/token'));
  expect(await codesOf(harness(await blueprintAt(login.url, elsewhere.url)))).toEqual(['KEYCLOAK_UNAUTHORIZED']);

  const visitor = await startKeycloak(elsewhere.url, ({ method, path }) => method === 'POST' && path.includes('/users'));
  const visited = await blueprintAt(visitor.url, elsewhere.url);
  const fixtures = createFixtures({ blueprint: visited, send: network.send, journal: noJournal });
  const visiting = withVisitor({ blueprint: visited, send: network.send, fixtures }, 'alice', () => Promise.resolve());
  expect(await codesOf(visiting)).toEqual(['VERIFY_KEYCLOAK']);
  expect(visitor.seen.some(({ body }) => body.includes('credentials'))).toBe(true);

  const discovery = await startKeycloak(elsewhere.url, ({ path }) => path.includes('/.well-known/'));
  expect(await codesOf(createTokens(await blueprintAt(discovery.url, elsewhere.url), network).client('reports'))).toEqual(['VERIFY_NO_DISCOVERY']);
  expect(elsewhere.seen).toEqual([]);
});

it("sends Kong's admin token to Kong alone", async () => {
  const elsewhere = await startServer(() => [200]);
  const keycloak = await startKeycloak(elsewhere.url, () => false);
  const kong = await startServer(({ method }) => (method === 'POST' ? [307, {}, `${elsewhere.url}/stolen`] : [404]));
  expect(await codesOf(harness(await blueprintAt(keycloak.url, kong.url)))).toEqual(['VERIFY_NO_HARNESS_KEY']);
  // The second one looks whether the first has left anything behind.
  expect(kong.seen.map(({ method, headers }) => [method, headers['kong-admin-token']])).toEqual([['POST', 'admin-of-kong'], ['GET', 'admin-of-kong']]);
  expect(elsewhere.seen).toEqual([]);
  expect(keycloak.seen.at(-1)).toMatchObject({ method: 'DELETE' });
});
