import { textOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import type { PartialExport } from '../../providers/keycloak/representations.ts';
import { flowShape } from '../../providers/keycloak/shipped/shape.ts';
import { MASK } from '../draft.ts';
import { ENTITIES, filled, objectsOf, same, textsIn } from './common.ts';
import type { Importing } from './common.ts';

/** What a top-level flow is made of, or why it cannot be said. */
interface Said {
  readonly flows: readonly (readonly [alias: string, fields: Readonly<Record<string, unknown>>])[];
  readonly configs: readonly string[];
  readonly wrong: readonly string[];
}

const REQUIREMENTS: readonly unknown[] = ['REQUIRED', 'ALTERNATIVE', 'CONDITIONAL', 'DISABLED'];
const PROVIDERS: readonly unknown[] = [undefined, 'basic-flow', 'client-flow', 'form-flow'];

/** The steps by which people sign in, where somebody made flows; what Keycloak ships cannot be stated, and is named where somebody changed it. */
export const sayFlows = (importing: Importing): void => {
  const { draft, rep, shipped, exact } = importing;
  const flows = named(rep.authenticationFlows);
  const configs = named(rep.authenticatorConfig);
  const parts = new Set([...flows.values()].flatMap((one) => stepsOf(one).flatMap(({ flowAlias }) => textOf(flowAlias) ?? [])));
  const taken = new Set<string>();
  for (const [alias, flow] of flows) {
    const usual = shipped.flows[alias];
    if (flow.builtIn === true) {
      // An export has more in it than is compared.
      if (usual !== undefined && exact && !same(flowShape(rep as unknown as PartialExport, alias), usual)) draft.leave(`authentication flow ${alias}`, "Keycloak's own, and somebody changed it: such a flow is never stated, but can be copied under another name");
      continue;
    }
    if (flow.topLevel === false || parts.has(alias)) continue;
    const said = saidOf(importing, { alias, flows, configs });
    const wrong = [...said.wrong, ...[...said.flows.map(([name]) => name), ...said.configs.map((name) => `${name} (configuration)`)].filter((name) => taken.has(name)).map((name) => `"${name}" is part of two`)];
    if (wrong.length > 0) draft.leave(`authentication flow ${alias}`, wrong.join('; '));
    for (const name of [...said.flows.map(([one]) => one), ...said.configs.map((one) => `${one} (configuration)`)]) taken.add(name);
    if (wrong.length > 0) continue;
    for (const [name, fields] of said.flows) draft.put([...ENTITIES, 'authenticationFlows', name], fields);
    for (const name of said.configs) putConfig(importing, name, configs.get(name) ?? {});
  }
  for (const [alias, flow] of flows) if (flow.builtIn !== true && (flow.topLevel === false || parts.has(alias)) && !taken.has(alias)) draft.leave(`authentication flow ${alias}`, 'part of no flow that is said');
};

const putConfig = ({ draft }: Importing, alias: string, { config }: JsonObject): void => {
  const values = Object.entries(filled(textsIn(config)));
  for (const [field, value] of values) if (value === MASK) draft.leave(`configuration ${alias}, ${field}`, 'the server does not show it: state it when you take the flow over');
  draft.put([...ENTITIES, 'authenticatorConfig', alias], { config: Object.fromEntries(values.filter(([, value]) => value !== MASK)) });
};

interface Looking {
  readonly alias: string;
  readonly flows: ReadonlyMap<string, JsonObject>;
  readonly configs: ReadonlyMap<string, JsonObject>;
  /** The flows around it. */
  readonly above?: readonly string[];
}

const saidOf = (importing: Importing, { alias, flows, configs, above = [] }: Looking): Said => {
  const flow = flows.get(alias);
  if (flow === undefined) return { flows: [], configs: [], wrong: [`a flow "${alias}" inside it is not there`] };
  if (above.includes(alias)) return { flows: [], configs: [], wrong: [`"${alias}" is inside itself`] };
  const steps = stepsOf(flow);
  const wrong = [
    ...(isName(alias) ? [] : [`no blueprint has a name such as "${alias}"`]),
    ...(flow.builtIn === true || importing.shipped.flows[alias] !== undefined ? [`"${alias}" is the name of one of Keycloak's own`] : []),
    ...(PROVIDERS.includes(flow.providerId) ? [] : [`"${String(flow.providerId)}" is no sort of flow`]),
    ...steps.flatMap((step) => (textOf(step.authenticator) === undefined && textOf(step.flowAlias) === undefined ? ['a step does not say what it is'] : [])),
    ...steps.flatMap(({ requirement }) => (REQUIREMENTS.includes(requirement) ? [] : [`"${String(requirement)}" is no requirement`])),
  ];
  const own = steps.flatMap(({ authenticatorConfig }) => textOf(authenticatorConfig) ?? []).filter((name) => configs.has(name));
  const below = steps.flatMap(({ flowAlias }) => textOf(flowAlias) ?? []).map((inside) => saidOf(importing, { alias: inside, flows, configs, above: [...above, alias] }));
  const fields = {
    ...filled({ description: flow.description }),
    ...(flow.providerId !== 'basic-flow' && filled({ providerId: flow.providerId })),
    ...(above.length > 0 && { topLevel: false }),
    authenticationExecutions: steps.map(({ authenticator, flowAlias, requirement, authenticatorConfig }) => ({
      ...filled({ authenticator, flowAlias }),
      requirement,
      ...(configs.has(textOf(authenticatorConfig) ?? '') && { authenticatorConfig }),
    })),
  };
  const all = [...own, ...below.flatMap((one) => one.configs)];
  return {
    flows: [[alias, fields], ...below.flatMap((one) => one.flows)],
    configs: all,
    wrong: [
      ...wrong,
      ...all.filter((name, at) => all.indexOf(name) !== at).map((name) => `configuration "${name}" is of two steps`),
      ...own.filter((name) => !isName(name)).map((name) => `no blueprint has a name such as "${name}"`),
      ...below.flatMap((one) => one.wrong),
    ],
  };
};

const named = (list: unknown): ReadonlyMap<string, JsonObject> => new Map(objectsOf(list).flatMap((one) => (textOf(one.alias) === undefined ? [] : [[String(one.alias), one] as const])));
/** In the order in which they are passed. */
const stepsOf = ({ authenticationExecutions: steps }: JsonObject): readonly JsonObject[] =>
  objectsOf(steps).toSorted((a, b) => (typeof a.priority === 'number' ? a.priority : 0) - (typeof b.priority === 'number' ? b.priority : 0));
/** A key of a blueprint: no placeholder, and nothing that means something else to JavaScript. */
const isName = (name: string): boolean => /^[^\p{Cc}]{1,255}$/u.test(name) && !/\$[({]/.test(name) && !['__proto__', 'constructor', 'prototype'].includes(name);
