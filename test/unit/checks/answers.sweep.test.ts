import { createPublicKey, verify } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { checks } from '../../../src/checks/catalogue.ts';
import type { HttpAnswer } from '../../../src/checks/kit/http.ts';
import { loadExample } from './worlds/examples.ts';
import type { Example } from './worlds/examples.ts';
import { answerOf } from './worlds/incoming.ts';
import type { Incoming } from './worlds/incoming.ts';
import { createWorld } from './worlds/world.ts';
import type { Place, Sin } from './worlds/world.ts';

type Instead = (place: Place, request: Incoming, right: () => HttpAnswer) => HttpAnswer;

/** What a check says of a world in which some requests get another answer: `passed` where nothing else is said of any door. */
const saying = async (example: Example, check: string, answer: Instead): Promise<readonly string[]> => {
  const verdicts = await createWorld(await loadExample(example), { answer }).verify(checks.filter(({ id }) => id === check));
  const told = verdicts.map(({ status, why }) => `${status} ${why ?? ''}`.trim());
  return told.every((one) => one === 'passed') ? ['passed'] : [...new Set(told.filter((one) => one !== 'passed'))];
};
const withHeaders = (answer: HttpAnswer, headers: Readonly<Record<string, string>>): HttpAnswer => ({ ...answer, headers: { ...answer.headers, ...headers } });

const verdictsOf = (blueprint: Blueprint, check: string, sin: Sin) => createWorld(blueprint, sin).verify(checks.filter(({ id }) => id === check));
/** What a check says of each subject, and by which requests: `passed: 8`. */
const byRequests = async (blueprint: Blueprint, check: string, sin: Sin = {}): Promise<readonly string[]> =>
  [...new Set((await verdictsOf(blueprint, check, sin)).map(({ status, evidence }) => `${status}: ${evidence.map((one) => one.status ?? one.answer ?? '').join(' ')}`))];

describe('an origin that is not declared (COO-07)', () => {
  const cors = (headers: (origin: string) => Readonly<Record<string, string>>, status?: number, method?: string) =>
    saying('sso', 'COO-07', (place, request, right) => {
      const origin = request.header('origin');
      if (place !== 'kong' || origin === undefined || (method !== undefined && request.method !== method)) return right();
      return withHeaders(status === undefined ? right() : answerOf(status, {}), headers(origin));
    });
  it.each<readonly [string, () => ReturnType<typeof cors>, readonly unknown[]]>([
    ['is not allowed by the name of another', () => cors(() => ({ 'access-control-allow-origin': 'https://other.example' })), ['passed']],
    ['is not allowed by a star, to which no cookie goes', () => cors(() => ({ 'access-control-allow-origin': '*' })), ['passed']],
    ['is allowed by a star with credentials', () => cors(() => ({ 'access-control-allow-origin': '*', 'access-control-allow-credentials': 'true' })), ['failed https://evil.example is allowed (*, with credentials)']],
    ['is not allowed by a star with credentials switched off', () => cors(() => ({ 'access-control-allow-origin': '*', 'access-control-allow-credentials': 'false' })), ['passed']],
    ['is not allowed by credentials alone', () => cors(() => ({ 'access-control-allow-credentials': 'true' })), ['passed']],
    ['is allowed by its name', () => cors((origin) => ({ 'access-control-allow-origin': origin })), ['failed https://evil.example is allowed (https://evil.example)']],
    ['is allowed only where its name is null', () => cors((origin): Readonly<Record<string, string>> => (origin === 'null' ? { 'access-control-allow-origin': origin } : {})), ['failed null is allowed (null)']],
    ['is allowed by what comes after a preflight', () => cors((origin) => ({ 'access-control-allow-origin': origin }), undefined, 'GET'), ['failed https://evil.example is allowed (https://evil.example)']],
    ['brings the gateway down', () => cors(() => ({}), 500), ['crashed got 500']],
    ['gets no answer', () => cors(() => ({}), 0), ['crashed got 0']],
    ['is refused', () => cors(() => ({}), 499), ['passed']],
  ])('%s', async (_what, verdicts, told) => expect(await verdicts()).toEqual(told));

  it('is told by each request that was refused, or by the one that was not', async () => {
    const blueprint = await loadExample('sso');
    const preflights = (status: number, headers: Readonly<Record<string, string>>): Sin => ({ answer: (_place, request, right) => (request.method === 'OPTIONS' ? answerOf(status, {}, headers) : right()) });
    const tried = (await verdictsOf(blueprint, 'COO-07', preflights(204, {})))[0]?.evidence.map(({ status }) => status) ?? [];
    expect([tried.length >= 6, tried]).toEqual([true, tried.map((_, at) => (at % 2 === 0 ? 204 : 200))]);
    expect(await byRequests(blueprint, 'COO-07', preflights(500, {}))).toEqual(['crashed: 500']);
    expect(await byRequests(blueprint, 'COO-07', preflights(204, { 'access-control-allow-origin': 'https://evil.example' }))).toEqual(['failed: 204']);
  });

  it.each([
    [['https://own.example'], ['https://evil.example', 'null', 'https://own.example.evil.example', 'http://own.example']],
    [['https://own.example', 'http://own.example'], ['https://evil.example', 'null', 'https://own.example.evil.example']],
    [[], ['https://evil.example', 'null', 'https://shop.example.evil.example', 'http://shop.example']],
  ])('is tried as one like those of %j', async (origins, tried) => {
    const blueprint = await loadExample('sso');
    const services = Object.fromEntries(Object.entries(blueprint.services).map(([id, service]) => [id, { ...service, authentication: { ...service.authentication, origins } }]));
    const asked = new Set<string>();
    await verdictsOf({ ...blueprint, services }, 'COO-07', {
      answer: (_place, request, right) => {
        const origin = request.header('origin');
        if (origin !== undefined) asked.add(`${request.method} ${origin} ${request.header('access-control-request-method') ?? (request.header('authorization') === undefined ? '' : 'with a token')}`);
        return right();
      },
    });
    expect([...asked]).toEqual(tried.flatMap((origin) => [`OPTIONS ${origin} GET`, `GET ${origin} with a token`]));
  });
});

describe('a default administrator (IDP-15)', () => {
  const master = (status: number, body: object, of = 'admin') =>
    saying('sso', 'IDP-15', (place, request, right) => (place === 'issuer' && request.path.includes('/realms/master/') && request.form.get('password') === of ? answerOf(status, body) : right()));
  it.each<readonly [string, () => Promise<readonly string[]>, unknown]>([
    ['is none where nobody is let in', () => master(401, {}), ['passed']],
    ['is one who gets a token', () => master(200, { access_token: 'x' }), [expect.stringMatching(/^failed .*admin\/admin on the master realm.*signed in/)]],
    ['is one with another password', () => master(200, { access_token: 'x' }, 'keycloak'), [expect.stringMatching(/^failed .*keycloak\/keycloak on the master realm.*signed in/)]],
    ['is none who gets no token', () => master(200, {}), ['passed']],
    ['is not known where the server fails', () => master(500, {}), [expect.stringContaining('got 500: whether it is there is not known')]],
  ])('%s', async (_what, verdicts, told) => expect(await verdicts()).toEqual(told));
});

describe('discovery (IDP-19)', () => {
  const discovery = (status: number, body: object) => saying('sso', 'IDP-19', (place, request, right) => (place === 'issuer' && request.path.endsWith('/.well-known/openid-configuration') && request.method === 'GET' ? answerOf(status, body) : right()));
  it.each<readonly [string, number, object, string]>([
    ['is right', 200, { id_token_signing_alg_values_supported: ['RS256'] }, 'passed'],
    ['offers unsigned tokens, too', 200, { id_token_signing_alg_values_supported: ['RS256', 'none'] }, 'failed offers RS256, none'],
    ['offers nothing', 200, { id_token_signing_alg_values_supported: [] }, 'failed offers nothing'],
    ['says nothing of it', 200, {}, 'failed offers nothing'],
    ['is not there', 404, { id_token_signing_alg_values_supported: ['RS256'] }, 'failed discovery answered 404'],
  ])('%s', async (_what, status, body, told) => expect(await discovery(status, body)).toEqual([told]));

  it('offers nothing where it cannot be read', async () => {
    expect(await saying('sso', 'IDP-19', (place, _request, right) => (place === 'issuer' ? answerOf(200, 'no JSON') : right()))).toEqual(['failed offers nothing']);
  });

  it.each([[200, 'passed: 200'], [404, 'failed: 404']])('is told by its status %i', async (status, told) => {
    const blueprint = await loadExample('sso');
    expect(await byRequests(blueprint, 'IDP-19', { answer: () => answerOf(status, { id_token_signing_alg_values_supported: ['RS256'] }) })).toEqual([told]);
  });
});

describe('a response type with a token in a URL (IDP-38)', () => {
  const door = (status: number, page: (mode: string | null) => boolean, answer: (home: string) => HttpAnswer = () => answerOf(status, {})) =>
    saying('sso', 'IDP-38', (place, request, right) => (place === 'issuer' && request.path.endsWith('/auth') && request.query.get('response_type') !== 'code' && page(request.query.get('response_mode')) ? answer(request.query.get('redirect_uri') ?? '') : right()));
  const sent = (where: (home: string) => string) => door(302, () => true, (home) => answerOf(302, '', { location: where(home) }));
  it.each<readonly [string, () => Promise<readonly string[]>, unknown]>([
    ['is refused', () => door(400, () => true), ['passed']],
    ['is refused by another status', () => door(499, () => true), ['passed']],
    ['is not refused by a page', () => door(200, (mode) => mode === null), [expect.stringMatching(/^failed .*got 200 without an error/)]],
    ['may be refused by a page that is sent on', () => door(200, (mode) => mode !== null), ['passed']],
    ['is refused by a redirect that says so', () => sent((home) => `${home}?error=unsupported_response_type`), ['passed']],
    ['is refused by a redirect that says so in a fragment', () => sent((home) => `${home}#error=unsupported_response_type`), ['passed']],
    ['is not refused by a redirect that says nothing', () => sent((home) => `${home}#id_token=x`), [expect.stringMatching(/response_type=id_token: got 302 without an error$/)]],
    ['is not refused by a redirect to elsewhere', () => sent(() => 'https://evil.example/callback?error=no'), [expect.stringMatching(/: was sent to https:\/\/evil.example\/callback$/)]],
    ['is not refused by the login page', () => door(400, (mode) => mode === 'query', () => answerOf(400, '<form id="kc-form-login">')), [expect.stringMatching(/response_type=id_token by query: got 400 and the login form$/)]],
    ['is not refused by a server that fails on a page', () => door(500, (mode) => mode === 'form_post'), [expect.stringMatching(/response_type=id_token by form_post: a 500 is no refusal$/)]],
    ['is not refused by a server that fails', () => door(500, (mode) => mode === null), [expect.stringContaining('got 500 without an error')]],
  ])('%s', async (_what, verdicts, told) => expect(await verdicts()).toEqual(told));
});

describe('a key set that a token points to (KEY-02)', () => {
  const partsOf = (request: Incoming): { readonly token: string; readonly where: string | undefined; readonly kid: string | undefined } => {
    const token = request.header('authorization')?.slice('Bearer '.length) ?? '';
    const { jku, x5u, kid } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString() || '{}') as Readonly<Record<string, string | undefined>>;
    return { token, where: jku ?? x5u, kid };
  };
  /** Goes where a token points to, and believes what it finds there when it is told to. */
  const goes = (believes: boolean): Sin => ({
    answer: async (place, request, right, { letThrough }) => {
      const { token, where, kid } = partsOf(request);
      if ((place !== 'kong' && place !== 'aws') || where === undefined) return right();
      const { keys } = (await (await fetch(where)).json()) as { keys: (JsonWebKey & { kid: string })[] };
      const found = keys.find((one) => one.kid === kid);
      const [header = '', payload = '', signature = ''] = token.split('.');
      const isRight = found !== undefined && verify('sha256', Buffer.from(`${header}.${payload}`), createPublicKey({ key: found, format: 'jwk' }), Buffer.from(signature, 'base64url'));
      return believes && isRight ? letThrough(request, place) : right();
    },
  });
  const answers = (status: number): Sin => ({ answer: (_place, request, right) => (partsOf(request).where !== undefined ? answerOf(status) : right()) });
  it.each<readonly [string, Sin, readonly string[], readonly string[]]>([
    ['is left alone', {}, [''], ['passed: 401 401 401']],
    ['is fetched, and not believed', goes(false), ['the listener was asked 2 times'], ['failed: 401 401 401']],
    ['is fetched and believed', goes(true), ['expected 401, got 200'], ['failed: 200']],
    ['brings the gateway down', answers(500), ['expected 401, got 500'], ['crashed: 500']],
    ['gets another answer', answers(499), ['expected 401, got 499'], ['failed: 499']],
  ])('%s', async (_what, sin, why, told) => {
    const blueprint = await loadExample('sso');
    expect([...new Set((await verdictsOf(blueprint, 'KEY-02', sin)).map((verdict) => verdict.why ?? ''))]).toEqual(why);
    expect(await byRequests(blueprint, 'KEY-02', sin)).toEqual(told);
  });
});

describe('a foreign client that signs people in (IDP-45)', () => {
  const CLIENT = 'account-console';
  const told = async (sin: Sin, change: (blueprint: Blueprint) => Blueprint = (one) => one): Promise<readonly unknown[]> => {
    const [verdict] = await verdictsOf(change(await loadExample('sso')), 'IDP-45', sin);
    return [`${verdict?.status ?? ''} ${verdict?.why ?? ''}`.trim(), verdict?.evidence.map(({ request, status, answer }) => [request, status, answer].filter((one) => one !== undefined).join(', '))];
  };
  const code = (where: (home: string) => string, tokens: HttpAnswer | undefined): Sin => ({
    answer: (place, request, right) => {
      if (place !== 'issuer') return right();
      if (request.path.endsWith('/auth') && request.query.get('client_id') === CLIENT) return answerOf(303, '', { location: where(request.query.get('redirect_uri') ?? '') });
      return tokens && request.path.endsWith('/token') && request.form.get('client_id') === CLIENT && request.form.get('code') === 'the-code' ? tokens : right();
    },
  });
  const token = (body: object): Sin => code((home) => `${home}?state=x&code=the-code&iss=y`, answerOf(200, body));
  const realmWith = (redirectUris: readonly string[]) => (blueprint: Blueprint): Blueprint => {
    const { client } = blueprint.authentication;
    const own = blueprint.realm.clients[client];
    return own === undefined ? blueprint : { ...blueprint, realm: { ...blueprint.realm, clients: { ...blueprint.realm.clients, [client]: { ...own, redirectUris } } } };
  };
  const without: Sin = { live: (objects, kind) => (kind === 'keycloak.client' ? objects.filter(({ id }) => !id.endsWith(CLIENT)) : objects) };
  const accepts = (blueprint: Blueprint): Blueprint => ({ ...blueprint, accept: [{ what: `keycloak.client/shop/${CLIENT}`, reason: 'it is known', origin: blueprint.at('name') }] });
  it.each<readonly [string, () => ReturnType<typeof told>, string, readonly unknown[]]>([
    ['gets a token that opens nothing', () => told({}), 'passed', [`client ${CLIENT}, 200`]],
    ['gets no code', () => told(code((home) => `${home}?error=no`, undefined)), 'inconclusive no foreign client could be tried', [`client ${CLIENT}, 303, there was no code for it`]],
    ['gets a code in a fragment', () => told(code((home) => `${home}#code=the-code`, answerOf(200, { access_token: 'x' }))), 'passed', [`client ${CLIENT}, 200`]],
    ['gets an empty code', () => told(code((home) => `${home}?code=&x=y`, undefined)), 'inconclusive no foreign client could be tried', [`client ${CLIENT}, 303, there was no code for it`]],
    ['gets no token', () => told(code((home) => `${home}?code=the-code`, answerOf(400, { error: 'no' }))), 'inconclusive no foreign client could be tried', [`client ${CLIENT}, 400, there was no token for its code`]],
    ['gets something else than a token', () => told(token({ access_token: { x: 1 } })), 'inconclusive no foreign client could be tried', [`client ${CLIENT}, 200, there was no token for its code`]],
    ['gets a scope of ours', () => told(token({ access_token: 'x', scope: 'openid orders:read' })), `failed ${CLIENT}: its token has the scope orders:read`, [`client ${CLIENT}, 200, its token has the scope orders:read`]],
    ['is accepted', () => told({}, accepts), 'skipped no foreign public client signs people in', [`client ${CLIENT}, accepted: it is known`]],
    ['is not there', () => told(without), 'skipped no foreign public client signs people in', []],
    ['is not tried where nobody can be signed in', () => told({}, realmWith([])), 'skipped persona', []],
    ['is not tried where the blueprint has no such client', () => told({}, (blueprint) => ({ ...blueprint, authentication: { ...blueprint.authentication, client: 'nobody' } })), 'skipped persona', []],
    ['is not tried where there are no personas', () => told({}, (blueprint) => ({ ...blueprint, personas: {} })), 'skipped persona', []],
  ])('%s', async (_what, verdict, status, evidence) => expect(await verdict()).toEqual([status, evidence]));
});

describe('a token that was revoked (OPQ-02)', () => {
  /** A gateway that answers in another way from the first revocation on. */
  const afterwards = (answer: (through: () => HttpAnswer) => HttpAnswer): Sin => {
    let revoked = false;
    return {
      answer: (place, request, right, { letThrough }) => {
        if (place === 'issuer' && request.path.endsWith('/revoke')) revoked = true;
        return place === 'kong' && revoked ? answer(() => letThrough(request, place)) : right();
      },
    };
  };
  it.each<readonly [string, Sin, object]>([
    ['is refused', {}, { status: 'passed', told: ['evidence', 'status'] }],
    ['still passes', afterwards((through) => through()), { status: 'failed', why: expect.stringMatching(/^still passes \d+\.\d s after the revocation$/), told: ['evidence', 'hint', 'status', 'why'] }],
    ['is answered by a crash', afterwards(() => answerOf(500)), { status: 'crashed', why: 'expected 401, got 500', told: ['evidence', 'status', 'why'] }],
    ['is refused for another reason', afterwards(() => answerOf(403)), { status: 'failed', why: 'expected 401, got 403', told: ['evidence', 'status', 'why'] }],
  ])('%s', async (_what, sin, expected) => {
    const [found] = checks.filter(({ id }) => id === 'OPQ-02');
    let told: readonly string[] = [];
    const watched = found && { ...found, run: async (...given: Parameters<typeof found.run>) => {
      const outcome = await found.run(...given);
      told = Object.keys(outcome).toSorted();
      return outcome;
    } };
    const [verdict] = await createWorld(await loadExample('opaque'), sin).verify(watched ? [watched] : []);
    expect({ status: verdict?.status, ...(verdict?.why !== undefined && { why: verdict.why }), told }).toEqual(expected);
    expect(verdict?.evidence).toHaveLength(2);
  });
});

describe('a way of somebody else to a protected service', () => {
  /** It answers everything so, by a plugin in the place of the service where it is closed. */
  const sideDoor = (status: number, closed = false, headers: Readonly<Record<string, string>> = {}): Sin => ({
    live: (objects, kind) => [
      ...objects,
      ...(kind === 'kong.route' ? [{ kind, id: 'side-door', owner: undefined, spec: { name: 'side-door', service: { name: 'shop.orders' }, paths: ['/bd'], protocols: ['http', 'https'] } }] : []),
      ...(kind === 'kong.plugin' && closed ? [{ kind, id: '#closed', owner: undefined, spec: { name: 'request-termination', enabled: true, route: { name: 'side-door' }, config: { status_code: status } } }] : []),
    ],
    answer: (place, { path }, right) => (place === 'kong' && path.startsWith('/bd') ? answerOf(status, {}, headers) : right()),
  });
  const ALL = ['RCH-01', 'RCH-02', 'RCH-03', 'RCH-11', 'RCH-12'];
  const told = async (sin: Sin): Promise<readonly unknown[]> =>
    (await createWorld(await loadExample('sso'), sin).verify(checks.filter(({ id }) => ALL.includes(id)))).map(({ id, status, why }) => [id, status, why]).toSorted();
  const each = (status: string, why?: string) => ALL.map((id) => [id, status, why]);

  it.each([[503, '503'], [500, '500'], [0, 'nothing']])('that answers %i is not known to be closed', async (status, said) => {
    expect(await told(sideDoor(status))).toEqual(each('inconclusive', `kong.route/side-door answers ${said}, and what is behind that is not known`));
  });
  it.each([503, 200, 302, 403])('that a plugin closes by %i is closed', async (status) => expect(await told(sideDoor(status, true))).toEqual(each('passed')));
  it('that a plugin closes is not closed where the service answers all the same', async () => {
    expect(await told(sideDoor(503, true, { 'x-kong-upstream-latency': '1' }))).toEqual(each('inconclusive', 'kong.route/side-door answers 503, and what is behind that is not known'));
  });
  it('that fails is no failure of the guards of the blueprint', async () => {
    const verdicts = await createWorld(await loadExample('sso'), sideDoor(503)).verify(checks.filter(({ id }) => id === 'RCH-01' || id === 'STR-01' || id.startsWith('ERR-0')));
    expect(verdicts.filter(({ status }) => status !== 'passed' && status !== 'skipped').map(({ id, status }) => [id, status])).toEqual([['RCH-01', 'inconclusive']]);
  });
  it('that breaks a guard of ours is a crash still', async () => {
    expect((await verdictsOf(await loadExample('sso'), 'RCH-01', { answer: (place, request, right) => (place === 'kong' && request.header('authorization') === undefined ? answerOf(503) : right()) })).map(({ status }) => status)).toEqual(['crashed']);
  });
  it.each([[503, 'our upstream', 'orders', ['inconclusive', 'theirs answers 503']], [0, 'our upstream', 'orders', ['inconclusive', 'theirs answers nothing']], [503, 'nobody knows where', undefined, ['passed', undefined]]] as const)(
    'that answers %i at API Gateway and leads to %s', async (status, _where, service, expected) => {
      const verdicts = await verdictsOf(await loadExample('aws'), 'AWS-14', {
        ways: (right) => [...right, ...right.slice(0, 1).map(({ service: _own, ...first }) => ({ ...first, name: 'theirs', stated: false, own: false, ...(service !== undefined && { service }), requests: first.requests.map((request) => ({ ...request, path: '/theirs' })) }))],
        answer: (place, { path }, right) => (place === 'aws' && path === '/theirs' ? answerOf(status, {}) : right()),
      });
      expect(verdicts.map((one) => [one.status, one.why])).toEqual([expected]);
    });
});

describe('an issuer that answers with JSON of another shape', () => {
  const shaped = (end: string, body: object): Instead => (place, { path, method }, right) => ((place === 'issuer' || place === 'further') && method === 'GET' && path.endsWith(end) ? answerOf(200, body) : right());
  const NONE = [{ keys: 7 }, { keys: { kid: 'x' } }, {}];
  const statuses = async (example: Example, check: string, answer: Instead): Promise<readonly string[]> => [...new Set((await verdictsOf(await loadExample(example), check, { answer })).map(({ status }) => status))];
  it.each(NONE)('has no keys in %j', async (body) => {
    expect(await saying('sso', 'IDP-21', shaped('/certs', body))).toEqual(['failed no key is published']);
    expect(await saying('sso', 'KONG-05', shaped('/certs', body))).toEqual(['inconclusive the issuer did not give its keys']);
    expect(await statuses('issuers', 'ISS-06', shaped('/certs', body))).toEqual(['inconclusive']);
  });
  it('has no keys that are none', async () => {
    for (const [example, check, status] of [['sso', 'IDP-21', 'failed'], ['sso', 'KONG-05', 'failed'], ['issuers', 'ISS-06', 'inconclusive']] as const) expect([check, await statuses(example, check, shaped('/certs', { keys: [null, 7, 'x', []] }))]).toEqual([check, [status]]);
  });
  it.each([7, 'none', { none: true }, null])('offers no algorithms by %j', async (algorithms) => {
    expect(await saying('sso', 'IDP-19', shaped('/openid-configuration', { id_token_signing_alg_values_supported: algorithms }))).toEqual(['failed offers nothing']);
  });
});
