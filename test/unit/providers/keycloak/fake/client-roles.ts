import { randomUUID } from 'node:crypto';
import type { Answer } from '../../../../../src/providers/http.ts';
import type { Answered, Ask } from '../recorded/ask.ts';
import { rolesOfClient } from './defined-roles.ts';
import { contents, shownRole } from './roles.ts';
import { answer, conflict, notFound, onlyKnown } from './state.ts';
import type { Body, Call, Resource, Route } from './state.ts';

const ownerOf = ({ realm, params }: Call): Body | undefined => realm.clients.find(({ id }) => id === params.client);
const heldBy = (call: Call): Body | undefined => rolesOfClient(call.realm, ownerOf(call)?.clientId).find(({ name }) => name === call.params.name);
const noOwner = (call: Call): Answer | undefined => (ownerOf(call) ? undefined : notFound('Could not find client'));
const missing = (call: Call): Answer | undefined => noOwner(call) ?? (heldBy(call) ? undefined : notFound('Could not find role'));

const routes: readonly Route[] = [
  ['GET /clients/:client/roles', (call) => noOwner(call) ?? answer(200, rolesOfClient(call.realm, ownerOf(call)?.clientId).map((role) => shownRole(call.realm, role)))],
  [
    'POST /clients/:client/roles',
    (call) => {
      const { realm, body } = call;
      onlyKnown(body, ['name', 'description', 'attributes', 'composite', 'composites']);
      const owner = ownerOf(call);
      if (owner === undefined) return notFound('Could not find client');
      const roles = rolesOfClient(realm, owner.clientId);
      if (roles.some(({ name }) => name === body.name)) return conflict(`Role with name ${body.name} already exists`);
      const client: Record<string, string[]> = body.composites?.client ?? {};
      for (const [of, names] of Object.entries(client))
        for (const name of names) if (!rolesOfClient(realm, of).some((role) => role.name === name)) return answer(404, { errorMessage: `Client Role with name ${name} does not exist` });
      const { composite: _worked, composites: _out, ...rep } = body;
      const made: Body = { attributes: {}, ...rep, id: randomUUID(), clientRole: true, composite: false, containerId: owner.id, client };
      roles.push(made);
      realm.links.set(`roles-by-id/${made.id}/composites`, new Set<string>(body.composites?.realm));
      return answer(201);
    },
  ],
  ['GET /clients/:client/roles/:name', (call) => missing(call) ?? answer(200, shownRole(call.realm, heldBy(call) ?? {}, false))],
  ['GET /clients/:client/roles/:name/composites', (call) => missing(call) ?? answer(200, contents(call.realm, heldBy(call) ?? {}))],
  [
    'PUT /clients/:client/roles/:name',
    (call) => {
      onlyKnown(call.body, ['name', 'description', 'attributes']);
      const role = heldBy(call);
      if (role === undefined) return missing(call) ?? answer(404);
      // As with a role of the realm: without a description it is cleared; without attributes they stay.
      delete role.description;
      Object.assign(role, call.body);
      return answer(204);
    },
  ],
];

const requests = async (ask: Ask, R: string): Promise<void> => {
  const id = randomUUID();
  await ask('POST', `${R}/clients`, { body: { id, clientId: 'https://app.test/x', protocol: 'openid-connect', publicClient: true } });
  const roles = `${R}/clients/${id}/roles`;
  await ask('POST', roles, { body: { name: 'reader', description: 'reads', attributes: { 'authctl.owner': ['me'] } } });
  await ask('POST', roles, { body: { name: 'reader', description: '', attributes: {} } });
  await ask('POST', roles, { body: { name: 'bad', composite: true, composites: { client: { 'https://app.test/x': ['none'] } } } });
  await ask('POST', roles, { body: { name: 'writes all', description: '', attributes: {}, composite: true, composites: { realm: ['plain'], client: { 'https://app.test/x': ['reader'] } } } });
  await ask('POST', `${R}/clients/${randomUUID()}/roles`, { body: { name: 'reader' } });
  await ask('GET', roles);
  const reader = await ask('GET', `${roles}/reader`);
  const writes = await ask('GET', `${roles}/writes%20all`);
  await ask('GET', `${roles}/none`);
  await ask('GET', `${roles}/writes%20all/composites`);
  await ask('PUT', `${roles}/reader`, { body: { name: 'reader', description: 'reads it', attributes: { team: ['red'] } } });
  await ask('PUT', `${roles}/reader`, { body: { name: 'reader' } });
  await ask('GET', `${roles}/reader`);
  const plain = await ask('GET', `${R}/roles/plain`);
  const inside = `${R}/roles-by-id/${writes.id}/composites`;
  await ask('DELETE', inside, { body: [{ id: plain.id, name: 'plain' }, { id: reader.id, name: 'reader' }] });
  await ask('GET', `${roles}/writes%20all/composites`);
  await ask('POST', inside, { body: [{ id: reader.id, name: 'reader' }] });
  await ask('PUT', `${R}/roles-by-id/${reader.id}`, { body: { name: 'reader', description: 'by its id', attributes: {} } });
  await ask('GET', `${roles}/reader`);
  await ask('GET', `${R}/clients/${id}/roles/reader/users?briefRepresentation=true&first=0&max=2000`);
  // In a role of the realm, and in the one that everybody has.
  const both = await ask('GET', `${R}/roles/both`);
  await ask('POST', `${R}/roles-by-id/${both.id}/composites`, { body: [{ id: reader.id, name: 'reader' }] });
  await ask('GET', `${R}/roles/both/composites`);
  const everybody = (await ask('GET', `${R}/roles?briefRepresentation=false`)).find(({ name }: Answered) => name.startsWith('default-roles-'));
  await ask('PUT', `${R}/roles/${everybody.name}`, { body: { name: everybody.name, description: everybody.description, attributes: { 'authctl.composites': ['me'] } } });
  await ask('POST', `${R}/roles-by-id/${everybody.id}/composites`, { body: [{ id: reader.id, name: 'reader' }] });
  await ask('GET', `${R}/roles/${everybody.name}/composites`);
  await ask('POST', `${R}/partial-export?exportClients=true&exportGroupsAndRoles=true`);
  await ask('DELETE', `${R}/roles-by-id/${everybody.id}/composites`, { body: [{ id: reader.id, name: 'reader' }] });
  await ask('DELETE', `${R}/roles-by-id/${reader.id}`);
  await ask('DELETE', `${R}/roles-by-id/${reader.id}`);
  await ask('GET', `${R}/roles/both/composites`);
  await ask('DELETE', `${R}/clients/${id}`);
};

const CLIENT = '11111111-1111-4111-8111-111111111111';
export const resource: Resource = {
  routes,
  bare: {
    kind: 'keycloak.client-role',
    before: [{ path: '/shop/clients', body: { id: CLIENT, clientId: 'with-roles', protocol: 'openid-connect' } }],
    path: `/shop/clients/${CLIENT}/roles`,
    body: { name: 'bare' },
    id: 'shop/with-roles/bare',
  },
  requests,
};
