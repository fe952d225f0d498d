import { nonceOf } from '../../../../src/checks/kit/proofs.ts';
import { createNonces } from './proofs.ts';
import { X509Certificate } from 'node:crypto';
import type { HttpAnswer } from '../../../../src/checks/kit/http.ts';
import { partsOf } from '../../../../src/checks/kit/jws.ts';
import type { Parts } from '../../../../src/checks/kit/jws.ts';
import type { Effect, Live } from '../../../../src/core/resource.ts';
import { serviceOf } from '../../../../src/patterns/session-service.ts';
import type { Example } from './examples.ts';
import { answerOf } from './incoming.ts';
import { harness, publicKeys } from './issuer.ts';
import type { Incoming } from './incoming.ts';
import type { Hands, Place, Sin } from './world.ts';

/** One sin in a world that is right in everything else, and the checks that must name it. */
export interface Planted {
  readonly name: string;
  readonly example: Example;
  readonly sin: Sin;
  readonly named: readonly string[];
}

const tokenIn = (request: Incoming): string => (request.header('authorization') ?? '').replace(/^Bearer /, '');
const partsIn = (request: Incoming): Pick<Parts, 'header' | 'payload'> => {
  try {
    return partsOf(tokenIn(request));
  } catch {
    return { header: {}, payload: {} };
  }
};
/** Whose token a header carries. */
const partsIfAny = (header: string | undefined): unknown => {
  try {
    return partsOf((header ?? '').replace(/^Bearer /, '')).payload.sub;
  } catch {
    return undefined;
  }
};
const proofIn = (header: string | undefined): Parts | undefined => {
  try {
    return partsOf(header ?? '');
  } catch {
    return undefined;
  }
};
const proofs = new Set<string>();
/** The proof of a request was shown before. */
const again = ({ header }: Incoming): boolean => {
  const proof = header('dpop') ?? '';
  return proof !== '' && (proofs.has(proof) || !proofs.add(proof));
};
const firstSeenAt = new Map<string, string>();
/** It shows a proof that another node of the gateway has seen. */
const seenElsewhere = ({ header, host }: Incoming): boolean => {
  const proof = header('dpop') ?? '';
  if (proof !== '' && !firstSeenAt.has(proof)) firstSeenAt.set(proof, host);
  return proof !== '' && firstSeenAt.get(proof) !== host;
};
const claimsIn = (request: Incoming): Parts['payload'] => partsIn(request).payload;
const headerIn = (request: Incoming): Parts['header'] => partsIn(request).header;

/** Instead of the right answer of one place, where `when` says so. */
const at = (place: Place, when: (request: Incoming) => boolean, instead: (request: Incoming, right: () => HttpAnswer, hands: Hands) => HttpAnswer | Promise<HttpAnswer>): Sin => ({
  answer: (here, request, right, hands) => (here === place && when(request) ? instead(request, right, hands) : right()),
});
/** An issuer that gives a token to whoever says that it is a client. */
const anyClient = (_request: Incoming, right: () => HttpAnswer): HttpAnswer => {
  const answer = right();
  return answer.status === 401 ? answerOf(200, { access_token: 'given', token_type: 'Bearer' }) : answer;
};
const refused = (): HttpAnswer => answerOf(401);

const withChallenge = (answer: HttpAnswer, challenge: string): HttpAnswer => ({ ...answer, headers: { ...answer.headers, 'www-authenticate': challenge } });

/** Lets a token through that the right gateway would ask to sign in again, where its claims are so. */
const unlessSignedIn = (when: (claims: Parts['payload']) => boolean): Sin =>
  at('kong', () => true, (request, right, { letThrough }) => {
    const answer = right();
    return answer.headers['www-authenticate']?.includes('insufficient_user_authentication') === true && when(claimsIn(request)) ? letThrough(request, 'kong') : answer;
  });

/** Lets a request through that the right gateway would tell a nonce, where the one of its proof is so. */
const unlessNonced = (when: (nonce: unknown, secret: string, period: number) => boolean): Sin =>
  at('kong', () => true, (request, right, { blueprint, letThrough }) => {
    const answer = right();
    if (answer.headers['www-authenticate']?.includes('use_dpop_nonce') !== true) return answer;
    const { secret, lifetime } = blueprint.authentication.token.proofs!.nonce!;
    return when(proofIn(request.header('dpop'))?.payload.nonce, secret.reveal(), Math.floor(Date.now() / 1000 / lifetime)) ? letThrough(request, 'kong') : answer;
  });

/** The issuer's access tokens with other claims, signed by its own key. */
const issuing = (changed: (claims: Readonly<Record<string, unknown>>) => object, when: (request: Incoming) => boolean = () => true): Sin =>
  at('issuer', (request) => request.path.endsWith('/token') && when(request), (_request, right, { issuer }) => {
    const answer = right();
    if (answer.status !== 200) return answer;
    const body = JSON.parse(answer.body) as { access_token: string };
    const { payload } = partsOf(body.access_token);
    return answerOf(200, { ...body, access_token: issuer.signed({ ...payload, ...changed(payload) }) }, answer.headers);
  });

/** The same of what it gives in exchange. */
const exchanging = (changed: (claims: Readonly<Record<string, unknown>>) => object): Sin => issuing(changed, ({ form }) => form.get('grant_type')?.endsWith(':token-exchange') === true);

/** What the session service answers to a callback, changed. */
const landing = (changed: (answer: HttpAnswer, request: Incoming, hands: Hands) => HttpAnswer): Sin => ({
  answer: (place, request, right, hands) => {
    const { session } = hands.blueprint.authentication;
    const answer = right();
    return place === 'kong' && session && request.path === serviceOf(session).callback.path && answer.setCookies.length > 0 ? changed(answer, request, hands) : answer;
  },
});

/** Live objects of a kind with another spec, where `when` says so. */
const holding = (kind: string, when: (live: Live) => boolean, changed: (spec: Live['spec']) => Live['spec']): Sin => ({
  live: (objects, asked) => (asked === kind ? objects.map((live) => (when(live) ? { ...live, spec: changed(live.spec) } : live)) : objects),
});
/** A live object of somebody else. */
const beside = (kind: string, id: string, spec: Live['spec']): Sin => ({ live: (objects, asked) => (asked === kind ? [...objects, { kind, id, spec, owner: undefined }] : objects) });
const plugin = (name: string, config: Live['spec']): Sin =>
  holding('kong.plugin', ({ spec }) => spec.name === name, (spec) => ({ ...spec, config: { ...(spec.config as Live['spec']), ...config } }));

/** What is said of further issuers, where a guard takes any. */
const furtherWith = (changed: Live['spec']): Sin =>
  holding('kong.plugin', ({ spec }) => spec.name === 'authctl-token-guard', (spec) => {
    const config = spec.config as { readonly further_issuers?: readonly Live['spec'][] };
    return { ...spec, config: { ...(config as Live['spec']), further_issuers: (config.further_issuers ?? []).map((one) => ({ ...one, ...changed })) } };
  });

/** Lets through what the right gateway would not, where it is so. */
const letting = (when: (request: Incoming, hands: Hands) => boolean): Sin => ({
  answer: (place, request, right, hands) => (place === 'kong' && request.method !== 'OPTIONS' && when(request, hands) ? hands.letThrough(request, place) : right()),
});
/** Lets through what the right gateway refuses, where it is so. */
const unlessLet = (when: (request: Incoming) => boolean): Sin =>
  at('kong', when, (request, right, { letThrough }) => {
    const answer = right();
    return answer.status === 401 || answer.status === 403 ? letThrough(request, 'kong') : answer;
  });
/** It says that it is of a further issuer. */
const isOfFurther = (request: Incoming, { blueprint }: Hands): boolean => Object.values(blueprint.issuers).some(({ url }) => url === claimsIn(request).iss);
/** And is not. */
const isForged = (request: Incoming, { further }: Hands): boolean => further.tokenOf(tokenIn(request)) === undefined;

/** Refuses a session's cookie each time that `every` requests have come. */
const forgetful = (every: number): Sin => {
  let count = 0;
  return at('kong', ({ path, header }) => !path.startsWith('/session') && header('cookie') !== undefined, (_request, right) => {
    count += 1;
    return count % every === 0 ? refused() : right();
  });
};

/** Something in the realm that the blueprint does not know. */
const inTheRealm = (effect: Effect): Sin => ({ dangers: [{ kind: 'keycloak.key', id: 'shop/evil', effect, what: 'somebody holds a key', hint: '', origin: { file: '', line: 1, column: 1 } }] });

/** An API of somebody else that leads to Kong's Admin API. */
const atAws = (effect: Effect): Sin => ({ dangers: [{ kind: 'aws.route', id: 'theirs/ANY /{proxy+}', effect, what: "any method on https://theirs.example/{proxy+} reaches Kong's Admin API without a token", hint: '', origin: { file: '', line: 1, column: 1 } }] });

export const planted: readonly Planted[] = [
  { name: 'an API that leads to what manages a gateway', example: 'aws', named: ['AWS-20'], sin: atAws('opens') },
  { name: 'an API that sends tokens elsewhere', example: 'aws', named: ['AWS-20'], sin: atAws('exposes') },
  { name: 'an API with a thinner guard', example: 'aws', named: ['AWS-21'], sin: atAws('weakens') },
  { name: 'a realm that somebody opened', example: 'sso', named: ['IDP-47'], sin: inTheRealm('opens') },
  { name: 'a realm that says elsewhere who signs in', example: 'sso', named: ['IDP-47'], sin: inTheRealm('exposes') },
  { name: 'a realm with a thinner guard', example: 'sso', named: ['IDP-48'], sin: inTheRealm('weakens') },
  {
    name: 'a persona who may look at every account', example: 'sso', named: ['IDP-49'],
    sin: at('issuer', ({ path, header }) => path.startsWith('/admin/') && path.endsWith('/users') && partsIfAny(header('authorization')) === 'ada', () => answerOf(200, [])),
  },
  {
    name: 'a login page that offers another server', example: 'sso', named: ['IDP-50'],
    sin: at('issuer', ({ path }) => path.endsWith('/auth'), (_request, right) => ({ ...right(), body: `${right().body}<a href="/realms/shop/broker/evil/login?x=1">Evil</a>` })),
  },
  {
    name: 'a gateway that does not look at the host', example: 'routes', named: ['PRE-21'],
    sin: at('kong', ({ path, header }) => path.startsWith('/v1/') && header('host') === 'localhost' && header('authorization') !== undefined, (request, _right, { letThrough }) => letThrough(request, 'kong')),
  },
  {
    name: 'a gateway that takes a header of a similar name', example: 'routes', named: ['PRE-21'],
    sin: at('kong', ({ header }) => header('x-x-shop-stage') !== undefined, (request, _right, { letThrough }) => letThrough(request, 'kong')),
  },
  {
    name: 'a gateway that counts to more than it says', example: 'routes', named: ['POS-12'],
    sin: at('kong', () => true, (_request, right) => { const answer = right(); return answer.headers['x-ratelimit-limit-minute'] === undefined ? answer : { ...answer, headers: { ...answer.headers, 'x-ratelimit-limit-minute': '1000000' } }; }),
  },
  { name: 'a gateway that does not count', example: 'routes', named: ['POS-12'], sin: at('kong', () => true, (_request, right) => { const answer = right(); return { ...answer, headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, name.startsWith('x-ratelimit-remaining') ? answer.headers[name.replace('remaining', 'limit')] ?? '' : value])) }; }) },
  { name: 'a gateway that takes bodies of any size', example: 'routes', named: ['POS-13'], sin: at('kong', ({ header }) => Number(header('content-length') ?? 0) > 1000, (request, _right, { letThrough }) => letThrough(request, 'kong')) },
  { name: 'a gateway that takes every OPTIONS for a preflight', example: 'routes', named: ['POS-14'], sin: at('kong', ({ method }) => method === 'OPTIONS', () => answerOf(200)) },
  { name: 'a gateway that takes whatever asks for a method for a preflight', example: 'routes', named: ['POS-14'], sin: at('kong', ({ header }) => header('access-control-request-method') !== undefined, () => answerOf(200)) },
  { name: 'a gateway that takes no list of audiences', example: 'jwt', named: ['POS-04'], sin: at('kong', (request) => [claimsIn(request).aud].flat().includes('some-other-api'), refused) },
  { name: 'a gateway that chokes on a large token', example: 'sso', named: ['POS-09'], sin: at('kong', (request) => tokenIn(request).length > 5000, () => answerOf(500)) },
  { name: 'a gateway that does not read the declared cookie', example: 'sso', named: ['PRE-12'], sin: at('kong', ({ all }) => all('authorization').length === 0 && all('cookie').length > 0, refused) },
  {
    name: 'a discovery document of another issuer', example: 'sso', named: ['KEY-12'],
    sin: at('issuer', ({ path }) => path.endsWith('/openid-configuration'), (_request, right) => answerOf(200, { ...(JSON.parse(right().body) as object), issuer: 'https://elsewhere.example' })),
  },
  {
    name: 'an authorizer that looks for its keys elsewhere', example: 'aws', named: ['AWS-04'],
    sin: holding('aws.authorizer', () => true, (spec) => ({ ...spec, JwtConfiguration: { ...(spec.JwtConfiguration as Live['spec']), Issuer: 'http://127.0.0.1:1/realms/other' } })),
  },
  { name: 'tokens that live longer than declared', example: 'sso', named: ['IDP-10'], sin: issuing(({ exp }) => ({ exp: Number(exp) + 2 })) },
  { name: 'tokens for an audience that nobody asked for', example: 'sso', named: ['IDP-22'], sin: issuing(({ aud }) => ({ aud: [aud, 'everything'].flat() })) },
  { name: 'a service that decides by an older policy', example: 'decentralised', named: ['AZ-18'], sin: at('status', () => true, () => answerOf(200, { ready: true, revision: 'older' })) },
  { name: 'a service whose policy is too old to decide by', example: 'decentralised', named: ['AZ-18'], sin: at('status', () => true, (_request, right) => answerOf(200, { ...(JSON.parse(right().body) as object), ready: false })) },
  { name: 'a gateway that ties tokens to an address', example: 'jwt', named: ['JWT-02'], sin: at('kong', ({ header }) => header('x-forwarded-for') !== undefined, refused) },
  { name: 'a gateway that keeps the answers of one route', example: 'sso', named: ['ERR-09'], sin: at('kong', ({ path }) => path.startsWith('/invoices/'), (_request, right) => ({ ...right(), headers: { age: '3' } })) },
  { name: 'a gateway that hands out what it answered to somebody else', example: 'sso', named: ['ERR-09'], sin: at('kong', () => true, (_request, right) => ({ ...right(), headers: { age: '3' } })) },
  { name: 'a gateway that sends most of a herd away', example: 'opaque', named: ['OPQ-13'], sin: at('kong', ({ header }) => header('x-authctl-check') === 'herd', () => answerOf(429)) },
  {
    name: 'a gateway that takes a JWT as a proof of itself', example: 'opaque', named: ['OPQ-10'],
    sin: at('kong', (request) => claimsIn(request).sub !== undefined, (request, _right, { letThrough }) => letThrough(request, 'kong')),
  },
  {
    name: 'a gateway that makes a cookie of a token of any length', example: 'storefront', named: ['COO-13'],
    sin: at('kong', ({ path, method }) => path === '/session' && method === 'POST', (request, right) => {
      const answer = right();
      return answer.status === 431 ? answerOf(204, '', {}, [`__Host-store=${tokenIn(request)}; Secure`]) : answer;
    }),
  },
  { name: 'a session cookie that scripts can read', example: 'session', named: ['SES-14'], sin: landing((answer) => ({ ...answer, setCookies: answer.setCookies.map((line) => line.replace('; HttpOnly', '')) })) },
  {
    name: 'a sign-in that shows the page its token', example: 'session', named: ['SES-15'],
    sin: landing((answer, _request, { issuer }) => ({ ...answer, body: issuer.signed({ sub: 'somebody', scope: 'everything' }) })),
  },
  { name: 'a sign-in that leads away from the site', example: 'session', named: ['SES-20'], sin: landing((answer) => ({ ...answer, headers: { ...answer.headers, location: 'https://evil.example/' } })) },
  {
    name: 'a logout that any site can send', example: 'session', named: ['SES-21'],
    sin: at('kong', ({ path }) => path === '/session/logout', (_request, right, { store }) => {
      store.entries.clear();
      return right();
    }),
  },
  { name: 'a renewal that sends some of many away', example: 'session', named: ['SES-26'], sin: forgetful(15) },
  { name: 'session ids with room for 32 bits', example: 'session', named: ['SES-08'], sin: { idBytes: 4 } },
  { name: 'a jwt plugin that lets strangers in', example: 'sso', named: ['KONG-01'], sin: plugin('jwt', { anonymous: 'somebody' }) },
  { name: 'a jwt plugin that does not look at the end', example: 'sso', named: ['KONG-03'], sin: plugin('jwt', { claims_to_verify: [] }) },
  { name: 'a guard of another audience', example: 'sso', named: ['KONG-02'], sin: plugin('authctl-token-guard', { audience: 'another' }) },
  { name: 'a guard of another issuer', example: 'sso', named: ['KONG-02'], sin: plugin('authctl-token-guard', { issuer: 'https://elsewhere.example' }) },
  { name: 'a scope guard of a route that is off', example: 'sso', named: ['KONG-04'], sin: holding('kong.plugin', ({ id }) => id === 'shop.orders.place.scope', (spec) => ({ ...spec, enabled: false })) },
  { name: 'a scope guard that takes tokens of any consumer', example: 'sso', named: ['KONG-04'], sin: holding('kong.plugin', ({ id }) => id === 'shop.orders.place.scope', (spec) => ({ ...spec, config: { ...(spec.config as Live['spec']), consumer_username: null } })) },
  { name: 'a scope guard of a service that is off', example: 'sso', named: ['KONG-06'], sin: holding('kong.plugin', ({ id }) => id === 'shop.orders.scope', (spec) => ({ ...spec, enabled: false })) },
  { name: 'a scope guard of a service that is gone', example: 'opaque', named: ['KONG-06'], sin: { live: (objects, kind) => (kind === 'kong.plugin' ? objects.filter(({ spec }) => !(spec.name === 'authctl-scope-guard' && (spec.config as Live['spec']).deny_all === true)) : objects) } },
  { name: 'a scope guard of a service that refuses not everybody', example: 'session', named: ['KONG-06'], sin: holding('kong.plugin', ({ spec }) => (spec.config as Live['spec'] | undefined)?.deny_all === true, (spec) => ({ ...spec, config: { deny_all: false } })) },
  { name: 'a gateway that lets writes by on any scope', example: 'sso', named: ['CLM-13', 'CLM-21', 'CLM-22'], sin: letting((request) => request.method === 'POST' && typeof claimsIn(request).scope === 'string' && !String(claimsIn(request).scope).split(' ').includes('orders:write') && !String(claimsIn(request).scope).includes('orders:writex')) },
  { name: 'a scope guard without scopes', example: 'sso', named: ['KONG-04'], sin: plugin('authctl-scope-guard', { scopes: [], deny_all: false }) },
  { name: 'introspection over plain http', example: 'opaque', named: ['OPQ-07'], sin: plugin('authctl-phantom-token', { introspection_url: 'http://id.example/introspect' }) },
  { name: 'a gateway that asks for scopes of another API', example: 'opaque', named: ['OPQ-17'], sin: plugin('authctl-phantom-token', { scopes: ['events:read', 'tickets:read'] }) },
  { name: 'a gateway that asks another way than it was told', example: 'opaque', named: ['OPQ-17'], sin: plugin('authctl-phantom-token', { obtain: 'exchange' }) },
  { name: 'a JWT of token exchange with a scope that nobody asked for', example: 'opaque', named: ['OPQ-15'], sin: exchanging(({ scope }) => ({ scope: `${String(scope)} events:write` })) },
  { name: 'a JWT of token exchange for another API, too', example: 'opaque', named: ['OPQ-15'], sin: exchanging(({ aud }) => ({ aud: [aud, 'account'].flat() })) },
  { name: 'a JWT of token exchange that lives on when its token is revoked', example: 'opaque', named: ['OPQ-15'], sin: exchanging(({ iat }) => ({ exp: Number(iat) + 300 })) },
  {
    name: 'an issuer that exchanges tokens for anybody', example: 'opaque', named: ['OPQ-16'],
    sin: at('issuer', ({ form }) => form.get('grant_type')?.endsWith(':token-exchange') === true && form.get('client_id') === 'ledger', () => answerOf(200, { access_token: 'x' })),
  },
  { name: 'token exchange over plain http', example: 'opaque', named: ['OPQ-07'], sin: plugin('authctl-phantom-token', { exchange_url: 'http://id.example/token' }) },
  { name: 'a gateway that does not remember proofs', example: 'bound', named: ['POP-05'], sin: at('kong', (request) => again(request), (request, _right, { letThrough }) => letThrough(request, 'kong')) },
  { name: 'nodes of a gateway that remember proofs each for itself', example: 'bound', named: ['POP-12'], sin: at('kong', (request) => seenElsewhere(request), (request, _right, { letThrough }) => letThrough(request, 'kong')) },
  { name: 'a gateway that asks for no nonce', example: 'bound', named: ['POP-13'], sin: unlessNonced(() => true) },
  { name: 'a gateway that takes a nonce of any time', example: 'bound', named: ['POP-13'], sin: unlessNonced((nonce, secret, period) => Array.from({ length: 11 }, (_, at) => nonceOf(secret, period + at - 5)).includes(String(nonce))) },
  { name: 'a gateway that takes any text for a nonce', example: 'bound', named: ['POP-13'], sin: unlessNonced((nonce) => typeof nonce === 'string' && nonce !== '') },
  {
    name: 'nodes of a gateway that make nonces of another secret each', example: 'bound', named: ['POP-14'],
    sin: at('kong', ({ header }) => header('dpop') !== undefined, (request, right, { blueprint }) => {
      const answer = right();
      const isSecond = request.host === new URL(blueprint.targets.kong?.proxy.secondNode ?? '').host;
      const nonces = isSecond ? createNonces(() => Date.now(), blueprint.authentication.token) : undefined;
      return answer.status === 200 && nonces?.isGood(proofIn(request.header('dpop'))?.payload.nonce) === true ? answerOf(401, { message: 'no' }, { 'www-authenticate': 'Bearer error="use_dpop_nonce"', 'dpop-nonce': 'of-the-second' }) : answer;
    }),
  },
  { name: 'a gateway that takes a bound token as a bearer', example: 'bound', named: ['POP-10'], sin: at('kong', ({ header }) => /^Bearer ey/.test(header('authorization') ?? ''), (request, _right, { letThrough }) => letThrough(request, 'kong')) },
  { name: 'a gateway that takes a token without its proof', example: 'bound', named: ['POP-02'], sin: at('kong', ({ header, all }) => /^DPoP ey/.test(header('authorization') ?? '') && all('dpop').length === 0, (request, _right, { letThrough }) => letThrough(request, 'kong')) },
  { name: 'a gateway that does not look into a proof', example: 'bound', named: ['POP-09'], sin: at('kong', ({ header }) => proofIn(header('dpop'))?.payload.htm === 'GET' && proofIn(header('dpop'))?.payload.ath !== undefined, (request, _right, { letThrough }) => letThrough(request, 'kong')) },
  { name: 'a gateway that does not look at the address of a proof', example: 'bound', named: ['POP-03'], sin: at('kong', ({ header }) => String(proofIn(header('dpop'))?.payload.htu).includes('elsewhere.example'), (request, _right, { letThrough }) => letThrough(request, 'kong')) },
  { name: 'a gateway that takes a proof for ten minutes', example: 'bound', named: ['POP-06'], sin: at('kong', ({ header }) => proofIn(header('dpop')) !== undefined && Math.abs(Number(proofIn(header('dpop'))?.payload.iat) - Date.now() / 1000) < 600, (request, _right, { letThrough }) => letThrough(request, 'kong')) },
  { name: 'a guard that takes proofs for another address as well', example: 'bound', named: ['KONG-02'], sin: plugin('authctl-token-guard', { dpop_origins: ['https://evil.example'] }) },
  { name: 'a guard that takes tokens that are bound to nothing', example: 'bound', named: ['KONG-02'], sin: plugin('authctl-token-guard', { bound: 'none' }) },
  { name: 'a guard that believes a header about the certificate', example: 'certified', named: ['KONG-02'], sin: plugin('authctl-token-guard', { certificate_from: 'header', certificate_proxies: ['0.0.0.0/0'] }) },
  { name: 'a gateway that does not look at the age of a proof', example: 'bound', named: ['POP-06'], sin: at('kong', ({ header }) => proofIn(header('dpop')) !== undefined && Math.abs(Number(proofIn(header('dpop'))?.payload.iat) - Date.now() / 1000) > 3000, (request, _right, { letThrough }) => letThrough(request, 'kong')) },
  { name: 'a gateway that takes a token that is bound to nothing', example: 'bound', named: ['POP-11'], sin: at('kong', (request) => request.header('dpop') !== undefined && partsIn({ ...request, header: () => (request.header('authorization') ?? '').replace(/^DPoP /, '') }).payload.cnf === undefined, (request, _right, { letThrough }) => letThrough(request, 'kong')) },
  {
    name: 'an issuer that asks for no one-time password', example: 'step-up', named: ['STP-05'],
    sin: at('issuer', ({ path, form }) => path.endsWith('/login-actions/authenticate') && form.has('username'), (request, right, { issuer }) => (right().body.includes('kc-otp-login-form') ? issuer.stronglyLetIn(request) : right())),
  },
  { name: 'a gateway that asks nothing of the sign-in', example: 'step-up', named: ['STP-03', 'STP-04', 'STP-01', 'STP-02'], sin: unlessSignedIn(() => true) },
  { name: 'a gateway that takes a weak sign-in', example: 'step-up', named: ['STP-01'], sin: unlessSignedIn(({ acr }) => acr === 'password') },
  { name: 'a gateway that takes a list of levels', example: 'step-up', named: ['STP-02'], sin: unlessSignedIn(({ acr }) => Array.isArray(acr)) },
  { name: 'a gateway that takes a token that says nothing of its sign-in', example: 'step-up', named: ['STP-02'], sin: unlessSignedIn(({ acr }) => acr === undefined) },
  { name: 'a gateway that takes a sign-in of long ago', example: 'step-up', named: ['STP-03'], sin: unlessSignedIn(({ auth_time: at }) => typeof at === 'number' && at >= 0 && at < Date.now() / 1000 - 3600) },
  { name: 'a gateway that takes a sign-in of the future', example: 'step-up', named: ['STP-04'], sin: unlessSignedIn(({ auth_time: at }) => typeof at === 'number' && at > Date.now() / 1000 + 600) },
  { name: 'a gateway that takes a token without the time of its sign-in', example: 'step-up', named: ['STP-04'], sin: unlessSignedIn(({ auth_time: at }) => at === undefined) },
  {
    name: 'a gateway that does not say which sign-in is needed', example: 'step-up', named: ['STP-01'],
    sin: at('kong', () => true, (_request, right) => {
      const answer = right();
      return answer.headers['www-authenticate']?.includes('insufficient_user_authentication') === true ? withChallenge(answer, 'Bearer error="insufficient_user_authentication"') : answer;
    }),
  },
  {
    name: 'a gateway that asks for a sign-in that it does not take', example: 'step-up', named: ['STP-01'],
    sin: at('kong', () => true, (_request, right) => {
      const answer = right();
      return answer.headers['www-authenticate']?.includes('acr_values') === true ? withChallenge(answer, 'Bearer error="insufficient_user_authentication", acr_values="password"') : answer;
    }),
  },
  { name: 'an issuer that takes an assertion whoever has signed it', example: 'certified', named: ['IDP-11'], sin: at('issuer', ({ path, form }) => path.endsWith('/token') && form.has('client_assertion'), anyClient) },
  { name: 'an issuer that takes any certificate of a client', example: 'certified', named: ['IDP-11'], sin: at('issuer', ({ path, form, certificate }) => path.endsWith('/token') && form.get('client_id') === 'settlement' && certificate !== undefined, anyClient) },
  { name: 'an issuer that asks for no certificate of a client', example: 'certified', named: ['IDP-11'], sin: at('issuer', ({ path, form, certificate }) => path.endsWith('/token') && form.get('client_id') === 'settlement' && certificate === undefined, anyClient) },
  { name: 'a gateway that looks at no certificate', example: 'certified', named: ['POP-07'], sin: at('kong', (request) => tokenIn(request) !== '' && request.certificate === undefined, (request, _right, { letThrough }) => letThrough(request, 'kong')) },
  { name: 'a gateway that takes any certificate', example: 'certified', named: ['POP-07'], sin: at('kong', (request) => tokenIn(request) !== '' && request.certificate !== undefined && new X509Certificate(request.certificate).subject.includes('somebody-else'), (request, _right, { letThrough }) => letThrough(request, 'kong')) },
  { name: 'a gateway that believes a header of anybody', example: 'certified', named: ['POP-07'], sin: at('kong', ({ header }) => header('client-cert') !== undefined, (request, _right, { letThrough }) => letThrough(request, 'kong')) },
  { name: 'a gateway that takes a token that is bound to no certificate', example: 'certified', named: ['POP-08'], sin: at('kong', (request) => tokenIn(request) !== '' && request.certificate !== undefined && claimsIn(request).cnf === undefined && claimsIn(request).sub !== undefined, (request, _right, { letThrough }) => letThrough(request, 'kong')) },
  { name: 'no bound for guessers', example: 'opaque', named: ['OPQ-14'], sin: plugin('authctl-phantom-token', { max_failures_per_minute: 0 }) },
  {
    name: 'an AWS integration that makes up a header', example: 'aws', named: ['AWS-16'],
    sin: at('aws', (request) => tokenIn(request) !== '', (request, _right, { letThrough }) => letThrough(request, 'aws', { 'x-user': 'admin' })),
  },
  {
    name: 'an AWS integration that asks for another path', example: 'aws', named: ['AWS-16'],
    sin: at('aws', (request) => tokenIn(request) !== '', (request, _right, { letThrough }) => letThrough({ ...request, path: `/elsewhere${request.path}` }, 'aws')),
  },
  { name: 'an AWS route without a scope', example: 'aws', named: ['AWS-03'], sin: holding('aws.route', () => true, (spec) => ({ ...spec, AuthorizationScopes: [] })) },
  { name: 'a route of AWS that takes any token but an ID token', example: 'functions', named: ['AWS-22'], sin: at('aws', (request) => claimsIn(request).typ === 'ID', () => answerOf(403, { message: 'Forbidden' })) },
  { name: 'an OPA with an older policy', example: 'sso', named: ['AZ-15'], sin: holding('opa.bundle', () => true, (spec) => ({ ...spec, active: { 'http://opa': 'older' } })) },
  {
    name: 'a route to a service that the blueprint does not know', example: 'sso', named: ['AZ-23'],
    sin: { live: (objects, kind) => (kind === 'kong.route' && objects[0] ? [...objects, { ...objects[0], id: 'by-hand' }] : objects) },
  },
  {
    name: 'a route by hand that leads around every guard', example: 'sso', named: ['RCH-01', 'RCH-02', 'RCH-03', 'RCH-11', 'RCH-12'],
    sin: {
      ...beside('kong.route', 'side-door', { name: 'side-door', service: { name: 'shop.orders' }, paths: ['/bd'], protocols: ['http', 'https'] }),
      ...at('kong', ({ path }) => path.startsWith('/bd'), (request, _right, { letThrough }) => letThrough(request, 'kong')),
    },
  },
  {
    name: 'a side door that takes nothing but messages of grpc-web', example: 'sso', named: ['RCH-01', 'RCH-02', 'RCH-03', 'RCH-11', 'RCH-12'],
    sin: {
      live: (objects, kind) => [
        ...objects,
        ...(kind === 'kong.route' ? [{ kind, id: 'side-door', owner: undefined, spec: { name: 'side-door', service: { name: 'shop.orders' }, paths: ['/bd'], protocols: ['http', 'https'] } }] : []),
        ...(kind === 'kong.plugin' ? [{ kind, id: '#web', owner: undefined, spec: { name: 'grpc-web', enabled: true, route: { name: 'side-door' } } }] : []),
      ],
      ...at('kong', ({ path }) => path.startsWith('/bd'), (request, _right, { letThrough }) =>
        (request.method === 'POST' && request.header('content-type')?.startsWith('application/grpc-web') === true ? letThrough(request, 'kong') : answerOf(400, 'transcoding requests require a .proto file defining the service'))),
    },
  },
  { name: 'a log of somebody else that gets every token', example: 'sso', named: ['RCH-08'], sin: beside('kong.plugin', '#log', { name: 'http-log', enabled: true, config: { http_endpoint: 'http://evil.example/' } }) },
  { name: 'a guard that takes tokens of the query again', example: 'sso', named: ['RCH-09'], sin: plugin('authctl-token-guard', { refuse_query_tokens: false }) },
  { name: 'a gateway that makes up who calls', example: 'sso', named: ['RCH-06'], sin: at('kong', ({ header }) => header('authorization') !== undefined, (request, _right, { letThrough }) => letThrough(request, 'kong', { 'x-user': 'admin' })) },
  { name: 'a gateway that asks its services for another path', example: 'sso', named: ['RCH-06'], sin: at('kong', ({ header }) => header('authorization') !== undefined, (request, _right, { letThrough }) => letThrough({ ...request, path: `/elsewhere${request.path}` }, 'kong')) },
  { name: 'an OPA that says yes to what the service refuses', example: 'hybrid', named: ['AZ-17'], sin: at('opa', () => true, () => answerOf(200, { result: { allow: true } })) },
  {
    name: 'a gateway that fetches the keys a token points to', example: 'sso', named: ['KEY-02'],
    sin: at('kong', (request) => typeof headerIn(request).jku === 'string', async (request, right) => {
      await fetch(String(headerIn(request).jku));
      return right();
    }),
  },
  {
    name: 'a gateway that passes on an encoded way up from below a prefix', example: 'routes', named: ['PRE-27'],
    sin: {
      bytes: (text, { blueprint: { services: { catalogue } }, record }) => {
        const path = /^GET (\/items\/%2e%2e\S*) HTTP/.exec(text)?.[1];
        if (path === undefined || !catalogue) return answerOf(400);
        record(catalogue, /x-authctl-check: (\S+)/.exec(text)?.[1], { method: 'GET', path, headers: {} });
        return answerOf(404, { message: 'no such item' });
      },
    },
  },
  {
    name: 'a gateway that asks whatever issuer a token names', example: 'sso', named: ['KEY-02'],
    sin: at('kong', (request) => String(claimsIn(request).iss).startsWith('http://127.0.0.1:'), async (request, right) => {
      await fetch(`${String(claimsIn(request).iss)}/.well-known/openid-configuration`).catch(() => undefined);
      return right();
    }),
  },
  {
    name: 'a gateway that takes tokens of whoever has keys', example: 'issuers', named: ['KEY-02'],
    sin: at('kong', (request) => headerIn(request).kid === 'attacker' && headerIn(request).jku === undefined, async (request, right, { letThrough }) => {
      const asked = await fetch(`${String(claimsIn(request).iss)}/.well-known/openid-configuration`).catch(() => undefined);
      const { issuer, jwks_uri: keys } = asked?.ok === true ? ((await asked.json()) as { issuer?: unknown; jwks_uri?: unknown }) : {};
      return issuer === claimsIn(request).iss && typeof keys === 'string' && (await fetch(keys)).ok ? letThrough(request, 'kong') : right();
    }),
  },
  { name: 'an account console whose tokens are for a service of ours', example: 'sso', named: ['IDP-45'], sin: issuing(({ azp, aud }) => ({ aud: azp === 'account-console' ? 'orders' : aud })) },
  { name: 'an admin-cli that gets the scopes of the blueprint', example: 'sso', named: ['IDP-46'], sin: issuing(({ azp, scope }) => ({ scope: azp === 'admin-cli' ? 'orders:read' : scope })) },
  {
    name: 'an admin-cli that may ask for one scope of the blueprint, and no other', example: 'sso', named: ['IDP-46'],
    sin: at('issuer', ({ form }) => form.get('client_id') === 'admin-cli' && form.get('scope') === 'invoices:read', () => answerOf(200, { access_token: 'x', scope: 'invoices:read' })),
  },
  {
    name: 'a foreign client that may ask for a scope of ours', example: 'sso', named: ['IDP-44'],
    sin: at('issuer', ({ path, query }) => path.endsWith('/auth') && query.get('client_id') === 'account-console', (_request, right) => {
      const answer = right();
      return answer.headers.location?.includes('invalid_scope') ? answerOf(200, '<form id="kc-form-login">') : answer;
    }),
  },
  {
    name: 'a login flow without a password', example: 'sso', named: ['IDP-30', 'IDP-31'],
    sin: at('issuer', ({ path, form }) => path.endsWith('/authenticate') && form.get('username') === 'ada', (request, right, { issuer }) => issuer.letIn(request) ?? right()),
  },
  {
    name: 'a login page that does not ask for a password', example: 'sso', named: ['IDP-33'],
    sin: at('issuer', ({ path }) => path.endsWith('/auth'), (_request, right) => ({ ...right(), body: right().body.replace('type="password"', '') })),
  },
  {
    name: 'a client that takes a code without its verifier', example: 'sso', named: ['IDP-41'],
    sin: at('issuer', ({ path, form }) => path.endsWith('/token') && form.get('grant_type') === 'authorization_code' && !form.has('code_verifier'), () => answerOf(200, { access_token: 'x' })),
  },
  { name: 'another client that redeems a code', example: 'sso', named: ['IDP-07'], sin: at('issuer', ({ form }) => form.get('grant_type') === 'authorization_code' && form.get('client_id') === 'reports', () => answerOf(200, { access_token: 'x' })) },
  { name: 'a gateway that knows one spelling of a header', example: 'sso', named: ['POS-11'], sin: at('kong', ({ headers }) => headers.some(([name]) => name !== 'Authorization' && name.toLowerCase() === 'authorization'), refused) },
  {
    name: 'a discovery document with an address of plain http', example: 'sso', named: ['KEY-11'],
    sin: at('issuer', ({ path }) => path.endsWith('/openid-configuration'), (_request, right) => answerOf(200, { ...(JSON.parse(right().body) as object), jwks_uri: 'http://id.example/certs' })),
  },
  {
    name: 'a gateway that gives strangers a cookie', example: 'sso', named: ['STR-01', 'ERR-10'],
    sin: at('kong', () => true, (_request, right) => {
      const answer = right();
      return answer.status === 401 ? { ...answer, headers: {}, setCookies: ['visitor=1'] } : answer;
    }),
  },
  {
    name: 'a gateway that sends strangers to a page', example: 'sso', named: ['STR-01', 'ERR-11'],
    sin: at('kong', () => true, (_request, right) => {
      const answer = right();
      return answer.status === 401 ? answerOf(302, '', { location: 'https://id.example/' }) : answer;
    }),
  },
  // Who asks, from where, and by which method.
  { name: 'a gateway that lets the probes of Kubernetes in', example: 'sso', named: ['PRE-22'], sin: unlessLet(({ header, all }) => all('authorization').length === 0 && header('user-agent')?.startsWith('kube-probe/') === true) },
  { name: 'a gateway that believes who says that he is of this machine', example: 'storefront', named: ['PRE-22'], sin: unlessLet(({ header }) => header('x-real-ip') === '127.0.0.1') },
  { name: 'a gateway that reads Forwarded', example: 'sso', named: ['PRE-22', 'PRE-23'], sin: unlessLet(({ header }) => /for=127\.0\.0\.1/.test(header('forwarded') ?? '')) },
  { name: 'a gateway that lets pages in', example: 'session', named: ['PRE-22'], sin: unlessLet(({ header }) => /^Mozilla\/5/.test(header('user-agent') ?? '') && header('sec-fetch-site') === 'same-origin') },
  { name: 'a gateway that lets its own services in', example: 'sso', named: ['PRE-22'], sin: unlessLet(({ header }) => header('x-internal') === 'true') },
  { name: 'a gateway that believes which roles somebody has', example: 'sso', named: ['PRE-23'], sin: unlessLet(({ header }) => /admin/.test(header('x-roles') ?? '')) },
  { name: 'a gateway that decides by the method that a header names', example: 'sso', named: ['PRE-23'], sin: unlessLet(({ header }) => header('x-http-method-override') === 'OPTIONS') },
  { name: 'a gateway that asks a HEAD for no token', example: 'sso', named: ['PRE-24'], sin: unlessLet(({ method, all }) => method === 'HEAD' && all('authorization').length === 0) },
  { name: 'a gateway that looks at no token of a HEAD', example: 'session', named: ['PRE-24'], sin: unlessLet(({ method, cookies }) => method === 'HEAD' && cookies('clinic').length === 0) },
  { name: 'a gateway without routes for HEAD', example: 'sso', named: ['PRE-25'], sin: at('kong', ({ method, all }) => method === 'HEAD' && all('authorization').length > 0, () => answerOf(404)) },
  {
    name: 'a public route that hands on which path a client names', example: 'sso', named: ['PRE-26'],
    sin: at('kong', ({ header }) => header('x-original-url') !== undefined, (request, right, { letThrough }) => (right().status === 200 ? letThrough(request, 'kong') : right())),
  },
  // Several issuers.
  { name: 'a gateway that takes a further issuer everywhere', example: 'issuers', named: ['ISS-01'], sin: letting((request, { further }) => further.tokenOf(tokenIn(request)) !== undefined && request.path.startsWith('/bookings')) },
  { name: 'a gateway that looks keys up by their id alone', example: 'issuers', named: ['ISS-02'], sin: letting((request, hands) => isOfFurther(request, hands) && headerIn(request).kid === harness.kid) },
  { name: 'a gateway that takes another key under their id', example: 'issuers', named: ['ISS-02'], sin: letting((request, hands) => isOfFurther(request, hands) && headerIn(request).kid === 'issuer-key' && isForged(request, hands)) },
  { name: 'a gateway that compares issuers by how they begin', example: 'issuers', named: ['ISS-03'], sin: letting((request, { blueprint }) => Object.values(blueprint.issuers).some(({ url }) => String(claimsIn(request).iss).startsWith(url) && claimsIn(request).iss !== url)) },
  { name: 'a gateway that takes a list of issuers', example: 'issuers', named: ['ISS-03'], sin: letting((request) => Array.isArray(claimsIn(request).iss)) },
  { name: 'a gateway that verifies nothing of a further issuer', example: 'issuers', named: ['ISS-04'], sin: letting(isOfFurther) },
  { name: 'a gateway that takes HMACs of a further issuer', example: 'issuers', named: ['ISS-04'], sin: letting((request, hands) => isOfFurther(request, hands) && String(headerIn(request).alg).startsWith('HS')) },
  { name: 'a gateway that asks tokens of a further issuer for no scope', example: 'issuers', named: ['ISS-05'], sin: letting((request, { further }) => further.tokenOf(tokenIn(request)) !== undefined && request.path === '/sailings') },
  { name: 'a service that asks tokens of a further issuer for no audience', example: 'issuers', named: ['ISS-05'], sin: letting((request, { further }) => further.tokenOf(tokenIn(request)) !== undefined && request.path === '/manifests') },
  { name: 'a further issuer that signs with our key', example: 'issuers', named: ['ISS-06'], sin: at('further', ({ path }) => path.endsWith('/certs'), () => answerOf(200, { keys: [{ ...publicKeys[0], kid: 'another-name' }] })) },
  { name: 'a guard with a further issuer that nobody stated', example: 'issuers', named: ['KONG-02'], sin: plugin('authctl-token-guard', { further_issuers: [{ issuer: 'https://evil.example', jwks_url: 'https://evil.example/certs', audience: 'sailings' }] }) },
  { name: 'a guard with other keys for a further issuer', example: 'issuers', named: ['KONG-02'], sin: furtherWith({ jwks_url: 'https://evil.example/certs' }) },
  { name: 'a guard with another audience for a further issuer', example: 'issuers', named: ['KONG-02'], sin: furtherWith({ audience: 'another' }) },
  { name: 'a guard that takes any kind of token of a further issuer', example: 'issuers', named: ['KONG-02'], sin: furtherWith({ token_types: [] }) },
  { name: 'a guard that takes tokens of a further issuer by their client', example: 'issuers', named: ['KONG-02'], sin: furtherWith({ audience_claim: 'client_id', clients: ['agency'] }) },
  { name: 'a guard that has lost a further issuer', example: 'issuers', named: ['KONG-02'], sin: plugin('authctl-token-guard', { further_issuers: [] }) },
];
