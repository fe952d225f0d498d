import { expect, it } from 'vitest';
import type { Spec } from '../../../../src/core/resource.ts';
import { waysWithRequests } from '../../../../src/providers/kong/reach/ways.ts';
import { desired, holdings, ours, owned } from './holding.ts';

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
