import { roleClosure } from './roles.ts';
import type { Blueprint, Route, Service } from '../blueprint/types.ts';

/** Roles that may use anybody's object on this route, held by this persona. */
export const mayUseAny = ({ personas, realm }: Blueprint, route: Route, who: string): boolean => {
  const roles = roleClosure(personas[who]?.roles ?? [], realm);
  return route.anyOwner.some((role) => roles.has(role));
};

export const ownObject = ({ objects }: Service, who: string): string | undefined =>
  Object.keys(objects).find((id) => objects[id] === who);

export const foreignObject = ({ objects }: Service, who: string): string | undefined =>
  Object.keys(objects).find((id) => objects[id] !== who);

/**
 * `/orders/{id}` -> `/orders/42`; on a route whose objects are owned an object that `who` may use, if there is one: the own one, else
 * any.
 */
export const pathFor = (service: Service, route: Route, who: string | undefined): string =>
  pathOfObject(route, ownObject(service, who ?? '') ?? Object.keys(service.objects)[0]);

/** The path of this object; every other variable is filled with something. */
export const pathOfObject = ({ path, ownedBy }: Route, object: string | undefined): string =>
  path.replaceAll(/\{([^}]+)\}/g, (_all, name: string) => (name === ownedBy && object !== undefined ? object : '42'));
