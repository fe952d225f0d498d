import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { issuer, mint, part, seconds, startGateway, stranger } from '../lua/gateway.ts';
import type { Answer, Behaviour, Gateway, Routes, Sent } from '../lua/gateway.ts';
import { draws } from '../properties.ts';

let gateway: Gateway;
const send = (path: string, sent?: Sent): Promise<Answer> => gateway.send(path, sent);

const bearing = (token: string): Sent => ({ headers: { authorization: `Bearer ${token}` } });
const summary = ({ status, headers, received }: Answer): object => ({
  status, challenge: headers['www-authenticate'], cache: headers['cache-control'], passed: received !== undefined,
});
const passes = { status: 200, challenge: undefined, cache: undefined, passed: true };
const refused = { status: 401, challenge: 'Bearer error="invalid_token"', cache: 'no-store', passed: false };
const invalid = { ...refused, challenge: 'Bearer error="invalid_token", error_description="The access token is not acceptable here"' };
const missing = { ...refused, challenge: 'Bearer' };
const forbidden = { ...refused, status: 403, challenge: undefined };
const unavailable = { ...refused, status: 503, challenge: undefined };

const routes: Routes = {
  header: { guard: {}, jwt: {}, scope: { scopes: ['orders:read'], identity_headers: true } },
  relay: { guard: { relay: 'header' }, jwt: {}, scope: {} },
  roles: { guard: {}, jwt: {}, scope: { roles: ['admin'] } },
  closed: { guard: {}, jwt: {}, scope: { deny_all: true } },
  cookie: { guard: { cookie: '__Host-shop', allowed_origins: ['https://app.example'] }, jwt: {}, scope: {} },
  public: { guard: { public: true } },
  handover: { guard: {}, jwt: {}, scope: {}, tokenCookie: { allowed_origins: ['https://app.example'] } },
  ended: { guard: { public: true }, tokenCookie: {} },
  uncertain: { guard: {}, tokenCookie: { allowed_origins: ['https://app.example'] } },
  unverified: { guard: {}, scope: {} },
  decided: { guard: {}, jwt: {}, scope: {}, opa: { path_template: '/decided/{id}' } },
  asked: { guard: { relay: 'header' }, jwt: {}, scope: { identity_headers: true }, opa: { path_template: '/asked/{id}', input: 'envoy' } },
  opaque: { phantom: {}, guard: {}, jwt: {}, scope: { scopes: ['orders:read'] } },
  kept: { phantom: { cache_ttl: 60 }, guard: {}, jwt: {}, scope: {} },
  handled: { phantom: { handle_store: 'memory', handle_dict: 'kong' }, guard: {}, jwt: {}, scope: {} },
  session: { session: { sign_in_path: '/session/login' }, guard: {}, jwt: {}, scope: { scopes: ['orders:read'], identity_headers: true } },
  token: { handle: { handle_dict: 'kong' } },
};

beforeAll(async () => {
  gateway = await startGateway();
  expect((await gateway.configure(routes)).status).toBe(201);
});
afterAll(() => gateway.close());
beforeEach(() => {
  gateway.opa.behave = () => ({ body: '{"result":true}' });
  gateway.provider.behave = () => ({ body: '{"active":false}' });
});

describe('the Lua plugins in the embedded gateway', () => {
  it('let a good token pass, in any case of the scheme, and hand on the identity instead of the token', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      const spoofed = { X_Consumer_ID: 'evil', 'x-auth-roles': 'admin', 'X-Userinfo': 'evil' };
      const answer = await send('/header', { headers: { authorization: `${scheme} ${mint()}`, ...spoofed } });
      expect(summary(answer)).toEqual(passes);
      const { authorization, 'x-auth-subject': subject, 'x-auth-roles': roles, x_consumer_id: consumer, 'x-userinfo': userinfo } =
        answer.received?.headers ?? {};
      expect({ authorization, subject, roles, consumer, userinfo })
        .toEqual({ authorization: undefined, subject: 'user-1', roles: 'customer', consumer: undefined, userinfo: undefined });
    }
  });

  it('relay the token only where that is declared', async () => {
    const token = mint();
    expect((await send('/relay', bearing(token))).received?.headers.authorization).toBe(`Bearer ${token}`);
  });

  it.each([
    ['no token', {}, missing],
    ['an empty token', bearing(''), invalid],
    ['garbage', bearing('garbage'), invalid],
    ['another audience', bearing(mint({ aud: 'billing' })), invalid],
    ['an ID token', bearing(mint({ typ: 'ID' })), invalid],
    ['alg none', bearing(`${part({ alg: 'none', typ: 'JWT', kid: 'k1' })}.${part({ iss: issuer })}.`), invalid],
    ['an issuer that is an object', bearing(mint({ iss: {} })), invalid],
    ['an unknown critical member', bearing(mint({}, { crit: ['zz'], zz: 1 })), invalid],
    ['a milliseconds exp', bearing(mint({ exp: Date.now() + 300_000 })), invalid],
    ['a signature of the wrong length', bearing(mint().slice(0, -40)), invalid],
    ['a foreign key under the same kid', bearing(mint({}, {}, stranger)), refused],
    ['an unknown kid', bearing(mint({}, { kid: 'k2' })), refused],
    ['a tampered payload', bearing(mint().replace(/\.[^.]+\./, `.${mint({ sub: 'other' }).split('.')[1] ?? ''}.`)), refused],
    ['an expired token', bearing(mint({ exp: seconds() - 60 })), invalid],
    ['a missing scope', bearing(mint({ scope: 'orders:write' })),
      { status: 403, challenge: 'Bearer error="insufficient_scope", scope="orders:read"', cache: 'no-store', passed: false }],
  ])('refuse %s', async (_, sent, expected) => {
    expect(summary(await send('/header', sent))).toEqual(expected);
  });

  it('refuse a token in the query, and two tokens', async () => {
    const token = mint();
    const twice = { status: 400, challenge: expect.stringContaining('invalid_request') as unknown, cache: 'no-store', passed: false };
    expect(summary(await send(`/header?access_token=${token}`))).toEqual(missing);
    expect(summary(await send(`/header?jwt=${token}`, bearing(token)))).toEqual(twice);
    const both = { authorization: `Bearer ${token}`, cookie: `__Host-shop=${token}` };
    expect(summary(await send('/cookie', { headers: both }))).toEqual(twice);
  });

  it('refuse a path that the upstream may read as another, with a token and on a public route', async () => {
    const doubted = { status: 400, challenge: undefined, cache: 'no-store', passed: false };
    const paths = ['/header/5;x', '/header/x%2F..%2Fadmin', '/header/a%5Cb', '/public/x;y'];
    const answers = await Promise.all(paths.map(async (path) => summary(await send(path, bearing(mint())))));
    expect(answers).toEqual(paths.map(() => doubted));
    expect(summary(await send('/header/a%20b', bearing(mint())))).toEqual(passes);
  });

  it('refuse a form with a second token, and let another form through unharmed', async () => {
    const headers = { authorization: `Bearer ${mint()}`, 'content-type': 'application/x-www-form-urlencoded' };
    const form = (body: string): Sent => ({ method: 'POST', body, headers });
    expect((await send('/header', form(`access_token=${mint()}`))).status).toBe(400);
    const long = `a=${'b'.repeat(20_000)}`;
    const answer = await send('/header', form(long));
    expect([answer.status, answer.received?.body]).toEqual([200, long]);
  });

  it('take roles from the realm alone, close what is closed, and believe nothing that jwt did not verify', async () => {
    expect(summary(await send('/roles', bearing(mint({ resource_access: { orders: { roles: ['admin'] } } })))))
      .toEqual({ ...forbidden, challenge: 'Bearer error="insufficient_scope"' });
    expect(summary(await send('/roles', bearing(mint({ realm_access: { roles: ['admin'] } }))))).toEqual(passes);
    expect(summary(await send('/closed', bearing(mint())))).toEqual(forbidden);
    expect(summary(await send('/unverified', bearing(mint())))).toEqual(invalid);
  });

  it('read the cookie by its name, take it off, and refuse another site', async () => {
    const cookie = `a=1; __Host-shop=${mint()}`;
    const own = await send('/cookie', { headers: { cookie } });
    expect([summary(own), own.received?.headers.cookie]).toEqual([passes, 'a=1']);
    expect(summary(await send('/cookie', { headers: { cookie: cookie.replace('__Host-', '') } }))).toEqual(missing);
    expect(summary(await send('/cookie', { method: 'POST', headers: { cookie, origin: 'https://evil.example' } }))).toEqual(forbidden);
    expect(summary(await send('/cookie', { method: 'POST', headers: { cookie } }))).toEqual(forbidden);
    expect(summary(await send('/cookie', { method: 'POST', headers: { cookie, origin: 'https://app.example' } }))).toEqual(passes);
    expect(summary(await send('/cookie', { method: 'POST', headers: { cookie, origin: gateway.url } }))).toEqual(passes);
  });

  it('leave a public route public, without identity headers or tokens', async () => {
    const headers = { authorization: 'Bearer garbage', 'x-consumer-username': 'admin', X_Consumer_Username: 'admin', accept: 'x' };
    const answer = await send('/public', { headers });
    const { authorization, 'x-consumer-username': one, x_consumer_username: two, accept } = answer.received?.headers ?? {};
    expect([summary(answer), authorization, one, two, accept]).toEqual([passes, undefined, undefined, undefined, 'x']);
  });

  it('find a spoofed header behind hundreds of others', async () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`x-filler-${at}`, '1']));
    const answer = await send('/public', { headers: { ...many, X_Consumer_ID: 'evil', 'x-userinfo': 'evil' } });
    const { x_consumer_id: consumer, 'x-userinfo': userinfo, 'x-filler-199': filler } = answer.received?.headers ?? {};
    expect([answer.status, consumer, userinfo, filler]).toEqual([200, undefined, undefined, '1']);
  });
});

describe('hostile requests to the embedded gateway', () => {
  const refusedCleanly = async (sent: Sent): Promise<void> => {
    const { status, received } = await send('/cookie', sent);
    expect([400, 401, 403, 431]).toContain(status);
    expect(received).toBeUndefined();
  };
  /** What an HTTP client can put into a header line. */
  const byte = fc.integer({ min: 0x20, max: 0xff }).filter((code) => code !== 0x7f).map((code) => String.fromCharCode(code));
  const line = fc.string({ unit: byte, maxLength: 300 });
  const segment = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('base64url'));
  const member = fc.constantFrom('alg', 'kid', 'typ', 'crit', 'iss', 'aud', 'sub', 'exp', 'nbf', 'scope', 'cnf');
  const changes = fc.dictionary(fc.oneof(member, fc.string()), fc.jsonValue(), { minKeys: 1, maxKeys: 3 });

  it('are never answered by a crash, and never reach the upstream', async () => {
    await fc.assert(fc.asyncProperty(line, fc.constantFrom('Bearer ', 'bearer', ''), (text, scheme) =>
      refusedCleanly({ headers: { authorization: scheme + text } })), { numRuns: draws(150) });
    await fc.assert(fc.asyncProperty(line, (text) => refusedCleanly({ headers: { cookie: `__Host-shop=${text}` } })), { numRuns: draws(150) });
    await fc.assert(fc.asyncProperty(changes, changes, (claims, header) =>
      refusedCleanly(bearing(mint(claims, header, stranger)))), { numRuns: draws(300) });
    const segments = fc.tuple(segment, segment, segment).map((parts) => parts.join('.'));
    await fc.assert(fc.asyncProperty(segments, (token) => refusedCleanly(bearing(token))), { numRuns: draws(150) });
  });
});

describe('the OPA plugin in the embedded gateway', () => {
  it('asks with the request, the route and the verified claims', async () => {
    const token = mint();
    expect(summary(await send('/decided/7%208?q=1&q=2', bearing(token)))).toEqual(passes);
    const asked = gateway.opa.calls.at(-1);
    expect([asked?.url, JSON.parse(asked?.body ?? '')]).toEqual(['/v1/data/shop/authz', { input: {
      request: {
        method: 'GET', path: '/decided/7 8', segments: ['decided', '7 8'], query: { q: ['1', '2'] }, host: '127.0.0.1', scheme: 'http',
        client_ip: '127.0.0.1',
      },
      route: { service: 'orders', id: 'read', params: { id: '7 8' } },
      source: 'kong',
      token: JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as unknown,
    } }]);
  });

  it('asks as a policy for Envoy knows it, with the token that was verified and no header that claims an identity', async () => {
    const token = mint();
    const spoofed = { X_Consumer_Username: 'evil', 'x-auth-roles': 'admin', cookie: 'session=1', 'x-tenant': 'a' };
    expect(summary(await send('/asked/7%208?q=1&q=2', { headers: { authorization: `bearer ${token}`, ...spoofed } }))).toEqual(passes);
    const { input } = JSON.parse(gateway.opa.calls.at(-1)?.body ?? '') as { input: { attributes: { request: { http: { path: string; headers: Record<string, string> } } } } };
    expect(input).toMatchObject({
      attributes: {
        source: { address: { socketAddress: { address: '127.0.0.1' } } },
        request: { http: { method: 'GET', path: '/asked/7%208?q=1&q=2', scheme: 'http', headers: { ':method': 'GET', authorization: `Bearer ${token}`, 'x-tenant': 'a' } } },
        contextExtensions: { service: 'orders', route: 'read' },
        metadataContext: { filterMetadata: { 'envoy.filters.http.jwt_authn': { jwt_payload: JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as unknown } } },
      },
      parsed_path: ['asked', '7 8'],
      parsed_query: { q: ['1', '2'] },
    });
    const names = Object.keys(input.attributes.request.http.headers);
    expect(names.filter((name) => /consumer|credential|x-auth|x_|cookie/.test(name))).toEqual([]);
  });

  it.each([
    ['false', { body: '{"result":false}' }, forbidden],
    ['undefined', { body: '{}' }, forbidden],
    ['the text "true"', { body: '{"result":"true"}' }, forbidden],
    ['an object that allows', { body: '{"result":{"allow":true}}' }, passes],
    ['an object that does not', { body: '{"result":{"allow":false,"reasons":["no"]}}' }, forbidden],
    ['a failure', { status: 500, body: '{"result":true}' }, unavailable],
    ['no JSON', { body: '<html>' }, unavailable],
    ['too much', { body: `{"result":true}${' '.repeat(70_000)}` }, unavailable],
    ['a closed connection', { hangUp: true }, unavailable],
    ['silence', { body: '{"result":true}', delay: 3_600_000 }, unavailable],
  ])('takes %s for what it is', async (_, behaviour, expected) => {
    gateway.opa.behave = () => behaviour;
    expect(summary(await send('/decided/1', bearing(mint())))).toEqual(expected);
  });

  it('keeps each answer with its own request when many wait at once', async () => {
    gateway.opa.behave = ({ body }) => {
      const { input } = JSON.parse(body) as { input: { route: { params: { id: string } } } };
      return { body: JSON.stringify({ result: input.route.params.id.endsWith('0') }), delay: 20 };
    };
    const token = mint();
    const numbers = Array.from({ length: 60 }, (_, at) => at);
    const statuses = await Promise.all(numbers.map(async (at) => (await send(`/decided/${at}`, bearing(token))).status));
    expect(statuses).toEqual(numbers.map((at) => (at % 10 === 0 ? 200 : 403)));
  });
});

describe('the phantom token plugin in the embedded gateway', () => {
  const active = (jwt: string): Behaviour => ({
    body: JSON.stringify({ active: true, iss: issuer, aud: 'orders', exp: seconds() + 300, jwt }),
  });
  let count = 0;
  const fresh = (): string => `opaque-${(count += 1)}`;

  it('changes the token into a JWT that is verified like any other', async () => {
    gateway.provider.behave = () => active(mint());
    expect(summary(await send('/opaque', bearing(fresh())))).toEqual(passes);
    expect(gateway.provider.calls.at(-1)?.headers.accept).toBe('application/jwt');
    gateway.provider.behave = () => active(mint({}, {}, stranger));
    expect(summary(await send('/opaque', bearing(fresh())))).toEqual(refused);
    gateway.provider.behave = () => active(mint({ aud: 'billing' }));
    expect(summary(await send('/opaque', bearing(fresh())))).toEqual(invalid);
    gateway.provider.behave = () => active(mint({}, { typ: 'token-introspection+jwt' }));
    expect(summary(await send('/opaque', bearing(fresh())))).toEqual(invalid);
  });

  it('refuses inactive tokens and tokens by value, and answers 503 when it cannot ask', async () => {
    expect(summary(await send('/opaque', bearing(fresh())))).toEqual(invalid);
    expect(summary(await send('/opaque', bearing(mint())))).toEqual(invalid);
    gateway.provider.behave = () => ({ ...active(mint()), status: 401 });
    expect(summary(await send('/opaque', bearing(fresh())))).toEqual(unavailable);
    gateway.provider.behave = () => ({ ...active(mint()), delay: 5000 });
    expect(summary(await send('/opaque', bearing(fresh())))).toEqual(unavailable);
  });

  it('gives clients a handle for the issuer\'s token, which opens the way in where the token does not', async () => {
    const token = mint({ jti: 'by-value' });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const issued = { body: JSON.stringify({ access_token: token, expires_in: 300 }) };
    gateway.provider.behave = ({ url }) => (url === '/token' ? issued : active(mint()));
    const answer = await send('/token', { method: 'POST', headers, body: 'grant_type=client_credentials' });
    const { access_token: handle } = JSON.parse(answer.body) as { access_token: string };
    expect([answer.status, answer.headers['cache-control'], handle]).toEqual([200, 'no-store', expect.stringMatching(/^[\w-]{43}$/)]);
    expect(summary(await send('/handled', bearing(handle)))).toEqual(passes);
    expect(gateway.provider.calls.at(-1)?.body).toBe(`token=${token}&token_type_hint=access_token`);
    expect(summary(await send('/handled', bearing(token)))).toEqual(invalid);
    expect(summary(await send('/handled', bearing(`${handle.slice(0, -1)}${handle.endsWith('A') ? 'E' : 'A'}`)))).toEqual(invalid);
  });

  it('asks once for a token that two hundred requests bring at once', async () => {
    gateway.provider.behave = () => ({ ...active(mint()), delay: 50 });
    const token = fresh();
    const before = gateway.provider.calls.length;
    const statuses = await Promise.all(Array.from({ length: 200 }, async () => (await send('/kept', bearing(token))).status));
    expect([new Set(statuses), gateway.provider.calls.length - before]).toEqual([new Set([200]), 1]);
  });
});

describe('the session plugin in the embedded gateway', () => {
  const holding = (value: string, more: Readonly<Record<string, string>> = {}): Sent => ({ headers: { cookie: `__Host-shop=${value}`, ...more } });
  const gives = (token: string): Behaviour => ({ headers: { authorization: `Bearer ${token}` }, body: '{}' });

  it('asks on every request with the cookie alone, and hands the JWT through guard, jwt and scope guard', async () => {
    gateway.provider.behave = () => gives(mint());
    gateway.provider.calls.length = 0;
    const answer = await send('/session', holding('id.signature', { authorization: `Bearer ${mint()}`, 'x-userinfo': 'evil' }));
    expect(summary(answer)).toEqual(passes);
    const { cookie, 'x-auth-subject': subject, 'x-userinfo': userinfo } = answer.received?.headers ?? {};
    expect({ cookie, subject, userinfo }).toEqual({ cookie: undefined, subject: 'user-1', userinfo: undefined });
    expect(summary(await send('/session', holding('id.signature')))).toEqual(passes);
    const asked = gateway.provider.calls.map(({ url, headers }) => [url, headers.cookie, headers.authorization]);
    expect(asked).toEqual(Array.from({ length: 2 }, () => ['/session/token', '__Host-shop=id.signature', undefined]));
  });

  it.each([
    ['no session', { status: 401 }, missing],
    ['a token of another issuer', gives(mint({ iss: 'https://evil.example' })), invalid],
    ['a token that another key signed', gives(mint({}, {}, stranger)), { ...missing, challenge: 'Bearer error="invalid_token"' }],
    ['a token without the scope', gives(mint({ scope: 'other' })), { ...forbidden, challenge: expect.stringContaining('insufficient_scope') as string }],
    ['a redirect', { status: 302, headers: { location: '/' } }, unavailable],
    ['a failure', { status: 500 }, unavailable],
    ['no token', { body: '{}' }, unavailable],
    ['a closed connection', { hangUp: true }, unavailable],
    ['silence', { ...gives(mint()), delay: 5000 }, unavailable],
  ])('takes %s from the session service for what it is', async (_, behaviour: Behaviour, expected) => {
    gateway.provider.behave = () => behaviour;
    expect(summary(await send('/session', holding('x')))).toEqual(expected);
  });

  it('lets nobody in without a cookie, whatever else is sent, and shows a browser the way to the sign-in', async () => {
    gateway.provider.behave = () => gives(mint());
    for (const sent of [{}, bearing(mint()), holding('\u00e4'), holding('"x"')]) expect(summary(await send('/session', sent))).toEqual(missing);
    const { status, headers } = await send('/session?page=2', { headers: { accept: 'text/html' } });
    expect([status, headers.location]).toEqual([302, '/session/login?returnTo=%2Fsession%3Fpage%3D2']);
  });
});

describe('a page that hands its token over', () => {
  const origin = 'https://app.example';
  const open = (path: string, token: string, headers: object = { origin }): Promise<Answer> =>
    send(path, { method: 'POST', headers: { ...headers, authorization: `Bearer ${token}` } });
  const heard = ({ status, headers, received }: Answer): object => ({ status, set: headers['set-cookie'], passed: received !== undefined });

  it('gets it back in a cookie that lives as long, and that lets it in', async () => {
    const token = mint();
    const { status, headers, received } = await open('/handover', token);
    const [, value, rest] = /^__Host-shop=([^;]*); Max-Age=(\d+; .*)$/.exec(headers['set-cookie']?.[0] ?? '') ?? [];
    expect([status, headers['cache-control'], received, value]).toEqual([204, 'no-store', undefined, token]);
    expect(rest).toMatch(/^(299|300); Path=\/; Secure; HttpOnly; SameSite=Strict$/);
    expect(summary(await send('/cookie', { headers: { cookie: `__Host-shop=${value}` } }))).toEqual(passes);
  });

  it('gets none for a token that is not verified, or from another site', async () => {
    const none = { set: undefined, passed: false };
    expect(heard(await open('/handover', mint({}, {}, stranger)))).toEqual({ status: 401, ...none });
    expect(heard(await open('/uncertain', mint()))).toEqual({ status: 401, ...none });
    expect(heard(await open('/handover', mint(), { origin: 'https://evil.example' }))).toEqual({ status: 403, ...none });
    expect(heard(await send('/handover', { headers: { origin, authorization: `Bearer ${mint()}` } }))).toEqual({ status: 405, ...none });
  });

  it('has it taken away without a token, by its own site only', async () => {
    const own = gateway.url;
    const gone = '__Host-shop=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict';
    expect(heard(await send('/ended', { method: 'DELETE', headers: { origin: own } }))).toEqual({ status: 204, set: [gone], passed: false });
    expect(heard(await send('/ended', { method: 'DELETE', headers: { origin } }))).toEqual({ status: 403, set: undefined, passed: false });
  });
});

describe('the schemas of the Lua plugins', () => {
  const guard = { public: true };
  const opa = { url: 'http://127.0.0.1:8181', decision: 'shop/authz' };
  it.each([
    ['a guard without an issuer', { guard: { issuer: null } }, 'issuer'],
    ['a guard without an audience', { guard: { audience: null } }, 'audience'],
    ['an algorithm with a shared secret', { guard: { ...guard, algorithms: ['HS256'] } }, 'algorithms'],
    ['no algorithm at all', { guard: { ...guard, algorithms: [] } }, 'algorithms'],
    ['a leeway of minutes', { guard: { ...guard, leeway: 120 } }, 'leeway'],
    ['an unknown way of relaying', { guard: { ...guard, relay: 'query' } }, 'relay'],
    ['an origin with a path', { guard: { ...guard, allowed_origins: ['https://app.example/x'] } }, 'allowed_origins'],
    ['an unknown field', { guard: { ...guard, issuers: ['x'] } }, 'issuers'],
    ['a scope with a quote', { scope: { scopes: ['a"b'] } }, 'scopes'],
    ['a scope with a blank', { scope: { scopes: ['a b'] } }, 'scopes'],
    ['an OPA without a URL', { opa: { ...opa, url: null } }, 'url'],
    ['an OPA with credentials in its URL', { opa: { ...opa, url: 'http://u:p@opa' } }, 'url'],
    ['a decision with dots', { opa: { ...opa, decision: '../policies' } }, 'decision'],
    ['a time-out without end', { opa: { ...opa, timeout_ms: 0 } }, 'timeout_ms'],
    ['a phantom token without a secret', { phantom: { client_secret: null } }, 'client_secret'],
    ['a token cookie that any host can plant', { tokenCookie: { cookie: 'shop' } }, 'cookie'],
    ['a token cookie for every site', { tokenCookie: { same_site: 'None' } }, 'same_site'],
    ['handles in Redis without a host', { handle: { handle_store: 'redis' } }, 'redis_host'],
  ] as const)('refuse %s', async (_, plugins, field) => {
    const { status, body } = await gateway.configure({ ...routes, wrong: plugins });
    expect([status, body]).toEqual([400, expect.stringContaining(`"${field}":`)]);
  });

  it('take what a scope, an acr and an origin may look like', async () => {
    const scope = { scopes: ['orders:read', 'https://api.example/[all]~^_!#'], roles: ['a role'], acr: ['urn:mace:incommon:iap:silver'], max_age: 300 };
    const wide = { ...guard, allowed_origins: ['https://app.example:8443'] };
    expect((await gateway.configure({ ...routes, right: { guard: wide, scope } })).status).toBe(201);
  });
});
