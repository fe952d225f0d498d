import { aboutLike, baseOf, isGrpc, isPrefix, pathFor, routeOf } from '../../access/index.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { METHODS } from '../../blueprint/route-match.ts';
import type { Evidence } from '../../core/report.ts';
import type { Check, Outcome, RouteSubject } from '../contract.ts';
import { defineCheck } from '../contract.ts';
import { CHECK_HEADER } from '../kit/http.ts';
import type { Attack, Kit } from '../kit/index.ts';
import { allRoutes, isOpen, oneReadPerService, protectedReads, refuses } from '../refuses.ts';

/** A request line and headers as no client would write them, without a token; `undefined` where a variant means nothing here. */
type Written = (path: string, host: string) => readonly string[];

/** To a route of gRPC: what HTTP/1.1 has of it. (By HTTP/2 Kong knows no methods there, and asks the same guards whatever the method.) */
const otherThanCalls = (path: string, token: string): readonly Attack[] =>
  ['application/grpc', 'application/json'].flatMap((type) =>
    ['POST', 'GET'].flatMap((method) => {
      const attack = { method, path, by: 'http' as const, headers: [['Content-Type', type] as const] };
      return [{ ...attack, label: `no token, by HTTP/1.1 as ${type}` }, { ...attack, label: `a good token, by HTTP/1.1 as ${type}`, token }];
    }),
  );

/** Each is sent as it stands, and must be refused by the gateway itself. */
const asWritten = (id: string, claim: string, source: string, variants: Readonly<Record<string, Written>>): Check =>
  defineCheck<RouteSubject>({
    id,
    credential: 'any',
    claim,
    severity: 'high',
    source,
    subjects: oneReadPerService,
    run: async (subject, kit): Promise<Outcome> => {
      const evidence: Evidence[] = [];
      const own = pathFor(subject.service, subject.route, kit.whoPasses(subject));
      for (const [label, written] of Object.entries(variants)) {
        const [, target = ''] = written(own, 'gateway.test')[0]?.split(/[ \t]/) ?? [];
        if (isOpen(kit.blueprint, subject.gateway, target.replace(/^http:\/\/[^/]*/, ''))) continue;
        const answer = await kit.callBytes(subject, label, (host, check, known, base) =>
          [...belowBase(written(own, host), base), ...known, `${CHECK_HEADER}: ${check}`, 'Accept: application/json', 'Connection: close', '', ''].join('\r\n'),
        );
        evidence.push(answer.evidence);
        if ((answer.upstream?.length ?? 0) > 0) return { status: 'failed', why: `${label}: the request reached the upstream`, evidence };
        // 501 and 505 are refusals in HTTP's own words (RFC 9110 sections 15.6.2 and 15.6.6).
        if ((answer.status >= 500 && ![501, 505].includes(answer.status)) || answer.status === 0) return { status: 'crashed', why: `${label}: got ${answer.status === 0 ? 'no answer' : answer.status}`, evidence };
        if (answer.status < 400 && answer.status !== 301 && answer.status !== 308) return { status: 'failed', why: `${label}: got ${answer.status}`, evidence };
      }
      return { status: 'passed', evidence };
    },
  });

/** At the path below which the gateway is: a stage has its name there. Without it every request of these leads nowhere, and is refused. */
const belowBase = ([line = '', ...others]: readonly string[], base: string): readonly string[] => [line.replace(/^(\S+ (?:http:\/\/[^/ ]*)?)(?=\/)/, (before) => `${before}${base}`), ...others];

const get = (target: string, host: string): readonly string[] => [`GET ${target} HTTP/1.1`, `Host: ${host}`];
const spelled = (spelling: (path: string) => string): Written => (path, host) => get(spelling(path), host);
const lastSlash = (path: string, instead: string): string => path.replace(/\/([^/]*)$/, `${instead}$1`);

/** Methods that no route of this gateway declares for the path of this one. At API Gateway `ANY` is any name at all, at Kong those that HTTP defines. */
const undeclared = (blueprint: Blueprint, subject: RouteSubject, path: string): readonly string[] => {
  const declared = allRoutes(blueprint).filter(({ gateway }) => gateway === subject.gateway).map(({ route }) => route);
  const about = aboutLike(subject.route, declared);
  const anyName = subject.gateway === 'aws' && METHODS.some((method) => routeOf(declared, method, path, about)?.verbs === 'ANY');
  return ['POST', 'PUT', 'PATCH', 'DELETE', ...(anyName ? [] : ['PROPFIND', 'SEARCH'])].filter((method) => routeOf(declared, method, path, about) === undefined);
};

const bearer = async (kit: Kit, subject: RouteSubject): Promise<string> => (await kit.good(subject)).reveal();

/** Presentation, by the places where a token or a request could stand and should not count. */
export const places: readonly Check[] = [
  refuses({
    id: 'PRE-13',
    claim: 'a token in a body, whatever its type, is not read',
    severity: 'medium',
    source: 'RFC 6750 section 2.2; RFC 9700 section 2.6',
    status: [400, 401, 411, 413, 415],
    subjects: oneReadPerService,
    attacks: async (kit, subject) => {
      const token = await bearer(kit, subject);
      const part = (name: string): string => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${token}\r\n--x--\r\n`;
      const bodies: readonly (readonly [type: string, body: string])[] = [
        ['application/json', JSON.stringify({ access_token: token, authorization: `Bearer ${token}` })],
        ['multipart/form-data; boundary=x', part('access_token')],
        ['text/plain', `access_token=${token}`],
        ['application/jwt', token],
        ['application/graphql', `{ session(access_token: "${token}") }`],
      ];
      return bodies.map(([type, body]) => ({ label: `the token in a body of ${type}`, body, headers: [['Content-Type', type] as const] }));
    },
  }),
  refuses({
    id: 'PRE-14',
    claim: 'a token in a header that is only called like the right one is not read',
    severity: 'medium',
    source: 'RFC 9110 section 11.6.2; RFC 6455 section 11.3.4; CWE-444',
    attacks: async (kit, subject) => {
      const token = await bearer(kit, subject);
      const names = ['Authorization-', 'Authorization_', 'HTTP_AUTHORIZATION', 'X_Authorization', 'X-Original-Authorization', 'X-Forwarded-Authorization', 'Authentication', 'X-Amz-Security-Token', 'X-Id-Token', 'Cookie2'];
      return [
        ...names.map((name) => ({ label: `the token in ${name}`, headers: [[name, `Bearer ${token}`] as const] })),
        { label: 'the token as a subprotocol of WebSocket', headers: [['Sec-WebSocket-Protocol', `bearer, ${token}`] as const] },
      ];
    },
  }),
  refuses({
    id: 'PRE-15',
    claim: 'a token under another scheme than Bearer is not read',
    severity: 'medium',
    source: 'RFC 6750 section 2.1; RFC 9110 section 11.4',
    status: [400, 401],
    attacks: async (kit, subject) => {
      const token = await bearer(kit, subject);
      const values: Readonly<Record<string, string>> = {
        'the scheme Token': `Token ${token}`, 'the scheme JWT': `JWT ${token}`, 'the scheme DPoP': `DPoP ${token}`, 'a colon after the scheme': `Bearer: ${token}`,
        'a scheme that ends like Bearer': `NotBearer ${token}`, 'Bearer behind another scheme': `Basic bearer ${token}`, 'the scheme twice': `Bearer Bearer ${token}`,
        'the token as a user of Basic': `Basic ${Buffer.from(`${token}:`).toString('base64')}`, 'the token in quotes': `Bearer "${token}"`, 'a parameter': `Bearer token=${token}`,
      };
      return Object.entries(values).map(([label, value]) => ({ label, headers: [['Authorization', value] as const] }));
    },
  }),
  asWritten('PRE-16', 'a whole address in the request line, or a second Host, does not lead around the token', 'RFC 9112 sections 3.2 and 3.2.2; CWE-444', {
    'an absolute target': (path, host) => get(`http://${host}${path}`, host),
    'an absolute target of another host': (path, host) => get(`http://internal.example${path}`, host),
    'an absolute target of a public path': (path, host) => [`GET http://${host}${path} HTTP/1.1`, 'Host: localhost'],
    'a second Host': (path, host) => [...get(path, host), 'Host: internal.example'],
    'a Host with a path in it': (path, host) => get(path, `${host}/public`),
    'an empty Host': (path) => get(path, ''),
    'HTTP/1.0 without a Host': (path) => [`GET ${path} HTTP/1.0`],
    'a target with a user': (path, host) => get(`http://admin@${host}${path}`, host),
  }),
  asWritten('PRE-17', 'a path in another spelling does not lead around the token', 'OWASP API8:2023; CWE-22, CWE-178, CWE-436', {
    'a doubled slash inside': spelled((path) => lastSlash(path, '//')),
    'a dot segment': spelled((path) => lastSlash(path, '/./')),
    'a way up and back': spelled((path) => `/public/..${path}`),
    'an encoded way up': spelled((path) => `/public/%2e%2e${path}`),
    'a way up with a parameter': spelled((path) => `/public/..;${path}`),
    'a backslash': spelled((path) => lastSlash(path, '\\')),
    'an encoded slash': spelled((path) => lastSlash(path, '%2f')),
    'a slash encoded twice': spelled((path) => lastSlash(path, '%252f')),
    'an encoded NUL at the end': spelled((path) => `${path}%00`),
    'an ending of a file': spelled((path) => `${path}.json`),
    'capitals': spelled((path) => path.toUpperCase()),
    'an overlong slash': spelled((path) => lastSlash(path, '%c0%af')),
    'an encoded question mark': spelled((path) => `${path}%3fpublic=1`),
    'an encoded number sign': spelled((path) => `${path}%23`),
    'an encoded line': spelled((path) => `${path}%0d%0aX-Injected:%201`),
    'a tab before the version': (path, host) => [`GET ${path}\tHTTP/1.1`, `Host: ${host}`],
  }),
  refuses({
    id: 'PRE-18',
    claim: 'a method that the blueprint does not declare for a path leads nowhere, a good token or not',
    severity: 'high',
    source: 'OWASP API5:2023, API8:2023; RFC 9110 section 15.5.6',
    needs: ['disruptive'],
    // The last two are Kong's words on a route of gRPC for what is no call.
    status: [400, 401, 403, 404, 405, 501, 415, 426],
    subjects: protectedReads,
    attacks: async (kit, subject) => {
      const token = await bearer(kit, subject);
      const path = pathFor(subject.service, subject.route, kit.whoPasses(subject));
      if (isGrpc(subject.route)) return otherThanCalls(path, token);
      return undeclared(kit.blueprint, subject, path).flatMap((method) => [
        { label: 'no token', method, path },
        { label: 'a good token that the route does not know', method, path, token },
      ]);
    },
  }),
  refuses({
    id: 'PRE-19',
    credential: 'any',
    claim: 'TRACE is not answered: no request comes back with what was added to it on its way',
    severity: 'medium',
    source: 'RFC 9110 section 9.3.8; CWE-693',
    status: [400, 401, 403, 404, 405, 501],
    subjects: oneReadPerService,
    attacks: () => [{ label: 'TRACE', method: 'TRACE' }, { label: 'TRACE with Max-Forwards', method: 'TRACE', headers: [['Max-Forwards', '0']] }],
  }),
  refuses({
    id: 'PRE-20',
    claim: 'what lies beside a prefix is not below it, a good token or not',
    severity: 'high',
    source: 'OWASP API5:2023; RFC 3986 section 3.3',
    status: [400, 401, 403, 404, 405],
    subjects: (blueprint) => protectedReads(blueprint).filter(({ route }) => isPrefix(route.path) && baseOf(route.path) !== '/'),
    attacks: async (kit, { gateway, service, route, ...subject }) => {
      const token = await bearer(kit, { gateway, service, route, ...subject });
      const declared = allRoutes(kit.blueprint).filter((one) => one.gateway === gateway).map((one) => one.route);
      const itself = baseOf(route.path).slice(0, -1);
      return ['', 'X', 'X/42', '%2F42', '%2f42', '.json', '-42/x']
        .map((ending) => `${itself}${ending}`)
        .filter((path) => routeOf(declared, route.method, path, aboutLike(route, declared)) === undefined)
        .flatMap((path) => [
          { label: 'no token', path },
          { label: 'a good token for what is below the prefix', path, token },
        ]);
    },
  }),
];
