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
