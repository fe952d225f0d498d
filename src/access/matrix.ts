import type { Blueprint, Gateway, Json, Route } from '../blueprint/types.ts';
import type { Position } from '../core/problem.ts';
import { callersOf, claimsOf } from './callers.ts';
import type { Caller } from './callers.ts';
import { decides } from './decides.ts';
import { expected, placeInRow } from './expect.ts';
import { whosesOf } from './ownership.ts';
import type { Whose } from './ownership.ts';
import { policyInput } from './policy-input.ts';
import { decisionOf } from './question.ts';
import { aboutLike, pathLike, routeKey } from './routing.ts';
import { refusalOf, refusalText } from './refusal.ts';

/** What the policy said to one question; `undefined` stands for a policy that was not asked. */
export interface PolicyAnswer {
  readonly allow: boolean;
  readonly reasons: readonly string[];
}

/** A cell for which the policy decides, and the `input` it gets, in the shape the gateway sends. */
export interface Question {
  readonly key: string;
  /** `orders.list` */
  readonly route: string;
  /** `shop/authz` */
  readonly decision: string;
  readonly input: Json;
}

export interface Cell {
  readonly gateway: Gateway;
  readonly service: string;
  readonly route: string;
  /** Which of those that its `match` lists. */
  readonly nth?: number;
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

/** What `routeKey` is of its route. */
export const cellKey = ({ route: id, nth = 0 }: Cell): string => routeKey({ id, nth });

/** `orders.list`: what is the same of a route and its cells. */
export const placeOf = (cell: Cell): string => `${cell.service}.${cellKey(cell)}`;
export const placeOfRoute = (route: Route): string => `${route.service}.${routeKey(route)}`;

/** Whether a cell is one of this route. */
export const isCellOf = ({ service, id, nth }: Route, cell: Cell): boolean => cell.service === service && cell.route === id && cell.nth === nth;

export interface Matrix {
  readonly callers: readonly Caller[];
  readonly routes: readonly Route[];
  readonly cells: readonly Cell[];
}

/** A caller who asks for a route behind a gateway, on one whose objects are owned for an own or somebody else's. */
interface Asked {
  readonly blueprint: Blueprint;
  readonly gateway: Gateway;
  readonly route: Route;
  readonly caller: Caller;
  readonly whose: Whose | undefined;
}

/** Some of the cells of a blueprint. */
export interface Part {
  readonly routes: readonly Route[];
  /** Everybody unless stated. */
  readonly callers?: ReadonlySet<string>;
  /** The blueprint beside whose routes a request is made up that is one of this route: in which cells are the same, their questions are, too. */
  readonly beside: Blueprint;
}

const routesOf = ({ services }: Blueprint): readonly Route[] => Object.values(services).flatMap((service) => service.routes);

const everythingAsked = (blueprint: Blueprint, part: Part | undefined): readonly Asked[] => {
  // By where people sign in, which is all of the authentication that says what is in a token.
  const known = new Map<string | undefined, readonly Caller[]>();
  const callersFor = ({ service }: Route): readonly Caller[] => {
    const authentication = blueprint.services[service]?.authentication;
    const callers = known.get(authentication?.client) ?? callersOf(blueprint, authentication).filter(({ name }) => part?.callers?.has(name) ?? true);
    known.set(authentication?.client, callers);
    return callers;
  };
  return (part?.routes ?? routesOf(blueprint)).flatMap((route) =>
    route.gateways.flatMap((gateway) =>
      callersFor(route).flatMap((caller) => whosesOf(route).map((whose) => ({ blueprint, gateway, route, caller, whose }))),
    ),
  );
};

/** `kong orders.list alice`, `kong orders.read alice foreign`: how a question finds its cell. */
const keyOf = ({ gateway, route, caller, whose }: Asked): string =>
  [gateway, `${route.service}.${routeKey(route)}`, caller.name, ...(whose === undefined ? [] : [whose])].join(' ');

const askedOf = ({ blueprint, gateway, route }: Asked): boolean => decides(blueprint, gateway, route).ask.length > 0;

/**
 * Every question the matrix asks of the policy: the input that Kong's OPA plugin would send for each cell, or the service's own guard
 * where it has the last word. `now` in seconds.
 */
export const questionsOf = (blueprint: Blueprint, now: number, part?: Part): readonly Question[] => {
  const examples = examplesOf(part?.beside ?? blueprint);
  return everythingAsked(blueprint, part)
    .filter(askedOf)
    .map((asked) => ({
      key: keyOf(asked),
      route: placeOfRoute(asked.route),
      decision: decisionOf(blueprint, asked.route.service),
      input: inputOf(asked, now, examples),
    }));
};

/** A request that is one of this route, and of no other. */
type Example = ReturnType<typeof aboutLike> & { readonly path: string };
interface Examples {
  /** Whose routes they are made beside. */
  readonly blueprint: Blueprint;
  readonly of: (route: Route) => Example;
}

/** Made once for each blueprint and route: a plan with a thousand changes asks for each a thousand times. */
const EXAMPLES = new WeakMap<Blueprint, Examples>();
const examplesOf = (blueprint: Blueprint): Examples => {
  const before = EXAMPLES.get(blueprint);
  if (before) return before;
  const routes = routesOf(blueprint);
  const literals = new Set(routes.flatMap(({ path }) => path.split('/')));
  // A value that is no literal part of any route, or the request would be another route's.
  let value = '42';
  while (literals.has(value)) value += '0';
  const made = new Map<string, Example>();
  const of = (route: Route): Example => {
    const name = placeOfRoute(route);
    const example = made.get(name) ?? { ...aboutLike(route, routes), path: pathLike(route, routes, () => value) };
    made.set(name, example);
    return example;
  };
  const examples = { blueprint, of };
  EXAMPLES.set(blueprint, examples);
  return examples;
};

const inputOf = ({ blueprint, gateway, route, caller, whose }: Asked, now: number, examples: Examples): Json => {
  const { path, host = 'gateway.test', headers } = examples.of(route);
  return policyInput(blueprint, route, {
    path,
    source: decides(blueprint, gateway, route).ask.includes('service') ? 'service' : gateway,
    // Nobody looks at a token where the route asks for none.
    token: route.public ? null : claimsOf({ ...blueprint, services: examples.blueprint.services }, caller, now),
    owner: whose && (whose === 'own' ? caller.name : `not-${caller.name}`),
    host,
    headers,
    scheme: 'https',
    clientIp: '192.0.2.1',
  });
};

/**
 * The access matrix without a server: for each caller, route and gateway what the gateway's own checks and the policy make of the token
 * that the realm would issue, held against `expect`. `answers` is `undefined` when no policy could be asked: the blueprint's roles then
 * stand for it.
 */
export const matrixOf = (blueprint: Blueprint, answers: ReadonlyMap<string, PolicyAnswer> | undefined, part?: Part): Matrix => ({
  callers: callersOf(blueprint),
  routes: routesOf(blueprint),
  cells: everythingAsked(blueprint, part).map((asked) => cellOf(asked, answers)),
});

const cellOf = (asked: Asked, answers: ReadonlyMap<string, PolicyAnswer> | undefined): Cell => {
  const { blueprint, gateway, route, caller, whose } = asked;
  const mustPass = expected(blueprint, caller.name, route, whose);
  const refused = refusalOf(blueprint, asked, answers !== undefined);
  const refusal = refused && refusalText(refused);
  // No answer to a question that was asked is an undefined decision: a no.
  const policy = answers && askedOf(asked) ? (answers.get(keyOf(asked)) ?? { allow: false, reasons: ['the decision is undefined'] }) : undefined;
  const passes = refusal === undefined && policy?.allow !== false;
  const disagreement = caller.stated ? disagreementOf({ expected: mustPass, passes, refusal, policy }) : undefined;
  const place = placeInRow(blueprint, caller.name, route);
  return {
    gateway,
    service: route.service,
    route: route.id,
    ...(route.nth !== undefined && { nth: route.nth }),
    who: caller.name,
    ...(whose !== undefined && { object: whose }),
    expected: mustPass,
    judged: caller.stated,
    passes,
    ...(refusal !== undefined && { refusal }),
    ...(policy && { policy }),
    ...(disagreement !== undefined && { disagreement }),
    at: blueprint.at(`expect.${caller.name}.${route.service}${place === undefined ? '' : `.${place}`}`),
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
