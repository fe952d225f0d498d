// Writes test/data/dpop/vectors.json anew: bound tokens and proofs (RFC 9449), good and bad, that the gateway's guard and the middleware judge alike. By jose
// alone (Ed448, which it has not, by Node), so that neither of them is measured by itself. `node scripts/dpop-vectors.js`; the keys are made for it and forgotten.
import { createHash, createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CompactSign, SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';

const issuer = 'https://id.example/realms/shop';
const origin = 'https://api.example';
const now = 1_795_228_215;
const window = 60;
const leeway = 5;
const encoder = new TextEncoder();

const pairOf = async (alg, options) => {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, ...options });
  const jwk = await exportJWK(publicKey);
  return { alg, privateKey, jwk, secret: await exportJWK(privateKey), thumbprint: await calculateJwkThumbprint(jwk) };
};
const signer = await pairOf('RS256');
const stranger = await pairOf('RS256');
const holder = await pairOf('ES256');
const thief = await pairOf('ES256');
const others = { EdDSA: await pairOf('EdDSA', { crv: 'Ed25519' }), ES384: await pairOf('ES384'), ES512: await pairOf('ES512'), RS256: await pairOf('RS256'), PS256: await pairOf('PS256') };

/** Keycloak calls an access token by what it is bound with. */
const tokenFor = (cnf, { key = signer.privateKey, ...claims } = {}) =>
  new SignJWT({ iss: issuer, aud: 'orders', sub: 'user-1', typ: 'DPoP', azp: 'storefront', scope: 'orders:read', iat: now - 5, exp: now + 300, ...(cnf && { cnf }), ...claims })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'k1' })
    .sign(key);
const bound = await tokenFor({ jkt: holder.thumbprint });
const hash = (text) => createHash('sha256').update(text).digest('base64url');

/** A proof of `holder` for `GET /orders/7` with the bound token, but for what is given. A member that is `undefined` is left out. */
const proofOf = async ({ claims = {}, header = {}, by = holder, token = bound } = {}) =>
  new CompactSign(encoder.encode(JSON.stringify({ jti: randomBytes(12).toString('base64url'), htm: 'GET', htu: `${origin}/orders/7`, iat: now, ath: hash(token), ...claims })))
    .setProtectedHeader({ typ: 'dpop+jwt', alg: by.alg, jwk: by.jwk, ...header })
    .sign(by.privateKey, header.crit ? { crit: { other: true } } : {});
const b64u = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const changed = (jws, at, change) => jws.split('.').map((part, index) => (index === at ? change(part) : part)).join('.');

const vectors = [];
const add = (name, expect, { method = 'GET', path = '/orders/7', authorization, dpop } = {}) =>
  vectors.push({ name, expect, method, path, authorization: authorization ?? [`DPoP ${bound}`], dpop });
const passes = (name, given) => add(name, 'passes', given);
const proofless = (name, given) => add(name, 'invalid_dpop_proof', given);
const badToken = (name, given) => add(name, 'invalid_token', given);

const good = await proofOf();
passes('a bound token with a proof of its key', { dpop: [good] });
proofless('the same proof again', { dpop: [good] });
passes('another proof with the same token', { dpop: [await proofOf()] });
passes('a scheme in capitals', { authorization: [`DPOP ${bound}`], dpop: [await proofOf()] });
passes('a query, which the proof leaves out', { path: '/orders/7?full=1', dpop: [await proofOf()] });
passes('a query and a fragment in htu, which do not count', { dpop: [await proofOf({ claims: { htu: `${origin}/orders/7?x=1#y` } })] });
passes('an origin in capitals, with its default port', { dpop: [await proofOf({ claims: { htu: 'HTTPS://API.EXAMPLE:443/orders/7' } })] });
passes('escapes of what needs none', { path: '/orders/%37', dpop: [await proofOf()] });
passes('escapes in small letters', { path: '/orders/%c3%a9', dpop: [await proofOf({ claims: { htu: `${origin}/orders/%C3%A9` } })] });
passes('a proof of the last moment', { dpop: [await proofOf({ claims: { iat: now - window } })] });
passes('a proof of a clock that is a little ahead', { dpop: [await proofOf({ claims: { iat: now + leeway } })] });
passes('a type in capitals', { dpop: [await proofOf({ header: { typ: 'DPoP+JWT' } })] });
passes('another method, for that method', { method: 'POST', path: '/orders', dpop: [await proofOf({ claims: { htm: 'POST', htu: `${origin}/orders` } })] });
for (const [alg, pair] of Object.entries(others)) {
  const token = await tokenFor({ jkt: pair.thumbprint });
  passes(`a key of ${alg}`, { authorization: [`DPoP ${token}`], dpop: [await proofOf({ by: pair, token })] });
}
{
  const { privateKey, publicKey } = generateKeyPairSync('ed448');
  const { crv, kty, x } = publicKey.export({ format: 'jwk' });
  const token = await tokenFor({ jkt: hash(JSON.stringify({ crv, kty, x })) });
  const signed = [{ typ: 'dpop+jwt', alg: 'EdDSA', jwk: { crv, kty, x } }, { jti: randomBytes(12).toString('base64url'), htm: 'GET', htu: `${origin}/orders/7`, iat: now, ath: hash(token) }].map(b64u).join('.');
  passes('a key of EdDSA on the other curve', { authorization: [`DPoP ${token}`], dpop: [`${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`] });
}
passes('a key as browsers export it', { dpop: [await proofOf({ header: { jwk: { ...holder.jwk, ext: true, key_ops: ['verify'] } } })] });
passes('a moment with a fraction', { dpop: [await proofOf({ claims: { iat: now - 0.25 } })] });
{
  // (r, n - s) is a signature of the same by the same key: another text, and no other proof.
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const once = await proofOf();
  passes('a proof of which the signature has another form', { dpop: [once] });
  proofless('the same proof with its signature in that form', { dpop: [changed(once, 2, (part) => {
    const bytes = Buffer.from(part, 'base64url');
    const other = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
    return Buffer.concat([bytes.subarray(0, 32), Buffer.from(other.toString(16).padStart(64, '0'), 'hex')]).toString('base64url');
  })] });
}

proofless('no proof: a token that somebody stole', { dpop: [] });
proofless('two proofs', { dpop: [await proofOf(), await proofOf()] });
proofless('a proof by another key', { dpop: [await proofOf({ by: thief })] });
proofless('the key of the token, signed by another', { dpop: [await proofOf({ by: thief, header: { jwk: holder.jwk } })] });
proofless('a proof for another method', { dpop: [await proofOf({ claims: { htm: 'POST' } })] });
proofless('a method in small letters', { dpop: [await proofOf({ claims: { htm: 'get' } })] });
proofless('a proof for another path', { dpop: [await proofOf({ claims: { htu: `${origin}/orders/8` } })] });
proofless('a proof for a path with a slash more', { dpop: [await proofOf({ claims: { htu: `${origin}/orders/7/` } })] });
proofless('a proof for the path in capitals', { dpop: [await proofOf({ claims: { htu: `${origin}/Orders/7` } })] });
proofless('a proof for another host', { dpop: [await proofOf({ claims: { htu: 'https://evil.example/orders/7' } })] });
proofless('a proof for a host that begins so', { dpop: [await proofOf({ claims: { htu: `${origin}.evil.example/orders/7` } })] });
proofless('a proof for the host as a user', { dpop: [await proofOf({ claims: { htu: `${origin}@evil.example/orders/7` } })] });
proofless('a proof for another port', { dpop: [await proofOf({ claims: { htu: `${origin}:8443/orders/7` } })] });
proofless('a proof for plain http', { dpop: [await proofOf({ claims: { htu: 'http://api.example/orders/7' } })] });
proofless('a path alone', { dpop: [await proofOf({ claims: { htu: '/orders/7' } })] });
proofless('a list of addresses', { dpop: [await proofOf({ claims: { htu: [`${origin}/orders/7`] } })] });
for (const name of ['htm', 'htu', 'iat', 'ath', 'jti']) proofless(`a proof without ${name}`, { dpop: [await proofOf({ claims: { [name]: undefined } })] });
proofless('a proof that is too old', { dpop: [await proofOf({ claims: { iat: now - window - leeway - 1 } })] });
proofless('a proof of an hour ago', { dpop: [await proofOf({ claims: { iat: now - 3600 } })] });
proofless('a proof of the future', { dpop: [await proofOf({ claims: { iat: now + leeway + 1 } })] });
proofless('a moment as text', { dpop: [await proofOf({ claims: { iat: String(now) } })] });
proofless('a moment in milliseconds', { dpop: [await proofOf({ claims: { iat: now * 1000 } })] });
proofless('a proof for another token', { dpop: [await proofOf({ claims: { ath: hash('another') } })] });
proofless('the hash in hex', { dpop: [await proofOf({ claims: { ath: createHash('sha256').update(bound).digest('hex') } })] });
proofless('an empty jti', { dpop: [await proofOf({ claims: { jti: '' } })] });
proofless('a jti without end', { dpop: [await proofOf({ claims: { jti: 'x'.repeat(256) } })] });
proofless('a jti with a line break', { dpop: [await proofOf({ claims: { jti: 'a\nb' } })] });
proofless('a jti as a number', { dpop: [await proofOf({ claims: { jti: 7 } })] });
proofless('another type', { dpop: [await proofOf({ header: { typ: 'JWT' } })] });
proofless('no type', { dpop: [await proofOf({ header: { typ: undefined } })] });
proofless('a type with a prefix', { dpop: [await proofOf({ header: { typ: 'application/dpop+jwt' } })] });
proofless('no key', { dpop: [await proofOf({ header: { jwk: undefined } })] });
proofless('the private key', { dpop: [await proofOf({ header: { jwk: holder.secret } })] });
proofless('a key for encryption', { dpop: [await proofOf({ header: { jwk: { ...holder.jwk, use: 'enc' } } })] });
proofless('a key of another algorithm', { dpop: [await proofOf({ header: { jwk: { ...holder.jwk, alg: 'ES384' } } })] });
proofless('a key that is elsewhere', { dpop: [await proofOf({ header: { jku: `${origin}/keys` } })] });
proofless('an extension that nobody knows', { dpop: [await proofOf({ header: { crit: ['other'], other: 1 } })] });
proofless('no signature (alg none)', { dpop: [`${b64u({ typ: 'dpop+jwt', alg: 'none', jwk: holder.jwk })}.${(await proofOf()).split('.')[1]}.`] });
proofless('alg none beside a signature', { dpop: [changed(await proofOf(), 0, () => b64u({ typ: 'dpop+jwt', alg: 'none', jwk: holder.jwk }))] });
proofless('an HMAC', { dpop: [changed(await proofOf(), 0, () => b64u({ typ: 'dpop+jwt', alg: 'HS256', jwk: { kty: 'oct', k: b64u('secret') } }))] });
proofless('a signature of zeros', { dpop: [changed(await proofOf(), 2, () => Buffer.alloc(64).toString('base64url'))] });
proofless('a signature that is cut off', { dpop: [changed(await proofOf(), 2, (part) => part.slice(0, -4))] });
proofless('claims that were changed', { dpop: [changed(await proofOf(), 1, () => b64u({ jti: 'x', htm: 'GET', htu: `${origin}/orders/7`, iat: now, ath: hash(bound) }))] });
proofless('a member that stands there twice', { dpop: [changed(await proofOf(), 1, (part) => b64u(Buffer.from(part, 'base64url').toString().replace('{', '{"htm":"GET",')))] });
proofless('a member that stands there twice, once escaped', { dpop: [changed(await proofOf(), 1, (part) => b64u(Buffer.from(part, 'base64url').toString().replace('{', '{"\\u0068tm":"GET",')))] });
proofless('claims that are a list', { dpop: [changed(await proofOf(), 1, () => b64u([]))] });
proofless('padding', { dpop: [`${await proofOf()}=`] });
proofless('a text that is none', { dpop: ['x'] });
proofless('nothing', { dpop: [''] });
proofless('the token as its own proof', { dpop: [bound] });
proofless('more than a proof needs', { dpop: [await proofOf({ claims: { more: 'x'.repeat(3500) } })] });

badToken('the bound token as a bearer, without a proof', { authorization: [`Bearer ${bound}`], dpop: [] });
badToken('the bound token as a bearer, with a good proof', { authorization: [`Bearer ${bound}`], dpop: [await proofOf()] });
const unbound = await tokenFor(undefined);
badToken('a token that is bound to nothing, as a bearer', { authorization: [`Bearer ${unbound}`], dpop: [] });
badToken('a token that is bound to nothing, with a proof', { authorization: [`DPoP ${unbound}`], dpop: [await proofOf({ token: unbound })] });
for (const [name, cnf] of Object.entries({ 'a certificate': { 'x5t#S256': hash('x') }, 'a key and a certificate': { jkt: holder.thumbprint, 'x5t#S256': hash('x') }, 'a key that is written out': { jwk: holder.jwk }, 'a number': { jkt: 7 }, 'nothing': {} })) {
  const token = await tokenFor(cnf);
  badToken(`a token that is bound to ${name}`, { authorization: [`DPoP ${token}`], dpop: [await proofOf({ token })] });
}
const forged = await tokenFor({ jkt: thief.thumbprint }, { key: stranger.privateKey });
badToken("a token that nobody trusted signed, bound to the thief's key", { authorization: [`DPoP ${forged}`], dpop: [await proofOf({ by: thief, token: forged })] });
const bearer = await tokenFor({ jkt: holder.thumbprint }, { typ: 'Bearer' });
badToken('a bound token that calls itself a bearer', { authorization: [`DPoP ${bearer}`], dpop: [await proofOf({ token: bearer })] });
const ended = await tokenFor({ jkt: holder.thumbprint }, { exp: now - 60 });
badToken('a bound token that has ended', { authorization: [`DPoP ${ended}`], dpop: [await proofOf({ token: ended })] });
add('no token, and a proof', 'no_token', { authorization: [], dpop: [await proofOf()] });
passes('a good one at the end: nothing of all that stays', { dpop: [await proofOf()] });

// Where proofs must hold a nonce (RFC 9449 section 9), each judged at a moment of its own. `tells`: the answer has the nonce of then in DPoP-Nonce.
const secret = 'what-nonces-of-these-vectors-are-made-of';
const lifetime = 300;
const period = Math.floor(now / lifetime);
const [early, late] = [period * lifetime + 2, (period + 1) * lifetime - 2];
const nonceOf = (of, by = secret) => createHmac('sha256', by).update(`authctl-dpop-nonce:${of}`).digest().subarray(0, 16).toString('base64url');
const lasting = await tokenFor({ jkt: holder.thumbprint }, { iat: now - 60 });
const asked = [];
const withNonce = async (name, expect, tells, nonce, { at = now, claims = {}, ...given } = {}) => {
  const dpop = given.dpop ?? [await proofOf({ token: lasting, claims: { iat: at, nonce, ...claims } })];
  asked.push({ name, expect, tells, at, next: nonceOf(Math.floor(at / lifetime)), method: 'GET', path: '/orders/7', authorization: [`DPoP ${lasting}`], ...given, dpop });
};
const once = randomBytes(12).toString('base64url');
await withNonce('a proof without a nonce', 'use_dpop_nonce', true, undefined, { claims: { jti: once } });
await withNonce('the same with the nonce that was told', 'passes', false, nonceOf(period), { claims: { jti: once } });
await withNonce('a proof with the nonce of now', 'passes', false, nonceOf(period));
await withNonce('the same proof again', 'invalid_dpop_proof', false, undefined, { dpop: asked.at(-1).dpop });
await withNonce('the nonce of the last period', 'passes', true, nonceOf(period - 1));
await withNonce('the same proof again, with the nonce of the last period', 'invalid_dpop_proof', true, undefined, { dpop: asked.at(-1).dpop });
await withNonce('a nonce of the period before the last', 'use_dpop_nonce', true, nonceOf(period - 2));
await withNonce('a nonce of long ago', 'use_dpop_nonce', true, nonceOf(period - 1000));
await withNonce('a nonce of the next period, far from its beginning', 'use_dpop_nonce', true, nonceOf(period + 1));
await withNonce('a nonce of the next period, by a node whose clock is ahead', 'passes', true, nonceOf(period + 1), { at: late });
await withNonce('a nonce of the one after the next', 'use_dpop_nonce', true, nonceOf(period + 2), { at: late });
await withNonce('a nonce of the period before the last, by a node whose clock is behind', 'passes', true, nonceOf(period - 2), { at: early });
await withNonce('a nonce of one period earlier still', 'use_dpop_nonce', true, nonceOf(period - 3), { at: early });
await withNonce('a nonce of another secret', 'use_dpop_nonce', true, nonceOf(period, `${secret}s`));
await withNonce('a nonce that somebody made up', 'use_dpop_nonce', true, randomBytes(16).toString('base64url'));
await withNonce('a nonce that is cut off', 'use_dpop_nonce', true, nonceOf(period).slice(0, -1));
await withNonce('a nonce with more after it', 'use_dpop_nonce', true, `${nonceOf(period)}A`);
await withNonce('a nonce in other letters', 'use_dpop_nonce', true, nonceOf(period).toUpperCase());
await withNonce('an empty nonce', 'use_dpop_nonce', true, '');
await withNonce('a number as the nonce', 'use_dpop_nonce', true, period);
await withNonce('a list as the nonce', 'use_dpop_nonce', true, [nonceOf(period)]);
await withNonce('null as the nonce', 'use_dpop_nonce', true, null);
await withNonce('the nonce in another claim', 'use_dpop_nonce', true, undefined, { claims: { state: nonceOf(period) } });
await withNonce('a good nonce for another method', 'invalid_dpop_proof', false, nonceOf(period), { claims: { htm: 'POST' } });
await withNonce('a good nonce in a proof of an hour ago', 'invalid_dpop_proof', false, nonceOf(period), { claims: { iat: now - 3600 } });
await withNonce('a good nonce in a proof that somebody changed', 'invalid_dpop_proof', false, undefined, {
  dpop: [changed(await proofOf({ token: lasting }), 1, () => b64u({ jti: 'x', htm: 'GET', htu: `${origin}/orders/7`, iat: now, ath: hash(lasting), nonce: nonceOf(period) }))],
});
await withNonce('a good nonce with the proof of a thief', 'invalid_dpop_proof', false, undefined, { dpop: [await proofOf({ by: thief, token: lasting, claims: { nonce: nonceOf(period) } })] });
await withNonce('a good nonce beside the token as a bearer', 'invalid_token', false, nonceOf(period), { authorization: [`Bearer ${lasting}`] });
await withNonce('a good one at the end', 'passes', false, nonceOf(period));

const folder = fileURLToPath(new URL('../test/data/dpop', import.meta.url));
mkdirSync(folder, { recursive: true });
const keys = [{ ...signer.jwk, kid: 'k1', alg: 'RS256', use: 'sig' }];
writeFileSync(`${folder}/vectors.json`, `${JSON.stringify({ made: 'by node scripts/dpop-vectors.js', now, window, leeway, issuer, audience: 'orders', origins: [origin], jwks: { keys }, vectors, nonces: { secret, lifetime, vectors: asked } }, null, 1)}\n`);
process.stdout.write(`${String(vectors.length)} vectors, ${String(asked.length)} with nonces\n`);
