import { stringify } from 'yaml';
import { textOf, textsOf } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import { objectsOf } from './keycloak/common.ts';
import { withoutUrl } from './kong/fields.ts';
import type { Flat } from './kong/flat.ts';

const ID = /^[a-z][a-z0-9-]{0,62}$/;
const WORD = /^(\/[A-Za-z0-9._~:@!$&'()+,=-]+)+$/;

/** An id of the blueprint made of a name of somebody else's. */
const idOf = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^[^a-z]+|-+$/g, '').slice(0, 57);

/** What `verify` could try, as far as routes and roles tell: for a person to read, and to take the comment signs away. `typed`: the clients that stand under `realm` already. */
export const proposalOf = (flat: Flat | undefined, realm: JsonObject | undefined, typed: Pick<ReadonlySet<string>, 'has'>): readonly string[] => {
  const client = realm && objectsOf(realm.clients).find(({ publicClient, standardFlowEnabled, redirectUris }) => publicClient === true && standardFlowEnabled !== false && textsOf(redirectUris).length > 0 && textsOf(redirectUris).every((uri) => !uri.includes('*')));
  const services = Object.fromEntries((flat?.services ?? []).flatMap((service) => serviceOf(service, flat)));
  if (Object.keys(services).length === 0) return [];
  const people = realm === undefined ? [] : objectsOf(realm.users).flatMap((user) => personOf(user));
  const all = Object.fromEntries(Object.entries(services).map(([id, { routes }]) => [id, Object.keys(routes)]));
  const id = textOf(client?.clientId) ?? 'web';
  const proposal = {
    realm: {
      scopes: Object.fromEntries(Object.keys(services).map((audience) => [audience, { audience }])),
      clients: { [id]: { ...(!typed.has(id) && { type: 'public', redirectUris: client ? textsOf(client.redirectUris) : ['https://…/callback'] }), scopes: Object.keys(services) } },
    },
    authentication: { pattern: 'sso', client: id },
    services,
    ...(people.length > 0 && { personas: Object.fromEntries(people) }),
    expect: { ...Object.fromEntries(people.map(([name]) => [name, all])), anonymous: {} },
  };
  return [
    'A proposal, made of routes, audiences and people; nobody has said that it is right. It tells "authctl verify" what to try: read it, mend it, and',
    'take the comment signs away. What stands under realm goes into the realm above: a scope for the audience of each service, and the client that people',
    'sign in with. What is a client or a persona there does not stand under raw.keycloak.entities as well, nor what is taken over (adopts) under raw.kong.entities.',
    ...(typed.has(id) ? [`${id} is there already, and gets the scopes: take its lists of scopes under raw.keycloak.clients away, or add them there.`] : []),
    '',
    ...stringify(proposal, { lineWidth: 0 }).trimEnd().split('\n'),
  ];
};

interface ProposedService {
  readonly adopts: string;
  readonly upstream: string;
  readonly routes: Readonly<Record<string, { readonly adopts?: string; readonly match: string }>>;
}

/** A service with those of its routes that have a path which the blueprint can say. */
const serviceOf = (service: JsonObject, flat: Flat | undefined): readonly (readonly [string, ProposedService])[] => {
  const name = textOf(service.name);
  const id = idOf(name ?? '');
  if (name === undefined || !ID.test(id)) return [];
  const routes = (flat?.routes ?? []).filter((route) => route.service === name).flatMap((route) => {
    const own = idOf(textOf(route.name) ?? '');
    const path = textsOf(route.paths).find((one) => one === '/' || WORD.test(one));
    if (!ID.test(own) || path === undefined) return [];
    const methods = textsOf(route.methods).filter((method) => /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(method));
    const verbs = methods.length === 0 ? 'ANY' : methods.join(',');
    // A prefix of Kong's is the path itself and all below it.
    const adopts = { adopts: textOf(route.name) ?? '' };
    return [...(path === '/' ? [] : [[own, { ...adopts, match: `${verbs} ${path}` }] as const]), [`${own}-below`, { ...(path === '/' && adopts), match: `${verbs} ${path === '/' ? '' : path}/**` }] as const];
  }); // prettier-ignore
  const { protocol, host, port, path } = withoutUrl(service);
  return routes.length === 0 ? [] : [[id, { adopts: name, upstream: `${textOf(protocol) ?? 'http'}://${textOf(host) ?? 'localhost'}:${String(port ?? 80)}${textOf(path) ?? ''}`, routes: Object.fromEntries(routes) }]];
};

const personOf = (user: JsonObject): readonly (readonly [string, object])[] => {
  const name = textOf(user.username)?.toLowerCase();
  if (name === undefined || textOf(user.serviceAccountClientId) !== undefined || !/^[a-z0-9][a-z0-9._-]{0,126}$/.test(name)) return [];
  const roles = textsOf(user.realmRoles).filter((role) => !/^default-roles-|^(offline_access|uma_authorization)$/.test(role));
  return [[name, { roles, password: `\${${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_PASSWORD}` }]];
};
