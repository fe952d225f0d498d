import type { Danger, Desired, Live } from '../../core/resource.ts';
import { defaultRoleOf } from './representations.ts';
import { isSpec, nameIn, strings } from './specs.ts';

/** Clients that every realm has. Their own redirect URIs are relative (Keycloak itself), and `admin-cli` may use passwords by design. */
const BUILT_IN = ['account', 'account-console', 'admin-cli', 'broker', 'realm-management', 'security-admin-console'];

/** What in the realm, though nobody asked the blueprint for it, weakens what the blueprint protects. */
export const dangersOf = (desired: readonly Desired[], live: readonly Live[]): readonly Danger[] => {
  const realm = desired.find(({ kind }) => kind === 'keycloak.realm');
  if (realm === undefined) return [];
  const wanted = new Map(desired.map((object) => [`${object.kind} ${object.id}`, object]));
  const danger = (object: Live, what: string, hint: string): Danger => ({
    kind: object.kind,
    id: object.id,
    what,
    hint,
    origin: (wanted.get(`${object.kind} ${object.id}`) ?? realm).origin,
  });
  return live.flatMap((object) => {
    const stated = wanted.get(`${object.kind} ${object.id}`);
    if (object.kind === 'keycloak.client')
      return [...clientDangers(object, stated), ...extraMappers(object, stated)].map(([what, hint]) => danger(object, what, hint));
    if (object.kind === 'keycloak.client-scope') return extraMappers(object, stated).map(([what, hint]) => danger(object, what, hint));
    if (object.kind === 'keycloak.role' && stated === undefined) {
      const roles = (strings(object.spec.composites) ?? []).filter((name) => wanted.has(`keycloak.role ${realm.id}/${name}`));
      const everybody = nameIn(object.id) === defaultRoleOf({ realm: realm.id });
      const who = everybody ? 'every account has it, and it' : 'it';
      return roles.map((name) =>
        danger(object, `${who} contains the role "${name}"`, `take "${name}" out of it, or declare it in the blueprint`),
      );
    }
    return [];
  });
};

type Told = readonly [what: string, hint: string];

/** A field that the blueprint states is compared as a field; these are the others. */
const clientDangers = ({ id, spec }: Live, stated: Desired | undefined): readonly Told[] => {
  const owns = (field: string): boolean => stated !== undefined && field in stated.spec;
  const builtIn = BUILT_IN.includes(nameIn(id));
  if (spec.enabled === false || spec.bearerOnly === true || spec.protocol === 'saml') return [];
  const hint = 'narrow or disable it in Keycloak, or declare it in the blueprint';
  const redirects = spec.standardFlowEnabled === true || spec.implicitFlowEnabled === true;
  const wild = (strings(spec.redirectUris) ?? []).filter((uri) => uri.includes('*') && !(builtIn && uri.startsWith('/')));
  const inherited = isSpec(spec.attributes) ? spec.attributes['oauth2.device.authorization.grant.enabled'] : undefined;
  const ownsAttribute = isSpec(stated?.spec.attributes) && 'oauth2.device.authorization.grant.enabled' in stated.spec.attributes;
  return [
    ...(redirects && !owns('redirectUris') ? wild.map((uri) => [`codes may be sent to any address that fits ${uri}`, hint] as const) : []),
    ...(spec.implicitFlowEnabled === true && !owns('implicitFlowEnabled')
      ? [['the implicit flow puts tokens into URLs', hint] as const]
      : []),
    ...(spec.directAccessGrantsEnabled === true && !builtIn && !owns('directAccessGrantsEnabled')
      ? [['it takes passwords directly (the password grant)', hint] as const]
      : []),
    ...(inherited === 'true' && !ownsAttribute ? [['it may use the device flow, which can be phished', hint] as const] : []),
  ];
};

/** Mappers of an owned client or scope that the blueprint does not name: they may add an audience or a role to every token. */
const extraMappers = ({ spec }: Live, stated: Desired | undefined): readonly Told[] => {
  const wanted = stated?.spec.mappers;
  if (!isSpec(wanted) || !isSpec(spec.mappers)) return [];
  return Object.keys(spec.mappers)
    .filter((name) => !(name in wanted))
    .map((name) => [`its mapper "${name}" adds to its tokens, and the blueprint does not name it`, 'delete the mapper in Keycloak']);
};
