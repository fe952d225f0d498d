import type { Blueprint, Gateway, Route, Service } from '../blueprint/types.ts';
import type { Caller } from './callers.ts';
import { decides } from './decides.ts';
import { audiencesFrom } from './meant-for.ts';
import { mayUseAny, ownObject } from './ownership.ts';
import { signInDemand, signInText } from './sign-in.ts';
import type { SignInDemand } from './sign-in.ts';

/** What stands against a caller, before any policy is asked. */
export type Refusal =
  | { readonly because: 'no token' }
  | { readonly because: 'issuer'; readonly issuer: string }
  | { readonly because: 'audience'; readonly audience: string }
  | { readonly because: 'scopes'; readonly missing: readonly string[] }
  | { readonly because: 'roles'; readonly roles: readonly string[] }
  | { readonly because: 'sign-in'; readonly demand: SignInDemand };

/** A caller on a route behind a gateway. */
export interface Request {
  readonly gateway: Gateway;
  readonly route: Route;
  readonly caller: Caller;
}

/**
 * Why the gateway, or the service behind it, refuses this caller by what the token says; `undefined` when it does not. Where a policy judges
 * the roles and nobody could ask it (`policyAnswers: false`), the blueprint's own rule stands for it.
 */
export const refusalOf = (blueprint: Blueprint, { gateway, route, caller }: Request, policyAnswers: boolean): Refusal | undefined => {
  const service = blueprint.services[route.service];
  const { verify, everyScope, roles, ask } = decides(blueprint, gateway, route);
  if (!service || verify.length === 0) return undefined;
  if (caller.what === 'anonymous') return { because: 'no token' };
  const audiences = takenFrom(blueprint, service, caller);
  if (audiences === undefined) return { because: 'issuer', issuer: issuersOf(blueprint, service).join(' and ') };
  if (!caller.audiences.some((one) => audiences.includes(one))) return { because: 'audience', audience: audiences[0] ?? service.audience };
  const missing = route.scopes.filter((scope) => !caller.scopes.includes(scope));
  if (everyScope ? missing.length > 0 : route.scopes.length > 0 && missing.length === route.scopes.length) return { because: 'scopes', missing };
  const looked = roles.length > 0 || (ask.length > 0 && !policyAnswers);
  const lacks = route.roles.length > 0 && !route.roles.some((role) => caller.roles.includes(role));
  if (looked && lacks) return { because: 'roles', roles: route.roles };
  // How somebody signs in is theirs to choose, each time; a service account never does, and its tokens say no more than the least.
  const demand = caller.what === 'client' ? signInDemand(blueprint, route) : undefined;
  return demand && { because: 'sign-in', demand };
};

/** The audiences by which tokens of the caller's issuer are ones for the service; `undefined` where it takes none of that issuer. */
const takenFrom = ({ issuers }: Blueprint, service: Service, { issuer: name }: Caller): readonly string[] | undefined => {
  const instead = service.authentication.issuer !== undefined;
  if (name === undefined) return instead ? undefined : service.audiences;
  const issuer = service.issuers.includes(name) && Object.hasOwn(issuers, name) ? issuers[name] : undefined;
  return issuer && (instead ? service.audiences : audiencesFrom(service, issuer));
};

/** Whose tokens a service takes, by what they say in `iss`. */
export const issuersOf = ({ issuer, issuers }: Pick<Blueprint, 'issuer' | 'issuers'>, { authentication, issuers: named }: Pick<Service, 'authentication' | 'issuers'>): readonly string[] =>
  authentication.issuer !== undefined ? [authentication.issuer] : [issuer, ...named.flatMap((name) => (Object.hasOwn(issuers, name) ? (issuers[name]?.url ?? []) : []))];

export const refusalText = (refusal: Refusal): string => {
  switch (refusal.because) {
    case 'no token':
      return 'there is no token';
    case 'issuer':
      return `only tokens of ${refusal.issuer} count there`;
    case 'audience':
      return `the token is not for the audience "${refusal.audience}"`;
    case 'scopes':
      return `the token has no scope ${refusal.missing.join(', ')}`;
    case 'roles':
      return `the route demands one of the roles ${refusal.roles.join(', ')}`;
    case 'sign-in':
      return `the route demands ${signInText(refusal.demand)}, and a service account does not sign in`;
  }
};

/** Why somebody can use no object at all of a route whose objects are owned, by what `verify` knows of them; `undefined` when it can. */
export const ownerRefusal = (blueprint: Blueprint, route: Route, who: string): 'acts for nobody' | 'owns nothing' | undefined => {
  const service = blueprint.services[route.service];
  if (route.ownedBy === undefined || route.public || !service) return undefined;
  if (!Object.hasOwn(blueprint.personas, who)) return 'acts for nobody';
  return ownObject(service, who) === undefined && !mayUseAny(blueprint, route, who) ? 'owns nothing' : undefined;
};
