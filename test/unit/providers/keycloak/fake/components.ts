import { randomUUID } from 'node:crypto';
import { algorithmOf, KEY_PROVIDER } from './realms.ts';
import { answer, conflict, MASK, notFound, onlyKnown } from './state.ts';
import type { Body, FakeRealm, Resource, Route } from './state.ts';

const FIELDS = ['id', 'name', 'providerId', 'providerType', 'parentId', 'subType', 'config'];
const SECRETS = new Set(['bindCredential']);
const MAPPER = 'org.keycloak.storage.ldap.mappers.LDAPStorageMapper';
const secrets = new WeakMap<Body, string>();

interface Place {
  readonly one: Body;
  readonly siblings: Body[];
  readonly providerType: string;
  readonly parentId: string;
}
const placesIn = (tree: Body, parentId: string): readonly Place[] =>
  Object.entries<Body[]>(tree).flatMap(([providerType, siblings]) => siblings.flatMap((one) => [{ one, siblings, providerType, parentId }, ...placesIn(one.subComponents ?? {}, one.id)]));
const placesOf = (realm: FakeRealm): readonly Place[] => placesIn(realm.beside.components, realm.rep.id);
export const componentOf = (realm: FakeRealm, name: string): Body | undefined => placesOf(realm).find(({ one }) => one.name === name)?.one;
export const secretOf = (component: Body): string | undefined => secrets.get(component);

/** What is given is laid over what there is; an empty list takes away, a mask changes nothing. */
const configured = (one: Body, config: Body): void => {
  one.config ??= {};
  for (const [field, values] of Object.entries<string[]>(config)) {
    if (values.length === 0) Reflect.deleteProperty(one.config, field);
    else if (!SECRETS.has(field)) one.config[field] = values;
    else {
      if (values[0] !== MASK) secrets.set(one, values[0]!);
      one.config[field] = [MASK];
    }
  }
};

const routes: readonly Route[] = [
  [
    'GET /components',
    ({ realm, query }) =>
      answer(200, placesOf(realm).filter(({ one }) => one.name === query.get('name')).map(({ one: { subComponents: _below, ...one }, providerType, parentId }) => ({ ...one, providerType, parentId }))),
  ],
  [
    'POST /components',
    ({ realm, body }) => {
      onlyKnown(body, FIELDS);
      const { parentId = realm.rep.id, providerType, config = {}, ...head } = body;
      if (placesOf(realm).some(({ one }) => one.id === head.id && head.id !== undefined)) return conflict('Duplicate resource error');
      const above = placesOf(realm).find(({ one }) => one.id === parentId)?.one;
      const tree: Body = above ? (above.subComponents ??= {}) : realm.beside.components;
      const made: Body = { id: randomUUID(), subComponents: {}, ...head };
      configured(made, config);
      if (providerType === KEY_PROVIDER) realm.keys.push(algorithmOf(body));
      if (head.providerId === 'ldap')
        made.subComponents[MAPPER] = ['username', 'email'].map((name) => ({ id: randomUUID(), name, providerId: 'user-attribute-ldap-mapper', subComponents: {}, config: { 'ldap.attribute': [name] } }));
      (tree[providerType] ??= []).push(made);
      return answer(201);
    },
  ],
  [
    'PUT /components/:id',
    ({ realm, params, body }) => {
      onlyKnown(body, FIELDS);
      const one = placesOf(realm).find((place) => place.one.id === params.id)?.one;
      if (one === undefined) return notFound('Could not find component');
      configured(one, body.config ?? {});
      return answer(204);
    },
  ],
  [
    'DELETE /components/:id',
    ({ realm, params }) => {
      const place = placesOf(realm).find(({ one }) => one.id === params.id);
      if (place === undefined) return notFound('Could not find component');
      place.siblings.splice(place.siblings.indexOf(place.one), 1);
      return answer(204);
    },
  ],
];

export const resource: Resource = {
  routes,
  bare: {
    kind: 'keycloak.component',
    path: '/shop/components',
    body: { name: 'bare', providerId: 'eddsa-generated', providerType: KEY_PROVIDER, config: {} },
    id: `shop/${KEY_PROVIDER}/bare`,
  },
};
