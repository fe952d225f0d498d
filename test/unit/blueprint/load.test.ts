import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadBlueprint, referencedVariables, requiredSecrets } from '../../../src/blueprint/index.ts';
import { complaints, env, load, problemsIn, repository, sso, ssoFile } from './loading.ts';

describe('loading blueprints/sso.yaml', () => {
  it('fills in every default', async () => {
    const blueprint = await loadBlueprint(ssoFile, { env });
    expect(blueprint).toMatchObject({
      file: ssoFile,
      name: 'shop',
      issuer: 'http://localhost:8080/realms/shop',
      targets: {
        keycloak: { url: 'http://localhost:8080', credentials: { realm: 'master', clientId: 'authctl' } },
        kong: { edition: 'oss', store: 'database', admin: { url: 'http://localhost:8001' }, proxy: { url: 'http://localhost:8000' } },
        opa: { servers: ['http://localhost:8181'], decisionUrl: 'http://localhost:8181', bundle: { publish: 'file:.authctl/bundles' } },
        aws: { region: 'ap-northeast-1', endpoint: 'http://127.0.0.1:4566' },
      },
      realm: {
        name: 'shop',
        tokens: { accessTokenLifespan: 300, algorithm: 'RS256', refreshTokenRotation: true },
        sessions: { idle: 1800, max: 36_000 },
        bruteForceProtection: true,
        sslRequired: 'external',
        roles: {
          'order-writer': { includes: [] },
          customer: { includes: ['order-writer'] },
          support: { includes: [] },
          admin: { includes: ['order-writer', 'support'] },
        },
        scopes: {
          'orders:read': { audience: 'orders', roles: [] },
          'orders:write': { audience: 'orders', roles: ['order-writer'] },
          'invoices:read': { audience: 'invoices', roles: [] },
        },
      },
      authentication: {
        pattern: 'sso',
        client: 'storefront',
        token: { header: true, cookie: '__Host-shop', relay: 'header', leeway: 5 },
        origins: ['https://shop.example'],
      },
      authorization: { pattern: 'centralised', policy: join(repository, 'policies/shop'), decision: 'shop/authz' },
    });
    expect(blueprint.realm.clients['storefront']).toEqual({
      type: 'public',
      mappers: {},
      redirectUris: ['https://shop.example/callback'],
      webOrigins: ['https://shop.example'],
      postLogoutRedirectUris: ['https://shop.example/'],
      scopes: ['orders:read', 'orders:write', 'invoices:read'],
      roles: [],
      lightweightTokens: false,
      protected: false,
    });
  });

  it('reads routes with their method, path, gateways and line', async () => {
    const blueprint = await loadBlueprint(ssoFile, { env });
    const line = (await readFile(ssoFile, 'utf8')).split('\n').findIndex((text) => text.includes('cancel:')) + 1;
    expect(blueprint.services['orders']?.routes.find(({ id }) => id === 'cancel')).toEqual({
      id: 'cancel',
      hosts: [],
      headers: {},
      stripPath: false,
      preserveHost: false,
      service: 'orders',
      verbs: 'DELETE',
      methods: ['DELETE'],
      method: 'DELETE',
      path: '/orders/{id}',
      public: false,
      scopes: ['orders:write'],
      roles: ['admin'],
      anyOwner: [],
      gateways: ['kong'],
      at: { file: ssoFile, line, column: 7, length: 6 },
    });
  });

  it('adds public routes to every row of the matrix', async () => {
    const { expect: matrix } = await loadBlueprint(ssoFile, { env });
    expect(matrix).toEqual({
      alice: { orders: ['list', 'read', 'place', 'health'], invoices: ['list', 'read', 'health'] },
      sam: { orders: ['list', 'read', 'health'], invoices: ['list', 'read', 'health'] },
      ada: { orders: ['list', 'read', 'place', 'cancel', 'health'], invoices: ['list', 'read', 'health'] },
      reports: { orders: ['list', 'read', 'health'], invoices: ['list', 'health'] },
      anonymous: { orders: ['health'], invoices: ['health'] },
    });
  });

  it('reads the policy without its tests', async () => {
    const { authorization } = await loadBlueprint(ssoFile, { env });
    expect(Object.keys(authorization.policyFiles)).toEqual(['authz.rego', 'caller.rego', 'inventory.rego', 'ownership.rego']);
    expect(authorization.policyFiles['authz.rego']).toBe(await readFile(join(repository, 'policies/shop/authz.rego'), 'utf8'));
  });

  it('wraps every secret, and shows none', async () => {
    const blueprint = await loadBlueprint(ssoFile, { env });
    expect(blueprint.secrets.map((secret) => secret.reveal())).toEqual([
      'keycloak-secret',
      'reports-secret',
      'alice-password',
      'sam-password',
      'ada-password',
    ]);
    const shown = JSON.stringify(blueprint) + inspect(blueprint, { depth: 20 });
    for (const secret of blueprint.secrets) expect(shown).not.toContain(secret.reveal());
  });

  it('knows the line of every path, or of the nearest parent', async () => {
    const { at } = await loadBlueprint(ssoFile, { env });
    const text = (await readFile(ssoFile, 'utf8')).split('\n');
    const lineOf = (path: string): string | undefined => text[at(path).line - 1]?.trim();
    expect(lineOf('realm.clients.storefront')).toBe('storefront:');
    expect(lineOf('realm.clients.storefront.lightweightTokens')).toBe('storefront:');
    expect(lineOf('realm.scopes.orders:write.roles.1')).toContain('orders:write:');
    expect(at('nothing.at.all')).toEqual({ file: ssoFile, line: 1, column: 1 });
  });

  it('says which secrets and variables it needs without having any', async () => {
    expect(await requiredSecrets(ssoFile)).toEqual([
      'KEYCLOAK_CLIENT_SECRET',
      'REPORTS_SECRET',
      'ALICE_PASSWORD',
      'SAM_PASSWORD',
      'ADA_PASSWORD',
    ]);
    expect(await referencedVariables(ssoFile)).toContainEqual({ name: 'ORDERS_URL', kind: 'variable', secret: false, required: false });
  });
});

describe('loading blueprints/broken.yaml', () => {
  it('tells all ten mistakes at once, each at its line', async () => {
    const file = join(repository, 'blueprints/broken.yaml');
    const text = await readFile(file, 'utf8');
    const told = await complaints(text, { env: { ALICE_PASSWORD: 'x' } });
    expect(told.map(({ code, marked }) => [code, marked])).toEqual([
      ['BLUEPRINT_SECRET_LITERAL', 's3cr3t-in-the-file'],
      ['BLUEPRINT_WRONG_VALUE', 'RS265'],
      ['BLUEPRINT_WRONG_TYPE', '600'],
      ['BLUEPRINT_ROLE_CYCLE', 'includes'],
      ['BLUEPRINT_WILDCARD', '"https://shop.example/*"'],
      ['BLUEPRINT_UNKNOWN_KEY', 'redirectUri'],
      ['BLUEPRINT_UNKNOWN_SCOPE', 'orders:raed'],
      ['BLUEPRINT_ROUTE_OVERLAP', '"GET /orders/{number}"'],
      ['BLUEPRINT_VARIABLE_MISSING', '"${ALICE_PASSWRD}"'],
      ['BLUEPRINT_UNKNOWN_PERSONA', 'alcie'],
    ]);
    // Each mistake stands right under the comment that numbers it.
    const comments = told.map(({ at }) => text.split('\n')[Number(at.split(':')[1]) - 2]?.trim().split(' ')[1]);
    expect(comments.filter((number) => number?.endsWith('.'))).toHaveLength(10);
    const problems = await problemsIn(() => loadBlueprint(file, { env: { ALICE_PASSWORD: 'x' } }));
    expect(problems.map(({ hint }) => hint).filter((hint) => hint?.startsWith('did you mean'))).toEqual([
      'did you mean "RS256"?',
      'did you mean "redirectUris"?',
      'did you mean "orders:read"?',
      'did you mean "ALICE_PASSWORD"?',
      'did you mean "alice"?',
    ]);
    expect(JSON.stringify(problems)).not.toContain('s3cr3t');
  });
});

describe('include', () => {
  const split = async (): Promise<readonly [string, string]> => {
    const whole = await sso();
    const start = whole.indexOf('services:\n');
    const end = whole.indexOf('personas:\n');
    return [whole.slice(0, start) + whole.slice(end), whole.slice(start, end)];
  };

  it('merges files, and every position keeps its own', async () => {
    const [rest, services] = await split();
    const blueprint = await load({ 'main.yaml': `include: [parts/services.yaml]\n${rest}`, 'parts/services.yaml': services });
    expect(Object.keys(blueprint.services)).toEqual(['orders', 'invoices']);
    expect(blueprint.at('services.orders').file).toMatch(/parts\/services\.yaml$/);
    expect(blueprint.services['orders']?.at.line).toBe(2);
  });

  it('refuses a value that two files state', async () => {
    const [rest, services] = await split();
    const files = { 'main.yaml': `include: [services.yaml]\n${rest}`, 'services.yaml': `name: other\n${services}` };
    expect(await complaints(files)).toEqual([{ code: 'BLUEPRINT_INCLUDE_CONFLICT', at: 'services.yaml:1', marked: 'name' }]);
  });

  it('refuses a circle and a missing file', async () => {
    const files = { 'main.yaml': `include: [a.yaml]\n${await sso()}`, 'a.yaml': 'include: [main.yaml, gone.yaml]\n' };
    expect(await complaints(files)).toMatchObject([
      { code: 'BLUEPRINT_INCLUDE', at: 'a.yaml:1', marked: 'main.yaml' },
      { code: 'BLUEPRINT_UNREADABLE', at: 'a.yaml:1', marked: 'gone.yaml' },
    ]);
  });
});

describe('environments', () => {
  const overlay = `
environments:
  production:
    targets: { keycloak: { url: https://id.example }, aws: { endpoint: null } }
    realm: { sslRequired: all, clients: { storefront: { redirectUris: ["https://shop.example/signed-in"] } } }
`;

  it('lays the chosen one over the blueprint: maps merge, lists are replaced, null removes', async () => {
    const blueprint = await load((await sso()) + overlay, { overlay: 'production' });
    expect(blueprint.issuer).toBe('https://id.example/realms/shop');
    expect(blueprint.targets.aws).toEqual({ region: 'ap-northeast-1', autoDeploy: true, throttle: { rate: 1000, burst: 500 }, tags: {} });
    expect(blueprint.realm.sslRequired).toBe('all');
    expect(blueprint.realm.clients['storefront']).toMatchObject({ type: 'public', redirectUris: ['https://shop.example/signed-in'] });
  });

  it('changes nothing when none is chosen', async () => {
    expect((await load((await sso()) + overlay)).issuer).toBe('http://localhost:8080/realms/shop');
  });

  it('may have a name of its own, and with it a realm, where it shares a server with another', async () => {
    const text = `${await sso()}\nenvironments: { staging: { name: shop-staging, authorization: { roots: [shop] } } }\n`;
    const [plain, staging] = [await load(text), await load(text, { overlay: 'staging' })];
    expect([plain.name, plain.issuer, staging.name, staging.issuer]).toEqual(['shop', 'http://localhost:8080/realms/shop', 'shop-staging', 'http://localhost:8080/realms/shop-staging']);
  });

  it('refuses one that does not exist', async () => {
    expect(await complaints((await sso()) + overlay, { overlay: 'prodution' })).toMatchObject([{ code: 'BLUEPRINT_UNKNOWN_ENVIRONMENT' }]);
  });

  it('checks those that were not chosen, too', async () => {
    const text = `${await sso()}
environments:
  staging:
    realm: { sslRequird: none }
    personas: { alice: { password: literal } }
`;
    expect((await complaints(text)).map(({ code, marked }) => [code, marked])).toEqual([
      ['BLUEPRINT_UNKNOWN_KEY', 'sslRequird'],
      ['BLUEPRINT_SECRET_LITERAL', 'literal'],
    ]);
  });
});
