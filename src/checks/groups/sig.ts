import type { JsonWebKey } from 'node:crypto';
import type { Kit } from '../kit/index.ts';
import { askForKeys, keysIn } from '../kit/issuer-keys.ts';
import { attackerKey, b64u, encodeJson, joinParts, partsOf, publicAsSecrets, signJws } from '../kit/jws.ts';
import { protectedReads, protectedRoutes, refuses } from '../refuses.ts';

interface PublishedJwk extends JsonWebKey {
  readonly kid?: string;
  readonly use?: string;
}

/** The issuer's keys, as anyone can fetch them. */
export const publishedKeys = async (kit: Kit): Promise<readonly PublishedJwk[]> => keysIn(await askForKeys(kit)) ?? [];

const signingKey = async (kit: Kit, kid: unknown): Promise<PublishedJwk | undefined> => (await publishedKeys(kit)).find((jwk) => jwk.kid === kid);

const WEAK_SECRETS = ['secret', 'changeme', 'kong', 'password', 'keycloak', 'jwt', 'test', 'admin', '123456', 'your-256-bit-secret', 'key', 'private', ' '];

/** An RSA modulus worth of bytes, as an integer. */
const bytesOf = (value: bigint, length: number): Buffer => Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex');

/** Signatures: only one that the issuer's key made over exactly these bytes counts. */
export const sig = [
  refuses({
    id: 'SIG-01',
    claim: 'an unsigned token (alg none) is refused',
    severity: 'critical',
    source: 'RFC 8725 sections 3.1 and 3.2',
    subjects: protectedRoutes,
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const { header, payload } = partsOf((await kit.good(subject)).reveal());
      return ['none', 'None', 'NONE', 'nOnE', ''].map((alg) => ({ label: `alg "${alg}" and no signature`, token: joinParts({ ...header, alg }, payload, '') }));
    },
  }),
  refuses({
    id: 'SIG-02',
    claim: 'alg none beside the original signature is refused',
    severity: 'critical',
    source: 'RFC 8725 section 2.1',
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const { header, payload, segments } = partsOf((await kit.good(subject)).reveal());
      return [{ label: 'alg none with the signature kept', token: joinParts({ ...header, alg: 'none' }, payload, segments[2]) }];
    },
  }),
  refuses({
    id: 'SIG-03',
    claim: 'changed claims under the original signature are refused',
    severity: 'critical',
    source: 'RFC 7515 section 5.2; RFC 8725 section 3.3',
    subjects: protectedRoutes,
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const { payload, segments } = partsOf((await kit.good(subject)).reveal());
      const changed = (change: object): string => `${segments[0]}.${encodeJson({ ...payload, ...change })}.${segments[2]}`;
      return [
        { label: 'another subject', token: changed({ sub: '00000000-0000-0000-0000-000000000000' }) },
        { label: 'more roles', token: changed({ realm_access: { roles: ['admin', 'customer', 'support'] } }) },
        { label: 'a later expiry', token: changed({ exp: Number(payload.exp) + 600 }) },
      ];
    },
    hint: "is the jwt plugin (or the authorizer) on the route, and does it hold the issuer's key?",
  }),
  refuses({
    id: 'SIG-04',
    claim: 'a truncated signature, or one with a single bit changed, is refused',
    severity: 'critical',
    source: 'RFC 7515 section 5.2',
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const { segments } = partsOf((await kit.good(subject)).reveal());
      const raw = Buffer.from(segments[2], 'base64url');
      const at = (position: number): string => {
        const copy = Buffer.from(raw);
        copy[position] = (copy[position] ?? 0) ^ 1;
        return b64u(copy);
      };
      const front = `${segments[0]}.${segments[1]}.`;
      return [
        { label: 'four characters less', token: `${front}${segments[2].slice(0, -4)}` },
        { label: 'the first bit flipped', token: `${front}${at(0)}` },
        { label: 'the last bit flipped', token: `${front}${at(raw.length - 1)}` },
      ];
    },
  }),
  refuses({
    id: 'SIG-05',
    claim: "an HMAC keyed with the issuer's public key is refused (algorithm confusion)",
    severity: 'critical',
    source: 'RFC 8725 sections 2.1 and 3.1',
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const { header, payload } = partsOf((await kit.good(subject)).reveal());
      const jwk = await signingKey(kit, header.kid);
      if (!jwk) return [];
      return publicAsSecrets(jwk).flatMap(([name, secret]) =>
        ['HS256', 'HS512'].map((alg) => ({ label: `${alg} under ${name}`, token: signJws({ ...header, alg }, payload, Buffer.from(secret), alg) })),
      );
    },
  }),
  refuses({
    id: 'SIG-07',
    claim: 'an HMAC under an empty secret is refused',
    severity: 'critical',
    source: 'RFC 8725 section 3.5',
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const { header, payload } = partsOf((await kit.good(subject)).reveal());
      return ['HS256', 'HS384', 'HS512'].map((alg) => ({ label: `${alg} under no secret`, token: signJws({ ...header, alg }, payload, Buffer.alloc(0), alg) }));
    },
  }),
  refuses({
    id: 'SIG-08',
    claim: 'an HMAC under a common secret is refused',
    severity: 'critical',
    source: 'RFC 8725 section 2.2',
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const { header, payload } = partsOf((await kit.good(subject)).reveal());
      return WEAK_SECRETS.map((secret) => ({ label: `HS256 under "${secret}"`, token: signJws({ ...header, alg: 'HS256' }, payload, Buffer.from(secret), 'HS256') }));
    },
  }),
  refuses({
    id: 'SIG-09',
    claim: 'an alg that is missing or no string is refused',
    severity: 'high',
    source: 'RFC 7515 section 4.1.1',
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const { header, payload, segments } = partsOf((await kit.good(subject)).reveal());
      return [undefined, null, ['RS256'], { alg: 'RS256' }, 1, 'rs256', 'RS256 '].map((alg) => ({
        label: `alg ${JSON.stringify(alg) ?? 'missing'}`,
        token: joinParts({ ...header, alg }, payload, segments[2]),
      }));
    },
  }),
  refuses({
    id: 'SIG-10',
    claim: 'an ECDSA signature of zeros is refused',
    severity: 'critical',
    source: 'CVE-2022-21449',
    attacks: async (kit, subject) => {
      const { header, payload } = partsOf((await kit.good(subject)).reveal());
      return [
        { label: '64 zero bytes', token: joinParts({ ...header, alg: 'ES256' }, payload, b64u(Buffer.alloc(64))) },
        { label: '63 zero bytes', token: joinParts({ ...header, alg: 'ES256' }, payload, b64u(Buffer.alloc(63))) },
        { label: '96 zero bytes', token: joinParts({ ...header, alg: 'ES384' }, payload, b64u(Buffer.alloc(96))) },
      ];
    },
  }),
  refuses({
    id: 'SIG-11',
    claim: 'RSA signatures at the edges of the modulus are refused, never with a 5xx',
    severity: 'high',
    source: 'RFC 8017 section 8.2.2',
    attacks: async (kit, subject) => {
      const { header, segments } = partsOf((await kit.good(subject)).reveal());
      const jwk = await signingKey(kit, header.kid);
      if (!jwk?.n) return [];
      const modulus = Buffer.from(jwk.n, 'base64url');
      const n = BigInt(`0x${modulus.toString('hex')}`);
      const raw = Buffer.from(segments[2], 'base64url');
      const edges: Record<string, Buffer> = {
        'zero': bytesOf(0n, modulus.length),
        'one': bytesOf(1n, modulus.length),
        'n - 1': bytesOf(n - 1n, modulus.length),
        'n': modulus,
        'the signature plus n': bytesOf(BigInt(`0x${raw.toString('hex')}`) + n, modulus.length + 1),
        'a leading zero byte': Buffer.concat([Buffer.alloc(1), raw]),
        'a trailing zero byte': Buffer.concat([raw, Buffer.alloc(1)]),
      };
      return Object.entries(edges).map(([name, bytes]) => ({ label: `a signature of ${name}`, token: `${segments[0]}.${segments[1]}.${b64u(bytes)}` }));
    },
  }),
  refuses({
    id: 'SIG-12',
    claim: "a token signed by the attacker's key under the issuer's key id is refused",
    severity: 'critical',
    source: 'RFC 8725 section 3.8',
    subjects: protectedRoutes,
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const { header, payload } = partsOf((await kit.good(subject)).reveal());
      return [{ label: "the attacker's RS256 signature", token: signJws(header, payload, attackerKey(), 'RS256') }];
    },
  }),
  refuses({
    id: 'SIG-14',
    claim: 'a token whose crit lists an extension nobody knows is refused',
    severity: 'medium',
    source: 'RFC 7515 section 4.1.11',
    needs: ['issuer-key'],
    subjects: (blueprint) => protectedReads(blueprint).filter(({ gateway }) => gateway === 'kong'),
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const good = (await kit.good(subject)).reveal();
      return [['zz'], [], ['exp'], 'zz'].map((crit) => ({
        label: `crit ${JSON.stringify(crit)}`,
        token: kit.harness?.forge(good, { header: { crit, zz: 1 } }) ?? '',
      }));
    },
  }),
  refuses({
    id: 'SIG-15',
    claim: 'a password-based encryption header with a huge iteration count costs nothing',
    severity: 'medium',
    source: 'RFC 8725bis section 3.13',
    within: 1000,
    attacks: () => [
      {
        label: 'PBES2 with a billion iterations',
        token: [encodeJson({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 1_000_000_000, p2s: b64u('salt') }), b64u('key'), b64u('iv'), b64u('text'), b64u('tag')].join('.'),
      },
    ],
  }),
  refuses({
    id: 'SIG-16',
    claim: 'a compressed encrypted token is refused without being unpacked',
    severity: 'medium',
    source: 'RFC 8725 section 3.6',
    within: 1000,
    attacks: () => [
      { label: 'a JWE with zip DEF', token: [encodeJson({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' }), '', b64u('iv'), b64u(Buffer.alloc(4096)), b64u('tag')].join('.') },
    ],
  }),
];
