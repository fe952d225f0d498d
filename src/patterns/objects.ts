import type { Authentication, Blueprint, Gateway, JsonFields, Route, Service } from '../blueprint/types.ts';
import { routeKey } from '../access/index.ts';
import type { Address, Deferred, Desired, Spec } from '../core/resource.ts';
import type { SpecType } from '../core/spec.ts';
import { realm } from '../providers/keycloak/specs/realm.ts';
import { kongName } from '../providers/kong/specs/marks.ts';

/** What one pattern adds to the stack. */
export interface Part {
  readonly desired: readonly Desired[];
  readonly deferred?: readonly Deferred[];
}

/** A desired object of a kind, with its blueprint line; `after` names addresses. */
export const made = <S extends Spec, Parts extends readonly string[]>(
  blueprint: Blueprint,
  path: string,
  type: SpecType<S, Parts>,
  parts: Parts,
  spec: S,
  after: readonly Address[] = [],
): Desired<S> => type.desired(parts, { spec, after, origin: blueprint.at(path) });

/** A spec with what the blueprint states in the target's own words merged last: read as an answer of the target would be, sets sorted. */
export const withRaw = <S extends Spec, Parts extends readonly string[]>(type: SpecType<S, Parts>, spec: S, raw: JsonFields | undefined): S =>
  type.read({ ...spec, ...raw });

/** What one pattern is asked for: the services that are authenticated alike, and how. */
export interface Group {
  readonly authentication: Authentication;
  readonly services: readonly Service[];
}

/** Services by their authentication, in the blueprint's order; the blueprint's own comes first, and only when a service uses it. */
export const groupsOf = (blueprint: Blueprint): readonly Group[] => {
  const services = Object.values(blueprint.services);
  return [...new Set([blueprint.authentication, ...services.map(({ authentication }) => authentication)])]
    .map((authentication) => ({ authentication, services: services.filter((service) => service.authentication === authentication) }))
    .filter((group) => group.services.length > 0);
};

/** What must be there before anything trusts the issuer: the realm; nothing of ours where it is another's. */
export const issuerBefore = ({ foreign, realm: { name } }: Blueprint): readonly Address[] => (foreign ? [] : [realm.address(name)]);

export const servicesBehind = (blueprint: Blueprint, gateway: Gateway): readonly Service[] =>
  Object.values(blueprint.services).filter((service) => service.gateways.includes(gateway));

export const routesBehind = (service: Service, gateway: Gateway): readonly Route[] =>
  service.routes.filter((route) => route.gateways.includes(gateway));

export const routePath = ({ service, id, nth }: Route): string => `services.${service}.routes.${id}${nth === undefined ? '' : `.match.${nth}`}`;
/** What the objects of a route are called in Kong. */
export const routeName = (blueprint: Blueprint, route: Route): string => kongName(blueprint, route.service, routeKey(route));
export const sorted = (items: readonly string[]): readonly string[] => [...new Set(items)].toSorted();

export { kongName };
