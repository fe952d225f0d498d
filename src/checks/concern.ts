import type { Blueprint, Gateway, Service } from '../blueprint/types.ts';
import type { Position } from '../core/problem.ts';
import type { Address, Desired } from '../core/resource.ts';
import { addressOf } from '../core/resource.ts';
import { aws } from '../providers/aws/specs/index.ts';
import { kong } from '../providers/kong/specs/index.ts';
import { isRouteSubject } from './subject.ts';
import type { Subject } from './subject.ts';

/** Whether something is checked. */
export type Concern = (subject: Subject) => boolean;

/** A part of what a blueprint has. */
export interface ChangedPart {
  readonly concern: Concern;
  /** Since when the rest is as it was: `the apply of 2026-11-29 02:00:14Z (authctl history …)`. */
  readonly since: string;
}

/** What a run over a part leaves out, and the reason that each verdict of it has. */
export const leftOutBy = ({ concern, since }: ChangedPart): LeftOut => ({ is: (subject) => !concern(subject), why: `left out: ${since} touched nothing that it is about` });
export interface LeftOut {
  readonly is: Concern;
  readonly why: string;
}

const everything: Concern = () => true;

/**
 * What may be another than it was once these objects were written. An object of one service behind one gateway (what guards its routes, where they lead)
 * concerns the routes of that service there; a route, which may take requests of any other, and whatever else a gateway holds, all of that gateway; the
 * policy, whoever may ask it; the issuer, everything. So does what the blueprint does not state (any more), as far as its target goes: nobody knows here
 * what it was for.
 */
export const concernOf = (blueprint: Blueprint, desired: readonly Desired[], touched: readonly Address[]): Concern => {
  const stated = new Map(desired.map((object) => [addressOf(object), object]));
  const concerns = touched.map((address) => ofObject(blueprint, address, stated.get(address)));
  return (subject) => concerns.some((concern) => concern(subject));
};

const ofObject = (blueprint: Blueprint, address: Address, object: Desired | undefined): Concern => {
  const target = address.slice(0, address.indexOf('.'));
  if (target === 'opa') return (subject) => isRouteSubject(subject) || subject.of !== 'keycloak';
  if (target !== 'kong' && target !== 'aws') return everything;
  const services = object === undefined ? undefined : servicesOf(blueprint, object);
  return (subject) => {
    if (!isRouteSubject(subject)) return subject.of === undefined || subject.of === target;
    const { gateway, service } = subject;
    // A gateway may ask another one, and itself.
    return (gateway === target && services?.includes(service) !== false) || leadsTo(blueprint, service, target);
  };
};

/** Whose an object is, where it is of routes of services alone: that is said by the line that asked for it. */
const servicesOf = ({ services }: Blueprint, object: Desired): readonly Service[] | undefined => {
  const isOfRoutes = kong.service.is(object) || aws.integration.is(object) || aws.authorizer.is(object) || (kong.plugin.is(object) && (object.spec.service ?? object.spec.route ?? null) !== null);
  if (!isOfRoutes) return undefined;
  const found = Object.values(services).filter(({ at, routes }) => [at, ...routes.map((route) => route.at)].some((place) => isSame(place, object.origin)));
  return found.length > 0 ? found : undefined;
};

const isSame = (left: Position, right: Position): boolean => left.file === right.file && left.line === right.line && left.column === right.column;

/** Where API Gateway is asked is known to AWS alone, but for how its own names look, and for domains that the blueprint leads there. */
const leadsTo = ({ targets: { kong: asked, aws } }: Blueprint, { upstream }: Service, gateway: Gateway): boolean =>
  gateway === 'aws' ? upstream.includes('.execute-api.') || aws?.domains?.some(({ name }) => isHost(name, upstream)) === true : [asked?.proxy.url, asked?.proxy.secondNode].some((url) => url !== undefined && originOf(url) === originOf(upstream));

const originOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).origin : undefined);

/** A custom domain may be a wildcard: `*.shop.example`. */
const isHost = (domain: string, url: string): boolean => {
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  return domain.startsWith('*.') ? host.endsWith(domain.slice(1).toLowerCase()) : host === domain.toLowerCase();
};
