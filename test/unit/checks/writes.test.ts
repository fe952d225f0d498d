import { describe, expect, it } from 'vitest';
import type { Route, Service } from '../../../src/blueprint/types.ts';
import type { RouteSubject } from '../../../src/checks/contract.ts';
import type { Attack } from '../../../src/checks/kit/index.ts';
import { createWrites } from '../../../src/checks/kit/writes.ts';
import { Secret } from '../../../src/core/secret.ts';

const at = { file: 'shop.yaml', line: 4, column: 1 };
const GOOD = 'a-good-opaque-token';
const forService = (aud: unknown): string => ['{"alg":"RS256"}', JSON.stringify({ aud }), 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.');
const subjectOf = (route: Partial<Route> = {}): RouteSubject => {
  const whole = { id: 'cancel', service: 'orders', method: 'DELETE', path: '/orders/{id}', public: false, scopes: [], roles: [], anyOwner: [], gateways: ['kong'], at, ...route } as Route;
  const service = { id: 'orders', audience: 'orders', objects: {}, routes: [whole], authentication: { token: {} }, at } as unknown as Service;
  return { gateway: 'kong', service, route: whole, name: 'kong orders.cancel', origin: at };
};
const sample = { path: { id: '7' }, query: {}, headers: {} };
/** Writes of a run at a live system that may disturb it, and has issued these credentials. */
const writes = ({ local = false, disruptive = true }: { readonly local?: boolean; readonly disruptive?: boolean } = {}, issued: readonly string[] = [GOOD]) => {
  const made = createWrites({ local, disruptive });
  for (const one of issued) made.issue(new Secret(one));
  return made;
};
const needOf = (attack: Partial<Attack>, route: Partial<Route> = {}, run: Parameters<typeof writes>[0] = {}): string | undefined =>
  writes(run).refusal(subjectOf(route), { label: 'a request', ...attack })?.need;

describe('a request that is not sent', () => {
  it('is one to a Lambda function itself, which has no address', () => {
    const { service, ...subject } = subjectOf();
    const lambda = { ...subject, service: { ...service, upstream: 'arn:aws:lambda:eu-west-1:123456789012:function:orders' } };
    const attack = { label: 'a request', method: 'GET', around: true };
    expect(writes().refusal(lambda, attack)?.need).toBe('a Lambda function has no address around the gateway');
    expect(writes().refusal({ ...subject, service: { ...service, upstream: 'https://orders.example' } }, attack)).toBeUndefined();
    expect(writes().refusal(lambda, { ...attack, around: false })).toBeUndefined();
  });

  it.each<[what: string, need: string | undefined, attack: Partial<Attack>, route?: Partial<Route>, run?: Parameters<typeof writes>[0]]>([
    ['a read', undefined, { token: GOOD, method: 'GET' }],
    ['a request by no method of a write', undefined, { token: GOOD, method: 'SEARCH' }],
    ['a write that nobody is let through with', undefined, { token: 'a-bad-token' }],
    ['a write that shows nothing', undefined, {}],
    ['a write where nothing may be disturbed', 'disruptive', { token: GOOD }, {}, { disruptive: false }],
    ['a write where nothing may be disturbed, on our own stack', 'disruptive', { token: GOOD }, {}, { disruptive: false, local: true }],
    ['a write on our own stack', undefined, { token: GOOD }, {}, { local: true }],
    ['a write that no sample speaks of', 'sample', { token: GOOD }],
    ['a write that a sample speaks of', undefined, { token: GOOD }, { sample }],
    ['a write by another method than the sample is of', 'sample: none speaks of PUT /orders/{id}', { token: GOOD, method: 'PUT' }, { sample }],
    ['a write to another path than the sample is of', 'sample: none speaks of DELETE /orders', { token: GOOD, path: '/orders' }, { sample }],
    ['a write to a path of the route, which has a sample', undefined, { token: GOOD, path: '/orders/8' }, { sample }],
    ['a write below the prefix that a sample speaks of', undefined, { token: GOOD, path: '/orders/8/lines/1' }, { sample, path: '/orders/**' }],
    ['a write beside the prefix that a sample speaks of', 'sample: none speaks of DELETE /ordersX', { token: GOOD, path: '/ordersX' }, { sample, path: '/orders/**' }],
    ['a write to a path that clients send encoded', undefined, { token: GOOD, path: '/caf%C3%A9' }, { sample, path: '/café' }],
    ['a write to a path of the route, which has none', 'sample', { token: GOOD, path: '/orders/8' }],
  ])('%s: %s', (...[, need, attack, route, run]) => expect(needOf(attack, route, run)).toBe(need));

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)('may be one by %s', (method) => expect(needOf({ token: GOOD }, { method })).toBe('sample'));
});

describe('a request shows a good credential', () => {
  it.each<[how: string, isGood: boolean, attack: Partial<Attack>, route?: Partial<Route>, issued?: readonly string[]]>([
    ['as its token', true, { token: GOOD }],
    ['in a header, with more around it', true, { headers: [['Accept', 'text/html'], ['Cookie', `theme=dark; session=${GOOD}; x=1`]] }],
    ['in a query', true, { query: `access_token=${GOOD}` }],
    ['in a body of text', true, { body: `{"token":"${GOOD}"}` }],
    ['in a body of bytes', true, { body: Buffer.from(`token=${GOOD}`) }],
    ['not where it ends in something else', false, { token: `${GOOD}x` }],
    ['not where it begins with something else', false, { token: `x${GOOD}` }],
    ['where it is changed first and right then', true, { query: `one=x${GOOD}&two=${GOOD}` }],
    ['not in the name of a header', false, { headers: [[GOOD, 'yes']] }],
    ['not without one', false, {}],
    ['by its own word', true, { token: 'of-our-making', valid: true }],
    ['where nothing is asked for', true, {}, { public: true }],
    ['not at a path beside the one that is public', false, { path: '/admin' }, { public: true }],
    ['not by a method beside the one that is public', false, { method: 'PUT' }, { public: true }],
    ['for this service', true, { token: forService('orders') }, {}, [forService('orders')]],
    ['for this service and others', true, { token: forService(['stock', 'orders']) }, {}, [forService(['stock', 'orders'])]],
    ['for whom it does not say', true, { token: forService(undefined) }, {}, [forService(undefined)]],
    ['not for another service', false, { token: forService('stock') }, {}, [forService('stock')]],
    ['which nobody can read', true, { token: 'a.b.c' }, {}, ['a.b.c']],
    ['the second of two', true, { token: GOOD }, {}, ['another', GOOD]],
  ])('%s: %s', (...[, isGood, attack, route, issued]) => expect(writes({}, issued).isGood(subjectOf(route), { label: 'a request', ...attack })).toBe(isGood));

  it('is handed on as it was issued', () => {
    const credential = new Secret(GOOD);
    expect(writes({}, []).issue(credential)).toBe(credential);
  });
});

describe('a good write may be sent', () => {
  it.each([
    ['on our own stack', true, { local: true }, {}],
    ['where a sample gives leave', true, {}, { sample }],
    ['nowhere else', false, {}, {}],
    ['nowhere, where nothing may be disturbed', false, { local: true, disruptive: false }, { sample }],
  ] as const)('%s: %s', (_where, may, run, route) => expect(writes(run).mayWrite(subjectOf(route))).toBe(may));
});
