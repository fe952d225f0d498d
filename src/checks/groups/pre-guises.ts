import { pathLike } from '../../access/index.ts';
import { isOnlyLookedAt } from '../../blueprint/looking.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import type { Check, RouteSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { otherPathOf } from '../kit/at-path.ts';
import type { Answer, Attack, Kit } from '../kit/index.ts';
import { knownAnswers } from '../kit/index.ts';
import { knownStranger, withoutScope } from '../kit/stranger.ts';
import { brokeDown, gotThrough, isOfUpstream, statusText } from '../kit/through.ts';
import { behindKong, protectedReads, protectedRoutes, publicRoutes, refuses } from '../refuses.ts';

type Headers = NonNullable<Attack['headers']>;

/** Names in which proxies put the address of a client. (RFC 7239 and what was there before it) */
const ADDRESSES: readonly string[] = ['X-Forwarded-For', 'X-Real-IP', 'True-Client-IP', 'CF-Connecting-IP', 'X-Client-IP', 'X-Cluster-Client-IP', 'X-Original-Forwarded-For'];

/** Headers by which a request says that it comes from an address, over TLS and for a host. */
const comesFrom = (address: string, host: string): Headers => [
  ['Forwarded', `for=${address};host=${host};proto=https`],
  ...ADDRESSES.map((name) => [name, address] as const),
  ['X-Forwarded-Host', host], ['X-Forwarded-Server', host], ['X-Forwarded-Proto', 'https'], ['X-Forwarded-Port', '443'],
];

/** What rules made by hand know somebody by: who asks, and from where. Each guise is one request, with all of it at once. */
const GUISES: Readonly<Record<string, Headers>> = {
  'a probe of Kubernetes on this machine': [['User-Agent', 'kube-probe/1.30'], ...comesFrom('127.0.0.1', 'localhost')],
  'the health check of a load balancer in a private network': [['User-Agent', 'ELB-HealthChecker/2.0'], ['X-Health-Check', 'true'], ...comesFrom('10.0.0.1', 'internal')],
  'the health check of Google Cloud': [['User-Agent', 'GoogleHC/1.0'], ...comesFrom('192.168.0.1', 'health.internal')],
  'a browser with a page open': [
    ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36'],
    ['Accept', 'text/html,application/xhtml+xml,*/*;q=0.8'], ['Sec-Fetch-Site', 'same-origin'], ['Sec-Fetch-Mode', 'navigate'], ['X-Requested-With', 'XMLHttpRequest'],
    ['X-Forwarded-Proto', 'https'],
  ],
  'another service of the inside': [['User-Agent', 'Prometheus/2.53.0'], ['X-Envoy-Internal', 'true'], ['X-Internal', 'true'], ['X-Debug', 'true'], ...comesFrom('::1', 'localhost')],
};

const asking = (say: (guise: string) => string): readonly Attack[] => Object.entries(GUISES).map(([guise, headers]) => ({ label: say(guise), headers }));
/**
 * Where a session stands for the token, and maybe at a gateway of others, a browser that opens a page is sent to sign in. That is no way around
 * anything: it asks as a page does.
 */
const NAVIGATES: readonly string[] = ['Accept', 'Sec-Fetch-Mode'];
const fromPages = (attacks: readonly Attack[]): readonly Attack[] => attacks.map(({ headers = [], ...attack }) => ({ ...attack, headers: headers.filter(([name]) => !NAVIGATES.includes(name)) }));

/** Headers by which a client names another method or path than those of its request. */
const rewriting = (method: string, path: string): Headers => [
  ...['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', 'X-Original-Method'].map((name) => [name, method] as const),
  ...['X-Original-URL', 'X-Original-URI', 'X-Rewrite-URL', 'X-Override-URL'].map((name) => [name, path] as const),
];

/** Headers by which a client says how much it may. */
const claiming = ({ route }: RouteSubject): Headers => [
  ...['X-User', 'X-Forwarded-User', 'X-Remote-User', 'X-Consumer-Username'].map((name) => [name, 'admin'] as const),
  ...['X-Roles', 'X-User-Role', 'X-Forwarded-Groups', 'X-Consumer-Groups', 'X-Auth-Roles'].map((name) => [name, ['admin', ...route.roles].join(',')] as const),
  ...['X-Scopes', 'X-Authenticated-Scope'].map((name) => [name, route.scopes.join(' ')] as const),
];

/** Reads whose HEAD goes with their GET. */
const headsOf = (blueprint: Blueprint): readonly RouteSubject[] => protectedReads(blueprint).filter(({ route: { method, methods } }) => method === 'GET' && methods.includes('HEAD'));

/** One public route of each service behind Kong, with the path of a protected one of the same service. */
const besideProtected = (blueprint: Blueprint): readonly RouteSubject[] => {
  const seen = new Set<string>();
  return behindKong(publicRoutes)(blueprint).filter(({ service, route: { method } }) => method === 'GET' && service.routes.some((route) => !route.public) && !seen.has(service.id) && seen.add(service.id));
};

const isThrough = (answer: Answer): boolean => gotThrough(answer) || (isOfUpstream(answer) && !brokeDown(answer));

/** The gateway judges HEAD as it judges GET: what the service itself says to a HEAD is its own business. */
const sameAsGet = async (subject: RouteSubject, kit: Kit): ReturnType<Check['run']> => {
  const token = (await kit.good(subject)).reveal();
  const [get, head] = await knownAnswers(kit, subject, [{ label: 'a good token', token }, { label: 'a good token', method: 'HEAD', token }]);
  if (!get || !head) throw new Error('two requests, two answers');
  const evidence = [get.evidence, head.evidence];
  if (!isThrough(get)) return { status: 'inconclusive', why: `the same GET must pass first, and got ${statusText(get)}`, evidence };
  if (brokeDown(head)) return { status: 'crashed', why: `got ${head.status}`, evidence };
  if (!isThrough(head) && head.status !== get.status) return { status: 'failed', why: `the GET passes, and the HEAD got ${head.status}`, hint: 'the gateway has no route for it: is HEAD among the methods of the route? `head: false` in the blueprint says that there is none', evidence };
  return head.upstream && head.upstream.length !== 1 ? { status: 'failed', why: `answered ${head.status}, but the upstream saw ${head.upstream.length} calls`, evidence } : { status: 'passed', evidence };
};

/** A service that believes such a header serves by a public route what stands behind a token: it must not see one. */
const staysPublic = async (subject: RouteSubject, kit: Kit): ReturnType<Check['run']> => {
  const { service, route } = subject;
  const [hidden] = service.routes.filter((one) => !one.public);
  if (!hidden) throw new Error('a public route beside a protected one');
  const headers = rewriting('DELETE', pathLike(hidden, service.routes, () => '42'));
  const [plain, answer] = await knownAnswers(kit, subject, [{ label: 'no token', benign: true }, { label: 'headers that name the path and the method of a protected route', headers }]);
  if (!plain || !answer) throw new Error('two requests, two answers');
  const evidence = [plain.evidence, answer.evidence];
  if (!gotThrough(plain)) return { status: 'inconclusive', why: `the same request must pass without them first, and got ${statusText(plain)}`, evidence };
  if (brokeDown(answer)) return { status: 'crashed', why: `got ${answer.status}`, evidence };
  const { upstream: calls = [] } = answer;
  // A gateway that refuses such a request lets nobody by it, either.
  if (calls.length === 0) return answer.status >= 400 ? { status: 'passed', evidence } : { status: 'inconclusive', why: `the request got ${answer.status} and did not reach the upstream`, evidence };
  const method = calls.find((call) => call.method !== route.method)?.method;
  const path = otherPathOf(kit.blueprint, subject, calls);
  if (method !== undefined || path !== undefined) return { status: 'failed', why: `the request came to the upstream as ${method ?? route.method} ${path ?? route.path}`, evidence };
  const told = headers.map(([name]) => name.toLowerCase()).filter((name) => calls.some((call) => call.headers[name] !== undefined));
  return told.length === 0
    ? { status: 'passed', evidence }
    : { status: 'failed', why: `the upstream received the client's own ${told.join(', ')}`, hint: 'is the token guard on the route?', evidence };
};

/** Presentation, by what else a request says of itself: who asks, from where, and by which method and path. None of it stands for a token. */
export const guises: readonly Check[] = [
  refuses({
    id: 'PRE-22',
    credential: 'any',
    claim: 'who a request says it is, and from where, is no way around the token: a health probe, a browser, the machine itself',
    severity: 'critical',
    source: 'ASVS 5.0 4.1.3; RFC 7239 section 8.1; CWE-290, CWE-348',
    status: [400, 401, 403],
    subjects: protectedRoutes,
    attacks: ({ blueprint }, { gateway, service: { authentication } }) => {
      const attacks = asking((guise) => `no token, as ${guise}`);
      return authentication.session || isOnlyLookedAt(blueprint, gateway) ? fromPages(attacks) : attacks;
    },
    hint: 'is there a rule by hand at the gateway (code, a route by a header) that takes such requests for its own?',
  }),
  refuses({
    id: 'PRE-23',
    claim: 'who may not pass does not pass by what else the request says: another method or path, more roles, a health probe, the machine itself',
    severity: 'critical',
    source: 'ASVS 5.0 4.1.3 and 8.2.1; OWASP API5:2023; CWE-650',
    status: [400, 403],
    attacks: async (kit, subject) => {
      const token = (await knownStranger(kit, subject)) ?? (kit.blueprint.foreign ? undefined : await withoutScope(kit, subject));
      if (token === undefined) return [];
      const [first] = besideProtected(kit.blueprint);
      return [
        ...asking((guise) => `the token of somebody who may not pass, as ${guise}`).slice(0, 1).map((attack) => ({ ...attack, token })),
        { label: 'the token of somebody who may not pass, and headers that claim roles and scopes', token, headers: claiming(subject) },
        { label: 'the token of somebody who may not pass, and headers that name another method and a public path', token, headers: rewriting('OPTIONS', first?.route.path ?? '/') },
      ];
    },
  }),
  refuses({
    id: 'PRE-24',
    credential: 'any',
    claim: 'HEAD is refused as GET is, without a token and with a bad one',
    severity: 'critical',
    source: 'RFC 9110 section 9.3.2; OWASP API5:2023',
    subjects: headsOf,
    attacks: () => [{ label: 'no token', method: 'HEAD' }, { label: 'a bad token', method: 'HEAD', token: 'bad' }],
    hint: 'does HEAD go by a route of its own at the gateway, or past its guards?',
  }),
  defineCheck<RouteSubject>({
    id: 'PRE-25',
    credential: 'any',
    claim: 'HEAD passes with a token by which GET passes',
    severity: 'medium',
    source: 'RFC 9110 section 9.3.2',
    subjects: headsOf,
    run: sameAsGet,
  }),
  defineCheck<RouteSubject>({
    id: 'PRE-26',
    credential: 'any',
    claim: 'a public route does not lead to a protected path by a header that names one',
    severity: 'high',
    source: 'ASVS 5.0 4.1.3; OWASP API8:2023; CWE-436',
    needs: ['upstream'],
    subjects: besideProtected,
    run: staysPublic,
  }),
];
