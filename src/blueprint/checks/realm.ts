import type { ProblemCode } from '../../problems/index.ts';
import { closingEdges } from '../../core/circles.ts';
import { isList } from '../json.ts';
import { nearest } from '../nearest.ts';
import { nodeAt } from '../tree.ts';
import type { Path } from '../tree.ts';
import type { Json, RealmClient } from '../types.ts';
import { checkOrigin, checkRedirectUri } from './addresses.ts';
import { checkProof } from './client-proof.ts';
import { roleClosure } from '../../access/roles.ts';
import { authenticationsOf } from './context.ts';
import type { Context } from './context.ts';
import { wildcardsIn } from './wildcards.ts';

/** Names that Keycloak itself uses in every realm: taking one over would change what it means. */
const KEYCLOAK_ROLES = /^(offline_access|uma_authorization|default-roles-.*)$/;
const KEYCLOAK_CLIENTS = ['account', 'account-console', 'admin-cli', 'broker', 'realm-management', 'security-admin-console'];
const KEYCLOAK_SCOPES = [
  ...['openid', 'profile', 'email', 'address', 'phone', 'roles', 'web-origins', 'microprofile-jwt', 'offline_access', 'acr', 'basic'],
  ...['organization', 'service_account', 'role_list', 'saml_organization'],
];
const HOUR = 3600;

export const checkRealm = (context: Context): void => {
  const { realm, foreign } = context.blueprint;
  // What somebody else's issuer has is as it is.
  if (foreign) return checkPersonas(context);
  if (realm.name === 'master')
    context.findings.add('BLUEPRINT_RESERVED_NAME', ['realm', 'name'], 'the realm "master" runs Keycloak itself and is never managed', {
      hint: 'choose a realm of its own',
    });
  if (realm.shared && Object.keys(context.blueprint.raw.keycloak.realm).length > 0)
    context.findings.add('BLUEPRINT_SHARED_REALM', ['raw', 'keycloak', 'realm'], 'the realm is shared, and its settings are not ours to state', {
      hint: 'remove them, or take "shared: true" out of realm',
    });
  checkLifetimes(context);
  checkRoles(context);
  for (const [name, scope] of Object.entries(realm.scopes)) {
    const path = ['realm', 'scopes', name];
    if (KEYCLOAK_SCOPES.includes(name)) reserved(context, path, `the client scope "${name}"`);
    checkGate(context, [...path, 'roles'], scope.roles);
  }
  for (const [id, client] of Object.entries(realm.clients)) checkClient(context, id, client);
  checkPersonas(context);
  checkRaw(context);
};

const reserved = ({ findings }: Context, path: Path, what: string): void =>
  findings.add('BLUEPRINT_RESERVED_NAME', path, `${what} is one of Keycloak's own`, { side: 'key', hint: 'choose another name' });

/**
 * Keycloak expands the roles of a client scope before it compares: a scope gated by a role is granted to the holders of every role
 * included in it, too (measured with 26.7.4). Gated by admin, which includes support, it is granted to support.
 */
const checkGate = ({ blueprint: { realm }, findings }: Context, path: Path, roles: readonly string[]): void => {
  const wider = [...roleClosure(roles, realm)].filter((role) => !roles.includes(role));
  if (wider.length > 0 && findings.clean(path) && findings.clean(['realm', 'roles']))
    findings.add('BLUEPRINT_SCOPE_GATE_TOO_WIDE', path, `Keycloak grants this scope to ${wider.join(' and ')}, too: a role includes it`, {
      expected: 'roles that include no other role',
      hint: `name ${wider.join(' and ')} as well, or make a role of its own for the scope and let the others include it`,
    });
};

const checkLifetimes = (context: Context): void => {
  const { blueprint: { realm }, findings } = context;
  const { accessTokenLifespan: lifespan } = realm.tokens;
  const path = ['realm', 'tokens', 'accessTokenLifespan'];
  if (lifespan > HOUR)
    findings.add('BLUEPRINT_TOKEN_LIFESPAN', path, 'an access token that lives longer than an hour cannot be taken back for that long', {
      expected: 'at most 1h; 5m is usual',
    });
  else if (lifespan > realm.sessions.idle)
    findings.add('BLUEPRINT_TOKEN_LIFESPAN', path, 'an access token outlives an idle session', { expected: 'at most realm.sessions.idle' });
  if (realm.sessions.idle > realm.sessions.max)
    findings.add('BLUEPRINT_SESSION', ['realm', 'sessions', 'idle'], 'the idle timeout is longer than the session itself', {
      expected: 'at most realm.sessions.max',
    });
  for (const { authentication, path: section } of authenticationsOf(context)) {
    const { maxLifetime } = authentication.token;
    if (maxLifetime !== undefined && maxLifetime < lifespan)
      findings.add('BLUEPRINT_TOKEN_LIFESPAN', [...section, 'token', 'maxLifetime'], 'every token would be refused: Keycloak issues longer ones', {
        expected: 'at least realm.tokens.accessTokenLifespan',
      });
  }
};

const checkRoles = (context: Context): void => {
  const { realm } = context.blueprint;
  for (const name of Object.keys(realm.roles)) if (KEYCLOAK_ROLES.test(name)) reserved(context, ['realm', 'roles', name], `the role "${name}"`);
  for (const { to, way } of closingEdges(new Map(Object.entries(realm.roles).map(([name, { includes = [] }]) => [name, includes]))))
    context.findings.add('BLUEPRINT_ROLE_CYCLE', ['realm', 'roles', to, 'includes'], `the role includes itself: ${[...way, to].join(' -> ')}`, { hint: 'take one step out of the circle' });
};

const checkClient = (context: Context, id: string, client: RealmClient): void => {
  const { root, findings } = context;
  const path = ['realm', 'clients', id];
  if (KEYCLOAK_CLIENTS.includes(id)) reserved(context, path, `the client "${id}"`);
  client.redirectUris.forEach((uri, index) => checkRedirectUri(context, [...path, 'redirectUris', String(index)], uri));
  client.postLogoutRedirectUris.forEach((uri, index) => checkRedirectUri(context, [...path, 'postLogoutRedirectUris', String(index)], uri));
  if (nodeAt(root, [...path, 'webOrigins']))
    client.webOrigins.forEach((origin, index) => checkOrigin(context, [...path, 'webOrigins', String(index)], origin));

  if (!findings.sound([...path, 'type'])) return;
  const states = (field: string): boolean => nodeAt(root, [...path, field]) !== undefined;
  const wrong = (field: string, message: string, hint: string): void =>
    findings.add('BLUEPRINT_CLIENT', [...path, field], message, { hint });
  const isService = client.type === 'service';
  checkProof(context, id, client);
  if (client.type === 'public' && states('secret'))
    wrong('secret', 'a public client cannot keep a secret', 'remove it, or make the client confidential');
  if (client.type !== 'public' && !states('secret') && !client.authentication)
    wrong(
      'secret',
      `the ${client.type} client "${id}" has no secret`,
      `secret: "\${${id.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_SECRET}"`,
    );
  if (isService && client.redirectUris.length > 0)
    wrong('redirectUris', 'nobody signs in to a service client', 'remove the redirect URIs, or make the client confidential');
  if (!isService && client.redirectUris.length === 0)
    wrong(
      'redirectUris',
      `the ${client.type} client "${id}" has no redirect URI, so nobody can sign in`,
      'redirectUris: ["https://…/callback"]',
    );
  if (!isService && client.roles.length > 0)
    wrong('roles', 'only a service client has roles of its own', 'give roles to people, or make it a service');
};

const checkPersonas = (context: Context): void => {
  const { blueprint, findings } = context;
  const byEmail = blueprint.realm.login.emailAsUsername || blueprint.raw.keycloak.realm.registrationEmailAsUsername === true;
  for (const [name, { email }] of byEmail ? Object.entries(blueprint.raw.keycloak.entities.users ?? {}) : [])
    if (typeof email !== 'string' || email.toLowerCase() !== name)
      findings.add('BLUEPRINT_EMAIL_AS_USERNAME', ['raw', 'keycloak', 'entities', 'users', name], `Keycloak would call "${name}" by an e-mail address: accounts of this realm are`, {
        side: 'key',
        expected: 'an account whose name is its e-mail address',
      });
  for (const [name, { email = name }] of Object.entries(blueprint.personas)) {
    const path = ['personas', name];
    if (byEmail && (!name.includes('@') || email.toLowerCase() !== name))
      findings.add('BLUEPRINT_EMAIL_AS_USERNAME', path, `Keycloak would call "${name}" by an e-mail address: accounts of this realm are`, {
        side: 'key',
        expected: 'a persona whose name is its e-mail address',
      });
    if (name === 'anonymous' || Object.hasOwn(blueprint.realm.clients, name))
      findings.add(
        'BLUEPRINT_NAME_TAKEN',
        path,
        name === 'anonymous' ? '"anonymous" is the caller without a token' : `"${name}" is a client as well`,
        {
          side: 'key',
          hint: 'rows of expect name personas and clients alike: choose another name',
        },
      );
  }
};

/** The escape hatch may say anything but two things: what is not there, and what would undo the checks above. */
const checkRaw = ({ blueprint, findings }: Context): void => {
  const { raw, realm, services } = blueprint;
  const routes = Object.values(services).flatMap((service) => [...new Set(service.routes.map((route) => `${service.id}.${route.id}`))]);
  const sections: readonly (readonly [Path, readonly string[], readonly string[], string, ProblemCode])[] = [
    [['raw', 'keycloak', 'clients'], Object.keys(raw.keycloak.clients), Object.keys(realm.clients), 'client', 'BLUEPRINT_UNKNOWN_CLIENT'],
    [['raw', 'kong', 'services'], Object.keys(raw.kong.services), Object.keys(services), 'service', 'BLUEPRINT_UNKNOWN_SERVICE'],
    [['raw', 'kong', 'routes'], Object.keys(raw.kong.routes), routes, 'route', 'BLUEPRINT_UNKNOWN_ROUTE'],
  ];
  for (const [path, names, known, what, code] of sections)
    for (const name of names.filter((candidate) => !known.includes(candidate))) {
      const near = nearest(name, known);
      findings.add(code, [...path, name], `there is no ${what} "${name}" to merge this into`, {
        side: 'key',
        hint: near !== undefined ? `did you mean "${near}"?` : undefined,
      });
    }
  for (const [id, fields] of Object.entries(raw.keycloak.clients))
    for (const field of ['redirectUris', 'webOrigins'])
      // `+` among the origins is those of the redirect URIs, which are exact.
      if (hasWildcard(fields[field]))
        findings.add('BLUEPRINT_WILDCARD', ['raw', 'keycloak', 'clients', id, field], `${field} with a wildcard`, {
          expected: 'exact values',
        });
  for (const [id, fields] of Object.entries(raw.keycloak.entities.clients ?? {}))
    for (const field of fields.insecure === true ? [] : wildcardsIn(fields))
      findings.add(
        'BLUEPRINT_WILDCARD',
        ['raw', 'keycloak', 'entities', 'clients', id, field],
        field === 'redirectUris' ? 'a redirect URI with a wildcard hands tokens to whoever finds an open redirect' : 'a wildcard origin lets every site ask for tokens',
        { expected: 'the exact ones', hint: 'where they are not known yet, say so with "insecure: true" beside it' },
      );
};

const hasWildcard = (value: Json | undefined): boolean =>
  isList(value) && value.some((item) => typeof item === 'string' && item.includes('*'));
