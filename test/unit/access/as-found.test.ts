import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Blueprint, Gateway } from '../../../src/blueprint/types.ts';
import type { Plan } from '../../../src/core/plan.ts';
import { addressOf } from '../../../src/core/resource.ts';
import type { Spec } from '../../../src/core/resource.ts';
import { accessChanges, asFound, matrixOf } from '../../../src/access/index.ts';
import { expand } from '../../../src/patterns/index.ts';
import { example, planOver } from './in-force.ts';

/** What the plan opens and closes at one gateway, by roles and scopes alone. */
const changesOf = (blueprint: Blueprint, plan: Plan, gateway: Gateway): readonly string[] => {
  const routes = Object.values(blueprint.services).flatMap((service) => service.routes);
  const after = matrixOf(blueprint, undefined).cells.filter((cell) => cell.gateway === gateway);
  const before = matrixOf(asFound(blueprint, plan, gateway).blueprint, undefined).cells;
  return accessChanges(before, after, routes).map(({ change, route, who }) => `${change} ${route} for ${who}`);
};

const examples = readdirSync('blueprints').filter((name) => name.endsWith('.yaml') && name !== 'broken.yaml');

describe.each(examples)('what is found where blueprints/%s is in force', (name) => {
  it('gives everybody what the blueprint gives them', async () => {
    const blueprint = await example(name);
    for (const gateway of ['kong', 'aws'] as const) expect(changesOf(blueprint, planOver(blueprint), gateway)).toEqual([]);
  });

  it('gives nobody anything where nothing is', async () => {
    const blueprint = await example(name);
    const nothing = Object.fromEntries(expand(blueprint).desired.map((desired) => [addressOf(desired), null]));
    for (const gateway of ['kong', 'aws'] as const)
      expect(matrixOf(asFound(blueprint, planOver(blueprint, nothing), gateway).blueprint, undefined).cells).toEqual([]);
  });
});

describe('what is found', () => {
  it.each([
    ['a person with a role too many', { 'keycloak.user/shop/sam': { realmRoles: ['customer', 'support'] } }, ['closes orders.place for sam']],
    ['a person without an account', { 'keycloak.user/shop/sam': null }, ['orders.list', 'orders.read', 'invoices.list', 'invoices.read'].map((route) => `opens ${route} for sam`)],
    ['a client that lost a scope', { 'keycloak.client/shop/reports': { defaultClientScopes: ['basic', 'orders:read'] } }, ['opens invoices.list for reports']],
    ['a scope that lost its gate, and a route that lost its policy', { 'kong.plugin/shop.orders.place.opa': null, 'keycloak.client-scope/shop/orders:write': { scopeMappings: [] }, 'kong.plugin/shop.orders.place.scope': { config: { scopes: ['orders:write'], roles: [] } } }, ['closes orders.place for sam']],
    ['a scope that leads to another audience', { 'keycloak.client-scope/shop/invoices:read': { mappers: {} } }, [...['alice', 'sam', 'ada', 'reports'].map((who) => `opens invoices.list for ${who}`), ...['alice', 'sam', 'ada'].map((who) => `opens invoices.read for ${who}`)]],
    ['a role that includes another', { 'keycloak.role/shop/support': { composites: ['admin'] } }, ['closes orders.place for sam', 'closes orders.cancel for sam']],
    ['a route that is not there', { 'kong.route/shop.orders.health': null }, ['alice', 'sam', 'ada', 'reports', 'anonymous'].map((who) => `opens orders.health for ${who}`)],
    ['a route whose guards are gone', { 'kong.plugin/shop.orders.jwt': null, 'kong.plugin/shop.orders.guard': null, 'kong.plugin/shop.orders.scope': null, 'kong.plugin/shop.orders.cancel.scope': null }, [...['alice', 'sam', 'reports', 'anonymous'].map((who) => `closes orders.cancel for ${who}`), ...['list', 'read'].flatMap((route) => ['alice', 'sam', 'ada', 'reports'].map((who) => `opens orders.${route} for ${who}`)), ...['alice', 'ada'].map((who) => `opens orders.place for ${who}`)]],
    ['a route that refuses everything', { 'kong.plugin/shop.orders.list.scope': { enabled: false } }, ['alice', 'sam', 'ada', 'reports'].map((who) => `opens orders.list for ${who}`)],
  ] as const)('at Kong: %s', async (_what, changed, expected) => {
    const blueprint = await example('sso.yaml');
    const found = changesOf(blueprint, planOver(blueprint, changed as Readonly<Record<string, Spec | null>>), 'kong');
    expect(found.toSorted()).toEqual([...expected].toSorted());
  });

  it.each([
    ['a guard that follows no keys any more', { 'kong.plugin/fair.orders.guard': { config: { public: false, keys: 'pinned' } } }, ['vera', 'toni', 'ledger'].map((who) => `opens orders.list for ${who}`)],
    ['a guard that is gone', { 'kong.plugin/fair.orders.guard': null }, ['vera', 'toni', 'ledger'].map((who) => `opens orders.list for ${who}`)],
  ] as const)('at a Kong that follows keys: %s', async (_what, changed, expected) => {
    const blueprint = await example('mixed.yaml');
    const found = changesOf(blueprint, planOver(blueprint, changed as Readonly<Record<string, Spec | null>>), 'kong').filter((change) => change.includes('orders.list'));
    expect(found.toSorted()).toEqual([...expected].toSorted());
  });

  const everybody = ['alice', 'sam', 'ada', 'reports', 'anonymous'];
  it.each([
    ['a service of Kong that is off', 'kong', { 'kong.service/shop.orders.public': { enabled: false } }, everybody.map((who) => `opens orders.health for ${who}`)],
    ['a route of Kong that leads nowhere', 'kong', { 'kong.route/shop.orders.health': { service: null } }, everybody.map((who) => `opens orders.health for ${who}`)],
    ['a route of API Gateway of which HEAD alone is left', 'aws', { 'aws.route/shop/GET /orders/health': null }, everybody.map((who) => `opens orders.health for ${who}`)],
    ['a route of API Gateway of which HEAD alone is gone', 'aws', { 'aws.route/shop/HEAD /orders/health': null }, []],
    ['an authorizer for others', 'aws', { 'aws.authorizer/shop/invoices': { JwtConfiguration: { Issuer: 'https://elsewhere.example', Audience: ['invoices'] } } }, ['alice', 'sam', 'ada', 'reports'].map((who) => `opens invoices.list for ${who}`)],
    ['an authorizer for another service', 'aws', { 'aws.authorizer/shop/invoices': { JwtConfiguration: { Issuer: null, Audience: ['orders'] } } }, ['alice', 'sam', 'ada', 'reports'].map((who) => `opens invoices.list for ${who}`)],
    ['a client whose sign-in is off', 'aws', { 'keycloak.client/shop/storefront': { standardFlowEnabled: false } }, ['alice', 'sam', 'ada'].flatMap((who) => ['orders.list', 'orders.read', 'invoices.list'].map((route) => `opens ${route} for ${who}`)).concat(['alice', 'ada'].map((who) => `opens orders.place for ${who}`))],
    ['a service client that gets no token', 'aws', { 'keycloak.client/shop/reports': { serviceAccountsEnabled: false } }, ['orders.list', 'orders.read', 'invoices.list'].map((route) => `opens ${route} for reports`)],
  ] as const)('closed is what somebody has closed: %s', async (_what, gateway, changed, expected) => {
    const blueprint = await example('sso.yaml');
    const found = changesOf(blueprint, planOver(blueprint, changed as Readonly<Record<string, Spec | null>>), gateway);
    expect(found.toSorted()).toEqual([...expected].toSorted());
  });

  it.each(['realm', 'stage'] as const)('nobody with a token passes while the %s is off', async (what) => {
    const blueprint = await example('sso.yaml');
    const plan = planOver(blueprint, what === 'realm' ? { 'keycloak.realm/shop': { enabled: false } } : { 'aws.stage/shop/$default': null });
    const cells = matrixOf(asFound(blueprint, plan, 'aws').blueprint, undefined).cells.filter(({ passes }) => passes);
    expect([...new Set(cells.map(({ service, route }) => `${service}.${route}`))].toSorted()).toEqual(what === 'realm' ? ['invoices.health', 'orders.health'] : []);
  });

  it('without a key of the issuer at Kong nobody passes with a token, while it is not known which keys there are everybody does', async () => {
    const blueprint = await example('sso.yaml');
    const plan = planOver(blueprint);
    const key = { kind: 'kong.jwt_secret', id: 'shop.issuer/kid-1', spec: {}, after: [], origin: blueprint.at('realm') };
    const opened = (steps: Plan['waves'][number]): number => changesOf(blueprint, { ...plan, waves: [...plan.waves, steps] }, 'kong').length;
    const passing = matrixOf(blueprint, undefined).cells.filter((cell) => cell.gateway === 'kong' && cell.passes && !cell.route.startsWith('health')).length;
    expect(opened([{ action: 'create', desired: key }])).toBe(passing);
    expect(opened([{ action: 'keep', desired: key, live: { ...key, owner: 'shop' } }])).toBe(0);
    expect(opened([{ action: 'create', desired: key }, { action: 'keep', desired: { ...key, id: 'shop.issuer/kid-0' }, live: { ...key, id: 'shop.issuer/kid-0', owner: 'shop' } }])).toBe(0);
    expect(opened([])).toBe(0);
  });

  it('at AWS: a route without its authorizer is open to everybody', async () => {
    const blueprint = await example('sso.yaml');
    const plan = planOver(blueprint, { 'aws.route/shop/POST /orders': { AuthorizationType: 'NONE', AuthorizationScopes: [] } });
    expect(changesOf(blueprint, plan, 'aws').toSorted()).toEqual(['closes orders.place for anonymous', 'closes orders.place for reports', 'closes orders.place for sam']);
  });

  it('at Kong: a route whose OPA plugin is gone is named, because the policy has no say there', async () => {
    const blueprint = await example('sso.yaml');
    expect(asFound(blueprint, planOver(blueprint), 'kong').unasked).toEqual(new Set());
    expect(asFound(blueprint, planOver(blueprint, { 'kong.plugin/shop.orders.list.opa': null }), 'kong').unasked).toEqual(new Set(['orders.list']));
  });

  it('holds the policy in force, not the one to come', async () => {
    const blueprint = await example('sso.yaml');
    const plan = planOver(blueprint, { 'opa.bundle/shop': { files: { 'authz.rego': 'package shop.authz' } } });
    expect(asFound(blueprint, plan, 'kong').policy).toEqual({ 'authz.rego': 'package shop.authz' });
  });
});
