import { beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../../src/core/secret.ts';
import type { Http } from '../../../../src/providers/http.ts';
import { createAdmin } from '../../../../src/providers/keycloak/client.ts';
import { masker } from '../../../../src/core/mask.ts';
import { line, target } from './blueprint.ts';
import { fakeKeycloak } from './fake-keycloak.ts';
import type { FakeKeycloak } from './fake-keycloak.ts';

let keycloak: FakeKeycloak;
let clock = 0;
beforeEach(() => {
  keycloak = fakeKeycloak();
  clock = 0;
});
const admin = (over: Parameters<typeof target>[0] = {}) =>
  createAdmin(keycloak, { target: target(over), mask: masker([new Secret('admin-secret')]), at: line, now: () => clock });
const logins = (): number => keycloak.sent.filter((text) => text === 'LOGIN').length;
const write = { doing: 'change the realm', body: {}, at: line };

describe('a write whose answer was lost', () => {
  it.each([
    ['POST', [409], true],
    ['POST', [], false],
    ['POST', [404], false],
  ] as const)('may be sent again where a second one is refused and looked into (%s, %j: %s)', async (method, accept, repeatable) => {
    const asked: unknown[] = [];
    const http: Http = { ...keycloak, send: (verb, path, options) => { if (!path.includes('/token')) asked.push(options?.repeatable); return keycloak.send(verb, path, options); } };
    await createAdmin(http, { target: target(), mask: (text) => text, now: () => clock }).write(method, '/shop/roles', { doing: 'make a role', body: {}, accept: [...accept, 404] });
    expect(asked).toEqual([repeatable]);
  });
});

describe('the login', () => {
  it('happens once for requests that come together', async () => {
    const one = admin();
    await Promise.all([one.find('/a', 'a'), one.find('/b', 'b'), one.find('/c', 'c')]);
    expect(logins()).toBe(1);
    expect(keycloak.requests()).toEqual({ reads: 4, writes: 0 });
  });

  it('is renewed before the token ends, once', async () => {
    const one = admin();
    await one.find('/a', 'a');
    clock = 49_000;
    await one.find('/a', 'a');
    expect(logins()).toBe(1);
    clock = 51_000;
    await Promise.all([one.find('/a', 'a'), one.find('/b', 'b')]);
    expect(logins()).toBe(2);
  });

  it('uses a very short token for half its life', async () => {
    keycloak.expiresIn = 4;
    const one = admin();
    await one.find('/a', 'a');
    clock = 1_900;
    await one.find('/a', 'a');
    expect(logins()).toBe(1);
    clock = 2_100;
    await one.find('/a', 'a');
    expect(logins()).toBe(2);
  });

  it('is made again when the server forgot the token, and not a third time', async () => {
    const one = admin();
    await one.find('/a', 'a');
    keycloak.revoke();
    await Promise.all([one.find('/a', 'a'), one.find('/b', 'b')]);
    expect(logins()).toBe(2);
    for (let times = 0; times < 2; times += 1) keycloak.interrupt(/GET \/a/, { status: 401, body: {} });
    await expect(one.find('/a', 'a')).rejects.toMatchObject({ code: 'KEYCLOAK_UNAUTHORIZED' });
    expect(logins()).toBe(3);
  });

  it('is tried anew after one that failed', async () => {
    const one = admin();
    keycloak.secret = 'changed';
    await expect(one.find('/a', 'a')).rejects.toMatchObject({ code: 'KEYCLOAK_UNAUTHORIZED', at: line });
    keycloak.secret = 'admin-secret';
    expect(await one.find('/a', 'a')).toBeUndefined();
  });

  it('never repeats a secret that the server puts into its message', async () => {
    const answer = { status: 401, body: { error: 'unauthorized_client', error_description: 'Invalid client credentials admin-secret' } };
    const telling = createAdmin(
      { ...keycloak, send: () => Promise.resolve(answer) },
      { target: target(), mask: masker([new Secret('admin-secret')]) },
    );
    await expect(telling.find('/a', 'a')).rejects.toMatchObject({
      message: expect.stringContaining('Invalid client credentials [secret]') as string,
    });
  });

  it('says that it is not Keycloak when there is no such realm or something else answers', async () => {
    await expect(admin({ realm: 'nowhere' }).find('/a', 'a')).rejects.toMatchObject({ code: 'KEYCLOAK_NOT_KEYCLOAK' });
    const page = createAdmin(
      { ...keycloak, send: () => Promise.resolve({ status: 200, body: '<html>' }) },
      { target: target(), mask: String },
    );
    await expect(page.find('/a', 'a')).rejects.toMatchObject({ code: 'KEYCLOAK_NOT_KEYCLOAK' });
  });
});

describe('an answer', () => {
  const cases = [
    [
      400,
      { errorMessage: 'Unrecognized field "x"' },
      'KEYCLOAK_REFUSED',
      'fixable',
      'Keycloak refused to change the realm (400): Unrecognized field "x"',
    ],
    [
      400,
      { errors: [{ field: 'email', errorMessage: 'error-invalid-email' }, { errorMessage: 'b' }] },
      'KEYCLOAK_REFUSED',
      'fixable',
      'Keycloak refused to change the realm (400): email: error-invalid-email; b',
    ],
    [
      400,
      { error: 'invalidPassword', error_description: 'must hold admin-secret' },
      'KEYCLOAK_REFUSED',
      'fixable',
      'Keycloak refused to change the realm (400): must hold [secret]',
    ],
    [500, '<html>', 'KEYCLOAK_REFUSED', 'fixable', 'Keycloak refused to change the realm (500): no message'],
    [302, '', 'KEYCLOAK_REFUSED', 'fixable', 'Keycloak refused to change the realm (302): no message'],
    [403, {}, 'KEYCLOAK_FORBIDDEN', 'fixable', 'Keycloak does not let client "authctl" change the realm'],
    [
      503,
      '',
      'TARGET_UNREACHABLE',
      'unreachable',
      'keycloak did not answer at http://keycloak.test: HTTP 503 while trying to change the realm',
    ],
  ] as const;
  it.each(cases)('with status %s and %j is the problem %s', async (status, body, code, nature, message) => {
    keycloak.interrupt(/PUT \/shop/, { status, body });
    await expect(admin().write('PUT', '/shop', write)).rejects.toMatchObject({ code, nature, message, at: line });
  });

  it('that is not there is undefined for find, a problem for read, and success where it is accepted', async () => {
    expect(await admin().find('/shop', 'read it')).toBeUndefined();
    await expect(admin().read('/shop', 'read it')).rejects.toMatchObject({ code: 'KEYCLOAK_REFUSED' });
    expect(await admin().write('DELETE', '/shop', { doing: 'delete it', accept: [404] })).toBe(404);
  });

  it('counts as a read when it cannot have changed anything: logins and exports', async () => {
    const one = admin();
    expect(await one.exportRealm('shop')).toBeUndefined();
    expect(one.writes()).toBe(0);
    expect(keycloak.requests()).toEqual({ reads: 2, writes: 0 });
  });
});

describe('an answer that nobody knows', () => {
  type Ask = (one: ReturnType<typeof admin>) => Promise<unknown>;
  const asks: readonly (readonly [what: string, ask: Ask, path: string])[] = [
    ['a list with a query', (one) => one.list('/shop/users?first=0&max=5', 'list'), '/admin/realms/shop/users'],
    ['a query with a question mark in it', (one) => one.list('/shop/users?search=a?b', 'list'), '/admin/realms/shop/users'],
    ['a query of two parts', (one) => one.read('/shop/users?search=a&b', 'read'), '/admin/realms/shop/users'],
    ['no query', (one) => one.read('/shop/keys', 'read'), '/admin/realms/shop/keys'],
    ['what may be absent', (one) => one.find('/shop/keys?x=1', 'find'), '/admin/realms/shop/keys'],
    ['a list that may be absent', (one) => one.findList('/shop/groups?x=1', 'find'), '/admin/realms/shop/groups'],
    ['an export', (one) => one.exportRealm('shop'), '/admin/realms/shop/partial-export'],
  ];
  it.each(asks)('is told with the path that was asked, and no more: %s', async (_what, ask, path) => {
    keycloak.interrupt(/./, { status: 200, body: '<html>' });
    await expect(ask(admin())).rejects.toMatchObject({ code: 'KEYCLOAK_NOT_KEYCLOAK', at: line, message: `what answers at http://keycloak.test is not Keycloak: ${path} is a page (200)` });
  });

  it.each(asks.filter(([what]) => what.includes('absent') || what === 'an export'))('is no word that there is none: %s', async (_what, ask, path) => {
    keycloak.interrupt(/./, { status: 404, body: '' });
    await expect(ask(admin())).rejects.toMatchObject({ code: 'KEYCLOAK_NOT_KEYCLOAK', message: expect.stringContaining(`it has no ${path} (404)`) as string });
  });

  it.each(asks.filter(([what]) => what.includes('list')))('is Keycloak\'s failure in the middle of it: %s', async (_what, ask) => {
    keycloak.interrupt(/./, { status: 200, body: '[{"a":1},{"b{"error":"unknown_error","error_description":"For more on this error consult the server log."}' });
    await expect(ask(admin())).rejects.toMatchObject({ code: 'KEYCLOAK_REFUSED', message: expect.stringContaining('failed in the middle of its answer') as string });
  });
  it.each(asks.filter(([what]) => what.includes('list')))('is no list: %s', async (_what, ask, path) => {
    keycloak.interrupt(/./, { status: 200, body: { rows: [] } });
    await expect(ask(admin())).rejects.toMatchObject({ code: 'KEYCLOAK_NOT_KEYCLOAK', message: expect.stringContaining(`${path} is no JSON that Keycloak would send`) as string });
  });

  it('of what is published is told with the path that everybody has', async () => {
    const page = createAdmin({ ...keycloak, send: () => Promise.resolve({ status: 200, body: '<html>' }) }, { target: target(), mask: String });
    await expect(page.published('/shop/certs', 'publish')).rejects.toMatchObject({ message: expect.stringContaining(': /realms/shop/certs is a page') as string });
  });

  it.each<readonly [what: string, ask: Ask, status: number, found: unknown]>([
    ['an absent realm', (one) => one.exportRealm('shop'), 404, undefined],
    ['an export that this login may not have', (one) => one.exportRealm('shop'), 403, 'forbidden'],
    ['an absent list', (one) => one.findList('/shop/groups', 'find'), 404, undefined],
  ])('is another thing than %s', async (_what, ask, status, found) => {
    keycloak.interrupt(/./, { status, body: { error: 'Realm not found.' } });
    expect(await ask(admin())).toBe(found);
  });

  it.each([
    [299, 'KEYCLOAK_REFUSED'],
    [300, 'KEYCLOAK_NOT_KEYCLOAK'],
    [399, 'KEYCLOAK_NOT_KEYCLOAK'],
    [400, 'KEYCLOAK_REFUSED'],
  ])('with status %s to a question is %s', async (status, code) => {
    keycloak.interrupt(/./, { status, body: {} });
    await expect(admin().read('/shop', 'read it')).rejects.toMatchObject({ code });
  });

  it.each<readonly [status: number, code: string]>([
    [429, 'TARGET_UNREACHABLE'],
    [501, 'KEYCLOAK_REFUSED'],
    [502, 'TARGET_UNREACHABLE'],
    [504, 'TARGET_UNREACHABLE'],
    [505, 'KEYCLOAK_REFUSED'],
  ])('with status %s is away, or is not: %s', async (status, code) => {
    keycloak.interrupt(/./, { status, body: {} });
    await expect(admin().write('PUT', '/shop', write)).rejects.toMatchObject({ code });
    const away = createAdmin({ ...keycloak, send: () => Promise.resolve({ status, body: { error: 'x' } }) }, { target: target(), mask: String });
    await expect(away.find('/a', 'a')).rejects.toMatchObject({ code });
  });

  it('without what was asked for is told as what was answered, and refuses nothing', async () => {
    keycloak.interrupt(/./, { status: 204, body: undefined });
    await expect(admin().list('/shop/users', 'list users')).rejects.toMatchObject({ code: 'KEYCLOAK_REFUSED', message: 'Keycloak answered 204 where a list was expected (to list users)' });
    keycloak.interrupt(/./, { status: 204, body: undefined });
    await expect(admin().findList('/shop/users', 'list users')).rejects.toMatchObject({ message: 'Keycloak answered 204 where a list was expected (to list users)' });
    keycloak.interrupt(/./, { status: 204, body: undefined });
    await expect(admin().read('/shop', 'read the realm')).rejects.toMatchObject({ message: 'Keycloak answered 204 where an object was expected (to read the realm)' });
  });

  it.each([199, 200, 204, 299, 300])('to a write is good from 200 to 299: %s', async (status) => {
    keycloak.interrupt(/./, { status, body: {} });
    const answered = admin().write('PUT', '/shop', write);
    if (status >= 200 && status < 300) expect(await answered).toBe(status);
    else await expect(answered).rejects.toMatchObject({ code: 'KEYCLOAK_REFUSED' });
  });

  it('is cut to what fits a line', async () => {
    keycloak.interrupt(/./, { status: 400, body: { errorMessage: `a\n\t b ${'x'.repeat(700)}` } });
    const thrown: unknown = await admin().write('PUT', '/shop', write).catch((one: unknown) => one);
    expect(thrown).toMatchObject({ message: `Keycloak refused to change the realm (400): a b ${'x'.repeat(596)}` });
  });
});

describe('a request', () => {
  it('logs in as the client with its secret, and shows its token', async () => {
    const sent: { method: string; path: string; form: string | undefined; headers: unknown; body: unknown; reads: unknown }[] = [];
    const http: FakeKeycloak = {
      ...keycloak,
      send: (method, path, options = {}) => {
        sent.push({ method, path, form: options.bytes?.toString(), headers: options.headers, body: options.body, reads: options.reads });
        return Promise.resolve({ status: 200, body: path.endsWith('token') ? { access_token: 'a-token', expires_in: 60 } : {} });
      },
    };
    const one = createAdmin(http, { target: target(), mask: String, now: () => 0 });
    await one.read('/shop', 'read');
    await one.write('PUT', '/shop', { doing: 'x', body: { a: 1 } });
    await one.write('DELETE', '/shop', { doing: 'x' });
    await one.exportRealm('a b');
    const headers = { Authorization: 'Bearer a-token' };
    expect(sent).toEqual([
      {
        method: 'POST', path: '/realms/master/protocol/openid-connect/token', reads: true, body: undefined, headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        form: 'grant_type=client_credentials&client_id=authctl&client_secret=admin-secret',
      },
      { method: 'GET', path: '/admin/realms/shop', reads: true, body: undefined, headers, form: undefined },
      { method: 'PUT', path: '/admin/realms/shop', reads: false, body: { a: 1 }, headers, form: undefined },
      { method: 'DELETE', path: '/admin/realms/shop', reads: false, body: undefined, headers, form: undefined },
      { method: 'POST', path: '/admin/realms/a%20b/partial-export?exportClients=true&exportGroupsAndRoles=true', reads: true, body: undefined, headers, form: undefined },
    ]);
  });

  it('takes a token that does not say how long it is good for one of a minute', async () => {
    const http: FakeKeycloak = { ...keycloak, send: (method, path) => (keycloak.sent.push(path), Promise.resolve({ status: 200, body: path.endsWith('token') ? { access_token: method } : {} })) };
    const one = createAdmin(http, { target: target(), mask: String, now: () => clock });
    const asked = (): number => keycloak.sent.filter((path) => path.endsWith('token')).length;
    await one.read('/shop', 'read');
    clock = 49_999;
    await one.read('/shop', 'read');
    expect(asked()).toBe(1);
    clock = 50_000;
    await one.read('/shop', 'read');
    expect(asked()).toBe(2);
  });

  it.each<readonly [status: number, body: unknown, code: string]>([
    [503, '', 'TARGET_UNREACHABLE'],
    [500, { error: 'x' }, 'KEYCLOAK_REFUSED'],
    [400, { error: 'x' }, 'KEYCLOAK_UNAUTHORIZED'],
    [401, '<html>', 'KEYCLOAK_NOT_KEYCLOAK'],
    [302, { error: 'x' }, 'KEYCLOAK_NOT_KEYCLOAK'],
    [404, { error: 'Unable to find matching target resource method' }, 'KEYCLOAK_NOT_KEYCLOAK'],
    [404, { error: 'Realm does not exist' }, 'KEYCLOAK_NOT_KEYCLOAK'],
    [200, {}, 'KEYCLOAK_NOT_KEYCLOAK'],
    [200, { access_token: 5 }, 'KEYCLOAK_NOT_KEYCLOAK'],
  ])('that cannot log in, with status %s and %j, is the problem %s', async (status, body, code) => {
    const one = createAdmin({ ...keycloak, send: () => Promise.resolve({ status, body }) }, { target: target(), mask: String, at: line });
    await expect(one.find('/shop', 'find')).rejects.toMatchObject({ code, at: line });
  });
});
