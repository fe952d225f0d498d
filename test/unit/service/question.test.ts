import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createDecider, createGuard } from '../../../src/service/index.ts';
import type { RouteRule, ServiceRequest } from '../../../src/service/index.ts';
import { buildBundle, inFolder, opa } from './support/fixture.ts';
import { aRequest, aVerifier, bearing, goodClaims, mint } from './support/tokens.ts';

const routes: readonly RouteRule[] = [
  { id: 'list', method: 'GET', path: '/orders' },
  { id: 'place', method: 'POST', path: '/orders' },
  { id: 'read', method: 'GET', path: '/orders/{id}' },
  { id: 'health', method: 'GET', path: '/orders/health', public: true },
];

describe.skipIf(opa === undefined)('a guard whose policy was written for Envoy (needs opa)', () => {
  const withEnvoy = (use: (check: (request: ServiceRequest) => Promise<string>) => Promise<void>): Promise<void> =>
    inFolder(async (folder) => {
      const sources = join(folder, 'policy');
      cpSync(fileURLToPath(new URL('../../../policies/envoy', import.meta.url)), sources, { recursive: true });
      buildBundle(opa ?? '', sources, join(folder, 'out.tar.gz'), ['envoy/authz/decision'], ['--bundle', '--ignore', '*_test.rego']);
      const decider = createDecider({ bundle: join(folder, 'out.tar.gz'), entrypoint: 'envoy/authz/decision', answer: 'allowed' });
      await decider.refresh();
      const guard = createGuard({ verifier: aVerifier(), decider, service: 'orders', routes, question: { input: 'envoy' } });
      const check = async (request: ServiceRequest): Promise<string> => {
        const answer = await guard.check(request);
        return answer.ok ? answer.route : `${String(answer.status)} ${answer.reason}`;
      };
      await use(check).finally(() => {
        decider.close();
      });
    });
  const token = (claims: object): string => mint({ ...goodClaims, ...claims });

  it('lets those in that the policy does, and nobody else', () =>
    withEnvoy(async (check) => {
      const reader = bearing(token({ scope: 'openid orders:read', realm_access: { roles: ['customer'] } }));
      const writer = bearing(token({ scope: 'orders:write', realm_access: { roles: ['order-writer'] } }));
      const machine = bearing(token({ scope: 'orders:write', realm_access: { roles: ['order-writer'] }, client_id: 'reports' }));
      expect(await check({ ...reader, target: '/orders?page=2' })).toBe('list');
      expect(await check({ ...reader, target: '/orders/7' })).toBe('read');
      expect(await check({ ...writer, method: 'POST', target: '/orders' })).toBe('place');
      for (const [request, method] of [[reader, 'POST'], [machine, 'POST'], [writer, 'GET']] as const)
        expect(await check({ ...request, method, target: '/orders' })).toBe('403 the policy says no; no rule takes the request');
      // The policy is asked about a public route, too, and no token is in its question: not even one that the client sent.
      expect(await check({ ...reader, target: '/orders/health' })).toMatch(/^403 the policy says no/);
      expect(await check(aRequest({}, { target: '/orders/health' }))).toMatch(/^403 the policy says no/);
    }));

  it('refuses what cannot be asked', () =>
    withEnvoy(async (check) => {
      const request = bearing(token({ scope: 'orders:read' }));
      const headers = new Map([...request.headers, ['x-tenant', ['\u00ff']]]);
      expect(await check({ ...request, headers, target: '/orders' })).toBe('403 a header that is no text: the policy could not be asked');
      expect(await check({ ...request, target: '/orders?a=%ff' })).toBe('403 a query that is no text: the policy could not be asked');
    }));
});
