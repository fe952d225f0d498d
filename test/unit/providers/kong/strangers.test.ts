import { describe, expect, it } from 'vitest';
import { Problem } from '../../../../src/core/problem.ts';
import { Secret } from '../../../../src/core/secret.ts';
import type { Entity } from '../../../../src/providers/kong/client.ts';
import { otherWorkspaces } from '../../../../src/providers/kong/reach/workspaces.ts';
import { consumer, credential, desired, guard, holdings, jwt, key, ourPlugin, ours, owned, plugin, reach, route, scope, service, wanted } from './holding.ts';
import type { Thing } from './holding.ts';

const told = async (...found: Parameters<typeof reach>) => (await reach(...found)).dangers.map(({ kind, id, effect, what }) => [`${kind}/${id}`, effect, what]);

describe("a name that somebody else's certificate is shown for", () => {
  const sni = (name: string): Thing => ({ kind: 'kong.sni', id: name, spec: { name, certificate: { id: 'c' } } });
  it.each(['kong.example', '*.example', '*'])('is told where it is that of our clients: %s', async (name) => {
    expect(await told(desired, [...owned(...ours), sni(name)], { tls: true })).toEqual([
      [`kong.sni/${name}`, 'exposes', `clients of kong.example are shown the certificate of ${name}, whose key somebody else holds: whoever has it can be kong.example to them`],
    ]);
  });
  it.each([
    ['another name', sni('partner.example'), true],
    ['our own name', sni('kong.example'), false],
  ])('is nothing where it is %s, or where nobody comes by TLS', async (_what, foreign, tls) => {
    expect(await told(desired, [...owned(...ours), foreign], { tls })).toEqual([]);
  });
  it('is ours where the blueprint has it', async () => {
    const own = sni('kong.example');
    expect(await told([...desired, ...wanted(own)], owned(...ours, own), { tls: true })).toEqual([]);
  });
});

describe('what stands behind such a name', () => {
  const at = (cert: string): readonly Thing[] => [{ kind: 'kong.sni', id: 'kong.example', spec: { name: 'kong.example', certificate: { id: 'c' } } }, { kind: 'kong.certificate', id: '#c', spec: { id: 'c', cert }, ref: { id: 'c' } }];
  const seen = async (cert: string) => (await reach(desired, [...owned(...ours), ...at(cert)], { tls: true })).dangers.map((danger) => danger.seen);
  it('is looked at: another certificate of the same id is told again', async () => {
    expect(await seen('one')).toHaveLength(1);
    expect(await seen('one')).toEqual(await seen('one'));
    expect(await seen('two')).not.toEqual(await seen('one'));
  });
});

describe('a key in a set of ours', () => {
  const set: Thing = { kind: 'kong.key_set', id: 'signers', spec: { name: 'signers' } };
  const inSet = (name: string, to: string | null, owner?: string): Thing => ({ kind: 'kong.key', id: name, spec: { name, kid: 'k1', set: to === null ? null : { name: to } }, owner });
  it.each([undefined, 'shop', 'billing'])('that the blueprint does not state opens, whatever mark it carries: %s', async (owner) => {
    expect(await told([...desired, ...wanted(set)], [...owned(...ours, set), inSet('theirs', 'signers', owner)])).toEqual([
      ['kong.key/theirs', 'opens', 'is a key of our set signers (kid k1): what its holder signs is good wherever a plugin takes the set'],
    ]);
  });
  it('is nothing where it is ours, of a set of others, or of none', async () => {
    const own = inSet('own', 'signers');
    expect(await told([...desired, ...wanted(set, own)], [...owned(...ours, set, own), inSet('a', 'theirs'), inSet('b', null)])).toEqual([]);
  });
});

describe('a vault', () => {
  const vault = (prefix: string): Thing => ({ kind: 'kong.vault', id: prefix, spec: { prefix, name: 'env', description: null, config: { prefix: 'X_' } } });
  const opaque = ourPlugin('authctl-phantom-token', 'shop.orders.phantom', { service: { name: 'shop.orders' } }, {
    introspection_url: 'https://id.example/introspect', client_id: 'gateway', client_secret: new Secret('{vault://theirs/client/secret}'), issuer: 'https://id.example', audience: 'orders',
  });
  it('of others that a value of ours comes from is told, and again when it leads elsewhere', async () => {
    const [first] = (await reach([...desired, ...wanted(opaque)], [...owned(...ours, opaque), vault('theirs'), vault('unrelated')])).dangers;
    expect(first).toMatchObject({ kind: 'kong.vault', id: 'theirs', effect: 'weakens', what: expect.stringContaining('gives kong.plugin/shop.orders.phantom a value') as string });
    const moved = { ...vault('theirs'), spec: { prefix: 'theirs', name: 'env', description: null, config: { prefix: 'Y_' } } };
    expect((await reach([...desired, ...wanted(opaque)], [...owned(...ours, opaque), moved])).dangers[0]?.seen).not.toBe(first?.seen);
  });
  it('of others is nothing where no value of ours does', async () => expect(await told(desired, [...owned(...ours), vault('theirs')])).toEqual([]));
  it('of our own is compared as a whole, and not told', async () => {
    const own = vault('theirs');
    expect(await told([...desired, ...wanted(opaque, own)], owned(...ours, opaque, own))).toEqual([]);
  });
});

describe('a chain of filters', () => {
  const chain = (where: { readonly route?: string; readonly service?: string }) => ({ id: 'theirs', route: undefined, service: undefined, ...where, filters: ['proxy_filter'], row: [] });
  it.each([{ route: 'shop.orders.list' }, { service: 'shop.orders' }, {}])('on requests of ours runs code: %o', async (where) => {
    expect(await told(desired, owned(...ours), { filterChains: [chain(where)] })).toMatchObject([['kong.filter_chain/theirs', 'opens', expect.stringContaining('proxy_filter on') as string]]);
  });
  it('on those of others is theirs', async () => expect(await told(desired, owned(...ours), { filterChains: [chain({ service: 'theirs' })] })).toEqual([]));
});

describe('a credential that a guard of ours takes', () => {
  const keyAuth = plugin('key-auth', 'shop.orders.key', { service: { name: 'shop.orders' } });
  const acl = plugin('acl', 'shop.orders.acl', { service: { name: 'shop.orders' } }, { allow: ['shoppers'] });
  const theirs: Thing = { kind: 'kong.keyauth_credential', id: 'partner/#1', spec: { id: '1', consumer: { username: 'partner' } } };
  const member = (group: string): Thing => ({ kind: 'kong.acl', id: `partner/${group}`, spec: { consumer: { username: 'partner' }, group } });
  const found = [['kong.keyauth_credential/partner/#1', 'opens', expect.stringContaining('is taken on shop.orders.list by key-auth') as string]];

  it("lets somebody else's consumer in", async () => {
    const all = [service, route, keyAuth];
    expect(await told(wanted(...all), [...owned(...all), theirs])).toMatchObject(found);
  });
  it.each([['shoppers', 1], ['others', 0]] as const)('is asked for its group: %s', async (group, count) => {
    const all = [service, route, keyAuth, acl];
    expect(await told(wanted(...all), [...owned(...all), theirs, member(group)])).toMatchObject(found.slice(0, count));
  });
  it('is nothing where nobody takes it', async () => expect(await told(desired, [...owned(...ours), theirs])).toEqual([]));

  it.each([['shoppers', 1], ['others', 0]] as const)('is a key that signs, for whoever is in the group: %s', async (group, count) => {
    const all = [service, route, guard, jwt, scope, consumer, key, acl];
    const foreign = credential('partner/kid-9', 'partner', 'kid-9');
    expect(await told(wanted(...all), [...owned(...all), foreign, member(group)])).toMatchObject([['kong.jwt_secret/partner/kid-9', 'opens', expect.stringContaining('is accepted by shop.orders.jwt') as string]].slice(0, count));
  });
});

describe('another workspace', () => {
  const rows = (): Record<string, readonly Entity[]> => ({
    services: [{ id: 's', name: 'shop.orders', protocol: 'http', host: 'orders', port: 9101, path: null, enabled: true }],
    routes: [{ id: 'r', name: 'shop.orders.list', service: { id: 's' }, paths: ['/bd'], methods: null, hosts: null, headers: null, protocols: ['http', 'https'], regex_priority: 0 }],
    plugins: [],
  });
  const look = (held: Record<string, Record<string, readonly Entity[]> | Error>, names = Object.keys(held)) =>
    otherWorkspaces({
      own: 'default',
      holdings: holdings(desired, owned(...ours)),
      adminOf: (workspace) => ({
        list: (path) => {
          if (workspace === undefined) return Promise.resolve(['default', ...names].map((name) => ({ id: name, name })));
          const there = held[workspace];
          return there instanceof Error ? Promise.reject(there) : Promise.resolve(there?.[path] ?? []);
        },
      }),
    });

  it('that leads to ours is told by its name and that of the route', async () => {
    expect(await look({ 'team-b': rows() })).toMatchObject({ dangers: [{ kind: 'kong.route', id: 'team-b/shop.orders.list', effect: 'opens', what: expect.stringContaining('any method on /bd') as string }], unseen: [] });
  });
  it('with a guard of its own for everything is told by what it lets in', async () => {
    const guarded = { ...rows(), plugins: [{ id: 'p', name: 'request-termination', enabled: true, config: { status_code: 403 }, service: null, route: null, consumer: null, protocols: ['http', 'https'] }] };
    expect((await look({ 'team-b': guarded })).dangers).toMatchObject([{ effect: 'differs' }]);
  });
  it('that takes requests of ours is told', async () => {
    const there = rows();
    const taking = { ...there, services: there.services?.map((row) => ({ ...row, host: 'evil.example' })) ?? [], routes: there.routes?.map((row) => ({ ...row, paths: ['~/orders$'], methods: ['GET'], regex_priority: 1000 })) ?? [] };
    expect((await look({ 'team-b': taking })).dangers).toMatchObject([{ id: 'team-b/shop.orders.list', effect: 'exposes' }]);
  });
  it('with nothing of ours in reach is silent', async () => {
    const there = rows();
    expect(await look({ 'team-b': { ...there, services: there.services?.map((row) => ({ ...row, host: 'elsewhere' })) ?? [] } })).toEqual({ dangers: [], unseen: [] });
  });
  it('that may not be read, or is one too many, is told as not looked at', async () => {
    const refused = new Problem('KONG_FORBIDDEN', 'kong does not let this login list services (403)');
    expect((await look({ 'team-b': refused, 'team-c': {} })).unseen).toMatchObject([{ what: expect.stringContaining('the workspace team-b') as string, why: refused.message }]);
    expect((await look({}, Array.from({ length: 22 }, (_, at) => `team-${at}`))).unseen).toMatchObject([{ what: expect.stringContaining('2 of 22 other workspaces') as string }]);
  });
});
