import { execFileSync } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDecider, createGuard } from '../../../src/service/index.ts';
import type { Decider, RouteRule } from '../../../src/service/index.ts';
import { buildBundle, inFolder, opa } from './support/fixture.ts';
import { AUDIENCE, ISSUER, aRequest, aVerifier, bearing, goodClaims, mint } from './support/tokens.ts';

const routes: readonly (RouteRule & { readonly method: string })[] = [
  { id: 'list', method: 'GET', path: '/orders', scopes: ['orders:read'] },
  { id: 'read', method: 'GET', path: '/orders/{id}', scopes: ['orders:read'] },
  { id: 'place', method: 'POST', path: '/orders', scopes: ['orders:write'], roles: ['customer'] },
  { id: 'refund', method: 'POST', path: '/orders/{id}/refund', scopes: ['orders:write'], roles: ['support'] },
  { id: 'health', method: 'GET', path: '/orders/health', public: true },
];
const facts = {
  issuer: ISSUER,
  roles: { customer: { includes: [] }, support: { includes: [] }, admin: { includes: ['support'] } },
  services: {
    orders: {
      audience: AUDIENCE,
      routes: Object.fromEntries(
        routes.map(({ id, method, path, public: open = false, scopes = [], roles = [] }) => [
          id,
          { method, methods: method === 'GET' ? ['GET', 'HEAD'] : [method], path, public: open, scopes, roles },
        ]),
      ),
    },
  },
};

/** The policy that ships with the project, compiled by the real OPA, with the facts above. */
const withShop = (use: (decider: Decider, folder: string) => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    const sources = join(folder, 'policy');
    const bundle = join(folder, 'out.tar.gz');
    cpSync(fileURLToPath(new URL('../../../policies/shop', import.meta.url)), sources, { recursive: true });
    writeFileSync(join(sources, 'data.json'), JSON.stringify({ shop: { blueprint: facts } }));
    buildBundle(opa ?? '', sources, bundle, ['shop/authz'], ['--bundle']);
    const decider = createDecider({ bundle, entrypoint: 'shop/authz' });
    await decider.refresh();
    await use(decider, folder).finally(() => {
      decider.close();
    });
  });

describe.skipIf(opa === undefined)('the policy of the shop, in process', () => {
  it('AZ-06 gives every role on every route what the blueprint says', () =>
    withShop(async (decider) => {
      // The guard's own roles are left out, so that the policy alone decides about them.
      const guard = createGuard({
        verifier: aVerifier(),
        decider,
        service: 'orders',
        routes: routes.map(({ roles: _roles, ...rule }) => rule),
      });
      const matrix: Record<string, string> = {};
      for (const role of ['customer', 'support', 'admin', 'none', undefined]) {
        const token = mint({ ...goodClaims, scope: 'orders:read orders:write', realm_access: { roles: [role] } });
        const row: string[] = [];
        for (const { id, method, path } of routes) {
          const request = { ...(role === undefined ? aRequest() : bearing(token)), method, target: path.replace('{id}', '7') };
          const answer = await guard.check(request);
          row.push(answer.ok ? id : String(answer.status));
        }
        matrix[role ?? 'anonymous'] = row.join(' ');
      }
      expect(matrix).toEqual({
        customer: 'list read place 403 health',
        support: 'list read 403 refund health',
        admin: 'list read 403 refund health',
        none: 'list read 403 403 health',
        anonymous: '401 401 401 401 health',
      });
    }));

  it('AZ-20 gives the same verdict as the OPA server, for whatever it is asked', () =>
    withShop(async (decider, folder) => {
      const oneOf = (...values: unknown[]) => fc.constantFrom(...values);
      const token = fc.oneof(
        { arbitrary: fc.jsonValue({ maxDepth: 2 }), weight: 1 },
        {
          arbitrary: fc.record({
            iss: oneOf(ISSUER, ISSUER, 'x', null),
            aud: oneOf(AUDIENCE, [AUDIENCE], ['x'], [], null, 7),
            scope: oneOf('orders:read', 'orders:write orders:read', '', ' ', ['orders:read'], null),
            realm_access: oneOf({ roles: ['customer'] }, { roles: ['admin'] }, { roles: 'admin' }, {}, null),
            client_id: oneOf(undefined, undefined, 'reports'),
            preferred_username: oneOf(undefined, 'alice', 'service-account-x', 7),
          }),
          weight: 6,
        },
      );
      const fitting = routes.map(({ id, method, path }) => ({
        request: { method, path: path.replace('{id}', '7') },
        route: { service: 'orders', id },
      }));
      const fits = fc.tuple(oneOf(...fitting), token).map(([asked, one]) => ({ ...(asked as object), token: one }));
      const any = fc.record({
        request: fc.record({
          method: oneOf('GET', 'POST', 'PUT'),
          path: oneOf('/orders', '/orders/7', '/orders/health', '/orders/', '/orders/7/refund', '', 7),
        }),
        route: fc.record({ service: oneOf('orders', 'x'), id: oneOf('list', 'read', 'place', 'health', 'refund', null) }),
        token,
      });
      const question = fc.oneof(fits, any);
      const questions = fc.sample(question, 600);
      writeFileSync(join(folder, 'input.json'), JSON.stringify(questions));
      // Asked for by name, so that a failure in one does not hide the others.
      const query = '[answer | some one in input; answer := object.get(data.shop.authz, "allow", false) with input as one]';
      const sources = ['-b', join(folder, 'policy'), '--ignore', '*_test.rego'];
      const told = execFileSync(opa ?? '', ['eval', '-f', 'raw', ...sources, '-i', join(folder, 'input.json'), query], {
        encoding: 'utf8',
      });
      const decided = questions.map((one) => decider.decide(one).outcome === 'allow');
      expect(decided.filter(Boolean).length).toBeGreaterThan(20);
      expect(decided).toEqual(JSON.parse(told));
    }));
});
