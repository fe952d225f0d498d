import { createServer, request as open } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Blueprint, KongTarget } from '../../../../src/blueprint/types.ts';
import { applyPlan } from '../../../../src/core/apply.ts';
import { hasDrift, makePlan } from '../../../../src/core/plan.ts';
import type { Desired, Spec } from '../../../../src/core/resource.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { startEmbeddedKong } from '../../../../infra/stand-ins/src/kong/index.ts';
import { connectKong } from '../../../../src/providers/kong/index.ts';

const TOKEN = 'admin-token-of-team-a';
const origin = { file: 'shop.yaml', line: 1, column: 1 };
const object = (kind: string, id: string, spec: Spec, after: string[] = []): Desired => ({ kind, id, spec, after, origin });
const service = object('kong.service', 'shop.orders', { name: 'shop.orders', protocol: 'http', host: '127.0.0.1', port: 9, enabled: true });
const guard = object(
  'kong.plugin',
  'shop.orders.jwt',
  { name: 'jwt', instance_name: 'shop.orders.jwt', enabled: true, service: { name: 'shop.orders' }, config: { key_claim_name: 'kid' } },
  ['kong.service/shop.orders'],
);
const route = object(
  'kong.route',
  'shop.orders.list',
  { name: 'shop.orders.list', paths: ['~/orders$'], methods: ['GET'], service: { name: 'shop.orders' } },
  ['kong.service/shop.orders', 'kong.plugin/shop.orders.jwt'],
);
const shop = [service, guard, route];

/** The stand-in as an Admin API with workspaces: everything but the node itself below `/team-a`, and nothing without the token. */
const startWorkspace = async () => {
  const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
  const seen: string[] = [];
  const server = createServer((asked, response) => {
    const path = asked.url ?? '/';
    seen.push(`${asked.method ?? ''} ${path.split('?')[0] ?? ''}`);
    const inside = path === '/' ? '/' : path.startsWith('/team-a/') ? path.slice('/team-a'.length) : undefined;
    if (asked.headers['kong-admin-token'] !== TOKEN || inside === undefined) {
      response.writeHead(inside === undefined ? 404 : 401, { 'content-type': 'application/json' }).end('{"message":"Invalid credentials"}');
      return;
    }
    asked.pipe(
      open(new URL(inside, kong.admin.url), { method: asked.method, headers: asked.headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    proxy: kong.proxy.url,
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await kong.close();
    },
  };
};

describe('a workspace of Kong Enterprise', () => {
  let gateway: Awaited<ReturnType<typeof startWorkspace>>;
  beforeAll(async () => {
    gateway = await startWorkspace();
  });
  afterAll(() => gateway.close());
  beforeEach(() => {
    gateway.seen.length = 0;
  });

  const connect = (token: string, workspace = 'team-a') => {
    const kong: KongTarget = {
      admin: { url: gateway.url, token: new Secret(token) },
      proxy: { url: gateway.proxy },
      edition: 'enterprise',
      store: 'database',
      workspace,
    };
    return connectKong({ name: 'shop', secrets: [kong.admin.token], at: () => origin, targets: { kong } } as unknown as Blueprint);
  };
  const planned = async (desired: readonly Desired[], prune = false) => {
    const provider = connect(TOKEN);
    return { provider, plan: await makePlan([provider], { name: 'shop', desired, deferred: [] }, { prune }) };
  };
  const apply = async (desired: readonly Desired[], prune = false) => {
    const { provider, plan } = await planned(desired, prune);
    const refused = await provider.check(desired);
    const results = await applyPlan({ providers: [provider], plan });
    await provider.close?.();
    return [...refused, ...results.filter(({ outcome }) => outcome !== 'done')];
  };

  it('takes every request below its name with the token, the node itself and the list of workspaces apart', async () => {
    expect(await apply(shop)).toEqual([]);
    expect(gateway.seen.filter((line) => !line.includes(' /team-a/') && !['GET /', 'GET /workspaces'].includes(line))).toEqual([]);
    expect(gateway.seen).toContain('POST /team-a/services/shop.orders/plugins');
    const { provider, plan } = await planned(shop);
    await provider.close?.();
    expect(hasDrift(plan)).toBe(false);
  });

  it('is left empty by prune', async () => {
    expect(await apply([], true)).toEqual([]);
    expect(gateway.seen.filter((line) => line.startsWith('DELETE')).every((line) => line.startsWith('DELETE /team-a/'))).toBe(true);
  });

  it('is forbidden with another token, which no message shows', async () => {
    const provider = connect('some-other-token');
    const problem: unknown = await makePlan([provider], { name: 'shop', desired: shop, deferred: [] }).catch((thrown: unknown) => thrown);
    await provider.close?.();
    expect(problem).toMatchObject({ code: 'KONG_FORBIDDEN' });
    expect(JSON.stringify([problem, String(problem)])).not.toContain('some-other-token');
  });

  it('is no place to write into when it is not there', async () => {
    const provider = connect(TOKEN, 'team-b');
    await expect(makePlan([provider], { name: 'shop', desired: shop, deferred: [] })).rejects.toMatchObject({ code: 'KONG_REFUSED' });
    await provider.close?.();
    expect(gateway.seen.filter((line) => !line.startsWith('GET'))).toEqual([]);
  });
});
