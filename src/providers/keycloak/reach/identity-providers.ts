import type { Danger } from '../../../core/resource.ts';
import { seenOf } from '../../../core/seen.ts';
import type { ComponentRep, IdentityProviderMapperRep, IdentityProviderRep } from '../representations.ts';
import { componentShape, STORAGE } from '../shipped/shape.ts';
import { component } from '../specs/component.ts';
import { nameIn } from '../specs/id.ts';
import { identityProviderMapper } from '../specs/identity-provider-mapper.ts';
import { identityProvider } from '../specs/identity-provider.ts';
import { plain } from '../plain.ts';
import { effectOf, roleMatters } from './rule.ts';
import { isUsualMapper } from '../usual-mappers.ts';
import { FEDERATION, found, isStated, listed } from './scene.ts';
import type { Scene } from './scene.ts';

const HINT = 'switch it off in Keycloak, or accept it';

/** Other servers that vouch for people here. Each is a door: who they let in has an account, and what their mappers give. */
export const identityProviders = (scene: Scene): readonly Danger[] =>
  (scene.exported.identityProviders ?? []).flatMap((rep) => {
    if (rep.enabled === false) return [];
    const mappers = (scene.exported.identityProviderMappers ?? []).filter(({ identityProviderAlias }) => identityProviderAlias === rep.alias);
    if (scene.stated.has(identityProvider.address(scene.name, rep.alias))) return mappers.flatMap((one) => mapperBeside(scene, one));
    return [
      found(scene, identityProvider.kind, rep.alias, {
        effect: rep.linkOnly === true ? 'weakens' : 'opens',
        what: `who signs in at ${whereOf(rep)} signs in here (identity provider ${rep.alias})${extras(scene, rep, mappers)}`,
        hint: HINT,
        held: plain({ ...stated({ ...rep }), config: stated(rep.config ?? {}), mappers: mappers.map(({ name, identityProviderMapper, config }) => ({ name, identityProviderMapper, config })).toSorted((a, b) => (a.name < b.name ? -1 : 1)) }),
      }),
    ];
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
