import { suggestion } from '../blueprint/nearest.ts';
import type { Blueprint } from '../blueprint/types.ts';
import { checks } from '../checks/catalogue.ts';
import type { Check } from '../checks/contract.ts';
import type { Expansion } from '../core/plan.ts';
import { Problem } from '../core/problem.ts';
import type { Report } from '../core/report.ts';
import { addressOf } from '../core/resource.ts';
import { explainObject } from '../explain/address.ts';
import { callersOf } from '../access/index.ts';
import { explainCheck, explainGroup } from '../explain/check.ts';
import type { CheckFacts } from '../explain/check.ts';
import { explainBlueprint, explainCaller } from '../explain/overview.ts';
import { explainRoute } from '../explain/route.ts';
import { expand } from '../patterns/index.ts';
import { rehearse } from './rehearse.ts';
import type { BlueprintSource, Run } from './run.ts';

type Answer = Pick<Report, 'text' | 'data'>;

/** In words: the blueprint, or of it a route, a check or its group, an object, a persona or client. */
export const explain = async (run: Run, source: BlueprintSource, what: string | undefined): Promise<Report> => {
  const blueprint = await run.loadOffline(source);
  const expansion = expand(blueprint);
  const answer =
    what === undefined
      ? { text: explainBlueprint(blueprint, expansion, `authctl explain ${typeof source === 'string' ? source : blueprint.file}`) }
      : await explainOne(blueprint, expansion, what);
  return { command: 'explain', blueprint: blueprint.name, problems: [], ...answer };
};

const explainOne = async (blueprint: Blueprint, expansion: Expansion, what: string): Promise<Answer> => {
  const object = [...expansion.desired, ...expansion.deferred].find((candidate) => addressOf(candidate) === what);
  if (object) return { text: explainObject(expansion, object), data: { address: what, origin: object.origin, after: object.after } };
  const [service = '', id] = what.split('.');
  const routes = (Object.hasOwn(blueprint.services, service) ? blueprint.services[service]?.routes : undefined) ?? [];
  const chosen = routes.filter((route) => id === undefined || route.id === id);
  if (chosen.length > 0) {
    const explained = chosen.map((route) => ({ route: `${route.service}.${route.id}`, ...explainRoute(blueprint, expansion, route) }));
    return { text: explained.map(({ text }) => text).join('\n\n'), data: explained.map(({ route, gateways }) => ({ route, gateways })) };
  }
  const check = checks.find((candidate) => candidate.id === what.toUpperCase());
  if (check) {
    const facts = await factsOf(check, blueprint);
    return { text: explainCheck(facts), data: facts };
  }
  const group = checks.filter((candidate) => candidate.id.startsWith(`${what.toUpperCase()}-`));
  if (group.length > 0)
    return {
      text: explainGroup(what.toUpperCase(), group),
      data: group.map(({ id: name, claim, severity, source }) => ({ id: name, claim, severity, source })),
    };
  const caller = callersOf(blueprint).find(({ name, what: kind }) => name === what && kind !== 'anonymous');
  if (caller) return { text: explainCaller(blueprint, caller), data: caller };
  throw unknown(blueprint, expansion, what);
};

const factsOf = async (check: Check, blueprint: Blueprint): Promise<CheckFacts> => ({
  id: check.id,
  claim: check.claim,
  severity: check.severity,
  source: check.source,
  needs: check.needs ?? [],
  subjects: check.subjects(blueprint).map(({ name, origin }) => ({ name, origin })),
  sent: await rehearse(check, blueprint),
});

const unknown = (blueprint: Blueprint, expansion: Expansion, what: string): Problem => {
  const routes = Object.values(blueprint.services).flatMap((service) => [...new Set(service.routes.map((route) => `${service.id}.${route.id}`))]);
  const addresses = [...expansion.desired, ...expansion.deferred].map(addressOf);
  const names = callersOf(blueprint).map(({ name }) => name);
  return new Problem('EXPLAIN_UNKNOWN', `"${what}" is no route, check, object, persona or client of this blueprint`, {
    expected:
      'a route (orders.list), a check (SIG-04) or its group (SIG), an address (kong.route/shop.orders.list), a persona or a service client',
    hint:
      suggestion(what, what.includes('/') ? addresses : [...routes, ...names, ...checks.map(({ id }) => id)]) ??
      '"authctl explain <blueprint>" lists the routes',
  });
};
