import type { Blueprint, Gateway, Json, Route, Service } from '../blueprint/types.ts';
import type { Position } from '../core/problem.ts';
import { callersOf, claimsOf } from './callers.ts';
import { mayUseAny } from './ownership.ts';
import { servicesDecide } from './decides.ts';
import type { Caller } from './callers.ts';

/** What the policy said to one question; `undefined` stands for a policy that was not asked. */
export interface PolicyAnswer {
  readonly allow: boolean;
  readonly reasons: readonly string[];
}

/** A cell for which the policy decides, and the `input` it gets, in the shape the gateway sends. */
export interface Question {
  readonly key: string;
  readonly input: Json;
}

/** Whose object a request names. */
export type Whose = 'own' | 'foreign';

export interface Cell {
  readonly gateway: Gateway;
  readonly service: string;
  readonly route: string;
  readonly who: string;
  /** On a route whose objects are owned: whose it is. */
  readonly object?: Whose;
  readonly expected: boolean;
  /** False when `expect` has no row for the caller: then nothing can disagree. */
  readonly judged: boolean;
  readonly passes: boolean;
  /** Why the gateway refuses before any policy is asked. */
  readonly refusal?: string;
  readonly policy?: PolicyAnswer;
  /** What is wrong, when `expect` and the rest do not agree. */
  readonly disagreement?: string;
  /** The blueprint line that states the expectation, or the row where it is missing. */
  readonly at: Position;
}

export interface Matrix {
  readonly callers: readonly Caller[];
  readonly routes: readonly Route[];
  readonly cells: readonly Cell[];
}

/** `kong orders.list alice`, `kong orders.read alice foreign`: how a question finds its cell. */
const keyOf = (gateway: Gateway, route: Route, caller: Caller, whose: Whose | undefined): string =>
  [gateway, `${route.service}.${route.id}`, caller.name, ...(whose === undefined ? [] : [whose])].join(' ');

/** A route whose objects are owned has two rows. */
export const whosesOf = ({ ownedBy }: Route): readonly (Whose | undefined)[] => (ownedBy === undefined ? [undefined] : ['own', 'foreign']);

/** `GET /orders/{id}, someone else's` */
export const requestText = ({ method, path }: Route, whose: Whose | undefined): string =>
  `${method} ${path}${whose === undefined ? '' : whose === 'own' ? ', own' : ", someone else's"}`;

const routesOf = ({ services }: Blueprint): readonly Route[] => Object.values(services).flatMap((service) => service.routes);

/**
 * Whether the policy has a say behind this gateway. With `centralised` only Kong asks OPA; in the other patterns the service decides, so
 * it does not matter which gateway the request came through. A public route is never asked about.
 */
const policyDecides = ({ authorization }: Blueprint, gateway: Gateway, route: Route): boolean =>
  authorization.pattern !== 'none' && !route.public && (gateway === 'kong' || authorization.pattern !== 'centralised');

/**
 * Every question the matrix asks of the policy: the input that Kong's OPA plugin would send for each cell, or the service's own guard
 * where it has the last word. `now` in seconds.
 */
export const questionsOf = (blueprint: Blueprint, now: number): readonly Question[] =>
  routesOf(blueprint).flatMap((route) =>
    route.gateways
      .filter((gateway) => policyDecides(blueprint, gateway, route))
      .flatMap((gateway) =>
        callersOf(blueprint, blueprint.services[route.service]?.authentication).flatMap((caller) =>
          whosesOf(route).map((whose) => ({
            key: keyOf(gateway, route, caller, whose),
            input: inputOf({ blueprint, gateway, route, caller, whose }, claimsOf(blueprint, caller, now)),
          })),
        ),
      ),
  );

const inputOf = ({ blueprint, gateway, route, caller, whose }: Asked, token: Json): Json => {
  const literals = new Set(routesOf(blueprint).flatMap(({ path }) => path.split('/')));
  // A value that is no literal part of any route, or the request would be another route's.
  let value = '42';
  while (literals.has(value)) value += '0';
  const params = Object.fromEntries([...route.path.matchAll(/\{([^{}]+)\}/g)].map(([, name = '']) => [name, value]));
  const path = route.path.replaceAll(/\{[^{}]+\}/g, value);
  return {
    request: {
      method: route.method,
      path,
      segments: path === '/' ? [] : path.split('/').slice(1),
      query: {},
      host: 'gateway.test',
      scheme: 'https',
      client_ip: '192.0.2.1',
    },
    route: { service: route.service, id: route.id, params },
    ...(whose !== undefined && { object: { owner: whose === 'own' ? caller.name : `not-${caller.name}` } }),
    source: servicesDecide(blueprint) ? 'service' : gateway,
    token,
  };
};

/**
 * The access matrix without a server: for each caller, route and gateway what the gateway's own checks and the policy make of the token
 * that the realm would issue, held against `expect`. `answers` is `undefined` when no policy could be asked: the blueprint's roles then
 * stand for it.
 */
export const matrixOf = (blueprint: Blueprint, answers: ReadonlyMap<string, PolicyAnswer> | undefined): Matrix => {
  const callers = callersOf(blueprint);
  const routes = routesOf(blueprint);
  const cells = routes.flatMap((route) =>
    route.gateways.flatMap((gateway) =>
      callersOf(blueprint, blueprint.services[route.service]?.authentication).flatMap((caller) =>
        whosesOf(route).map((whose) => cellOf({ blueprint, gateway, route, caller, whose, answers })),
      ),
    ),
  );
  return { callers, routes, cells };
};

/** One cell before anybody judged it. */
interface Asked {
  readonly blueprint: Blueprint;
  readonly gateway: Gateway;
  readonly route: Route;
  readonly caller: Caller;
  readonly whose: Whose | undefined;
}
interface Place extends Asked {
  readonly answers: ReadonlyMap<string, PolicyAnswer> | undefined;
}

const cellOf = ({ blueprint, gateway, route, caller, whose, answers }: Place): Cell => {
  const listed = blueprint.expect[caller.name]?.[route.service]?.indexOf(route.id) ?? -1;
  const expected = route.public || (listed >= 0 && (whose !== 'foreign' || mayUseAny(blueprint, route, caller.name)));
  const asked = policyDecides(blueprint, gateway, route);
  const service = blueprint.services[route.service];
  const refusal = service && refusalOf(blueprint, gateway, { service, route, caller, policyAnswers: asked && answers !== undefined });
  // No answer to a question that was asked is an undefined decision: a no.
  const policy =
    asked && answers ? (answers.get(keyOf(gateway, route, caller, whose)) ?? { allow: false, reasons: ['the decision is undefined'] }) : undefined;
  const passes = refusal === undefined && policy?.allow !== false;
  const disagreement = caller.stated ? disagreementOf({ expected, passes, refusal, policy }) : undefined;
  return {
    gateway,
    service: route.service,
    route: route.id,
    who: caller.name,
    ...(whose !== undefined && { object: whose }),
    expected,
    judged: caller.stated,
    passes,
    ...(refusal !== undefined && { refusal }),
    ...(policy && { policy }),
    ...(disagreement !== undefined && { disagreement }),
    at: blueprint.at(`expect.${caller.name}.${route.service}${listed >= 0 ? `.${listed}` : ''}`),
  };
};

interface Judged {
  readonly expected: boolean;
  readonly passes: boolean;
  readonly refusal: string | undefined;
  readonly policy: PolicyAnswer | undefined;
}

const disagreementOf = ({ expected, passes, refusal, policy }: Judged): string | undefined => {
  if (expected && !passes)
    return refusal === undefined
      ? `expect lists it, and the policy says no: ${reasonsIn(policy)}`
      : `expect lists it, and the gateway refuses it: ${refusal}`;
  if (!expected && passes)
    return policy === undefined ? 'expect does not list it, and nothing refuses it' : 'expect does not list it, and the policy says yes';
  // The gateway would stop it; but a policy is asked by others, too, and must not lean on that.
  if (!expected && policy?.allow === true)
    return `expect does not list it, and the policy says yes: only the gateway refuses it (${refusal ?? ''})`;
  return undefined;
};

const reasonsIn = (policy: PolicyAnswer | undefined): string => (policy?.reasons.length ? policy.reasons.join('; ') : 'it gives no reason');

interface Request {
  readonly service: Service;
  readonly route: Route;
  readonly caller: Caller;
  /** The policy will judge the roles; without its answer the blueprint's own rule stands in. */
  readonly policyAnswers: boolean;
}

/** Why the gateway refuses this caller, by what it can check; `undefined` when it lets the request through. */
const refusalOf = (
  { authorization }: Blueprint,
  gateway: Gateway,
  { service, route, caller, policyAnswers }: Request,
): string | undefined => {
  if (route.public) return undefined;
  if (caller.what === 'anonymous') return 'there is no token';
  if (service.authentication.issuer !== undefined) return `only tokens of ${service.authentication.issuer} count there`;
  if (!caller.audiences.includes(service.audience)) return `the token is not for the audience "${service.audience}"`;
  const missing = route.scopes.filter((scope) => !caller.scopes.includes(scope));
  // AWS is content with any one of a route's scopes; Kong's scope guard demands all.
  if (gateway === 'aws' ? route.scopes.length > 0 && missing.length === route.scopes.length : missing.length > 0)
    return `the token has no scope ${missing.join(', ')}`;
  // AWS cannot check roles. At Kong the scope guard does, unless OPA is asked in its place.
  const asks = authorization.pattern === 'centralised' || authorization.pattern === 'hybrid';
  if (gateway === 'aws' || (asks && policyAnswers)) return undefined;
  if (route.roles.length > 0 && !route.roles.some((role) => caller.roles.includes(role)))
    return `the route demands one of the roles ${route.roles.join(', ')}`;
  return undefined;
};
