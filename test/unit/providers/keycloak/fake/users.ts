import { randomUUID } from 'node:crypto';
import type { Answer } from '../../../../../src/providers/http.ts';
import { clientRoleRoutes, groupsOf, pathOf } from './memberships.ts';
import { linkedRoute, linkRoutes } from './roles.ts';
import { answer, conflict, linked, notFound, NotImplemented, onlyKnown } from './state.ts';
import type { Body, Call, FakeRealm, Resource, Route } from './state.ts';

const NAMES = ['email', 'firstName', 'lastName'];
const FIELDS = ['username', 'enabled', 'emailVerified', ...NAMES, 'requiredActions', 'attributes', 'credentials', 'realmRoles', 'clientRoles', 'groups'];

/** A clock that goes on by one at each look, so that what is done later has another time. */
let clock = 1_700_000_000_000;
const now = (): number => (clock += 1);

const held = ({ realm, params }: Call): Body | undefined => realm.users.find(({ id }) => id === params.id);
const missing = (call: Call): Answer | undefined => (held(call) ? undefined : notFound('User not found'));
const mappings = ({ params }: Call): string => `users/${params.id}/role-mappings/realm`;
/** The profile lets an administrator give attributes that it does not declare; otherwise it drops and hides them. */
const keeps = (realm: FakeRealm): boolean => ['ADMIN_EDIT', 'ENABLED'].includes(realm.profile.unmanagedAttributePolicy);
const given = (realm: FakeRealm, attributes: Body | undefined): Body => (keeps(realm) ? (attributes ?? {}) : {});

export const newUser = (realm: FakeRealm, rep: Body): Body => {
  const made: Body = {
    id: randomUUID(),
    createdTimestamp: 0,
    enabled: false,
    emailVerified: false,
    totp: false,
    disableableCredentialTypes: [],
    requiredActions: [],
    notBefore: 0,
    ...rep,
    ...(rep.password && { passwordSet: now() }),
  };
  realm.users.push(made);
  realm.links.set(`users/${made.id}/role-mappings/realm`, new Set([realm.rep.defaultRole.name]));
  return made;
};

export const shownUser = (realm: FakeRealm, { password: _password, passwordSet: _set, proofs: _proofs, serviceAccountClientId: _client, holds: _holds, links: _links, attributes, ...rep }: Body): Body => ({
  ...Object.fromEntries(Object.entries(rep).filter(([, value]) => value !== undefined)),
  access: { manage: true },
  ...(keeps(realm) && Object.keys(attributes ?? {}).length > 0 && { attributes }),
});

/** A user in the list of a role or group. */
export const brief = (realm: FakeRealm, user: Body): Body => {
  const { attributes: _a, totp: _t, disableableCredentialTypes: _d, requiredActions: _r, notBefore: _n, ...shown } = shownUser(realm, user);
  return shown;
};

/** `client/role` as it is shown: roles by the client they are of. A test sets what a user `holds`, and its `links` to other servers. */
const ofClients = (holds: readonly string[]): Body => {
  const shown: Record<string, string[]> = {};
  for (const [client = '', name = ''] of holds.map((one) => one.split('/'))) shown[client] = [...(shown[client] ?? []), name];
  return shown;
};

/** A service account as an export shows it: the only users in one. */
export const exportedAccount = (realm: FakeRealm, user: Body): Body => {
  const { access: _access, ...shown } = shownUser(realm, user);
  return {
    ...shown,
    serviceAccountClientId: user.serviceAccountClientId,
    realmRoles: linked(realm, `users/${user.id}/role-mappings/realm`),
    ...(user.holds?.length > 0 && { clientRoles: ofClients(user.holds) }),
    groups: groupsOf(realm).filter(({ members }) => members.has(user.id)).map((one) => pathOf(realm, one)),
  };
};

const passwordOf = ({ id, passwordSet }: Body): Body => ({
  id: String(id).replace(/^.{8}/, '00000000'),
  type: 'password',
  createdDate: passwordSet,
  credentialData: JSON.stringify({ additionalParameters: { hashLength: ['32'], memory: ['7168'], parallelism: ['1'], type: ['id'], version: ['1.3'] }, algorithm: 'argon2', hashIterations: 5 }),
});

const find = ({ realm, query }: Call): Answer => {
  const ordinary = realm.users.filter(({ serviceAccountClientId }) => !serviceAccountClientId);
  // Is anybody there?
  if (query.toString() === 'briefRepresentation=true&first=0&max=1') return answer(200, ordinary.slice(0, 1).map((user) => brief(realm, user)));
  // What runs of verify leave behind: names and addresses are searched in as well, and nobody here has such a one.
  if (query.toString() === 'search=authctl-verify&max=1000') return answer(200, ordinary.filter(({ username }) => username.startsWith('authctl-verify')).map((user) => brief(realm, user)));
  const marked = query.get('q')?.split(':');
  const username = query.get('username');
  if (query.get('briefRepresentation') !== 'false' || (!marked && query.get('exact') !== 'true')) throw new NotImplemented('this search for users');
  // They are found by what they carry, even where the profile hides it.
  const found = ordinary.filter((user) => (marked ? user.attributes?.[marked[0] ?? '']?.[0] === marked[1] : user.username === username));
  const first = Number(query.get('first') ?? 0);
  return answer(
    200,
    found.slice(first, first + Number(query.get('max') ?? 100)).map((user) => shownUser(realm, user)),
  );
};

const create = ({ realm, body }: Call): Answer => {
  onlyKnown(body, FIELDS);
  const { credentials, realmRoles: _ignored, clientRoles: _alsoIgnored, groups = [], attributes, ...rep } = body;
  const joined = (groups as string[]).map((path) => groupsOf(realm).find((one) => pathOf(realm, one) === path));
  const username = String(rep.username).toLowerCase();
  if (realm.users.some((user) => user.username === username)) return conflict('User exists with same username');
  if (rep.email && realm.users.some((user) => user.email === rep.email)) return conflict('User exists with same email');
  if (joined.includes(undefined)) return answer(500, { error: 'unknown_error', error_description: 'For more on this error consult the server log.' });
  const actions = (realm.beside.requiredActions as Body[]).filter(({ enabled, defaultAction }) => enabled && defaultAction).map(({ alias }) => alias);
  const made = newUser(realm, { ...rep, requiredActions: [...new Set([...actions, ...(rep.requiredActions ?? [])])], username, password: credentials?.[0]?.value, attributes: given(realm, attributes) });
  for (const group of joined) group?.members.add(made.id);
  return answer(201);
};

/** Without attributes a change merges; with them, names that it does not give are wiped. */
const update = (call: Call): Answer => {
  onlyKnown(call.body, FIELDS);
  const user = held(call);
  if (user === undefined) return notFound('User not found');
  const { attributes, realmRoles: _ignored, credentials, ...rep } = call.body;
  if (credentials !== undefined) throw new NotImplemented('credentials in a change of a user');
  if (attributes) for (const field of NAMES) Reflect.deleteProperty(user, field);
  Object.assign(user, rep, attributes && { attributes: given(call.realm, attributes) });
  // What is blank is not there.
  for (const field of NAMES) if (user[field] === '') Reflect.deleteProperty(user, field);
  return answer(204);
};

const userRoutes: readonly Route[] = [
  ['GET /users/profile', ({ realm }) => answer(200, realm.profile)],
  [
    'PUT /users/profile',
    ({ realm, body }) => {
      realm.profile = body;
      realm.profileWritten = true;
      return answer(200, body);
    },
  ],
  ['GET /users', find],
  ['POST /users', create],
  ['PUT /users/:id', update],
  [
    'DELETE /users/:id',
    (call) => {
      const absent = missing(call);
      call.realm.users = call.realm.users.filter(({ id }) => id !== call.params.id);
      return absent ?? answer(204);
    },
  ],
  [
    'PUT /users/:id/reset-password',
    (call) => {
      const user = held(call);
      if (user === undefined) return notFound('User not found');
      Object.assign(user, { password: call.body.value, passwordSet: now() });
      return answer(204);
    },
  ],
  // A test sets the `proofs` that a user has beside the password.
  ['GET /users/:id/credentials', (call) => missing(call) ?? answer(200, [...(held(call)?.password ? [passwordOf(held(call) ?? {})] : []), ...(held(call)?.proofs ?? [])])],
  [
    'GET /clients/:client/roles/:name/users',
    ({ realm, params }) => {
      const owner = realm.clients.find(({ id }) => id === params.client);
      const role = `${owner?.clientId}/${params.name}`;
      if (!(realm.beside.roles.client[owner?.clientId] as Body[] | undefined)?.some(({ name }) => name === params.name)) return notFound('Could not find role');
      return answer(200, realm.users.filter(({ holds }) => holds?.includes(role)).map((user) => brief(realm, user)));
    },
  ],
  ['GET /users/:id/federated-identity', (call) => missing(call) ?? answer(200, held(call)?.links ?? [])],
  [
    'GET /roles/:name/users',
    ({ realm, params }) =>
      realm.roles.every(({ name }) => name !== params.name) ? notFound('Could not find role') : answer(
        200,
        realm.users
          .filter(({ id }) => linked(realm, `users/${id}/role-mappings/realm`).includes(params.name ?? ''))
          .map((user) => brief(realm, user)),
      ),
  ],
  ...clientRoleRoutes('/users/:id', held, (user) => ofClients(user.holds ?? []), (user, roles) => (user.holds = Object.entries(roles).flatMap(([owner, names]) => names.map((name) => `${owner}/${name}`)))),
  linkedRoute('/users/:id/role-mappings/realm', mappings, missing),
  ...linkRoutes('/users/:id/role-mappings/realm', mappings, missing, 'Role not found'),
];

export const resource: Resource = { routes: userRoutes, bare: { kind: 'keycloak.user', path: '/shop/users', body: { username: 'sam' }, id: 'shop/sam' } };
