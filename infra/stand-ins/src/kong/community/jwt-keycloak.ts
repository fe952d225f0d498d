import { createPublicKey } from 'node:crypto';
import type { Json } from '../lua/cjson.ts';
import { authenticateWith } from '../plugins/auth.ts';
import { texts } from '../plugins/config.ts';
import { claimErrors, tokensOf } from '../plugins/jwt.ts';
import { member, parseToken, verifyToken, type Token } from '../plugins/jwt-token.ts';
import type { Configured, PluginHandler } from '../plugins/types.ts';
import { exitAnswer, type Answer } from '../proxy/answer.ts';
import type { Exchange } from '../proxy/exchange.ts';
import { luaPattern } from '../schema/lua-pattern.ts';
import type { NamedField } from '../schema/types.ts';
import type { CommunityPlugin } from './types.ts';

type Config = Configured['config'];

const aSet = (rest: object = {}): object => ({ type: 'set', elements: { type: 'string' }, ...rest });

/** As its schema states them, in that order, but for the certificates by which it trusts an issuer, and consumers, which are not emulated. */
const FIELDS = [
  { uri_param_names: aSet({ default: ['jwt'] }) },
  { cookie_names: aSet({ default: [] }) },
  { claims_to_verify: aSet({ elements: { type: 'string', one_of: ['exp', 'nbf'] }, default: ['exp'] }) },
  { anonymous: { type: 'string' } },
  { run_on_preflight: { type: 'boolean', required: true, default: true } },
  { maximum_expiration: { type: 'number', default: 0, between: [0, 31_536_000] } },
  { header_names: aSet({ default: ['authorization'] }) },
  { algorithm: { type: 'string', default: 'RS256', one_of: ['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'] } },
  { allowed_iss: aSet({ required: true }) },
  { iss_key_grace_period: { type: 'number', default: 10, between: [1, 60] } },
  { well_known_template: { type: 'string', default: '%s/.well-known/openid-configuration' } },
  { scope: aSet() },
  { roles: aSet() },
  { realm_roles: aSet() },
  { client_roles: aSet() },
] as readonly NamedField[];

/** Keys of an issuer as its documents publish them, for `verifyToken`; a failure is not remembered. */
interface Published {
  readonly keys: readonly string[];
  readonly at: number;
}

const document = async (url: string): Promise<Readonly<Record<string, unknown>>> => {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5000) });
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
  return (await answer.json()) as Readonly<Record<string, unknown>>;
};

const keysAt = async (wellKnown: string): Promise<readonly string[]> => {
  const { jwks_uri: place } = await document(wellKnown);
  const { keys } = await document(String(place));
  return (Array.isArray(keys) ? keys : []).map((jwk: Record<string, unknown>) => createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }) as string);
};

/** What a token holds at a name, where the plugin would go on with a text. */
const textAt = ({ claims }: Token, name: string): string => {
  const value = member(claims, name);
  if (typeof value !== 'string') throw new TypeError(`the claim "${name}" is no text`);
  return value;
};

/** Equal, or found anywhere in it as a Lua pattern. */
const allows = (allowed: string, issuer: string): boolean => allowed === issuer || luaPattern(allowed).test(issuer);

const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : value instanceof Map ? [...(value as ReadonlyMap<string, Json>).values()] : []);

/** One of what is listed is enough; nothing listed asks for nothing. */
const missing = (token: Token, config: Config): string | undefined => {
  const wanted = (name: string): readonly string[] => texts(config[name]);
  const scopes = member(token.claims, 'scope');
  if (wanted('scope').length > 0) {
    if (scopes === undefined) return 'Missing required scope claim';
    if (!textAt(token, 'scope').split(/\s+/).some((scope) => wanted('scope').includes(scope))) return 'Missing required scope';
  }
  if (wanted('realm_roles').length > 0) {
    const access = member(token.claims, 'realm_access');
    const roles = access === undefined ? undefined : member(access, 'roles');
    if (roles === undefined) return 'Missing required realm_access.roles claim';
    if (!list(roles).some((role) => typeof role === 'string' && wanted('realm_roles').includes(role))) return 'Missing required realm role';
  }
  const own = wanted('roles');
  if (own.length > 0 && member(token.claims, 'azp') === undefined) return 'Missing required azp claim';
  for (const pairs of [own.map((role) => `${textAt(token, 'azp')}:${role}`), wanted('client_roles')]) {
    if (pairs.length === 0) continue;
    const access = member(token.claims, 'resource_access');
    if (access === undefined) return 'Missing required resource_access claim';
    const held = access instanceof Map ? [...(access as ReadonlyMap<string, Json>)].flatMap(([client, of]) => list(of).flatMap((roles) => list(roles).map((role) => `${client}:${String(role)}`))) : [];
    if (!pairs.some((pair) => held.includes(pair))) return 'Missing required role';
  }
  return undefined;
};

const makeAuthenticate = () => {
  const known = new Map<string, Published>();

  const signedBy = async (token: Token, { issuer, config, now }: { readonly issuer: string; readonly config: Config; readonly now: number }): Promise<Answer | undefined> => {
    const wellKnown = String(config['well_known_template']).replace('%s', issuer);
    const published = async (): Promise<Published | undefined> => {
      try {
        const fetched = { keys: await keysAt(wellKnown), at: now };
        known.set(issuer, fetched);
        return fetched;
      } catch {
        return undefined;
      }
    };
    const fits = ({ keys }: Published): boolean => keys.some((key) => verifyToken(token, key));
    const held = known.get(issuer) ?? (await published());
    const unknown = exitAnswer(403, { message: 'Unable to get public key for issuer' });
    if (held === undefined) return unknown;
    if (fits(held)) return undefined;
    if (now - held.at > Number(config['iss_key_grace_period'])) {
      const newer = await published();
      if (newer === undefined) return unknown;
      if (fits(newer)) return undefined;
    }
    return exitAnswer(401, { message: 'Invalid token signature' });
  };

  return async (exchange: Exchange, config: Config): Promise<Answer | undefined> => {
    const unauthorized = (message: string): Answer => exitAnswer(401, { message });
    const tokens = [...tokensOf(exchange, config)];
    const [text] = tokens;
    if (text === undefined) return unauthorized('Unauthorized');
    if (tokens.length > 1) return unauthorized('Multiple tokens provided');
    if (text === '') return unauthorized('Unrecognizable token');
    const token = parseToken(text);
    if (typeof token === 'string') return unauthorized('Bad token; nil');
    if (member(token.claims, 'iss') === undefined || !texts(config['allowed_iss']).some((allowed) => allows(allowed, textAt(token, 'iss')))) return unauthorized('Token issuer not allowed');
    if (token.alg !== config['algorithm']) return exitAnswer(403, { message: 'Invalid algorithm' });
    const now = exchange.clock();
    const unsigned = await signedBy(token, { issuer: textAt(token, 'iss'), config, now });
    if (unsigned !== undefined) return unsigned;
    const errors = claimErrors(token, texts(config['claims_to_verify']), Math.floor(now));
    const [first] = Object.entries(errors);
    if (first !== undefined) return unauthorized(`Token claims invalid: ["${first[0]}"]="${first[1]}"`);
    const longest = Number(config['maximum_expiration'] ?? 0);
    if (longest > 0 && Number(member(token.claims, 'exp')) - now > longest) return exitAnswer(403, { message: 'Token claims invalid: ' });
    const lack = missing(token, config);
    return lack === undefined ? undefined : exitAnswer(403, { message: `Access token does not have the required scope/role: ${lack}` });
  };
};

/**
 * An emulation of the community's plugin jwt-keycloak by what its documentation and its source say, at version 1.8: keys come from the issuer that
 * the token names, one of the scopes and roles that are listed is enough, and audience, type and `crit` are not looked at. It was never held
 * against the plugin itself. (https://github.com/telekom/kong-plugin-jwt-keycloak)
 */
export const jwtKeycloak = (): CommunityPlugin => {
  const authenticate = makeAuthenticate();
  const handler: PluginHandler = {
    name: 'jwt-keycloak',
    priority: 1005,
    access: async (exchange, { config }) => {
      if (config['run_on_preflight'] === false && exchange.request.method === 'OPTIONS') return undefined;
      const answer = await authenticate(exchange, config);
      return authenticateWith(exchange, config, () => answer);
    },
  };
  return {
    handler,
    schema: {
      name: 'jwt-keycloak',
      priority: 1005,
      version: '1.8.0',
      fields: [
        { consumer: { type: 'foreign', eq: null, reference: 'consumers' } },
        { protocols: { type: 'set', default: ['grpc', 'grpcs', 'http', 'https'], elements: { type: 'string', one_of: ['grpc', 'grpcs', 'http', 'https'] }, required: true } },
        { config: { type: 'record', required: true, fields: FIELDS } },
      ] as readonly NamedField[],
      entity_checks: [{ conditional: { if_field: 'config.maximum_expiration', if_match: { gt: 0 }, then_field: 'config.claims_to_verify', then_match: { contains: 'exp' } } }],
    },
  };
};
