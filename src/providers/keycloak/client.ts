import { setTimeout as wait } from 'node:timers/promises';
import { adminBaseOf, tokenEndpointAt } from '../../blueprint/issuer.ts';
import type { KeycloakTarget } from '../../blueprint/types.ts';
import type { Position } from '../../core/problem.ts';
import { Problem, unreachable } from '../../core/problem.ts';
import type { Answer, Http, SendOptions } from '../http.ts';
import { shownUrl } from '../http.ts';
import { isTorn, noLoginRealm, notKeycloak, saidByKeycloak } from './not-keycloak.ts';

/** One write: `doing` completes "Keycloak refused to ..."; statuses in `accept` are answers, not problems. */
interface Write {
  readonly doing: string;
  readonly body?: unknown;
  readonly at?: Position | undefined;
  readonly accept?: readonly number[];
  /** Somebody else may be making the same object at this moment (a run that was killed: Keycloak goes on): asked again until that is through. */
  readonly contested?: boolean;
}

/** The Admin REST API, and nothing that knows what the objects mean. Paths begin after `/admin/realms`. */
export interface KeycloakAdmin {
  /** `undefined` when there is none (404). Forbidden is not "none": it throws `KEYCLOAK_FORBIDDEN`. */
  readonly find: <Body>(path: string, doing: string) => Promise<Body | undefined>;
  /** Like `find`, where absence is a problem as well. */
  readonly read: <Body>(path: string, doing: string) => Promise<Body>;
  /** The same for what is a list: anything else is no answer of Keycloak's. */
  readonly findList: <Item>(path: string, doing: string) => Promise<readonly Item[] | undefined>;
  readonly list: <Item>(path: string, doing: string) => Promise<readonly Item[]>;
  /** The partial export of a realm; `forbidden` when this login may not, `undefined` when there is no such realm. */
  readonly exportRealm: <Body>(realm: string) => Promise<Body | 'forbidden' | undefined>;
  /** What a realm publishes to everybody: no login is used. `undefined` when there is no such realm. */
  readonly published: <Body>(path: string, doing: string) => Promise<Body | undefined>;
  readonly write: (method: 'POST' | 'PUT' | 'DELETE', path: string, write: Write) => Promise<number>;
  /** How many requests may have changed something so far: what was read before the last of them is old. */
  readonly writes: () => number;
}

interface AdminOptions {
  readonly target: KeycloakTarget;
  /** Takes secrets out of what the server says. */
  readonly mask: (text: string) => string;
  readonly at?: Position;
  /** Milliseconds of a clock that never jumps. */
  readonly now?: () => number;
}

interface Token {
  readonly value: string;
  /** On the clock of `now`. */
  readonly until: number;
}

/** A token is renewed this long before it ends, milliseconds; a very short one at half its life. */
const MARGIN = 10_000;

/**
 * Logs in as a service account (RFC 6749 section 4.4) when the first request needs it, and again before the token ends: tokens of the
 * master realm live 60 s. A 401 in between (restart, revoked) is answered by one new login.
 */
export const createAdmin = (http: Http, { target, mask, at, now = () => performance.now() }: AdminOptions): KeycloakAdmin => {
  const { credentials } = target;
  const shown = shownUrl(adminBaseOf(target));
  const loginPath = tokenEndpointAt('', credentials.realm);
  const asked = (path: string) => ({ shown, field: target.admin === undefined ? 'url' : 'admin', path, at }) as const;
  let login: Promise<Token> | undefined;

  const logIn = async (): Promise<Token> => {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret.reveal(),
    });
    const answer = await http.send('POST', loginPath, {
      bytes: Buffer.from(form.toString()),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      reads: true,
      timeoutMs: 10_000,
    });
    if (answer.status !== 200) throw loginRefused(answer);
    const { access_token: value, expires_in: seconds } = fieldsOf(answer.body);
    if (typeof value !== 'string') throw notKeycloak(answer, asked(loginPath));
    const life = typeof seconds === 'number' ? seconds * 1000 : 60_000;
    return { value, until: now() + Math.max(life - MARGIN, life / 2) };
  };

  const loginRefused = (answer: Answer): Problem => {
    if (isAway(answer.status)) return unreachable('keycloak', shown, new Error(`HTTP ${answer.status} while logging in`), at);
    if (answer.status === 404 && saidByKeycloak(answer)) return noLoginRealm(credentials.realm, shown, at);
    if (answer.status < 400 || answer.status === 404 || typeof answer.body === 'string') return notKeycloak(answer, asked(loginPath));
    if (answer.status >= 500) return new Problem('KEYCLOAK_REFUSED', `Keycloak failed to log client "${credentials.clientId}" in (${answer.status}): ${mask(messageOf(answer.body))}`, { at });
    return new Problem(
      'KEYCLOAK_UNAUTHORIZED',
      `Keycloak does not let client "${credentials.clientId}" of realm "${credentials.realm}" log in: ${mask(messageOf(answer.body))}`,
      { at, hint: 'check targets.keycloak.credentials; the client needs "Service accounts roles" switched on' },
    );
  };

  const begin = (): Promise<Token> => {
    const started = logIn();
    login = started;
    started.catch(() => forget(started));
    return started;
  };
  const forget = (old: Promise<Token> | undefined): void => {
    if (login === old) login = undefined;
  };
  /** Requests that wait for a login wait for the same one. */
  const token = async (): Promise<Token> => {
    const asked = login ?? begin();
    const held = await asked;
    if (held.until > now()) return held;
    return login === asked || login === undefined ? begin() : login;
  };

  const send = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, { body, reads = false, repeatable = false }: Pick<SendOptions, 'body' | 'reads' | 'repeatable'> = {}): Promise<Answer> => {
    for (let again = false; ; again = true) {
      const held = await token();
      const used = login;
      const answer = await http.send(method, `/admin/realms${path}`, {
        headers: { Authorization: `Bearer ${held.value}` },
        reads: reads || method === 'GET',
        repeatable,
        ...(body !== undefined && { body }),
      });
      if (answer.status !== 401 || again) return answer;
      forget(used);
    }
  };

  const refused = (doing: string, { status, body }: Answer, place: Position | undefined): Problem => {
    if (status === 401)
      return new Problem('KEYCLOAK_UNAUTHORIZED', `Keycloak does not accept its own token to ${doing}`, {
        at: place,
        hint: 'does targets.keycloak.admin (or url) lead to the Keycloak that the login went to, under the name that it uses for itself (its hostname setting)?',
      });
    if (status === 403)
      return new Problem('KEYCLOAK_FORBIDDEN', `Keycloak does not let client "${credentials.clientId}" ${doing}`, {
        at: place,
        hint: 'give its service account the realm role "admin" (or create-realm and the realm\'s own management roles)',
      });
    if (isAway(status)) return unreachable('keycloak', shown, new Error(`HTTP ${status} while trying to ${doing}`), place);
    return new Problem('KEYCLOAK_REFUSED', `Keycloak refused to ${doing} (${status}): ${mask(messageOf(body))}`, { at: place });
  };

  const find = async <Body>(path: string, doing: string, expected?: string): Promise<Body | undefined> => foundIn(await send('GET', path), adminPath(path), doing, expected);
  const read = async <Body>(path: string, doing: string, expected?: string): Promise<Body> => bodyOf(await send('GET', path), adminPath(path), doing, expected);

  /** Only Keycloak's own word that there is none means that there is none. */
  const foundIn = <Body>(answer: Answer, path: string, doing: string, expected?: string): Body | undefined => {
    if (answer.status !== 404) return bodyOf<Body>(answer, path, doing, expected);
    if (!saidByKeycloak(answer)) throw notKeycloak(answer, asked(path));
    return undefined;
  };

  const bodyOf = <Body>(answer: Answer, path: string, doing: string, expected = 'an object'): Body => {
    if (answer.status > 200 && answer.status < 300)
      throw new Problem('KEYCLOAK_REFUSED', `Keycloak answered ${answer.status} where ${expected} was expected (to ${doing})`, { hint: 'does a proxy in between answer in its place?' });
    if (answer.status !== 200 && (answer.status < 300 || answer.status >= 400)) throw refused(doing, answer, undefined);
    if (isTorn(answer)) throw new Problem('KEYCLOAK_REFUSED', `Keycloak failed in the middle of its answer to ${doing}`, { hint: 'its log says why; run it again' });
    if (answer.status !== 200 || typeof answer.body !== 'object' || answer.body === null) throw notKeycloak(answer, asked(path));
    // What stands in an answer is Keycloak's contract, in `representations.ts`; the tests hold it to recorded answers.
    return answer.body as Body;
  };

  const listIn = <Item>(body: readonly Item[] | undefined, path: string): readonly Item[] | undefined => {
    if (body !== undefined && !Array.isArray(body)) throw notKeycloak({ status: 200, body }, asked(adminPath(path)));
    return body;
  };

  return {
    find: (path, doing) => find(path, doing),
    read: (path, doing) => read(path, doing),
    findList: async <Item>(path: string, doing: string) => listIn(await find<readonly Item[]>(path, doing, 'a list'), path),
    list: async <Item>(path: string, doing: string) => listIn(await read<readonly Item[]>(path, doing, 'a list'), path) ?? [],
    exportRealm: async (realm) => {
      const path = `/${encodeURIComponent(realm)}/partial-export?exportClients=true&exportGroupsAndRoles=true`;
      const answer = await send('POST', path, { reads: true });
      if (answer.status === 403) return 'forbidden';
      return foundIn(answer, adminPath(path), `export realm "${realm}"`);
    },
    published: async (path, doing) => {
      const answer = await http.send('GET', `/realms${path}`, { timeoutMs: 10_000 });
      return foundIn(answer, `/realms${path}`, doing);
    },
    write: async (method, path, { doing, body, at: place, accept = [], contested = false }) => {
      // Who takes 409 for an answer looks whose object it is: one that was made by a request whose answer was lost is ours.
      let answer = await send(method, path, { body, repeatable: accept.includes(409) });
      for (let left = CONTESTED; contested && left > 0 && isContested(answer); left -= 1) {
        await wait(250);
        answer = await send(method, path, { body, repeatable: accept.includes(409) });
      }
      // Keycloak answers a write with nothing, or with JSON: a page of something in between has 200, too.
      if (answer.status >= 200 && answer.status < 300 && typeof answer.body === 'string' && answer.body !== '') throw notKeycloak(answer, asked(adminPath(path)));
      if ((answer.status >= 200 && answer.status < 300) || accept.includes(answer.status)) return answer.status;
      throw refused(doing, answer, place);
    },
    writes: () => http.requests().writes,
  };
};

/** How often more. Keycloak 26.7 on H2 says so after 2 s each time, and was through after 9 s; on a database that waits for the other one, it says so once. */
const CONTESTED = 12;
/** Measured on Keycloak 26.7.4: the one of two requests for a realm that does not come first, until the other one's transaction has ended; then it is 409. */
const isContested = ({ status, body }: Answer): boolean => status === 400 && messageOf(body) === 'Database operation failed';

/** This login may not see it. */
export const isForbidden = (thrown: unknown): boolean => thrown instanceof Problem && thrown.code === 'KEYCLOAK_FORBIDDEN';

const adminPath = (path: string): string => `/admin/realms${path.replace(/\?.*$/, '')}`;

const isAway = (status: number): boolean => status === 429 || (status >= 502 && status <= 504);

/** Keycloak's own words: `errorMessage` of the Admin API, `error_description` of OAuth, one entry per field of the user profile. */
const messageOf = (body: unknown): string => {
  const { errorMessage, error, error_description: description, errors, field } = fieldsOf(body);
  if (Array.isArray(errors)) return errors.map(messageOf).join('; ').slice(0, 600);
  const text = [errorMessage, description, error].find((part) => typeof part === 'string') ?? 'no message';
  return `${typeof field === 'string' ? `${field}: ` : ''}${String(text)}`.replace(/\s+/g, ' ').slice(0, 600);
};

const fieldsOf = (body: unknown): Readonly<Record<string, unknown>> => (typeof body === 'object' && body !== null ? { ...body } : {});
