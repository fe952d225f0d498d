import type { Json, JsonFields } from '../../blueprint/types.ts';
import { textsOf } from '../../core/json.ts';
import { Problem } from '../../core/problem.ts';
import type { Desired, Spec } from '../../core/resource.ts';
import { isSpec } from '../../core/spec.ts';
import { keycloak } from '../../providers/keycloak/specs/index.ts';
import { one, section } from './raw-entity.ts';
import type { Making } from './raw-entity.ts';

/** `[{ executor, configuration }]`, as Keycloak shows it: what is not configured is so by nothing. */
const steps = (making: Making, { fields, path, list, by }: { readonly fields: JsonFields; readonly path: string; readonly list: string; readonly by: string }): readonly Spec[] => {
  const stated = fields[list];
  const all: readonly Json[] = Array.isArray(stated) ? stated : [];
  if (stated !== undefined && !Array.isArray(stated)) making.problems.push(new Problem('RAW_FIELD', `"${list}" is no list`, { at: making.blueprint.at(`${path}.${list}`), expected: `[{ ${by}, configuration }]` }));
  return all.flatMap((step, at) => {
    if (isSpec(step) && typeof step[by] === 'string' && Object.keys(step).every((field) => field === by || field === 'configuration')) return [{ [by]: step[by], configuration: step.configuration ?? {} }];
    making.problems.push(new Problem('RAW_FIELD', `number ${at + 1} of "${list}" is none`, { at: making.blueprint.at(`${path}.${list}.${at}`), expected: `{ ${by}, configuration }` }));
    return [];
  });
};

const clientProfiles = (making: Making): readonly Desired[] =>
  section(making, 'clientProfiles').map(([name, fields, path]) => {
    const realm = making.blueprint.realm.name;
    const executors = steps(making, { fields, path, list: 'executors', by: 'executor' });
    return one(making, { type: keycloak.clientProfile, parts: [realm, name], path, fields, apart: ['executors'], and: { executors }, after: [keycloak.realm.address(realm)] });
  });

const clientPolicies = (making: Making): readonly Desired[] =>
  section(making, 'clientPolicies').map(([name, fields, path]) => {
    const realm = making.blueprint.realm.name;
    const conditions = steps(making, { fields, path, list: 'conditions', by: 'condition' });
    const profiles = textsOf(fields.profiles).toSorted();
    const stated = Object.keys(making.blueprint.raw.keycloak.entities.clientProfiles ?? {});
    const after = [keycloak.realm.address(realm), ...profiles.filter((profile) => stated.includes(profile)).map((profile) => keycloak.clientProfile.address(realm, profile))];
    return one(making, { type: keycloak.clientPolicy, parts: [realm, name], path, fields, apart: ['conditions', 'profiles'], base: { enabled: true }, and: { conditions, profiles }, after });
  });

const localizationTexts = (making: Making): readonly Desired[] =>
  section(making, 'localizationTexts').map(([locale, stated, path]) => {
    const { blueprint, problems } = making;
    const realm = blueprint.realm.name;
    for (const [name, text] of Object.entries(stated)) if (typeof text !== 'string') problems.push(new Problem('RAW_FIELD', `"${name}" is no text`, { at: blueprint.at(`${path}.${name}`), expected: 'a text' }));
    return keycloak.texts.desired([realm, locale], { spec: keycloak.texts.read({ texts: stated }), after: [keycloak.realm.address(realm)], origin: blueprint.at(path) });
  });

const organizations = (making: Making): readonly Desired[] =>
  section(making, 'organizations').map(([alias, fields, path]) => {
    const { blueprint, problems } = making;
    const realm = blueprint.realm.name;
    if (blueprint.raw.keycloak.realm.organizationsEnabled !== true && !blueprint.realm.shared)
      problems.push(new Problem('RAW_INEFFECTIVE', 'Keycloak takes no organizations where a realm has them off', { at: blueprint.at(path), hint: 'raw.keycloak.realm.organizationsEnabled: true' }));
    const stated: readonly Json[] = Array.isArray(fields.domains) ? fields.domains : [];
    const domains = stated.flatMap((domain, at): readonly (readonly [string, boolean])[] => {
      if (typeof domain === 'string') return [[domain.toLowerCase(), false]];
      if (isSpec(domain) && typeof domain.name === 'string') return [[domain.name.toLowerCase(), domain.verified === true]];
      problems.push(new Problem('RAW_FIELD', 'a domain says its name', { at: blueprint.at(`${path}.domains.${at}`), expected: '{ name, verified }' }));
      return [];
    });
    const vouching = textsOf(fields.identityProviders).toSorted();
    const after = [keycloak.realm.address(realm), ...vouching.map((one) => keycloak.identityProvider.address(realm, one))];
    const and = { ...('domains' in fields && { domains: Object.fromEntries(domains) }), ...('identityProviders' in fields && { identityProviders: vouching }) };
    return one(making, { type: keycloak.organization, parts: [realm, alias], path, fields, apart: ['domains', 'identityProviders'], base: { enabled: true, name: typeof fields.name === 'string' ? fields.name : alias }, and, after });
  });

/** What new accounts join comes when the groups are there. */
const defaultGroups = ({ blueprint }: Making): readonly Desired[] => {
  const { realm, raw } = blueprint;
  const stated = raw.keycloak.realm.defaultGroups;
  if (!Array.isArray(stated)) return [];
  const groups = textsOf(stated).map((path) => (path.startsWith('/') ? path : `/${path}`)).toSorted();
  const after = [keycloak.realm.address(realm.name), ...groups.map((path) => keycloak.group.address(realm.name, path.slice(1)))];
  return [keycloak.defaultGroups.desired([realm.name], { spec: { groups }, after, origin: blueprint.at('raw.keycloak.realm.defaultGroups') })];
};

/** Sections that stand beside what clients, roles and people are made of. */
export const beside = [clientProfiles, clientPolicies, localizationTexts, organizations, defaultGroups] as const;
