import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Blueprint } from '../../../../src/blueprint/types.ts';
import type { HttpAnswer } from '../../../../src/checks/kit/http.ts';
import type { OpenStore, Reply } from '../../../../src/checks/kit/store.ts';
import { publicOrigin, serviceOf } from '../../../../src/patterns/session-service.ts';
import type { Issuer, IssuerSession } from './issuer.ts';
import { answerOf, incomingOf } from './incoming.ts';
import type { Incoming } from './incoming.ts';
import type { Now } from './world.ts';

interface Held {
  readonly session: IssuerSession;
  readonly begun: number;
  used: number;
  renewed: number;
  token: string;
}

/** What a store keeps of a session: nothing that can be read. */
interface Entry {
  readonly value: string;
  readonly held?: Held;
}

/** Redis, as far as the catalogue and the session service ask it. */
export const createStore = (now: Now, advance: (milliseconds: number) => void) => {
  const entries = new Map<string, Entry>();
  let pausedUntil = 0;
  let full = false;
  const answers: Readonly<Record<string, (args: readonly string[]) => Reply>> = {
    SCAN: () => ['0', [...entries.keys()]],
    TYPE: () => 'string',
    GET: ([key = '']) => entries.get(key)?.value ?? null,
    TTL: () => 60,
    DEL: ([key = '']) => Number(entries.delete(key)),
    CLIENT: ([what]) => {
      if (what === 'PAUSE') pausedUntil = now() + 7000;
      return 'OK';
    },
    PING: () => {
      advance(Math.max(0, pausedUntil - now()));
      return 'PONG';
    },
    CONFIG: ([how, , value]) => {
      if (how === 'GET') return ['maxclients', '10000'];
      full = value === '1';
      return 'OK';
    },
  };
  const open: OpenStore = () =>
    Promise.resolve({ ask: (name = '', ...args) => Promise.resolve(answers[name]?.(args) ?? null), close: () => undefined });
  return { entries, open, isAway: () => full || now() < pausedUntil };
};
export type FakeStore = ReturnType<typeof createStore>;

export interface SessionService {
  readonly answer: (request: Incoming) => HttpAnswer | undefined;
  /** The token behind a session's cookie; `away` while the store does not answer. */
  readonly tokenOf: (request: Incoming) => string | undefined;
}

/** The session service, and the gateway's question to it. */
interface Parts {
  readonly blueprint: Blueprint;
  readonly issuer: Issuer;
  readonly store: FakeStore;
  readonly now: Now;
  readonly idBytes: number;
}

export const createSessionService = ({ blueprint, issuer, store, now, idBytes }: Parts): SessionService => {
  const authentication = Object.values(blueprint.services).find((service) => service.authentication.session)?.authentication;
  const begun = new Map<string, { readonly state: string; readonly verifier: string; readonly returnTo: string }>();
  if (!authentication?.session) return { answer: () => undefined, tokenOf: () => undefined };
  const { session, client } = authentication;
  const doors = serviceOf(session);
  const origin = publicOrigin(blueprint, authentication)!;
  const keyOf = (cookie: string): string => createHash('sha256').update(cookie).digest('hex');
  const kept = 'Path=/; Secure; HttpOnly; SameSite=Lax';

  const signIn = ({ query }: Incoming): HttpAnswer => {
    const id = randomUUID();
    const [state, verifier] = [randomUUID(), randomBytes(32).toString('base64url')];
    begun.set(id, { state, verifier, returnTo: query.get(doors.returnParameter) ?? '/' });
    const asked = new URLSearchParams({
      response_type: 'code', client_id: client, redirect_uri: `${origin}${doors.callback.path}`, state, code_challenge_method: 'S256',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      scope: ['openid', ...(blueprint.realm.clients[client]?.scopes ?? [])].join(' '),
    });
    return answerOf(302, '', { location: `${blueprint.issuer}/protocol/openid-connect/auth?${asked.toString()}` }, [`sign-in=${id}; ${kept}`]);
  };

  const callback = (request: Incoming): HttpAnswer => {
    const { query } = request;
    const mine = begun.get(request.cookies('sign-in')[0] ?? '');
    const issuerSession = issuer.codes.get(query.get('code') ?? '')?.session;
    if (!mine || mine.state !== query.get('state') || query.get('iss') !== blueprint.issuer) return answerOf(400);
    begun.delete(request.cookies('sign-in')[0] ?? '');
    const form = new URLSearchParams({
      grant_type: 'authorization_code', client_id: client, client_secret: blueprint.realm.clients[client]?.secret?.reveal() ?? '', code: query.get('code') ?? '',
      code_verifier: mine.verifier, redirect_uri: `${origin}${doors.callback.path}`,
    });
    const redeemed = issuer.answer(incomingOf({ url: `${blueprint.issuer}/protocol/openid-connect/token`, method: 'POST', headers: [], body: form.toString() }));
    if (redeemed.status !== 200 || !issuerSession) return answerOf(400);
    const cookie = randomBytes(idBytes).toString('base64url');
    const { access_token: token } = JSON.parse(redeemed.body) as { access_token: string };
    store.entries.set(keyOf(cookie), { value: randomBytes(64).toString('base64url'), held: { session: issuerSession, begun: now(), used: now(), renewed: now(), token } });
    issuerSession.onEnd.add(() => store.entries.delete(keyOf(cookie)));
    const local = /^\/[a-z]*$/.test(mine.returnTo) ? mine.returnTo : '/';
    return answerOf(302, '', { location: local }, [`${session.cookie}=${cookie}; ${kept}`]);
  };

  const logout = (request: Incoming): HttpAnswer => {
    if (request.header('origin') !== origin) return answerOf(403);
    const key = keyOf(request.cookies(session.cookie)[0] ?? '');
    const held = store.entries.get(key)?.held;
    store.entries.delete(key);
    return answerOf(302, '', { location: `${blueprint.issuer}/protocol/openid-connect/logout?session=${held?.session.id ?? ''}` }, [`${session.cookie}=; Max-Age=0; ${kept}`]);
  };

  return {
    answer: (request: Incoming): HttpAnswer | undefined => {
      const { method, path } = request;
      if (method === 'GET' && path === doors.signIn.path) return signIn(request);
      if (method === 'GET' && path === doors.callback.path) return callback(request);
      if (path === doors.logout.path) return method === doors.logout.method ? logout(request) : answerOf(405);
      return undefined;
    },
    /** The token behind a session's cookie, renewed when it is due. */
    tokenOf: (request: Incoming): string | undefined => {
      if (store.isAway()) return 'away';
      const cookies = request.cookies(session.cookie);
      const key = keyOf(cookies[0] ?? '');
      const held = cookies.length === 1 ? store.entries.get(key)?.held : undefined;
      if (!held) return undefined;
      const time = now();
      const ended = time > held.begun + session.absolute * 1000 || time > held.used + session.idle * 1000;
      const renew = time > held.renewed + session.renew * 1000;
      if (ended || held.session.ended || (renew && issuer.users.get(held.session.username)?.enabled !== true)) {
        store.entries.delete(key);
        return undefined;
      }
      held.used = time;
      if (renew) Object.assign(held, { renewed: time, token: issuer.issueFor(held.session) });
      return held.token;
    },
  };
};
