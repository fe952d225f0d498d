import type { Authentication, Blueprint, Session } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import { Secret } from '../../core/secret.ts';
import { publicOrigin, serviceOf } from '../../patterns/session-service.ts';
import type { SessionService } from '../../patterns/session-service.ts';
import { inTurn, newBrowser, personOf, signInFailed, throughTheLoginPage } from './browser.ts';
import type { Browser, Person } from './browser.ts';
import type { HttpAnswer } from './http.ts';
import type { Network } from './network.ts';

/** Where a blueprint's sessions begin and end, as a browser sees it. */
export interface Site {
  readonly session: Session;
  readonly doors: SessionService;
  /** `https://shop.example`: the gateway. */
  readonly origin: string;
  readonly issuer: string;
  /** One that has been nowhere yet. */
  readonly newBrowser: () => Browser;
}

export const siteOf = (blueprint: Blueprint, authentication: Authentication, { send }: Pick<Network, 'send'>): Site => {
  const origin = publicOrigin(blueprint, authentication);
  if (!authentication.session || origin === undefined) throw new Error('expand refuses a session without its service or its callback');
  return { session: authentication.session, doors: serviceOf(authentication.session), origin, issuer: blueprint.issuer, newBrowser: () => newBrowser(send) };
};

/** A sign-in that has come as far as the code: `callback` is where Keycloak sends the browser. */
export interface Begun {
  readonly browser: Browser;
  readonly callback: URL;
  /** Everything the browser has been told by the gateway so far: headers and bodies. */
  readonly told: readonly string[];
}
/** An answer of the gateway to a browser. */
export interface Landing {
  readonly status: number;
  readonly location: string;
  /** `Set-Cookie` of the session, whole, when there is one that sets it. */
  readonly setCookie: string | undefined;
  readonly cookie: Secret | undefined;
  readonly told: string;
}
export interface SignedIn extends Begun {
  readonly cookie: Secret;
  readonly setCookie: string;
  readonly landing: Landing;
}

const landingOf = ({ session }: Site, answer: HttpAnswer): Landing => {
  const setCookie = answer.setCookies.find((line) => line.startsWith(`${session.cookie}=`) && !line.startsWith(`${session.cookie}=;`));
  const value = setCookie?.slice(session.cookie.length + 1).split(';')[0];
  return {
    status: answer.status,
    location: answer.headers.location ?? '',
    setCookie,
    cookie: value === undefined ? undefined : new Secret(value),
    told: `${Object.entries(answer.headers).flat().join(' ')} ${answer.body}`,
  };
};

interface Beginning {
  readonly browser?: Browser;
  readonly returnTo?: string;
}

/** From the sign-in of the gateway through Keycloak's login page; the callback is not followed. */
export const beginSignIn = (site: Site, person: Person, { browser = site.newBrowser(), returnTo }: Beginning = {}): Promise<Begun> =>
  inTurn(`${site.issuer} ${person.username}`, async () => {
    const { origin, doors } = site;
    const query = returnTo === undefined ? '' : `?${doors.returnParameter}=${encodeURIComponent(returnTo)}`;
    const start = await browser.visit(`${origin}${doors.signIn.path}${query}`);
    const { status, location, told } = landingOf(site, start);
    if (!location.startsWith(`${site.issuer}/`))
      throw signInFailed(person.username, `the sign-in of the session service answered ${status} and did not lead to ${site.issuer}`);
    const callback = await throughTheLoginPage(browser, location, `${origin}${doors.callback.path}`, person);
    return { browser, callback, told: [told] };
  });

/** Follows a callback, the one that belongs to the browser or another. */
export const followCallback = async (site: Site, browser: Browser, callback: URL): Promise<Landing> => landingOf(site, await browser.visit(callback.href));

/** Signs in as a browser does. Throws `VERIFY_SIGN_IN_FAILED` when there is no session in the end. */
export const signInAt = async (site: Site, person: Person, beginning: Beginning = {}): Promise<SignedIn> => {
  const begun = await beginSignIn(site, person, beginning);
  const landing = await followCallback(site, begun.browser, begun.callback);
  if (!landing.cookie || landing.setCookie === undefined) throw signInFailed(person.username, `the callback answered ${landing.status} without a session cookie`);
  return { ...begun, landing, cookie: landing.cookie, setCookie: landing.setCookie, told: [...begun.told, landing.told] };
};

/** The logout of the service, as a page of the site sends it, and on through Keycloak's. */
export const signOut = async (site: Site, { browser }: Begun): Promise<Landing> => {
  const { origin, doors, session } = site;
  const query = session.server === 'mod_auth_openidc' ? `?logout=${encodeURIComponent(`${origin}/`)}` : '';
  const init = { method: doors.logout.method, headers: { origin, 'sec-fetch-site': 'same-origin' } };
  const landing = landingOf(site, await browser.visit(`${origin}${doors.logout.path}${query}`, init));
  if (landing.location.startsWith(`${site.issuer}/`)) await browser.visit(landing.location);
  return landing;
};

/** Sessions of personas for checks that only need a good one; each is used again while it can be no older than half of what it may be. */
export const createSessions = (blueprint: Blueprint, { send, clock }: Network) => {
  const held = new Map<string, { readonly until: number; readonly cookie: Promise<Secret> }>();
  return {
    cookieOf: (name: string, authentication: Authentication): Promise<Secret> => {
      const key = `${authentication.path} ${name}`;
      const found = held.get(key);
      if (found && found.until > clock.now()) return found.cookie;
      const persona = personOf(blueprint, name, clock);
      if (!persona)
        throw new Problem('VERIFY_SIGN_IN_FAILED', `"${name}" is no persona: only people have sessions`, { at: blueprint.at(`expect.${name}`) });
      const site = siteOf(blueprint, authentication, { send });
      const cookie = signInAt(site, persona).then((signedIn) => signedIn.cookie);
      cookie.catch(() => held.delete(key));
      held.set(key, { until: clock.now() + Math.min(site.session.idle, site.session.absolute) * 500, cookie });
      return cookie;
    },
  };
};
