import { describe, expect, it } from 'vitest';
import { waysWithRequests } from '../../../../src/providers/kong/reach/ways.ts';
import type { Holdings } from '../../../../src/providers/kong/reach/gateway.ts';
import { guard, holdings, jwt, ourPlugin, owned, plugin, reach, route, scope, service, consumer, key, wanted } from './holding.ts';
import type { Thing } from './holding.ts';

const at = (thing: Thing, host: string): Thing => ({ ...thing, spec: { ...thing.spec, host } });
/** The service of the blueprint at 127.0.0.1, and another one of it at 127.0.0.2. */
const orders = at(service, '127.0.0.1');
const stock: readonly Thing[] = [
  { kind: 'kong.service', id: 'shop.stock', spec: { ...service.spec, name: 'shop.stock', host: '127.0.0.2' } },
  { kind: 'kong.route', id: 'shop.stock.list', spec: { ...route.spec, name: 'shop.stock.list', service: { name: 'shop.stock' }, paths: ['~/stock$'] } },
  ourPlugin('authctl-token-guard', 'shop.stock.guard', { service: { name: 'shop.stock' } }, { public: false, issuer: 'https://id.example', audience: 'stock', algorithms: ['RS256'] }),
  ourPlugin('jwt', 'shop.stock.jwt', { service: { name: 'shop.stock' } }, {}),
  ourPlugin('authctl-scope-guard', 'shop.stock.scope', { service: { name: 'shop.stock' } }, {}),
];
const ours = [orders, route, guard, jwt, scope, consumer, key];
const theirs = (host: string): Thing => ({ kind: 'kong.service', id: 'theirs', spec: { ...service.spec, name: 'theirs', host } });
const door = (paths: readonly string[] = ['/bd']): Thing => ({ kind: 'kong.route', id: 'side-door', spec: { name: 'side-door', service: { name: 'theirs' }, paths, protocols: ['http', 'https'] } });
const dangers = async (stated: readonly Thing[], foreign: readonly Thing[], more: Partial<Holdings> = {}) => (await reach(wanted(...stated), [...owned(...stated), ...foreign], more)).dangers.map(({ id, effect, what }) => [id, effect, what]);
const told = (place: string, of: string) => [['side-door', 'opens', `any method on /bd reaches ${place}:9101, the upstream of ${of}, without a token`]];

describe('a way to this machine', () => {
  it.each(['localhost', '[::1]', '0.0.0.0', '127.0.0.1'])('leads to our upstream by %s', async (host) => expect(await dangers(ours, [theirs(host), door()])).toEqual(told(host, 'shop.orders')));
  it.each(['127.0.0.2', '127.8.8.8', '[::ffff:127.0.0.2]'])('leads there perhaps by %s', async (host) => {
    expect(await dangers(ours, [theirs(host), door()])).toEqual(told(host, 'shop.orders, if that listens on all addresses of its machine'));
  });
  it('leads there perhaps by the address of a network card, where Kong is here', async () => {
    const more = { local: new Set(['10.0.0.5', 'loopback']) };
    expect(await dangers(ours, [theirs('10.0.0.5'), door()], more)).toEqual(told('10.0.0.5', 'shop.orders, if that listens on all addresses of its machine'));
    expect(await dangers(ours, [theirs('10.0.0.6'), door()], more)).toEqual([]);
    expect(await dangers(ours, [theirs('10.0.0.5'), door()])).toEqual([]);
  });
  it('leads to the service that is at that address, and only where none is perhaps to another', async () => {
    const both = [...ours, ...stock];
    expect(await dangers(both, [theirs('127.0.0.2'), door()])).toEqual(told('127.0.0.2', 'shop.stock'));
    expect(await dangers(both, [theirs('127.0.0.1'), door()])).toEqual(told('127.0.0.1', 'shop.orders'));
  });
  const asked = (audience: string) => [
    plugin('authctl-token-guard', 'p', { service: { name: 'theirs' } }, { public: false, issuer: 'https://id.example', audience, algorithms: ['RS256'] }),
    plugin('jwt', 'q', { service: { name: 'theirs' } }),
  ];
  it('has to ask for a token for the service that is there, and not for that of the next address', async () => {
    const effects = async (audience: string) => (await dangers([...ours, ...stock], [theirs('127.0.0.2'), door(), ...asked(audience)])).map(([id, effect]) => [id, effect]);
    expect([await effects('orders'), await effects('stock')]).toEqual([[['side-door', 'opens']], [['side-door', 'weakens']]]);
  });
  it('that takes requests of ours to the next address hands over what they carry', async () => {
    const effects = async (host: string) => (await dangers(ours, [theirs(host), { ...door(['~/orders$']), spec: { ...door(['~/orders$']).spec, methods: ['GET'], regex_priority: 99 } }, ...asked('orders')])).map(([, effect]) => effect);
    expect([await effects('127.0.0.1'), await effects('127.0.0.2')]).toEqual([['weakens'], ['exposes']]);
  });
  it("leads to Kong's Admin API perhaps", async () => {
    const controls = [{ url: 'http://localhost:8001', what: "Kong's Admin API" }];
    const admin = (host: string): readonly Thing[] => [{ ...theirs(host), spec: { ...theirs(host).spec, port: 8001 } }, door()];
    expect(await dangers(ours, admin('127.0.0.1'), { controls })).toEqual([['side-door', 'opens', "any method on /bd reaches Kong's Admin API at 127.0.0.1:8001, without a token"]]);
    expect(await dangers(ours, admin('127.0.0.9'), { controls })).toEqual([['side-door', 'opens', "any method on /bd reaches Kong's Admin API at 127.0.0.9:8001, if that listens on all addresses of its machine, without a token"]]);
  });
  it('is tried, and said to lead there perhaps', () => {
    const ways = (host: string) => waysWithRequests(holdings(wanted(...ours), [...owned(...ours), theirs(host), door()])).filter(({ stated }) => !stated);
    expect(ways('127.0.0.2')).toMatchObject([{ address: 'kong.route/side-door', service: 'orders', perhaps: true }]);
    expect(ways('127.0.0.1')[0]).not.toHaveProperty('perhaps');
  });
});
