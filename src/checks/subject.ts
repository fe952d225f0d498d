import type { Gateway, Route, Service } from '../blueprint/types.ts';
import type { Position } from '../core/problem.ts';

/** One route behind one gateway: what most attacks are aimed at. */
export interface RouteSubject {
  readonly gateway: Gateway;
  readonly service: Service;
  readonly route: Route;
  /** `kong orders.list` */
  readonly name: string;
  readonly origin: Position;
  /** The caller whose cell of the access matrix it is, and what the blueprint expects of it. */
  readonly cell?: { readonly who: string; readonly allowed: boolean };
}
/** Anything else a claim is about: a client, a realm, a whole gateway. */
export interface PlainSubject {
  readonly name: string;
  readonly origin: Position;
  /** The target whose objects alone it is about, where there is one: what changes elsewhere changes nothing of it. */
  readonly of?: 'keycloak' | Gateway | 'opa';
}
export type Subject = RouteSubject | PlainSubject;

/**
 * A fixture a check cannot do without; when it is missing the verdict is `skipped: <need>`, never passed.
 * `issuer-key`: the harness holds a key the issuer publishes (only where writing is allowed). `disruptive`: the check writes.
 * `realm`: the issuer is ours: one that is not is used, and not attacked.
 * `store`: the session store can be looked into. `second-node`: another gateway node is stated.
 * `further-issuer`: a token of a further issuer can be had.
 * `upstream`: the upstream can be observed. `second-audience`: the blueprint has another service with its own audience.
 */
export type Need = 'issuer-key' | 'disruptive' | 'upstream' | 'second-audience' | 'cookie' | 'kong' | 'aws' | 'opa' | 'persona' | 'service-client' | 'origins'
  | 'store' | 'second-node' | 'realm' | 'further-issuer';

/** What is asked of it reads, so that a good request does nothing. */
export const isRead = ({ route: { method, reads } }: RouteSubject): boolean => reads === true || method === 'GET' || method === 'HEAD';

export const isRouteSubject = (subject: Subject): subject is RouteSubject => 'route' in subject;
