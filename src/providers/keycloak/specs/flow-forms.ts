import type { Spec, SpecValue } from '../../../core/resource.ts';
import { isSpec } from '../../../core/spec.ts';
import type { FlowForm, FlowForms } from './flow.ts';

/** The sections of `raw.keycloak.entities` that say flows, as an export says them, by alias. */
export interface FlowSections {
  readonly authenticationFlows?: SpecValue;
  readonly authenticatorConfig?: SpecValue;
}

export const executionsIn = (fields: Spec): readonly Spec[] => (Array.isArray(fields.authenticationExecutions) ? fields.authenticationExecutions.map((one: SpecValue) => (isSpec(one) ? one : {})) : []);

/** What is stated in another form than it must be is told where it is stated. */
export const statedForms = ({ authenticationFlows, authenticatorConfig }: FlowSections): FlowForms => ({
  flows: new Map(entriesIn(authenticationFlows).map(([alias, fields]) => [alias, formOf(alias, fields)])),
  configs: new Map(entriesIn(authenticatorConfig).map(([alias, fields]) => [alias, isSpec(fields.config) ? textsIn(fields.config) : {}])),
});

const formOf = (alias: string, fields: Spec): FlowForm => ({
  alias,
  ...texts(fields, ['description', 'providerId']),
  authenticationExecutions: executionsIn(fields).map((one, at) => ({
    ...texts(one, ['authenticator', 'flowAlias', 'requirement', 'authenticatorConfig']),
    // Where no place is stated the list says it.
    priority: typeof one.priority === 'number' ? one.priority : at,
  })),
});

const texts = (fields: Spec, names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.flatMap((name) => (typeof fields[name] === 'string' ? [[name, fields[name]] as const] : [])));

/** Keycloak keeps texts. */
const textsIn = (config: Spec): Spec => Object.fromEntries(Object.entries(config).map(([field, value]) => [field, typeof value === 'number' || typeof value === 'boolean' ? String(value) : value]));

const entriesIn = (section: SpecValue | undefined): readonly (readonly [string, Spec])[] => (isSpec(section) ? Object.entries(section).map(([name, fields]) => [name, isSpec(fields) ? fields : {}]) : []);
