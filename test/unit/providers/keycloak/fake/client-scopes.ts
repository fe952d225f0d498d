import { randomUUID } from 'node:crypto';
import type { Answer } from '../../../../../src/providers/http.ts';
import { linkedRoute, linkRoutes } from './roles.ts';
import { answer, conflict, merged, notFound, NotImplemented, onlyKnown } from './state.ts';
import type { Body, Call, Resource, Route } from './state.ts';

const FIELDS = ['id', 'name', 'description', 'protocol', 'attributes', 'protocolMappers'];
export const withIds = (mappers: Body[] = []): Body[] => mappers.map((mapper) => ({ id: randomUUID(), ...mapper }));
/** An object without an empty list of mappers: Keycloak does not show one. */
export const shownMappers = ({ protocolMappers, ...rest }: Body): Body => ({ ...rest, ...(protocolMappers?.length > 0 && { protocolMappers }) });

const held = ({ realm, params }: Call): Body | undefined => realm.scopes.find(({ id }) => id === params.id);
const missing = (call: Call): Answer | undefined => (held(call) ? undefined : notFound('Could not find client scope'));
const mappings = ({ params }: Call): string => `client-scopes/${params.id}/scope-mappings/realm`;
const mapped = '/client-scopes/:id/scope-mappings/realm';
const models = '/client-scopes/:id/protocol-mappers/models';

const onMapper = (call: Call, change: (mappers: Body[], at: number) => Answer): Answer => {
  const scope = held(call);
  if (scope === undefined) throw new NotImplemented('a mapper of a client scope that is not there');
  const mappers: Body[] = (scope.protocolMappers ??= []);
  return change(
    mappers,
    mappers.findIndex(({ id }) => id === call.params.mapper),
  );
};

const scopeRoutes: readonly Route[] = [
  ['GET /client-scopes', ({ realm }) => answer(200, realm.scopes.map(shownMappers))],
  [
    'POST /client-scopes',
    ({ realm, body }) => {
      onlyKnown(body, FIELDS);
      if (body.protocol === undefined) throw new NotImplemented('a client scope without a protocol');
      if (realm.scopes.some(({ name }) => name === body.name)) return conflict(`Client Scope ${body.name} already exists`);
      realm.scopes.push({ id: randomUUID(), attributes: {}, ...body, protocolMappers: withIds(body.protocolMappers) });
      return answer(201);
    },
  ],
  [
    'PUT /client-scopes/:id',
    (call) => {
      onlyKnown(call.body, FIELDS);
      const scope = held(call);
      if (scope === undefined) return notFound('Could not find client scope');
      const { protocolMappers: _ignored, attributes, ...fields } = call.body;
      Object.assign(scope, fields, { attributes: merged(scope.attributes, attributes) });
      return answer(204);
    },
  ],
  [
    'DELETE /client-scopes/:id',
    (call) => {
      const absent = missing(call);
      const { realm } = call;
      const gone = held(call)?.name;
      realm.scopes = realm.scopes.filter(({ id }) => id !== call.params.id);
      for (const client of realm.clients)
        for (const list of ['defaultClientScopes', 'optionalClientScopes']) client[list] = client[list].filter((name: string) => name !== gone);
      return absent ?? answer(204);
    },
  ],
  [`POST ${models}`, (call) => onMapper(call, (mappers) => (mappers.push(...withIds([call.body])), answer(201)))],
  [
    `PUT ${models}/:mapper`,
    (call) =>
      onMapper(call, (mappers, at) => {
        if (at < 0) throw new NotImplemented('a change of a mapper that is not there');
        mappers[at] = call.body;
        return answer(204);
      }),
  ],
  [`DELETE ${models}/:mapper`, (call) => onMapper(call, (mappers, at) => (at < 0 ? notFound('Model not found') : (mappers.splice(at, 1), answer(204))))],
  linkedRoute(mapped, mappings, missing),
  ...linkRoutes(mapped, mappings, missing, 'Role not found'),
];

export const resource: Resource = { routes: scopeRoutes, bare: { kind: 'keycloak.client-scope', path: '/shop/client-scopes', body: { name: 'bare', protocol: 'openid-connect' }, id: 'shop/bare' } };
