import type { Blueprint, Gateway, Service } from '../../blueprint/types.ts';
import { record } from '../../blueprint/tree.ts';
import type { Door } from '../../core/resource.ts';
import type { Plan } from '../../core/plan.ts';
import { opa } from '../../providers/opa/specs/index.ts';
import { issuersAsFound, pieceOfService, routesAsFound } from './gateways.ts';
import type { Found } from './gateways.ts';
import { bundleName } from '../question.ts';
import { routeKey } from '../routing.ts';
import { heldIn } from './held.ts';
import type { During, Held } from './held.ts';
import { mapped, personasAsFound, realmAsFound } from './realm.ts';

/** Who could do what before a plan is carried out. */
export interface AsFound {
  /** The blueprint with the scopes, roles, people and routes of one gateway as the live targets have them. */
  readonly blueprint: Blueprint;
  /** The policy in force, by file; empty when there is none. */
  readonly policy: Readonly<Record<string, string>>;
  /** Routes (`orders.list`) whose gateway asks no policy now, though it should. */
  readonly unasked: ReadonlySet<string>;
  /** Who gets through at a gateway that is only looked at, route by route; none of another. */
  readonly doors: readonly Door[];
}

/**
 * The inverse of `expand`, as far as access goes: what a blueprint would say if the live objects of the plan were written down. An object
 * that is not there gives nothing to anybody: a missing route is closed, a person without an account cannot sign in.
 */
export const asFound = (blueprint: Blueprint, plan: Plan, gateway: Gateway): AsFound =>
  asHeld(blueprint, heldIn(plan), gateway, { doors: (plan.doors ?? []).filter((door) => door.gateway === gateway) });

interface Making {
  readonly doors?: readonly Door[];
  /** Each piece is made within it: a route, what a service takes, the tokens of a realm, the policy. */
  readonly during?: During;
}

/** The same of whatever objects are held. */
export const asHeld = (blueprint: Blueprint, held: Held, gateway: Gateway, { doors = [], during = (_piece, make) => make() }: Making = {}): AsFound => {
  // Of a gateway that others keep it is known who gets through, and not by which of our objects.
  const stated = ({ routes }: Service): readonly Found[] => routes.filter(({ gateways }) => gateways.includes(gateway)).map((route) => ({ asked: true, route: { ...route, gateways: [gateway] } }));
  const found = mapped(blueprint.services, (service) => (doors.length > 0 ? stated(service) : routesAsFound(blueprint, service, gateway, held, during)));
  const files = Object.entries(during('policy', () => held(opa.bundle, bundleName(blueprint)))?.spec.files ?? {});
  return {
    blueprint: {
      ...blueprint,
      // An issuer that is not ours has what the blueprint says of it: nobody looks.
      ...(blueprint.foreign === undefined && { realm: realmAsFound(blueprint, held, during), personas: personasAsFound(blueprint, held, during) }),
      services: mapped(blueprint.services, (service, id) => ({ ...service, issuers: doors.length > 0 ? service.issuers : during(pieceOfService(id), () => issuersAsFound(blueprint, service, gateway, held)), routes: (found[id] ?? []).map(({ route }) => route) })),
    },
    doors,
    policy: record(files.flatMap(([file, text]) => (text === null ? [] : [[file, text] as const]))),
    unasked: new Set(
      Object.values(found)
        .flat()
        .flatMap(({ asked, route }) => (asked ? [] : [`${route.service}.${routeKey(route)}`])),
    ),
  };
};
