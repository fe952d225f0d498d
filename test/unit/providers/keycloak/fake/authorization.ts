import { randomUUID } from 'node:crypto';
import { groupsOf } from './groups.ts';
import { answer, NotImplemented, notFound, onlyKnown } from './state.ts';
import type { Body, Call, FakeRealm, Resource, Route } from './state.ts';

/** Settings as an export shows them, with the ids that only lists show; `undefined` where authorization is off. */
export const settingsOf = (realm: FakeRealm, clientId: string): Body => realm.clients.find((one) => one.clientId === clientId)!.authorizationSettings;
/** As they are when they are switched on. */
export const newSettings = (): Body => ({ allowRemoteResourceManagement: true, policyEnforcementMode: 'ENFORCING', decisionStrategy: 'UNANIMOUS', resources: [], policies: [], scopes: [] });
const held = ({ realm, params }: Call): Body | undefined => {
  const client = realm.clients.find(({ id }) => id === params.id);
  if (client?.authorizationServicesEnabled !== true) return undefined;
  return (client.authorizationSettings ??= newSettings());
};
const shown = (settings: Body): Body => ({ ...settings, ...Object.fromEntries(['resources', 'policies', 'scopes'].map((list) => [list, settings[list].map(({ id: _id, owner, ...one }: Body) => ({ ...one, ...(owner && { owner: { name: owner.name } }) }))])) });
const off = (): ReturnType<typeof notFound> => notFound('HTTP 404 Not Found');
const broken = (): ReturnType<typeof answer> => answer(500, { error: 'unknown_error', error_description: 'For more on this error consult the server log.' });

const namesIn = ({ config = {} }: Body, list: string): string[] => (config[list] === undefined ? [] : (JSON.parse(config[list]) as (string | { id?: string; path?: string })[]).map((one) => (typeof one === 'string' ? one : (one.id ?? one.path ?? ''))));
const without = (one: Body, list: string, name: string): void => void (one.config[list] = JSON.stringify(namesIn(one, list).filter((other) => other !== name)));
const named = (all: Body[], name: string): Body | undefined => all.find((one) => one.name === name);

/** Whole or not at all; what is there keeps its type, lists that are not sent, and, of resources, everything. */
const imported = (call: Call): ReturnType<typeof answer> => {
  const now = held(call);
  if (now === undefined) return off();
  onlyKnown(call.body, ['policyEnforcementMode', 'decisionStrategy', 'allowRemoteResourceManagement', 'scopes', 'resources', 'policies']);
  const { scopes = [], resources = [], policies = [], ...settings } = structuredClone(call.body);
  const next: Body = { ...structuredClone(now), ...settings };
  for (const one of scopes as Body[]) {
    const entry = Object.fromEntries(Object.entries(one).filter(([, value]) => value !== null));
    const there = named(next.scopes, one.name);
    if (there === undefined) next.scopes.push({ id: randomUUID(), ...entry });
    else next.scopes = next.scopes.map((other: Body) => (other === there ? { id: there.id, ...entry } : other));
  }
  for (const one of resources as Body[]) if (named(next.resources, one.name) === undefined) next.resources.push({ id: randomUUID(), ...resourceAs(one) });
  const missing = (list: string, name: string): boolean => named(list === 'applyPolicies' ? [...next.policies, ...policies] : next[list], name) === undefined;
  for (const one of policies as Body[]) {
    if (!/^(role|user|group|client|client-scope|time|regex|aggregate|resource|scope)$/.test(one.type) || one.config === undefined) return broken();
    if (['resources', 'scopes', 'applyPolicies'].some((list) => namesIn(one, list).some((name) => missing(list, name)))) return broken();
    const there = named(next.policies, one.name);
    const kept = Object.fromEntries(['resources', 'scopes', 'applyPolicies'].flatMap((list) => (there?.config[list] !== undefined && one.config[list] === undefined ? [[list, there.config[list]]] : [])));
    const { description, ...rest } = one;
    const entry = { id: there?.id ?? randomUUID(), logic: 'POSITIVE', decisionStrategy: 'UNANIMOUS', ...rest, ...(description && { description }), type: there?.type ?? one.type, config: { ...kept, ...one.config } };
    next.policies = there === undefined ? [...next.policies, entry] : next.policies.map((other: Body) => (other === there ? entry : other));
  }
  Object.assign(now, next);
  return answer(204);
};

const resourceAs = ({ scopes = [], ...one }: Body): Body => ({ ...Object.fromEntries(Object.entries(one).filter(([, value]) => value !== null)), ownerManagedAccess: one.ownerManagedAccess ?? false, attributes: one.attributes ?? {}, uris: one.uris ?? [], ...(scopes.length > 0 && { scopes: scopes.map(({ name }: Body) => ({ name })) }) });

const LISTS = { policy: 'policies', resource: 'resources', scope: 'scopes' } as const;
const server = '/clients/:id/authz/resource-server';

/** What stands on nothing else any more goes with it. */
const remove = (what: keyof typeof LISTS) => (call: Call): ReturnType<typeof answer> => {
  const now = held(call);
  const gone = now?.[LISTS[what]].find(({ id }: Body) => id === call.params.entry);
  if (now === undefined || gone === undefined) return off();
  if (what === 'scope' && now.resources.some(({ scopes = [] }: Body) => named(scopes, gone.name))) throw new NotImplemented('a scope that a resource has: Keycloak exports no realm with one any more');
  now[LISTS[what]] = now[LISTS[what]].filter((one: Body) => one !== gone);
  const list = { policy: 'applyPolicies', resource: 'resources', scope: 'scopes' }[what];
  for (const one of now.policies as Body[]) {
    if (!namesIn(one, list).includes(gone.name)) continue;
    without(one, list, gone.name);
    if (namesIn(one, list).length === 0) now.policies = now.policies.filter((other: Body) => other !== one);
  }
  return answer(204);
};

const routes: readonly Route[] = [
  [
    'GET /group-by-path/:name',
    ({ realm, params }) => {
      const found = groupsOf(realm).find(({ name, parentId }) => name === params.name && parentId === undefined);
      return found === undefined ? notFound('Group path does not exist') : answer(200, { id: found.id, name: found.name, path: `/${found.name}` });
    },
  ],
  [`GET ${server}/settings`, (call) => (held(call) === undefined ? off() : answer(200, shown(held(call)!)))],
  [`POST ${server}/import`, imported],
  ...(['policy', 'resource', 'scope'] as const).flatMap((what): Route[] => [
    [`GET ${server}/${what}`, (call) => (held(call) === undefined ? off() : answer(200, held(call)![LISTS[what]].map(({ id, name, type, owner }: Body) => ({ ...(what === 'resource' ? { _id: id, owner: owner ?? { id: call.params.id } } : { id }), name, ...(type && { type }) }))))],
    [`DELETE ${server}/${what}/:entry`, remove(what)],
  ]),
  [
    `PUT ${server}/resource/:entry`,
    (call) => {
      const now = held(call);
      const there = now?.resources.find(({ id }: Body) => id === call.params.entry);
      if (now === undefined || there === undefined) return off();
      now.resources = now.resources.map((one: Body) => (one === there ? { id: there.id, ...resourceAs(call.body) } : one));
      return answer(204);
    },
  ],
];

export const resource: Resource = { routes, bare: { kind: 'keycloak.authorization', path: '/shop/clients', body: { clientId: 'decides', protocol: 'openid-connect', authorizationServicesEnabled: true }, id: 'shop/decides' } };
