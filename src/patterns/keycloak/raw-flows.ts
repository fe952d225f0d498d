import { nearest } from '../../blueprint/nearest.ts';
import type { Blueprint, JsonFields } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import type { Desired } from '../../core/resource.ts';
import { isSpec } from '../../core/spec.ts';
import { BINDINGS, flowBinding, isBinding } from '../../providers/keycloak/specs/flow-binding.ts';
import { executionsIn, statedForms } from '../../providers/keycloak/specs/flow-forms.ts';
import { flow, flowSpec } from '../../providers/keycloak/specs/flow.ts';
import { realm as realmType } from '../../providers/keycloak/specs/realm.ts';

const PATH = 'raw.keycloak.entities.authenticationFlows';
const CONFIG = 'raw.keycloak.entities.authenticatorConfig';

/** What an export says of a flow, a step and a configuration. */
const FLOW_FIELDS = ['description', 'providerId', 'topLevel', 'builtIn', 'authenticationExecutions'];
const STEP_FIELDS = ['authenticator', 'authenticatorFlow', 'autheticatorFlow', 'flowAlias', 'requirement', 'priority', 'authenticatorConfig', 'userSetupAllowed'];
const REQUIREMENTS = ['REQUIRED', 'ALTERNATIVE', 'CONDITIONAL', 'DISABLED'];
const PROVIDERS = ['basic-flow', 'client-flow'];

/** The flows at the top, each with those inside it. */
export const flows = ({ blueprint, problems }: { readonly blueprint: Blueprint; readonly problems: Problem[] }): readonly Desired[] => {
  const { realm, raw } = blueprint;
  const sections = raw.keycloak.entities;
  problems.push(...problemsIn(blueprint));
  const forms = statedForms(sections);
  return Object.entries(sections.authenticationFlows ?? {}).flatMap(([alias, fields]) => {
    const form = forms.flows.get(alias);
    if (form === undefined || fields.topLevel === false) return [];
    return flow.desired([realm.name, alias], { spec: { ...flowSpec(form, forms), replacing: null }, after: [realmType.address(realm.name)], origin: blueprint.at(`${PATH}.${alias}`) });
  });
};

/** What `raw.keycloak.realm` says of flows: the flow must be there before. */
export const flowBindings = ({ blueprint }: { readonly blueprint: Blueprint }): readonly Desired[] => {
  const { realm, raw } = blueprint;
  return BINDINGS.flatMap((field) => {
    const alias = raw.keycloak.realm[field];
    if (typeof alias !== 'string') return [];
    const stated = raw.keycloak.entities.authenticationFlows?.[alias] !== undefined;
    const after = [realmType.address(realm.name), ...(stated ? [flow.address(realm.name, alias)] : [])];
    return flowBinding.desired([realm.name, field], { spec: { flow: alias }, after, origin: blueprint.at(`raw.keycloak.realm.${field}`) });
  });
};

/** Settings of a realm without those that are objects of their own. */
export const withoutBindings = (fields: JsonFields): JsonFields => Object.fromEntries(Object.entries(fields).filter(([name, value]) => !(isBinding(name) && typeof value === 'string') && !(name === 'defaultGroups' && Array.isArray(value))));

const problemsIn = (blueprint: Blueprint): readonly Problem[] => {
  const { authenticationFlows = {}, authenticatorConfig = {} } = blueprint.raw.keycloak.entities;
  const problems: Problem[] = [];
  const unknown = (fields: JsonFields, known: readonly string[], path: string, what: string): void => {
    for (const field of Object.keys(fields))
      if (!known.includes(field)) {
        const near = nearest(field, known);
        problems.push(
          field === 'id' || field === 'alias'
            ? new Problem('RAW_FIELD', `"${field}" cannot be stated here`, { at: blueprint.at(`${path}.${field}`), hint: field === 'id' ? 'Keycloak or authctl sets it' : 'the name of the entry says it' })
            : new Problem('RAW_UNKNOWN_FIELD', `Keycloak knows no "${field}" of ${what}`, { at: blueprint.at(`${path}.${field}`), hint: near === undefined ? undefined : `did you mean "${near}"?` }),
        );
      }
  };
  /** Where each was named first. */
  const inside = new Map<string, string>();
  const configured = new Map<string, string>();
  const named = (alias: string, path: string, { met, section, what }: { readonly met: Map<string, string>; readonly section: Readonly<Record<string, JsonFields>>; readonly what: string }): void => {
    const at = blueprint.at(path);
    const near = nearest(alias, Object.keys(section));
    if (!Object.hasOwn(section, alias)) problems.push(new Problem('RAW_REFERENCE', `no ${what} "${alias}" is stated`, { at, hint: near === undefined ? undefined : `did you mean "${near}"?` }));
    else if (met.has(alias)) problems.push(new Problem('RAW_FIELD', `${what} "${alias}" has its place already`, { at, hint: `${met.get(alias)} names it, too: each belongs to one step` }));
    met.set(alias, met.get(alias) ?? path);
  };
  for (const [alias, fields] of Object.entries(authenticationFlows)) {
    const path = `${PATH}.${alias}`;
    unknown(fields, FLOW_FIELDS, path, 'a flow');
    const top = fields.topLevel !== false;
    const providers = top ? PROVIDERS : [...PROVIDERS, 'form-flow'];
    if (fields.builtIn === true) problems.push(new Problem('RAW_FIELD', `"${alias}" cannot be one of Keycloak's own`, { at: blueprint.at(`${path}.builtIn`), hint: 'copy it under another alias, and bind that' }));
    if (fields.providerId !== undefined && !providers.some((one) => one === fields.providerId)) problems.push(new Problem('RAW_INEFFECTIVE', `Keycloak takes "${alias}" and lets nobody pass it`, { at: blueprint.at(`${path}.providerId`), expected: `providerId: ${providers.join(', ')}` }));
    for (const [index, step] of executionsIn(fields).entries()) {
      const place = `${path}.authenticationExecutions.${index}`;
      unknown(step as JsonFields, STEP_FIELDS, place, 'a step of a flow');
      if (typeof step.authenticator !== 'string' && typeof step.flowAlias !== 'string') problems.push(new Problem('RAW_MISSING_FIELD', `a step of "${alias}" does not say what it is`, { at: blueprint.at(place), expected: 'authenticator, such as auth-cookie, or flowAlias' }));
      if (!REQUIREMENTS.some((one) => one === step.requirement)) problems.push(new Problem('RAW_MISSING_FIELD', `a step of "${alias}" does not say whether it is required`, { at: blueprint.at(place), expected: `requirement: ${REQUIREMENTS.join(', ')}` }));
      if (typeof step.flowAlias === 'string') named(step.flowAlias, `${place}.flowAlias`, { met: inside, section: authenticationFlows, what: 'authentication flow' });
      if (typeof step.authenticatorConfig === 'string') named(step.authenticatorConfig, `${place}.authenticatorConfig`, { met: configured, section: authenticatorConfig, what: 'configuration' });
    }
  }
  for (const [alias, fields] of Object.entries(authenticationFlows)) {
    const at = blueprint.at(`${PATH}.${alias}`);
    if (fields.topLevel === false && !inside.has(alias)) problems.push(new Problem('RAW_REFERENCE', `authentication flow "${alias}" is part of none`, { at, hint: 'name it as flowAlias of a step, or take topLevel: false out' }));
    if (fields.topLevel !== false && inside.has(alias)) problems.push(new Problem('RAW_MISSING_FIELD', `authentication flow "${alias}" is part of another`, { at, expected: 'topLevel: false' }));
  }
  for (const [alias, fields] of Object.entries(authenticatorConfig)) {
    unknown(fields, ['config'], `${CONFIG}.${alias}`, 'a configuration of a step');
    if (!isSpec(fields.config)) problems.push(new Problem('RAW_MISSING_FIELD', `configuration "${alias}" says nothing`, { at: blueprint.at(`${CONFIG}.${alias}`), expected: 'config: { ... }' }));
    if (!configured.has(alias)) problems.push(new Problem('RAW_REFERENCE', `no step has the configuration "${alias}"`, { at: blueprint.at(`${CONFIG}.${alias}`), hint: 'name it as authenticatorConfig of a step' }));
  }
  return problems;
};
