import { randomUUID } from 'node:crypto';
import { answer, notFound, onlyKnown } from './state.ts';
import type { Body, FakeRealm, Resource, Route } from './state.ts';

const FIELDS = ['id', 'name', 'identityProviderAlias', 'identityProviderMapper', 'config'];
export const mappersIn = (realm: FakeRealm): Body[] => realm.beside.identityProviderMappers;

const routes: readonly Route[] = [
  ['GET /identity-provider/instances/:alias/mappers', ({ realm, params }) => answer(200, mappersIn(realm).filter(({ identityProviderAlias }) => identityProviderAlias === params.alias))],
  [
    'POST /identity-provider/instances/:alias/mappers',
    ({ realm, params, body }) => {
      onlyKnown(body, FIELDS);
      if (mappersIn(realm).some((one) => one.identityProviderAlias === params.alias && one.name === body.name))
        return answer(400, { errorMessage: `Failed to add mapper '${body.name}' to identity provider [oidc].` });
      mappersIn(realm).push({ config: {}, ...body, id: randomUUID() });
      return answer(201);
    },
  ],
  [
    'PUT /identity-provider/instances/:alias/mappers/:id',
    ({ realm, params, body }) => {
      onlyKnown(body, FIELDS);
      const held = mappersIn(realm).find(({ id }) => id === params.id);
      if (held === undefined) return notFound('Model not found');
      Object.assign(held, body);
      return answer(204);
    },
  ],
  [
    'DELETE /identity-provider/instances/:alias/mappers/:id',
    ({ realm, params }) => {
      const there = mappersIn(realm).some(({ id }) => id === params.id);
      realm.beside.identityProviderMappers = mappersIn(realm).filter(({ id }) => id !== params.id);
      return there ? answer(204) : notFound('Model not found');
    },
  ],
];

/** Recorded with the providers that they belong to. */
export const resource: Resource = {
  routes,
  bare: {
    kind: 'keycloak.identity-provider-mapper',
    before: [{ path: '/shop/identity-provider/instances', body: { alias: 'with-mappers', providerId: 'oidc', config: {} } }],
    path: '/shop/identity-provider/instances/with-mappers/mappers',
    body: { name: 'bare', identityProviderAlias: 'with-mappers', identityProviderMapper: 'hardcoded-attribute-idp-mapper' },
    id: 'shop/with-mappers/bare',
  },
};
