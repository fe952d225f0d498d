import { audiencesOf } from '../access/meant-for.ts';
import { groupBy } from '../core/collections.ts';
import type { Position } from '../core/problem.ts';
import { required } from './declaration/field.ts';
import type { Loaded } from './declaration/field.ts';
import { authentication as declaredAuthentication } from './declaration/authentication.ts';
import { blueprint } from './declaration/index.ts';
import type { ownAuthentication } from './declaration/authentication.ts';
import { fill, noSecret } from './fill.ts';
import { foreignIssuer, foreignRealm, furtherIssuer } from './foreign-realm.ts';
import { OWN_ISSUER } from './further-issuers.ts';
import { issuerOf } from './issuer.ts';
import { matchOf, methodsOf, placeOf } from './route-match.ts';
import { positionTable } from './position-table.ts';
import { nodeAt, positionOf, record } from './tree.ts';
import type { MapNode, Path } from './tree.ts';
import { hasForeignIssuer } from './whose-realm.ts';
import type { Authentication, Blueprint, ForeignIssuer, FurtherIssuer, KongTarget, OpaTarget, Realm, Route, S3Place, Service } from './types.ts';

type Stated = Loaded<typeof blueprint>;
type StatedAuthentication = Loaded<typeof ownAuthentication>;
type StatedService = Stated['services'][string];
type StatedKong = NonNullable<Stated['targets']['kong']>;
type StatedOpa = NonNullable<Stated['targets']['opa']>;

/** The typed blueprint, every default filled in. Works on a tree with problems too: cross-checks then see what is there. */
export const build = (root: MapNode, { file, files, secrets, lacking }: Pick<Blueprint, 'file' | 'files' | 'secrets' | 'lacking'>): Blueprint => {
  const stated = fill(blueprint, root);
  const { name, personas, expect, accept, waivers, raw } = stated;
  const { opa, kong, ...targets } = managed(stated.targets, stated.manage);
  // Both is a finding; the realm goes on then.
  const { issuer } = hasForeignIssuer(root) ? stated : {};
  const realm = issuer ? foreignRealm(issuer, realmOf(stated.realm, name)) : realmOf(stated.realm, name);
  const foreign = issuer && foreignIssuer(issuer);
  const issuers = mapValues(stated.issuers, furtherIssuer);
  const claims = claimsOf(stated.services);
  const shapes = groupBy(claims.values(), placeOf);
  // Without services nobody is authenticated; the cross-checks ask for it where there are some.
  const authentication = authenticationOf(stated.authentication ?? fill(required(declaredAuthentication), undefined), realm, 'authentication');
  const at = (...path: string[]): Position => positionOf(root, path);
  const isList = (path: Path): boolean => nodeAt(root, path)?.kind === 'list';
  return {
    file,
    files,
    name,
    targets: { ...targets, ...(kong && { kong: kongOf(kong) }), ...(opa && { opa: opaOf(opa, stated.authorization.bundle) }) },
    realm,
    ...(foreign && { foreign }),
    issuers,
    issuer: foreign?.url ?? issuerOf(targets.keycloak, realm.name, raw.keycloak),
    authentication,
    authorization: { ...stated.authorization, policyFiles: {} },
    services: mapValues(stated.services, (service, id) => serviceOf(service, id, { realm, foreign, issuers, authentication, at, isList, claims, shapes })),
    personas: mapValues(personas, (persona, id) => ({ ...persona, password: persona.password ?? noSecret, at: at('personas', id) })),
    expect: mapValues(expect, (row) => withPublicRoutes(row, stated.services)),
    accept: accept.map((one, index) => ({ ...one, origin: at('accept', String(index)) })),
    waivers: waivers.map((one, index) => ({ ...one, origin: at('waivers', String(index)) })),
    raw,
    at: positionTable(root),
    secrets,
    lacking,
  };
};

/** What a target does not say of itself is said by the blueprint. Of one that is managed nothing is noted: it is what everybody expects. */
const managed = <Targets extends object>(targets: Targets, manage: Stated['manage']): Targets =>
  // The same targets, with the one field that all of them have.
  Object.fromEntries(
    Object.entries(targets as Readonly<Record<string, { readonly manage?: 'all' | 'none' } | undefined>>).map(([name, target]) => [
      name,
      target && (target.manage ?? manage) === 'none' ? { ...target, manage: 'none' } : target,
    ]),
  ) as Targets;

const mapValues = <From, To>(values: Readonly<Record<string, From>>, change: (value: From, key: string) => To): Readonly<Record<string, To>> =>
  record(Object.entries(values).map(([key, value]) => [key, change(value, key)] as const));

/** Without either there is a finding; the empty address is then looked at by nobody. */
const kongOf = ({ admin, ...kong }: StatedKong): KongTarget => ({ ...kong, admin: admin ?? { url: kong.konnect ? addressOfKonnect(kong.konnect) : '' } });

/** The address of the region: https://developer.konghq.com/api/konnect/control-planes-config/v2/ (servers). */
const addressOfKonnect = ({ region, endpoint }: NonNullable<StatedKong['konnect']>): string =>
  endpoint === undefined || endpoint === '' ? `https://${region}.api.konghq.com` : endpoint;

/** Where somebody else publishes the policy nothing is ours to write. Without a bundle of either sort there is a finding, as of Kong's address. */
const opaOf = ({ decisionUrl, bundle, ...opa }: StatedOpa, existing: Stated['authorization']['bundle']): OpaTarget => ({
  ...opa,
  ...(existing && { manage: 'none' }),
  decisionUrl: decisionUrl ?? opa.servers[0] ?? '',
  bundle: bundle ? placeOfBundle(bundle) : { publish: existing?.url ?? '', wait: 0 },
});

const placeOfBundle = ({ s3, ...bundle }: NonNullable<StatedOpa['bundle']>): OpaTarget['bundle'] => ({ ...bundle, ...(bundle.publish.startsWith('s3:') && { s3: s3Of(s3) }) });

const s3Of = ({ pathStyle, accessKeyId, secretAccessKey, ...s3 }: NonNullable<StatedOpa['bundle']>['s3']): S3Place => ({
  ...s3,
  pathStyle: pathStyle ?? s3.endpoint !== undefined,
  ...(accessKeyId && secretAccessKey && { credentials: { accessKeyId, secretAccessKey } }),
});

const realmOf = (realm: Stated['realm'], blueprintName: string): Realm => ({
  ...realm,
  name: realm.name ?? blueprintName,
  clients: mapValues(realm.clients, (client) => ({ ...client, webOrigins: client.webOrigins ?? originsOf(client.redirectUris) })),
});

const originsOf = (uris: readonly string[]): readonly string[] => [
  ...new Set(uris.flatMap((uri) => (/^https?:/.test(uri) && URL.canParse(uri) ? [new URL(uri).origin] : []))),
];

const authenticationOf = (stated: StatedAuthentication, realm: Realm, path: string, around?: Authentication): Authentication => {
  const { in: places, cookie: named, storage: kept, ...token } = stated.token;
  const cookie = places.includes('cookie') ? named : undefined;
  const storage = kept ?? (stated.pattern === 'sso' && cookie !== undefined ? 'gateway-cookie' : undefined);
  const client = stated.client ?? around?.client ?? '';
  return {
    ...stated,
    path,
    client,
    token: {
      ...token,
      header: places.includes('header'),
      ...(cookie !== undefined && { cookie }),
      ...(storage !== undefined && { storage }),
    },
    origins: stated.origins ?? realm.clients[client]?.webOrigins ?? [],
  };
};

interface Around {
  readonly realm: Realm;
  readonly foreign: ForeignIssuer | undefined;
  readonly issuers: Readonly<Record<string, FurtherIssuer>>;
  readonly authentication: Authentication;
  readonly at: (...path: string[]) => Position;
  readonly isList: (path: Path) => boolean;
  readonly claims: Claims;
  /** Those of one path, but for the names of variables, under the same hosts and with the same headers. */
  readonly shapes: ReadonlyMap<string, readonly Claim[]>;
}

const serviceOf = (stated: StatedService, id: string, { realm, foreign, issuers, authentication, at, isList, claims, shapes }: Around): Service => ({
  ...stated,
  id,
  ...meantFor(stated, id, { realm, foreign, issuers }),
  issuers: (stated.issuers ?? []).filter((name) => name !== OWN_ISSUER),
  authentication: inPlaceOfOurs(
    stated.authentication ? authenticationOf(stated.authentication, realm, `services.${id}.authentication`, authentication) : authentication,
    issuerInstead(stated, issuers),
  ),
  routes: Object.entries(stated.routes).flatMap(([route, { match, ...rest }]) => {
    const place = ['services', id, 'routes', route];
    const passing = { stripPath: rest.stripPath ?? stated.stripPath ?? false, preserveHost: rest.preserveHost ?? stated.preserveHost ?? false, ...bufferingOf(stated), ...bufferingOf(rest), ...(!rest.public && signInOf(rest.acr || rest.maxAge !== undefined ? rest : stated)) };
    return match.flatMap((_text, nth): Route[] => {
      const claim = claims.get(claimKey(id, route, nth));
      // What cannot be read is left out: nothing can be said about it.
      if (!claim) return [];
      const { stated: _stated, ...matched } = claim;
      const methods = methodsOf(claim, shapes.get(placeOf(claim)) ?? []);
      const which = isList([...place, 'match']) ? { nth, at: at(...place, 'match', String(nth)) } : { at: at(...place) };
      return [{ ...rest, ...matched, ...passing, methods, method: methods[0] ?? 'GET', id: route, service: id, ...which }];
    });
  }),
  at: at('services', id),
});

/** A service that takes the tokens of one further issuer and none of our own: behind AWS the authorizer then has that issuer. */
const issuerInstead = ({ issuers: named }: StatedService, issuers: Around['issuers']): FurtherIssuer | undefined => {
  const [only = '', ...more] = named ?? [];
  return more.length === 0 && Object.hasOwn(issuers, only) ? issuers[only] : undefined;
};

/** The same as `authentication.issuer` says with an address; where both are stated there is a finding. */
const inPlaceOfOurs = (authentication: Authentication, issuer: FurtherIssuer | undefined): Authentication =>
  issuer === undefined ? authentication : { ...authentication, issuer: issuer.url };

/** Where a token names its client in the place of an audience, the clients that may have one of the service's scopes; of a route without any, all. */
const meantFor = (stated: StatedService, id: string, { realm, foreign, issuers }: Pick<Around, 'realm' | 'foreign' | 'issuers'>): Pick<Service, 'audience' | 'audiences'> => {
  const instead = issuerInstead(stated, issuers);
  const clients = instead
    ? Object.values(instead.clients).map(({ clientId, scopes }) => ({ clientId, scopes }))
    : Object.entries(realm.clients).map(([name, { abroad, scopes }]) => ({ clientId: abroad?.clientId ?? name, scopes }));
  return audiencesOf({ ...stated, routes: Object.values(stated.routes) }, id, { audienceClaim: (instead ?? foreign)?.audienceClaim, clients });
};

/** What is stated of it. */
const bufferingOf = ({ requestBuffering, responseBuffering }: Pick<StatedService, 'requestBuffering' | 'responseBuffering'>) => ({
  ...(requestBuffering !== undefined && { requestBuffering }),
  ...(responseBuffering !== undefined && { responseBuffering }),
});

/** What a route says of the sign-in stands in the place of all that its service says. */
const signInOf = ({ acr, maxAge }: Pick<StatedService, 'acr' | 'maxAge'>): Pick<Route, 'acr' | 'maxAge'> => ({ ...(acr && { acr }), ...(maxAge !== undefined && { maxAge }) });

type Claim = NonNullable<ReturnType<typeof matchOf>> & Pick<Route, 'gateways' | 'hosts' | 'headers'> & { readonly head?: boolean };
type Claims = ReadonlyMap<string, Claim>;

const claimKey = (service: string, route: string, nth: number): string => `${service} ${route} ${nth}`;

/** What each route that can be read takes, by service, route and place in its `match`. */
const claimsOf = (services: Stated['services']): Claims =>
  new Map(
    Object.entries(services).flatMap(([id, { routes, gateways, hosts = [] }]) =>
      Object.entries(routes).flatMap(([route, stated]) => {
        const { gateways: own = gateways, hosts: named = hosts, head, headers } = stated;
        return stated.match.flatMap((text, nth) => {
          const matched = matchOf(text);
          return matched ? [[claimKey(id, route, nth), { ...matched, gateways: own, ...(head !== undefined && { head }), hosts: named, headers }] as const] : [];
        });
      }),
    ),
  );

/** Public routes are open to everyone, so they are part of every row, stated or not. */
const withPublicRoutes = (row: Stated['expect'][string], services: Stated['services']): Stated['expect'][string] => {
  const merged = new Map(Object.entries(row));
  for (const [service, { routes }] of Object.entries(services)) {
    const open = Object.keys(routes).filter((id) => routes[id]?.public === true);
    if (open.length > 0) merged.set(service, [...new Set([...(merged.get(service) ?? []), ...open])]);
  }
  return record(merged);
};
