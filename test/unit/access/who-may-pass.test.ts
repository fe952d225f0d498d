import { describe, expect, it } from 'vitest';
import { callersOf, decides, expected, gateOf, givenRoles, judgedCallers, listedFor, listedIn, matrixOf, ownerRefusal, questionsOf, refusalOf, rolesOf, whoPasses } from '../../../src/access/index.ts';
import type { Caller, PolicyAnswer } from '../../../src/access/index.ts';
import type { AuthenticationPattern, AuthorizationPattern, Blueprint, Gateway, Route } from '../../../src/blueprint/types.ts';
import { refusalText } from '../../../src/access/refusal.ts';
import { load, sso } from '../blueprint/loading.ts';

const loaded = await load(await sso());

/**
 * The shop with other patterns, put together behind the loader's back. Its scopes are granted to everybody, so that roles are the only
 * thing that tells sam (support) from alice (customer) and ada (admin) on `orders.place`, which takes order-writers.
 */
const shop = (authentication: AuthenticationPattern, authorization: AuthorizationPattern, place: Partial<Route> = {}): Blueprint => {
  const { realm, services } = loaded;
  const scopes = Object.fromEntries(Object.entries(realm.scopes).map(([name, scope]) => [name, { ...scope, roles: [] }]));
  return {
    ...loaded,
    authorization: { ...loaded.authorization, pattern: authorization },
    realm: { ...realm, scopes },
    services: Object.fromEntries(
      Object.values(services).map((service) => [
        service.id,
        {
          ...service,
          authentication: { ...service.authentication, pattern: authentication },
          routes: service.routes.map((route) => (route.service === 'orders' && route.id === 'place' ? { ...route, ...place } : route)),
        },
      ]),
    ),
  };
};

const routeOf = (blueprint: Blueprint, name = 'orders.place'): Route =>
  Object.values(blueprint.services).flatMap(({ routes }) => routes).find(({ service, id }) => `${service}.${id}` === name)!;

/** Who gets through, when the policy says the same to everybody; `undefined`: nobody can ask it. */
const passing = (blueprint: Blueprint, gateway: Gateway, says: boolean | undefined, name = 'orders.place'): string => {
  const answers = says === undefined ? undefined : new Map(questionsOf(blueprint, 0).map(({ key }): [string, PolicyAnswer] => [key, { allow: says, reasons: [] }]));
  return matrixOf(blueprint, answers)
    .cells.filter((cell) => cell.gateway === gateway && `${cell.service}.${cell.route}` === name && cell.passes)
    .map(({ who }) => who)
    .join(' ');
};

const WRITERS = 'alice ada';
const PEOPLE = 'alice sam ada';

describe.each([
  // authentication, authorization, gateway: who verifies, who looks at roles, who asks; and whom a yes, a no and a silent policy lets through
  ['sso', 'none', 'kong', 'gateway', 'gateway', '', WRITERS, WRITERS, WRITERS],
  ['sso', 'none', 'aws', 'gateway', '', '', PEOPLE, PEOPLE, PEOPLE],
  ['sso', 'centralised', 'kong', 'gateway', '', 'gateway', PEOPLE, '', WRITERS],
  ['sso', 'centralised', 'aws', 'gateway', '', '', PEOPLE, PEOPLE, PEOPLE],
  ['sso', 'decentralised', 'kong', 'gateway service', 'gateway', 'service', WRITERS, '', WRITERS],
  ['sso', 'decentralised', 'aws', 'gateway service', '', 'service', PEOPLE, '', WRITERS],
  ['sso', 'hybrid', 'kong', 'gateway service', '', 'gateway service', PEOPLE, '', WRITERS],
  ['sso', 'hybrid', 'aws', 'gateway service', '', 'service', PEOPLE, '', WRITERS],
  ['opaque', 'none', 'kong', 'gateway', 'gateway', '', WRITERS, WRITERS, WRITERS],
  ['opaque', 'hybrid', 'kong', 'gateway service', '', 'gateway service', PEOPLE, '', WRITERS],
  ['session', 'none', 'kong', 'gateway', 'gateway', '', WRITERS, WRITERS, WRITERS],
  ['session', 'centralised', 'kong', 'gateway', '', 'gateway', PEOPLE, '', WRITERS],
  ['jwt', 'none', 'kong', 'service', 'service', '', WRITERS, WRITERS, WRITERS],
  ['jwt', 'none', 'aws', 'gateway service', 'service', '', WRITERS, WRITERS, WRITERS],
  ['jwt', 'decentralised', 'kong', 'service', '', 'service', PEOPLE, '', WRITERS],
  ['aws', 'none', 'aws', 'gateway', '', '', PEOPLE, PEOPLE, PEOPLE],
] as const)('%s, %s, behind %s', (authentication, authorization, gateway, verify, roles, ask, yes, no, silent) => {
  const blueprint = shop(authentication, authorization);

  it(`is verified by ${verify}; roles are looked at by ${roles || 'nobody'}; the policy is asked by ${ask || 'nobody'}`, () => {
    const found = decides(blueprint, gateway, routeOf(blueprint));
    expect([found.verify, found.roles, found.ask].map((parties) => parties.join(' '))).toEqual([verify, roles, ask]);
  });

  it('lets through whom the token and the policy let through', () => {
    expect([true, false, undefined].map((says) => passing(blueprint, gateway, says))).toEqual([yes, no, silent]);
  });

  it('asks nobody for a token on a public route, and the policy where the service decides itself', () => {
    const route = routeOf(blueprint, 'orders.health');
    const everybody = 'alice sam ada reports anonymous';
    const asked = ask.includes('service');
    expect(decides(blueprint, gateway, route)).toEqual({ verify: [], everyScope: false, roles: [], ask: asked ? ['service'] : [] });
    expect([true, false, undefined].map((says) => passing(blueprint, gateway, says, 'orders.health'))).toEqual([everybody, asked ? '' : everybody, everybody]);
    // Whatever token they hold, nobody looks at it there.
    const questions = questionsOf(blueprint, 0).filter((one) => one.route === 'orders.health');
    expect(new Set(questions.map(({ input }) => JSON.stringify(input))).size).toBe(asked ? 1 : 0);
  });
});

describe('a route with two scopes', () => {
  const two = { scopes: ['orders:read', 'orders:write'], roles: [] };
  it.each([
    ['sso', 'kong', PEOPLE],
    ['sso', 'aws', 'alice sam ada reports'],
    ['jwt', 'aws', PEOPLE],
    ['jwt', 'kong', PEOPLE],
  ] as const)('%s behind %s: AWS alone is content with one of them', (authentication, gateway, who) => {
    expect(passing(shop(authentication, 'none', two), gateway, undefined)).toBe(who);
  });
});

describe('what stands against a caller', () => {
  const none = shop('sso', 'none');
  const place = routeOf(none);
  const caller = (name: string, changes: Partial<Caller> = {}): Caller => ({ ...callersOf(none).find((one) => one.name === name)!, ...changes });
  const elsewhere: Blueprint = { ...none, services: { ...none.services, orders: { ...none.services.orders!, authentication: { ...none.authentication, issuer: 'https://other.example' } } } };
  it.each([
    ['nothing', none, 'kong', caller('alice'), undefined],
    ['no token', none, 'kong', caller('anonymous'), { because: 'no token' }],
    ['an issuer that is not the realm', elsewhere, 'aws', caller('alice'), { because: 'issuer', issuer: 'https://other.example' }],
    ['another audience, said before its scopes', none, 'kong', caller('alice', { audiences: ['invoices'], scopes: [] }), { because: 'audience', audience: 'orders' }],
    ['a scope too few', none, 'kong', caller('reports'), { because: 'scopes', missing: ['orders:write'] }],
    ['no role of the route', none, 'kong', caller('sam'), { because: 'roles', roles: ['order-writer'] }],
    ['no role of the route, where nobody looks', none, 'aws', caller('sam'), undefined],
  ] as const)('is %s', (_what, blueprint, gateway, who, refusal) => {
    expect(refusalOf(blueprint, { gateway, route: place, caller: who }, false)).toEqual(refusal);
  });

  it('is no missing scope where the route demands none, at AWS neither', () => {
    const route = { ...place, scopes: [], roles: [] };
    expect((['kong', 'aws'] as const).map((gateway) => refusalOf(none, { gateway, route, caller: caller('reports') }, false))).toEqual([undefined, undefined]);
  });

  it.each([
    [{ because: 'no token' }, 'there is no token'],
    [{ because: 'issuer', issuer: 'https://other.example' }, 'only tokens of https://other.example count there'],
    [{ because: 'audience', audience: 'orders' }, 'the token is not for the audience "orders"'],
    [{ because: 'scopes', missing: ['a', 'b'] }, 'the token has no scope a, b'],
    [{ because: 'roles', roles: ['a', 'b'] }, 'the route demands one of the roles a, b'],
  ] as const)('is put into words: %o', (refusal, text) => {
    expect(refusalText(refusal)).toBe(text);
  });

  it('is, on a route whose objects are owned, that nobody owns any of them', () => {
    const owned = { ownedBy: 'id', anyOwner: ['support'] };
    const blueprint = shop('sso', 'hybrid', owned);
    const orders = { ...blueprint.services.orders!, objects: { '1001': 'alice' } };
    const withObjects = { ...blueprint, services: { ...blueprint.services, orders } };
    const route = routeOf(withObjects);
    expect(['alice', 'sam', 'ada', 'reports'].map((who) => ownerRefusal(withObjects, route, who))).toEqual([undefined, undefined, undefined, 'acts for nobody']);
    const strict = { ...route, anyOwner: [] };
    expect(['alice', 'sam'].map((who) => ownerRefusal(withObjects, strict, who))).toEqual([undefined, 'owns nothing']);
  });
});

describe('roles', () => {
  const { realm, personas } = loaded;
  it.each([
    ['a persona', 'persona', 'sam', ['support'], ['support']],
    ['a persona whose role includes others', 'persona', 'ada', ['admin'], ['admin', 'order-writer', 'support']],
    ['a service account', 'client', 'reports', ['customer'], ['customer', 'order-writer']],
    ['a client that people sign in with', 'client', 'storefront', [], []],
    ['nobody in particular', 'anonymous', 'anonymous', [], []],
    ['somebody who is not there', 'persona', 'nobody', [], []],
    ['a name that objects have of themselves', 'persona', 'constructor', [], []],
  ] as const)('of %s', (_who, what, name, given, all) => {
    const clients = { ...realm.clients, reports: { ...realm.clients.reports!, roles: ['customer'] }, storefront: { ...realm.clients.storefront!, roles: ['admin'] } };
    const blueprint = { personas, realm: { ...realm, clients } };
    expect(givenRoles(blueprint, { what, name })).toEqual(given);
    expect([...rolesOf(blueprint, { what, name })].toSorted()).toEqual(all);
  });

  it('that a scope is granted to are none where it is granted to everybody, and where there is no such scope', () => {
    expect(['orders:write', 'orders:read', 'nothing', 'constructor'].map((scope) => gateOf(realm, scope))).toEqual([['order-writer'], [], [], []]);
  });

  it('come by groups that there are', () => {
    const sam = { ...personas.sam!, groups: ['staff', 'gone', 'constructor'] };
    const blueprint = { personas: { sam }, realm: { ...realm, groups: { staff: { roles: ['customer'] } } } };
    expect(givenRoles(blueprint, { what: 'persona', name: 'sam' })).toEqual(['support', 'customer']);
    expect(givenRoles(blueprint, { what: 'client', name: 'gone' })).toEqual([]);
    expect(givenRoles(blueprint, { what: 'anonymous', name: 'reports' })).toEqual([]);
  });

  it('that nobody declares include nothing', () => {
    const gone = { personas: { sam: { ...personas.sam!, roles: ['gone', 'constructor'] } }, realm };
    expect([...rolesOf(gone, { what: 'persona', name: 'sam' })].toSorted()).toEqual(['constructor', 'gone']);
  });

  it('that include one another in a circle end', () => {
    const roles = { a: { includes: ['b'] }, b: { includes: ['a'] } };
    const blueprint = { personas: { ann: { ...personas.sam!, roles: ['a'] } }, realm: { ...realm, roles } };
    expect([...rolesOf(blueprint, { what: 'persona', name: 'ann' })].toSorted()).toEqual(['a', 'b']);
  });
});

describe('expect', () => {
  it.each([
    ['alice', 'orders.place', undefined, true],
    ['sam', 'orders.place', undefined, false],
    ['sam', 'orders.health', undefined, true],
    ['anonymous', 'orders.list', undefined, false],
    ['nobody', 'orders.list', undefined, false],
    ['constructor', 'orders.list', undefined, false],
    ['alice', 'orders.read', 'own', true],
    ['alice', 'orders.read', 'foreign', false],
    ['sam', 'orders.read', 'foreign', true],
  ] as const)('%s on %s, object %s: %s', (who, name, whose, must) => {
    const route = { ...routeOf(loaded, name), ...(whose !== undefined && { ownedBy: 'id', anyOwner: ['support'] }) };
    expect(expected(loaded, who, route, whose)).toBe(must);
  });

  it('names who is tried, and whose token is good', () => {
    expect(judgedCallers({ ...loaded, expect: { sam: {} } })).toEqual(['sam', 'anonymous']);
    expect(judgedCallers(loaded)).toEqual(['alice', 'sam', 'ada', 'reports', 'anonymous']);
    expect(['orders.place', 'orders.cancel'].map((name) => whoPasses(loaded, routeOf(loaded, name)))).toEqual(['alice', 'ada']);
    expect(whoPasses({ ...loaded, expect: { anonymous: { orders: ['list'] } } }, routeOf(loaded, 'orders.list'))).toBeUndefined();
  });

  it('names everybody who is listed, and what somebody is listed for', () => {
    expect(['orders.list', 'orders.cancel', 'orders.health'].map((name) => listedFor(loaded, routeOf(loaded, name)))).toEqual([
      ['alice', 'sam', 'ada', 'reports'],
      ['ada'],
      ['alice', 'sam', 'ada', 'reports', 'anonymous'],
    ]);
    expect(['reports', 'nobody', 'constructor'].map((who) => listedIn(loaded, who))).toEqual([
      [
        ['orders', ['list', 'read', 'health']],
        ['invoices', ['list', 'health']],
      ],
      [],
      [],
    ]);
  });
});
