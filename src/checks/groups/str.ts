import { b64u, encodeJson, joinParts, partsOf, signSegments } from '../kit/jws.ts';
import { behindKong, protectedReads, protectedRoutes, refuses } from '../refuses.ts';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const rs = (payload: unknown): string => joinParts({ alg: 'RS256', typ: 'JWT', kid: 'x' }, payload, 'A'.repeat(342));

/** Structure: what is not a well-formed compact JWS over JSON objects is refused before anything looks at it. */
export const str = [
  refuses({
    id: 'STR-01',
    credential: 'any',
    claim: 'a request without a token is refused with 401 and a challenge that names no error',
    severity: 'critical',
    source: 'RFC 6750 section 3; RFC 9110 section 11.6.1',
    subjects: protectedRoutes,
    challenge: 'none',
    attacks: () => [{ label: 'no token' }],
  }),
  refuses({
    id: 'STR-02',
    claim: 'an empty bearer value is refused',
    severity: 'high',
    source: 'RFC 6750 section 2.1',
    attacks: () => [
      { label: 'an empty bearer value', headers: [['Authorization', 'Bearer ']] },
      { label: 'the scheme alone', headers: [['Authorization', 'Bearer']] },
    ],
  }),
  refuses({
    id: 'STR-03',
    claim: 'a bearer value that is not a JWT is refused',
    severity: 'high',
    source: 'RFC 7519 section 7.2',
    challenge: 'invalid_token',
    attacks: () => ['garbage', 'a.b', '..', '.', 'null', 'eyJ', '%00', '{}'].map((token) => ({ label: `the token ${token}`, token })),
  }),
  refuses({
    id: 'STR-04',
    claim: 'a token without its third segment is refused',
    severity: 'high',
    source: 'RFC 7515 section 7.1',
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const [header, payload] = partsOf((await kit.good(subject)).reveal()).segments;
      return [{ label: 'header and payload alone', token: `${header}.${payload}` }];
    },
  }),
  refuses({
    id: 'STR-05',
    claim: 'a token with an empty signature is refused',
    severity: 'critical',
    source: 'RFC 7515 section 5.2',
    challenge: 'invalid_token',
    subjects: protectedRoutes,
    attacks: async (kit, subject) => {
      const [header, payload] = partsOf((await kit.good(subject)).reveal()).segments;
      return [{ label: 'an empty signature', token: `${header}.${payload}.` }];
    },
  }),
  refuses({
    id: 'STR-06',
    claim: 'a token with an empty header or payload is refused',
    severity: 'high',
    source: 'RFC 7515 section 5.2',
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const [header, payload, signature] = partsOf((await kit.good(subject)).reveal()).segments;
      return [
        { label: 'an empty payload', token: `${header}..${signature}` },
        { label: 'an empty header', token: `.${payload}.${signature}` },
      ];
    },
  }),
  refuses({
    id: 'STR-07',
    claim: 'a token with a fourth segment is refused',
    severity: 'high',
    source: 'RFC 7515 section 7.1',
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      const token = (await kit.good(subject)).reveal();
      return [
        { label: 'a fourth segment', token: `${token}.x` },
        { label: 'a dot at the end', token: `${token}.` },
      ];
    },
  }),
  refuses({
    id: 'STR-08',
    claim: 'an encrypted token (five segments) is refused by a verifier of signatures',
    severity: 'high',
    source: 'RFC 7516 section 9',
    challenge: 'invalid_token',
    attacks: () => [
      { label: 'a JWE', token: [encodeJson({ alg: 'RSA-OAEP', enc: 'A256GCM' }), b64u('key'), b64u('iv'), b64u('text'), b64u('tag')].join('.') },
    ],
  }),
  refuses({
    id: 'STR-09',
    claim: 'the JSON serialization of a good token is refused',
    severity: 'high',
    source: 'RFC 7515 section 7.2; RFC 7519 section 1',
    attacks: async (kit, subject) => {
      const [header, payload, signature] = partsOf((await kit.good(subject)).reveal()).segments;
      return [
        { label: 'the general JSON form', token: JSON.stringify({ payload, signatures: [{ protected: header, signature }] }) },
        { label: 'the flattened JSON form', token: JSON.stringify({ payload, protected: header, signature }) },
      ];
    },
  }),
  refuses({
    id: 'STR-10',
    claim: 'a header that is not a JSON object is refused',
    severity: 'high',
    source: 'RFC 7515 section 4; RFC 8725 section 3.10',
    attacks: async (kit, subject) => {
      const [, payload, signature] = partsOf((await kit.good(subject)).reveal()).segments;
      return ['null', '[]', '"x"', '1', 'true', '{', ''].map((text) => ({ label: `the header ${text || 'of no bytes'}`, token: `${b64u(text)}.${payload}.${signature}` }));
    },
  }),
  refuses({
    id: 'STR-11',
    claim: 'a payload that is JSON null is refused, never with a 5xx',
    severity: 'high',
    source: 'RFC 7519 section 7.2 step 10',
    attacks: async (kit, subject) => {
      const [header, , signature] = partsOf((await kit.good(subject)).reveal()).segments;
      return [{ label: 'the payload null', token: `${header}.${b64u('null')}.${signature}` }];
    },
  }),
  refuses({
    id: 'STR-12',
    claim: 'a payload that is a JSON string, list, number or boolean is refused, never with a 5xx',
    severity: 'medium',
    source: 'RFC 7519 section 7.2',
    attacks: async (kit, subject) => {
      const [header, , signature] = partsOf((await kit.good(subject)).reveal()).segments;
      return ['"x"', '[]', '1', 'true', '{', '{}x', ' '].map((text) => ({ label: `the payload ${text}`, token: `${header}.${b64u(text)}.${signature}` }));
    },
  }),
  refuses({
    id: 'STR-13',
    claim: 'an issuer that is not a string is refused before any signature is looked at, never with a 5xx',
    severity: 'high',
    source: 'RFC 7519 section 4.1.1',
    attacks: () => [1, true, null, ['x'], { a: 1 }, 1e308].map((iss) => ({ label: `the issuer ${JSON.stringify(iss)}`, token: rs({ iss, exp: 4e9 }) })),
  }),
  refuses({
    id: 'STR-14',
    claim: 'a signature with characters outside base64url, or with unused bits set, is refused',
    severity: 'medium',
    source: 'RFC 7515 section 2; RFC 4648 section 5',
    subjects: behindKong(protectedReads),
    attacks: async (kit, subject) => {
      const [header, payload, signature] = partsOf((await kit.good(subject)).reveal()).segments;
      const made = [' ', '+', '/', '=', '~', '!', '*', '%0a'].map((foreign) => ({
        label: `${foreign === ' ' ? 'a space' : foreign} in the signature`,
        token: `${header}.${payload}.${signature.slice(0, 10)}${foreign}${signature.slice(10)}`,
      }));
      const last = BASE64URL.indexOf(signature.at(-1) ?? 'A');
      // 256 bytes leave four unused bits in the last character: setting one changes no byte.
      const loose = `${signature.slice(0, -1)}${BASE64URL[last | 1] ?? 'A'}`;
      return [
        ...made,
        { label: 'padding after the signature', token: `${header}.${payload}.${signature}==` },
        ...(loose === signature ? [] : [{ label: 'unused bits set in the signature', token: `${header}.${payload}.${loose}` }]),
      ];
    },
  }),
  refuses({
    id: 'STR-15',
    claim: 'a payload that names a member twice is refused',
    severity: 'medium',
    source: 'RFC 7519 section 4; RFC 8725 section 2.6',
    needs: ['issuer-key'],
    subjects: behindKong(protectedReads),
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      if (!kit.harness) return [];
      const { header, payload } = partsOf((await kit.good(subject)).reveal());
      const text = JSON.stringify(payload);
      const twice = `{"sub":"victim",${text.slice(1)}`;
      return [
        {
          label: 'the member sub twice',
          token: signSegments(encodeJson({ ...header, kid: kit.harness.kid, alg: kit.harness.alg }), b64u(twice), kit.harness.key, kit.harness.alg),
        },
      ];
    },
  }),
  refuses({
    id: 'STR-16',
    claim: 'claims that are not UTF-8 are refused',
    severity: 'low',
    source: 'RFC 8725 section 3.7; RFC 7519 section 7.2 step 10',
    needs: ['issuer-key'],
    subjects: behindKong(protectedReads),
    challenge: 'invalid_token',
    attacks: async (kit, subject) => {
      if (!kit.harness) return [];
      const { header, payload } = partsOf((await kit.good(subject)).reveal());
      const text = JSON.stringify({ ...payload, nickname: '@@' });
      const bytes = Buffer.from(text);
      const at = bytes.indexOf('@@');
      bytes[at] = 0xff;
      bytes[at + 1] = 0xfe;
      return [
        {
          label: 'the bytes ff fe in a claim',
          token: signSegments(encodeJson({ ...header, kid: kit.harness.kid, alg: kit.harness.alg }), b64u(bytes), kit.harness.key, kit.harness.alg),
        },
      ];
    },
  }),
  refuses({
    id: 'STR-17',
    claim: 'an oversize token is refused within a second',
    severity: 'medium',
    source: 'OWASP API4:2023; RFC 6585 section 5',
    status: [400, 401, 413, 431],
    within: 1000,
    attacks: () => [65_536, 1_048_576].map((size) => ({ label: `a token of ${size} bytes`, token: `eyJ.${'A'.repeat(size)}.x` })),
  }),
];
