import { describe, expect, it } from 'vitest';
import { isTorn, noLoginRealm, notKeycloak, saidByKeycloak } from '../../../../src/providers/keycloak/not-keycloak.ts';
import { line } from './blueprint.ts';

describe('an answer is Keycloak’s own word', () => {
  it.each<readonly [body: unknown, said: boolean]>([
    [{ error: 'Realm not found.' }, true],
    [{ errorMessage: 'Could not find client' }, true],
    [{ error: 'Unable to find matching target resource method' }, false],
    [{ error: 'Unable to find matching target resource method', errorMessage: 'x' }, true],
    [{ error: 'We say: Unable to find matching target resource method' }, true],
    [{ error: 404 }, false],
    [{ errorMessage: 404 }, false],
    [{}, false],
    [null, false],
    ['error', false],
    [undefined, false],
  ])('%j: %s', (body, said) => expect(saidByKeycloak({ status: 404, body })).toBe(said));
});

describe('a list that Keycloak could not end', () => {
  const failure = '{"error":"unknown_error","error_description":"For more on this error consult the server log."}';
  it.each<readonly [status: number, body: unknown, torn: boolean]>([
    [200, `[{"realm":"shop","browserFl${failure}`, true],
    [200, `{"realm":"shop","browserFl${failure}\n`, true],
    [500, `[{"realm":"shop","browserFl${failure}`, false],
    [200, failure, false],
    [200, `<html>${failure}`, false],
    [200, `[{"realm":"shop","browserFl`, false],
    [200, [{ description: failure }], false],
  ])('%i %j: %s', (status, body, torn) => expect(isTorn({ status, body })).toBe(torn));
});

describe('what is told of another answer', () => {
  const asked = { shown: 'https://id.example', field: 'url', path: '/realms/shop', at: line } as const;
  const where = /^targets\.keycloak\.url is the base URL/;
  it.each<readonly [status: number, body: unknown, location: string | undefined, what: string, hint: RegExp]>([
    [302, '', 'https://new.example/realms/shop', 'it sends GET /realms/shop elsewhere (302), to https://new.example/realms/shop', /^targets\.keycloak\.url: https:\/\/new\.example$/],
    [302, '', '/auth/realms/shop', 'it sends GET /realms/shop elsewhere (302), to https://id.example/auth/realms/shop', /^targets\.keycloak\.url: https:\/\/id\.example\/auth$/],
    [399, '', '/login', 'it sends GET /realms/shop elsewhere (399), to https://id.example/login', /proxy's login page/],
    [300, '', 'http://[', 'it sends GET /realms/shop elsewhere (300), to http://[', /proxy's login page/],
    [302, '', 'https://me:secret@new.example/x', 'it sends GET /realms/shop elsewhere (302), to https://new.example/x', /proxy's login page/],
    [302, '', undefined, '/realms/shop is no JSON that Keycloak would send (302)', where],
    [299, '', '/login', '/realms/shop is no JSON that Keycloak would send (299)', where],
    [400, '', '/login', '/realms/shop is no JSON that Keycloak would send (400)', where],
    [404, '<html>', undefined, 'it has no /realms/shop (404)', /as in https:\/\/id\.example\/auth$/],
    [200, '<html>', undefined, '/realms/shop is a page (200)', where],
    [200, '\n  <html>', undefined, '/realms/shop is a page (200)', where],
    [200, 'a <b>', undefined, '/realms/shop is no JSON that Keycloak would send (200)', where],
    [200, {}, undefined, '/realms/shop is no JSON that Keycloak would send (200)', where],
  ])('%s with %j, to %s', (status, body, location, what, hint) =>
    expect(notKeycloak({ status, body, ...(location !== undefined && { location }) }, asked)).toMatchObject({
      code: 'KEYCLOAK_NOT_KEYCLOAK', at: line, message: `what answers at https://id.example is not Keycloak: ${what}`, hint: expect.stringMatching(hint) as string,
    })); // prettier-ignore
  it('names the field that holds the address', () =>
    expect(notKeycloak({ status: 302, body: '', location: 'https://new.example/realms/shop' }, { ...asked, field: 'admin' })).toMatchObject({ hint: 'targets.keycloak.admin: https://new.example' }));
  it('may be that the realm of the login is not there', () =>
    expect(noLoginRealm('master', 'https://id.example', line)).toMatchObject({ code: 'KEYCLOAK_NOT_KEYCLOAK', at: line, message: 'Keycloak at https://id.example has no realm "master" to log in to', hint: expect.stringMatching(/credentials\.realm/) as string }));
});
