import { concealed } from '../core/concealed.ts';
import { isObject } from '../core/json.ts';
import { Secret } from '../core/secret.ts';
import { isSecretInRaw } from '../blueprint/declaration/raw.ts';

/** Further names under which secrets are kept, beside those that the loader and the providers know. */
const SECRET_FIELD = /((encryption|hmac|mac|aws|shared|master|license|account|storage)[._-]?key|secret[._-]?id|keystore.?password|passphrase|pwd|passcode)$/i;
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
  if (isSecretInRaw(path, value) || concealed(value, field) instanceof Secret || SECRET_TEXT.test(value) || PRIVATE_JWK.test(value)) return true;
  if (value === 'true' || value === 'false' || value.startsWith('{vault://')) return false;
  if (SECRET_FIELD.test(field) || (/^cookie$/i.test(field) && value.includes('='))) return true;
  // One that begins with `$` is taken from the request.
  if (path[1] === 'aws' && MAPPED.test(field) && !value.startsWith('$')) return true;
  // `rename: { headers: [key:other] }` has names on both sides.
  return path[1] === 'kong' && ((SENT.test(above) && CREDENTIAL_NAME.test(field)) || (SENT.test(field) && !/^re(name|move)$/.test(above) && further !== 'routes' && CREDENTIAL_PAIR.test(value)));
};

/** Fields of a mapper that name what another of its fields holds. */
const NAMED_BY: Readonly<Record<string, readonly string[]>> = {
  'claim.value': ['claim.name'],
  claim: ['claim.name'],
  'attribute.value': ['attribute', 'attribute.name', 'user.model.attribute.name'],
};

/** True where the name of a secret stands beside its value: a claim `api_key` that a mapper sets to one text for everybody. */
export const isNamedSecret = (held: unknown, field: string): boolean =>
  isObject(held) && (NAMED_BY[field] ?? []).some((name) => {
    const said = [held[name]].flat()[0];
    return typeof said === 'string' && (concealed('x', said) instanceof Secret || SECRET_FIELD.test(said));
  }); // prettier-ignore
