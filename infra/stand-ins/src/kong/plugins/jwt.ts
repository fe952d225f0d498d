import { exitAnswer, type Answer } from '../proxy/answer.ts';
import { cookieOf } from '../proxy/cookies.ts';
import { queryOf, type Exchange } from '../proxy/exchange.ts';
import { findCached, foreignId } from '../proxy/lookup.ts';
import { bytes } from '../proxy/text.ts';
import { decodeBase64Url } from '../lua/cjson.ts';
import { authenticateWith, setConsumer } from './auth.ts';
import { texts } from './config.ts';
import { member, parseToken, verifyToken, type Token } from './jwt-token.ts';
import type { Configured, PluginHandler } from './types.ts';

type Config = Configured['config'];

/** Every different token the client sent, in the query, in cookies and in headers (where the word "Bearer" must stand before it). */
export const tokensOf = (exchange: Exchange, config: Config): ReadonlySet<string> => {
  const tokens = new Set<string>();
  const args = queryOf(exchange);
  for (const name of texts(config['uri_param_names'])) {
    const value = args.get(name);
    if (value === undefined) continue;
    for (const token of typeof value === 'string' || value === true ? [value] : value) {
      // An argument without "=" is `true` in Lua; it is no string, so the plugin cannot read it as a token.
      if (token !== '') tokens.add(token === true ? '' : token);
    }
  }
  for (const name of texts(config['cookie_names'])) {
    const value = cookieOf(exchange.request.headers, name);
    if (value !== undefined && value !== '') tokens.add(value);
  }
  for (const name of texts(config['header_names'])) {
    const found = /\s*[Bb]earer\s+(.+)/.exec(exchange.request.headers.get(name) ?? '');
    if (found?.[1] !== undefined) tokens.add(found[1]);
  }
  return tokens;
};

/** What is wrong with the registered claims that are to be verified, by name. */
export const claimErrors = ({ claims }: Token, wanted: readonly string[], now: number): Record<string, string> => {
  const errors: Record<string, string> = {};
  for (const name of wanted) {
    const value = member(claims, name);
    if (typeof value !== 'number') errors[name] = 'must be a number';
    else if (name === 'nbf' && value > now) errors[name] = 'token not valid yet';
    else if (name === 'exp' && value <= now) errors[name] = 'token expired';
  }
  return errors;
};

const authenticate = (exchange: Exchange, config: Config): Answer | undefined => {
  const { realm } = config;
  const challenge = typeof realm === 'string' ? `Bearer realm="${bytes(realm)}"` : 'Bearer';
  const unauthorized = (body: object): Answer => exitAnswer(401, body, [['WWW-Authenticate', `${challenge} error="invalid_token"`]]);
  const tokens = [...tokensOf(exchange, config)];
  const [text] = tokens;
  if (text === undefined) return exitAnswer(401, { message: 'Unauthorized' }, [['WWW-Authenticate', challenge]]);
  if (tokens.length > 1) return unauthorized({ message: 'Multiple tokens provided' });
  if (text === '') return unauthorized({ message: 'Unrecognizable token' });

  const token = parseToken(text);
  if (typeof token === 'string') return unauthorized({ message: `Bad token; ${token}` });

  const claim = String(config['key_claim_name']);
  const inClaims = member(token.claims, bytes(claim));
  const key = inClaims === undefined || inClaims === false ? member(token.header, bytes(claim)) : inClaims;
  if (key === undefined || key === false) return unauthorized({ message: `No mandatory '${claim}' in claims` });
  if (key === '') return unauthorized({ message: `Invalid '${claim}' in claims` });
  if (typeof key !== 'string') throw new TypeError(`the claim "${claim}" is not a string`);

  const credential = findCached(exchange.store, 'jwt_secrets', 'key', key);
  if (credential === undefined) return unauthorized({ message: `No credentials found for given '${claim}'` });
  const algorithm = typeof credential['algorithm'] === 'string' ? credential['algorithm'] : 'HS256';
  if (token.alg !== algorithm) return unauthorized({ message: 'Invalid algorithm' });
  const secret = algorithm.startsWith('HS') ? credential['secret'] : credential['rsa_public_key'];
  const decoded = typeof secret !== 'string' ? undefined
    : algorithm.startsWith('HS') && config['secret_is_base64'] === true ? decodeBase64Url(secret) : bytes(secret);
  if (decoded === undefined) return unauthorized({ message: 'Invalid key/secret' });
  if (!verifyToken(token, decoded)) return unauthorized({ message: 'Invalid signature' });

  const now = Math.floor(exchange.clock());
  const errors = claimErrors(token, texts(config['claims_to_verify']), now);
  if (Object.keys(errors).length > 0) return unauthorized(errors);
  const longest = config['maximum_expiration'];
  if (typeof longest === 'number' && longest > 0) {
    const exp = member(token.claims, 'exp');
    if (exp === undefined || Number(exp) - now > longest) return unauthorized({ exp: 'exceeds maximum allowed expiration' });
  }
  const consumer = exchange.store.byId('consumers', foreignId(credential, 'consumer') ?? '');
  if (consumer === undefined) return exitAnswer(401, { message: `Could not find consumer for '${claim}=${key}'` });
  setConsumer(exchange, consumer, credential, credential['key']);
  exchange.shared.set('authenticated_jwt_token', text);
  return undefined;
};

/**
 * Kong's jwt plugin, with what it does not check: audience, type, `crit`, and any claim that is not in `claims_to_verify`.
 * (kong/plugins/jwt/handler.lua)
 */
export const jwt: PluginHandler = {
  name: 'jwt',
  priority: 1450,
  access: (exchange, { config }) => authenticateWith(exchange, config, () => authenticate(exchange, config)),
};
