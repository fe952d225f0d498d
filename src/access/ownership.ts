import type { Blueprint, Route, Service } from '../blueprint/types.ts';
import { rolesOf } from './roles.ts';
import { sampleOf } from './sample.ts';
import { matchText, pathLike } from './routing.ts';

/** Whose object a request names. */
export type Whose = 'own' | 'foreign';

/** A route whose objects are owned is asked for in two ways. */
export const whosesOf = ({ ownedBy }: Route): readonly (Whose | undefined)[] => (ownedBy === undefined ? [undefined] : ['own', 'foreign']);

/** `GET /orders/{id}, someone else's` */
export const requestText = (route: Route, whose: Whose | undefined): string =>
  `${matchText(route)}${whose === undefined ? '' : whose === 'own' ? ', own' : ", someone else's"}`;

/** Roles that may use anybody's object on this route, held by this persona: a service account owns nothing, and acts for nobody. */
export const mayUseAny = (blueprint: Blueprint, route: Route, who: string): boolean => {
  const roles = rolesOf(blueprint, { what: 'persona', name: who });
  return route.anyOwner.some((role) => roles.has(role));
};

export const ownObject = ({ objects }: Service, who: string): string | undefined =>
  Object.keys(objects).find((id) => objects[id] === who);

export const foreignObject = ({ objects }: Service, who: string): string | undefined =>
  Object.keys(objects).find((id) => objects[id] !== who);

/**
 * `/orders/{id}` -> `/orders/42`, or what the sample says; on a route whose objects are owned an object that `who` may use, if there is one: the own one, else
 * any.
 */
export const pathFor = (service: Service, route: Route, who: string | undefined): string =>
  pathOfObject(route, ownObject(service, who ?? '') ?? Object.keys(service.objects)[0], sampleOf(service, route).path, service.routes);

/** The path of this object; every other variable is filled with its sample, or with something. */
export const pathOfObject = (route: Route, object: string | undefined, samples: Readonly<Record<string, string>> = {}, others: readonly Route[] = []): string =>
  pathLike(route, others, (name) => (name === route.ownedBy && object !== undefined ? object : (samples[name] ?? '42')));
