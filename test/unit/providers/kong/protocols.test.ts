import { describe, expect, it } from 'vitest';
import type { Spec } from '../../../../src/core/resource.ts';
import { waysWithRequests } from '../../../../src/providers/kong/reach/ways.ts';
import { desired, holdings, ours, owned, plugin, reach, wanted } from './holding.ts';
import type { Thing } from './holding.ts';

const side = (over: Spec) => ({ kind: 'kong.route', id: 'side', spec: { name: 'side', service: { name: 'shop.orders' }, paths: ['/side'], ...over } });
const wayBy = (over: Spec) => waysWithRequests(holdings(desired, [...owned(...ours), side(over)])).find(({ address }) => address === 'kong.route/side');

it.each([[['tls_passthrough']], [['tcp', 'tls']]])('what is met by %s alone is said not to be tried, and no request is sent in its place', (protocols) => {
  expect(wayBy({ protocols })).toMatchObject({ untried: protocols, requests: [] });
});

it.each([[['grpc', 'grpcs']], [['grpcs']]])('a route of %s is tried by a call', (protocols) => {
  expect(wayBy({ protocols })).toMatchObject({ requests: [{ method: 'POST', path: '/side', headers: [], grpc: true }, { method: 'POST', path: '/side/x', grpc: true }] });
  expect(wayBy({ protocols })).not.toHaveProperty('untried');
});

it('a route of http is tried as it is', () => {
  expect(wayBy({ protocols: ['http', 'https'] })).toMatchObject({ requests: [{ path: '/side', headers: [] }, { path: '/side/x' }] });
  expect(wayBy({ protocols: ['http', 'https'] })?.requests[0]).not.toHaveProperty('grpc');
  expect(wayBy({ protocols: ['https'] })).not.toHaveProperty('untried');
});

it('a route of WebSockets alone is tried by the handshake that opens one', () => {
  expect(wayBy({ protocols: ['ws', 'wss'] })?.requests[0]?.headers).toEqual([['Connection', 'Upgrade'], ['Upgrade', 'websocket'], ['Sec-WebSocket-Version', '13'], ['Sec-WebSocket-Key', expect.any(String)]]);
  expect(wayBy({ protocols: ['ws', 'wss'] })).not.toHaveProperty('untried');
});

it('a path of which no example can be worked out has none', () => {
  expect(wayBy({ protocols: ['http'], paths: ['~/side/(?<id>\\p{Nd}+)$'] })?.requests).toEqual([]);
  expect(wayBy({ protocols: ['http'], paths: ['~/side/(?<id>\\d+)$'] })?.requests[0]).toMatchObject({ path: '/side/4' });
});

describe('a way of HTTP to a server of gRPC', () => {
  const [orders, ...others] = ours;
  const stock = [{ ...orders!, spec: { ...orders!.spec, protocol: 'grpc' } }, ...others];
  const web = (name: string) => plugin(name, 'side.web', { route: { name: 'side' } });
  const wayTo = (over: Spec, ...plugins: readonly ReturnType<typeof plugin>[]) =>
    waysWithRequests(holdings(wanted(...stock), [...owned(...stock), side({ protocols: ['http', 'https'], ...over }), ...plugins])).find(({ address }) => address === 'kong.route/side');

  it('is tried by a message of gRPC', () => {
    expect(wayTo({})?.requests).toEqual(['/side', '/side/x'].map((path) => ({ method: 'POST', path, headers: [['Content-Type', 'application/grpc']], message: true })));
  });
  it('is tried as grpc-web has it where that plugin is in force', () => {
    expect(wayTo({}, web('grpc-web'))?.requests[0]).toEqual({ method: 'POST', path: '/side', headers: [['Content-Type', 'application/grpc-web+proto']], message: true });
    expect(wayTo({}, plugin('grpc-web', 'side.web', { route: { name: 'side' } }, {}, { enabled: false }))?.requests[0]).toMatchObject({ headers: [['Content-Type', 'application/grpc']] });
  });
  it('is tried by a method that it takes', () => expect(wayTo({ methods: ['GET'] })?.requests[0]).toMatchObject({ method: 'GET', message: true }));
  it('is said not to be tried where a .proto file says which requests get there', () => {
    expect(wayTo({}, web('grpc-gateway'))).toMatchObject({ untried: ['requests that the .proto file of grpc-gateway names'], requests: [] });
  });
  it('is a call where the route is one of gRPC', () => expect(wayTo({ protocols: ['grpc'] }, web('grpc-web'))?.requests[0]).toEqual({ method: 'POST', path: '/side', headers: [], grpc: true }));
});

it('a way by grpc-web to a server of HTTP is tried by what the plugin lets through', () => {
  const found = waysWithRequests(holdings(desired, [...owned(...ours), side({ protocols: ['http'] }), plugin('grpc-web', 'side.web', { route: { name: 'side' } })])).find(({ address }) => address === 'kong.route/side');
  expect(found?.requests[0]).toMatchObject({ method: 'POST', headers: [['Content-Type', 'application/grpc-web+proto']], message: true });
});

describe('what is met by calls alone', () => {
  const call: Spec = { protocols: ['grpc', 'grpcs'], methods: null, strip_path: false };
  const stock = ours.map((thing) => (thing.kind === 'kong.service' ? { ...thing, spec: { ...thing.spec, protocol: 'grpc' } } : thing.kind === 'kong.route' ? { ...thing, spec: { ...thing.spec, ...call, paths: ['~/depot\\.v1\\.Stock/Get$'] } } : thing));
  const theirs = { kind: 'kong.service', id: 'theirs', spec: { name: 'theirs', protocol: 'grpc', host: 'orders', port: 9101, enabled: true } };
  const door = (over: Spec) => side({ service: { name: 'theirs' }, ...call, ...over });
  const dangers = async (...foreign: readonly Thing[]) => (await reach(wanted(...stock), [...owned(...stock), ...foreign])).dangers;

  it('is told as a call', async () => {
    const found = await dangers(theirs, door({ paths: ['/side.v1.Door/'] }));
    expect(found.map(({ what }) => what)).toEqual(['GRPC /side.v1.Door/ reaches orders:9101, the upstream of shop.orders, without a token']);
    expect(found[0]?.gains).toEqual([{ request: 'GRPC /side.v1.Door/', reaches: 'orders', gateway: 'kong', who: 'anybody' }]);
  });
  it('is told as a call that is taken, and as one by which others get there', async () => {
    const found = await dangers(theirs, door({ paths: ['~/depot\\.v1\\.Stock/.*$'], regex_priority: 99 }));
    expect(found.map(({ what }) => what).join('; ')).toContain('GRPC /depot.v1.Stock/Get comes here and not to shop.orders.list');
    expect(found[0]?.gains).toEqual([{ request: 'GRPC /depot.v1.Stock/Get', reaches: 'orders.list', gateway: 'kong', who: 'anybody' }]);
  });
  it('is a POST where HTTP gets there', async () => {
    const found = await dangers(theirs, door({ protocols: ['http'], paths: ['~/depot\\.v1\\.Stock/.*$'], regex_priority: 99 }));
    expect(found[0]?.gains).toEqual([{ request: 'POST /depot.v1.Stock/Get', reaches: 'orders.list', gateway: 'kong', who: 'anybody' }]);
  });
  it('is not taken by a route that no call meets', async () => {
    const elsewhere = { ...theirs, id: 'elsewhere', spec: { ...theirs.spec, name: 'elsewhere', protocol: 'http', host: 'elsewhere' } };
    const taking = (methods: readonly string[]) => dangers(elsewhere, side({ service: { name: 'elsewhere' }, protocols: ['http'], methods, paths: ['~/depot\\.v1\\.Stock/Get$'], regex_priority: 99 }));
    expect(await taking(['GET', 'PUT'])).toEqual([]);
    expect((await taking(['POST'])).map(({ effect }) => effect)).toEqual(['exposes']);
  });
});
