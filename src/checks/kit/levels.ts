import { callerNamed, demandsSignIn, levelsWithin, refusalOf, signInDemand } from '../../access/index.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { hasLevels } from '../../patterns/step-up.ts';
import type { RouteSubject } from '../subject.ts';

/** What an authorization request asks of the sign-in (OpenID Connect Core section 3.1.2.1). */
export type Ask = Readonly<Partial<Record<'acr_values' | 'max_age', string>>>;

const demanding = ({ services }: Blueprint) => Object.values(services).flatMap(({ routes }) => routes.filter(demandsSignIn));

/** The strongest level that some route demands and the persona can reach: its good token passes wherever it may. */
export const levelAsked = (blueprint: Blueprint, name: string, client: string): Ask => {
  const persona = Object.hasOwn(blueprint.personas, name) ? blueprint.personas[name] : undefined;
  if (!persona || blueprint.foreign || !hasLevels(blueprint, client)) return {};
  const least = demanding(blueprint).flatMap((route) => signInDemand(blueprint, route)?.acr[0] ?? []);
  const level = levelsWithin(blueprint.realm, persona).findLast((one) => least.includes(one));
  return level === undefined ? {} : { acr_values: level };
};

/** Milliseconds for which a sign-in does for every route. */
export const lastsFor = (blueprint: Blueprint): number => Math.min(...demanding(blueprint).flatMap(({ maxAge }) => (maxAge === undefined ? [] : [maxAge * 1000])));

/** Whether what somebody shows holds all that the route asks for but the sign-in (RFC 9470): the answer is to sign in again, and not that it may not. */
export const isWeakFor = (blueprint: Blueprint, { gateway, route, service }: Pick<RouteSubject, 'gateway' | 'route' | 'service'>, who: string): boolean => {
  const caller = callerNamed(blueprint, who, service.authentication);
  const demand = signInDemand(blueprint, route);
  if (!caller || !demand) return false;
  const refused = refusalOf(blueprint, { gateway, route, caller }, true);
  const persona = Object.hasOwn(blueprint.personas, who) ? blueprint.personas[who] : undefined;
  const within = persona ? levelsWithin(blueprint.realm, persona) : [];
  return refused?.because === 'sign-in' || (refused === undefined && demand.acr.length > 0 && !demand.acr.some((level) => within.includes(level)));
};
