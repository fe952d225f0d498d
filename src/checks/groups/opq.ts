import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { tokenRevocation } from 'openid-client';
import { isLoopback } from '../../blueprint/checks/addresses.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { mayExchange, scopesOf } from '../../patterns/token-exchange.ts';
import { foreignScopes } from './clm.ts';
import type { Secret } from '../../core/secret.ts';
import { pathFor } from '../../access/index.ts';
import type { Check, Outcome, RouteSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { freshToken } from '../kit/fresh.ts';
import { servicesToBe } from '../kit/given.ts';
import { CHECK_HEADER } from '../kit/http.ts';
import type { HttpAnswer } from '../kit/http.ts';
import type { Answer, Kit } from '../kit/index.ts';
import { exchangeOf, exchanged, introspect, jwtBehind } from '../kit/introspection.ts';
import { claimsIfAny, encodeJson, partsOf } from '../kit/jws.ts';
import { brokeDown, gotThrough } from '../kit/through.ts';
import { post } from '../kit/tokens.ts';
import { configured } from './kong.ts';
import { behindKong, oneReadPerService, protectedReads, protectedRoutes, refuses } from '../refuses.ts';

const onlyOpaque =
  (subjects: (blueprint: Blueprint) => readonly RouteSubject[]) =>
  (blueprint: Blueprint): readonly RouteSubject[] =>
    behindKong(subjects)(blueprint).filter(({ service }) => service.authentication.pattern === 'opaque');

/** Until the gateway refuses: the answer that did, and the seconds since `begun`. */
const untilRefused = async (
  kit: Kit,
  subject: RouteSubject,
  token: Secret,
  seconds: number,
): Promise<{ readonly answer: Answer; readonly after: number }> => {
  const begun = kit.clock.now();
  for (;;) {
    const after = (kit.clock.now() - begun) / 1000;
    const answer = await kit.call(subject, { label: 'a good token, since revoked', token: token.reveal() });
    if (!gotThrough(answer) || after > seconds) return { answer, after };
    await kit.clock.wait(100);
  }
};

type Revoked = Outcome & { readonly jwt?: Secret };

/** What one revocation shows is what every claim about it needs: nobody waits for the clock of a cache twice. */
const revoked = (kit: Kit, subject: RouteSubject): Promise<Revoked> => {
  const known = revocations.get(kit) ?? new Map<string, Promise<Revoked>>();
  revocations.set(kit, known);
  const begun = known.get(subject.name) ?? revokeAndWait(kit, subject);
  known.set(subject.name, begun);
  return begun;
};
const revocations = new WeakMap<Kit, Map<string, Promise<Revoked>>>();

/** Revokes a fresh token that the gateway has in its cache, and waits for the refusal. */
const revokeAndWait = async (kit: Kit, subject: RouteSubject): Promise<Revoked> => {
  const cache = subject.service.authentication.introspection?.cache ?? 0;
  const { token, configuration } = await freshToken(kit, subject);
  const jwt = await jwtBehind(kit, token.reveal(), subject.service);
  const before = await kit.call(subject, { label: 'a good token', token: token.reveal() });
  if (!gotThrough(before) || !jwt)
    return { status: 'inconclusive', why: `a good token must pass first, and it got ${before.status}`, evidence: [before.evidence] };
  await tokenRevocation(configuration, token.reveal(), { token_type_hint: 'access_token' });
  // What is kept may be kept for the whole time; a second is for the way there and back.
  const { answer, after } = await untilRefused(kit, subject, token, cache + 1);
  const seen = `${after.toFixed(1)} s after the revocation`;
  const evidence = [before.evidence, { ...answer.evidence, answer: `${seen}; answers are kept ${cache} s` }];
  const hint = 'compare config.cache_ttl with authentication.introspection.cache';
  if (gotThrough(answer)) return { status: 'failed', why: `still passes ${seen}`, hint, evidence };
  if (answer.status !== 401) return { ...notRefused(answer), evidence };
  return { status: 'passed', evidence, jwt };
};

const notRefused = ({ status }: Answer): Omit<Outcome, 'evidence'> => ({
  status: brokeDown({ status }) ? 'crashed' : 'failed',
  why: `expected 401, got ${status}`,
});

const HERD = 200;
const MINUTE = 60;

/** Over a connection of its own, not the kit's few: the requests of a herd do not wait for each other. */
const sendAtOnce = ({ send }: Kit, url: string, method: string, token: Secret): Promise<HttpAnswer> =>
  send({ url, method, headers: [['Authorization', `Bearer ${token.reveal()}`], [CHECK_HEADER, 'herd']], alone: true });

/** As the recording upstream hashes a credential: enough to see that two are the same. */
const fingerprint = (token: string): string =>
  `Bearer sha256:${createHash('sha256').update(token).digest('hex').slice(0, 12)}`;

/** Whether a text holds the claims about somebody as a JWT does. The JWT is another one each time the issuer is asked, by its signature, its id or its times. */
const holdsClaimsOf = (text: string, sub: unknown): boolean =>
  (text.match(/[\w-]{20,}/g) ?? []).some((segment) => typeof sub === 'string' && Buffer.from(segment, 'base64url').toString().includes(`"sub":${JSON.stringify(sub)}`));

const onlyExchanged =
  (subjects: (blueprint: Blueprint) => readonly RouteSubject[]) =>
  (blueprint: Blueprint): readonly RouteSubject[] =>
    onlyOpaque(subjects)(blueprint).filter(({ service }) => mayExchange(blueprint, service.authentication));

const noExchange: Outcome = { status: 'skipped', why: 'the issuer makes no token exchange: the JWT comes in the answer of introspection', evidence: [] };

/** Opaque tokens: what the issuer says now counts, and the JWT behind them stays inside. */
export const opq: readonly Check[] = [
  refuses({
    id: 'OPQ-01',
    claim: 'a token the issuer does not know is refused',
    severity: 'critical',
    source: 'RFC 7662 section 2.2',
    challenge: 'invalid_token',
    subjects: onlyOpaque(protectedReads),
    attacks: () => [
      { label: 'a random opaque token', token: randomBytes(32).toString('base64url') },
      { label: 'a random UUID', token: randomUUID() },
      {
        label: 'a random token in the form of a JWT',
        token: `${encodeJson({ alg: 'RS256', typ: 'JWT' })}.${encodeJson({ jti: randomUUID() })}.${randomBytes(256).toString('base64url')}`,
      },
    ],
  }),
  defineCheck({
    id: 'OPQ-08',
    claim: 'the introspection endpoint tells nothing to a caller that is not a known client',
    severity: 'high',
    source: 'RFC 7662 section 2.1 (token scanning)',
    subjects: (blueprint) => onlyOpaque(oneReadPerService)(blueprint).slice(0, 1),
    run: async (subject, kit) => {
      const { client: signIn, introspection } = subject.service.authentication;
      const configuration = await kit.tokens.configurationOf(introspection?.client ?? '');
      const endpoint = configuration.serverMetadata().introspection_endpoint ?? '';
      const token = (await kit.good(subject)).reveal();
      if (!(await introspect(kit, token, subject.service.authentication)).active)
        return { status: 'inconclusive', why: "the control, the gateway's own question, did not work", evidence: [] };
      const callers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
        'no client': {},
        "the gateway's client without a secret": { client_id: introspection?.client ?? '' },
        "the gateway's client with another secret": { client_id: introspection?.client ?? '', client_secret: randomUUID() },
        'the client that people sign in with, without a secret': { client_id: signIn },
      };
      const evidence = [];
      let open: string | undefined;
      for (const [caller, form] of Object.entries(callers)) {
        const { status, body } = await post(kit.send, endpoint, { token, ...form });
        evidence.push({ request: `ask about a good token as ${caller}`, status });
        if (status < 400 || status > 499 || 'active' in body) open ??= caller;
      }
      return open === undefined ? { status: 'passed', evidence } : { status: 'failed', why: `${open} got an answer`, evidence };
    },
  }),
  defineCheck({
    id: 'OPQ-06',
    claim: 'a token that the issuer calls active, but for another API, is refused',
    severity: 'critical',
    source: 'RFC 7662 section 4; ASVS 5.0 10.3.1',
    needs: ['second-audience', 'persona'],
    subjects: onlyOpaque(protectedReads),
    run: async (subject, kit) => {
      const { authentication, audience } = subject.service;
      const scopes = foreignScopes(kit.blueprint, subject.service);
      if (scopes.length === 0) return { status: 'skipped', why: 'no scope leads to another audience alone', evidence: [] };
      const [who = ''] = Object.keys(kit.blueprint.personas);
      const token = (await kit.tokens.persona(who, scopes, authentication)).access.reveal();
      const { active, claims } = await introspect(kit, token, authentication);
      if (!active || [claims.aud].flat().includes(audience))
        return { status: 'inconclusive', why: `the issuer gave no active token for another API than ${audience}`, evidence: [] };
      const answer = await kit.call(subject, { label: 'an active token for another API', token });
      if (answer.status === 401 && (answer.upstream?.length ?? 0) === 0) return { status: 'passed', evidence: [answer.evidence] };
      return { ...notRefused(answer), evidence: [answer.evidence] };
    },
  }),
  configured(
    'OPQ-07',
    'the issuer is asked about tokens over verified TLS, or on this machine',
    'authctl-phantom-token',
    'RFC 7662 sections 2.1 and 4',
    ({ introspection_url: introspection, exchange_url: exchange, ssl_verify: verified }) => {
      const elsewhere = [introspection, exchange].flatMap((address) => (typeof address === 'string' ? [new URL(address)] : [])).filter((url) => !isLoopback(url));
      if (elsewhere.some(({ protocol }) => protocol !== 'https:')) return 'the issuer is asked over plain http';
      return verified === false && elsewhere.length > 0 ? "the issuer's certificate is not verified" : undefined;
    },
    onlyOpaque(protectedRoutes),
  ),
  defineCheck({
    id: 'OPQ-09',
    claim: "another client that asks about a person's token is told nothing",
    severity: 'medium',
    source: 'RFC 7662 sections 2.2 and 4; RFC 9701 section 5',
    needs: ['service-client', 'persona'],
    subjects: onlyOpaque((blueprint) => oneReadPerService(blueprint).slice(0, 1)),
    run: async ({ service: { authentication } }, kit) => {
      const [who = ''] = Object.keys(kit.blueprint.personas);
      const token = (await kit.tokens.persona(who, undefined, authentication)).access.reveal();
      if (!(await introspect(kit, token, authentication)).active)
        return { status: 'inconclusive', why: "the control, the gateway's own question, did not work", evidence: [] };
      const configuration = await kit.tokens.configurationOf(authentication.introspection?.client ?? '');
      const endpoint = configuration.serverMetadata().introspection_endpoint ?? '';
      const others = servicesToBe(kit.blueprint);
      const evidence = [];
      let told: string | undefined;
      for (const id of others) {
        const { status, body } = await post(kit.send, endpoint, { token, client_id: id, ...kit.tokens.clientAuth.form(id) });
        evidence.push({ request: `ask about a person's token as ${id}`, status });
        if (status >= 500) return { status: 'crashed', why: `got ${status}`, evidence };
        if (body.active === true || Object.keys(body).some((name) => !['active', 'error', 'error_description'].includes(name))) told ??= id;
      }
      return told === undefined ? { status: 'passed', evidence } : { status: 'failed', why: `${told} is told about it`, evidence };
    },
  }),
  configured(
    'OPQ-14',
    'how often a guesser can make the gateway ask the issuer is bounded, as the blueprint says',
    'authctl-phantom-token',
    'OWASP API4:2023',
    ({ max_failures_per_minute: most, negative_ttl: kept }, { service: { authentication } }) => {
      const { maxFailuresPerMinute: wanted } = authentication.introspection ?? {};
      if (most === 0) return 'config.max_failures_per_minute sets no bound';
      if (most !== wanted) return `config.max_failures_per_minute is ${String(most)}, the blueprint says ${String(wanted)}`;
      return typeof kept === 'number' && kept > 300 ? 'refusals are kept too long' : undefined;
    },
    onlyOpaque(protectedRoutes),
  ),
  defineCheck({
    id: 'OPQ-15',
    claim: 'the JWT that the gateway gets by token exchange is for the API alone, holds no scope that the token lacks, and ends soon after it may be kept',
    severity: 'high',
    source: 'RFC 8693 sections 2.1 and 5; RFC 9700 section 2.3',
    subjects: onlyExchanged(oneReadPerService),
    run: async (subject, kit) => {
      const { service } = subject;
      const token = (await kit.good(subject)).reveal();
      const jwt = await exchanged(kit, token, service);
      if (!jwt) return service.authentication.introspection?.jwt === 'exchange' ? { status: 'failed', why: 'the issuer makes no exchange for the gateway', hint: 'Keycloak 26.2 or newer, with the feature token-exchange-standard', evidence: [] } : noExchange;
      const { aud, scope, iat, exp } = partsOf(jwt.reveal()).payload;
      const evidence = [{ request: 'exchange a good token as the gateway', status: 200 }];
      const failed = (why: string): Outcome => ({ status: 'failed', why, evidence });
      const held = String(claimsIfAny(token)?.scope ?? '').split(' ');
      const more = String(scope ?? '').split(' ').filter((one) => one !== '' && !held.includes(one));
      if ([aud].flat().join() !== service.audience) return failed(`it is for ${JSON.stringify(aud ?? null)}`);
      if (more.length > 0) return failed(`it has the scope ${more.join(' ')}, which the token does not have`);
      const most = (service.authentication.introspection?.cache ?? 0) + MINUTE;
      const lives = Number(exp) - Number(iat);
      return lives <= most ? { status: 'passed', evidence } : failed(`it lives for ${String(lives)} s, and a revocation of the token does not end it`);
    },
  }),
  defineCheck({
    id: 'OPQ-16',
    claim: "a client that is not the gateway's gets no token in exchange for a person's",
    severity: 'high',
    source: 'RFC 8693 sections 2.1 and 5',
    needs: ['persona'],
    subjects: onlyExchanged((blueprint) => oneReadPerService(blueprint).slice(0, 1)),
    run: async ({ service: { authentication } }, kit) => {
      const [who = ''] = Object.keys(kit.blueprint.personas);
      const token = (await kit.tokens.persona(who, undefined, authentication)).access.reveal();
      const endpoint = (await kit.tokens.configurationOf(authentication.client)).serverMetadata().token_endpoint ?? '';
      const evidence = [];
      let given: string | undefined;
      for (const id of Object.keys(kit.blueprint.realm.clients)) {
        const { status, body } = await post(kit.send, endpoint, { ...exchangeOf(token), client_id: id, ...kit.tokens.clientAuth.form(id) });
        evidence.push({ request: `exchange a person's token as ${id}`, status });
        if (status >= 500) return { status: 'crashed', why: `got ${status}`, evidence };
        if (body.access_token !== undefined) given ??= id;
      }
      return given === undefined ? { status: 'passed', evidence } : { status: 'failed', why: `${given} gets one`, evidence };
    },
  }),
  configured(
    'OPQ-17',
    'the gateway asks for the JWT behind a token as the blueprint says, and for scopes of the API alone',
    'authctl-phantom-token',
    'RFC 8693 section 2.1; the blueprint: introspection',
    ({ obtain, scopes }, { service }, { blueprint }) => {
      const wanted = mayExchange(blueprint, service.authentication) ? service.authentication.introspection?.jwt : 'introspection';
      if (obtain !== wanted) return `config.obtain is ${String(obtain)}, the blueprint says ${String(wanted)}`;
      const own = scopesOf(blueprint, service.audience);
      const more = (Array.isArray(scopes) ? scopes : []).filter((scope): scope is string => typeof scope === 'string' && !own.includes(scope));
      return more.length > 0 ? `config.scopes has ${more.join(' ')}, of another API` : undefined;
    },
    onlyOpaque(protectedRoutes),
  ),
  defineCheck({
    id: 'OPQ-13',
    claim: `${HERD} requests at once with a token nobody has shown yet all pass`,
    severity: 'low',
    source: 'OWASP API4:2023; RFC 7662 section 4',
    subjects: onlyOpaque(oneReadPerService),
    run: async (subject, kit) => {
      const url = `${kit.blueprint.targets.kong?.proxy.url ?? ''}${pathFor(subject.service, subject.route, kit.whoPasses(subject))}`;
      const evidence = [];
      let bad: readonly number[] = [];
      // How fast the issuer answers is not the claim: a herd that was told 503 in whole or part, because it did not in time, may come again.
      for (const rest of [0, 1000, 3000]) {
        if (rest > 0) await kit.clock.wait(rest);
        const { token } = await freshToken(kit, subject);
        const begun = kit.clock.now();
        const answers = await Promise.all(Array.from({ length: HERD }, () => sendAtOnce(kit, url, subject.route.method, token)));
        bad = answers.filter((answer) => !gotThrough(answer)).map(({ status }) => status);
        const answer = `${HERD - bad.length} passed in ${Math.round(kit.clock.now() - begun)} ms`;
        evidence.push({ request: `${HERD} × ${subject.route.method} ${subject.route.path}`, answer });
        if (bad.length === 0) return { status: 'passed', evidence };
        if (bad.some((status) => status !== 503)) break;
      }
      if (bad.every((status) => status === 503)) return { status: 'inconclusive', why: 'the gateway answered 503 three times: the issuer did not answer it in time', evidence };
      const crash = bad.some((status) => status === 0 || status >= 500);
      return { status: crash ? 'crashed' : 'failed', why: `got ${[...new Set(bad)].join(', ')}`, evidence };
    },
  }),
  defineCheck({
    id: 'HDR-06',
    claim: 'the JWT behind an opaque token reaches the upstream, and nothing of it the client',
    severity: 'critical',
    source: 'ASVS 5.0 10.1.1; Curity, the phantom token approach',
    needs: ['upstream'],
    subjects: onlyOpaque(protectedReads),
    run: async (subject, kit) => {
      const token = (await kit.good(subject)).reveal();
      const jwt = await jwtBehind(kit, token, subject.service);
      if (!jwt) return { status: 'inconclusive', why: 'the issuer gave the gateway no JWT for a good token', evidence: [] };
      const answer = await kit.call(subject, { label: 'a good token', token });
      const bad = await kit.call(subject, { label: 'a good token and a method nobody declared', token, method: 'SEARCH' });
      const evidence = [answer.evidence, bad.evidence];
      const [call] = answer.upstream ?? [];
      if (!call)
        return { status: 'inconclusive', why: `a good token must reach the upstream, and it got ${answer.status}`, evidence };
      if (call.headers.authorization === fingerprint(token))
        return { status: 'failed', why: "the upstream received the client's own token", evidence };
      const { sub } = partsOf(jwt.reveal()).payload;
      const outside = [answer, bad].flatMap(({ headers, setCookies, body }) => [...Object.values(headers), ...setCookies, body]);
      return outside.some((text) => holdsClaimsOf(text, sub))
        ? { status: 'failed', why: 'the answer to the client holds a part of the JWT', evidence }
        : { status: 'passed', evidence };
    },
  }),
  defineCheck({
    id: 'OPQ-02',
    claim: 'a revoked token is refused within the time that answers are kept',
    severity: 'critical',
    source: 'RFC 7009 section 2; RFC 7662 section 4; ASVS 5.0 7.4.1',
    needs: ['disruptive'],
    subjects: onlyOpaque(oneReadPerService),
    begin: (subject, kit) => revoked(kit, subject),
    run: async (subject, kit) => {
      const { status, why, hint, evidence } = await revoked(kit, subject);
      return { status, evidence, ...(why !== undefined && { why }), ...(hint !== undefined && { hint }) };
    },
  }),
  defineCheck({
    id: 'OPQ-10',
    claim: 'a JWT is no proof of itself: the one behind a revoked token is refused, though its signature is good and it has not ended',
    severity: 'high',
    source: 'RFC 7662 section 4; RFC 8725 section 3.12',
    needs: ['disruptive'],
    subjects: onlyOpaque(oneReadPerService),
    run: async (subject, kit) => {
      const { jwt, status, why, evidence } = await revoked(kit, subject);
      if (!jwt) return { status: 'inconclusive', why: why ?? `the revocation is ${status}`, evidence };
      const answer = await kit.call(subject, { label: 'the JWT behind the revoked token', token: jwt.reveal() });
      const all = [...evidence, answer.evidence];
      if (answer.status === 401 && (answer.upstream?.length ?? 0) === 0) return { status: 'passed', evidence: all };
      return { ...notRefused(answer), evidence: all };
    },
  }),
];
