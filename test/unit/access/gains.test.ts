import { describe, expect, it } from 'vitest';
import { accessChanges, asFound, beyond, gainsIn, isRoleGain, matrixOf, notWorkedOut, requestGains, roleGains } from '../../../src/access/index.ts';
import type { Plan } from '../../../src/core/plan.ts';
import type { Change, Danger, Gain, Spec } from '../../../src/core/resource.ts';
import { example, planOver } from './in-force.ts';

const origin = { file: 'shop.yaml', line: 7, column: 3 };
const danger = (id: string, gains?: readonly Gain[], effect: Danger['effect'] = 'opens'): Change => ({
  action: 'danger', effect, danger: { kind: 'kong.route', id, effect, what: 'w', origin, hint: 'h', ...(gains && { gains }) },
});
const over = async (dangers: readonly Change[], changed: Readonly<Record<string, Spec | null>> = {}) => {
  const blueprint = await example('sso.yaml');
  const plan: Plan = { ...planOver(blueprint, changed), dangers };
  return { blueprint, plan, found: asFound(blueprint, plan, 'kong').blueprint, routes: Object.values(blueprint.services).flatMap((service) => service.routes) };
};

/** Who may do what by these roles that nobody may by the blueprint, by roles and scopes alone. */
const byRoles = async (...gains: readonly Gain[]): Promise<readonly string[]> => {
  const { plan, found, routes } = await over([danger('one', gains)]);
  const more = beyond(found, gainsIn(plan).filter(isRoleGain));
  return roleGains(matrixOf(more.before, undefined).cells, matrixOf(more.after, undefined).cells, routes, more.by)
    .filter(({ gateway }) => gateway === 'kong')
    .map(({ who, request, reaches, by }) => `${who}: ${request} reaches ${reaches} by ${by}`);
};

describe('what somebody may do by a role beyond the blueprint', () => {
  it('is what the role opens, and nothing that anybody has who signs in', async () => {
    expect(await byRoles({ role: 'order-writer', holders: { people: ['mallory'] } })).toEqual(['mallory: POST /orders reaches orders.place by kong.route/one']);
    expect(await byRoles({ role: 'admin', holders: { people: ['mallory'] } })).toEqual([
      'mallory: POST /orders reaches orders.place by kong.route/one', 'mallory: DELETE /orders/{id} reaches orders.cancel by kong.route/one', 'mallory: GET /invoices/{id} reaches invoices.read by kong.route/one',
    ]);
  });

  it('is told of people of the blueprint as far as they could not before, whatever the case of their names', async () => {
    expect(await byRoles({ role: 'admin', holders: { people: ['Alice'] } })).toEqual(['alice: DELETE /orders/{id} reaches orders.cancel by kong.route/one']);
  });

  it('is one row where many have the same', async () => {
    const people = ['a1', 'a2', 'a3', 'a4'];
    expect(await byRoles({ role: 'order-writer', holders: { people } })).toEqual(['4 accounts with order-writer: POST /orders reaches orders.place by kong.route/one']);
  });

  it('is told of everybody with a role that contains it, of everybody at all, and of a client’s own account', async () => {
    expect(await byRoles({ role: 'admin', holders: { role: 'customer' } })).toEqual(['alice: DELETE /orders/{id} reaches orders.cancel by kong.route/one']);
    expect(await byRoles({ role: 'order-writer', holders: 'everybody' })).toEqual(['sam: POST /orders reaches orders.place by kong.route/one']);
    expect(await byRoles({ role: 'support', holders: { client: 'reports' } })).toEqual(['reports: GET /invoices/{id} reaches invoices.read by kong.route/one']);
  });
});

describe('what gets through without what the blueprint asks for', () => {
  const request = { request: 'GET /bd/orders', gateway: 'kong', reaches: 'orders.list' } as const;
  const rows = async (gain: Gain): Promise<readonly string[]> => {
    const { plan, found } = await over([danger('door', [gain])]);
    return requestGains(found, matrixOf(found, undefined).cells, gainsIn(plan)).map(({ who, by, reaches }) => `${who} ${reaches} ${by}`);
  };

  it('is everybody’s, as anonymous', async () => {
    expect(await rows({ ...request, who: 'anybody' })).toEqual(['anonymous orders.list kong.route/door']);
  });

  it('is of those whose token will do and who may not anyway', async () => {
    expect(await rows({ ...request, who: { audience: 'orders' } })).toEqual([]);
    expect(await rows({ ...request, reaches: 'orders.cancel', who: { audience: 'orders' } })).toEqual(['alice', 'sam', 'reports'].map((who) => `${who} orders.cancel kong.route/door`));
    expect(await rows({ ...request, reaches: 'orders', who: { audience: 'orders' } })).toEqual(['alice', 'sam', 'ada', 'reports'].map((who) => `${who} orders kong.route/door`));
  });
});

describe('what is not worked out', () => {
  const weaker = (address: string, path: string): Change => {
    const [kind = '', id = ''] = address.split('/', 2);
    const spec = {};
    return { action: 'update', effect: 'weakens', desired: { kind, id, spec, after: [], origin }, live: { kind, id, spec, owner: 'shop' }, because: [{ path, before: 1, after: 2 }] };
  };
  const of = async (changes: readonly Change[]): Promise<readonly string[]> => {
    const { plan } = await over([]);
    return notWorkedOut({ ...plan, waves: [changes], dangers: [] });
  };

  it('is what opens something and says nothing of who can do what by it', async () => {
    const { plan } = await over([danger('known', [{ role: 'admin', holders: 'everybody' }]), danger('unknown'), danger('mild', undefined, 'weakens')]);
    expect(notWorkedOut(plan)).toEqual(['kong.route/unknown']);
  });

  it('is a plugin that is missing where what it stands on is there, but for those that the matrix knows of', async () => {
    const missing = (id: string, on: string): Change => ({ action: 'create', effect: 'weakens', desired: { kind: 'kong.plugin', id, spec: { name: 'p', instance_name: id, service: { name: on } }, after: [], origin } });
    const there: Change = { action: 'keep', desired: { kind: 'kong.service', id: 'shop.orders', spec: {}, after: [], origin }, live: { kind: 'kong.service', id: 'shop.orders', spec: {}, owner: 'shop' } };
    expect(await of([there, missing('shop.orders.limit', 'shop.orders'), missing('shop.orders.jwt', 'shop.orders'), missing('shop.new.limit', 'shop.new')])).toEqual(['kong.plugin/shop.orders.limit']);
  });

  it('is nothing that a cell of the matrix is about', async () => {
    const { plan } = await over([]);
    const one: Change = { action: 'danger', effect: 'opens', danger: { kind: 'aws.route', id: 'list', effect: 'opens', what: 'is open', origin, hint: 'h' } };
    expect(notWorkedOut({ ...plan, waves: [[weaker('aws.route/list', 'AuthorizationType')]], dangers: [one] })).toEqual([]);
    expect(notWorkedOut({ ...plan, waves: [[weaker('aws.route/list', 'Target')]], dangers: [one] })).toEqual(['aws.route/list']);
  });

  it.each([
    ['keycloak.user/sam', 'realmRoles', []],
    ['keycloak.client/portal', 'optionalClientScopes[0]', []],
    ['kong.plugin/shop.orders.list.scope', 'config.scopes[0]', []],
    ['aws.route/list', 'AuthorizationType', []],
    ['opa.bundle/shop', 'files.authz', []],
    ['keycloak.client/portal', 'redirectUris', ['keycloak.client/portal']],
    ['kong.plugin/shop.orders.jwt', 'config.anonymous', ['kong.plugin/shop.orders.jwt']],
    ['kong.plugin/shop.orders.limit', 'enabled', ['kong.plugin/shop.orders.limit']],
    ['kong.route/shop.orders.list', 'methods', ['kong.route/shop.orders.list']],
  ] as const)('of a change to %s is told by its field %s', async (address, path, expected) => {
    expect(await of([weaker(address, path)])).toEqual(expected);
  });
});

it('a gateway without the jwt plugin lets nobody in, and that is told', async () => {
  const { blueprint, plan, routes } = await over([], { 'kong.plugin/shop.orders.jwt': { enabled: false } });
  const after = matrixOf(blueprint, undefined).cells.filter(({ gateway, service }) => gateway === 'kong' && service === 'orders');
  const changes = accessChanges(matrixOf(asFound(blueprint, plan, 'kong').blueprint, undefined).cells, after, routes);
  expect([new Set(changes.map(({ change }) => change)), changes.some(({ who, route }) => who === 'alice' && route === 'orders.list')]).toEqual([new Set(['opens']), true]);
});
