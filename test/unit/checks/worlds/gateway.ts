import { createHash, verify as verifySignature } from 'node:crypto';
import { SESSION_PATH } from '../../../../src/blueprint/checks/access.ts';
import type { Blueprint, Route, Service } from '../../../../src/blueprint/types.ts';
import type { HttpAnswer } from '../../../../src/checks/kit/http.ts';
import type { RecordedCall } from '../../../../src/checks/kit/recorder.ts';
import { signInDemand } from '../../../../src/access/index.ts';
import { publicOrigin } from '../../../../src/patterns/session-service.ts';
import { cookieSection, sessionAudience } from '../../../../src/patterns/token-cookie.ts';
import { harness, publicKeys } from './issuer.ts';
import type { Further } from './further.ts';
import type { Issuer } from './issuer.ts';
import { answerOf } from './incoming.ts';
import { thumbprintOf } from './certificates.ts';
import type { Incoming } from './incoming.ts';
import { createNonces, createProofJudge } from './proofs.ts';
import type { SessionService } from './sessions.ts';
import { createPublicKey } from 'node:crypto';
import type { Now } from './world.ts';

type Claims = Readonly<Record<string, unknown>>;
/** Where a request comes in: at a gateway, or at the service itself. */
export type Entrance = 'kong' | 'aws' | 'service';

interface Tried {
  readonly route: Route;
  readonly names: readonly string[];
  readonly pattern: RegExp;
}
const lastOf = ({ path }: Route): number => (path.endsWith('/**') ? 10 - path.length / 1000 : Number(path.includes('{')));
const kindsOf = ({ hosts, headers }: Route): number => Number(hosts.length > 0) + Number(Object.keys(headers).length > 0);
const takes = ({ hosts, headers }: Route, { header }: Pick<Incoming, 'header'>): boolean =>
  (hosts.length === 0 || hosts.some((host) => host === header('host') || (host.startsWith('*') && (header('host') ?? '').endsWith(host.slice(1))))) &&
  Object.entries(headers).every(([name, values]) => values.includes(header(name) ?? ''));
const patternOf = ({ path }: Route): RegExp => {
  const sent = path.replaceAll(/[^ -~]+/g, (letters) => encodeURIComponent(letters)).replaceAll('.', '\\.');
  return new RegExp(`^${sent.replaceAll(/\{[^}]+\}/g, '([^/;%]+)').replace('**', '(?!.*(//|/\\.{1,2}(/|$)))[^;%\\\\]*')}$`);
};
const routes = new WeakMap<Service, readonly Tried[]>();
/** What is written out goes before what is a variable. */
const tried = (service: Service): readonly Tried[] => {
  const made = routes.get(service) ?? service.routes
    .toSorted((one, other) => lastOf(one) - lastOf(other))
    .toSorted((one, other) => kindsOf(other) - kindsOf(one))
    .map((route) => ({
      route,
      names: [...route.path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]!),
      pattern: patternOf(route),
    }));
  routes.set(service, made);
  return made;
};

export const routeAt = (blueprint: Blueprint, entrance: Entrance, { method, path, host, header }: Pick<Incoming, 'method' | 'path' | 'host' | 'header'>): { readonly service: Service; readonly route: Route; readonly object: string | undefined } | undefined => {
  for (const service of Object.values(blueprint.services)) {
    if (entrance === 'service' && new URL(service.upstream).host !== host) continue;
    for (const { route, names, pattern } of tried(service)) {
      if (entrance !== 'service' && !route.gateways.includes(entrance)) continue;
      if (entrance === 'kong' && !takes(route, { header })) continue;
      const found = pattern.exec(path);
      const object = found?.[names.indexOf(route.ownedBy ?? '') + 1];
      if (found && (route.methods.some((one) => one === method) || method === 'OPTIONS')) return { service, route, object: route.ownedBy === undefined ? undefined : object };
    }
  }
  return undefined;
};

/** At which path a request goes on to its service: Kong takes off what a route says, before its `**` or all of it. */
export const sentOn = (blueprint: Blueprint, entrance: Entrance, request: Incoming): string => {
  const route = entrance === 'kong' ? routeAt(blueprint, entrance, request)?.route : undefined;
  if (route?.stripPath !== true) return request.path;
  return route.path.endsWith('/**') ? request.path.slice(route.path.length - '/**'.length) : '/';
};

const refusal = (status: number, error?: string): HttpAnswer =>
  answerOf(status, { message: 'no' }, {
    'cache-control': 'no-store',
    ...(status === 401 && { 'www-authenticate': error === undefined ? 'Bearer realm="shop"' : `Bearer realm="shop", error="${error}"` }),
    ...(status === 403 && error !== undefined && { 'www-authenticate': `Bearer error="${error}"` }),
  });
const noToken = refusal(401);
const badToken = refusal(401, 'invalid_token');

const harnessPublic = createPublicKey({ key: publicKeys[1], format: 'jwk' });
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const jktOf = ({ cnf }: Claims): string | undefined => (typeof cnf === 'object' && cnf !== null && 'jkt' in cnf && !('x5t#S256' in cnf) ? String(cnf.jkt) : undefined);
const x5tOf = ({ cnf }: Claims): string | undefined =>
  (typeof cnf === 'object' && cnf !== null && 'x5t#S256' in cnf && !('jkt' in cnf) && isText(cnf['x5t#S256']) ? cnf['x5t#S256'] : undefined);
const isNumber = (value: unknown): value is number => typeof value === 'number';

const judged = new Map<string, Claims | undefined>();
/** The claims of a token that the harness key signed, when nothing about its form is odd. Every route is shown the same ones: judged once. */
const forged = (token: string): Claims | undefined => {
  if (!judged.has(token)) judged.set(token, judge(token));
  return judged.get(token);
};
const judge = (token: string): Claims | undefined => {
  const parts = token.split('.');
  if (parts.length !== 3 || !parts.every((part) => /^[\w-]+$/.test(part) && Buffer.from(part, 'base64url').toString('base64url') === part)) return undefined;
  const [head, body, signature] = parts as [string, string, string];
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(body, 'base64url'));
    const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as Claims;
    const claims = JSON.parse(text) as Claims;
    // A member that stands there twice is gone when the text is made anew.
    if (JSON.stringify(claims) !== text || header.kid !== harness.kid || header.alg !== 'RS256' || header.typ !== 'JWT' || 'crit' in header) return undefined;
    return verifySignature('sha256', Buffer.from(`${head}.${body}`), harnessPublic, Buffer.from(signature, 'base64url')) ? claims : undefined;
  } catch {
    return undefined;
  }
};

interface Parts {
  readonly blueprint: Blueprint;
  readonly issuer: Issuer;
  readonly further: Further;
  readonly sessions: SessionService;
  readonly now: Now;
  readonly record: (service: Service, check: string | undefined, call: RecordedCall) => void;
}

/** Kong, API Gateway, and services that verify themselves: right about everything that the catalogue asks. */
export const createGateway = ({ blueprint, issuer, further, sessions, now, record }: Parts) => {
  const seconds = (): number => now() / 1000;
  const proven = createProofJudge(now, (blueprint.targets.kong?.proxy.url ?? '').replace(/\/$/, ''));

  const claimsOf = (token: string, entrance: Entrance, { authentication: { token: placement, pattern, issuer: wanted }, audience }: Pick<Service, 'authentication' | 'audience'>): Claims | undefined => {
    if (pattern === 'opaque') return issuer.isAlive(token) && [issuer.claimsOf(token)?.aud].flat().includes(audience) ? issuer.claimsOf(token) : undefined;
    const claims = issuer.claimsOf(token) ?? forged(token);
    const bound = placement.bound === 'dpop';
    if (entrance === 'kong' && claims !== undefined && (bound ? jktOf(claims) === undefined : placement.bound === 'mtls' ? x5tOf(claims) === undefined : 'cnf' in claims)) return undefined;
    if (!claims || claims.iss !== (wanted ?? blueprint.issuer) || (entrance !== 'aws' && claims.typ !== (bound ? 'DPoP' : 'Bearer')) || !isText(claims.sub) || !isNumber(claims.exp)) return undefined;
    const { leeway, maxLifetime } = placement;
    if (claims.exp + leeway <= seconds() || claims.exp > seconds() + 1e9) return undefined;
    if (maxLifetime !== undefined && claims.exp - Number(claims.iat) > maxLifetime) return undefined;
    if ([claims.nbf, claims.iat].some((from) => isNumber(from) && from - leeway > seconds())) return undefined;
    const audiences = entrance === 'aws' && claims.aud === undefined ? [claims.client_id] : isText(claims.aud) ? [claims.aud] : Array.isArray(claims.aud) ? claims.aud : [];
    return audiences.includes(audience) ? claims : undefined;
  };

  /** The token that a request shows, once and where it may; `undefined` for none, `null` for what nobody can make sense of. */
  const shown = (request: Incoming, entrance: Entrance, { authentication: { token: { cookie, bound } } }: Service): { readonly token: string; readonly byCookie: boolean } | undefined | null => {
    const headers = request.all('authorization');
    const cookies = entrance === 'aws' || cookie === undefined ? [] : request.cookies(cookie);
    if (headers.length + cookies.length === 0) return undefined;
    if (headers.length + cookies.length > 1 || request.query.has('access_token')) return null;
    if (headers.length === 0) return { token: cookies[0]!, byCookie: true };
    const token = (bound === 'dpop' ? /^dpop +(\S+)$/i : /^bearer +(\S+)$/i).exec(headers[0]!)?.[1];
    return token === undefined ? null : { token, byCookie: false };
  };

  /** A write that a cookie pays for must come from a page of ours. */
  const isOurs = (request: Incoming, { authentication }: Service): boolean => {
    if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return true;
    const own = [...authentication.origins, publicOrigin(blueprint, authentication)];
    const origin = request.header('origin');
    if (origin !== undefined) return own.includes(origin) && !/text|form/.test(request.header('content-type') ?? '');
    return request.header('x-requested-with') === 'XMLHttpRequest';
  };

  /** How somebody has signed in (RFC 9470). */
  const signInRefusal = (route: Route, { acr, auth_time: at }: Claims): HttpAnswer | undefined => {
    const demand = signInDemand(blueprint, route);
    if (!demand) return undefined;
    const strong = demand.acr.length === 0 || demand.acr.some((level) => level === acr);
    const late = demand.maxAge === undefined || (isNumber(at) && at >= 0 && Math.abs(seconds() - at) <= demand.maxAge + 60 && at <= seconds() + 60);
    if (strong && late) return undefined;
    const asked = [...(demand.acr.length > 0 ? [`acr_values="${demand.acr.join(' ')}"`] : []), ...(demand.maxAge === undefined ? [] : [`max_age="${demand.maxAge}"`])];
    return answerOf(401, { message: 'no' }, { 'cache-control': 'no-store', 'www-authenticate': ['Bearer error="insufficient_user_authentication"', ...asked].join(', ') });
  };

  const mayPass = (claims: Claims, entrance: Entrance, { service, route, object }: { readonly service: Service; readonly route: Route; readonly object: string | undefined }): HttpAnswer | undefined => {
    const scopes = isText(claims.scope) ? claims.scope.split(' ') : [];
    if (route.scopes.some((scope) => !scopes.includes(scope))) return refusal(403, 'insufficient_scope');
    const held = (claims.realm_access as { roles?: unknown } | undefined)?.roles;
    const roles = Array.isArray(held) ? held : [];
    const isService = claims.client_id !== undefined || String(claims.preferred_username).startsWith('service-account-');
    if (entrance !== 'aws' && route.roles.length > 0 && (isService || !route.roles.some((role) => roles.includes(role)))) return refusal(403);
    const weak = entrance === 'aws' ? undefined : signInRefusal(route, claims);
    if (weak) return weak;
    if (route.ownedBy === undefined || roles.some((role) => route.anyOwner.includes(String(role)))) return undefined;
    return object !== undefined && service.objects[object] === claims.preferred_username ? undefined : refusal(403);
  };

  const forward = (request: Incoming, service: Service, authorization: string | undefined, entrance: Entrance = 'kong'): HttpAnswer => {
    const passed = ['accept', 'user-agent', 'content-type'].flatMap((name) => request.all(name).map((value) => [name, value] as const));
    const headers = { ...Object.fromEntries(passed), ...(authorization !== undefined && { authorization: fingerprint(authorization) }) };
    record(service, request.header('x-authctl-check'), { method: request.method, path: sentOn(blueprint, entrance, request), headers });
    return answerOf(200, { ok: true });
  };

  let counted = 0;
  /** A gateway bounds what it lets through: how large, and how many. */
  const passed = (entrance: Entrance, request: Incoming, { service, route }: { readonly service: Service; readonly route: Route }, authorization: string | undefined): HttpAnswer => {
    if (entrance !== 'kong') return forward(request, service, authorization, entrance);
    const [size, rate] = [route.maxBody ?? service.maxBody, route.rateLimit ?? service.rateLimit];
    const most = size === undefined ? Infinity : Number.parseInt(size, 10) * (size.endsWith('kB') ? 1024 : 1024 ** 2);
    if (Number(request.header('content-length') ?? 0) > most) return answerOf(413, { message: 'too large' });
    const answer = forward(request, service, authorization);
    if (rate === undefined) return answer;
    counted += 1;
    const told = (['second', 'minute', 'hour', 'day'] as const).flatMap((period) => {
      const most = rate[period];
      return most === undefined ? [] : [[`x-ratelimit-limit-${period}`, String(most)], [`x-ratelimit-remaining-${period}`, String(Math.max(0, most - counted))]];
    });
    return { ...answer, headers: { ...answer.headers, ...Object.fromEntries(told) as Record<string, string> } };
  };

  const cors = (request: Incoming, { authentication: { origins } }: Service): HttpAnswer => {
    const origin = request.header('origin') ?? '';
    return answerOf(200, '', origins.includes(origin) ? { 'access-control-allow-origin': origin } : {});
  };

  const answer = (entrance: Entrance, request: Incoming): HttpAnswer => {
    const cookieAt = entrance === 'kong' && request.path === SESSION_PATH ? cookieSection(blueprint) : undefined;
    if (cookieAt) return tokenCookie(request);
    const door = entrance === 'kong' ? sessions.answer(request) : undefined;
    if (door) return door;
    const found = routeAt(blueprint, entrance, request);
    if (!found) return answerOf(404, { message: 'no Route matched with those values' });
    const { service, route } = found;
    const { authentication } = service;
    if (request.method === 'OPTIONS' && (entrance !== 'kong' || (request.header('origin') !== undefined && request.header('access-control-request-method') !== undefined))) return cors(request, service);
    if (route.public) return passed(entrance, request, found, undefined);
    if (authentication.session) return throughSession(request, found);
    const credential = shown(request, entrance, service);
    if (credential === undefined) return noToken;
    if (credential === null) return badToken;
    if (credential.byCookie && !isOurs(request, service)) return refusal(403);
    const claims = further.tokenOf(credential.token) ? further.claimsFor(credential.token, service) : claimsOf(credential.token, entrance, service);
    if (!claims) return badToken;
    if (authentication.token.bound === 'mtls' && (request.certificate === undefined || thumbprintOf(request.certificate) !== x5tOf(claims))) return badToken;
    if (authentication.token.bound === 'dpop') {
      const nonces = createNonces(now, authentication.token);
      const holds = proven(request, credential.token, jktOf(claims), nonces);
      if (holds === 'nonce') {
        const asked = refusal(401, 'use_dpop_nonce');
        return { ...asked, headers: { ...asked.headers, 'dpop-nonce': nonces?.current ?? '' } };
      }
      if (!holds) return refusal(401, 'invalid_dpop_proof');
    }
    const relayed = authentication.pattern === 'opaque' ? issuer.signed(claims) : authentication.token.relay === 'none' && authentication.pattern === 'sso' ? undefined : credential.token;
    return mayPass(claims, entrance, found) ?? passed(entrance, request, found, relayed);
  };

  const throughSession = (request: Incoming, found: NonNullable<ReturnType<typeof routeAt>>): HttpAnswer => {
    const { service } = found;
    const token = sessions.tokenOf(request);
    if (token === 'away') return answerOf(503);
    if (token === undefined) return noToken;
    if (!isOurs(request, service)) return refusal(403);
    const claims = claimsOf(token, 'kong', service);
    if (!claims) return badToken;
    return mayPass(claims, 'kong', found) ?? forward(request, service, token);
  };

  const tokenCookie = (request: Incoming): HttpAnswer => {
    const section = cookieSection(blueprint)!;
    const { cookie = '', sameSite } = section.token;
    const kept = `Path=/; Secure; HttpOnly; SameSite=${sameSite}`;
    if (!section.origins.includes(request.header('origin') ?? '')) return refusal(403);
    if (request.method === 'DELETE') return answerOf(204, '', {}, [`${cookie}=; Max-Age=0; ${kept}`]);
    const token = /^Bearer (\S+)$/.exec(request.header('authorization') ?? '')?.[1];
    if (token === undefined) return noToken;
    const claims = claimsOf(token, 'kong', { authentication: section, audience: sessionAudience(blueprint) });
    if (!claims) return badToken;
    if (token.length > 4000) return answerOf(431);
    return answerOf(204, '', { 'cache-control': 'no-store' }, [`${cookie}=${token}; Max-Age=${Math.floor(Number(claims.exp) - seconds())}; ${kept}`]);
  };

  return { answer };
};

/** As the recording upstream writes a credential down. */
export const fingerprint = (token: string): string => `Bearer sha256:${createHash('sha256').update(token).digest('hex').slice(0, 12)}`;
