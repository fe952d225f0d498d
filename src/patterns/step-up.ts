import type { Blueprint, Route, Service } from '../blueprint/types.ts';
import { levelsOf, signInDemand } from '../access/index.ts';
import type { Address, Desired } from '../core/resource.ts';
import type { PluginConfig } from '../providers/kong/specs/plugin-config.ts';
import type { ClientSpec } from '../providers/keycloak/specs/client.ts';
import { flow, flowSpec } from '../providers/keycloak/specs/flow.ts';
import type { FlowForm, FlowSpec } from '../providers/keycloak/specs/flow.ts';
import { realm as realmType } from '../providers/keycloak/specs/realm.ts';

/** The scope guard's part of it: stated, or a guard that somebody made ask for less would stay so. */
export const signInConfig = (blueprint: Blueprint, { authentication }: Service, route: Route): PluginConfig<'authctl-scope-guard'> => {
  const { acr = [], maxAge = null } = signInDemand(blueprint, route) ?? {};
  return { acr: [...acr], max_age: maxAge, leeway: authentication.token.leeway };
};

/** The levels are by what authctl knows to ask for, and not by a flow of one's own. */
const hasOwnFlow = ({ realm }: Pick<Blueprint, 'realm'>): boolean => levelsOf(realm).some(({ by }) => by !== undefined);

/**
 * Clients that people sign in with for an API some route of which demands a level: they have the levels, and sign people in by their flow. A level means
 * what the client says that it means, so that others of the realm are left as they are.
 */
export const hasLevels = (blueprint: Blueprint, id: string): boolean => {
  const { realm, services } = blueprint;
  const client = realm.clients[id];
  if (!client || client.type === 'service' || Object.keys(realm.levels).length === 0) return false;
  const demanding = Object.values(services).filter(({ routes }) => routes.some((route) => (route.acr?.length ?? 0) > 0));
  return demanding.some(({ audience, authentication }) => authentication.client === id || client.scopes.some((scope) => realm.scopes[scope]?.audience === audience));
};

/** What such a client is given. */
export const levelsAtClient = (blueprint: Blueprint, id: string): Pick<ClientSpec, 'attributes' | 'authenticationFlowBindingOverrides'> =>
  hasLevels(blueprint, id)
    ? {
        attributes: { 'acr.loa.map': JSON.stringify(Object.fromEntries(levelsOf(blueprint.realm).map(({ name, loa }) => [name, loa]))) },
        ...(hasOwnFlow(blueprint) && { authenticationFlowBindingOverrides: { browser: flowName(blueprint) } }),
      }
    : {};

/** Keycloak takes no colon in the name of a flow, and a level may have one: flows are called by rank. */
const flowName = ({ name }: Pick<Blueprint, 'name'>): string => `${name} levels`;

/** What must be there before that client. */
export const beforeClient = (blueprint: Blueprint, id: string): readonly Address[] =>
  hasLevels(blueprint, id) && hasOwnFlow(blueprint) ? [flow.address(blueprint.realm.name, flowName(blueprint))] : [];

/**
 * The flow by which people reach the levels, as Keycloak's documentation makes one (Server Administration, "Creating a browser login flow with step-up
 * mechanism"): a session that holds what is asked passes by its cookie, else each level up to that asks for its own.
 */
export const levelsFlow = (blueprint: Blueprint): readonly Desired<FlowSpec>[] => {
  if (!hasOwnFlow(blueprint)) return [];
  const top = flowName(blueprint);
  const forms = `${top} forms`;
  const levels = levelsOf(blueprint.realm).map((level, at) => ({ ...level, flowAlias: `${top} ${level.loa}`, maxAge: level.maxAge ?? (at === 0 ? LEAST_HOLDS : HOLDS) }));
  const all: readonly FlowForm[] = [
    { alias: top, description: 'Levels of authentication of the blueprint', authenticationExecutions: [{ authenticator: 'auth-cookie', requirement: 'ALTERNATIVE', priority: 10 }, { flowAlias: forms, requirement: 'ALTERNATIVE', priority: 20 }] },
    { alias: forms, authenticationExecutions: levels.map(({ flowAlias }, at) => ({ flowAlias, requirement: 'CONDITIONAL', priority: 10 * (at + 1) })) },
    ...levels.map(({ flowAlias, by = 'password' }): FlowForm => ({
      alias: flowAlias,
      authenticationExecutions: [
        { authenticator: 'conditional-level-of-authentication', requirement: 'REQUIRED', priority: 10, authenticatorConfig: flowAlias },
        { authenticator: AUTHENTICATORS[by], requirement: 'REQUIRED', priority: 20 },
      ],
    })),
  ];
  const [form] = all;
  if (form === undefined) return [];
  const configs = new Map(levels.map(({ flowAlias, loa, maxAge }) => [flowAlias, { 'loa-condition-level': String(loa), 'loa-max-age': String(maxAge) }]));
  const spec = { ...flowSpec(form, { flows: new Map(all.map((one) => [one.alias, one])), configs }), replacing: null };
  return [flow.desired([blueprint.realm.name, top], { spec, after: [realmType.address(blueprint.realm.name)], origin: blueprint.at('realm.levels') })];
};
const AUTHENTICATORS = { password: 'auth-username-password-form', otp: 'auth-otp-form' };
/** Seconds for which a level holds within a session, as that page of the documentation has it. */
const [LEAST_HOLDS, HOLDS] = [36_000, 300];
