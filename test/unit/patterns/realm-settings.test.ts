import { describe, expect, it } from 'vitest';
import type { Spec } from '../../../src/core/resource.ts';
import { Secret } from '../../../src/core/secret.ts';
import { expand } from '../../../src/patterns/index.ts';
import { complaints, env, load, sso } from '../blueprint/loading.ts';

const specOf = async (text: string, address: string): Promise<Spec | undefined> => {
  const blueprint = await load(text, { env: { ...env, SMTP: 'smtp-password' } });
  return expand(blueprint).desired.find(({ kind, id }) => `${kind}/${id}` === address)?.spec;
};
const realmWith = (yaml: string): Promise<string> => sso(['  scopes:\n', `${yaml.replace(/^/gm, '  ')}\n  scopes:\n`]);

describe('settings of the realm', () => {
  it('are Keycloak’s own where nobody states them, and closed where they let somebody in', async () => {
    const spec = await specOf(await sso(), 'keycloak.realm/shop');
    expect(spec).toMatchObject({ registrationAllowed: false, resetPasswordAllowed: false });
    for (const field of ['rememberMe', 'verifyEmail', 'loginTheme', 'smtpServer', 'passwordPolicy', 'supportedLocales', 'eventsEnabled']) expect(spec).not.toHaveProperty(field);
  });

  it.each<[what: string, yaml: string, expected: Spec]>([
    ['what people may do', 'login: { selfRegistration: true, resetPassword: true, verifyEmail: true, rememberMe: true }', { registrationAllowed: true, resetPasswordAllowed: true, verifyEmail: true, rememberMe: true }],
    ['what a password is like', 'passwordPolicy: length(12) and notUsername', { passwordPolicy: 'length(12) and notUsername' }],
    ['how pages look', 'themes: { login: shop, email: shop }', { loginTheme: 'shop', emailTheme: 'shop' }],
    ['languages', 'locales: { supported: [en, de], default: de }', { internationalizationEnabled: true, supportedLocales: ['de', 'en'], defaultLocale: 'de' }],
    ['what is written down', 'events: { login: true, expiration: 30d }', { eventsEnabled: true, adminEventsEnabled: false, eventsExpiration: 2_592_000 }],
    [
      'mail, with a user only where it signs in',
      'smtp: { host: mail.test, from: a@b.test, port: "587", user: shop, password: "${SMTP}", starttls: true }',
      { smtpServer: { host: 'mail.test', from: 'a@b.test', port: '587', auth: 'true', user: 'shop', password: new Secret('smtp-password'), starttls: 'true' } },
    ],
  ])('say %s', async (_what, yaml, expected) => {
    expect(await specOf(await realmWith(yaml), 'keycloak.realm/shop')).toMatchObject(expected);
  });
});

describe('what is said of somebody and something', () => {
  it('is e-mail, names and attributes of a persona: what is stated is owned, the rest is what a new account begins with', async () => {
    const text = await sso(['sam: { roles: [support]', 'sam: { roles: [support], email: Sam@shop.example, attributes: { phone: ["1"] }']);
    const sam = expand(await load(text)).desired.find(({ id }) => id === 'shop/sam');
    expect(sam?.spec).toMatchObject({ email: 'sam@shop.example', firstName: 'sam', attributes: { phone: ['1'] } });
    expect(sam?.initial).toEqual(['emailVerified', 'firstName', 'lastName', 'requiredActions']);
  });

  it('is mappers of a client and of a scope, by name, beside those that are made anyway', async () => {
    const mapper = 'mappers: { team: { type: oidc-hardcoded-claim-mapper, config: { claim.name: team, claim.value: red } } }';
    const made = { team: { protocolMapper: 'oidc-hardcoded-claim-mapper', config: { 'claim.name': 'team', 'claim.value': 'red' } } };
    const text = await sso(['      type: public\n', `      type: public\n      ${mapper}\n`]);
    expect(await specOf(text, 'keycloak.client/shop/storefront')).toMatchObject({ mappers: made });
  });

  it('is an address, where the realm calls accounts by it', async () => {
    expect(await complaints(await realmWith('login: { emailAsUsername: true }'))).toEqual(
      expect.arrayContaining([expect.objectContaining({ code: 'BLUEPRINT_EMAIL_AS_USERNAME', marked: 'sam' })]),
    );
  });

  it('is the name of accounts that are stated raw, there', async () => {
    const raw = ['raw:', '  keycloak:', '    realm: { registrationEmailAsUsername: true }', '    entities:', '      users:', '        zed: { email: zed@shop.test }', '        amy@shop.test: { email: amy@shop.test }', '        bea@shop.test: {}'];
    const found = (await complaints(`${await sso()}\n${raw.join('\n')}\n`)).filter(({ code }) => code === 'BLUEPRINT_EMAIL_AS_USERNAME');
    expect(found.map(({ marked }) => marked).filter((name) => name === 'zed' || name?.includes('@'))).toEqual(['zed', 'bea@shop.test']);
  });
});
