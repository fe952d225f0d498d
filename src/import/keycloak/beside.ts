import { objectOf, textOf, textsOf } from '../../core/json.ts';
import { ENTITIES, filled, objectsOf } from './common.ts';
import type { Importing } from './common.ts';

/** What is demanded of clients, and of which. Profiles that Keycloak ships are in no realm. */
export const sayClientPolicies = ({ draft, rep }: Importing): void => {
  for (const profile of objectsOf(objectOf(rep.clientProfiles).profiles)) {
    const name = textOf(profile.name);
    const executors = objectsOf(profile.executors).map(({ executor, configuration }) => ({ executor, ...filled({ configuration }) }));
    if (name !== undefined) draft.put([...ENTITIES, 'clientProfiles', name], { ...filled({ description: profile.description }), executors });
  }
  for (const policy of objectsOf(objectOf(rep.clientPolicies).policies)) {
    const name = textOf(policy.name);
    const conditions = objectsOf(policy.conditions).map(({ condition, configuration }) => ({ condition, ...filled({ configuration }) }));
    if (name !== undefined) draft.put([...ENTITIES, 'clientPolicies', name], { ...filled({ description: policy.description }), ...(policy.enabled !== true && { enabled: false }), conditions, profiles: textsOf(policy.profiles) });
  }
};

/** Texts of pages and mail that somebody has put in place of those of the theme. */
export const sayTexts = ({ draft, rep }: Importing): void => {
  for (const [locale, texts] of Object.entries(objectOf(rep.localizationTexts))) {
    const said = Object.entries(objectOf(texts)).filter(([, text]) => typeof text === 'string');
    // Placeholders of these texts are their own, and none of the file's.
    const [plain, other] = [said.filter(([, text]) => !/\$[({]/.test(String(text))), said.filter(([, text]) => /\$[({]/.test(String(text)))];
    if (plain.length > 0) draft.put([...ENTITIES, 'localizationTexts', locale], Object.fromEntries(plain));
    for (const [name] of other) draft.leave(`localization ${locale}, ${name}`, 'a placeholder in it would be one of the blueprint');
  }
};

/** Companies whose people sign in here; who belongs to one is not said. */
export const sayOrganizations = ({ draft, rep }: Importing): void => {
  for (const one of objectsOf(rep.organizations)) {
    const name = textOf(one.name);
    const alias = textOf(one.alias) ?? name;
    if (alias === undefined) continue;
    if (/\s/.test(alias)) {
      draft.leave(`organization ${alias}`, 'an alias with a space, which no address has');
      continue;
    }
    const domains = objectsOf(one.domains).map((domain) => ({ name: domain.name, ...(domain.verified === true && { verified: true }) }));
    const vouching = objectsOf(one.identityProviders).flatMap((provider) => textOf(provider.alias) ?? []);
    draft.put([...ENTITIES, 'organizations', alias], {
      ...(name !== alias && { name }),
      ...(one.enabled === false && { enabled: false }),
      ...filled({ description: one.description, redirectUrl: one.redirectUrl, domains, identityProviders: vouching, attributes: filled(objectOf(one.attributes)) }),
    });
    const members = objectsOf(one.members).length;
    if (members > 0) draft.leave(`organization ${alias}, members`, `${members}: who belongs to it is not said by a blueprint`);
  }
};
