import { randomUUID } from 'node:crypto';
import type { Answer, Http, SendOptions } from '../../../../src/providers/http.ts';
import { masterOf } from './fake/master.ts';
import { certs, createRealm } from './fake/realms.ts';
import { answer, notFound, NotImplemented } from './fake/state.ts';
import type { Body, FakeRealm } from './fake/state.ts';
import { resources } from './resources.ts';

export interface FakeKeycloak extends Http {
  readonly realms: Map<string, FakeRealm>;
  /** `GET /shop/clients`, in order; logins as `LOGIN`. */
  readonly sent: string[];
  /** Answers the next request whose `METHOD path` matches with this instead. */
  readonly interrupt: (matching: RegExp, answer: Answer) => void;
  /** What this login may not do: matched as in `interrupt`, answered 403 each time. */
  forbidden: RegExp | undefined;
  secret: string;
  /** The base of what its tokens say: its hostname. */
  issuesAs: string;
  expiresIn: number;
  /** Makes every token made so far worthless. */
  readonly revoke: () => void;
}

const MATCHERS = resources.flatMap(({ routes }) => routes).map(([what, handle]) => {
  const [method, path = ''] = what.split(' ');
  return { method, pattern: new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`), handle };
});

/**
 * The Admin REST API as Keycloak 26.7 behaves, with its traps: attributes that merge in one place and replace in another, fields that are
 * ignored or wiped, unknown names that are dropped in silence, secrets that are masked. `recorded.test.ts` holds it to recorded answers;
 * what is not among them it refuses with 501.
 */
export const fakeKeycloak = (): FakeKeycloak => {
  const realms = new Map<string, FakeRealm>();
  const counts = { reads: 0, writes: 0 };
  const tokens = new Set<string>();
  const sent: string[] = [];
  const interruptions: { matching: RegExp; answer: Answer }[] = [];

  const send = async (method: string, path: string, options: SendOptions = {}): Promise<Answer> => {
    await Promise.resolve();
    counts[method === 'GET' || options.reads ? 'reads' : 'writes'] += 1;
    const [pathname = '', query = ''] = path.split('?');
    try {
      if (!pathname.startsWith('/admin/realms')) return open(method, pathname, options);
      const below = pathname.replace('/admin/realms', '');
      const what = `${method} ${decodeURIComponent(below)}`;
      sent.push(what);
      if (!tokens.has(options.headers?.Authorization?.replace('Bearer ', '') ?? '')) return answer(401, { error: 'HTTP 401 Unauthorized' });
      const at = interruptions.findIndex(({ matching }) => matching.test(what));
      if (at >= 0) return interruptions.splice(at, 1)[0]!.answer;
      if (fake.forbidden?.test(what)) return answer(403, { error: 'HTTP 403 Forbidden' });
      return handle(method, below, new URLSearchParams(query), structuredClone(options.body ?? {}) as Body);
    } catch (refusal) {
      if (!(refusal instanceof NotImplemented)) throw refusal;
      return answer(501, { error: `the fake does not implement ${refusal.message}` });
    }
  };

  /** What nobody needs a login for: logging in, what a realm says of itself, and its keys. */
  const open = (method: string, pathname: string, options: SendOptions): Answer => {
    const [, described] = /^\/realms\/([^/]+)\/\.well-known\/openid-configuration$/.exec(pathname) ?? [];
    if (method === 'GET' && described !== undefined)
      return described === 'master' || realms.has(decodeURIComponent(described)) ? answer(200, { issuer: `${fake.issuesAs}/realms/${described}` }) : notFound('Realm does not exist');
    const [, name = '', what] = /^\/realms\/([^/]+)\/protocol\/openid-connect\/(\w+)$/.exec(pathname) ?? [];
    const realm = realms.get(decodeURIComponent(name));
    if (method === 'POST' && what === 'token') return logIn(name === 'master' || realm, options);
    if (method !== 'GET' || what !== 'certs') throw new NotImplemented(`${method} ${pathname}`);
    return realm ? answer(200, certs(realm)) : notFound('Realm does not exist');
  };

  const logIn = (realm: FakeRealm | boolean | undefined, options: SendOptions): Answer => {
    sent.push('LOGIN');
    if (realm === undefined || realm === false) return notFound('Realm does not exist');
    const form = new URLSearchParams(options.bytes?.toString());
    const client = realm === true ? { secret: fake.secret } : realm.clients.find(({ clientId }) => clientId === form.get('client_id'));
    if (client?.secret !== form.get('client_secret'))
      return answer(401, {
        error: client ? 'unauthorized_client' : 'invalid_client',
        error_description: 'Invalid client or Invalid client credentials',
      });
    const token = randomUUID();
    tokens.add(token);
    const life = realm === true ? fake.expiresIn : realm.rep.accessTokenLifespan;
    return answer(200, { access_token: token, expires_in: life, refresh_expires_in: 0, token_type: 'Bearer', 'not-before-policy': 0, scope: '' });
  };

  const handle = (method: string, path: string, query: URLSearchParams, body: Body): Answer => {
    if (method === 'POST' && path === '') return createRealm(realms, body);
    if (method === 'GET' && path === '' && query.toString() === 'briefRepresentation=true') return answer(200, [...realms.keys()].map((realm) => ({ realm, enabled: true })));
    const [, name = '', below = ''] = /^\/([^/]+)(.*)$/.exec(path) ?? [];
    const realm = name === 'master' ? masterOf(realms) : realms.get(decodeURIComponent(name));
    if (realm === undefined) return notFound('Realm not found.');
    for (const matcher of MATCHERS) {
      const found = matcher.method === method ? matcher.pattern.exec(below) : null;
      const params = Object.fromEntries(Object.entries(found?.groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value)]));
      if (found) return matcher.handle({ realm, params, query, body });
    }
    throw new NotImplemented(`${method} ${path}`);
  };

  const fake: FakeKeycloak = {
    realms,
    sent,
    forbidden: undefined,
    secret: 'admin-secret',
    issuesAs: 'http://keycloak.test',
    expiresIn: 60,
    revoke: () => tokens.clear(),
    interrupt: (matching, given) => void interruptions.push({ matching, answer: given }),
    send,
    requests: () => ({ ...counts }),
    close: () => undefined,
  };
  return fake;
};
