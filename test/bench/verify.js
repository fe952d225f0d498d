// What one token costs that was not seen before: `authctl-service` against fast-jwt, jose, and the signature alone. Processor time of the whole process, so that
// other work on the machine counts for nobody; in short turns, many of them, each with texts of its own, for nobody here keeps a token that it has seen. Run `npm run build` first, then
// `node test/bench/verify.js [rounds]`; `--write` puts the figures into docs/service.md. Exit 2 when the middleware costs a tenth more than fast-jwt.
import { generateKeyPairSync, verify } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { SignJWT, createLocalJWKSet, jwtVerify } from 'jose';
import { createVerifier as createFastVerifier } from 'fast-jwt';
import { createVerifier, fromNode } from 'authctl-service';

const ROUNDS = Number(process.argv.find((word) => /^\d+$/.test(word)) ?? 400);
const TOKENS = 100;
const WARM_UP = 40;
const LIMIT = 1.1;
const issuer = 'https://id.example/realms/shop';
const audience = 'orders';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'key-1', alg: 'RS256', use: 'sig' }] };
const pem = publicKey.export({ type: 'spki', format: 'pem' });
/** As Keycloak makes them. */
const sign = (/** @type {number} */ number) =>
  new SignJWT({
    jti: `onrtac:${String(number)}`, typ: 'Bearer', azp: 'storefront', sid: `s-${String(number)}`, acr: '1', 'allowed-origins': ['https://shop.example'], scope: 'openid profile orders:read',
    realm_access: { roles: ['customer', 'offline_access'] }, email_verified: true, preferred_username: 'alice', given_name: 'Alice', family_name: 'Larsson',
  })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'key-1' })
    .setIssuer(issuer).setAudience(audience).setSubject('8f1c3c2e-8a0f-4f4e-9a52-5d5a6c1f0b11').setIssuedAt().setExpirationTime('1h')
    .sign(privateKey);

const ours = createVerifier({ issuer, audience, jwks });
const fast = createFastVerifier({ key: pem, algorithms: ['RS256'], allowedIss: issuer, allowedAud: audience, clockTolerance: 5000, cache: false });
const keys = createLocalJWKSet(jwks);
const must = (/** @type {boolean} */ held, /** @type {string} */ who) => {
  if (!held) throw new Error(`${who} refused a good token`);
};

/** @typedef {import('authctl-service').NodeRequest} Wire */
/** As Node gives a request: a header is one text, not two that are still to be put together. @returns {Wire} */
const wireOf = (/** @type {string} */ token) => ({ method: 'GET', url: '/orders', rawHeaders: ['Host', 'api.example', 'Authorization', Buffer.from(`Bearer ${token}`).toString('latin1')], socket: { remoteAddress: '127.0.0.1' } });

/** What each is asked, and what it answers: a promise or not, awaited alike. */
const subjects = {
  'the signature alone': (/** @type {string} */ token) => {
    const dot = token.lastIndexOf('.');
    return verify('sha256', Buffer.from(token.slice(0, dot)), publicKey, Buffer.from(token.slice(dot + 1), 'base64url'));
  },
  'fast-jwt': (/** @type {string} */ token) => fast(token),
  'authctl-service': (/** @type {string} */ _, /** @type {Wire} */ wire) => ours.verify(fromNode(wire)),
  jose: (/** @type {string} */ token) => jwtVerify(token, keys, { issuer, audience, algorithms: ['RS256'], clockTolerance: 5 }),
};
/** @type {Record<keyof typeof subjects, (answer: any) => boolean>} */
const holds = { 'the signature alone': (held) => held === true, 'fast-jwt': ({ sub }) => sub !== undefined, 'authctl-service': ({ ok }) => ok, jose: ({ payload }) => payload.sub !== undefined };

const names = /** @type {(keyof typeof subjects)[]} */ (Object.keys(subjects));
const signed = await Promise.all(Array.from({ length: TOKENS }, (_, index) => sign(index)));
/** @type {Record<string, number[]>} */
const times = Object.fromEntries(names.map((name) => [name, []]));
for (let round = 0; round < ROUNDS + WARM_UP; round += 1) {
  for (let turn = 0; turn < names.length; turn += 1) {
    const name = names[(turn + round) % names.length] ?? 'jose';
    const run = subjects[name];
    const held = holds[name];
    const tokens = signed.map((token) => Buffer.from(token).toString('latin1'));
    const wires = tokens.map(wireOf);
    const before = process.cpuUsage();
    for (const [index, token] of tokens.entries()) must(held(await run(token, /** @type {Wire} */ (wires[index]))), name);
    const { user, system } = process.cpuUsage(before);
    if (round >= WARM_UP) times[name]?.push((user + system) / TOKENS);
  }
}
const median = (/** @type {number[]} */ list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
const figures = Object.fromEntries(Object.entries(times).map(([name, list]) => [name, Number(median(list).toFixed(1))]));
const ratio = median((times['authctl-service'] ?? []).map((time, round) => time / (times['fast-jwt']?.[round] ?? 1)));
for (const [name, time] of Object.entries(figures)) process.stdout.write(`${name.padEnd(22)} ${time.toFixed(1).padStart(7)} us of processor time\n`);
process.stdout.write(`authctl-service / fast-jwt ${ratio.toFixed(2)} (limit ${String(LIMIT)})\n`);
if (process.argv.includes('--write')) {
  const page = 'docs/service.md';
  const rows = Object.entries(figures).map(([name, time]) => `| ${name} | ${time.toFixed(1)} µs |`);
  const table = ['| one fresh token, RS256 with 2048 bits | processor time |', '| --- | --- |', ...rows, `| authctl-service / fast-jwt, median of rounds | ${ratio.toFixed(2)} |`].join('\n');
  writeFileSync(page, readFileSync(page, 'utf8').replace(/(<!-- figures -->\n)[^]*(<!-- \/figures -->)/, (_, before, after) => `${before}\n${table}\n\n${after}`));
}
process.exitCode = ratio <= LIMIT ? 0 : 2;
