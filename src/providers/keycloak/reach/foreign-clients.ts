import type { Danger } from '../../../core/resource.ts';
import { sameValue } from '../../../core/diff.ts';
import { attributeOf } from '../attributes.ts';
import { mapperSpecs } from '../mappers.ts';
import type { ClientRep } from '../representations.ts';
import { clientShape, scopedRoles } from '../shipped/shape.ts';
import { client } from '../specs/client.ts';
import type { MapperSpec } from '../specs/mapper.ts';
import { audiencesBy, audiencesByRole, judged } from './mappers.ts';
import { plain } from '../plain.ts';
import { found, judging, listed, mappersOf, scopesInUse } from './scene.ts';
import type { Scene } from './scene.ts';

const HINT = 'take the scope or the grant away from it in Keycloak, declare it in the blueprint, or accept it';

/** Clients of others: those that can get a token that the blueprint's services take, with how. One that can get nothing is nobody's business. */
export const foreignClients = (scene: Scene): readonly Danger[] =>
  (scene.exported.clients ?? [])
    .filter(({ clientId }) => !scene.clients.has(clientId))
    .flatMap((rep) => [...tokensOf(scene, rep), ...builtInChanges(scene, rep)]);

const tokensOf = (scene: Scene, rep: ClientRep): readonly Danger[] => {
  const ways = grantsOf(rep);
  const reached = audiencesOf(scene, rep);
  if (ways.length === 0 || reached.length === 0) return [];
  const roles = rolesOf(scene, rep);
  const saying = Object.values(ownMappers(rep)).flatMap((mapper) => {
    const { effect, what } = judged(mapper, judging(scene));
    return effect === 'opens' && audiencesBy(mapper, scene.audiences).length === 0 ? [what] : [];
  });
  return [
    found(scene, client.kind, rep.clientId, {
      effect: 'opens',
      what: `${rep.clientId} gets tokens for ${listed(reached)}: ${ways.join('; ')}${roles.length > 0 ? `; its own account has ${listed(roles)}` : ''}${saying.map((what) => `; every token of it ${what}`).join('')}`,
      hint: HINT,
      held: plain({ reached, roles, ...settingsOf(scene, rep) }),
    }),
  ];
};

const ownMappers = ({ protocolMappers }: ClientRep): Readonly<Record<string, MapperSpec>> => mappersOf({ mappers: plain(mapperSpecs(protocolMappers)) });

/** What it is called, and what Keycloak writes down of itself. */
const NAMES = new Set(['clientId', 'name', 'description', 'alwaysDisplayInConsole', 'nodeReRegistrationTimeout', 'surrogateAuthRequired']);

/** All of a client by which it comes to tokens, and they to what they say: without what is off or empty, which the admin console writes down. */
const settingsOf = (scene: Scene, rep: ClientRep): Readonly<Record<string, unknown>> => {
  const { attributes, ...fields } = clientShape(rep, scene.name);
  const used = scopesInUse(scene);
  const isSaid = (value: unknown): boolean => value !== false && value !== 'false' && value !== '' && JSON.stringify(value) !== '[]' && JSON.stringify(value) !== '{}';
  const said = (all: unknown): Readonly<Record<string, unknown>> => Object.fromEntries(Object.entries(all ?? {}).filter(([, value]) => isSaid(value)));
  const names = new Set([...(rep.defaultClientScopes ?? []), ...(rep.optionalClientScopes ?? [])]);
  return {
    ...said(Object.fromEntries(Object.entries(fields).filter(([name]) => !NAMES.has(name)))),
    attributes: said(attributes),
    scoped: [...scopedRoles(scene.exported, 'client', rep.clientId), ...(scene.exported.scopeMappings ?? []).flatMap((one) => (one.client === rep.clientId ? (one.roles ?? []) : []))].toSorted(),
    // Of those that the blueprint declares, or its clients have, what changes is told of themselves.
    scopes: Object.fromEntries((scene.exported.clientScopes ?? []).flatMap((one) => (names.has(one.name) && !scene.scopes.has(one.name) && !used.has(one.name) ? [[one.name, mapperSpecs(one.protocolMappers)]] : []))),
  };
};

/** How a client comes to tokens, in words; none when it cannot. */
export const grantsOf = (rep: ClientRep): readonly string[] => {
  if (rep.enabled === false || rep.bearerOnly || (rep.protocol ?? 'openid-connect') !== 'openid-connect') return [];
  const on = (name: string): boolean => attributeOf(rep.attributes, name) === 'true';
  const { redirectUris = [] } = rep;
  const wild = redirectUris.filter((uri) => uri.includes('*'));
  const to = wild.length > 0 ? `any address that fits ${listed(wild)}` : listed(redirectUris);
  const who = rep.publicClient ? 'anybody who asks as it' : 'it';
  return [
    ...(rep.standardFlowEnabled && redirectUris.length > 0 ? [`people sign in at it and their codes go to ${to}`] : []),
    ...(rep.implicitFlowEnabled && redirectUris.length > 0 ? [`tokens of people go in URLs to ${to}`] : []),
    ...(rep.directAccessGrantsEnabled ? [`${who} changes passwords into tokens`] : []),
    ...(rep.serviceAccountsEnabled && !rep.publicClient ? ['it gets them for itself'] : []),
    ...(on('oauth2.device.authorization.grant.enabled') ? ['it uses the device flow, which can be phished'] : []),
    ...(on('oidc.ciba.grant.enabled') ? ['it signs people in by the back channel (CIBA)'] : []),
    ...(on('standard.token.exchange.enabled') ? ['it exchanges tokens of others'] : []),
    ...(on('oauth2.jwt.authorization.grant.enabled') ? ['it takes assertions of another issuer'] : []),
  ];
};

/** The audiences of the blueprint that tokens of a client can be for: by its mappers, by those of its scopes, and by roles of a client of that name. */
export const audiencesOf = (scene: Scene, rep: ClientRep): readonly string[] => {
  const names = new Set([...(rep.defaultClientScopes ?? []), ...(rep.optionalClientScopes ?? [])]);
  const scopes = (scene.exported.clientScopes ?? []).filter(({ name }) => names.has(name));
  const mappers = [rep, ...scopes].flatMap(({ protocolMappers }) => protocolMappers ?? []);
  // What somebody put into a scope that every client has is told once, of the scope.
  const telling = [rep, ...scopes.filter(({ name }) => !Object.hasOwn(scene.shipped.scopes, name))].flatMap(({ protocolMappers = [] }) => protocolMappers.filter(({ protocol = 'openid-connect' }) => protocol === 'openid-connect'));
  const specs = telling.map(({ protocolMapper, config }) => ({ protocolMapper, config: { ...config } }));
  const direct = specs.flatMap((mapper) => audiencesBy(mapper, scene.audiences));
  const resolves = mappers.some(({ protocolMapper }) => protocolMapper === 'oidc-audience-resolve-mapper');
  const scoped = [...scopedRoles(scene.exported, 'client', rep.clientId), ...scopes.flatMap(({ name }) => (Object.hasOwn(scene.shipped.scopes, name) ? [] : scopedRoles(scene.exported, 'clientScope', name)))];
  const byRoles = [...scene.audiences].filter(
    (audience) =>
      resolves &&
      (specs.some((mapper) => audiencesByRole(mapper, scene.audiences).includes(audience)) ||
        ((scene.exported.roles?.client?.[audience] ?? []).length > 0 && (rep.fullScopeAllowed === true || scoped.some((one) => one.startsWith(`${audience}/`))))),
  );
  return [...new Set([...direct, ...byRoles])].filter((audience) => scene.audiences.has(audience)).toSorted();
};

/** The blueprint's roles that the account of a client has itself. */
const rolesOf = (scene: Scene, { clientId }: ClientRep): readonly string[] =>
  (scene.exported.users?.find((one) => one.serviceAccountClientId === clientId)?.realmRoles ?? []).filter((name) => scene.roles.has(name)).toSorted();

/** A field of a client that every realm has, and what its change does: the consoles act for people with their tokens. */
const OPENS = ['redirectUris', 'webOrigins', 'publicClient', 'directAccessGrantsEnabled', 'implicitFlowEnabled', 'serviceAccountsEnabled', 'fullScopeAllowed', 'bearerOnly'];

/** The clients that every realm has, compared with what Keycloak ships. */
const builtInChanges = (scene: Scene, rep: ClientRep): readonly Danger[] => {
  const shipped = Object.hasOwn(scene.shipped.clients, rep.clientId) ? scene.shipped.clients[rep.clientId] : undefined;
  if (shipped === undefined) return [];
  const held = clientShape(rep, scene.name);
  return [...new Set([...Object.keys(shipped), ...Object.keys(held)])].flatMap((field) => {
    // The scopes and flows of all clients are looked at for what they let through.
    if (['defaultClientScopes', 'optionalClientScopes', 'clientId', 'authenticationFlowBindingOverrides'].includes(field) || sameValue(held[field] ?? null, shipped[field] ?? null)) return [];
    const now = JSON.stringify(held[field] ?? null);
    return [
      found(scene, client.kind, rep.clientId, {
        effect: OPENS.includes(field) && rep.enabled !== false ? 'opens' : field === 'mappers' ? 'weakens' : 'differs',
        what: `${field} of Keycloak's own client ${rep.clientId} is ${now.length > 120 ? `${now.slice(0, 80)}…` : now}, and not as Keycloak ships it`,
        hint: 'set it back in Keycloak, or accept it',
        field,
        held: held[field] ?? null,
      }),
    ];
  });
};

/** Scopes of the blueprint that every new client gets. */
export const realmScopes = (scene: Scene): readonly Danger[] =>
  (
    [
      ['defaultDefaultClientScopes', 'has'],
      ['defaultOptionalClientScopes', 'may ask for'],
    ] as const
  ).flatMap(([field, verb]) => {
    const giving = (scene.exported[field] ?? []).filter((name) => leadsToOurs(scene, name));
    return giving.length === 0
      ? []
      : [
          found(scene, scene.realm.kind, '', {
            effect: 'opens',
            what: `every client that somebody makes in this realm ${verb} ${listed(giving)}, and so gets tokens for the blueprint's services`,
            hint: 'take it out of the default scopes of the realm in Keycloak, or accept it',
            field,
            held: giving.toSorted(),
          }),
        ];
  });

/** What clients that somebody makes do not get any more: each asks for claims that are not in its tokens. */
export const lesserScopes = (scene: Scene): readonly Danger[] =>
  (['defaultDefaultClientScopes', 'defaultOptionalClientScopes'] as const).flatMap((field) => {
    const [held, other] = [scene.exported[field], scene.exported[field === 'defaultDefaultClientScopes' ? 'defaultOptionalClientScopes' : 'defaultDefaultClientScopes']];
    const shipped = scene.shipped.realm[field];
    if (held === undefined || !Array.isArray(shipped) || scene.realm.spec[field] != null) return [];
    const gone = shipped.map(String).filter((name) => !held.includes(name));
    if (gone.length === 0) return [];
    const moved = gone.every((name) => other?.includes(name));
    return [
      found(scene, scene.realm.kind, '', {
        effect: 'differs',
        what: `clients that somebody makes in this realm ${moved ? 'have otherwise' : 'do not have'} ${listed(gone)}, which Keycloak gives to each ${field === 'defaultDefaultClientScopes' ? 'always' : 'that asks'}`,
        hint: 'put it back into the default scopes of the realm in Keycloak, or accept it',
        field: `${field}.lacks`,
        held: gone.toSorted(),
      }),
    ];
  });

const leadsToOurs = (scene: Scene, name: string): boolean => {
  if (scene.scopes.has(name) || Object.hasOwn(scene.shipped.scopes, name)) return scene.scopes.has(name);
  const mappers = mapperSpecs(scene.exported.clientScopes?.find((one) => one.name === name)?.protocolMappers);
  // As `mapperSpecs` makes them.
  return (Object.values(mappers) as MapperSpec[]).some((mapper) => audiencesBy(mapper, scene.audiences).length > 0);
};
