import { isObject, isTable } from './errors.ts';
import { loadCertificate, loadKey, publicPem } from './keys.ts';
import { routeFault } from './router-expression.ts';
import { checkTransformHeader, checkTransformPair, checkTransformValue } from './transformers.ts';
import { isRegex, textChecks, type Verdict } from './typedefs.ts';
import type { Row } from './types.ts';
import { parseLooseUrl } from './url.ts';

/** Says what is wrong with a piece of Lua source, as `loadstring` would, or nothing when it compiles. */
export type LuaSyntax = (source: string) => string | undefined;

/** What Kong's schemas keep as functions, by the names that `fn` uses. */
export interface Functions {
  readonly value: (name: string, value: unknown) => Verdict;
  readonly entity: (name: string, entity: Row) => Verdict;
  readonly shorthand: (name: string, value: unknown) => Row | undefined;
}

const INVALID_KEY =
  'invalid key: pkey.new:load_key: error:1E08010C:DECODER routines:OSSL_DECODER_from_bio:unsupported:encode_decode/decoder_lib.c:102:';

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

const onText = (check: (value: string) => Verdict) => (value: unknown): Verdict => (typeof value === 'string' ? check(value) : undefined);

const isPresent = (value: unknown): boolean => typeof value === 'string' && value !== '';

const requestTermination = (config: unknown): Verdict => {
  const { message, content_type: contentType, body, echo } = config as Row;
  if (isPresent(message) && (isPresent(contentType) || isPresent(body))) return 'message cannot be used with content_type or body';
  if (isPresent(contentType) && !isPresent(body)) return 'content_type requires a body';
  return echo === true && (isPresent(contentType) || isPresent(body)) ? 'echo cannot be used with content_type and body' : undefined;
};

const PERIODS = ['second', 'minute', 'hour', 'day', 'month', 'year'];

const rateLimiting = (config: unknown): Verdict => {
  const row = config as Row;
  const given = PERIODS.flatMap((period) => (typeof row[period] === 'number' ? [{ period, limit: row[period] }] : []));
  for (const [index, lower] of given.entries()) {
    const upper = given.slice(index + 1).find(({ limit }) => limit < lower.limit);
    if (upper) {
      return `The limit for ${upper.period}(${upper.limit.toFixed(1)}) cannot be lower than ` +
        `the limit for ${lower.period}(${lower.limit.toFixed(1)})`;
    }
  }
  if (row['policy'] !== 'redis') return row['sync_rate'] === -1 ? undefined : 'sync_rate can only be used with the redis policy';
  const rate = row['sync_rate'];
  return typeof rate === 'number' && rate !== -1 && rate < 0.02 ? 'sync_rate must be greater than 0.02, or -1 to disable' : undefined;
};

const httpLog = (config: unknown): Verdict => {
  const { http_endpoint: endpoint, headers } = config as Row;
  const user = typeof endpoint === 'string' ? parseLooseUrl(endpoint)?.userinfo : undefined;
  const authorization = isObject(headers) && Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  return user !== undefined && authorization
    ? "specifying both an 'Authorization' header and user info in 'http_endpoint' is not allowed"
    : undefined;
};

const resourceAttributes = (attributes: unknown): Verdict => {
  for (const value of Object.values(attributes as Row)) {
    if (isTable(value) || value === null) return `invalid type of value: ${value === null ? 'userdata' : 'table'}`;
    if (value === '') return 'required field missing';
  }
  return undefined;
};

const pemKeys = (value: unknown): Verdict => {
  const { public_key: publicText, private_key: privateText } = value as Row;
  const publicKey = typeof publicText === 'string' ? loadKey(publicText) : undefined;
  const privateKey = typeof privateText === 'string' ? loadKey(privateText) : undefined;
  if (typeof publicText === 'string' && publicKey?.type !== 'public') return 'could not load public key';
  if (typeof privateText === 'string' && privateKey?.type !== 'private') return 'could not load private key';
  return publicKey && privateKey && publicPem(publicKey) !== publicPem(privateKey) ? 'public key does not match private key' : undefined;
};

const matches = (certificate: unknown, key: unknown): boolean => {
  const cert = typeof certificate === 'string' ? loadCertificate(certificate) : undefined;
  const loaded = typeof key === 'string' ? loadKey(key) : undefined;
  return cert !== undefined && loaded !== undefined && publicPem(cert.publicKey) === publicPem(loaded);
};

const keyMaterial = ({ jwk, kid, pem }: Row): Verdict => {
  if (typeof jwk === 'string') {
    let parsed: unknown;
    try {
      parsed = JSON.parse(jwk);
    } catch {
      return 'could not json decode jwk string';
    }
    if (!isObject(parsed) || parsed['kid'] !== kid) return 'kid in jwk.kid must be equal to keys.kid';
    if (!loadKey(jwk)) return 'could not load JWK, likely not a valid key';
  }
  return isObject(pem) && pem['private_key'] === undefined && pem['public_key'] === undefined
    ? 'need to supply a PEM formatted public and/or private key.'
    : undefined;
};

const caCertificate = ({ cert }: Row): Verdict => {
  const text = String(cert);
  if (text.split('-----BEGIN CERTIFICATE-----').length > 2) return 'please submit only one certificate at a time';
  const loaded = loadCertificate(text);
  if (loaded && Date.parse(loaded.validTo) < Date.now()) return 'certificate expired, "Not After" time is in the past';
  return loaded?.ca ? undefined : 'certificate does not appear to be a CA because it is missing the "CA" basic constraint';
};

const entityChecks: Readonly<Record<string, (entity: Row) => Verdict>> = {
  accept: () => undefined,
  route_expression: routeFault,
  certificate_matches_key: ({ cert, key }) => (matches(cert, key) ? undefined : 'certificate does not match key'),
  alternative_matches_key: ({ cert_alt: cert, key_alt: key }) =>
    typeof cert !== 'string' || typeof key !== 'string' || matches(cert, key) ? undefined : 'alternative certificate does not match key',
  certificate_types_differ: ({ cert, cert_alt: other }) => {
    if (typeof cert !== 'string' || typeof other !== 'string') return undefined;
    return loadCertificate(cert)?.publicKey.asymmetricKeyType === loadCertificate(other)?.publicKey.asymmetricKeyType
      ? 'certificate and alternative certificate need to have different type (e.g. RSA and ECDSA), ' +
        'the provided certificates were both of the same type'
      : undefined;
  },
  key_material: keyMaterial,
  ca_certificate: caCertificate,
};

const shorthands: Readonly<Record<string, (value: unknown) => Row | undefined>> = {
  service_url: (value) => {
    const parsed = parseLooseUrl(value === null ? 'userdata: NULL' : String(value));
    if (!parsed) return undefined;
    const port = parsed.port === undefined || !Number.isFinite(Number(parsed.port)) ? undefined : Number(parsed.port);
    const protocol = parsed.scheme ?? (port === 443 ? 'https' : 'http');
    return {
      protocol,
      host: parsed.host ?? null,
      port: port ?? parsed.port ?? DEFAULT_PORTS[protocol] ?? 80,
      path: parsed.path ?? null,
    };
  },
  opentelemetry_endpoint: (value) => ({ traces_endpoint: value }),
  upstream_algorithm: (value) =>
    value === 'least-connections' || value === 'latency' ? { algorithm: value, hash_on: null } : { algorithm: value },
  upstream_hash_on: (value) =>
    value === null
      ? { hash_on: 'none' }
      : { hash_on: value, algorithm: value === 'none' ? 'round-robin' : 'consistent-hashing' },
};

const named = <Kind>(table: Readonly<Record<string, Kind>>, name: string): Kind => {
  const found = table[name];
  if (found === undefined) throw new Error(`a schema names the function "${name}", which does not exist`);
  return found;
};

export const makeFunctions = (luaSyntax: LuaSyntax): Functions => {
  const lua = (plugin: string) => onText((source) => {
    const fault = luaSyntax(source);
    return fault === undefined ? undefined : `error parsing ${plugin}: ${fault}`;
  });
  const values: Readonly<Record<string, (value: unknown) => Verdict>> = {
    ...Object.fromEntries(Object.entries(textChecks).map(([name, check]) => [name, onText(check)])),
    origin: onText((value) => (value === '*' || isRegex(value) ? undefined : `'${value}' is not a valid regex`)),
    public_key: onText((value) => (loadKey(value) ? undefined : 'invalid key')),
    certificate: onText((value) => (loadCertificate(value) ? undefined : 'invalid certificate: x509.new: not a PEM or DER certificate')),
    key: onText((value) => (loadKey(value) ? undefined : INVALID_KEY)),
    pem_keys: pemKeys,
    request_termination: requestTermination,
    rate_limiting: rateLimiting,
    http_log: httpLog,
    resource_attributes: resourceAttributes,
    lua_pre_function: lua('pre-function'),
    lua_post_function: lua('post-function'),
    transform_header: onText(checkTransformHeader),
    transform_header_pair: onText(checkTransformPair),
    transform_value: onText(checkTransformValue),
  };
  return {
    value: (name, value) => named(values, name)(value),
    entity: (name, entity) => named(entityChecks, name)(entity),
    shorthand: (name, value) => named(shorthands, name)(value),
  };
};
