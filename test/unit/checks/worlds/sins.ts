import { tellsNonce } from './proofs.ts';
import type { HttpAnswer } from '../../../../src/checks/kit/http.ts';
import { serviceOf } from '../../../../src/patterns/session-service.ts';
import { answerOf } from './incoming.ts';
import type { Incoming } from './incoming.ts';
import type { Hands, Place, Sin } from './world.ts';

const ok = ({ status }: HttpAnswer): boolean => status >= 200 && status <= 399;
const isGateway = (place: Place): place is 'kong' | 'aws' | 'service' => place === 'kong' || place === 'aws' || place === 'service';
const withHeaders = (answer: HttpAnswer, headers: Readonly<Record<string, string>>): HttpAnswer => ({ ...answer, headers: { ...answer.headers, ...headers } });
const jsonOf = (answer: HttpAnswer): Readonly<Record<string, unknown>> => JSON.parse(answer.body) as Record<string, unknown>;

/** Other servers that vouch for people. */
const OTHERS = '<a href="/realms/shop/broker/evil/login?x=1">Evil</a>';

/** An issuer that says yes to whatever it is asked. */
const openIssuer = (request: Incoming, right: () => HttpAnswer, { issuer, blueprint }: Hands): HttpAnswer => {
  const { path, form } = request;
  if (path.endsWith('/introspect')) return answerOf(200, { active: true, ...issuer.claimsOf(form.get('token') ?? ''), jwt: issuer.signed(issuer.claimsOf(form.get('token') ?? '') ?? {}) });
  const answer = right();
  if (path.endsWith('/login-actions/authenticate')) return answer.status === 302 ? answer : (issuer.letIn(request) ?? answer);
  if (path.endsWith('/auth/device')) return answerOf(200, { device_code: 'x' });
  if (path.endsWith('/registrations')) return answerOf(200, '<form id="kc-register-form">');
  if (path.endsWith('/reset-credentials')) return answerOf(200, '<form id="kc-reset-password-form">');
  if (path.endsWith('/auth')) return ok(answer) && !answer.headers.location?.includes('error=') ? { ...answer, body: `${answer.body.replace('type="password"', '')}${OTHERS}` } : answerOf(200, `<form id="kc-form-login" action="/">${OTHERS}`);
  if (path.endsWith('/token')) return ok(answer) ? answerOf(200, { ...jsonOf(answer), scope: Object.keys(blueprint.realm.scopes).join(' ') }) : answerOf(200, { access_token: 'x', token_type: 'Bearer' });
  if (path.endsWith('/certs')) return answerOf(200, { keys: (jsonOf(answer).keys as object[]).map((key) => ({ ...key, d: 'x' })) });
  if (path.endsWith('/openid-configuration')) return answerOf(200, { ...jsonOf(answer), id_token_signing_alg_values_supported: ['RS256', 'none'] });
  if (path.startsWith('/admin/') && answer.status === 403) return answerOf(200, []);
  return path.includes('/clients-registrations/') ? answerOf(201, {}) : answer;
};

/** Doors of the session service that open for everybody, and one that should not be there. */
const openDoors = (request: Incoming, right: () => HttpAnswer, { blueprint }: Hands): HttpAnswer | undefined => {
  const { session } = blueprint.authentication;
  if (!session) return undefined;
  const { token, signIn, callback, logout } = serviceOf(session);
  if (request.path === token) return answerOf(200, '', { authorization: `Bearer ${SHOWN}` });
  if (![signIn.path, callback.path, logout.path].includes(request.path)) return undefined;
  const answer = right();
  if (request.path !== callback.path || answer.setCookies.length > 0) return answer;
  return answerOf(302, '', { location: '/' }, [`${session.cookie}=anything; Path=/; Secure`]);
};
/** What a page can read as a token. */
const SHOWN = `${'eyJhbGciOiJSUzI1NiJ9'}.${'eyJzdWIiOiJ2aWN0aW0ifQ'}.c2lnbmF0dXJl`;

/** Everything is let through: every gateway and service answers 200 and hands on what it got, the issuer issues, OPA allows, nothing is configured. */
export const open: Sin = {
  answer: (place, request, right, hands) => {
    if (place === 'issuer') return openIssuer(request, right, hands);
    if (place === 'opa') return answerOf(200, { result: request.path === '/v1/config' ? {} : { allow: true } });
    if (!isGateway(place)) return right();
    const door = place === 'kong' ? openDoors(request, right, hands) : undefined;
    return door ?? withHeaders(hands.letThrough(request, place), { 'access-control-allow-origin': request.header('origin') ?? '*', 'access-control-allow-credentials': 'true' });
  },
  bytes: (text, { blueprint, record }) => {
    const check = /x-authctl-check: (\S+)/.exec(text)?.[1];
    for (const [, path = ''] of text.matchAll(/GET (\S+) HTTP/g)) for (const service of Object.values(blueprint.services)) record(service, check, { method: 'GET', path, headers: {} });
    return answerOf(200);
  },
  live: (objects, kind) => {
    const [some] = objects;
    if (!some) return objects;
    switch (kind) {
      case 'kong.route':
        return [...objects, { ...some, id: 'somebody.elses' }];
      case 'keycloak.client':
        return objects.map((object) => ({ ...object, spec: { ...object.spec, redirectUris: ['*'] } }));
      case 'kong.jwt_secret':
        return [...objects, { ...some, id: `${some.owner ?? ''}.issuer/another` }];
      default:
        return [];
    }
  },
  // Another API, another stage, and a route that nobody declared: all that leads to the first of our services.
  ways: (right) => {
    const [first] = right;
    if (!first) return right;
    return [
      ...right,
      { ...first, address: 'aws.route/theirs/GET /copy', name: 'theirs', stated: false, own: false },
      { ...first, name: 'dev', beside: 'dev' },
      { ...first, address: 'aws.route/shop/GET /added', name: 'added', stated: false, requests: first.requests.map((request) => ({ ...request, path: '/added', method: 'GET' })) },
    ];
  },
  openStore: (right, { store }) => async (url) => {
    const opened = await right(url);
    return { ...opened, ask: async (...command) => (command[0] === 'GET' && store.entries.has(command[1] ?? '') ? SHOWN : opened.ask(...command)) };
  },
};

/** Everything is refused, at every door but the issuer's: there would be nobody to refuse. */
export const shut: Sin = {
  answer: (place, _request, right) => (place === 'issuer' ? right() : answerOf(401, 'no')),
  live: () => [],
};

/** Whatever would be refused is a crash. */
export const crashing: Sin = {
  answer: (place, request, right) => {
    const answer = right();
    return place === 'issuer' || tellsNonce(request, answer) || (answer.status < 400 && answer.status !== 204) ? answer : answerOf(500, 'stack traceback');
  },
  bytes: () => answerOf(500),
};

/** Refused as it must be, but slowly, without a challenge, with the token in the answer and a word about the inside. */
export const talking: Sin = {
  answer: (place, request, right) => {
    const answer = right();
    if (!isGateway(place) || answer.status < 400 || tellsNonce(request, answer)) return answer;
    const said = [...request.all('authorization'), ...request.all('cookie'), ...request.query.values()].join(' ');
    const challenge = said === '' ? 'Bearer error="invalid_token"' : 'Basic';
    return { ...answerOf(answer.status, `${said} at handler.lua:12`, { 'www-authenticate': challenge }), milliseconds: 60_000 };
  },
};

/** An issuer that is out of order, whatever it answers; its Admin API is not asked about. */
export const issuerDown = (status: number): Sin => ({
  answer: (place, request, right) => (place === 'issuer' && !request.path.startsWith('/admin') ? answerOf(status, '{}') : right()),
});
