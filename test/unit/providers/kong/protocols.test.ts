import { describe, expect, it } from 'vitest';
import type { Spec } from '../../../../src/core/resource.ts';
import { waysWithRequests } from '../../../../src/providers/kong/reach/ways.ts';
import { desired, holdings, ours, owned, plugin, wanted } from './holding.ts';

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
