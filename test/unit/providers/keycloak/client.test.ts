import { beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../../src/core/secret.ts';
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
