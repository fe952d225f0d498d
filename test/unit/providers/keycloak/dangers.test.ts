import { describe, expect, it } from 'vitest';
import type { Desired, Live } from '../../../../src/core/resource.ts';
import { dangersOf } from '../../../../src/providers/keycloak/dangers.ts';
import { clientScope } from '../../../../src/providers/keycloak/specs/client-scope.ts';
import { client as clientType } from '../../../../src/providers/keycloak/specs/client.ts';
import type { ClientSpec } from '../../../../src/providers/keycloak/specs/client.ts';
import type { MapperSpec } from '../../../../src/providers/keycloak/specs/mapper.ts';
import { realm as realmType } from '../../../../src/providers/keycloak/specs/realm.ts';
import { role } from '../../../../src/providers/keycloak/specs/role.ts';
import { line } from './blueprint.ts';

const other = { file: 'shop.yaml', line: 9, column: 3 };
/** Somebody's client: people sign in through it, and nothing else is open. */
const decent: ClientSpec = {
  enabled: true,
  protocol: 'openid-connect',
  publicClient: true,
  bearerOnly: false,
  standardFlowEnabled: true,
  implicitFlowEnabled: false,
  directAccessGrantsEnabled: false,
  serviceAccountsEnabled: false,
  fullScopeAllowed: false,
  redirectUris: [],
  webOrigins: [],
};
const client = (name: string, spec: Partial<ClientSpec> = {}): Live<ClientSpec> => ({
  kind: clientType.kind,
  id: clientType.id('shop', name),
  spec: { ...decent, ...spec },
  owner: undefined,
});
const scope = (name: string, mappers: Readonly<Record<string, MapperSpec>>): Live => ({
  kind: clientScope.kind,
  id: clientScope.id('shop', name),
  spec: { protocol: 'openid-connect', mappers },
  owner: undefined,
});
const roleWith = (name: string, composites: readonly string[]): Live => ({
  kind: role.kind,
  id: role.id('shop', name),
  spec: { composites },
  owner: undefined,
});
const wantedClient = (spec: Partial<ClientSpec>, origin = line): Desired<ClientSpec> =>
  clientType.desired(['shop', 'app'], { spec: { ...decent, ...spec }, origin });
const wantedRole = (name: string): Desired => role.desired(['shop', name], { spec: { composites: [] }, origin: line });
const realm = realmType.desired(['shop'], {
  spec: realmType.read({ enabled: true, sslRequired: 'external' }),
  origin: line,
});
const whats = (desired: readonly Desired[], lives: readonly Live[]): string[] =>
  dangersOf([realm, ...desired], lives).map(({ id, what }) => `${id}: ${what}`);

describe('dangers in a realm', () => {
  it('are none in what every realm has', () => {
    expect(
      whats(
        [],
        [
          client('account', { redirectUris: ['/realms/shop/account/*'] }),
          client('security-admin-console', { redirectUris: ['/admin/shop/console/*'] }),
          client('admin-cli', { standardFlowEnabled: false, directAccessGrantsEnabled: true, redirectUris: [] }),
          roleWith('default-roles-shop', ['offline_access', 'uma_authorization']),
          client('decent', { redirectUris: ['https://a.test/callback'], directAccessGrantsEnabled: false, attributes: {} }),
        ],
      ),
    ).toEqual([]);
  });

  it('are a wildcard, the implicit flow, the password grant and the device flow of a foreign client', () => {
    expect(
      whats(
        [],
        [
          client('wild', {
            redirectUris: ['https://a.test/*', 'https://b.test/exact'],
            implicitFlowEnabled: true,
            directAccessGrantsEnabled: true,
            attributes: { 'oauth2.device.authorization.grant.enabled': 'true' },
          }),
          client('account', { redirectUris: ['/realms/shop/account/*', '*'] }),
        ],
      ),
    ).toEqual([
      'shop/wild: codes may be sent to any address that fits https://a.test/*',
      'shop/wild: the implicit flow puts tokens into URLs',
      'shop/wild: it takes passwords directly (the password grant)',
      'shop/wild: it may use the device flow, which can be phished',
      'shop/account: codes may be sent to any address that fits *',
    ]);
  });

  it('are not what cannot be used: a disabled client, one for SAML, redirects without a flow that redirects', () => {
    const spec = { redirectUris: ['*'], directAccessGrantsEnabled: true };
    expect(
      whats(
        [],
        [
          client('off', { ...spec, enabled: false }),
          client('saml', { ...spec, protocol: 'saml' }),
          client('quiet', { redirectUris: ['*'], standardFlowEnabled: false }),
        ],
      ),
    ).toEqual([]);
  });

  it('are not fields that the blueprint states, which are compared as fields, but those it leaves out', () => {
    const held = client('app', { redirectUris: ['*'], directAccessGrantsEnabled: true });
    expect(whats([wantedClient({ redirectUris: [], directAccessGrantsEnabled: false })], [held])).toEqual([]);
    const stated = wantedClient({ redirectUris: [] }, other);
    const { directAccessGrantsEnabled: _leftOut, ...rest } = stated.spec;
    expect(dangersOf([realm, { ...stated, spec: rest }], [held])).toEqual([
      {
        kind: 'keycloak.client',
        id: 'shop/app',
        effect: 'weakens',
        what: 'it takes passwords directly (the password grant)',
        hint: 'narrow or disable it in Keycloak, or declare it in the blueprint',
        origin: other,
      },
    ]);
  });

  it('are mappers that an owned client or scope does not name', () => {
    const mappers = {
      extra: { protocolMapper: 'oidc-audience-mapper', config: {} },
      ours: { protocolMapper: 'oidc-audience-mapper', config: {} },
    };
    expect(
      whats(
        [
          wantedClient({ mappers: {} }),
          clientScope.desired(['shop', 'orders'], { spec: { protocol: 'openid-connect', mappers: { ours: {} } }, origin: line }),
        ],
        [
          client('app', { mappers }),
          scope('orders', mappers),
          scope('theirs', mappers),
        ],
      ),
    ).toEqual([
      'shop/app: its mapper "extra" adds to its tokens, and the blueprint does not name it',
      'shop/app: its mapper "ours" adds to its tokens, and the blueprint does not name it',
      'shop/orders: its mapper "extra" adds to its tokens, and the blueprint does not name it',
    ]);
  });

  it('are roles of others that contain one of ours, above all the role that everybody has', () => {
    expect(
      whats(
        [wantedRole('admin'), wantedRole('boss')],
        [
          roleWith('default-roles-shop', ['admin', 'offline_access']),
          roleWith('theirs', ['admin']),
          roleWith('boss', ['admin']),
        ],
      ),
    ).toEqual([
      'shop/default-roles-shop: every account has it, and it contains the role "admin"',
      'shop/theirs: it contains the role "admin"',
    ]);
  });
});
