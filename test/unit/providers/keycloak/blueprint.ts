import type { Blueprint, KeycloakTarget, Persona } from '../../../../src/blueprint/types.ts';
import { Secret } from '../../../../src/core/secret.ts';

export const line = { file: 'shop.yaml', line: 1, column: 1 };

export const target = (over: Partial<KeycloakTarget['credentials']> = {}, url = 'http://keycloak.test'): KeycloakTarget => ({
  url,
  credentials: { realm: 'master', clientId: 'authctl', clientSecret: new Secret('admin-secret'), ...over },
});

/** The one place that says what a persona of these tests is made of. */
export const aPersona = (roles: readonly string[], password: Secret): Persona => ({ roles, groups: [], password, attributes: {}, at: line });

/** A shop with one object of every kind, and the cases that differ: a composite role, a scope with a role, a service account. */
export const shop = (over: Partial<Blueprint> & { readonly realmName?: string } = {}): Blueprint => {
  const { realmName = 'shop', ...rest } = over;
  const passwords = { alice: new Secret('alice-password'), sam: new Secret('sam-password') };
  const reports = new Secret('reports-secret');
  return {
    file: 'shop.yaml',
    files: ['shop.yaml'],
    name: 'shop',
    accept: [],
    waivers: [],
    issuers: {},
    targets: { keycloak: target() },
    realm: {
      name: realmName,
      tokens: { accessTokenLifespan: 300, algorithm: 'ES256', refreshTokenRotation: true },
      sessions: { idle: 1800, max: 36_000 },
      bruteForceProtection: true,
      login: { selfRegistration: false, resetPassword: false, rememberMe: false, verifyEmail: false, emailAsUsername: false },
      sslRequired: 'external',
      roles: {
        customer: { includes: [], description: 'buys' },
        support: { includes: [] },
        admin: { includes: ['customer', 'support'] },
      },
      defaultRoles: [],
      levels: {},
      groups: { staff: { roles: ['support'], description: 'works here' } },
      scopes: {
        'orders:read': { audience: 'orders', roles: [], mappers: {} },
        'orders:write': { audience: 'orders', description: 'place orders', roles: ['customer'], mappers: {} },
      },
      clients: {
        storefront: {
          type: 'public',
          redirectUris: ['https://shop.example/callback', 'https://shop.example/app'],
          webOrigins: ['https://shop.example'],
          postLogoutRedirectUris: ['https://shop.example/bye'],
          scopes: ['orders:read', 'orders:write'],
          roles: [],
          lightweightTokens: false,
          mappers: {},
          protected: true,
        },
        reports: {
          type: 'service',
          redirectUris: [],
          webOrigins: [],
          postLogoutRedirectUris: [],
          scopes: ['orders:read'],
          secret: reports,
          roles: ['support'],
          lightweightTokens: false,
          mappers: {},
          protected: false,
        },
      },
    },
    issuer: `http://keycloak.test/realms/${realmName}`,
    authentication: { path: 'authentication', pattern: 'sso', client: 'storefront', token: { header: true, sameSite: 'Strict', relay: 'header', bound: 'none', leeway: 0 }, origins: [] },
    authorization: { pattern: 'none', input: 'authctl', fields: {}, roots: [], policyFiles: {} },
    services: {},
    personas: {
      alice: aPersona(['customer'], passwords.alice),
      sam: { ...aPersona(['admin', 'support'], passwords.sam), groups: ['staff'] },
    },
    expect: {},
    raw: { keycloak: { realm: {}, clients: {}, entities: {} }, kong: { services: {}, routes: {}, plugins: {}, entities: {} } },
    at: () => line,
    lacking: [],
    secrets: [passwords.alice, passwords.sam, reports],
    ...rest,
  };
};
