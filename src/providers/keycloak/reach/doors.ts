import { sameValue } from '../../../core/diff.ts';
import type { Danger, Effect, Spec } from '../../../core/resource.ts';
import { isSpec } from '../../../core/spec.ts';
import { actionShape, componentShape, profileIn, REGISTRATION } from '../shipped/shape.ts';
import { plain } from '../plain.ts';
import { found, isStated, mappersOf, PROFILE, REGISTRATION_POLICY, REQUIRED_ACTION, scopesInUse } from './scene.ts';
import type { Scene } from './scene.ts';
import { requiredAction } from '../specs/required-action.ts';
import { userAttribute } from '../specs/user-attribute.ts';
import { mapperSpecs } from '../mappers.ts';

const HINT = 'set it back in Keycloak, or accept it';

/** What of the policies stands between a stranger and a client with the blueprint's scopes. */
const GUARDS: Readonly<Record<string, Effect>> = { 'trusted-hosts': 'opens', 'allowed-client-templates': 'opens', 'allowed-protocol-mappers': 'opens', scope: 'weakens', 'consent-required': 'weakens', 'max-clients': 'weakens' };

/** Who may make clients without an administrator: the policies that Keycloak ships, each there and as it is shipped. */
export const registration = (scene: Scene): readonly Danger[] => {
  if (!scene.whole) return [];
  const [said, live] = [true, false].map((stated) => (scene.exported.components?.[REGISTRATION] ?? []).filter((rep) => isStated(scene, rep) === stated).map(componentShape));
  const isSaid = ({ name, subType }: Spec): boolean => (said ?? []).some((one) => one.name === name && one.subType === subType);
  const told = (policy: Spec, effect: Effect, what: string, held: Spec | null): Danger =>
    found(scene, REGISTRATION_POLICY, `${String(policy.subType)}/${String(policy.name)}`, { effect, what, hint: HINT, held });
  const who = (policy: Spec): string => (policy.subType === 'anonymous' ? 'whoever reaches the server' : 'who has a token for it');
  const changed = scene.shipped.registration.flatMap((policy) => {
    if (isSaid(policy)) return [];
    const held = (live ?? []).find(({ subType, providerId, name }) => subType === policy.subType && providerId === policy.providerId && name === policy.name);
    if (held !== undefined && sameValue(held, policy)) return [];
    const effect = GUARDS[String(policy.providerId)] ?? 'weakens';
    const why = held === undefined ? 'is gone' : 'is not as Keycloak ships it';
    return [told(policy, effect, `${who(policy)} makes clients of their own: the policy "${String(policy.name)}" (${String(policy.subType)}) ${why}`, held ?? null)];
  });
  const known = new Set(scene.shipped.registration.map(({ subType, providerId, name }) => JSON.stringify([subType, providerId, name])));
  const added = (live ?? []).filter((policy) => !known.has(JSON.stringify([policy.subType, policy.providerId, policy.name])));
  return [...changed, ...added.map((policy) => told(policy, 'differs', `clients that people make themselves meet one more policy, "${String(policy.name)}"`, policy))];
};

/** Whether people write what tokens say of them. */
export const userProfile = (scene: Scene): readonly Danger[] => {
  const held = profileIn(scene.exported);
  if (held === undefined) return [];
  const { attributes, unmanagedAttributePolicy: policy, ...rest } = held;
  const { attributes: usual, unmanagedAttributePolicy: _none, ...shipped } = scene.shipped.profile;
  const read = attributesRead(scene);
  const tell = (field: string, effect: Effect, what: string, seen: Spec[string]): Danger => found(scene, PROFILE, 'attributes', { effect, what, hint: HINT, field, held: seen });
  const before = attributesOf(usual);
  const now = attributesOf(attributes);
  return [
    ...(policy === 'ENABLED'
      ? [tell('unmanagedAttributePolicy', read.size > 0 ? 'opens' : 'weakens', `people write any attribute of their own account${read.size > 0 ? `, and tokens say what stands in ${[...read].toSorted().join(', ')}` : ''}`, { policy, read: [...read].toSorted() })]
      : []),
    ...[...now].flatMap(([name, one]) => {
      if (scene.stated.has(userAttribute.address(scene.name, name))) return [];
      const was = before.get(name);
      if (was !== undefined ? sameValue(one, was) : !read.has(name)) return [];
      const byUsers = isSpec(one.permissions) && Array.isArray(one.permissions.edit) && one.permissions.edit.includes('user');
      if (was === undefined) return [tell(`attributes.${name}`, byUsers ? 'opens' : 'differs', `tokens say what stands in the attribute ${name}, ${byUsers ? 'and people write it themselves' : 'which administrators write'}`, one)];
      return [tell(`attributes.${name}`, 'weakens', `what people may write as their ${name} is not as Keycloak ships it`, one)];
    }),
    ...[...before.keys()].filter((name) => !now.has(name)).map((name) => tell(`attributes.${name}`, 'breaks', `accounts have no ${name} any more`, null)),
    ...(sameValue(rest, shipped) ? [] : [tell('groups', 'differs', 'the groups of the user profile are not as Keycloak ships them', rest)]),
  ];
};

const attributesOf = (value: Spec[string] | undefined): ReadonlyMap<string, Spec> =>
  new Map((Array.isArray(value) ? value : []).flatMap((one) => (isSpec(one) ? [[String(one.name), one] as const] : [])));

/** Attributes of people, beyond those that everybody has, that the blueprint's tokens say. */
export const attributesRead = (scene: Scene): ReadonlySet<string> => {
  const scopes = scopesInUse(scene);
  const places = [
    ...(scene.exported.clients ?? []).filter(({ clientId }) => scene.clients.has(clientId)),
    ...(scene.exported.clientScopes ?? []).filter(({ name }) => scopes.has(name)),
  ];
  const own = new Set(['username', 'email', 'firstName', 'lastName']);
  return new Set(
    places.flatMap(({ protocolMappers }) =>
      Object.values(mappersOf({ mappers: plain(mapperSpecs(protocolMappers)) })).flatMap(({ protocolMapper, config }) =>
        protocolMapper === 'oidc-usermodel-attribute-mapper' && config?.['user.attribute'] && !own.has(config['user.attribute']) ? [config['user.attribute']] : [],
      ),
    ),
  );
};

/** What people are asked to do before they are in. */
export const requiredActions = (scene: Scene): readonly Danger[] => {
  const { requiredActions: live } = scene.exported;
  if (live === undefined) return [];
  const known = Object.keys(scene.shipped.requiredActions);
  const tell = (alias: string, effect: Effect, what: string, held: Spec | null): Danger => found(scene, REQUIRED_ACTION, alias, { effect, what, hint: HINT, held });
  return [
    ...live.flatMap((rep) => {
      const stated = scene.stated.get(requiredAction.address(scene.name, rep.alias))?.spec;
      const beside = (shape: Spec | undefined): Spec | undefined => shape && Object.fromEntries(Object.entries(shape).filter(([name]) => stated === undefined || !(name in stated || name === 'config')));
      const [held, shipped] = [beside(actionShape(rep)) ?? {}, beside(scene.shipped.requiredActions[rep.alias])];
      if (stated !== undefined && shipped === undefined) return [];
      if (shipped !== undefined && sameValue(held, shipped)) return [];
      if (shipped === undefined) return rep.enabled ? [tell(rep.alias, 'weakens', `people may be asked for ${rep.alias}, which Keycloak does not ship`, held)] : [];
      if (rep.defaultAction && shipped.defaultAction !== true) return [tell(rep.alias, 'breaks', `every new account must do ${rep.alias} before it is in`, held)];
      return [tell(rep.alias, 'differs', `${rep.alias} is ${rep.enabled ? 'asked of people' : 'never asked of people'}, and not as Keycloak ships it`, held)];
    }),
    ...known.filter((alias) => !live.some((one) => one.alias === alias)).map((alias) => tell(alias, 'differs', `${alias} is never asked of people: it is gone`, null)),
  ];
};
