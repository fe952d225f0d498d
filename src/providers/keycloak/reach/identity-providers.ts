import type { Danger } from '../../../core/resource.ts';
import { seenOf } from '../../../core/seen.ts';
import type { ComponentRep, IdentityProviderMapperRep, IdentityProviderRep } from '../representations.ts';
import { componentShape, flowShape, STORAGE } from '../shipped/shape.ts';
import type { Step } from '../shipped/shape.ts';
import { component } from '../specs/component.ts';
import { nameIn } from '../specs/id.ts';
import { flow } from '../specs/flow.ts';
import { identityProviderMapper } from '../specs/identity-provider-mapper.ts';
import { identityProvider } from '../specs/identity-provider.ts';
import { plain } from '../plain.ts';
import { effectOf, roleMatters } from './rule.ts';
import { isUsualMapper } from '../usual-mappers.ts';
import { takesOver } from './flows.ts';
import { FEDERATION, FLOW, found, isStated, listed } from './scene.ts';
import type { Scene } from './scene.ts';

const HINT = 'switch it off in Keycloak, or accept it';

/** Other servers that vouch for people here. Each is a door: who they let in has an account, and what their mappers give. */
export const identityProviders = (scene: Scene): readonly Danger[] =>
  (scene.exported.identityProviders ?? []).flatMap((rep) => {
    if (rep.enabled === false) return [];
    const mappers = (scene.exported.identityProviderMappers ?? []).filter(({ identityProviderAlias }) => identityProviderAlias === rep.alias);
    if (scene.stated.has(identityProvider.address(scene.name, rep.alias))) return [...flowsOf(scene, rep), ...mappers.flatMap((one) => mapperBeside(scene, one))];
    return [
      found(scene, identityProvider.kind, rep.alias, {
        effect: rep.linkOnly === true && !speaksFor(rep) ? 'weakens' : 'opens',
        what: `who signs in at ${whereOf(rep)} signs in here (identity provider ${rep.alias})${extras(scene, rep, mappers)}`,
        hint: HINT,
        held: plain({ ...stated(usualAside(scene, rep)), config: stated(rep.config ?? {}), flows: ownFlows(scene, rep).map(({ alias, steps }) => JSON.stringify([alias, steps])), mappers: mappers.map(({ name, identityProviderMapper, config }) => ({ name, identityProviderMapper, config })).toSorted((a, b) => (a.name < b.name ? -1 : 1)) }),
      }),
    ];
  });

/** The flows of an identity provider of the blueprint, which states how they are called, and not what is in them. */
const flowsOf = (scene: Scene, rep: IdentityProviderRep): readonly Danger[] =>
  ownFlows(scene, rep).flatMap(({ alias, steps }) => {
    const { effect, what } = steps === undefined ? { effect: 'breaks' as const, what: 'nobody gets through: it is not there' } : takesOver(steps).length > 0 ? { effect: 'opens' as const, what: `people take over accounts by ${listed(takesOver(steps))}` } : { effect: 'differs' as const, what: 'people come in by steps that the blueprint does not state' };
    // What is in a flow of the blueprint is compared.
    if (effect !== 'opens' && scene.stated.has(flow.address(scene.name, alias))) return [];
    return [found(scene, FLOW, alias, { effect, what: `by the flow "${alias}" of the identity provider ${rep.alias} ${what}`, hint: HINT, held: JSON.stringify(steps ?? null), origin: scene.stated.get(identityProvider.address(scene.name, rep.alias))?.origin })];
  });

/** A mapper that nobody stated, on an identity provider of the blueprint. */
const mapperBeside = (scene: Scene, { identityProviderAlias: alias, name, identityProviderMapper: type, config = {} }: IdentityProviderMapperRep): readonly Danger[] => {
  if (scene.stated.has(identityProviderMapper.address(scene.name, alias, name))) return [];
  const gives = [config.role, config.group].filter((one) => one !== undefined);
  return [
    {
      kind: identityProviderMapper.kind,
      id: identityProviderMapper.id(scene.name, alias, name),
      effect: effectOf(scene, [config.role ?? '']) ?? 'weakens',
      what: `who comes from ${alias} ${gives.length > 0 ? `gets ${listed(gives)}` : `is changed by a mapper (${type})`}, which the blueprint does not say`,
      origin: scene.stated.get(identityProvider.address(scene.name, alias))?.origin ?? scene.realm.origin,
      hint: 'delete the mapper in Keycloak, state it, or accept it',
      seen: seenOf(plain({ type, config })),
    },
  ];
};

/** Tokens for its assertions, or clients by its word: nobody needs to sign in for that. */
const speaksFor = ({ config }: IdentityProviderRep): boolean => config?.jwtAuthorizationGrantEnabled === 'true' || config?.supportsClientAssertions === 'true';

/** The flow of the realm is meant where none is named. */
const usualAside = (scene: Scene, { firstBrokerLoginFlowAlias: alias, ...rep }: IdentityProviderRep): Readonly<Record<string, unknown>> => ({ ...rep, ...(alias !== (scene.exported.firstBrokerLoginFlow ?? 'first broker login') && { firstBrokerLoginFlowAlias: alias }) });

/** What people go through who come from it, where that is not what all go through. */
const ownFlows = (scene: Scene, rep: IdentityProviderRep): readonly { readonly alias: string; readonly steps: readonly Step[] | undefined }[] =>
  [usualAside(scene, rep).firstBrokerLoginFlowAlias, rep.postBrokerLoginFlowAlias].flatMap((alias) => (typeof alias === 'string' && alias !== '' ? [{ alias, steps: flowShape(scene.exported, alias) }] : []));

/** Without what is off or empty: saving an identity provider in the console writes down what was not there before. */
const stated = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== false && value !== 'false' && value !== '' && value !== null && value !== undefined));

const whereOf = ({ providerId, config, alias }: IdentityProviderRep): string => {
  const address = config?.authorizationUrl ?? config?.singleSignOnServiceUrl ?? config?.issuer;
  if (address === undefined) return providerId ?? alias;
  return URL.canParse(address) ? new URL(address).host : address;
};

const extras = (scene: Scene, rep: IdentityProviderRep, mappers: readonly IdentityProviderMapperRep[]): string => {
  const roles = mappers.flatMap(({ config }) => (config?.role !== undefined && roleMatters(scene, config.role) ? [config.role] : []));
  const groups = mappers.flatMap(({ config }) => config?.group ?? []);
  const says = [
    ...(ownFlows(scene, rep).some(({ steps }) => takesOver(steps ?? []).length > 0) ? [`takes over accounts by ${listed(ownFlows(scene, rep).flatMap(({ steps }) => takesOver(steps ?? [])))}`] : []),
    ...(speaksFor(rep) ? ['speaks for people and clients who do not sign in there'] : []),
    ...(rep.trustEmail === true ? ['takes over accounts by their mail address'] : []),
    ...(roles.length > 0 ? [`gets ${listed(roles)}`] : []),
    ...(groups.length > 0 ? [`joins ${listed(groups)}`] : []),
    ...(rep.config?.validateSignature === 'false' && rep.providerId !== 'saml' ? ['is believed without a signature'] : []),
  ];
  return says.length > 0 ? `, and ${says.join(', ')}` : '';
};

/** Directories whose people are people of the realm. */
export const federations = (scene: Scene): readonly Danger[] =>
  (scene.exported.components?.[STORAGE] ?? []).flatMap((rep) => {
    if (rep.config?.enabled?.[0] === 'false') return [];
    if (isStated(scene, rep)) return partsBeside(scene, rep);
    const what = `people of ${rep.config?.connectionUrl?.[0] ?? rep.providerId} sign in here with the passwords that it knows (user federation ${rep.name ?? ''})`;
    return [found(scene, FEDERATION, rep.name ?? rep.providerId, { effect: 'opens', what, hint: HINT, held: componentShape(rep) })];
  });

/** Mappers that nobody stated, in a directory of the blueprint: but for those that Keycloak puts there, as it puts them there. */
const partsBeside = (scene: Scene, { name: parent = '', config: directory = {}, subComponents = {} }: ComponentRep): readonly Danger[] =>
  Object.values(subComponents)
    .flat()
    .flatMap((rep) => {
      const { name = rep.providerId, providerId, config = {} } = rep;
      if (isStated(scene, rep) || isUsualMapper(directory, { name, providerId, config })) return [];
      const gives = [config.role, config['user.model.attribute']].flatMap((one) => one?.[0] ?? []);
      const what = `who comes from ${parent} is changed by a mapper (${providerId}${gives.length > 0 ? `, ${listed(gives)}` : ''}), which the blueprint does not say`;
      return [found(scene, component.kind, nameIn(component.id(scene.name, parent, name)), { effect: /role|group/.test(providerId) ? 'opens' : 'weakens', what, hint: HINT, held: componentShape(rep), origin: scene.stated.get(component.address(scene.name, STORAGE, parent))?.origin })];
    });
