import { objectOf, textOf } from '../../../core/json.ts';
import type { Desired, Live, SpecValue } from '../../../core/resource.ts';
import { Secret } from '../../../core/secret.ts';
import { isSpec } from '../../../core/spec.ts';
import { DECLARATIVE } from '../client.ts';
import type { Entity, EntityName } from '../client.ts';
import { certificateKind, sniKind } from '../kinds/certificates.ts';
import { aclKind, basicAuthKind, hmacAuthKind, keyAuthKind } from '../kinds/credentials.ts';
import type { KongClient } from '../kinds/kong-client.ts';
import { vaultKind } from '../kinds/keys.ts';
import { namesIn } from '../kinds/live-row.ts';
import { inUse } from '../kinds/raw-entity.ts';
import { kong as specs } from '../specs/index.ts';

/** Filters in WebAssembly on a route or a service: they run before all plugins. */
export interface FilterChain {
  readonly id: string;
  readonly route: string | undefined;
  readonly service: string | undefined;
  readonly filters: readonly string[];
  readonly row: SpecValue;
}

/** Rows of entities that the kinds leave out while the blueprint states none, and that matter all the same: by what they are read for. */
type Wanted = (desired: readonly Desired[], tls: boolean) => boolean;
const guardedBy = (plugin: string): Wanted => (desired) => desired.some((object) => specs.plugin.is(object) && object.spec.name === plugin);
const LISTS: readonly { readonly entity: EntityName; readonly wanted: Wanted; readonly list: (kong: KongClient) => Promise<readonly Live[]> }[] = [
  { entity: 'snis', wanted: (_desired, tls) => tls, list: sniKind.list },
  // What a name shows is another one when somebody changes its certificate.
  { entity: 'certificates', wanted: (_desired, tls) => tls, list: certificateKind.list },
  { entity: 'vaults', wanted: (desired) => vaultsIn(desired).size > 0, list: vaultKind.list },
  { entity: 'key-auths', wanted: guardedBy('key-auth'), list: keyAuthKind.list },
  { entity: 'basic-auths', wanted: guardedBy('basic-auth'), list: basicAuthKind.list },
  { entity: 'hmac-auths', wanted: guardedBy('hmac-auth'), list: hmacAuthKind.list },
  { entity: 'acls', wanted: guardedBy('acl'), list: aclKind.list },
];

type Told = <Value>(what: string, reading: Promise<Value>, otherwise: Value) => Promise<Value>;

/** What of the LISTS the kinds have not listed. */
export const readAround = async (kong: KongClient, desired: readonly Desired[], { tls, told }: { readonly tls: boolean; readonly told: Told }): Promise<readonly Live[]> => {
  // In the round that the kinds have begun.
  const here: KongClient = { ...kong, rows: (list) => kong.rows(list), rawEntities: { ...kong.rawEntities, present: new Set(LISTS.map(({ entity }) => entity)) } };
  const found = await Promise.all(
    LISTS.filter(({ wanted }) => wanted(desired, tls)).map(async ({ entity, list }) => ((await inUse(kong, entity)) ? [] : told(`the ${DECLARATIVE[entity]} of others`, list(here), []))),
  );
  return found.flat();
};

/** The chains of this Kong, where it runs WebAssembly at all. */
export const readFilterChains = async (kong: KongClient): Promise<readonly FilterChain[]> => {
  const [rows, routes, services] = await Promise.all([kong.rows('filter-chains'), kong.rows('routes'), kong.rows('services')]);
  const [routeOf, serviceOf] = [namesIn(routes, 'name'), namesIn(services, 'name')];
  const nameOf = (reference: ReturnType<typeof routeOf>): string | undefined => (reference === null ? undefined : (reference.name ?? `#${String(reference.id)}`));
  return rows.filter(({ enabled }) => enabled !== false).map((row: Entity) => ({
    id: textOf(row.name) ?? `#${row.id}`,
    route: nameOf(routeOf(row.route)),
    service: nameOf(serviceOf(row.service)),
    filters: (Array.isArray(row.filters) ? row.filters : []).map((filter: unknown) => textOf(objectOf(filter).name) ?? '?'),
    // Read from JSON: it has nothing else in it.
    row: row.filters as SpecValue,
  }));
};

const REFERENCE = /\{vault:\/\/([a-z][a-z0-9-]*)\//g;

/** Prefixes of the vaults that objects of the blueprint refer to, each with the first that does. */
export const vaultsIn = (desired: readonly Desired[]): ReadonlyMap<string, Desired> => {
  const found = new Map<string, Desired>();
  for (const object of desired) for (const prefix of vaultsOf(object)) if (!found.has(prefix)) found.set(prefix, object);
  return found;
};

/** Those that one object refers to. */
export const vaultsOf = ({ spec }: Pick<Desired, 'spec'>): readonly string[] => textsIn(spec).flatMap((text) => [...text.matchAll(REFERENCE)].map(([, prefix = '']) => prefix));

/** A secret is looked at, too: a reference to a vault is none. */
const textsIn = (value: SpecValue | undefined): readonly string[] =>
  value instanceof Secret ? [value.reveal()] : typeof value === 'string' ? [value] : Array.isArray(value) ? value.flatMap((item: SpecValue) => textsIn(item)) : isSpec(value) ? Object.values(value).flatMap(textsIn) : [];
