import { randomUUID } from 'node:crypto';
import type { Answer, Http, SendOptions } from '../../../../src/providers/http.ts';

type Body = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

interface FakeRealm {
  rep: Body;
  profile: Body;
  roles: Body[];
  scopes: Body[];
  clients: Body[];
  users: Body[];
  keys: string[];
  /** Names of roles by path: `clients/<id>/scope-mappings/realm`. */
  links: Map<string, Set<string>>;
}

export interface FakeKeycloak extends Http {
  readonly realms: Map<string, FakeRealm>;
  /** `GET /shop/clients`, in order; logins as `LOGIN`. */
  readonly sent: string[];
  /** Answers the next request whose `METHOD path` matches with this instead. */
  readonly interrupt: (matching: RegExp, answer: Answer) => void;
  /** What this login may not do: matched as in `interrupt`, answered 403 each time. */
  forbidden: RegExp | undefined;
  secret: string;
  expiresIn: number;
  /** Makes every token made so far worthless. */
  readonly revoke: () => void;
}

const MASK = '**********';
const answer = (status: number, body: unknown = ''): Answer => ({ status, body: body === '' ? body : structuredClone(body) });
const missing = answer(404, { error: 'not found' });
const withoutNulls = (attributes: Body = {}): Body =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null && value !== ''));

/**
 * The Admin REST API as Keycloak 26.7 was seen to behave, with its traps: attributes that merge in one place and replace in another,
 * fields that are ignored or wiped, unknown names that are dropped in silence, secrets that are masked.
 */
export const fakeKeycloak = (): FakeKeycloak => {
  const realms = new Map<string, FakeRealm>();
  const counts = { reads: 0, writes: 0 };
  const tokens = new Set<string>();
  const sent: string[] = [];
  const interruptions: { matching: RegExp; answer: Answer }[] = [];

  const send = async (method: string, path: string, options: SendOptions = {}): Promise<Answer> => {
    await Promise.resolve();
    counts[method === 'GET' || options.reads ? 'reads' : 'writes'] += 1;
    const [pathname = '', query = ''] = path.split('?');
    if (pathname.endsWith('/openid-connect/token')) return logIn(pathname, options);
    const certs = /^\/realms\/([^/]+)\/protocol\/openid-connect\/certs$/.exec(pathname);
    if (certs) return realms.has(certs[1] ?? '') ? answer(200, { keys: [] }) : missing;
    const what = `${method} ${decodeURIComponent(pathname.replace('/admin/realms', ''))}`;
    sent.push(what);
    if (!tokens.has(options.headers?.Authorization?.replace('Bearer ', '') ?? '')) return answer(401, { error: 'HTTP 401 Unauthorized' });
    const at = interruptions.findIndex(({ matching }) => matching.test(what));
    if (at >= 0) return interruptions.splice(at, 1)[0]!.answer;
    if (fake.forbidden?.test(what)) return answer(403, { error: 'HTTP 403 Forbidden' });
    return handle(
      method,
      pathname.split('/').slice(3).map(decodeURIComponent),
      new URLSearchParams(query),
      structuredClone(options.body ?? {}) as Body,
    );
  };

  const logIn = (pathname: string, options: SendOptions): Answer => {
    sent.push('LOGIN');
    if (!pathname.startsWith('/realms/master/')) return answer(404, { error: 'Realm does not exist' });
    const form = new URLSearchParams(options.bytes?.toString());
    if (form.get('client_secret') !== fake.secret)
      return answer(401, { error: 'unauthorized_client', error_description: `Invalid client credentials ${fake.secret}` });
    const token = randomUUID();
    tokens.add(token);
    return answer(200, { access_token: token, expires_in: fake.expiresIn });
  };

  const handle = (method: string, [name = '', ...rest]: string[], query: URLSearchParams, body: Body): Answer => {
    if (name === '') return createRealm(body);
    const realm = realms.get(name);
    if (realm === undefined) return missing;
    const route = `${method} ${rest[0] ?? ''}${rest.length > 1 ? '/' : ''}`;
    if (rest[0] === 'partial-export') return answer(200, exported(realm));
    if (rest[0] === 'keys') return answer(200, { active: Object.fromEntries(realm.keys.map((alg) => [alg, `kid-${alg}`])) });
    if (route === 'POST components')
      return (realm.keys.push(body.config.algorithm?.[0] ?? body.name.replace('authctl-', '').toUpperCase()), answer(201));
    if (rest.join('/') === 'users/profile') return method === 'GET' ? answer(200, realm.profile) : ((realm.profile = body), answer(200));
    if (rest.at(-1) === 'realm' || rest.at(-1) === 'composites') return links(realm, method, rest, body);
    switch (rest[0]) {
      case undefined:
        if (method === 'GET') return answer(200, realm.rep);
        realm.rep = { ...realm.rep, ...body };
        return answer(204);
      case 'roles':
        return roles(realm, method, rest, body);
      case 'client-scopes':
        return scopes(realm, method, rest, body);
      case 'clients':
        return clients(realm, method, rest, query, body);
      case 'users':
        return users(realm, method, rest, query, body);
      default:
        return missing;
    }
  };

  const createRealm = (body: Body): Answer => {
    if (realms.has(body.realm)) return answer(409, { errorMessage: `Realm ${body.realm} already exists` });
    const everybody = { id: randomUUID(), name: `default-roles-${body.realm}`, composite: true, attributes: {} };
    const builtIn = body.clientScopes === undefined ? ['acr', 'basic', 'roles', 'profile', 'email', 'service_account'] : [];
    const { components, ...settings } = body;
    realms.set(body.realm, {
      rep: { id: randomUUID(), defaultRole: everybody, ...settings, attributes: { ...settings.attributes, realmReusableOtpCode: 'false' } },
      profile: { attributes: [] },
      roles: [everybody, { id: randomUUID(), name: 'offline_access', attributes: {} }],
      scopes: builtIn.map((name) => ({ id: randomUUID(), name, protocol: 'openid-connect', attributes: {} })),
      clients: [
        {
          id: randomUUID(),
          clientId: 'admin-cli',
          protocol: 'openid-connect',
          enabled: true,
          publicClient: true,
          directAccessGrantsEnabled: true,
          redirectUris: [],
          attributes: {},
        },
      ],
      users: [],
      keys: components ? [body.defaultSignatureAlgorithm] : ['RS256'],
      links: new Map([[`roles-by-id/${everybody.id}/composites`, new Set(['offline_access'])]]),
    });
    return answer(201);
  };

  const held = (realm: FakeRealm, path: string): string[] =>
    [...(realm.links.get(path) ?? [])].filter((name) => realm.roles.some((role) => role.name === name));

  const exported = (realm: FakeRealm): Body => ({
    ...realm.rep,
    ...(realm.rep.smtpServer?.password && { smtpServer: { ...realm.rep.smtpServer, password: MASK } }),
    roles: { realm: realm.roles.map((role) => ({ ...role, composites: { realm: held(realm, `roles-by-id/${role.id}/composites`) } })) },
    clientScopes: realm.scopes,
    clients: realm.clients.map((client) => ({ ...client, ...(client.secret && { secret: MASK }) })),
    scopeMappings: [
      ...realm.clients.map(({ id, clientId }) => ({ client: clientId, roles: held(realm, `clients/${id}/scope-mappings/realm`) })),
      ...realm.scopes.map(({ id, name }) => ({ clientScope: name, roles: held(realm, `client-scopes/${id}/scope-mappings/realm`) })),
    ].filter((mapping) => mapping.roles.length > 0),
    users: realm.users
      .filter(({ serviceAccountClientId }) => serviceAccountClientId)
      .map((user) => ({ ...user, realmRoles: held(realm, `users/${user.id}/role-mappings/realm`) })),
    components: {
      'org.keycloak.userprofile.UserProfileProvider': [{ config: { 'kc.user.profile.config': [JSON.stringify(realm.profile)] } }],
    },
  });

  const links = (realm: FakeRealm, method: string, rest: string[], body: Body): Answer => {
    const named =
      rest[0] === 'roles'
        ? `roles-by-id/${realm.roles.find(({ name }) => name === rest[1])?.id}/composites`
        : rest.join('/').replace('composites/realm', 'composites');
    const set = realm.links.get(named) ?? new Set<string>();
    realm.links.set(named, set);
    if (method === 'GET')
      return answer(
        200,
        held(realm, named).map((name) => realm.roles.find((role) => role.name === name)),
      );
    for (const { id, name } of body as Body[]) {
      if (!realm.roles.some((role) => role.id === id && role.name === name)) return answer(404, { error: 'Could not find role' });
      if (method === 'POST') set.add(name);
      else set.delete(name);
    }
    return answer(204);
  };

  const roles = (realm: FakeRealm, method: string, [, name, under]: string[], body: Body): Answer => {
    const role = realm.roles.find((item) => item.name === name);
    if (name === undefined) {
      if (method === 'GET')
        return answer(
          200,
          realm.roles.map((item) => ({ ...item, composite: held(realm, `roles-by-id/${item.id}/composites`).length > 0 })),
        );
      if (realm.roles.some((item) => item.name === body.name))
        return answer(409, { errorMessage: `Role with name ${body.name} already exists` });
      const { composites, ...rep } = body;
      const id = randomUUID();
      realm.roles.push({ ...rep, id });
      realm.links.set(`roles-by-id/${id}/composites`, new Set(composites?.realm ?? []));
      return answer(201);
    }
    if (role === undefined) return missing;
    if (under === 'users')
      return answer(
        200,
        realm.users
          .filter(({ id }) => held(realm, `users/${id}/role-mappings/realm`).includes(name))
          .map(({ id, username }) => ({ id, username })),
      );
    if (method === 'GET') return answer(200, role);
    if (method === 'DELETE') realm.roles.splice(realm.roles.indexOf(role), 1);
    else Object.assign(role, { description: body.description ?? '', ...(body.attributes && { attributes: body.attributes }) });
    return answer(204);
  };

  const scopes = (realm: FakeRealm, method: string, [, id, , , mapperId]: string[], body: Body): Answer => {
    const scope = realm.scopes.find((item) => item.id === id);
    if (id === undefined) {
      if (method === 'GET') return answer(200, realm.scopes);
      if (realm.scopes.some(({ name }) => name === body.name)) return answer(409, { errorMessage: 'Client Scope already exists' });
      realm.scopes.push({ ...body, protocolMappers: withIds(body.protocolMappers) });
      return answer(201);
    }
    if (scope === undefined) return missing;
    const mappers = (scope.protocolMappers ??= []) as Body[];
    const at = mappers.findIndex((mapper) => mapper.id === mapperId);
    if (method === 'POST') mappers.push(...withIds([body]));
    else if (mapperId !== undefined) mappers.splice(at, 1, ...(method === 'PUT' ? [body] : []));
    else if (method === 'DELETE') realm.scopes.splice(realm.scopes.indexOf(scope), 1);
    else Object.assign(scope, { ...body, protocolMappers: mappers, attributes: withoutNulls({ ...scope.attributes, ...body.attributes }) });
    return answer(204);
  };

  const withIds = (mappers: Body[] = []): Body[] => mappers.map((mapper) => ({ id: randomUUID(), ...mapper }));

  const clients = (realm: FakeRealm, method: string, [, id, under, scopeId]: string[], query: URLSearchParams, body: Body): Answer => {
    const client = realm.clients.find((item) => item.id === id);
    const known = (names: string[] = []): string[] =>
      names.filter((name) => realm.scopes.some((scope) => scope.name === name)).toReversed();
    if (id === undefined) {
      const only = query.get('clientId');
      if (method === 'GET')
        return answer(
          200,
          realm.clients.filter(({ clientId }) => only === null || clientId === only),
        );
      if (realm.clients.some(({ clientId }) => clientId === body.clientId))
        return answer(409, { errorMessage: `Client ${body.clientId} already exists` });
      const made: Body = {
        enabled: true,
        publicClient: true,
        directAccessGrantsEnabled: true,
        fullScopeAllowed: true,
        implicitFlowEnabled: false,
        ...body,
        attributes: { realm_client: 'false', ...body.attributes },
        protocolMappers: withIds(body.protocolMappers),
        defaultClientScopes: [
          ...new Set([...known(body.defaultClientScopes), ...(body.serviceAccountsEnabled ? ['service_account'] : [])]),
        ],
        optionalClientScopes: known(body.optionalClientScopes),
      };
      realm.clients.push(made);
      if (body.serviceAccountsEnabled) {
        const account = { id: randomUUID(), username: `service-account-${body.clientId}`, serviceAccountClientId: body.clientId };
        realm.users.push(account);
        realm.links.set(`users/${account.id}/role-mappings/realm`, new Set([realm.rep.defaultRole.name]));
      }
      return answer(201);
    }
    if (client === undefined) return missing;
    if (under === 'service-account-user')
      return answer(
        200,
        realm.users.find(({ serviceAccountClientId }) => serviceAccountClientId === client.clientId),
      );
    if (under !== undefined) {
      const field = under === 'default-client-scopes' ? 'defaultClientScopes' : 'optionalClientScopes';
      const name = realm.scopes.find((scope) => scope.id === scopeId)?.name;
      if (name === undefined) return missing;
      client[field] = [...client[field].filter((item: string) => item !== name), ...(method === 'PUT' ? [name] : [])];
      return answer(204);
    }
    if (method === 'DELETE') realm.clients.splice(realm.clients.indexOf(client), 1);
    else {
      const { defaultClientScopes: _default, optionalClientScopes: _optional, attributes, protocolMappers, ...fields } = body;
      Object.assign(client, fields, {
        attributes: withoutNulls({ ...client.attributes, ...attributes }),
        ...(protocolMappers && { protocolMappers: withIds(protocolMappers) }),
      });
    }
    return answer(204);
  };

  const keeps = (realm: FakeRealm): boolean => ['ADMIN_EDIT', 'ENABLED'].includes(realm.profile.unmanagedAttributePolicy);

  const users = (realm: FakeRealm, method: string, [, id, under]: string[], query: URLSearchParams, body: Body): Answer => {
    const user = realm.users.find((item) => item.id === id);
    if (id === undefined && method === 'GET') {
      const [key, value] = (query.get('q') ?? '').split(':');
      const ordinary = realm.users.filter(({ serviceAccountClientId }) => !serviceAccountClientId);
      const found = ordinary.filter(({ username, attributes }) =>
        query.has('q') ? attributes?.[key!]?.[0] === value : username === query.get('username'),
      );
      const first = Number(query.get('first') ?? 0);
      const page = found.slice(first, first + Number(query.get('max') ?? 100));
      return answer(
        200,
        page.map(({ password: _password, attributes, ...rep }) => ({ ...rep, ...(keeps(realm) && attributes && { attributes }) })),
      );
    }
    const { credentials, realmRoles: _ignored, ...rep } = body;
    if (id === undefined) {
      const username = String(body.username).toLowerCase();
      if (realm.users.some((item) => item.username === username)) return answer(409, { errorMessage: 'User exists with same username' });
      const made = {
        enabled: false,
        requiredActions: [],
        ...rep,
        username,
        id: randomUUID(),
        password: credentials?.[0]?.value,
        attributes: keeps(realm) ? rep.attributes : {},
      };
      realm.users.push(made);
      realm.links.set(`users/${made.id}/role-mappings/realm`, new Set([realm.rep.defaultRole.name]));
      return answer(201);
    }
    if (user === undefined) return missing;
    if (under === 'reset-password') user.password = body.value;
    else if (method === 'DELETE') realm.users.splice(realm.users.indexOf(user), 1);
    else
      Object.assign(user, body.attributes && { email: undefined, firstName: undefined, lastName: undefined }, rep, {
        attributes: keeps(realm) ? (body.attributes ?? user.attributes) : {},
      });
    return answer(204);
  };

  const fake: FakeKeycloak = {
    realms,
    sent,
    forbidden: undefined,
    secret: 'admin-secret',
    expiresIn: 60,
    revoke: () => tokens.clear(),
    interrupt: (matching, given) => void interruptions.push({ matching, answer: given }),
    send,
    requests: () => ({ ...counts }),
    close: () => undefined,
  };
  return fake;
};
