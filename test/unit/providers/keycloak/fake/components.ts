import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Ask } from '../recorded/ask.ts';
import { algorithmOf, KEY_PROVIDER } from './realms.ts';
import { answer, MASK, notFound, NotImplemented, onlyKnown } from './state.ts';
import type { Body, FakeRealm, Resource, Route } from './state.ts';

const FIELDS = ['id', 'name', 'providerId', 'providerType', 'parentId', 'subType', 'config'];
export const STORAGE = 'org.keycloak.storage.UserStorageProvider';
const SECRETS = new Set(['bindCredential']);
const MAPPER = 'org.keycloak.storage.ldap.mappers.LDAPStorageMapper';
const secrets = new WeakMap<Body, string>();

interface Directory {
  readonly directory: { readonly vendor: string; readonly editMode: string; readonly username: string; readonly rdn: string };
  readonly mappers: Body[];
}
/** What Keycloak put into directories of every sort. */
export const directories: readonly Directory[] = JSON.parse(readFileSync(new URL('../../../../data/keycloak/directories.json', import.meta.url), 'utf8'));
const mappersOf = ({ config }: Body): Body[] => {
  const asked = [config.vendor, config.editMode, config.usernameLDAPAttribute, config.rdnLDAPAttribute].join();
  const known = directories.find(({ directory: { vendor, editMode, username, rdn } }) => [vendor, editMode, username, rdn].join() === asked);
  if (known === undefined) throw new NotImplemented(`a directory with ${asked}`);
  return structuredClone(known.mappers);
};

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

/** What stands there when nobody says so. */
const usual = ({ providerId, config: { vendor } = { vendor: [] } }: Body): Body => {
  if (providerId === 'eddsa-generated') return { eddsaEllipticCurveKey: ['Ed25519'] };
  return providerId === 'ldap' ? { krbPrincipalAttribute: [{ ad: 'userPrincipalName', rhds: 'krbPrincipalName' }[String(vendor)] ?? 'krb5PrincipalName'] } : {};
};
const publishes = ({ providerId, config }: Body): boolean => /-generated$/.test(providerId) && config?.active?.[0] !== 'false' && config?.enabled?.[0] !== 'false';

const withdrawn = (realm: FakeRealm, one: Body): void => {
  if (publishes(one)) realm.keys.splice(realm.keys.lastIndexOf(algorithmOf(one)), 1);
};

const routes: readonly Route[] = [
  [
    'POST /user-storage/:id/unlink-users',
    ({ realm, params }) => {
      if (!placesOf(realm).some(({ one }) => one.id === params.id)) return notFound('Could not find component');
      for (const user of realm.users) if (user.federationLink === params.id) delete user.federationLink;
      return answer(204);
    },
  ],
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
      if (head.providerId === 'no-such-provider') return answer(400, { error: 'Invalid provider type or no such provider' });
      if (config.priority !== undefined && !Number.isInteger(Number(config.priority[0]))) return answer(400, { errorMessage: "'Priority' should be a number" });
      if (placesOf(realm).some(({ one }) => one.id === head.id && head.id !== undefined)) return answer(409, { error: 'conflict', error_description: 'Duplicate resource error' });
      const above = placesOf(realm).find(({ one }) => one.id === parentId)?.one;
      const tree: Body = above ? (above.subComponents ??= {}) : realm.beside.components;
      const made: Body = { id: randomUUID(), subComponents: {}, ...head };
      configured(made, { ...usual(body), ...config });
      if (publishes(made)) realm.keys.push(algorithmOf(made));
      if (head.providerId === 'ldap') made.subComponents[MAPPER] = mappersOf(made).map((one) => ({ ...one, id: randomUUID(), subComponents: {} }));
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
      withdrawn(realm, one);
      if (body.name !== undefined) one.name = body.name;
      configured(one, body.config ?? {});
      if (publishes(one)) realm.keys.push(algorithmOf(one));
      return answer(204);
    },
  ],
  [
    'DELETE /components/:id',
    ({ realm, params }) => {
      const place = placesOf(realm).find(({ one }) => one.id === params.id);
      if (place === undefined) return notFound('Could not find component');
      place.siblings.splice(place.siblings.indexOf(place.one), 1);
      // With a directory go the accounts that came from it.
      realm.users = realm.users.filter(({ federationLink }) => federationLink !== params.id);
      withdrawn(realm, place.one);
      return answer(204);
    },
  ],
];

const requests = async (ask: Ask, R: string): Promise<void> => {
  const all = `${R}/components`;
  const id = '0a07c710-0000-8000-8000-000000000001';
  const key = { name: 'a key', providerId: 'eddsa-generated', providerType: KEY_PROVIDER };
  await ask('GET', `${all}?name=a%20key`);
  await ask('POST', all, { body: { ...key, id, config: { priority: ['7'], active: ['false'] } } });
  await ask('POST', all, { body: { ...key, id, config: {} } });
  await ask('POST', all, { body: { ...key, providerId: 'no-such-provider', config: {} } });
  await ask('POST', all, { body: { ...key, config: { priority: ['much'] } } });
  await ask('GET', `${all}?name=a%20key`);
  // A configuration is merged, and an empty list takes away.
  await ask('PUT', `${all}/${id}`, { body: { ...key, id, config: { priority: ['8'], active: [] } } });
  await ask('GET', `${all}?name=a%20key`);
  await ask('PUT', `${all}/${id}`, { body: { ...key, id, name: 'another name', config: {} } });
  await ask('GET', `${all}?name=another%20name`);
  await ask('PUT', `${all}/${randomUUID()}`, { body: { ...key, config: {} } });
  await ask('DELETE', `${all}/${id}`);
  await ask('DELETE', `${all}/${id}`);
  const directory = '0a07c710-0000-8000-8000-000000000002';
  const stated = { id: directory, name: 'a directory', providerId: 'ldap', providerType: STORAGE };
  await ask('POST', all, { body: { ...stated, config: directoryConfig({ vendor: 'other', editMode: 'READ_ONLY', username: 'uid', rdn: 'uid' }) } });
  await ask('GET', `${all}?name=a%20directory`);
  await ask('PUT', `${all}/${directory}`, { body: { ...stated, config: { bindCredential: [MASK], pagination: ['false'] } } });
  await ask('GET', `${all}?name=a%20directory`);
  const [email] = await ask('GET', `${all}?name=email`);
  await ask('DELETE', `${all}/${email.id}`);
  await ask('GET', `${all}?name=email`);
  const everybody = { name: 'everybody', providerId: 'hardcoded-ldap-role-mapper', providerType: MAPPER };
  await ask('POST', all, { body: { ...everybody, id, parentId: directory, config: { role: ['plain'] } } });
  await ask('GET', `${all}?name=everybody`);
  await ask('POST', `${R}/user-storage/${directory}/unlink-users`);
  await ask('POST', `${R}/user-storage/none/unlink-users`);
  // What is in it goes with it.
  await ask('DELETE', `${all}/${directory}`);
  await ask('GET', `${all}?name=everybody`);
};

/** What a directory must state, of one sort or another. */
export const directoryConfig = ({ vendor, editMode, username, rdn }: Directory['directory']): Body => ({
  vendor: [vendor], editMode: [editMode], usernameLDAPAttribute: [username], rdnLDAPAttribute: [rdn], connectionUrl: ['ldap://ldap.test'], usersDn: ['ou=people'], authType: ['simple'], bindDn: ['cn=admin'],
  bindCredential: ['given-secret'], uuidLDAPAttribute: ['entryUUID'], userObjectClasses: ['inetOrgPerson'], enabled: ['true'], importEnabled: ['true'],
}); // prettier-ignore

export const resource: Resource = {
  routes,
  requests,
  bare: {
    kind: 'keycloak.component',
    path: '/shop/components',
    body: { name: 'bare', providerId: 'aes-generated', providerType: KEY_PROVIDER, config: {} },
    id: `shop/${KEY_PROVIDER}/bare`,
  },
};
