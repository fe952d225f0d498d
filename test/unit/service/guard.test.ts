import { describe, expect, it } from 'vitest';
import { createDecider, createGuard } from '../../../src/service/index.ts';
import type { Decider, Decision, GuardOptions, Refusal, RouteRule, Verdict } from '../../../src/service/index.ts';
import { FIXTURE } from './support/fixture.ts';
import { aRequest, aVerifier, bearing, goodClaims, mint } from './support/tokens.ts';

const routes: readonly RouteRule[] = [
  { id: 'list', method: 'GET', path: '/orders', scopes: ['orders:read'] },
  { id: 'own', method: 'GET', path: '/users/{owner}/orders', scopes: ['orders:read'] },
  { id: 'place', method: 'POST', path: '/orders', scopes: ['orders:write'], roles: ['customer'] },
  { id: 'close', method: 'DELETE', path: '/orders/{id}', scopes: ['orders:read'], acr: ['silver', 'gold'], maxAge: 300 },
  { id: 'health', method: 'GET', path: '/orders/health', public: true },
  { id: 'open', method: 'GET', path: '/pages/{name}', public: true },
  { id: 'admin', method: 'GET', path: '/pages/admin', roles: ['admin'] },
];
const aGuard = (options: Partial<GuardOptions> = {}) => createGuard({ verifier: aVerifier(), service: 'orders', routes, ...options });
/** A decider that keeps what it was asked. */
const deciding = (decision: Decision) => {
  const asked: unknown[] = [];
  const decider: Decider = {
    decide: (input) => {
      asked.push(JSON.parse(String(input)));
      return decision;
    },
    status: () => ({ ready: true }),
    refresh: () => Promise.resolve(),
    close: () => undefined,
  };
  return { asked, decider };
};
const check = async (request: Parameters<ReturnType<typeof aGuard>['check']>[0], options: Partial<GuardOptions> = {}): Promise<string> => {
  const answer = await aGuard(options).check(request);
  return answer.ok ? `ok ${answer.route}` : `${String(answer.status)} ${answer.reason}`;
};
const to = (target: string, method = 'GET', token = mint()) => ({ ...bearing(token), target, method });

describe('a guard', () => {
  it.each([
    ['a declared route', to('/orders?page=2'), 'ok list'],
    ['a public route without a token', aRequest({}, { target: '/orders/health' }), 'ok health'],
    ['a closed route without a token', aRequest({}, { target: '/orders' }), '401 no token'],
    ['a missing scope', to('/orders', 'POST'), '403 scope orders:write'],
    [
      'a missing role',
      to('/orders', 'POST', mint({ ...goodClaims, scope: 'orders:write', realm_access: { roles: ['support'] } })),
      '403 role',
    ],
    ['a forged token without the scope', to('/orders', 'POST', `${mint().slice(0, -4)}AAAA`), '401 signature'],
    ['AZ-01 an undeclared path', to('/other'), '403 no such route is declared'],
    ['an undeclared method', to('/orders', 'PUT'), '403 no such route is declared'],
    ['HEAD, which goes with GET', to('/orders', 'HEAD'), 'ok list'],
    ['PUT, which was not declared', to('/orders', 'PUT'), '403 no such route is declared'],
    ['a slash at the end', to('/orders/'), '403 no such route is declared'],
    ['another case', to('/ORDERS'), '403 no such route is declared'],
    [
      'a literal in another case, which Express would take for it',
      aRequest({}, { target: '/pages/ADMIN' }),
      '403 no such route is declared',
    ],
    [
      'an encoded literal, which Hono would take for it',
      aRequest({}, { target: '/pages/%61dmin' }),
      '400 an encoding that routers take differently',
    ],
    ['an encoded slash', aRequest({}, { target: '/pages/a%2Fb' }), '400 an encoding that routers take differently'],
    ['a dot segment', aRequest({}, { target: '/pages/../orders' }), '400 segments that routers take differently'],
    ['an empty segment', aRequest({}, { target: '//orders' }), '400 segments that routers take differently'],
    ['the absolute form', aRequest({}, { target: 'http://api.example/pages/a' }), '400 not a path'],
    [
      'PRE-07 a method override',
      { ...to('/orders'), headers: new Map([...to('/orders').headers, ['x-http-method-override', ['DELETE']]]) },
      'ok list',
    ],
  ])('answers %s', async (_name, request, expected) => {
    expect(await check(request)).toBe(expected);
  });
  it('asks for a stronger sign-in, but not before the token holds, nor of somebody whom it would not help', async () => {
    const refusal = await aGuard().check(to('/orders/7', 'DELETE', mint({ ...goodClaims, auth_time: goodClaims.iat, acr: 'bronze' })));
    expect(refusal).toEqual({
      ok: false,
      status: 401,
      message: 'Unauthorized',
      challenge:
        'Bearer error="insufficient_user_authentication", error_description="A stronger sign-in is needed", acr_values="silver gold", max_age="300"',
      reason: 'acr',
    } satisfies Refusal);
    expect(await check(to('/orders/7', 'DELETE', mint({ ...goodClaims, auth_time: goodClaims.iat, acr: 'silver' })))).toBe('ok close');
    expect(await check(to('/orders/7', 'DELETE', mint({ ...goodClaims, acr: 'silver' })))).toBe('401 auth_time');
    expect(await check(to('/orders/7', 'DELETE', mint({ ...goodClaims, scope: 'openid', acr: 'bronze' })))).toMatch(/^403 scope/);
    expect(await check(to('/orders/7', 'DELETE', `${mint().slice(0, -4)}AAAA`))).toMatch(/^401 signature/);
  });
  it('asks the policy what the gateway would ask it, with the claims as they were signed', async () => {
    const { asked, decider } = deciding({ outcome: 'allow', result: { allow: true } });
    const payload = JSON.stringify({ ...goodClaims, big: 1 }).replace('"big":1', '"big":12345678901234567890');
    const request = { ...to('/users/al%C3%AFce/orders?a=1&a=%32&b', 'GET', mint(payload)), clientIp: '10.0.0.1' };
    expect(await aGuard({ decider }).check(request)).toMatchObject({ ok: true, params: { owner: 'alïce' }, result: { allow: true } });
    expect(asked).toEqual([
      {
        request: {
          method: 'GET',
          path: '/users/al%C3%AFce/orders',
          segments: ['users', 'alïce', 'orders'],
          query: { a: ['1', '2'], b: [''] },
          host: 'api.example',
          scheme: 'https',
          client_ip: '10.0.0.1',
        },
        route: { service: 'orders', id: 'own', params: { owner: 'alïce' } },
        source: 'service',
        token: JSON.parse(payload) as unknown,
      },
    ]);
  });
  it('asks about a public route too, without a token, and never about a token that does not hold', async () => {
    const { asked, decider } = deciding({ outcome: 'allow' });
    await aGuard({ decider }).check(to('/orders/health'));
    await aGuard({ decider }).check(to('/orders', 'GET', 'garbage'));
    await aGuard({ decider }).check(to('/orders', 'POST'));
    expect(asked).toEqual([expect.objectContaining({ token: null })]);
  });
  it('AZ-17 lets nobody pass without a clear yes', async () => {
    expect(await check(to('/orders'), deciding({ outcome: 'deny', reason: 'no' }))).toBe('403 no');
    expect(await check(to('/orders'), deciding({ outcome: 'unavailable', reason: 'no bundle yet' }))).toBe('503 no bundle yet');
    const decider = createDecider({ bundle: '/nowhere/bundle.tar.gz', entrypoint: 'a' });
    await decider.refresh().catch(() => undefined);
    expect(await check(to('/orders'), { decider })).toBe('503 the bundle cannot be had: ENOENT');
    decider.close();
  });
  it('AZ-07 refuses the objects of another user by the policy', async () => {
    const decider = createDecider({ bundle: FIXTURE, entrypoint: 'demo/authz' });
    await decider.refresh();
    expect(await check(to('/users/alice/orders'), { decider })).toBe('ok own');
    expect(await check(to('/users/bob/orders'), { decider })).toBe('403 the policy says no; bob belongs to somebody else');
    decider.close();
  });
  it('tells the policy whose object it is, after the token, the scopes and the roles hold', async () => {
    const { decider, asked } = deciding({ outcome: 'allow' });
    const looked: unknown[] = [];
    const object: NonNullable<GuardOptions['object']> = ({ route, params, identity }) => {
      looked.push([route, params, identity?.claims.sub]);
      return Promise.resolve({ owner: 'bob' });
    };
    expect(await check(to('/users/7/orders'), { decider, object })).toBe('ok own');
    expect(await check(to('/users/7/orders', 'GET', `${mint().slice(0, -4)}AAAA`), { decider, object })).toBe('401 signature');
    expect(looked).toEqual([['own', { owner: '7' }, 'alice']]);
    expect(asked).toMatchObject([{ object: { owner: 'bob' }, source: 'service' }]);
  });
  it('says nothing of an object that is not there, and lets nobody pass when it cannot find out', async () => {
    const { decider, asked } = deciding({ outcome: 'allow' });
    expect(await check(to('/orders'), { decider, object: () => undefined })).toBe('ok list');
    expect(asked[0]).not.toHaveProperty('object');
    const object = (): never => {
      throw new Error('the database says password=hunter2');
    };
    expect(await check(to('/orders'), { decider, object })).toBe('503 the object of the request could not be looked up');
    expect(asked).toHaveLength(1);
  });
  it('AZ-21 says one line for each verdict, without a token', async () => {
    const verdicts: Verdict[] = [];
    const { decider } = deciding({ outcome: 'deny', reason: 'no', revision: 'r1' });
    const guard = aGuard({ decider, onVerdict: (verdict) => verdicts.push(verdict) });
    await guard.check(to('/orders'));
    await guard.check(to('/nowhere'));
    const decisionId = expect.stringMatching(/^[0-9a-f-]{36}$/) as string;
    expect(verdicts).toEqual([
      {
        decisionId,
        service: 'orders',
        method: 'GET',
        route: 'list',
        allowed: false,
        status: 403,
        reason: 'no',
        revision: 'r1',
        subject: 'alice',
      },
      { decisionId, service: 'orders', method: 'GET', allowed: false, status: 403, reason: 'no such route is declared' },
    ]);
  });
  it.each([
    [[{ id: 'a', method: 'GET', path: 'orders' }]],
    [[{ id: 'a', method: 'GET', path: '/a//' }]],
    [[{ id: 'a', method: 'GET', path: '/a**' }]],
    [[{ id: 'a', method: 'GET', path: '/{a}/**' }]],
    [[{ id: 'a', method: 'GET, POST', path: '/a' }]],
    [[{ id: 'a', method: 'GET,POST', path: '/a' }, { id: 'b', method: 'POST', path: '/a' }]],
    [[{ id: 'a', method: 'ANY', path: '/a/**' }, { id: 'b', method: 'ANY', path: '/a/**' }]],
    [[{ id: 'a', method: 'GET', path: '/a{b}' }]],
    [[{ id: 'a', method: 'get', path: '/a' }]],
    [
      [
        { id: 'a', method: 'GET', path: '/a/{x}' },
        { id: 'b', method: 'GET', path: '/a/{y}' },
      ],
    ],
    [
      [
        { id: 'a', method: 'GET', path: '/a' },
        { id: 'a', method: 'GET', path: '/b' },
      ],
    ],
    [[{ id: 'a', method: 'GET', path: '/a', public: true, scopes: ['x'] }]],
    // What plain JavaScript may hand over: told, and never a TypeError, at the start or of a request.
    [[{ id: 'a', method: [], path: '/a' }]],
    [[{ id: 'a', method: ['GET', 'ANY'], path: '/a' }]],
    [[{ id: 'a', method: 'GET,ANY', path: '/a' }]],
    [[{ id: 'a', method: ['GET', 7], path: '/a' }]],
    [[{ id: 'a', method: ['GET,POST'], path: '/a' }]],
    [[{ id: 'a', method: ['GET', 'GET'], path: '/a' }]],
    [[{ id: 'a', path: '/a' }]],
    [[{ id: 'a', method: 7, path: '/a' }]],
    [[{ id: 'a', method: 'GET' }]],
    [[{ method: 'GET', path: '/a' }]],
    [[{ id: 'a', method: 'GET', path: ['/a'] }]],
    [[{ id: 'a', method: 'GET', path: '/a', also: { method: 'GET', path: '/b' } }]],
    [[{ id: 'a', method: 'GET', path: '/a', also: [{ method: [], path: '/b' }] }]],
    [[{ id: 'a', method: 'GET', path: '/a', also: [null] }]],
    [[{ id: 'a', method: 'GET', path: '/a', scopes: 'orders:read' }]],
    [[{ id: 'a', method: 'GET', path: '/a', roles: 'admin' }]],
    [[{ id: 'a', method: 'GET', path: '/a', acr: 'gold' }]],
    [[null]],
    [{ id: 'a', method: 'GET', path: '/a' }],
  ] as readonly unknown[][])('cannot be made of routes that mean nothing: %j', (wrong) => {
    expect(() => aGuard({ routes: wrong as readonly RouteRule[] })).toThrow(expect.objectContaining({ code: 'SERVICE_OPTION_INVALID' }));
  });
  it('takes the methods of a route as a list, too', async () => {
    const listed: readonly RouteRule[] = [
      { id: 'both', method: ['GET', 'POST'], path: '/a', also: [{ method: ['PUT'], path: '/b' }] },
      { id: 'rest', method: ['ANY'], path: '/a' },
    ];
    const answers = ([['/a', 'GET'], ['/a', 'HEAD'], ['/a', 'POST'], ['/a', 'DELETE'], ['/b', 'PUT'], ['/b', 'GET']] as const).map(([path, method]) => check(to(path, method), { routes: listed }));
    expect(await Promise.all(answers)).toEqual(['ok both', 'ok both', 'ok both', 'ok rest', 'ok both', '403 no such route is declared']);
  });
  it.each([
    [['api.example', 'api.example']],
    [['api.example', 'admin.example']],
    // As a Fetch server joins two.
    [['api.example, admin.example']],
    [['']],
    [['api.example/orders']],
    [['user@api.example']],
    [['api..example']],
  ])('refuses a request for the hosts %j, of a public route, too', async (host) => {
    for (const target of ['/orders', '/orders/health'])
      expect(await aGuard().check({ ...bearing(mint(), { host }), target })).toMatchObject({ ok: false, status: 400, message: 'Bad request' });
  });
  it.each(['api.example', 'api.example:8443', 'a_b.example.', '127.0.0.1:80', '[::1]:8080', '[fe80::1%25eth0]'])('takes a request for %s', async (host) => {
    expect(await check({ ...bearing(mint(), { host }), target: '/orders' })).toBe('ok list');
  });
  it('leaves a request without a host to the server, which knows its version of HTTP', async () => {
    const { headers, ...rest } = to('/orders');
    expect(await check({ ...rest, headers: new Map([...headers].filter(([name]) => name !== 'host')) })).toBe('ok list');
  });
});
