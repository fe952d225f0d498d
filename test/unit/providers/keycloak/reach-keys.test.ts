import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { selfSigned } from '../../../../src/core/certificate.ts';
import { isOfKeycloak } from '../../../../src/providers/keycloak/reach/certificate.ts';
import { BY_KEYCLOAK, BY_OPENSSL, FOR_ENCRYPTION } from './certificates.ts';
import { masterOf } from './fake/master.ts';
import { exportedBeside } from './fake/new-realm.ts';
import type { Body } from './fake/state.ts';
import type { Rows } from './reach-world.ts';
import { world } from './reach-world.ts';

const { told, beside, keycloak, realm, role, seen, foreign } = world();
const KEYS = 'org.keycloak.keys.KeyProvider';
const key = (name: string, certificate: string, over: Body = {}): void => void beside().components[KEYS].push({ id: name, name, providerId: 'rsa-generated', config: {}, certificate, ...over });
const hmac = (name: string, algorithm = 'HS512', config: Body = {}): void => void beside().components[KEYS].push({ name, providerId: 'hmac-generated', config: { algorithm: [algorithm], ...config } });
const ofMaster = (certificate: string): void => void masterOf(keycloak().realms).beside.components[KEYS].push({ id: 'theirs', name: 'rsa-generated', providerId: 'rsa-generated', config: {}, certificate });
/** What of the scopes that every new client has is left. */
const scopes = (field: string, ...gone: readonly string[]): void => void (beside()[field] = (exportedBeside()[field] as string[]).filter((name) => !gone.includes(name)));
const secret = 'what Keycloak signs for itself (refresh tokens, links in mail) is good with one more secret';

const rows: Rows = [
  ['a key that Keycloak made', () => key('second', BY_KEYCLOAK), []],
  ['a key that somebody brought as one that Keycloak made', () => key('rsa-generated', BY_OPENSSL), ["opens key/rsa-generated: tokens are good that are signed with a key that Keycloak has not made (rsa-generated, kid kid of rsa-generated): its certificate is not one of Keycloak's, so that who brought it may hold the key"]],
  ['the same for what is encrypted', () => key('enc', BY_OPENSSL, { providerId: 'rsa-enc-generated' }), ["opens key/enc: what is encrypted for the realm can be read with a key that Keycloak has not made (enc, kid kid of enc): its certificate is not one of Keycloak's, so that who brought it may hold the key"]],
  ['the same, which signs nothing any more', () => key('old', BY_OPENSSL, { config: { active: ['false'] } }), [expect.stringMatching(/^opens key\/old: tokens are good/) as string]],
  ['the same, which is off', () => key('off', BY_OPENSSL, { config: { enabled: ['false'] } }), ['differs key/off: the key off is switched off']],
  ['a certificate that is none', () => key('broken', 'AAAA'), [expect.stringMatching(/^opens key\/broken/) as string]],
  ['such a key in the realm that rules the server', () => ofMaster(BY_OPENSSL), [expect.stringMatching(/^opens administrators\/ key.rsa-generated: in realm "master", which rules this one, tokens are good that are signed with a key that Keycloak has not made/) as string]],
  ['one of Keycloak there', () => ofMaster(BY_KEYCLOAK), []],
  ['a second secret for what Keycloak signs for itself', () => hmac('theirs'), [`weakens key/theirs: ${secret} (theirs), which who put it there may know`]],
  ['one that is off', () => hmac('theirs', 'HS512', { enabled: ['false'] }), ['differs key/theirs: the key theirs is switched off']],
  ['the one that an older Keycloak shipped', () => hmac('hmac-generated', 'HS256'), []],
  ['default scopes of clients that are gone', () => scopes('defaultDefaultClientScopes', 'roles', 'basic'), ['differs realm/ defaultDefaultClientScopes.lacks: clients that somebody makes in this realm do not have basic, roles, which Keycloak gives to each always']],
  ['one that clients must ask for now', () => { scopes('defaultDefaultClientScopes', 'email'); beside().defaultOptionalClientScopes = [...exportedBeside().defaultOptionalClientScopes, 'email']; }, ['differs realm/ defaultDefaultClientScopes.lacks: clients that somebody makes in this realm have otherwise email, which Keycloak gives to each always']],
  ['one that nobody may ask for any more', () => scopes('defaultOptionalClientScopes', 'phone'), ['differs realm/ defaultOptionalClientScopes.lacks: clients that somebody makes in this realm do not have phone, which Keycloak gives to each that asks']],
];

const contents = (): Set<string> => realm().links.get(`roles-by-id/${String(role('default-roles-shop').id)}/composites`)!;

describe('keys and defaults of a realm', () => {
  it('with less in the role of everybody than Keycloak ships', async () => {
    contents().delete('offline_access');
    expect(await told()).toEqual(['breaks role/default-roles-shop composites: accounts lack offline_access, which Keycloak gives to everybody by the role default-roles-shop']);
  });

  it('with less in a role of a client than Keycloak ships', async () => {
    const account = beside().roles.client.account as Body[];
    account.find(({ name }) => name === 'manage-account')!.client = {};
    expect(await told()).toEqual(['differs client-role/account/manage-account composites: who has the role account/manage-account lacks account/manage-account-links, which Keycloak puts into it']);
  });

  it.each(rows)('%s', async (_what, change, expected) => {
    change();
    expect(await told()).toEqual(expected);
  });

  it('are told again when an accepted key is another one', async () => {
    key('theirs', BY_OPENSSL);
    const before = await seen();
    beside().components[KEYS].at(-1).id = 'another';
    expect(await seen()).not.toEqual(before);
  });
});

describe('a name that says that it is authctl’s own', () => {
  it('keeps no finding from being told', async () => {
    foreign('authctl-lock.evil', { optionalClientScopes: ['orders:read'] });
    foreign('authctl-verify-zzzzzz-0', { optionalClientScopes: ['orders:read'] });
    expect(await told()).toEqual([
      'opens client/authctl-lock.evil: authctl-lock.evil gets tokens for orders: people sign in at it and their codes go to https://evil.example/cb',
      'opens client/authctl-verify-zzzzzz-0: authctl-verify-zzzzzz-0 gets tokens for orders: people sign in at it and their codes go to https://evil.example/cb',
    ]);
  });
});

describe('a certificate', () => {
  it.each([BY_KEYCLOAK, FOR_ENCRYPTION])('is known as one of Keycloak', (one) => expect(isOfKeycloak(one)).toBe(true));
  it('made by verify itself is none of Keycloak', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const made = selfSigned('shop', privateKey, new Date(Date.now() - 60_000), new Date(Date.now() + 86_400_000)).replaceAll(/-----[^-]+-----|\s/g, '');
    expect(isOfKeycloak(made)).toBe(false);
  });
  it.each([BY_OPENSSL, '', 'AAAA', BY_KEYCLOAK.slice(0, 200), `${BY_KEYCLOAK.slice(0, -20)}AAAAAAAAAAAAAAAAAAAA`])('is known as none of it', (one) => expect(isOfKeycloak(one)).toBe(false));
});
