import { textOf, textsOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import type { RealmClient } from '../../blueprint/types.ts';
import { originFault, redirectUriFault } from '../../blueprint/checks/addresses.ts';
import { clientName } from '../../blueprint/declaration/names.ts';
import { clientOfType, rolesInTokens } from '../../providers/keycloak/specs/client-types.ts';
import { proofAttributes } from '../../providers/keycloak/specs/client-proof.ts';
import type { Proof } from '../../providers/keycloak/specs/client-proof.ts';
import { namesAt, saidAt, variableOf } from '../draft.ts';
import type { Draft, Path } from '../draft.ts';
import { filled, same } from './common.ts';
import type { FoundProof } from './client-proof.ts';
import type { Importing } from './common.ts';

/** What is known of one client. */
interface Found {
  readonly clientId: string;
  /** As the source has it, with what is so where it says nothing. */
  readonly client: JsonObject;
  /** Makes the reference in the place of its secret; none where nobody knows it. */
  readonly secret: (() => object) | undefined;
  /** By what it shows who it is, where that is no secret. */
  readonly proof: FoundProof;
  /** The account of a service. */
  readonly account: JsonObject | undefined;
  /** The lists of its scopes; without one that the source does not show. */
  readonly scopes: Readonly<Record<string, readonly string[]>>;
  readonly scopeMappings: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
}

/** Where it is said what a client has and should not have. */
export interface Said {
  readonly path: Path;
  readonly typed?: boolean;
}

const ID = new RegExp(clientName.pattern ?? '');
/** By these a client proves who it is with the secret that the blueprint refers to. */
const BY_SECRET: readonly unknown[] = ['client-secret', 'client-secret-jwt', undefined];
const LOGOUT = 'post.logout.redirect.uris';
const LIGHTWEIGHT = 'client.use.lightweight.access.token.enabled';

type ClientType = RealmClient['type'];
const typeOf = ({ publicClient, standardFlowEnabled, implicitFlowEnabled, serviceAccountsEnabled }: JsonObject): ClientType | undefined => {
  const signsIn = standardFlowEnabled === true;
  if (serviceAccountsEnabled === true) return signsIn || implicitFlowEnabled === true || publicClient === true ? undefined : 'service';
  return signsIn ? (publicClient === true ? 'public' : 'confidential') : undefined;
};

/** Why a client stays in Keycloak's words, which say everything; nothing where the fields of the blueprint, with what it has beside them, say the same. */
export const whyNotTyped = ({ draft, shipped }: Importing, found: Found): readonly string[] => {
  const { clientId, client } = found;
  if (Object.hasOwn(shipped.clients, clientId)) return ["a client of Keycloak's own"];
  if (client.protocol !== undefined && client.protocol !== 'openid-connect') return [`a client of ${textOf(client.protocol) ?? 'another protocol'}`];
  if (client.enabled !== true) return ['it is off'];
  if (client.bearerOnly === true) return ['it gets no tokens'];
  const type = typeOf(client);
  return [
    ...(ID.test(clientId) ? [] : ['no client of realm.clients is called so']),
    ...(type === undefined ? [client.serviceAccountsEnabled === true ? 'it acts for itself, and for people as well' : 'people do not sign in by the code flow, and it does not act for itself'] : []),
    ...(client.authorizationServicesEnabled === true ? ['it has authorization services'] : []),
    ...(type === undefined ? [] : withRedirects(client, type)),
    ...(type === 'public' ? [] : withSecret(found)),
    ...(Object.keys(found.scopes).length === 2 ? [] : ['which scopes it has is not said there']),
    ...(type === 'service' ? withAccount(found, namesAt(draft, ['realm', 'roles'])) : []),
  ];
};

const withRedirects = (client: JsonObject, type: ClientType): readonly string[] => {
  const [uris, origins] = [textsOf(client.redirectUris), textsOf(client.webOrigins)];
  if (type === 'service') return [...(uris.length > 0 ? ['a service has no redirect URIs'] : []), ...(origins.length > 0 ? ['a service has no web origins'] : [])];
  const faults = [...uris.map(redirectUriFault), ...(same(origins, ['+']) ? [] : origins.map(originFault))].flatMap((fault) => fault?.message ?? []);
  return [...(uris.length === 0 ? ['it has no redirect URI'] : []), ...new Set(faults)];
};

const withSecret = ({ client, secret, proof }: Found): readonly string[] => {
  if (proof.proof || proof.why !== undefined) return proof.why === undefined ? [] : [proof.why];
  if (!BY_SECRET.includes(client.clientAuthenticatorType)) return [`it proves who it is by ${String(client.clientAuthenticatorType)}, and not by its secret`];
  return secret === undefined ? ['its secret is not known there'] : [];
};

/** What a service may do is worked out from its roles, and held against the matrix: all of them must be known, and roles of the blueprint. */
const withAccount = ({ account }: Found, roles: ReadonlySet<string>): readonly string[] => {
  if (!Array.isArray(account?.realmRoles)) return ['which roles its account has is not said there'];
  return [
    ...(rolesOf(account).every((name) => roles.has(name)) ? [] : ['its account has roles that are none of realm.roles']),
    ...(textsOf(account.groups).length > 0 ? ['its account is in groups'] : []),
  ];
};
const rolesOf = (account: JsonObject | undefined): readonly string[] => textsOf(account?.realmRoles).filter((name) => !name.startsWith('default-roles-')).toSorted();

/** A client in the blueprint's own fields; what it has otherwise than one that they make alone, and `beside` them, in Keycloak's words. */
export const sayTyped = ({ draft }: Importing, found: Found, beside: Readonly<Record<string, unknown>>): Said => {
  const { clientId, client, secret, proof: { proof }, account, scopes, scopeMappings, attributes } = found; // prettier-ignore
  const type = typeOf(client) ?? 'service';
  const algorithm = saidAt(draft, ['realm', 'tokens', 'algorithm']);
  const roles = type === 'service' ? rolesOf(account) : [];
  const lightweightTokens = attributes[LIGHTWEIGHT] === 'true';
  const { attributes: ofType, ...made } = clientOfType({ type, scopes: [], lightweightTokens }, { algorithm: typeof algorithm === 'string' ? algorithm : 'RS256' });
  const usual: Readonly<Record<string, string | null>> = { ...ofType, ...(proof && proofAttributes(proof)) };
  const origins = textsOf(client.webOrigins);
  const logout = logoutUris(attributes[LOGOUT]);
  draft.put(['realm', 'clients', clientId], {
    type,
    ...filled({ redirectUris: textsOf(client.redirectUris) }),
    ...(type !== 'service' && !same(origins, ['+']) && { webOrigins: origins }),
    ...filled({ postLogoutRedirectUris: logout, roles }),
    ...(lightweightTokens && { lightweightTokens }),
    ...(proof ? { authentication: authenticationOf(draft, clientId, proof) } : secret && type !== 'public' && { secret: secret() }),
  });

  const inTokens = rolesInTokens({ type, roles }, { roles: [...namesAt(draft, ['realm', 'roles'])], defaultRoles: [...namesAt(draft, ['realm', 'defaultRoles'])] });
  const otherwise = Object.entries({ ...made, ...scopes }).flatMap(([field]) => {
    const now = Object.hasOwn(scopes, field) ? scopes[field] : client[field];
    return now === undefined || same(now, Object.entries(made).find(([name]) => name === field)?.[1]) ? [] : [[field, now] as const];
  });
  const further = Object.entries(attributes).filter(([name, value]) => !(name === LOGOUT && logout !== undefined) && !Object.entries(usual).some(([one, other]) => one === name && other === value));
  // What a client of the blueprint states, and this one has not.
  const without = Object.keys(usual).filter((name) => attributes[name] === undefined && usual[name] !== null).map((name) => [name, null] as const);
  const path = ['raw', 'keycloak', 'clients', clientId];
  const said = {
    ...Object.fromEntries(otherwise),
    ...(same(origins, ['+']) && { webOrigins: origins }),
    ...(!same(scopeMappings, [...new Set(inTokens)].toSorted()) && { scopeMappings }),
    ...beside,
    ...(further.length + without.length > 0 && { attributes: Object.fromEntries([...further, ...without]) }),
  };
  if (Object.keys(said).length > 0) {
    draft.put(path, said);
    draft.comment(path, 'what it has beside, or otherwise than a client that realm.clients makes by itself');
  }
  return { path, typed: true };
};

/** Keys and certificates stand in the environment, as everything of their kind does, though these are public. */
const authenticationOf = (draft: Draft, clientId: string, { method, algorithm, jwks, jwksUri, certificate, subject }: Proof): object => {
  const reference = (name: string, attribute: string, value: string | undefined): object | undefined =>
    value === undefined ? undefined : draft.secret(`${variableOf(clientId)}_${name}`, `client ${clientId}, ${attribute} (public: Keycloak shows it)`, value);
  return { method, ...(algorithm !== 'RS256' && { algorithm }), ...filled({ jwksUri, jwks: reference('JWKS', 'jwks.string', jwks), certificate: reference('CERTIFICATE', 'jwt.credential.certificate', certificate), subject }) };
};

/** Where people come back to, where it is said as the blueprint says it. */
const logoutUris = (held: string | undefined): readonly string[] | undefined => {
  const uris = held?.split('##') ?? [];
  return uris.length > 0 && uris.every((uri) => redirectUriFault(uri) === undefined) && uris.join() === [...new Set(uris)].toSorted().join() ? uris : undefined;
};
