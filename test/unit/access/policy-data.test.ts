import { describe, expect, it } from 'vitest';
import { policyData, policyInput } from '../../../src/access/index.ts';
import type { Route } from '../../../src/blueprint/types.ts';
import { shop } from '../blueprint/shop.ts';
import { load, sso } from '../blueprint/loading.ts';
import { example } from './in-force.ts';

describe('the facts beside the policy', () => {
  it('are the services with what their routes demand, and the roles with what they include', async () => {
    const blueprint = await load(await sso());
    expect(policyData(blueprint)).toEqual({
      issuer: 'http://localhost:8080/realms/shop',
      services: {
        orders: {
          audience: 'orders',
          routes: {
            list: { method: 'GET', methods: ['GET', 'HEAD'], path: '/orders', public: false, scopes: ['orders:read'], roles: [] },
            read: { method: 'GET', methods: ['GET', 'HEAD'], path: '/orders/{id}', public: false, scopes: ['orders:read'], roles: [] },
            place: { method: 'POST', methods: ['POST'], path: '/orders', public: false, scopes: ['orders:write'], roles: ['order-writer'] },
            cancel: { method: 'DELETE', methods: ['DELETE'], path: '/orders/{id}', public: false, scopes: ['orders:write'], roles: ['admin'] },
            health: { method: 'GET', methods: ['GET', 'HEAD'], path: '/orders/health', public: true, scopes: [], roles: [] },
          },
        },
        invoices: {
          audience: 'invoices',
          routes: {
            list: { method: 'GET', methods: ['GET', 'HEAD'], path: '/invoices', public: false, scopes: ['invoices:read'], roles: [] },
            read: { method: 'GET', methods: ['GET', 'HEAD'], path: '/invoices/{id}', public: false, scopes: ['invoices:read'], roles: ['customer', 'support'] },
            health: { method: 'GET', methods: ['GET', 'HEAD'], path: '/invoices/health', public: true, scopes: [], roles: [] },
          },
        },
      },
      roles: {
        'order-writer': { includes: [] },
        'customer': { includes: ['order-writer'] },
        'support': { includes: [] },
        'admin': { includes: ['order-writer', 'support'] },
      },
    });
  });

  it('say of a route whose objects are owned what the owner goes by, and who may use anybody’s', async () => {
    expect(policyData(await example('hybrid.yaml'))).toMatchObject({
      services: { orders: { routes: { read: { ownedBy: 'id', anyOwner: ['support'] }, cancel: { ownedBy: 'id', anyOwner: ['admin'] } } } },
    });
  });
});

describe('the question to the policy', () => {
  const about = async (changes: Partial<Route>): Promise<Route> => ({ ...(await shop()).services.orders!.routes[1]!, ...changes });

  it('has the path in parts, and the variables by name', async () => {
    const route = await about({ path: '/orders/{id}/lines/{line}' });
    expect(policyInput(await shop(), route, { path: '/orders/7/lines/8', source: 'aws', token: null })).toEqual({
      request: { method: 'GET', path: '/orders/7/lines/8', segments: ['orders', '7', 'lines', '8'], query: {} },
      route: { service: 'orders', id: 'read', params: { id: '7', line: '8' } },
      source: 'aws',
      token: null,
    });
  });

  it('has no part of the root, and an empty text for a variable that the path leaves out', async () => {
    const root = policyInput(await shop(), await about({ path: '/' }), { path: '/', source: 'kong', token: null });
    expect(root).toMatchObject({ request: { segments: [] }, route: { params: {} } });
    expect(policyInput(await shop(), await about({}), { path: '/orders', source: 'kong', token: null })).toMatchObject({ route: { params: { id: '' } } });
  });

  it('names the owner where somebody looked', async () => {
    expect(policyInput(await shop(), await about({}), { path: '/orders/7', source: 'service', token: { sub: 'a' }, owner: 'alice' })).toMatchObject({
      object: { owner: 'alice' },
      token: { sub: 'a' },
    });
  });
});
