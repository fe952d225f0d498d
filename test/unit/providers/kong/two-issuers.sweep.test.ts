import { createServer } from 'node:http';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import { applyPlan } from '../../../../src/core/apply.ts';
import { changesOf, makePlan } from '../../../../src/core/plan.ts';
import { ofKong, providerAt } from './embedded.ts';
import { load } from '../../blueprint/loading.ts';

const upstream = createServer((_request, response) => void response.end('reached'));
let kong: Awaited<ReturnType<typeof startEmbeddedKong>>;
beforeAll(async () => {
  kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
  await new Promise<void>((resolve) => void upstream.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await kong.close();
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
});

/** A blueprint of one issuer, as one of two that share an API; `hosts` or `more` is what tells its route from that of the other. */
const text = (name: string, hosts = '', more = ''): string => `apiVersion: authctl/v1
name: ${name}
targets:
  kong: { admin: { url: "${kong.admin.url}" }, proxy: { url: "${kong.proxy.url}" } }
issuer:
  url: https://${name}.example
  scopes: { "orders:read": { audience: orders } }
  clients: { web: { type: public, scopes: ["orders:read"] } }
authentication: { pattern: sso, client: web }
authorization: { pattern: none }
services:
  orders:
    upstream: http://127.0.0.1:${(upstream.address() as AddressInfo).port}
    ${hosts}
    routes: { list: { match: GET /orders, ${more}scopes: ["orders:read"] } }
expect: { anonymous: {} }
`;

const issuer = async (name: string) => {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const kid = `key-of-${name}`;
  const token = await new SignJWT({ scope: 'orders:read', azp: 'web', typ: 'Bearer' })
    .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' }).setIssuer(`https://${name}.example`).setAudience('orders').setSubject('ana').setIssuedAt().setExpirationTime('1h').sign(privateKey); // prettier-ignore
  return { token, keys: [{ kid, alg: 'RS256', pem: await exportSPKI(publicKey) }] };
};

const opened = async (words: string, keys: readonly object[]) => {
  const blueprint = await load(words);
  const all = ofKong(blueprint, keys).desired;
  const provider = providerAt(kong, blueprint);
  return { provider, plan: (wanted = all) => makePlan([provider], { name: blueprint.name, desired: wanted, deferred: [] }, wanted.length === 0 ? { prune: true } : {}) };
};

/** `fetch` sets the host itself. */
const asked = (headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
  new Promise((settle, refuse) => {
    request(`${kong.proxy.url}/orders`, { headers }, (answer) => answer.resume().on('end', () => { settle(answer.statusCode); })).on('error', refuse).end(); // prettier-ignore
  });

it.each([
  ['by host', 'hosts: [api.example]', 'hosts: [api-v2.example]', '', { host: 'api.example' }, { host: 'api-v2.example' }],
  ['by a header', '', '', 'headers: { x-issuer: [new] }, ', {}, { 'x-issuer': 'new' }],
] as const)('an API takes tokens of two issuers by two blueprints, told apart %s, and loses the old one alone', async (_how, oldHosts, newHosts, more, atOld, atNew) => {
  const [old, fresh] = await Promise.all([issuer('old'), issuer('new')]);
  const [first, second] = [await opened(text('old', oldHosts), old.keys), await opened(text('new', newHosts, more), fresh.keys)];
  const applied = async ({ provider, plan }: typeof first, ...wanted: Parameters<typeof plan>): Promise<void> => {
    expect((await applyPlan({ providers: [provider], plan: await plan(...wanted), options: {} })).filter(({ outcome }) => outcome !== 'done')).toEqual([]);
  };
  await applied(first);
  await applied(second);
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const answers = async () => [await asked({ ...atOld, ...bearer(old.token) }), await asked({ ...atNew, ...bearer(fresh.token) }), await asked({ ...atOld, ...bearer(fresh.token) }), await asked({ ...atNew, ...bearer(old.token) }), await asked(atOld), await asked(atNew)];
  expect(await answers()).toEqual([200, 200, 401, 401, 401, 401]);
  // Each tells who else gets to its upstream, and by whose token.
  for (const [one, other] of [[first, 'new'], [second, 'old']] as const)
    expect(changesOf(await one.plan()).filter(({ action }) => action !== 'keep')).toMatchObject([{ action: 'danger', danger: { effect: 'opens', id: `${other}.orders.list`, what: expect.stringContaining(`with a token of https://${other}.example for orders`) as string } }]);

  await applied(first, []);
  expect((await answers()).map((status) => status === 200)).toEqual([false, true, false, false, false, false]);
  expect(changesOf(await second.plan()).filter(({ action }) => action !== 'keep')).toEqual([]);
  await applied(second, []);
});
