import { callerNamed, furtherClients } from '../../access/index.ts';
import type { Authentication, Blueprint, Persona } from '../../blueprint/types.ts';
import { textsOf } from '../../core/json.ts';
import { Problem } from '../../core/problem.ts';
import { certificateOf } from '../../patterns/client-authentication.ts';
import type { Secret } from '../../core/secret.ts';
import { partsOf } from './jws.ts';

/** Something that only the issuer could give, and that it is not ours to ask for: the verdict is skipped, and says what. */
export class NotGiven extends Error {
  override readonly name = 'NotGiven';
}

/** What a client of ours would prove by who it is, where nobody has given it: its key, or its certificate with the key of that. */
export const missingProof = (blueprint: Blueprint, id: string): string | undefined => {
  const { method, key } = (Object.hasOwn(blueprint.realm.clients, id) ? blueprint.realm.clients[id]?.authentication : undefined) ?? {};
  if (method === 'private_key_jwt' && !key) return `no key of ${id} is given (realm.clients.${id}.authentication.key)`;
  return method === 'tls_client_auth' && !certificateOf(blueprint, id) ? `no certificate of ${id} is given (realm.clients.${id}.authentication.certificate and key)` : undefined;
};

/** Whether verify can be the client where it asks for a token: a public one shows nothing, of another its secret or what `authentication` says is there. */
export const canBe = (blueprint: Blueprint, id: string): boolean => {
  const { type, secret, authentication } = (Object.hasOwn(blueprint.realm.clients, id) ? blueprint.realm.clients[id] : undefined) ?? {};
  return type === 'public' || (authentication ? missingProof(blueprint, id) === undefined : secret !== undefined);
};

/** The services of the blueprint that verify can be. */
export const servicesToBe = (blueprint: Blueprint): readonly string[] => Object.entries(blueprint.realm.clients).flatMap(([id, { type }]) => (type === 'service' && canBe(blueprint, id) ? [id] : []));

/** A client of a further issuer, by what `expect` calls it. */
export type FurtherClient = ReturnType<typeof furtherClients>[number];

/** Why no token of it can be had. */
export const missingFurther = ({ name, issuer, client }: FurtherClient): string | undefined => {
  const { clientSecret, token } = issuer.clients[client] ?? {};
  return clientSecret || token ? undefined : `no secret and no token of ${name} is given (issuers.${issuer.name}.clients.${client}.clientSecret)`;
};

/** Who an issuer that is not ours gives no token to, for nobody signs in there for a check and no client is made; and a client of ours that cannot prove who it is. */
export const missingToken = (blueprint: Blueprint, who: string): string | undefined => {
  const { foreign, personas, realm } = blueprint;
  const further = furtherClients(blueprint).find(({ name }) => name === who);
  if (further) return missingFurther(further);
  if (!foreign) return Object.hasOwn(personas, who) ? undefined : missingProof(blueprint, who);
  if (Object.hasOwn(personas, who)) return personas[who]?.token ? undefined : `no token of ${who} is given (personas.${who}.token)`;
  return Object.hasOwn(realm.clients, who) && realm.clients[who]?.secret ? undefined : `no secret of ${who} is given (issuer.clients.${who}.clientSecret)`;
};

/** What a persona brings with it, held against what the blueprint says of it: one that is no longer good says nothing about anything. */
export const givenTokens = (blueprint: Blueprint, name: string, { authentication, now }: { readonly authentication: Authentication; readonly now: number }): { readonly access: Secret; readonly id?: Secret } => {
  const persona: Persona | undefined = Object.hasOwn(blueprint.personas, name) ? blueprint.personas[name] : undefined;
  const missing = missingToken(blueprint, name);
  if (persona?.token === undefined || missing !== undefined) throw new NotGiven(missing ?? `there is no persona ${name}`);
  const bad = (what: string, hint?: string): Problem =>
    new Problem('VERIFY_TOKEN_GIVEN', `the token given for ${name} ${what}`, { at: blueprint.at(`personas.${name}.token`), ...(hint !== undefined && { hint }) });
  const claims = claimsGiven(persona.token, { issuer: blueprint.issuer, now, bad });
  const type = blueprint.foreign?.tokenType;
  if (type && claims[type.claim] !== undefined && claims[type.claim] !== type.value) throw bad(`is no access token: its ${type.claim} is ${JSON.stringify(claims[type.claim])}`, `an ID token belongs into personas.${name}.idToken`);
  const client = blueprint.realm.clients[authentication.client]?.abroad?.clientId;
  if (blueprint.foreign?.audienceClaim === 'client_id' && client !== undefined && claims['client_id'] !== client) throw bad(`is of the client ${String(claims['client_id'])}`, `authentication.client says ${authentication.client}, which is ${client}`);
  const held = scopesIn(claims);
  const lacking = callerNamed(blueprint, name, authentication)?.scopes.filter((scope) => !held.includes(scope)) ?? [];
  if (lacking.length > 0) throw bad(`lacks the scope ${lacking.join(', ')}`, `issuer.clients.${authentication.client}.scopes says that its tokens carry it`);
  return { access: persona.token, ...(persona.idToken && { id: persona.idToken }) };
};

interface Held {
  readonly issuer: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly bad: (what: string, hint?: string) => Problem;
}

/** What a token says that was given for the run: it is a JWT of the issuer, and has not ended. Throws what `bad` makes of it. */
export const claimsGiven = (token: Secret, { issuer, now, bad }: Held): Readonly<Record<string, unknown>> => {
  const claims = claimsIn(token.reveal());
  if (claims === undefined) throw bad('is no JWT', 'is it an access token for an API? Auth0 gives an opaque one where no audience was asked for');
  if (typeof claims['exp'] !== 'number' || claims['exp'] * 1000 <= now) throw bad(`ended ${typeof claims['exp'] === 'number' ? `at ${new Date(claims['exp'] * 1000).toISOString()}` : 'at no time that it says'}`, 'give a new one');
  if (claims['iss'] !== issuer) throw bad(`is of the issuer ${String(claims['iss'])}`);
  return claims;
};

export const claimsIn = (token: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    return token.split('.').length === 3 ? partsOf(token).payload : undefined;
  } catch {
    return undefined;
  }
};

export const scopesIn = ({ scope, scp }: Readonly<Record<string, unknown>>): readonly string[] => [scope, scp].flatMap((one) => (typeof one === 'string' ? one.split(' ') : textsOf(one)));
