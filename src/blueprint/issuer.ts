import type { Blueprint, KeycloakTarget } from './types.ts';

/** Where a realm is below a base URL of its Keycloak. */
export const realmAt = (base: string, realm: string): string => `${base}/realms/${encodeURIComponent(realm)}`;

/** The base of the Admin API, which the service account logs in at. */
export const adminBaseOf = ({ url, admin }: KeycloakTarget): string => admin ?? url;

/** The Admin API of one realm. */
export const adminRealmAt = (target: KeycloakTarget, realm: string): string => `${adminBaseOf(target)}/admin/realms/${encodeURIComponent(realm)}`;

/**
 * What tokens say in `iss`, letter by letter: as it is stated, by the realm's own `frontendUrl`, or by the address that browsers use. What the
 * server says of itself is held against it before the first write.
 */
export const issuerOf = (target: Partial<KeycloakTarget> | undefined, realm: string, raw: Blueprint['raw']['keycloak']): string =>
  target?.issuer ?? realmAt(frontendUrlOf(raw) ?? target?.url ?? '', realm);

/** A base URL for this realm alone, which Keycloak takes in the place of its hostname. */
export const frontendUrlOf = ({ realm: { attributes } }: Blueprint['raw']['keycloak']): string | undefined => {
  const stated = typeof attributes === 'object' && attributes !== null && 'frontendUrl' in attributes ? attributes.frontendUrl : undefined;
  return typeof stated === 'string' && stated !== '' ? stated.replace(/\/+$/, '') : undefined;
};

/** Where a login of any realm gets its token. */
export const tokenEndpointAt = (base: string, realm: string): string => endpointsAt(realmAt(base, realm)).token;

/**
 * The endpoints of a realm (OpenID Connect Discovery section 3), in Keycloak's layout. Of an issuer that is not ours only the address of its
 * discovery document is known before that is read.
 */
interface Endpoints {
  readonly realm: string;
  readonly protocol: string;
  readonly discovery: string;
  readonly authorization: string;
  readonly token: string;
  readonly keys: string;
  readonly introspection: string;
  readonly logout: string;
  readonly registration: string;
}

const endpointsAt = (stated: string): Endpoints => {
  const realm = stated.replace(/\/+$/, '');
  const protocol = `${realm}/protocol/openid-connect`;
  return {
    realm,
    protocol,
    discovery: `${realm}/.well-known/openid-configuration`,
    authorization: `${protocol}/auth`,
    token: `${protocol}/token`,
    keys: `${protocol}/certs`,
    introspection: `${protocol}/token/introspect`,
    logout: `${protocol}/logout`,
    registration: `${realm}/clients-registrations/openid-connect`,
  };
};

/** As browsers and verifiers reach it. */
export const endpointsOf = ({ targets: { keycloak }, realm, issuer }: Blueprint): Endpoints => endpointsAt(keycloak ? realmAt(keycloak.url, realm.name) : issuer);

/** As gateways and services reach it, which may stand in a network of their own. */
export const backchannelOf = ({ targets: { keycloak }, realm, issuer }: Blueprint): Endpoints =>
  endpointsAt(keycloak ? realmAt(keycloak.backchannel ?? keycloak.url, realm.name) : issuer);

/** Open-source Kong verifies by the key set that the issuer publishes, and holds no key of it. Enterprise does so in any case, by a plugin of its own. */
export const followsKeys = ({ targets: { kong } }: Pick<Blueprint, 'targets'>): boolean => kong?.edition === 'oss' && kong.keys === 'followed';

/** How closely, in seconds. */
export const followedTimes = ({ followed }: NonNullable<Blueprint['targets']['kong']>): NonNullable<typeof followed> => followed ?? { refresh: 300, coolDown: 10, stale: 3600 };

/** Where a gateway finds the issuer's key set. Of an issuer that is not ours it is stated (`issuer.jwksUri`), or nothing is followed. */
export const keySetOf = (blueprint: Blueprint): string => blueprint.foreign?.jwksUri ?? backchannelOf(blueprint).keys;
