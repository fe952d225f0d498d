import type { Blueprint } from '../../../src/blueprint/types.ts';

type Entities = Blueprint['raw']['keycloak']['entities'];

/** Entries that go, one of each section; nothing that stays names them. */
const GONE: readonly (readonly [section: keyof Entities, name: string, ...addresses: string[]])[] = [
  ['roles', 'percent % & ? #', 'keycloak.role/percent % & ? #'],
  ['identityProviders', 'saml-one', 'keycloak.identity-provider/saml-one', 'keycloak.identity-provider-mapper/saml-one/mail'],
  ['components', 'imported', 'keycloak.component/org.keycloak.keys.KeyProvider/imported'],
  ['groups', '/Отдел продаж/東京 支店/a & b', 'keycloak.group/Отдел продаж/東京 支店/a & b'],
  ['userAttributes', 'least', 'keycloak.user-attribute/least'],
  ['clientPolicies', 'least', 'keycloak.client-policy/least'],
  ['localizationTexts', 'pt-BR', 'keycloak.texts/pt-BR'],
  ['organizations', 'least', 'keycloak.organization/least'],
  ['clientScopes', 'saml_scope', 'keycloak.client-scope/saml_scope'],
  ['clients', 'portail privé/非公開', 'keycloak.client/portail privé/非公開'],
];

/** The blueprint without one of each section, and the addresses of what goes. */
export const fewer = (blueprint: Blueprint): { readonly without: Blueprint; readonly gone: readonly string[] } => {
  const { raw } = blueprint;
  const entities = GONE.reduce<Entities>((all, [section, name]) => ({ ...all, [section]: Object.fromEntries(Object.entries(all[section] ?? {}).filter(([one]) => one !== name)) }), raw.keycloak.entities);
  const { cyn: _cyn, ...personas } = blueprint.personas;
  return {
    without: { ...blueprint, personas, raw: { ...raw, keycloak: { ...raw.keycloak, entities } } },
    gone: [...GONE.flatMap(([, , ...addresses]) => addresses), 'keycloak.user/cyn'],
  };
};
