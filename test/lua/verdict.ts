import { readObject } from '../../src/service/json.ts';
import { issuer } from './gateway.ts';
import { cookie, now, saysWho, spoof } from './hostile.ts';
import type { HostileRequest } from './hostile.ts';

/** What reached the upstream. */
type Lines = readonly (readonly [name: string, value: string])[];

const valuesOf = (lines: Lines, wanted: string): readonly string[] => lines.filter(([name]) => name.toLowerCase() === wanted).map(([,
  value]) => value);
const holds = (claim: unknown, wanted: string, separator: string): boolean =>
  (typeof claim === 'string' ? claim.split(separator) : Array.isArray(claim) ? claim : []).includes(wanted);
const isTime = (value: unknown, from: number, to: number): boolean => typeof value === 'number' && value >= from && value <= to;
const partOf = (segment: string | undefined): Readonly<Record<string, unknown>> | undefined => {
  const bytes = Buffer.from(segment ?? '', 'base64url');
  const read = bytes.toString('base64url') === segment ? readObject(bytes, 16) : '';
  return typeof read === 'string' ? undefined : read.object;
};

/** Why a token whose signature holds must not pass, read by another reader than the guard's; undefined when it may. */
export const objectionTo = (token: string): string | undefined => {
  const segments = token.split('.');
  const [header, claims] = segments.slice(0, 2).map(partOf);
  if (segments.length !== 3 || !header || !claims) return 'not three segments of strict JSON';
  if (header.alg !== 'RS256' || header.kid !== 'k1' || !/^(application\/)?(at\+)?jwt$/i.test(String(header.typ))) return 'alg, kid or typ';
  if (['crit', 'jku', 'jwk', 'x5u', 'x5c', 'b64', 'zip', 'enc', 'iss', 'sub', 'aud'].some((name) => Object.hasOwn(header,
    name))) return 'a header member';
  if (claims.iss !== issuer || !holds(claims.aud, 'orders', '\0')) return 'iss or aud';
  if (typeof claims.sub !== 'string' || claims.sub === '' || /[\0-\x1f\x7f]/.test(claims.sub)) return 'sub';
  if (claims.typ !== 'Bearer' && !(claims.typ === undefined && /at\+jwt$/i.test(String(header.typ)))) return 'typ of the payload';
  if (!isTime(claims.exp, now - 10, 1e11) || (claims.nbf !== undefined && !isTime(claims.nbf, 0, now + 10))) return 'exp or nbf';
  if (claims.iat !== undefined && !isTime(claims.iat, 0, now + 10)) return 'iat';
  if (Object.hasOwn(claims, 'kid') || Object.hasOwn(claims, 'cnf')) return 'kid or cnf';
  return holds(claims.scope ?? claims.scp, 'orders:read', ' ') ? undefined : 'scope';
};

/** What is wrong about a request that reached the upstream with these headers; undefined when all is well. */
export const wrongAboutPassing = (sent: HostileRequest, upstream: Lines, good: string): string | undefined => {
  const [authorization = '', ...more] = valuesOf(upstream, 'authorization');
  const token = authorization.replace(/^Bearer /, '');
  if (more.length > 0 || (token !== good && token !== sent.signed)) return 'another token than the one that was signed';
  const objection = token === good ? undefined : objectionTo(token);
  if (objection !== undefined) return `the token: ${objection}`;
  if (valuesOf(sent.headers, 'authorization').length > 1) return 'two Authorization headers';
  if (/(^|[&;])(access_token|jwt|id_token)\b/i.test(decodeURIComponent(sent.query.replaceAll(/%(?![0-9a-f]{2})/gi,
    '%25')))) return 'a token in the query';
  return wrongAboutHeaders(upstream);
};

/** The claims to an identity among headers that reached the upstream. */
export const wrongAboutHeaders = (upstream: Lines): string | undefined => {
  const claimed = upstream.find(([name, value]) => saysWho(name) && value.includes(spoof));
  if (claimed) return `the client's own ${claimed[0]}`;
  const kept = valuesOf(upstream, 'cookie').flatMap((line) => line.split(';')).find((pair) => pair.split('=')[0]?.trim() === cookie);
  return kept === undefined ? undefined : 'the cookie that carries the token';
};
