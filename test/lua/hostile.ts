import fc from 'fast-check';
import { issuer } from './gateway.ts';

/**
 * Requests that an attacker might send, as fast-check draws them. Every text here is a byte string, one character per byte (latin1), because
 * hostile input is bytes. Shrinking leads to a good token in a plain request.
 */
export interface HostileRequest {
  readonly method: string;
  readonly query: string;
  readonly body: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** A token of this request whose signature holds, though what it says may be hostile; empty for none. */
  readonly signed: string;
}

/** The clock of the gateways that judge these: seconds since the epoch. */
export const now = 1_795_228_215;
/** What the upstream must never see again. */
export const spoof = 'authctl-spoofed';
export const cookie = 'c';

/**
 * What of a request gets past nginx: no header line over 8 KB, no more than 32 KB of them, no NUL or line break within one. It answers the rest
 * itself, and no plugin ever meets it.
 */
export const asNginxLetsThrough = (request: HostileRequest): HostileRequest => {
  let room = 32_000;
  const clean = (text: string): string => text.replaceAll(/[\0\r\n]/g, '').slice(0, 8150).trim();
  const headers = request.headers.map(([name, value]) => [clean(name), clean(value)] as const);
  return { ...request, headers: headers.filter(([name, value]) => (room -= name.length + value.length + 4) > 0) };
};

/** Makes the third segment for the first two; pretends or computes, as the judge needs. */
export type Sign = (input: string) => string;

type Members = readonly (readonly [name: string, value: string])[];
const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const b64u = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('base64url');
const json = (value: unknown): string => utf8(JSON.stringify(value));
const membersOf = (object: object): Members => Object.entries(object).map(([name, value]) => [json(name), json(value)]);
const textOf = (members: Members): string => `{${members.map((pair) => pair.join(':')).join(',')}}`;

export const goodHeader = { alg: 'RS256', typ: 'JWT', kid: 'k1' };
export const goodClaims = {
  iss: issuer, aud: 'orders', sub: 'user-1', typ: 'Bearer', azp: 'storefront', scope: 'orders:read orders:write',
  iat: now - 5, exp: now + 300, jti: 'j-1', realm_access: { roles: ['customer'] },
};
export const tokenOf = (sign: Sign, header = textOf(membersOf(goodHeader)), claims = textOf(membersOf(goodClaims))): string => {
  const input = `${b64u(header)}.${b64u(claims)}`;
  return `${input}.${sign(input)}`;
};

const oneOf = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const bytes = (maxLength: number): fc.Arbitrary<string> =>
  fc.uint8Array({ maxLength }).map((drawn) => Buffer.from(drawn).toString('latin1'));

const numbers = oneOf('0', '-0', '-1', '1e5', '1E+400', '1e-400', '-1e999', '01', '+1', '.5', '1.', '0x10', '1e', 'NaN', '-Infinity', '1_0',
  '9007199254740993', '1795229000000', '1'.repeat(400), `${now + 60}.5`, String(now - 3600), String(now + 86_400 * 365 * 50),
    '1795228215e0');
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }).map(json),
  bytes(30).map((raw) => `"${raw}"`),
  oneOf('"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"\\x41"', '"\\u00"', '"', '"a', '"\\"', '"\u0000"', '"\n"', '"\xc0\xaf"',
    '"\xed\xa0\x80"', '"\xff"',
    '"\\u0069ss"', '"orders\\u0000"', '"none"', '"RS256"', '"Bearer"', json('\u202eorders'), json('a\r\nX-Consumer-Username: admin')),
  fc.nat(12_000).map((length) => `"${'a'.repeat(length)}"`),
  fc.nat(2000).map((length) => `"${'\\u00e9'.repeat(length)}"`),
);
const nested = fc.record({ opening: oneOf('[', '{"a":'), depth: fc.nat(1500), closed: fc.boolean() }).map(
  ({ opening, depth, closed }) => `${opening.repeat(depth)}1${closed ? (opening === '[' ? ']' : '}').repeat(depth) : ''}`,
);
const anyJson = fc.oneof(fc.jsonValue().map(json), fc.json({ noUnicodeString: false }).map(utf8));
const values = fc.oneof({ weight: 3, arbitrary: anyJson }, numbers, texts, nested, oneOf('null', 'true', '[]', '{}', '[null]', 'nul', ''));

/** Values that have broken a verifier somewhere, for the member they belong to. */
const tricks: Readonly<Record<string, readonly unknown[]>> = {
  alg: ['none', 'None', 'nOnE', '', 'HS256', 'HS512', 'ES256', 'ES512', 'PS256', 'RS384', 'EdDSA', 'RS256 ', 'RS256\0', 'rs256', ['RS256'],
    null],
  kid: ['k2', 'K1', ' k1', 'k1\0', '../../../../dev/null', "k1' OR '1'='1", 'k1|id', 'http://evil.example/key', '', 'k'.repeat(300), 1,
    ['k1'], null],
  typ: ['at+jwt', 'application/at+jwt', 'jwt', 'JWE', 'logout+jwt', 'dpop+jwt', 'JWT\0', '', null, 1],
  jwk: [{ kty: 'RSA', n: 'AQ', e: 'AQAB' }, { kty: 'oct', k: 'AA' }, null], jku: ['http://evil.example/keys', null],
    x5u: ['http://evil.example/x', null],
  x5c: [['MIIB'], []], x5t: ['AA'], crit: [['exp'], ['b64'], [], 'b64', null], b64: [false, true], zip: ['DEF'], enc: ['A256GCM'],
    p2c: [2e9], cty: ['JWT'],
  iss: [`${issuer}/`, issuer.toUpperCase(), [issuer], { a: issuer }, 'https://evil.example', '', null, 1, `${issuer}\0`,
    'https://id.example/realms/master'],
  aud: ['Orders', 'orders ', '', [], ['billing'], ['billing', 'orders'], ['orders', 1], ['orders', null], [['orders']], { orders: true },
    null, 1],
  sub: ['', null, 1, ['user-1'], 'a\nb', 's'.repeat(256), '\0', { a: 1 }], exp: [0, -1, now, now - 11, now + 1e12, `${now + 60}`,
    [now + 60], null, true],
  nbf: [now + 3600, -1, '0', null], iat: [now + 3600, -1, null, 'x'], 'typ ': ['ID'], cnf: [{ jkt: 'x' }, null, 'x'], acr: ['0', null],
  azp: ['other', 1, null, ''], client_id: ['other', null], scope: ['', ['orders:read'], 'Orders:Read', 'orders:read\u00a0', 'orders', null,
    1, {}],
  scp: ['orders:read'], realm_access: [{ roles: 'admin' }, { roles: { 0: 'admin' } }, [], null, { roles: ['a\r\nb', 'x,admin'] }],
  ['__proto__']: [{ iss: issuer }], constructor: [{}], '': [1], 'iss\0': [issuer], jti: [null],
};
const headerNames = ['alg', 'kid', 'typ', 'jwk', 'jku', 'x5u', 'x5c', 'x5t', 'crit', 'b64', 'zip', 'enc', 'p2c', 'cty', 'iss', 'sub',
  'aud', ''];
const claimNames = ['iss', 'aud', 'sub', 'exp', 'nbf', 'iat', 'typ', 'azp', 'client_id', 'scope', 'scp', 'realm_access', 'cnf', 'acr',
  'kid', 'jti',
  '__proto__', 'constructor', '', 'iss\0'];

type Edit = (members: Members) => Members;
const edits = (names: readonly string[]): fc.Arbitrary<readonly Edit[]> => {
  const named = oneOf(...names).chain((name) =>
    fc.record({ name: fc.constant(json(name)), value: fc.oneof(oneOf(...(tricks[name] ?? ['x'])).map(json), values),
      first: fc.boolean() }));
  const edit = fc.oneof(
    { weight: 5, arbitrary: named.map(({ name, value }): Edit => (members) => [...members.filter(([other]) => other !== name), [name,
      value]]) },
    named.map(({ name }): Edit => (members) => members.filter(([other]) => other !== name)),
    // The member twice: whichever reader takes the first and whichever takes the last.
    named.map(({ name, value, first }): Edit => (members) => (first ? [[name, value], ...members] : [...members, [name, value]])),
    fc.record({ name: texts, value: values }).map(({ name, value }): Edit => (members) => [...members, [name, value]]),
  );
  return fc.array(edit, { maxLength: 3 });
};
const edited = (object: object, names: readonly string[]): fc.Arbitrary<string> =>
  fc.record({ changes: edits(names), frame: oneOf('', ' ', '\n', '\xef\xbb\xbf', '{}', 'x') }).map(
    ({ changes, frame }) => `${frame}${textOf(changes.reduce((members, change) => change(members), membersOf(object)))}`,
  );

/** Bytes changed, put in, taken out, doubled or cut off, somewhere. */
const mutated = (text: string): fc.Arbitrary<string> =>
  fc.array(fc.record({ at: fc.nat(text.length), how: fc.nat(5), raw: bytes(4), length: fc.integer({ min: 1, max: 40 }) }), { minLength: 1,
    maxLength: 3 }).map((steps) =>
    steps.reduce((before, { at, how, raw, length }) => {
      const [head, tail] = [before.slice(0, at), before.slice(at)];
      return [`${head}${raw}${tail.slice(raw.length)}`, `${head}${raw}${tail}`, `${head}${tail.slice(length)}`,
        `${head}${tail.slice(0, length)}${tail}`,
        head, `${head}${tail.slice(0, length).toUpperCase()}${tail.slice(length)}`][how] ?? before;
    }, text));

interface Drawn {
  readonly token: string;
  readonly signed: string;
}
const unsigned = (arbitrary: fc.Arbitrary<string>): fc.Arbitrary<Drawn> => arbitrary.map((token) => ({ token, signed: '' }));

const hostileTokens = (good: string, sign: Sign): fc.Arbitrary<Drawn> => {
  const [header = '', payload = '', signature = ''] = good.split('.');
  const headers = edited(goodHeader, headerNames);
  const claims = edited(goodClaims, claimNames);
  const parts = fc.record({ head: headers, body: claims, tail: oneOf(signature, '', 'AA', signature.slice(0, -4), `${signature}A`,
    'A'.repeat(342), signature.toLowerCase()) });
  const escape = (text: string): string => text.replaceAll('-', '+').replaceAll('_', '/');
  return fc.oneof(
    // The issuer itself signed this: only what it says can be held against it.
    { weight: 4, arbitrary: claims.map((body) => tokenOf(sign, undefined, body)).map((token) => ({ token, signed: token })) },
    { weight: 2, arbitrary: headers.map((head) => tokenOf(sign, head)).map((token) => ({ token, signed: token })) },
    { weight: 2, arbitrary: fc.tuple(headers, claims).map(([head, body]) => tokenOf(sign, head, body)).map((token) => ({ token,
      signed: token })) },
    { weight: 3, arbitrary: unsigned(parts.map(({ head, body, tail }) => `${b64u(head)}.${b64u(body)}.${tail}`)) },
    { weight: 4, arbitrary: unsigned(mutated(good)) },
    { weight: 2, arbitrary: unsigned(mutated(textOf(membersOf(goodClaims))).map((body) => `${header}.${b64u(body)}.${signature}`)) },
    unsigned(fc.tuple(bytes(60), bytes(60), bytes(300)).map((three) => three.map(b64u).join('.'))),
    unsigned(bytes(400)),
    unsigned(values),
    // Other serializations, other shapes, other spellings of the same bytes.
    unsigned(fc.tuple(headers, fc.array(bytes(80), { minLength: 4, maxLength: 4 })).map(([head, four]) => [head,
      ...four].map(b64u).join('.'))),
    unsigned(oneOf(json({ payload, signatures: [{ protected: header, signature }] }), json({ payload, protected: header, signature }),
      `${header}.${payload}`, `${header}.${payload}.`, `.${payload}.${signature}`, `${header}..${signature}`, `${good}.`,
        `${good}.${signature}`, `.${good}`, '..', '.', '',
      escape(good), `${good}=`, `${header}=.${payload}=.${signature}=`, good.replaceAll('.', ' . '), good.replaceAll('.', '%2e'),
        `"${good}"`, `${good},${good}`,
      `${good} ${good}`, good.split('.').toReversed().join('.'), `${b64u(good)}.${b64u(good)}.${b64u(good)}`,
        `${b64u('{"alg":"none"}')}.${payload}.`)),
    // Long runs, for a reader that goes over the same text again and again.
    unsigned(fc.tuple(oneOf('', 'a', 'a='), oneOf('.', 'A', 'A.', '=', '%', '\xff', '[', ' ', '\t', ' x', '; ', '=;'), fc.nat(8000),
      oneOf('', 'b', '=b'))
      .map(([before, unit, count, after]) => `${before}${unit.repeat(count / unit.length)}${after}`)),
  );
};

const schemes = oneOf('Bearer ', 'bearer ', 'BEARER  ', 'Bearer\t', ' Bearer ', 'Bearer', 'Bearer: ', 'Bearer=', 'Bearer,', 'Basic ',
  'DPoP ', 'Token ', 'JWT ', '',
  'Bearer Bearer ', 'Basic x, Bearer ', 'Bearer\xa0', 'Bearer\v', 'Bearer \0', '\xefBearer ');
const authorizationNames = oneOf('Authorization', 'authorization', 'AUTHORIZATION');
const cookieLine = (token: string): fc.Arbitrary<string> =>
  fc.tuple(oneOf('', 'a=1; ', 'c=; ', 'C=x; ', ';;', ' \t', 'c; ', 'x=', '"', '$Version=1; ', `${'a=b; '.repeat(200)}`), oneOf('c', 'c',
    'c', 'C', ' c ', 'c ', 'cc', '"c"', 'c\0'),
    oneOf('=', '=', '=', ' = ', '==', ''), oneOf('', '; b=2', ';', ';c=x', `; ${spoof}=1`, '\t')).map(([before, name, equals,
      after]) => `${before}${name}${equals}${token}${after}`);

const identityNames = ['X-Consumer-ID', 'X-Consumer-Username', 'X-Consumer-Custom-ID', 'X-Consumer-Groups', 'X-Credential-Identifier',
  'X-Anonymous-Consumer',
  'X-Authenticated-Groups', 'X-Authenticated-Scope', 'X-Authenticated-Userid', 'X-Userinfo', 'X-Access-Token', 'X-ID-Token',
    'X-Forwarded-User',
  'X-Forwarded-Email', 'X-Forwarded-Groups', 'X-Forwarded-Preferred-Username', 'X-Forwarded-Access-Token', 'X-Auth-Subject',
    'X-Auth-Roles', 'X-Auth-Scope',
  'X-Auth-Client', 'X-User', 'X-User-Id', 'X-Remote-User', 'Remote-User', 'OIDC_CLAIM_sub', 'X-Original-URL', 'X-HTTP-Method-Override',
    'X-Decision-Id'];
const folded = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-');
const identities = new Set(identityNames.map(folded));
/** True for a name under which an upstream might read who the caller is, in whatever spelling. */
export const saysWho = (name: string): boolean => identities.has(folded(name)) || folded(name).startsWith('x-consumer-');
const spelled = oneOf(...identityNames).chain((name) => oneOf(name, name.toLowerCase(), name.toUpperCase(), name.replaceAll('-', '_'),
  name.replace('-', '_'),
  name.replaceAll('-', '.'), name.replaceAll('-', '~')));
const odd = (good: string): fc.Arbitrary<readonly [string, string]> => fc.oneof(
  { weight: 4, arbitrary: fc.tuple(spelled, oneOf(spoof, `${spoof}, x`, `\t${spoof}`, `${spoof}\xff`)) },
  fc.tuple(oneOf('X-Authorization', 'Proxy-Authorization', 'X-Access-Token', 'Authorization2', 'X-Token'), fc.constant(`Bearer ${good}`)),
  fc.tuple(oneOf('Origin', 'Referer'), oneOf('https://evil.example', 'null', 'https://app.example', 'https://app.example.evil.example', '',
    '\xff', 'https://[::1', 'file:///')),
  fc.tuple(oneOf('Sec-Fetch-Site'), oneOf('cross-site', 'same-origin', 'none', '')),
  fc.tuple(oneOf('Content-Type'), oneOf('application/x-www-form-urlencoded', 'APPLICATION/X-WWW-FORM-URLENCODED; x', 'text/plain',
    'application/json', '\0', ';')),
  fc.tuple(oneOf('Upgrade', 'X-Requested-With', 'Accept', 'X-Forwarded-Proto', 'Via', 'Forwarded'), oneOf('websocket', 'https', '',
    'x'.repeat(3000))),
);

/** Hundreds of lines, to hide one among them or to make the gateway work. */
const flood: fc.Arbitrary<HostileRequest['headers']> = fc.tuple(spelled, fc.integer({ min: 1, max: 1200 }), fc.nat(1)).map(([name, count,
  own]) =>
  Array.from({ length: count }, (_, at) => [own === 0 ? `${name}-${at}` : name, spoof] as const));

/**
 * One request: a hostile token where the good one would stand, or the good one among hostile company. `sign` gives a signature that holds for the judge.
 */
export const hostileRequests = (good: string, sign: Sign): fc.Arbitrary<HostileRequest> => {
  const drawn = fc.oneof({ weight: 5, arbitrary: hostileTokens(good, sign) }, fc.constant({ token: good, signed: '' }));
  return drawn.chain(({ token, signed }) => {
    const line = (value: string) => schemes.chain((scheme) => authorizationNames.map((name) => [name, `${scheme}${value}`] as const));
    const plain = fc.constant([['Authorization', `Bearer ${token}`]] as const);
    const inCookie = (value: string) => cookieLine(value).map((text) => ['Cookie', text] as const);
    const placed: fc.Arbitrary<HostileRequest['headers']> = fc.oneof(
      { weight: 8, arbitrary: plain },
      line(token).map((one) => [one]),
      inCookie(token).map((one) => [one]),
      fc.tuple(line(token), line(good)),
      fc.tuple(line(good), line(token)),
      fc.tuple(line(good), inCookie(token)),
      fc.tuple(inCookie(good), inCookie(token)),
      fc.constant([]),
    );
    const parameters = fc.oneof({ weight: 8, arbitrary: fc.constant('') }, oneOf('access_token=', 'jwt=', 'a=b&JWT[]=', '%61ccess_token=',
      'a;id_token=', '%zz&=&', 'x=')
      .map((name) => `${name}${encodeURIComponent(token.slice(0, 200))}`));
    return fc.record({
      method: fc.oneof({ weight: 4, arbitrary: fc.constant('GET') }, oneOf('POST', 'DELETE', 'PUT', 'HEAD', 'OPTIONS', 'PATCH')),
      query: parameters,
      body: parameters,
      headers: fc.tuple(placed, fc.oneof({ weight: 30, arbitrary: fc.constant([]) }, { weight: 15, arbitrary: fc.array(odd(good),
        { maxLength: 6 }) }, flood)).map((both) => both.flat()),
      signed: fc.constant(signed),
    });
  });
};
