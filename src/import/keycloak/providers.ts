import { objectOf, textOf } from '../../core/json.ts';
import { identityProvider } from '../../providers/keycloak/specs/identity-provider.ts';
import { ENTITIES, filled, objectsOf, textsIn } from './common.ts';
import type { Importing } from './common.ts';

/** Other servers that vouch for people, with what an account gets by them. */
export const sayIdentityProviders = ({ draft, rep }: Importing): void => {
  for (const provider of objectsOf(rep.identityProviders)) {
    const alias = textOf(provider.alias);
    if (alias === undefined) continue;
    const path = [...ENTITIES, 'identityProviders', alias];
    if (/\s/.test(alias)) {
      draft.leave(`identity provider ${alias}`, 'an alias with a space, which no address has');
      continue;
    }
    const config = filled(textsIn(provider.config));
    const fields = Object.entries(identityProvider.fields).flatMap(([name, field]) => {
      const value = provider[name];
      return name === 'config' || name === 'providerId' || field.readOnly || value === undefined || value === null || value === '' || value === field.default ? [] : [[name, value] as const];
    });
    const mappers = objectsOf(rep.identityProviderMappers).filter((one) => one.identityProviderAlias === alias).flatMap((one) => {
      const name = textOf(one.name);
      return name === undefined ? [] : [[name, { identityProviderMapper: one.identityProviderMapper, ...filled({ config: filled(textsIn(one.config)) }) }] as const];
    }); // prettier-ignore
    draft.put(path, { providerId: provider.providerId, ...Object.fromEntries(fields), ...filled({ config, mappers: Object.fromEntries(mappers) }) });
    if (config.validateSignature === 'false') draft.warn([...path, 'config'], 'nobody checks who signed what it says', 'Say validateSignature: "true", and where its keys are');
    if (provider.trustEmail === true) draft.warn([...path, 'trustEmail'], 'whoever has an account there with the mail address of one here gets it', 'Keep it only where that provider proves addresses');
    if (config.disableTrustManager === 'true') draft.warn([...path, 'config'], 'its certificate is not looked at', 'Give Keycloak its certificate, and take disableTrustManager away');
  }
};

/** What people may be asked to do, where it is not as in every new realm. */
export const sayRequiredActions = ({ draft, rep, shipped, exact }: Importing): void => {
  const there = objectsOf(rep.requiredActions).map(({ alias }) => alias);
  // A file of another version, or one written by hand, says of the others nothing.
  if (exact) for (const alias of Object.keys(shipped.requiredActions)) if (!there.includes(alias)) draft.leave(`required action ${alias}`, 'every new realm has it, and this one does not');
  for (const action of objectsOf(rep.requiredActions)) {
    const alias = textOf(action.alias);
    if (alias === undefined) continue;
    const usual = objectOf(shipped.requiredActions[alias]);
    const other = Object.entries(filled({ enabled: action.enabled, defaultAction: action.defaultAction, config: filled(textsIn(action.config)) })).filter(([name, value]) => value !== usual[name]);
    const isNew = shipped.requiredActions[alias] === undefined;
    // Under the names of other versions nothing answers here: those that are off are nobody's business.
    if (isNew && action.enabled !== true) continue;
    if (other.length === 0) continue;
    draft.put([...ENTITIES, 'requiredActions', alias], { ...filled({ name: action.name, ...(isNew && { providerId: action.providerId }), priority: action.priority }), ...Object.fromEntries(other) });
  }
};
