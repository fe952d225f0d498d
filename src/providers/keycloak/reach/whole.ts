import { sameValue } from '../../../core/diff.ts';
import { addressOf } from '../../../core/resource.ts';
import type { Danger, Desired, Effect, Live, Spec, SpecValue } from '../../../core/resource.ts';
import { seenOf } from '../../../core/seen.ts';
import { isSpec } from '../../../core/spec.ts';
import type { Fields } from '../../../core/spec.ts';
import { unstatedDangers } from '../../../core/unstated.ts';
import { momentOf, momentWords } from '../../../core/traces.ts';
import type { Unstated } from '../../../core/unstated.ts';
import { isSeed } from '../seed.ts';
import { clientRole } from '../specs/client-role.ts';
import { clientScope } from '../specs/client-scope.ts';
import { PROOF_ATTRIBUTES } from '../specs/client-proof.ts';
import { client } from '../specs/client.ts';
import { component } from '../specs/component.ts';
import { BINDINGS } from '../specs/flow-binding.ts';
import { group } from '../specs/group.ts';
import { nameIn } from '../specs/id.ts';
import { identityProviderMapper } from '../specs/identity-provider-mapper.ts';
import { identityProvider } from '../specs/identity-provider.ts';
import type { MapperSpec } from '../specs/mapper.ts';
import { organization } from '../specs/organization.ts';
import { realm } from '../specs/realm.ts';
import { role } from '../specs/role.ts';
import { userAttribute } from '../specs/user-attribute.ts';
import { user } from '../specs/user.ts';
import { attributesRead } from './doors.ts';
import { clientField, realmField, userField } from './fields.ts';
import type { Says } from './fields.ts';
import { judged, spokenUnsaid } from './mappers.ts';
import { isOver } from './not-before.ts';
import { plainSpec } from '../plain.ts';
import { asIn } from '../shipped/shape.ts';
import { usualPrincipal } from '../usual-mappers.ts';
import { judging, mappersOf } from './scene.ts';
import type { Scene } from './scene.ts';
import { mapperField } from './where-mappers-speak.ts';

/** Fields of a representation that say who it is, or that other files of this folder look at more closely. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  [realm.kind]: [
    ...BINDINGS,
    'defaultDefaultClientScopes', 'defaultOptionalClientScopes', 'requiredCredentials',
    // It stays when such rights are switched off, and its permissions are looked at.
    'adminPermissionsClient',
  ],
  [client.kind]: ['clientId', 'protocolMappers', 'authenticationFlowBindingOverrides'],
  [clientScope.kind]: ['name', 'protocolMappers'],
  [role.kind]: [],
  [group.kind]: ['members'],
  [user.kind]: ['username', 'totp', 'disableableCredentialTypes', 'createdTimestamp'],
}; // prettier-ignore

/** Objects that are stated in Keycloak's own words, compared whole as well: what of them matters for access, and is not said, opens. */
export const rawWhole = (scene: Scene): readonly Danger[] => {
  const types = [clientRole, component, identityProvider, identityProviderMapper, organization, userAttribute];
  return scene.live.flatMap((live) => {
    const desired = scene.stated.get(addressOf(live));
    const type = types.find(({ kind }) => kind === live.kind);
    if (desired === undefined || type === undefined) return [];
    // What a role contains is told where all roles are looked at.
    const { composites: _realm, clientComposites: _clients, ...held } = plainSpec(live.spec);
    return unstatedDangers(desired, { ...live, spec: held }, { fields: type.fields, defaults: defaultsOf(live), effectOf: ({ access, path }) => (access === undefined && !(component.is(live) && LETS_IN.test(path)) ? 'differs' : 'opens') });
  });
};

/** What Keycloak writes into a configuration that does not say it. */
const FILLED_IN: Spec = { ecdhEllipticCurveKey: ['P-256'], ecdsaEllipticCurveKey: ['P-256'], eddsaEllipticCurveKey: ['Ed25519'], 'groups.path': ['/'] };
/** Who is let in, and as whom. */
const LETS_IN = /^config\.(trustEmail|allowKerberosAuthentication|useKerberosForPasswordAuthentication|role|group|groups\.path|client\.id|privateKey|keystore)$/;

/** What is there when nobody says so. */
const defaultsOf = (live: Live): Spec => {
  if (live.kind === userAttribute.kind) return { multivalued: false };
  if (!component.is(live)) return {};
  return { config: { ...FILLED_IN, krbPrincipalAttribute: [usualPrincipal(live.spec.config?.vendor?.[0])] } };
};

/** Objects of the blueprint, compared whole: what it does not state of them is at Keycloak's default, or is told by what it does. */
export const oursWhole = (scene: Scene): readonly Danger[] => {
  const stated = new Map([scene.realm, ...scene.clients.values(), ...scene.scopes.values(), ...scene.roles.values(), ...scene.groups.values(), ...scene.users.values()].map((one) => [`${one.kind} ${one.id}`, one]));
  const types = [realm, client, clientScope, role, group, user];
  return scene.live.flatMap((live) => {
    const desired = stated.get(`${live.kind} ${live.id}`);
    const type = types.find(({ kind }) => kind === live.kind);
    // Of an account that is made once nothing is compared; who else has roles is told elsewhere.
    return desired && type && !(user.is(desired) && isSeed(desired)) ? compared(scene, withoutFormerProof(desired, live), live, type.fields) : [];
  });
};

/**
 * A client that proves who it is in another way than is stated: the plan takes away what it proves it by, as if it were left of ours. Until then it counts,
 * whoever has put it there.
 */
const withoutFormerProof = (desired: Desired, live: Live): Desired => {
  if (!client.is(desired) || !isSpec(desired.spec.attributes) || live.spec.clientAuthenticatorType === desired.spec.clientAuthenticatorType) return desired;
  const attributes = Object.fromEntries(Object.entries(desired.spec.attributes).filter(([name, value]) => value != null || !PROOF_ATTRIBUTES.includes(name)));
  return { ...desired, spec: { ...desired.spec, attributes } };
};

const compared = (scene: Scene, desired: Desired, live: Live, fields: Fields): readonly Danger[] => {
  const apart = ELSEWHERE[live.kind] ?? [];
  // A secret that is not stated and not shown is nothing to compare.
  const { mappers, ...held } = plainOf(live.spec);
  const stated = isSpec(desired.spec.mappers) ? desired.spec.mappers : {};
  const [named, others] = [true, false].map((ours) => Object.entries(isSpec(mappers) ? mappers : {}).filter(([name]) => Object.hasOwn(stated, name) === ours));
  const spec = { ...Object.fromEntries(Object.entries(held).filter(([name, value]) => !apart.includes(name) && !(name === 'notBefore' && isOver(value)))), mappers: Object.fromEntries(named ?? []) };
  const says = (field: Unstated): Says | undefined => wordsFor(scene, desired, live, field);
  const all = new Map<string, Unstated>();
  const effectOf = (field: Unstated): Effect | undefined => {
    all.set(field.path, field);
    return says(field)?.effect;
  };
  const fieldsTold = unstatedDangers(desired, { ...live, spec }, { fields, defaults: defaultsFor(scene, live, desired), effectOf }).map((danger) => {
    const field = danger.field === undefined ? undefined : all.get(danger.field);
    const words = field && says(field)?.what;
    return words === undefined ? danger : { ...danger, what: words };
  });
  const usual = shippedAs(scene, live).mappers;
  const added = (others ?? []).filter(([name, mapper]) => !(isSpec(usual) && sameValue(mapper, usual[name] ?? null)));
  return [...asOneLine(fieldsTold, desired, held), ...added.map(([name, mapper]) => extraMapper(scene, { desired, live, name, mapper }))];
};

/** Settings that are one thing: which server sends the mail is told once, unless the blueprint states some of it. */
const ONE_THING: readonly string[] = ['smtpServer'];
/** A switch that says which proof counts is part of the proof. */
const WITH: Readonly<Record<string, string>> = { 'attributes.use.jwks.url': 'attributes.jwks.url', 'attributes.use.jwks.string': 'attributes.jwks.string' };

const asOneLine = (told: readonly Danger[], desired: Desired, held: Spec): readonly Danger[] => {
  const wholes = ONE_THING.filter((name) => desired.spec[name] == null && told.some(({ field }) => field?.startsWith(`${name}.`)));
  const partOf = ({ field = '' }: Danger): string | undefined => wholes.find((name) => field.startsWith(`${name}.`));
  return told.flatMap((danger, at) => {
    const [along] = told.filter(({ field }) => field !== undefined && WITH[danger.field ?? ''] === field);
    if (along !== undefined) return [];
    const switches = told.filter(({ field }) => WITH[field ?? ''] === danger.field && danger.field !== undefined);
    if (switches.length > 0) return [{ ...danger, seen: seenOf([danger, ...switches].map(({ seen = '' }) => seen)) }];
    const name = partOf(danger);
    if (name === undefined) return [danger];
    return told.findIndex((one) => partOf(one) === name) === at ? [{ ...danger, field: name, seen: seenOf(held[name]) }] : [];
  });
};

interface Extra {
  readonly desired: Desired;
  readonly live: Live;
  readonly name: string;
  readonly mapper: SpecValue;
}

const extraMapper = (scene: Scene, { desired, live, name, mapper }: Extra): Danger => {
  const owner = nameIn(live.id);
  // Mappers of a spec are declared; `plain` keeps their form.
  const { effect, what } = judged(mapper as MapperSpec, judging(scene));
  const tokens = live.kind === client.kind ? `every token of ${owner}` : `every token with the scope ${owner}`;
  return {
    kind: live.kind,
    id: live.id,
    effect,
    what: `${tokens} ${what} (mapper "${name}", which the blueprint does not name)`,
    origin: desired.origin,
    hint: 'delete the mapper in Keycloak, or accept it',
    field: `mappers.${name}`,
    seen: seenOf(mapper),
  };
};

/** Without handles and clocks, and with secrets as they are. */
const plainOf = (spec: Spec): Spec => {
  const { secret: _secret, password: _password, ...rest } = spec;
  return plainSpec(rest);
};

const attributesOf = ({ attributes }: Spec): Spec => (isSpec(attributes) ? attributes : {});

/** Whoever saves a realm in the admin console leaves some of its settings among its attributes as well. */
const settingsAsAttributes = (settings: Spec): Spec =>
  Object.fromEntries(Object.entries(settings).flatMap(([name, value]) => (typeof value === 'object' ? [] : [[name, String(value)]])));

/** The admin console writes out flags that are off; these are on when nobody says so. */
const ON = ['use.refresh.tokens'];
const flagsThatAreOff = (attributes: Spec): Spec => Object.fromEntries(Object.entries(attributes).filter(([name, value]) => value === 'false' && !ON.includes(name)));

/** How Keycloak ships what has this name; nothing of what it does not ship. */
const shippedAs = ({ shipped }: Scene, { kind, id }: Live): Spec => {
  const all = kind === client.kind ? shipped.clients : kind === clientScope.kind ? shipped.scopes : {};
  const name = nameIn(id);
  return asIn(id.slice(0, id.indexOf('/')), (Object.hasOwn(all, name) ? all[name] : undefined) ?? {});
};

const defaultsFor = (scene: Scene, live: Live, desired: Desired): Spec => {
  const { kind, spec } = live;
  const { mappers: _shipped, ...usually } = shippedAs(scene, live);
  if (kind === realm.kind) return { ...scene.shipped.realm, attributes: { ...settingsAsAttributes(scene.shipped.realm), ...attributesOf(scene.shipped.realm) } };
  if (kind === user.kind) return { notBefore: 0, attributes: {} };
  const mappers = Object.fromEntries(Object.entries(mappersOf(desired.spec)).map(([name, mapper]) => [name, { config: spokenUnsaid(mapper) }]));
  if (kind !== client.kind) return { ...usually, mappers };
  // Who has an account has its scope, whatever the list says.
  const usual = scene.shipped.client.defaultClientScopes;
  const scopes = desired.spec.serviceAccountsEnabled === true && Array.isArray(usual) ? { defaultClientScopes: [...usual, 'service_account'].toSorted() } : {};
  return { ...scene.shipped.client, ...scopes, ...usually, mappers, attributes: { ...flagsThatAreOff(attributesOf(spec)), ...attributesOf(scene.shipped.client), ...attributesOf(usually) } };
};

/** The secret before the last one: good until its hour, or for ever, whether the policy that rotates is still there or not (measured with 26.7.4). */
const rotatedSecret = (name: string, attributes: Spec): Says => {
  const until = Number(attributes['client.secret.rotated.expiration.time'] ?? 0) * 1000;
  const moment = momentOf(until);
  if (moment !== undefined && until <= Date.now()) return { effect: 'differs', what: `the secret that ${name} had before it was rotated was good until ${momentWords(moment)}` };
  return { effect: 'opens', what: `who has the secret that ${name} had before it was rotated acts as it${moment === undefined ? '' : ` until ${momentWords(moment)}`}` };
};

const wordsFor = (scene: Scene, desired: Desired, live: Live, field: Unstated): Says | undefined => {
  const name = nameIn(live.id);
  // What stands in an address that begins at no host begins there.
  if (live.kind === client.kind && field.path === 'rootUrl' && [live.spec.redirectUris, live.spec.baseUrl].flat().some((uri) => typeof uri === 'string' && uri.startsWith('/')))
    return { effect: 'exposes', what: `who signs in at ${name} is sent to addresses at ${JSON.stringify(field.held)}, with a code` };
  if (field.path.startsWith('mappers.')) return mapperField(scene, mappersOf(desired.spec), field);
  if (live.kind === client.kind && field.path === 'attributes.client.secret.rotated') return rotatedSecret(name, attributesOf(live.spec));
  if (live.kind === client.kind) return clientField(name, field, scene.realm.spec);
  if ((live.kind === user.kind || live.kind === group.kind) && attributesRead(scene).has(field.path.replace(/^attributes\./, '')))
    return { effect: 'opens', what: `tokens of ${live.kind === user.kind ? name : `who is in ${name}`} say what stands in ${field.path}, ${JSON.stringify(field.held)}, which the blueprint does not state` };
  if (live.kind === realm.kind) return realmField(field, desired.spec);
  if (live.kind === user.kind) return userField(name, field);
  return undefined;
};
