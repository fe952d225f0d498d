import { describe, expect, it } from 'vitest';
import { givenRoles } from '../../../src/access/index.ts';
import { addressOf } from '../../../src/core/resource.ts';
import type { Desired } from '../../../src/core/resource.ts';
import { Secret } from '../../../src/core/secret.ts';
import { expand } from '../../../src/patterns/index.ts';
import { complaints, env, load, problemsIn, sso } from '../blueprint/loading.ts';

const withRaw = async (raw: string): Promise<string> => `${await sso()}\nraw:\n  keycloak:\n    entities:\n${raw.replace(/^/gm, '      ')}\n`;
const loaded = async (raw: string) => load(await withRaw(raw), { env: { ...env, CORP: 'the-corp-secret' } });
const expanded = async (raw: string): Promise<ReadonlyMap<string, Desired>> => new Map(expand(await loaded(raw)).desired.map((object) => [addressOf(object), object]));
const problemsOf = async (raw: string) => {
  const blueprint = await loaded(raw);
  return problemsIn(() => Promise.resolve().then(() => expand(blueprint)));
};
/** The line that a text stands in. */
const lineOf = async (raw: string, part: string): Promise<number> => (await withRaw(raw)).split('\n').findIndex((line) => line.includes(part)) + 1;

describe('what raw.keycloak states of a realm', () => {
  const realmWith = async (raw: string): Promise<string> => `${await sso()}\nraw:\n  keycloak:\n    realm:\n${raw.replace(/^/gm, '      ')}\n`;
  it.each<[what: string, raw: string, code: string]>([
    ['roles', 'roles: { realm: [] }', 'KEYCLOAK_NOT_A_SETTING'],
    ['identity providers', 'identityProviders: []', 'KEYCLOAK_NOT_A_SETTING'],
    ['default roles', 'defaultRoles: [support]', 'KEYCLOAK_NOT_A_SETTING'],
    ['applications that the policy for one-time passwords lists by itself', 'otpSupportedApplications: [totpAppGoogleName]', 'KEYCLOAK_NOT_A_SETTING'],
    ['a field that Keycloak does not know', 'resetPaswordAllowed: true', 'RAW_UNKNOWN_FIELD'],
    ['a user of a mail server that asks for none', 'smtpServer: { host: mail.test, from: a@b.test, user: me }', 'RAW_INEFFECTIVE'],
    ['no locales', 'supportedLocales: []', 'RAW_INEFFECTIVE'],
    ['a header of the browser among the attributes', 'attributes: { _browser_header.xFrameOptions: DENY }', 'RAW_INEFFECTIVE'],
  ])('is told before anything is written where Keycloak would not do it: %s', async (_what, raw, code) => {
    const text = await realmWith(raw);
    const blueprint = await load(text);
    const problems = await problemsIn(() => Promise.resolve().then(() => expand(blueprint)));
    const line = text.split('\n').findIndex((one) => one.includes(raw)) + 1;
    expect(problems.map(({ code: found, at }) => [found, at?.line])).toEqual([[code, line]]);
  });

  it.each(['resetPasswordAllowed: true', 'otpPolicyDigits: 8', 'webAuthnPolicyCreateTimeout: 60', 'smtpServer: { host: mail.test, from: a@b.test, auth: "true", user: me }', 'loginTheme: shop'])('is taken where it would: %s', async (raw) => {
    const blueprint = await load(await realmWith(raw));
    expect(expand(blueprint).desired.length).toBeGreaterThan(0);
  });

  it.each<[what: string, raw: string, code: string]>([
    ['a field that Keycloak does not know', 'descripton: the shop', 'RAW_UNKNOWN_FIELD'],
    ['one that it takes and forgets', 'registrationAccessToken: "${REPORTS_SECRET}"', 'RAW_INEFFECTIVE'],
    ['one of versions that are gone', 'directGrantsOnly: true', 'RAW_INEFFECTIVE'],
  ])('is told of a client as well: %s', async (_what, raw, code) => {
    const text = `${await sso()}\nraw:\n  keycloak:\n    clients:\n      storefront:\n        ${raw}\n`;
    const blueprint = await load(text);
    const problems = await problemsIn(() => Promise.resolve().then(() => expand(blueprint)));
    expect(problems.map(({ code: found, at }) => [found, at?.line])).toEqual([[code, text.split('\n').findIndex((one) => one.includes(raw)) + 1]]);
  });

  it.each<[what: string, client: string, raw: string, problems: number]>([
    ['all of them are left out', 'storefront', 'optionalClientScopes: [email]', 3],
    ['one is left out', 'storefront', 'optionalClientScopes: [email, orders:read, invoices:read]', 1],
    ['none is left out, at either list', 'storefront', 'optionalClientScopes: [orders:read], defaultClientScopes: [acr, basic, roles, orders:write, invoices:read]', 0],
    ['the other list is its own', 'storefront', 'defaultClientScopes: [basic]', 0],
    ['a service gets its own by itself', 'reports', 'defaultClientScopes: [basic, orders:read]', 1],
  ])('is told where a list takes the place of the scopes of a client: %s', async (_what, client, raw, problems) => {
    const blueprint = await load(`${await sso()}\nraw:\n  keycloak:\n    clients:\n      ${client}: { ${raw} }\n`);
    const found = await problemsIn(() => Promise.resolve().then(() => expand(blueprint)));
    expect(found.map(({ code }) => code)).toEqual(Array.from({ length: problems }, () => 'RAW_FIELD'));
  });

  describe('of clients', () => {
    const withClient = async (attributes: string, where: string, ...edits: readonly (readonly [string, string])[]): Promise<string> =>
      `${await sso(...edits)}\nraw:\n  keycloak:\n${where === 'clients' ? '    clients:\n      storefront:' : '    entities:\n      clients:\n        robot:'} { attributes: { ${attributes} } }\n`;
    const codes = async (text: string): Promise<readonly (readonly [string, string | undefined])[]> => {
      const blueprint = await load(text);
      const problems = await problemsIn(() => Promise.resolve().then(() => expand(blueprint)));
      const lines = text.split('\n');
      return problems.map(({ code, at }) => [code, at && lines[at.line - 1]?.trim().split(':')[0]] as const);
    };
    it.each<[what: string, attributes: string]>([
      ['keys at two places', 'use.jwks.url: "true", use.jwks.string: "true"'],
      ['sessions that are idle for longer', 'client.session.idle.timeout: "1801"'],
      ['sessions that last longer', 'client.session.max.lifespan: "36001"'],
    ])('is refused as Keycloak would refuse it: %s', async (_what, attributes) => {
      expect(await codes(await withClient(attributes, 'clients'))).toEqual([['RAW_REFUSED', 'storefront']]);
      expect(await codes(await withClient(attributes, 'entities'))).toEqual([['RAW_REFUSED', 'robot']]);
    });

    it.each<[what: string, attributes: string, edit?: readonly [string, string]]>([
      ['keys at one place', 'use.jwks.url: "true", use.jwks.string: "false"'],
      ['sessions like those of the realm', 'client.session.idle.timeout: "1800", client.session.max.lifespan: "36000"'],
      ['longer ones where they may outlive the browser', 'client.session.idle.timeout: "1801"', ['  sessions:', '  login: { rememberMe: true }\n  sessions:']],
    ])('is taken as Keycloak takes it: %s', async (_what, attributes, edit) => {
      expect(expand(await load(await withClient(attributes, 'clients', ...(edit ? [edit] : [])))).desired.length).toBeGreaterThan(0);
    });
  });

  it('adds to what a client has: its attributes and mappers stay', async () => {
    const raw = '{ attributes: { login_theme: acme }, protocolMappers: { team: { protocolMapper: oidc-hardcoded-claim-mapper, config: { claim.name: team, claim.value: red } } } }';
    const blueprint = await load(`${await sso()}\nraw:\n  keycloak:\n    clients:\n      storefront: ${raw}\n`);
    const client = expand(blueprint).desired.find(({ kind, id }) => kind === 'keycloak.client' && id === 'shop/storefront');
    expect(client?.spec).toMatchObject({ attributes: { 'pkce.code.challenge.method': 'S256', login_theme: 'acme' }, mappers: { team: { protocolMapper: 'oidc-hardcoded-claim-mapper' } } });
    expect(client?.spec).not.toHaveProperty('protocolMappers');
  });
});

describe('the roles of every account', () => {
  it('are in the role that Keycloak gives to each, and everybody has them', async () => {
    const blueprint = await load(await sso(['  scopes:\n', '  defaultRoles: [support]\n  scopes:\n']));
    const made = expand(blueprint).desired.find(({ kind }) => kind === 'keycloak.composite');
    expect(made).toMatchObject({ id: 'shop/default-roles-shop', spec: { realmRoles: ['offline_access', 'support', 'uma_authorization'] }, after: ['keycloak.role/shop/support'] });
    for (const name of Object.keys(blueprint.personas)) expect(givenRoles(blueprint, { what: 'persona', name })).toContain('support');
  });
});

describe('the roles of clients of every account', () => {
  const everybody = (fields: string): string => `raw: { keycloak: { entities: { clientRoles: { reports: { reader: {} } }, roles: { default-roles-shop: ${fields} } } } }\n`;
  it.each([
    ['by themselves', [], {}],
    ['beside realm roles', [['  scopes:\n', '  defaultRoles: [support]\n  scopes:\n']] as const, { realmRoles: ['offline_access', 'support', 'uma_authorization'] }],
  ])('are in the role that Keycloak gives to each: %s', async (_what, edits, more) => {
    const blueprint = await load(`${await sso(...edits)}\n${everybody('{ composites: { client: { reports: [reader], account: [view-profile] } } }')}`);
    const { desired } = expand(blueprint);
    const made = desired.filter(({ kind }) => kind === 'keycloak.composite');
    expect(made.map(({ id, spec }) => [id, spec])).toEqual([['shop/default-roles-shop', { ...more, clientRoles: { account: ['view-profile'], reports: ['reader'] } }]]);
    expect(made[0]?.after).toContain('keycloak.client-role/shop/reports/reader');
    expect(desired.some(({ kind, id }) => kind === 'keycloak.role' && id === 'shop/default-roles-shop')).toBe(false);
  });

  it.each([
    ['realm roles, which the matrix would miss', '{ composites: { realm: [support] } }'],
    ['what else the role has', '{ description: mine }'],
  ])('are all that is stated of it: not %s', async (_what, fields) => {
    const blueprint = await load(`${await sso()}\n${everybody(fields)}`);
    const found = await problemsIn(() => Promise.resolve().then(() => expand(blueprint)));
    expect(found.map(({ code }) => code)).toEqual(['RAW_FIELD']);
  });
});

describe('what raw.keycloak.entities states', () => {
  it.each<readonly [what: string, section: string, name: string, fields?: string]>([
    ['a client scope that no request can ask for, for its space', 'clientScopes', 'with space'],
    ['one that no request can ask for, for its letters', 'clientScopes', 'Größe'],
    ['one that no request can ask for, for its quote', 'clientScopes', 'a"b'],
    ['a flow with a sign of addresses', 'authenticationFlows', 'sign in/up', '{ authenticationExecutions: [{ authenticator: auth-cookie, requirement: REQUIRED }] }'],
    ['an organization with one', 'organizations', 'a:b'],
  ])('is refused where Keycloak refuses its name: %s', async (_what, section, name, fields = '{}') => {
    const text = `${await sso()}\nraw:\n  keycloak:\n    realm: { organizationsEnabled: true }\n    entities:\n      ${section}:\n        '${name}': ${fields}\n`;
    expect(await complaints(text)).toMatchObject([{ code: 'BLUEPRINT_BAD_NAME', marked: `'${name}'` }]);
  });

  it('is an object for each role, and one for what a realm role contains of clients, which comes after both', async () => {
    const raw = `roles:
  Team Lead: { description: leads, composites: { realm: [support], client: { "https://app.test/x": [reader] } } }
clientRoles:
  https://app.test/x:
    reader: { attributes: { team: [red] } }
    writer: { composites: { realm: [support], client: { "https://app.test/x": [reader] } } }`;
    const objects = await expanded(raw);
    expect(objects.get('keycloak.role/shop/Team Lead')).toMatchObject({ spec: { description: 'leads', composites: ['support'] }, after: ['keycloak.realm/shop', 'keycloak.role/shop/support'] });
    expect(objects.get('keycloak.composite/shop/Team Lead')).toMatchObject({
      spec: { clientRoles: { 'https://app.test/x': ['reader'] } },
      after: ['keycloak.role/shop/Team Lead', 'keycloak.role/shop/support', 'keycloak.client-role/shop/https:%2F%2Fapp.test%2Fx/reader'],
    });
    const writer = objects.get('keycloak.client-role/shop/https:%2F%2Fapp.test%2Fx/writer');
    expect(writer).toMatchObject({ spec: { client: 'https://app.test/x', name: 'writer', composites: ['support'], clientComposites: { 'https://app.test/x': ['reader'] } } });
    expect(writer?.after).toContain('keycloak.client-role/shop/https:%2F%2Fapp.test%2Fx/reader');
    expect(writer?.origin.line).toBe(await lineOf(raw, 'writer: { comp'));
  });

  it('is an identity provider, and an object for each of its mappers, after the role that it gives', async () => {
    const objects = await expanded(`clientRoles: { reports: { reader: {} } }
identityProviders:
  corp:
    providerId: oidc
    config: { clientId: shop, clientSecret: "\${CORP}" }
    mappers:
      support: { identityProviderMapper: oidc-hardcoded-role-idp-mapper, config: { role: support } }
      reader: { identityProviderMapper: oidc-hardcoded-role-idp-mapper, config: { role: reports.reader } }`);
    const corp = objects.get('keycloak.identity-provider/shop/corp');
    expect(corp?.spec).toEqual({ providerId: 'oidc', config: { clientId: 'shop', clientSecret: new Secret('the-corp-secret') } });
    expect(objects.get('keycloak.identity-provider-mapper/shop/corp/support')?.after).toEqual(['keycloak.identity-provider/shop/corp', 'keycloak.role/shop/support']);
    expect(objects.get('keycloak.identity-provider-mapper/shop/corp/reader')?.after).toEqual(['keycloak.identity-provider/shop/corp', 'keycloak.client-role/shop/reports/reader']);
  });

  it('is an object for what an account has of clients, with its groups, after these', async () => {
    const objects = await expanded(`groups: { /staff: {}, /staff/night: {} }
clients:
  batch: { serviceAccountsEnabled: true, serviceAccountGroups: [staff/night, /staff] }
  other: { serviceAccountsEnabled: true }`);
    expect(objects.get('keycloak.grant/shop/account/batch')).toMatchObject({ spec: { clientRoles: {}, groups: ['/staff', '/staff/night'] }, after: ['keycloak.client/shop/batch', 'keycloak.group/shop/staff', 'keycloak.group/shop/staff/night', 'keycloak.realm/shop'] });
    expect(objects.get('keycloak.grant/shop/account/other')).toBeUndefined();
    expect(objects.get('keycloak.client/shop/batch')?.spec).not.toHaveProperty('serviceAccountGroups');
  });

  it.each<[what: string, raw: string, code: string, part: string]>([
    ['a field that Keycloak does not know', 'roles:\n  Lead:\n    descripton: leads', 'RAW_UNKNOWN_FIELD', 'descripton'],
    ['a field that Keycloak sets', 'roles:\n  Lead:\n    id: x', 'RAW_FIELD', 'id: x'],
    ['what the name says', 'clientRoles:\n  reports:\n    reader:\n      name: x', 'RAW_FIELD', 'name: x'],
    ['a mark', 'roles:\n  Lead:\n    attributes: { authctl.owner: [me] }', 'RAW_FIELD', 'Lead:'],
    ['roles of the realm in a circle', 'roles:\n  Lead:\n    composites: { realm: [Deputy] }\n  Deputy:\n    composites: { realm: [Lead] }', 'BLUEPRINT_ROLE_CYCLE', 'Deputy:'],
    ['a role of a client that contains itself', 'clientRoles:\n  reports:\n    reader:\n      composites: { client: { reports: [reader] } }', 'BLUEPRINT_ROLE_CYCLE', 'reader:'],
    ['roles in something else than a realm or a client', 'roles:\n  Lead:\n    composites:\n      clients: {}', 'RAW_UNKNOWN_FIELD', 'clients: {}'],
    ['a provider of nothing', 'identityProviders:\n  corp:\n    enabled: true', 'RAW_MISSING_FIELD', 'corp:'],
    ['something plugged in that is nothing', 'components:\n  hosts:\n    providerType: t', 'RAW_MISSING_FIELD', 'hosts:'],
    ['something plugged in nowhere', 'components:\n  hosts:\n    providerId: p', 'RAW_MISSING_FIELD', 'hosts:'],
    ['an id of something plugged in', 'components:\n  hosts: { providerId: p, providerType: t, id: x }', 'RAW_FIELD', 'hosts:'],
    ['one of two that are the same', 'components:\n  one: { providerId: p, providerType: t }\n  two: { name: one, providerId: p, providerType: t }', 'RAW_FIELD', 'two:'],
    ['a name that is no text', 'components:\n  one: { name: 5, providerId: p, providerType: t }', 'RAW_FIELD', 'one:'],
    ['groups of an account that are no list', 'clients:\n  batch:\n    serviceAccountGroups: /staff', 'RAW_FIELD', 'serviceAccountGroups: /staff'],
    ['a mapper that does nothing', 'identityProviders:\n  corp:\n    providerId: oidc\n    mappers:\n      one: {}', 'RAW_MISSING_FIELD', 'one: {}'],
  ])('may not be %s', async (_what, raw, code, part) => {
    expect((await problemsOf(raw)).map(({ code: found, at }) => [found, at?.line])).toEqual([[code, await lineOf(raw, part)]]);
  });

  it('is an object for each that is plugged in, and for what is part of it, called by its name and by what it is', async () => {
    const objects = await expanded(`components:
  strangers: { name: Trusted Hosts, providerId: trusted-hosts, providerType: policy, subType: anonymous, config: { trusted-hosts: shop.test, more: [b, a] } }
  known: { name: Trusted Hosts, providerId: trusted-hosts, providerType: policy, subType: authenticated }
  staff:
    providerId: ldap
    providerType: storage
    subComponents:
      mail: { name: email, providerId: user-attribute-ldap-mapper, providerType: mapper }`);
    expect(objects.get('keycloak.component/shop/policy.anonymous/Trusted Hosts')).toMatchObject({ after: ['keycloak.realm/shop'], spec: { name: 'Trusted Hosts', subType: 'anonymous', config: { 'trusted-hosts': ['shop.test'], more: ['a', 'b'] } } });
    expect(objects.get('keycloak.component/shop/policy.authenticated/Trusted Hosts')?.spec).toEqual({ name: 'Trusted Hosts', providerId: 'trusted-hosts', providerType: 'policy', subType: 'authenticated' });
    expect(objects.get('keycloak.component/shop/staff/email')).toMatchObject({ after: ['keycloak.component/shop/storage/staff'], spec: { name: 'email', parent: 'staff' } });
  });

  it('may not be a secret in clear, nor an alias with a space', async () => {
    const secret = await withRaw('identityProviders:\n  corp: { providerId: oidc, config: { clientSecret: in-clear } }');
    expect(await complaints(secret)).toEqual([expect.objectContaining({ code: 'BLUEPRINT_SECRET_LITERAL' })]);
    expect(await complaints(await withRaw('identityProviders:\n  "my corp": { providerId: oidc }'))).toEqual([expect.objectContaining({ code: 'BLUEPRINT_BAD_NAME' })]);
  });

  it.each(['clientScopes:\n  "my scope": {}', 'clientScopes:\n  "größe": {}', 'identityProviders:\n  "corp/eu": { providerId: oidc }', 'organizations:\n  "acme+co": {}', 'authenticationFlows:\n  "browser (2)": { providerId: basic-flow }'])('may not be called what Keycloak would refuse: %s', async (raw) => {
    expect((await complaints(await withRaw(raw))).map(({ code, at }) => [code, at])).toEqual([['BLUEPRINT_BAD_NAME', `blueprint.yaml:${await lineOf(raw, raw.split('\n')[1] ?? '')}`]]);
  });

  it('may not be what another section makes', async () => {
    expect((await problemsOf('roles: { support: {} }')).map(({ code }) => code)).toEqual(['PATTERN_TWICE']);
  });
});

describe('the authorization settings of a client', () => {
  const stated = (settings: string, more = 'serviceAccountsEnabled: true, authorizationServicesEnabled: true, '): string => `clients:\n  library: { ${more}authorizationSettings: ${settings} }`;
  it('are an object of its own, that comes after whatever its policies name', async () => {
    const policies = 'policies: [{ name: p, type: role, config: { roles: "[{\\"id\\":\\"support\\"},{\\"id\\":\\"reports/reader\\",\\"required\\":true}]" } }, { name: g, type: group, config: { groups: [{ path: /staff }] } }, { name: c, type: client, config: { clients: [web] } }, { name: u, type: user, config: { users: [sam] } }, { name: s, type: client-scope, config: { clientScopes: [{ id: profile }] } }]';
    const made = (await expanded(stated(`{ decisionStrategy: AFFIRMATIVE, scopes: [{ name: read }], resources: [{ name: doc, scopes: [{ name: read }] }], ${policies} }`))).get('keycloak.authorization/shop/library');
    expect(made?.after).toEqual(['keycloak.client/shop/library', 'keycloak.client-role/shop/reports/reader', 'keycloak.role/shop/support', 'keycloak.group/shop/staff', 'keycloak.client/shop/web', 'keycloak.user/shop/sam', 'keycloak.client-scope/shop/profile']);
    expect(made?.spec).toMatchObject({
      decisionStrategy: 'AFFIRMATIVE',
      scopes: { read: { displayName: null } },
      resources: { doc: { scopes: ['read'], uris: [], ownerManagedAccess: false } },
      policies: { p: { logic: 'POSITIVE', decisionStrategy: 'UNANIMOUS', config: { fetchRoles: null, roles: [{ id: 'reports/reader', required: true }, { id: 'support', required: false }] } }, g: { config: { groups: [{ path: '/staff', extendChildren: false }] } } },
    });
    expect(made?.spec).not.toHaveProperty('policyEnforcementMode');
  });

  it.each<[what: string, raw: string, codes: readonly string[]]>([
    ['with the services off', stated('{}', 'serviceAccountsEnabled: true, '), ['RAW_INEFFECTIVE']],
    ['without an account', stated('{}', 'authorizationServicesEnabled: true, '), ['RAW_REFUSED']],
    ['that are no mapping', stated('[]'), ['RAW_FIELD']],
    ['with a field that Keycloak does not know', stated('{ permissions: [] }'), ['RAW_UNKNOWN_FIELD']],
    ['with a word that Keycloak does not know', stated('{ decisionStrategy: MOST }'), ['RAW_FIELD']],
    ['with no list', stated('{ resources: { doc: {} } }'), ['RAW_FIELD']],
    ['with a resource without a name', stated('{ resources: [{ uris: [/a] }] }'), ['RAW_MISSING_FIELD']],
    ['with what is stated twice', stated('{ scopes: [{ name: a }, { name: a }] }'), ['RAW_FIELD']],
    ['with an owner', stated('{ resources: [{ name: a, owner: { name: sam } }] }'), ['RAW_UNKNOWN_FIELD']],
    ['with a policy by nothing', stated('{ policies: [{ name: a, type: role }] }'), ['RAW_MISSING_FIELD']],
    ['with the logic of nobody', stated('{ policies: [{ name: a, type: role, logic: NO, config: {} }] }'), ['RAW_FIELD']],
    ['with a scope that is not stated', stated('{ resources: [{ name: a, scopes: [{ name: read }] }] }'), ['RAW_MISSING_FIELD']],
  ])('are refused %s', async (_what, raw, codes) => {
    expect((await problemsOf(raw)).map(({ code }) => code)).toEqual(codes);
  });
});
