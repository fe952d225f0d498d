import { isLikeSecret, isNamedSecret } from '../core/concealed.ts';
import { isSecretInRaw } from './declaration/raw.ts';

/**
 * A text that brings its secret along: a header with its value, a login in an address, a password in a connection string or a query, a text in the
 * quotes of a program.
 */
const SECRET_TEXT =
  /^(proxy-)?(authorization|cookie|x-api-key|api-?key)\s*[:=]|\b(basic|bearer)\s+[A-Za-z0-9+/_=.-]{8,}|:\/\/[^/\s:@]+:[^/\s@]+@|(password|passwd|pwd|secret|token|api[_-]?key)=[^\s&;,'"=]{4,}|(password|passwd|pwd|secret|token|api[_-]?key)['"]?\]?\s*[:=]\s*(["'])[^"'\s]{4,}\4/i;

/** A login in an address is no part of where it is, wherever that is said. */
const LOGIN_IN_ADDRESS = /:\/\/[^/\s:@]+:[^/\s@]+@/;

/** A key of which more than the public half is there (RFC 7518 section 6). */
const PRIVATE_JWK = /"(d|p|q|dp|dq|qi|k)"\s*:\s*"[\w-]{16,}"/;

/** What API Gateway sends, by where and under which name: `overwrite:header.x-functions-key`, `append:querystring.code`. */
const MAPPED = /^(append|overwrite):(header|querystring)\.([\w-]*(key|auth|authorization|cookie|token|secret|password|passwd)|code|sig)$/i;

/** Where what is sent stands by its name: `headers: { X-Key: … }`, `add.headers: [X-Key:…]`. */
const SENT = /^(custom_)?(headers|querystring|body|json)$/i;
const CREDENTIAL_NAME = /(key|auth|token|secret|password|passwd)$/i;
const CREDENTIAL_PAIR = /^[\w.-]*(key|auth|token|secret|password|passwd)\s*[:=]\s*(?!\/\/)\S+$/i;

const namesOf = (path: readonly string[]): readonly string[] => path.filter((name) => !/^\d+$/.test(name));

/** True for a text that no blueprint may hold, as far as its name or its form tells. */
export const isSecretAt = (path: readonly string[], value: string): boolean => {
  if (path[0] !== 'raw' || value === '') return LOGIN_IN_ADDRESS.test(value);
  const names = namesOf(path);
  const [field = '', above = '', further = ''] = names.toReversed();
  if (isSecretInRaw(path, value) || isLikeSecret(field, value) || SECRET_TEXT.test(value) || PRIVATE_JWK.test(value)) return true;
  if (value === 'true' || value === 'false' || value.startsWith('{vault://')) return false;
  if (/^cookie$/i.test(field) && value.includes('=')) return true;
  // One that begins with `$` is taken from the request.
  if (path[1] === 'aws' && MAPPED.test(field) && !value.startsWith('$')) return true;
  // `rename: { headers: [key:other] }` has names on both sides.
  return path[1] === 'kong' && ((SENT.test(above) && CREDENTIAL_NAME.test(field)) || (SENT.test(field) && !/^re(name|move)$/.test(above) && further !== 'routes' && CREDENTIAL_PAIR.test(value)));
};

/** Sections of a blueprint that hold whatever another system takes: there a text may be a secret. */
const isOfOthers = (path: readonly string[]): boolean => path[0] === 'raw' || (path[0] === 'realm' && path[3] === 'mappers' && path[5] === 'config');

/** Fields of plugins that Kong encrypts, and whose name does not say so: a text there is refused. (https://developer.konghq.com/plugins/http-log/reference/) */
const ENCRYPTED_BY_KONG = /^http_endpoint$/;

/**
 * True for a place in which what a reference gives is a secret, by the names of the field and of what stands beside it, or by the form of the text:
 * where an import writes a reference. Such a text may be stated as it is, too; that it is referred to says that it must not be seen.
 */
export const isReferredSecret = (path: readonly string[], text: string, beside: Readonly<Record<string, unknown>>): boolean => {
  if (!isOfOthers(path)) return false;
  const within = path[0] === 'raw' ? path : ['raw', 'keycloak', ...path];
  const field = namesOf(path).at(-1) ?? '';
  return isSecretAt(within, text) || isNamedSecret(beside, field) || (path[1] === 'kong' && ENCRYPTED_BY_KONG.test(field));
};

/** True for a variable that is named as secrets are, referred to where whatever another system takes may stand. */
export const isSecretVariable = (path: readonly string[], variable: string): boolean => isOfOthers(path) && isLikeSecret(variable, 'a value');
