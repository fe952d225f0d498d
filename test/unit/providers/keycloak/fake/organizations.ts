import { randomUUID } from 'node:crypto';
import type { Answered, Ask } from '../recorded/ask.ts';
import { answer, conflict, NotImplemented, onlyKnown } from './state.ts';
import type { Body, Call, Resource, Route } from './state.ts';
import { waysOf } from './ways.ts';

const FIELDS = ['name', 'alias', 'enabled', 'description', 'redirectUrl', 'domains', 'attributes'];
const held = ({ realm, params }: Call): Body | undefined => waysOf(realm).organizations.find(({ id }) => id === params.id);
const missing = (): ReturnType<typeof answer> => answer(404, { errorMessage: 'Organization not found.' });
const shown = (body: Body): Body => ({ ...body, ...(body.domains && { domains: (body.domains as Body[]).map(({ name, verified = false }) => ({ name: name.toLowerCase(), verified })) }) });
/** Those that vouch for one, by alias. */
const providers = ({ realm }: Call): Body[] => realm.beside.identityProviders;

const routes: readonly Route[] = [
  [
    'GET /organizations',
    ({ realm, query }) => {
      if (query.get('briefRepresentation') !== 'false') throw new NotImplemented('organizations in brief');
      return realm.rep.organizationsEnabled === true ? answer(200, waysOf(realm).organizations.map(({ belonging: _apart, ...one }) => one)) : answer(404, { errorMessage: 'Organizations not enabled for this realm.' });
    },
  ],
  [
    'POST /organizations',
    ({ realm, body }) => {
      onlyKnown(body, FIELDS);
      if (waysOf(realm).organizations.some(({ name }) => name === body.name)) return conflict('A organization with the same name already exists.');
      waysOf(realm).organizations.push({ alias: body.name, enabled: true, attributes: {}, ...shown(body), id: randomUUID() });
      return answer(201);
    },
  ],
  [
    'PUT /organizations/:id',
    (call) => {
      onlyKnown(call.body, FIELDS);
      const one = held(call);
      if (one === undefined) return missing();
      if (call.body.alias !== one.alias) return answer(400, { errorMessage: 'Cannot change the alias' });
      // What is not given is forgotten, but for the attributes and whether it is on.
      for (const field of ['description', 'redirectUrl', 'domains']) Reflect.deleteProperty(one, field);
      Object.assign(one, shown(call.body));
      return answer(204);
    },
  ],
  [
    'DELETE /organizations/:id',
    (call) => {
      if (held(call) === undefined) return missing();
      for (const one of providers(call).filter(({ organizationId }) => organizationId === call.params.id)) delete one.organizationId;
      waysOf(call.realm).organizations.splice(waysOf(call.realm).organizations.findIndex(({ id }) => id === call.params.id), 1);
      return answer(204);
    },
  ],
  ['GET /organizations/:id/members', (call) => answer(200, call.realm.users.filter(({ id }) => (held(call)?.belonging ?? []).includes(id)).map(({ id, username }) => ({ id, username })))],
  ['GET /organizations/:id/identity-providers', (call) => answer(200, providers(call).filter(({ organizationId }) => organizationId === call.params.id))],
  [
    'POST /organizations/:id/identity-providers',
    (call) => {
      const one = providers(call).find(({ alias }) => alias === String(call.body));
      if (one === undefined) return answer(400, { errorMessage: 'Identity provider not found with the given alias' });
      if (one.organizationId !== undefined) return conflict('Identity provider already associated to the organization');
      one.organizationId = call.params.id;
      return answer(204);
    },
  ],
  [
    'DELETE /organizations/:id/identity-providers/:alias',
    (call) => {
      const one = providers(call).find(({ alias, organizationId }) => alias === call.params.alias && organizationId === call.params.id);
      if (one === undefined) return answer(404, { errorMessage: 'Identity provider not found with the given alias' });
      delete one.organizationId;
      return answer(204);
    },
  ],
];

const requests = async (ask: Ask, R: string): Promise<void> => {
  await ask('PUT', R, { body: { organizationsEnabled: true } });
  const all = `${R}/organizations?briefRepresentation=false&first=0&max=2000`;
  await ask('POST', `${R}/organizations`, { body: { name: 'Acme Inc', alias: 'acme', enabled: true, description: 'makes all', redirectUrl: 'https://acme.test', domains: [{ name: 'Acme.test', verified: true }], attributes: { tier: ['gold', 'old'] } } });
  await ask('POST', `${R}/organizations`, { body: { name: 'Acme Inc', alias: 'acme' } });
  await ask('POST', `${R}/organizations`, { body: { name: 'bare' } });
  const [acme, bare] = (await ask('GET', all)).toSorted((one: Answered, other: Answered) => (one.alias < other.alias ? -1 : 1));
  const one = `${R}/organizations/${acme.id}`;
  await ask('PUT', one, { body: { name: 'Acme Ltd', alias: 'acme', domains: [{ name: 'acme.test', verified: false }] } });
  await ask('PUT', one, { body: { name: 'Acme Ltd', alias: 'other' } });
  await ask('GET', all);
  await ask('POST', `${R}/identity-provider/instances`, { body: { alias: 'vouching', providerId: 'oidc', enabled: true, config: { clientId: 'x', clientSecret: 'given-secret', authorizationUrl: 'https://idp.test/auth', tokenUrl: 'https://idp.test/token' } } });
  await ask('POST', `${one}/identity-providers`, { body: 'vouching' });
  await ask('POST', `${one}/identity-providers`, { body: 'vouching' });
  await ask('POST', `${one}/identity-providers`, { body: 'none' });
  await ask('GET', `${one}/identity-providers`);
  await ask('GET', `${one}/members?briefRepresentation=true&first=0&max=200`);
  await ask('PUT', `${R}/identity-provider/instances/vouching`, { body: { alias: 'vouching', providerId: 'oidc', enabled: true, config: { clientId: 'y', authorizationUrl: 'https://idp.test/auth', tokenUrl: 'https://idp.test/token' } } });
  await ask('GET', `${R}/identity-provider/instances`);
  await ask('POST', `${R}/partial-export?exportClients=true&exportGroupsAndRoles=true`);
  await ask('DELETE', `${one}/identity-providers/vouching`);
  await ask('DELETE', `${one}/identity-providers/vouching`);
  await ask('DELETE', `${R}/identity-provider/instances/vouching`);
  await ask('DELETE', one);
  await ask('DELETE', one);
  await ask('PUT', one, { body: { name: 'gone', alias: 'acme' } });
  await ask('DELETE', `${R}/organizations/${bare.id}`);
  await ask('PUT', R, { body: { organizationsEnabled: false } });
};

export const resource: Resource = {
  routes,
  bare: { kind: 'keycloak.organization', before: [{ method: 'PUT', path: '/shop', body: { organizationsEnabled: true } }], path: '/shop/organizations', body: { name: 'bare' }, id: 'shop/bare' },
  requests,
};
