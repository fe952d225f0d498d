import { randomUUID } from 'node:crypto';
import type { Answer } from '../../../../../src/providers/http.ts';
import { newSettings } from './authorization.ts';
import { shownMappers, withIds } from './client-scopes.ts';
import { bareClient, CLIENT_FIELDS } from './new-realm.ts';
import { linkedRoute, linkRoutes } from './roles.ts';
import { answer, conflict, merged, notFound, NotImplemented, onlyKnown } from './state.ts';
import type { Body, Call, FakeRealm, Resource, Route } from './state.ts';
import { newUser, shownUser } from './users.ts';

const FIELDS = [...CLIENT_FIELDS, 'secret', 'name', 'description', 'protocolMappers', 'authorizationServicesEnabled'];
const ACCESS = { view: true, configure: true, manage: true };

const held = ({ realm, params }: Call): Body | undefined => realm.clients.find(({ id }) => id === params.id);
const missing = (call: Call): Answer | undefined => (held(call) ? undefined : notFound('Could not find client'));
const mappings = ({ params }: Call): string => `clients/${params.id}/scope-mappings/realm`;
const mapped = '/clients/:id/scope-mappings/realm';
const accountOf = (realm: FakeRealm, { clientId }: Body): Body | undefined =>
  realm.users.find(({ serviceAccountClientId }) => serviceAccountClientId === clientId);

/** Names of scopes that are there; others are dropped without a word, and the order is not kept. */
const known = (realm: FakeRealm, names: string[]): string[] => names.filter((name) => realm.scopes.some((scope) => scope.name === name)).toReversed();

const create = ({ realm, body }: Call): Answer => {
  onlyKnown(body, FIELDS);
  if (body.protocol !== 'openid-connect') throw new NotImplemented('a client whose protocol is not stated');
  if (body.publicClient === false && body.secret === undefined && (body.clientAuthenticatorType ?? 'client-secret') === 'client-secret') throw new NotImplemented('a secret that Keycloak makes');
  if (realm.clients.some(({ clientId }) => clientId === body.clientId)) return conflict(`Client ${body.clientId} already exists`);
  const { attributes, ...bare } = bareClient();
  // Who does not say whether the client is public has its secret made, and thrown away.
  const { 'client.secret.creation.time': time, ...always } = attributes;
  const made: Body = {
    ...bare,
    id: randomUUID(),
    webOrigins: body.redirectUris && body.webOrigins === undefined ? [...new Set((body.redirectUris as string[]).map((uri) => new URL(uri).origin))] : [],
    ...body,
    access: ACCESS,
    attributes: { ...always, ...(body.publicClient === undefined && { 'client.secret.creation.time': time }), ...merged(body.attributes) },
    protocolMappers: withIds(body.protocolMappers),
    defaultClientScopes: known(realm, [
      ...new Set<string>([...(body.defaultClientScopes ?? bare.defaultClientScopes), ...(body.serviceAccountsEnabled ? ['service_account'] : [])]),
    ]),
    optionalClientScopes: known(realm, body.optionalClientScopes ?? bare.optionalClientScopes),
  };
  if (body.authorizationServicesEnabled === true) made.authorizationSettings = newSettings();
  realm.clients.push(made);
  if (body.serviceAccountsEnabled) {
    const account = newUser(realm, { username: `service-account-${String(body.clientId).toLowerCase()}`, enabled: true });
    account.serviceAccountClientId = body.clientId;
  }
  return answer(201);
};

/** Keeps absent fields, merges attributes, replaces mappers, and ignores the lists of scopes. */
const update = (call: Call): Answer => {
  onlyKnown(call.body, FIELDS);
  const client = held(call);
  if (client === undefined) return notFound('Could not find client');
  const { defaultClientScopes: _default, optionalClientScopes: _optional, attributes, protocolMappers, authenticationFlowBindingOverrides: overrides, ...fields } = call.body;
  // Whoever does not say that it is on has switched it off.
  if (fields.authorizationServicesEnabled !== true) for (const gone of ['authorizationServicesEnabled', 'authorizationSettings']) delete client[gone];
  if ((fields.serviceAccountsEnabled ?? client.serviceAccountsEnabled) !== client.serviceAccountsEnabled)
    throw new NotImplemented('a service account that comes or goes with a change');
  Object.assign(client, Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)), {
    attributes: merged(client.attributes, attributes),
    ...(protocolMappers && { protocolMappers: withIds(protocolMappers) }),
    ...(overrides && { authenticationFlowBindingOverrides: merged(client.authenticationFlowBindingOverrides, overrides) }),
  });
  return answer(204);
};

const linkScope = (list: string, then: (names: string[], name: string) => string[]) => (call: Call): Answer => {
  const client = held(call);
  if (client === undefined) return notFound('Could not find client');
  const name = call.realm.scopes.find(({ id }) => id === call.params.scope)?.name;
  if (name === undefined) return notFound('Client scope not found');
  client[list] = then(
    client[list].filter((item: string) => item !== name),
    name,
  );
  return answer(204);
};

/** Lists of them show ids; an export shows none. */
const withoutIds = (settings: Body): Body => ({ ...settings, ...Object.fromEntries(['resources', 'policies', 'scopes'].flatMap((list) => (settings[list] === undefined ? [] : [[list, settings[list].map(({ id: _id, ...one }: Body) => one)]]))) });

export const exportedClient = ({ access: _access, authorizationSettings, ...client }: Body): Body => shownMappers({ ...(authorizationSettings && { authorizationSettings: withoutIds(authorizationSettings) }), ...client, ...(client.secret && { secret: '**********' }) });

const clientRoutes: readonly Route[] = [
  [
    'GET /clients',
    ({ realm, query }) => {
      const only = query.get('clientId');
      const first = Number(query.get('first') ?? 0);
      return answer(
        200,
        realm.clients.filter(({ clientId }) => only === null || clientId === only).slice(first, first + Number(query.get('max') ?? Infinity)).map(({ authorizationSettings: _exported, ...client }) => shownMappers(client)),
      );
    },
  ],
  ['POST /clients', create],
  ['PUT /clients/:id', update],
  [
    'DELETE /clients/:id',
    (call) => {
      const client = held(call);
      if (client === undefined) return notFound('Could not find client');
      const account = accountOf(call.realm, client);
      call.realm.clients = call.realm.clients.filter((one) => one !== client);
      call.realm.users = call.realm.users.filter((one) => one !== account);
      return answer(204);
    },
  ],
  ...Object.entries({ default: 'defaultClientScopes', optional: 'optionalClientScopes' }).flatMap(([kind, list]): Route[] => [
    [`PUT /clients/:id/${kind}-client-scopes/:scope`, linkScope(list, (names, name) => [...names, name])],
    [`DELETE /clients/:id/${kind}-client-scopes/:scope`, linkScope(list, (names) => names)],
  ]),
  [
    'GET /clients/:id/service-account-user',
    (call) => {
      const account = accountOf(call.realm, held(call) ?? {});
      if (account === undefined) throw new NotImplemented('the account of a client that has none');
      const { access: _access, ...shown } = shownUser(call.realm, account);
      return answer(200, shown);
    },
  ],
  linkedRoute(mapped, mappings, missing),
  ...linkRoutes(mapped, mappings, missing, 'Role not found'),
];

export const resource: Resource = { routes: clientRoutes, bare: { kind: 'keycloak.client', path: '/shop/clients', body: { clientId: 'bare', protocol: 'openid-connect' }, id: 'shop/bare' } };
