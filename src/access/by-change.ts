import type { Blueprint, Gateway, Route } from '../blueprint/types.ts';
import { record } from '../blueprint/tree.ts';
import { groupBy } from '../core/collections.ts';
import { changesOf } from '../core/plan.ts';
import type { Plan } from '../core/plan.ts';
import { addressOf } from '../core/resource.ts';
import type { Address } from '../core/resource.ts';
import { issuersAsFound, pieceOfRoute, pieceOfService, routesAsFound } from './as-found/gateways.ts';
import { heldBut, noted } from './as-found/held.ts';
import type { Held, Noted } from './as-found/held.ts';
import { asHeld } from './as-found/index.ts';
import type { AsFound } from './as-found/index.ts';
import { isOfTokens, personasAsFound, realmAsFound } from './as-found/realm.ts';
import { passesIn } from './by-cells.ts';
import type { CellsBy } from './by-cells.ts';
import { callersOf } from './callers.ts';
import type { Caller } from './callers.ts';
import { decides } from './decides.ts';
import { inTheMatrix } from './in-the-matrix.ts';
import { placeOf, placeOfRoute } from './matrix.ts';
import type { Cell, Part } from './matrix.ts';

/** A world whose cells are asked for, or some of them. */
type Asked = Pick<AsFound, 'blueprint' | 'policy' | 'unasked'> & { readonly part?: Part };

export interface Judging {
  readonly gateway: Gateway;
  /** Cells of this gateway that are not as the blueprint says, as it says them. */
  readonly odd: readonly Cell[];
  readonly cellsOf: (worlds: readonly Asked[]) => Promise<readonly (readonly Cell[])[]>;
}

/**
 * The cells that each change makes otherwise than the blueprint says: by itself (it alone is as it is found, and all else as the blueprint states it), or with the
 * others and not without it (it alone is put right). Only what is made of the changed object is worked out anew, and of that the odd cells alone: who asked for
 * which object is noted once. So it costs as much as there are changes, and not as much as there are changes times cells.
 */
export const byChange = async (blueprint: Blueprint, plan: Plan, { gateway, odd, cellsOf }: Judging): Promise<readonly CellsBy[]> => {
  const held = heldBut(plan);
  const addresses = changesOf(plan).flatMap((change) => ('desired' in change && change.action !== 'keep' && inTheMatrix(change, change.desired) !== 'not' ? [addressOf(change.desired)] : []));
  const [stated, found] = [baseOf(blueprint, held.stated, { gateway, odd }), baseOf(blueprint, held.found, { gateway, odd })];
  const trials = addresses.map((address) => ({
    address,
    alone: trialOf(stated, address, held.but({ found: address })),
    without: trialOf(found, address, held.but({ stated: address })),
  }));
  const worlds = trials.flatMap(({ alone, without }) => [alone, without].flatMap((one) => one?.world ?? []));
  const [ofStated = [], ofFound = [], ...others] = await cellsOf([stated.world, found.world, ...worlds]);
  const cells = new Map(worlds.map((world, index) => [world, others[index] ?? []]));
  const [usual, live] = [passesIn(ofStated), passesIn(ofFound)];
  const makes = (cell: Cell, alone: boolean, without: boolean): boolean => (cell.passes ? !alone || without : alone || !without);
  // What is odd even where everything is as the blueprint states it is so by each change.
  const always = odd.filter((cell) => makes(cell, usual(cell), live(cell)));
  const places = new Map(odd.map((cell, index) => [cell, index]));
  return trials.map(({ address, alone, without }) => {
    const passes = (trial: Trial | undefined, otherwise: (cell: Cell) => boolean): ((cell: Cell) => boolean) => {
      if (trial === undefined) return otherwise;
      const [touched, its] = [new Set(trial.touches), passesIn(cells.get(trial.world) ?? [])];
      return (cell) => (touched.has(cell) ? its(cell) : otherwise(cell));
    };
    const [alonePasses, withoutPasses] = [passes(alone, usual), passes(without, live)];
    const asked = [...new Set([...always, ...(alone?.touches ?? []), ...(without?.touches ?? [])])].toSorted((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
    const made = asked.filter((cell) => makes(cell, alonePasses(cell), withoutPasses(cell)));
    return { address, opens: made.filter((cell) => !cell.passes), refuses: made.filter((cell) => cell.passes) };
  });
};

/** A world with one object otherwise, and the odd cells that may be otherwise by it. */
interface Trial {
  readonly world: Asked;
  readonly touches: readonly Cell[];
}

interface Base extends Pick<Noted, 'madeOf' | 'remaking'> {
  readonly blueprint: Blueprint;
  readonly gateway: Gateway;
  readonly odd: readonly Cell[];
  readonly world: AsFound;
  /** Routes of the blueprint by the name of their piece. */
  readonly pieces: ReadonlyMap<string, Route>;
  /** Odd cells by the route that they are of (`orders.list`). */
  readonly ofRoute: ReadonlyMap<string, readonly Cell[]>;
  /** Odd cells by the caller and what of his token they depend on. */
  readonly ofCaller: ReadonlyMap<string, readonly Cell[]>;
  /** Those with a route that is there. */
  readonly routes: ReadonlyMap<string, Route>;
  /** Everybody, by where people sign in. */
  readonly callers: ReadonlyMap<string, ReadonlyMap<string, Caller>>;
}

const baseOf = (blueprint: Blueprint, held: Held, { gateway, odd }: Pick<Judging, 'gateway' | 'odd'>): Base => {
  const { during, held: asked, madeOf, remaking } = noted(held);
  const world = asHeld(blueprint, asked, gateway, { during });
  const services = Object.values(world.blueprint.services);
  const routes = new Map(services.flatMap((service) => service.routes.map((route) => [placeOfRoute(route), route] as const)));
  const ofCaller = new Map<string, Cell[]>();
  for (const cell of odd) {
    const route = routes.get(placeOf(cell));
    for (const trait of route === undefined ? [] : traitsOf(world.blueprint, gateway, route)) {
      const key = `${cell.who} ${trait}`;
      const its = ofCaller.get(key);
      if (its) its.push(cell);
      else ofCaller.set(key, [cell]);
    }
  }
  return {
    blueprint, gateway, odd, world, madeOf, remaking, routes, ofCaller,
    pieces: new Map(Object.values(blueprint.services).flatMap((service) => service.routes.map((route) => [pieceOfRoute(route), route] as const))),
    ofRoute: groupBy(odd, placeOf),
    callers: callersBySignIn(world.blueprint),
  };
};

/** By which parts of a token it may be decided who passes there; a policy gets all of it. */
const traitsOf = (blueprint: Blueprint, gateway: Gateway, route: Route): readonly string[] => [
  ...route.scopes.map((scope) => `scope ${scope}`),
  ...route.roles.map((role) => `role ${role}`),
  ...(blueprint.services[route.service]?.audiences ?? []).map((audience) => `audience ${audience}`),
  'anything',
  ...(decides(blueprint, gateway, route).ask.length > 0 ? ['asked'] : []),
];

const callersBySignIn = (blueprint: Blueprint): Base['callers'] =>
  new Map([...groupBy(Object.values(blueprint.services), ({ authentication }) => authentication.client)].map(([client, [service]]) => [client, new Map(callersOf(blueprint, service?.authentication).map((caller) => [caller.name, caller]))]));

const trialOf = (base: Base, address: Address, held: Held): Trial | undefined => {
  const made = base.madeOf(address);
  if (made.size === 0) return undefined;
  const { blueprint, gateway, odd } = base;
  const rest = [...made].filter((piece) => !isOfTokens(piece));
  const ofTokens = rest.length < made.size;
  if (rest.includes('policy') || (ofTokens && rest.length > 0)) return { world: asHeld(blueprint, held, gateway), touches: odd };
  return ofTokens ? withTokens(base, held, made) : withRoutes(base, rest, held);
};

/** Somebody gets another token, or none. */
const withTokens = (base: Base, held: Held, made: ReadonlySet<string>): Trial | undefined => {
  const { blueprint, remaking, world: { blueprint: usual, policy, unasked } } = base;
  const next = { ...usual, realm: realmAsFound(blueprint, held, remaking(made)), personas: personasAsFound(blueprint, held, remaking(made)) };
  const touches = new Set<Cell>();
  for (const [client, callers] of callersBySignIn(next)) {
    const before = base.callers.get(client) ?? new Map<string, Caller>();
    for (const who of new Set([...before.keys(), ...callers.keys()]))
      for (const trait of differing(before.get(who), callers.get(who))) {
        // Whoever has none of the scopes that a route asks for is refused there, whomever the token is for.
        const scopes = trait.startsWith('audience ') ? new Set([before.get(who), callers.get(who)].flatMap((one) => one?.scopes ?? [])) : undefined;
        for (const cell of base.ofCaller.get(`${who} ${trait}`) ?? []) {
          const asks = base.routes.get(placeOf(cell))?.scopes ?? [];
          if (scopes === undefined || asks.length === 0 || asks.some((scope) => scopes.has(scope))) touches.add(cell);
        }
      }
  }
  if (touches.size === 0) return undefined;
  const routes = [...new Set([...touches].flatMap((cell) => base.routes.get(placeOf(cell)) ?? []))];
  return { touches: [...touches], world: { blueprint: next, policy, unasked, part: { routes, callers: new Set([...[...touches].map(({ who }) => who), 'anonymous']), beside: usual } } };
};

const differing = (one: Caller | undefined, other: Caller | undefined): readonly string[] => {
  if (one === undefined || other === undefined || one.client !== other.client) return one === other ? [] : ['anything'];
  const apart = (name: string, before: readonly string[], after: readonly string[]): readonly string[] => {
    const [was, is] = [new Set(before), new Set(after)];
    return [...before.filter((item) => !is.has(item)), ...after.filter((item) => !was.has(item))].map((item) => `${name} ${item}`);
  };
  const parts = [...apart('scope', one.scopes, other.scopes), ...apart('role', one.roles, other.roles), ...apart('audience', one.audiences, other.audiences)];
  // A policy gets the token as it is written: in another order it is another text.
  const same = [one, other].map(({ scopes, roles, audiences }) => JSON.stringify([scopes, roles, audiences]));
  return same[0] === same[1] ? [] : [...parts, 'asked'];
};

/** Some routes are guarded otherwise, or are not there. */
const withRoutes = (base: Base, pieces: readonly string[], held: Held): Trial => {
  const { blueprint, gateway, world: { blueprint: usual, policy } } = base;
  const whole = new Set(pieces.flatMap((piece) => (base.pieces.has(piece) ? [] : [piece])));
  const changed = new Set([...pieces.flatMap((piece) => base.pieces.get(piece)?.service ?? []), ...Object.keys(blueprint.services).filter((id) => whole.has(pieceOfService(id)))]);
  const unasked = new Set<string>();
  const [asked, touches]: [Route[], Cell[]] = [[], []];
  const services = [...changed].flatMap((id) => {
    const service = blueprint.services[id];
    if (!service) return [];
    // Where a token of a further issuer is one for the service by the scopes of all its routes, each of them is otherwise by one.
    const all = whole.has(pieceOfService(id)) || Object.values(blueprint.issuers).some(({ audienceClaim }) => audienceClaim === 'client_id');
    const its = all ? service.routes : pieces.flatMap((piece) => (base.pieces.get(piece)?.service === id ? (base.pieces.get(piece) ?? []) : []));
    const found = routesAsFound(blueprint, { ...service, routes: its }, gateway, held);
    for (const one of found) {
      asked.push(one.route);
      if (!one.asked) unasked.add(placeOfRoute(one.route));
    }
    for (const route of its) touches.push(...(base.ofRoute.get(placeOfRoute(route)) ?? []));
    return [[id, { ...service, issuers: issuersAsFound(blueprint, service, gateway, held), routes: found.map(({ route }) => route) }] as const];
  });
  return { touches, world: { blueprint: { ...usual, services: record(services) }, policy, unasked, part: { routes: asked, beside: usual } } };
};
