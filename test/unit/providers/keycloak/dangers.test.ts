import { describe, expect, it } from 'vitest';
import type { Desired, Live, Spec } from '../../../../src/core/resource.ts';
import { dangersOf } from '../../../../src/providers/keycloak/dangers.ts';
import { line } from './blueprint.ts';

const other = { file: 'shop.yaml', line: 9, column: 3 };
const wanted = (kind: string, id: string, spec: Spec = {}, origin = line): Desired => ({ kind, id, spec, after: [], origin });
const realm = wanted('keycloak.realm', 'shop');
const live = (kind: string, id: string, spec: Spec): Live => ({ kind, id, spec, owner: undefined });
const client = (name: string, spec: Spec): Live =>
  live('keycloak.client', `shop/${name}`, { enabled: true, protocol: 'openid-connect', standardFlowEnabled: true, ...spec });
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
          live('keycloak.role', 'shop/default-roles-shop', { composites: ['offline_access', 'uma_authorization'] }),
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
    expect(whats([wanted('keycloak.client', 'shop/app', { redirectUris: [], directAccessGrantsEnabled: false })], [held])).toEqual([]);
    expect(dangersOf([realm, wanted('keycloak.client', 'shop/app', { redirectUris: [] }, other)], [held])).toEqual([
      {
        kind: 'keycloak.client',
        id: 'shop/app',
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
        [wanted('keycloak.client', 'shop/app', { mappers: {} }), wanted('keycloak.client-scope', 'shop/orders', { mappers: { ours: {} } })],
        [
          client('app', { mappers }),
          live('keycloak.client-scope', 'shop/orders', { mappers }),
          live('keycloak.client-scope', 'shop/theirs', { mappers }),
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
        [wanted('keycloak.role', 'shop/admin'), wanted('keycloak.role', 'shop/boss', { composites: [] })],
        [
          live('keycloak.role', 'shop/default-roles-shop', { composites: ['admin', 'offline_access'] }),
          live('keycloak.role', 'shop/theirs', { composites: ['admin'] }),
          live('keycloak.role', 'shop/boss', { composites: ['admin'] }),
        ],
      ),
    ).toEqual([
      'shop/default-roles-shop: every account has it, and it contains the role "admin"',
      'shop/theirs: it contains the role "admin"',
    ]);
  });
});
