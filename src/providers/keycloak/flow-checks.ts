import { nearest } from '../../blueprint/nearest.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import type { Desired } from '../../core/resource.ts';
import { asNew, flowsIn } from './flow-tree.ts';
import type { PartialExport } from './representations.ts';
import type { Session } from './session.ts';
import { shippedWith } from './shipped/index.ts';
import { client } from './specs/client.ts';
import { flowBinding } from './specs/flow-binding.ts';
import { executionsIn } from './specs/flow-forms.ts';
import { flow } from './specs/flow.ts';
import { nameIn } from './specs/id.ts';

const PATH = 'raw.keycloak.entities';
const PROVIDERS = ['authenticator-providers', 'client-authenticator-providers', 'form-action-providers', 'form-providers'];

/** What Keycloak would refuse of the flows that are about to be written: asked where there are some, and never elsewhere. */
export const checkFlows = async (session: Session, blueprint: Blueprint, desired: readonly Desired[]): Promise<readonly Problem[]> => {
  const flows = desired.filter(flow.is);
  const bindings = desired.filter(flowBinding.is);
  const overrides = desired.filter(client.is).flatMap(({ id, spec, origin }) =>
    Object.entries(spec.authenticationFlowBindingOverrides ?? {}).flatMap(([kind, alias]) => (alias === null ? [] : [{ alias, at: lineOf(blueprint, nameIn(id), kind) ?? origin }])),
  );
  if (flows.length + bindings.length + overrides.length === 0) return [];
  const snapshot = await session.snapshot();
  const exported = snapshot?.exported;
  const held = snapshot === undefined ? ofNewRealm() : exported;
  const known = flows.length > 0 && exported !== undefined ? await authenticators(session) : undefined;
  return [
    ...(held === undefined ? [] : flows.flatMap((one) => takenNames(blueprint, held, nameIn(one.id)))),
    ...(known === undefined ? [] : unknownSteps(blueprint, known)),
    ...(exported === undefined ? [] : [...bindings.map((one) => ({ alias: one.spec.flow, at: one.origin })), ...overrides].flatMap(({ alias, at }) => unboundable(exported, alias, { stated: flows.map(({ id }) => nameIn(id)), at }))),
  ];
};

/** What Keycloak puts into each realm that it makes. */
const ofNewRealm = (): Pick<PartialExport, 'authenticationFlows'> => ({ authenticationFlows: Object.keys(shippedWith(undefined).shipped.flows).map((alias) => ({ alias, builtIn: true })) });

/** Where a client says it. */
const lineOf = ({ raw, at }: Blueprint, clientId: string, kind: string): Desired['origin'] | undefined => {
  const { clients, entities } = raw.keycloak;
  const said = [['raw.keycloak.clients', clients[clientId]], ['raw.keycloak.entities.clients', entities.clients?.[clientId]]] as const;
  const [path] = said.find(([, fields]) => fields?.authenticationFlowBindingOverrides !== undefined) ?? [];
  return path === undefined ? undefined : at(`${path}.${clientId}.authenticationFlowBindingOverrides.${kind}`);
};

const authenticators = async ({ admin, base }: Session): Promise<ReadonlySet<string>> => {
  const lists = await Promise.all(PROVIDERS.map((name) => admin.list<{ readonly id: string }>(`${base}/authentication/${name}`, 'list the authenticators of the server')));
  return new Set(lists.flat().map(({ id }) => id));
};

/** Names of flows and configurations are taken once in a realm, whatever they are part of. */
const takenNames = ({ raw, at }: Blueprint, exported: Pick<PartialExport, 'authenticationFlows' | 'authenticatorConfig'>, alias: string): readonly Problem[] => {
  const { authenticationFlows = {} } = raw.keycloak.entities;
  const ours = flowsIn(exported).filter((one) => asNew(one.alias) === alias);
  const parts = new Set(ours.flatMap(({ inside }) => inside.map((one) => asNew(one.alias))));
  const configured = new Set(ours.flatMap(({ configs }) => configs.map((one) => asNew(one.alias))));
  const below = (name: string, seen: readonly string[]): readonly string[] =>
    executionsIn(authenticationFlows[name] ?? {}).flatMap(({ flowAlias: inside }) => (typeof inside !== 'string' || seen.includes(inside) ? [] : [inside, ...below(inside, [...seen, inside])]));
  const live = (name: string) => exported.authenticationFlows?.find((one) => one.alias === name);
  const taken = (path: string, what: string, hint: string): Problem => new Problem('KEYCLOAK_NAME_TAKEN', what, { at: at(path), hint });
  const names = [alias, ...below(alias, [alias])];
  return names.flatMap((name) => {
    const there = live(name);
    const path = `${PATH}.authenticationFlows.${name}`;
    const steps = executionsIn(authenticationFlows[name] ?? {}).flatMap(({ authenticatorConfig: config }, index) =>
      typeof config === 'string' && !configured.has(config) && exported.authenticatorConfig?.some((one) => one.alias === config)
        ? [taken(`${path}.authenticationExecutions.${index}.authenticatorConfig`, `the realm has a configuration "${config}" already, of a step of another flow`, 'choose another alias')]
        : [],
    );
    if (there === undefined || parts.has(name) || (name === alias && there.topLevel === true && there.builtIn !== true)) return steps;
    if (there.builtIn === true) return [taken(path, `"${name}" is a flow of Keycloak's own, which is never changed`, 'state it under another alias, and bind that'), ...steps];
    return [taken(path, `the realm has a flow "${name}" already, elsewhere`, 'choose another alias'), ...steps];
  });
};

const unknownSteps = ({ raw, at }: Blueprint, known: ReadonlySet<string>): readonly Problem[] =>
  Object.entries(raw.keycloak.entities.authenticationFlows ?? {}).flatMap(([alias, fields]) =>
    executionsIn(fields).flatMap(({ authenticator }, index) => {
      if (typeof authenticator !== 'string' || known.has(authenticator)) return [];
      const near = nearest(authenticator, [...known]);
      return [
        new Problem('KEYCLOAK_NO_SUCH_NAME', `this Keycloak has no authenticator "${authenticator}"`, {
          at: at(`${PATH}.authenticationFlows.${alias}.authenticationExecutions.${index}.authenticator`),
          hint: near === undefined ? undefined : `did you mean "${near}"?`,
          expected: [...known].toSorted().join(', '),
        }),
      ];
    }),
  );

const unboundable = (exported: PartialExport, alias: string, { stated, at }: { readonly stated: readonly string[]; readonly at: Desired['origin'] }): readonly Problem[] => {
  const names = [...stated, ...(exported.authenticationFlows ?? []).flatMap((one) => (one.topLevel === true ? [one.alias] : []))];
  if (names.includes(alias)) return [];
  const near = nearest(alias, names);
  return [new Problem('KEYCLOAK_NO_SUCH_NAME', `the realm has no flow "${alias}" that could be bound`, { at, hint: near === undefined ? 'state it under raw.keycloak.entities.authenticationFlows' : `did you mean "${near}"?` })];
};
