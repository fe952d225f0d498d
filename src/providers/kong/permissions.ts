import type { Permissions, Rights } from '../permissions.ts';

/**
 * In a right `*` stands for one part of a path, and for no more (https://developer.konghq.com/gateway/entities/rbac/). One row is looked at again where
 * somebody else made it meanwhile; PUT replaces one whose fields cannot be changed one by one.
 */
const rows = (path: string): readonly string[] => [`create ${path}`, ...['create', 'read', 'update'].map((action) => `${action} ${path}/*`)];
const entity = (path: string, ...below: readonly string[]): Rights => ({ look: [`read ${path}`], write: [path, ...below].flatMap(rows), remove: [`delete ${path}/*`] });
/** A credential is read from a list of its own, and made below its consumer. */
const credential = (list: string, below: string): Rights => ({
  look: [`read ${list}`],
  write: [`create /consumers/*/${below}`, `read /consumers/*/${below}/*`, `update /consumers/*/${below}/*`, `read ${list}/*`, `update ${list}/*`],
  remove: [`delete ${list}/*`],
});

/** Endpoints of the Admin API, with what is done there: the actions of RBAC (Kong Enterprise). */
export const permissions: Permissions = {
  kinds: {
    'kong.service': entity('/services'),
    'kong.route': entity('/routes'),
    'kong.consumer': entity('/consumers'),
    'kong.plugin': entity('/plugins', '/services/*/plugins', '/routes/*/plugins', '/consumers/*/plugins'),
    'kong.jwt_secret': credential('/jwts', 'jwt'),
    'kong.acl': credential('/acls', 'acls'),
    'kong.keyauth_credential': credential('/key-auths', 'key-auth'),
    'kong.basicauth_credential': credential('/basic-auths', 'basic-auth'),
    'kong.hmacauth_credential': credential('/hmac-auths', 'hmac-auth'),
    'kong.upstream': entity('/upstreams'),
    'kong.target': { look: ['read /upstreams/*/targets'], write: ['create /upstreams/*/targets', 'read /upstreams/*/targets/*', 'update /upstreams/*/targets/*'], remove: ['delete /upstreams/*/targets/*'] },
    'kong.certificate': entity('/certificates'),
    'kong.ca_certificate': entity('/ca_certificates'),
    'kong.sni': entity('/snis'),
    'kong.key_set': entity('/key-sets'),
    'kong.key': entity('/keys'),
    'kong.vault': entity('/vaults'),
  },
  // What the node is, its schemas, and what else can lead a request elsewhere.
  reach: ['read /', 'read /schemas/*', 'read /schemas/*/*', 'read /tags/*', 'read /filter-chains', 'read /workspaces'],
  // What it would refuse, asked beforehand; the lock is a consumer; upstreams keep new services closed.
  apply: ['create /upstreams', 'create /upstreams/*/targets', 'delete /upstreams/*', 'create /schemas/*/validate', 'create /consumers', 'read /consumers/*', 'update /consumers/*', 'delete /consumers/*'],
  who: ['read /audit/objects', 'read /audit/requests'],
  verify: [],
  disruptive: ['create /consumers/*/jwt', 'delete /jwts/*'],
};
